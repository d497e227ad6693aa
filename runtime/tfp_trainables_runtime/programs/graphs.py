"""The operations of a graph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import tensorflow as tf

from tfp_trainables_runtime.typing import AnyStructure

__all__ = ["GraphNode", "nodes_of_graph"]


@dataclass(frozen=True)
class GraphNode:
    """An operation of a graph.

    Attributes:
      operation: its name, such as `AddV2`.
      dtype: that of its numbers, if it is for several.
      users: the nodes that take what it returns.
    """

    operation: str
    dtype: tf.DType | None
    users: list[GraphNode] = field(default_factory=list["GraphNode"], compare=False)


def nodes_of_graph(graph: AnyStructure) -> Iterator[GraphNode]:
    """Yields each operation of a graph, and of functions that it calls."""
    definition = graph.as_graph_def()
    functions = (function.node_def for function in definition.library.function)
    for nodes in (definition.node, *functions):
        found: dict[str, GraphNode] = {}
        for node in nodes:
            dtype = node.attr["T"].type if "T" in node.attr else 0
            found[node.name] = GraphNode(node.op, tf.as_dtype(dtype) if dtype else None)
        for node in nodes:
            for name in node.input:
                source = found.get(name.lstrip("^").partition(":")[0])
                if source is not None:
                    source.users.append(found[node.name])
        yield from found.values()
