"""How well the tiers choose: simulated calls over measured costs, against the best in hindsight.

`results/costs.json` has, for methods of all classes and for 1, 1,000 and 100,000 values, what a
call costs in each tier and what it costs to get there; `costs.py` measures it. Here, each of them
is called a random number of times, from once to 1,000,000 times, in random order of sizes, and
runs as the runtime would have it run. No clock is involved.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from reporting import RESULTS, write

from tfp_trainables_runtime.programs.execution import Tier
from tfp_trainables_runtime.programs.tiers import Counts, cost_as_graph, cost_op_by_op, tier_of

SEQUENCES = 2000
MOST_CALLS = 1_000_000


@dataclass
class Costs:
    """Seconds that a method takes, for values of one size.

    Attributes:
      operations: how many TFP does, operation by operation.
      elements: how many numbers go in and out.
      nodes: of the graph.
      op_by_op: a call, operation by operation.
      make_graph: what it takes to trace it and to call it first.
      graph: a call of the graph.
      make_xla: what it takes XLA to compile it, if it may.
      xla: a call of its program.
    """

    operations: int
    elements: int
    nodes: int
    op_by_op: float
    make_graph: float
    graph: float
    make_xla: float | None
    xla: float


def read() -> dict[str, list[Costs]]:
    """Returns the costs of each method, by size."""
    methods: dict[str, list[Costs]] = defaultdict(list)
    for cls, method, _size, *costs in json.loads((RESULTS / "costs.json").read_text())["results"]:
        methods[f"{cls}.{method}"].append(Costs(*costs))
    return methods


def total(sizes: list[tuple[Costs, int]]) -> float:
    """Returns the seconds that calls take as the runtime has them run.

    Args:
      sizes: costs and numbers of calls, one after the other.
    """
    counts = Counts()
    seconds = 0.0
    for costs, calls in sizes:
        counts.operations = costs.operations
        of_op_by_op = cost_op_by_op(costs.operations, costs.elements)
        left = calls
        while left and tier_of(counts) is Tier.OP_BY_OP:
            counts.op_by_op += of_op_by_op
            seconds += costs.op_by_op
            left -= 1
        if not left:
            continue
        if not counts.nodes:
            counts.nodes = costs.nodes
            seconds += costs.make_graph
        of_shape = Counts(nodes=costs.nodes)
        of_graph = cost_as_graph(costs.nodes, costs.elements)
        while left and tier_of(of_shape) is Tier.GRAPH:
            batch = min(left, 100)  # Fast enough, and fine enough.
            of_shape.as_graph += batch * of_graph
            seconds += batch * costs.graph
            left -= batch
            if costs.make_xla is None:
                seconds += left * costs.graph
                left = 0
        if left and costs.make_xla is not None:
            seconds += costs.make_xla + left * costs.xla
    return seconds


def best(sizes: list[tuple[Costs, int]]) -> float:
    """Returns the seconds of the best choice for the method, had one known all calls."""
    op_by_op = sum(costs.op_by_op * calls for costs, calls in sizes)
    graph = sizes[0][0].make_graph
    for costs, calls in sizes:
        as_graph = costs.graph * calls
        if costs.make_xla is not None:
            as_graph = min(as_graph, costs.make_xla + costs.xla * calls)
        graph += as_graph
    return min(op_by_op, graph)


def main() -> None:
    generator = random.Random(1)
    methods = list(read().values())
    ratios = []
    for _ in range(SEQUENCES):
        spent = ideal = 0.0
        for method in generator.sample(methods, 5):
            sizes = [
                (costs, round(MOST_CALLS ** generator.random()))
                for costs in generator.sample(method, len(method))
            ]
            spent += total(sizes)
            ideal += best(sizes)
        ratios.append(spent / ideal)
    results: dict[str, Any] = {
        "sequences": SEQUENCES,
        "times_the_best_in_hindsight": {
            "median": median(ratios),
            "95 %": quantiles(ratios, n=20)[-1],
            "most": max(ratios),
        },
    }
    print(json.dumps(results, indent=1))
    write("tiers", results)


if __name__ == "__main__":
    main()
