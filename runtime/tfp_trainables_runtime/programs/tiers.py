"""When compiling pays: once the calls so far have cost as much.

That is the rule of who rents skis and may buy them: never much more than twice what would have
been best in hindsight. Costs are estimated, in microseconds, from what is the same in every
run of a program, never measured by a clock: the same calls are run in the same way, always.
The numbers below are fitted to measurements of all classes, on one machine; what matters is
how they compare with each other. `benchmarks/tiers.py` shows how well they do.
"""

from __future__ import annotations

from dataclasses import dataclass

from tfp_trainables_runtime.programs.execution import Tier

__all__ = ["Counts", "cost_as_graph", "cost_op_by_op", "tier_of"]

_SHARE_THAT_XLA_SAVES = 0.5
"""Of the cost of a graph's call."""


@dataclass
class Counts:
    """What the calls of a method have come to, for one structure and inputs of one kind.

    Attributes:
      calls: how many there were operation by operation.
      operations: how many operations the last of them took.
      op_by_op: what they have cost so far.
      nodes: how many nodes the graph has; 0 before there is one.
      as_graph: what calls as a graph have cost so far, of inputs of one shape.
    """

    calls: int = 0
    operations: int = 0
    op_by_op: float = 0.0
    nodes: int = 0
    as_graph: float = 0.0


def tier_of(counts: Counts) -> Tier:
    """Returns how the next call is to run."""
    if not counts.nodes:
        pays = counts.op_by_op >= _price_of_graph(counts.operations)
        return Tier.GRAPH if pays else Tier.OP_BY_OP
    pays = counts.as_graph * _SHARE_THAT_XLA_SAVES >= _price_of_xla(counts.nodes)
    return Tier.XLA if pays else Tier.GRAPH


def cost_op_by_op(operations: int, elements: int) -> float:
    """Returns what a call costs, operation by operation.

    Args:
      operations: how many it takes.
      elements: how many numbers it takes and returns.
    """
    return 150.0 + 40.0 * operations + 0.0004 * operations * elements


def cost_as_graph(nodes: int, elements: int) -> float:
    """Returns what a call of a graph costs.

    Args:
      nodes: how many it has.
      elements: how many numbers it takes.
    """
    return 40.0 + 1.5 * nodes + 0.0001 * nodes * elements


def _price_of_graph(operations: int) -> float:
    """Returns what tracing a method costs, and the first call of the graph."""
    return 6000.0 + 450.0 * operations


def _price_of_xla(nodes: int) -> float:
    """Returns what compiling a graph by XLA costs."""
    return 20000.0 + 3000.0 * nodes
