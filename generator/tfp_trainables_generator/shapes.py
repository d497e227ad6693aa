"""Reads a shape rule: from a function of a shape to a `ShapeRule`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfp_trainables_generator.expressions import Dimension, ShapeRule

__all__ = ["PROBE_SIZE", "read_shape_rule"]

PROBE_SIZE = 19
"""The size (such as `num_classes`) that a shape function is asked with: a prime that no
probe shape has, so that it is known again in the answer."""

_PROBE_SHAPES = ((13, 11, 7, 5, 3), (7, 5, 3), (5, 3))


def read_shape_rule(
    shape_fn: Callable[[Any], object], *, size_name: str = "num_classes"
) -> ShapeRule:
    """Returns the rule that a shape function follows.

    Args:
      shape_fn: from `batch_and_event_shape` to the parameter's shape.
      size_name: the argument whose value is `PROBE_SIZE` in `shape_fn`.

    Raises:
      NotImplementedError: if TFP states no shape.
      ValueError: if no `ShapeRule` agrees with the function, or if that fails.
    """
    answers = {shape: _ask(shape_fn, shape) for shape in _PROBE_SHAPES}
    probe, answer = next(iter(answers.items()))
    kept = next(
        (n for n, (a, b) in enumerate(zip(probe, answer, strict=False)) if a != b),
        min(len(probe), len(answer)),
    )
    # A repeated last dimension looks like a kept one only where the shape has one left
    # to compare, so what follows `kept` is what was appended.
    appended = tuple(_dimension(value, probe, size_name) for value in answer[kept:])
    dropped = len(probe) - kept
    for shape, expected in answers.items():
        if _apply(dropped, appended, shape) != expected:
            raise ValueError(f"no shape rule gives {answers}")
    return ShapeRule(dropped, appended)


def _ask(shape_fn: Callable[[Any], object], shape: tuple[int, ...]) -> tuple[int, ...]:
    try:
        return tuple(int(dimension) for dimension in np.asarray(shape_fn(list(shape))))
    except NotImplementedError:
        raise
    except Exception as error:  # A function of the class's own fails in any way it likes.
        raise ValueError(
            f"shape_fn: expected the parameter's shape for {shape}, "
            f"got {type(error).__name__}: {error}"
        ) from error


def _dimension(value: int, shape: Sequence[int], size_name: str) -> Dimension:
    if value == shape[-1]:
        return Dimension()
    # The size itself, or one off it: a class more or less than there are cut points.
    if abs(value - PROBE_SIZE) <= 1:
        return Dimension(size_name, value - PROBE_SIZE)
    raise ValueError(f"{value} follows neither from {tuple(shape)} nor from {size_name}")


def _apply(dropped: int, appended: Sequence[Dimension], shape: tuple[int, ...]) -> tuple[int, ...]:
    kept = shape[: len(shape) - dropped]
    return kept + tuple(
        shape[-1] if dimension.size is None else PROBE_SIZE + dimension.offset
        for dimension in appended
    )
