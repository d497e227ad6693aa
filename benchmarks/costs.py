"""What a call costs in each tier, and what it costs to get there: the table behind `tiers.py`.

Of all classes, at 1, 1,000 and 100,000 values; in a process for each few classes, for TensorFlow
keeps every program. It takes most of an hour.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf
from classes import Case, arguments_of, calls_of, measure_all

from tfp_trainables import execution
from tfp_trainables_runtime.parts.putting import put_together
from tfp_trainables_runtime.private import operations_so_far
from tfp_trainables_runtime.programs.graphs import nodes_of_graph
from tfp_trainables_runtime.programs.structure import Structure
from tfp_trainables_runtime.programs.xla_operations import less_accurate_in_xla

COLUMNS = (
    *("cls", "method", "size", "operations", "elements", "nodes"),
    *("op_by_op", "make_graph", "graph", "make_xla", "xla"),
)
METHODS = (
    *("sample", "quantile", "log_prob", "cdf", "survival_function", "mean", "entropy", "variance"),
    *("forward", "inverse", "forward_log_det_jacobian", "matrix"),
)
SIZES = (1, 1000, 100_000)
LONGEST = 20.0
"""Seconds of a call; what takes longer is left out."""


def seconds_of(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    once = time.perf_counter() - start
    repetitions = max(1, min(200, int(0.15 / max(once, 1e-6))))
    rounds = []
    for _ in range(3 if once < 1 else 1):
        start = time.perf_counter()
        for _ in range(repetitions):
            call()
        rounds.append((time.perf_counter() - start) / repetitions)
    return min(rounds)


def rows_of(case: Case) -> Iterator[list[Any]]:
    """Yields the costs of each method, for each size."""
    model = case.build()
    structure = Structure.of(model)
    count = len(structure.leaves)
    with execution("op_by_op"):
        calls = calls_of(case, model)
    for method, value in calls.items():
        if method not in METHODS:
            continue

        def program(*inputs: Any, method: str = method) -> Any:
            tensors = [tf.convert_to_tensor(leaf) for leaf in inputs[:count]]
            return getattr(put_together(structure.tree, tensors), method)(*inputs[count:])

        for size in SIZES if value is not None or method == "sample" else SIZES[:1]:
            arguments, specs = arguments_of(case, method, value, size)

            def op_by_op(arguments: Any = arguments, method: str = method) -> Any:
                with execution("op_by_op"):
                    return getattr(model, method)(*tf.nest.map_structure(tf.identity, arguments))

            start = time.perf_counter()
            op_by_op()
            if time.perf_counter() - start > LONGEST:
                continue
            before = operations_so_far()
            result = op_by_op()
            operations = operations_so_far() - before - 1 - len(tf.nest.flatten(arguments))
            row = [case.name.removeprefix("tfp."), method, size, operations]
            row.append(sum(int(np.size(it)) for it in tf.nest.flatten((arguments, result))))
            inputs = (*structure.leaves, *arguments)
            start = time.perf_counter()
            graph = tf.function(program, autograph=False).get_concrete_function(
                *structure.leaves, *specs
            )
            graph(*inputs)
            make_graph = time.perf_counter() - start
            row.append(len(list(nodes_of_graph(graph.graph))))
            row += [
                seconds_of(op_by_op),
                make_graph,
                seconds_of(partial(graph, *inputs)),
            ]
            if method == "sample" or less_accurate_in_xla(graph.graph):
                yield [*row, None, 0.0]
                continue
            start = time.perf_counter()
            xla = tf.function(program, autograph=False, jit_compile=True)
            compiled = xla.get_concrete_function(*inputs)
            compiled(*inputs)
            make_xla = time.perf_counter() - start
            yield [*row, make_xla, seconds_of(partial(compiled, *inputs))]


def main() -> None:
    measure_all("costs", __file__, COLUMNS, rows_of)


if __name__ == "__main__":
    main()
