"""All classes and methods of the manifest: what to call each with, and in which processes."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from reporting import RESULTS, environment

sys.path += [str(Path(__file__).parents[1] / "tests" / folder) for folder in ("", "contract")]

from cases import CASES, NOT_COMPARABLE, Case

from tfp_trainables_runtime.testing.inputs import DRAWS, OF_A_VALUE, STATISTICS

__all__ = ["NOT_COMPARABLE", "Case", "arguments_of", "calls_of", "measure_all"]

SEED = (3, 4)
CLASSES_OF_A_PROCESS = 15
MOST_EXAMPLES = 1000
"""Of a kernel's matrix, which has a number for each pair."""


def calls_of(case: Case, plain: Any) -> dict[str, Any]:
    """Returns what to call each method with: two values, nothing, or a shape and a seed.

    Args:
      case: the class.
      plain: an object of TFP's, which is asked for values.
    """
    if case.kind == "kernel":
        return dict.fromkeys(("apply", "matrix", "tensor"), case.input()[:2])
    if case.kind == "bijector":
        x = tf.nest.map_structure(lambda it: np.stack([np.asarray(it)] * 2), case.input())
        try:
            mapped = plain.forward(x)
        except Exception:  # It takes a fixed number of dimensions, and so one sample.
            x = tf.nest.map_structure(lambda it: np.asarray(it)[np.newaxis], case.input())
            mapped = plain.forward(case.input())
            mapped = tf.nest.map_structure(lambda it: it[tf.newaxis], mapped)
        y = tf.nest.map_structure(np.asarray, mapped)
        of_forward = dict.fromkeys(("forward", "forward_log_det_jacobian"), x)
        return {**of_forward, **dict.fromkeys(("inverse", "inverse_log_det_jacobian"), y)}
    value = tf.nest.map_structure(np.asarray, plain.sample(2, seed=SEED))
    return {
        **dict.fromkeys((*DRAWS, *STATISTICS)),
        **dict.fromkeys(OF_A_VALUE, value),
        "quantile": np.asarray([0.3, 0.4], "f"),
    }


def arguments_of(
    case: Case, method: str, value: Any, size: int
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Returns the arguments of a call, and what a graph for any size knows of them."""
    if method in DRAWS:
        shape = tf.constant([size] if size > 1 else [], tf.int32)
        return (shape, tf.constant(SEED)), (tf.TensorSpec([None], tf.int32), tf.TensorSpec([2]))
    if value is None:
        return (), ()
    if method in ("matrix", "tensor"):
        size = min(size, MOST_EXAMPLES)

    def of_size(it: Any) -> tf.Tensor:
        is_one = size == 1 and case.kind != "kernel"
        return tf.constant(it[0] if is_one else np.resize(it, (size, *it.shape[1:])))

    def spec(it: tf.Tensor) -> tf.TensorSpec:
        is_one = size == 1 and case.kind != "kernel"
        return tf.TensorSpec(it.shape if is_one else [None, *it.shape[1:]], it.dtype)

    value = tf.nest.map_structure(of_size, value)
    count = 2 if case.kind == "kernel" else 1
    return (value,) * count, (tf.nest.map_structure(spec, value),) * count


def measure_all(
    name: str,
    file: str,
    columns: Sequence[str],
    rows_of: Callable[[Case], Iterable[Sequence[Any]]],
) -> None:
    """Writes a row for each method of each class: the program of a benchmark.

    In a process for each few classes, for TensorFlow keeps every program.

    Args:
      name: the name of the results.
      file: the benchmark, which a process runs with the number of its first class.
      columns: those of the table.
      rows_of: measures one class.
    """
    warnings.simplefilter("ignore")
    if len(sys.argv) > 1:
        first = int(sys.argv[1])
        for case in CASES[first : first + CLASSES_OF_A_PROCESS]:
            try:
                for row in rows_of(case):
                    rounded = [float(f"{it:.3g}") if isinstance(it, float) else it for it in row]
                    print(json.dumps(rounded), flush=True)
            except Exception as error:  # Not every example takes every call.
                print(f"{case}: {type(error).__name__}: {error}"[:200], file=sys.stderr)
        return
    lines: list[str] = []
    for first in range(0, len(CASES), CLASSES_OF_A_PROCESS):
        command = [sys.executable, file, str(first)]
        lines += subprocess.run(command, check=True, stdout=-1, text=True).stdout.splitlines()
    rows = ",\n  ".join(lines)
    document = (
        f'{{"environment": {json.dumps(environment())},\n'
        f' "columns": {json.dumps(columns)},\n "results": [\n  {rows}\n]}}\n'
    )
    (RESULTS / f"{name}.json").write_text(document)
