"""Compiling methods before they are needed, as a server does before it takes requests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, TypeAlias

import tensorflow as tf

from tfp_trainables_runtime.errors import mismatch
from tfp_trainables_runtime.programs.execution import execution
from tfp_trainables_runtime.typing import AnyStructure
from tfp_trainables_runtime.untyped import ops, untyped

__all__ = ["DRAWS", "OF_A_VALUE", "STATISTICS", "Ahead", "Inputs", "compile_ahead"]

OF_A_VALUE = (
    "log_prob",
    "prob",
    "unnormalized_log_prob",
    "cdf",
    "log_cdf",
    "survival_function",
    "log_survival_function",
)
"""The methods that evaluate something at a value."""

STATISTICS = ("mean", "mode", "variance", "stddev", "covariance", "entropy")
"""The methods that take no arguments."""

DRAWS = ("sample", "experimental_sample_and_log_prob")
"""The methods that draw: as graphs, also where the others run under XLA."""

Ahead: TypeAlias = Literal["graph", "xla"]

Inputs: TypeAlias = Callable[[str, Sequence[int]], tuple[AnyStructure, ...]]
"""Returns what to call a method with, for samples of a shape."""


def compile_ahead(
    model: AnyStructure,
    methods: Iterable[str],
    shapes: Iterable[Sequence[int]],
    inputs: Inputs,
    *,
    how: Ahead,
    gradients: bool,
) -> None:
    """Calls each method of a trainable once for each shape, so that there is a program for it.

    Args:
      model: the trainable.
      methods: names of its methods.
      shapes: those of samples.
      inputs: what to call the methods with.
      how: which program is made.
      gradients: whether to make the programs of gradients with respect to its variables too.

    Raises:
      ValueError: if there is no such method, or no such way.
    """
    if how not in ("graph", "xla"):
        where = f"{type(model).__name__}.compile, argument 'how'"
        raise ValueError(mismatch(where, "'graph' or 'xla'", repr(how)))
    names = [methods] if isinstance(methods, str) else list(methods)
    for name in names:
        if name.startswith("_") or not callable(getattr(model, name, None)):
            where = f"{type(model).__name__}.compile, argument 'methods'"
            raise ValueError(mismatch(where, "names of methods", repr(name)))
    for shape in map(tuple, shapes):
        for name in names:
            way: Ahead = "graph" if name in DRAWS else how
            with execution("op_by_op"):
                arguments = inputs(name, shape)
            with execution(way):
                getattr(model, name)(*arguments)
            if gradients:
                with execution(way), ops.GradientTape() as tape:
                    answer = getattr(model, name)(*arguments)
                tape.gradient(_floating(answer), untyped(model).trainable_variables)


def _floating(answer: AnyStructure) -> list[tf.Tensor]:
    return [part for part in ops.nest.flatten(answer) if part.dtype.is_floating]
