"""What a call costs in each tier, and what it costs to get there: the table behind `tiers.py`.

Of all classes, at 1, 1,000 and 100,000 values; in a process for each few classes, for TensorFlow
keeps every program. It takes most of an hour.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from reporting import RESULTS, environment

sys.path += [str(Path(__file__).parents[1] / "tests" / folder) for folder in ("", "contract")]

from cases import CASES, Case

from tfp_trainables import execution
from tfp_trainables_runtime.parts.putting import put_together
from tfp_trainables_runtime.private import nodes_of_graph, operations_so_far
from tfp_trainables_runtime.programs.structure import Structure
from tfp_trainables_runtime.programs.xla_operations import less_accurate_in_xla

COLUMNS = (
    *("cls", "method", "size", "operations", "elements", "nodes"),
    *("op_by_op", "make_graph", "graph", "make_xla", "xla"),
)
SIZES = (1, 1000, 100_000)
SEED = (3, 4)
CLASSES_OF_A_PROCESS = 15
LONGEST = 20.0
"""Seconds of a call; what takes longer is left out."""


def calls_of(case: Case, model: Any) -> dict[str, Any]:
    """Returns what to call each method with: two values, nothing, or a shape and a seed."""
    if case.kind == "kernel":
        return {"matrix": case.input()[:2]}
    if case.kind == "bijector":
        x = tf.nest.map_structure(lambda it: np.stack([np.asarray(it)] * 2), case.input())
        y = tf.nest.map_structure(np.asarray, model.forward(x))
        return {"forward": x, "inverse": y, "forward_log_det_jacobian": x}
    value = tf.nest.map_structure(np.asarray, model.sample(2, seed=SEED))
    of_value = dict.fromkeys(("log_prob", "cdf", "survival_function"), value)
    statistics = dict.fromkeys(("mean", "entropy", "variance"))
    return {"sample": None, "quantile": np.asarray([0.3, 0.4], "f"), **of_value, **statistics}


def arguments_of(method: str, value: Any, size: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Returns the arguments of a call, and what a graph for any size knows of them."""
    if method == "sample":
        shape = tf.constant([size] if size > 1 else [], tf.int32)
        return (shape, tf.constant(SEED)), (tf.TensorSpec([None], tf.int32), tf.TensorSpec([2]))
    if value is None:
        return (), ()
    if method == "matrix":
        size = min(size, 1000)

    def of_size(it: Any) -> tf.Tensor:
        return tf.constant(it[0] if size == 1 else np.resize(it, (size, *it.shape[1:])))

    def spec(it: tf.Tensor) -> tf.TensorSpec:
        return tf.TensorSpec(it.shape if size == 1 else [None, *it.shape[1:]], it.dtype)

    value = tf.nest.map_structure(of_size, value)
    count = 2 if method == "matrix" else 1
    return (value,) * count, (tf.nest.map_structure(spec, value),) * count


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

        def program(*inputs: Any, method: str = method) -> Any:
            tensors = [tf.convert_to_tensor(leaf) for leaf in inputs[:count]]
            return getattr(put_together(structure.tree, tensors), method)(*inputs[count:])

        for size in SIZES if value is not None or method == "sample" else SIZES[:1]:
            arguments, specs = arguments_of(method, value, size)

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


def measure(first: int) -> None:
    """Prints the costs of some classes: the program of a process."""
    for case in CASES[first : first + CLASSES_OF_A_PROCESS]:
        try:
            for row in rows_of(case):
                rounded = [float(f"{it:.3g}") if isinstance(it, float) else it for it in row]
                print(json.dumps(rounded), flush=True)
        except Exception as error:  # Not every example takes every call.
            print(f"{case}: {type(error).__name__}", file=sys.stderr)


def main() -> None:
    warnings.simplefilter("ignore")
    if len(sys.argv) > 1:
        measure(int(sys.argv[1]))
        return
    lines: list[str] = []
    for first in range(0, len(CASES), CLASSES_OF_A_PROCESS):
        command = [sys.executable, __file__, str(first)]
        lines += subprocess.run(command, check=True, stdout=-1, text=True).stdout.splitlines()
    rows = ",\n  ".join(lines)
    document = (
        f'{{"environment": {json.dumps(environment())},\n'
        f' "columns": {json.dumps(COLUMNS)},\n "results": [\n  {rows}\n]}}\n'
    )
    (RESULTS / "costs.json").write_text(document)


if __name__ == "__main__":
    main()
