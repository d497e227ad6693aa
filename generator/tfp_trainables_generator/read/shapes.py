"""Reads a shape rule: from a function of a shape to a `ShapeRule`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any, TypeAlias

import numpy as np

from tfp_trainables_generator.spec.expressions import Dimension, ShapeRule

PROBE_SIZES = (19, 23)
"""The sizes (such as `num_classes`) that a class is asked with."""

_PROBE_SHAPES = ((13, 11, 7, 5, 3), (11, 7, 5), (7, 2))
"""No two end in the same dimension, so it is known again in the answer."""

Shape: TypeAlias = tuple[int, ...]


def read_shape_rule(
    shape_fns: Mapping[int, Callable[[Any], object]], *, size_name: str = "num_classes"
) -> ShapeRule:
    """Returns the rule that a shape function follows.

    Args:
      shape_fns: the function, from `batch_and_event_shape` to the parameter's shape, by the
        size that it has been made with.
      size_name: the argument that gives this size.

    Raises:
      NotImplementedError: if TFP states no shape.
      ValueError: if no `ShapeRule` agrees with the function, or if that fails.
    """
    answers = {
        (shape, size): _ask(shape_fns[size], shape)
        for shape, size in product(_PROBE_SHAPES, shape_fns)
    }
    if not any(answers.values()):
        return ShapeRule(is_scalar=True)
    # A dimension that is appended may happen to be the one that was dropped there.
    dropped = max(len(shape) - _kept(shape, answer) for (shape, _), answer in answers.items())
    appended = {
        (shape, size): answer[max(len(shape) - dropped, 0) :]
        for (shape, size), answer in answers.items()
    }
    try:
        if dropped == len(_PROBE_SHAPES[0]):
            raise ValueError("expected some dimension of the longest shape, got none")
        columns = zip(*appended.values(), strict=True)
        values = [dict(zip(appended, column, strict=True)) for column in columns]
        return ShapeRule(dropped, tuple(_dimension(each, size_name) for each in values))
    except ValueError as error:  # A dimension is something else, or not always there.
        shown = ", ".join(
            f"{answers[shape, next(iter(shape_fns))]} for {shape}" for shape in _PROBE_SHAPES
        )
        raise ValueError(
            "shape_fn: expected `batch_and_event_shape`, all of it or but for its last dimensions, "
            "and then numbers, or its last dimension or `num_classes` plus or minus a number; "
            f"got {shown}"
        ) from error


def _kept(shape: Shape, answer: Shape) -> int:
    """Returns how many dimensions of a shape an answer begins with."""
    differ = (n for n, (a, b) in enumerate(zip(shape, answer, strict=False)) if a != b)
    return next(differ, min(len(shape), len(answer)))


def _dimension(values: Mapping[tuple[Shape, int], int], size_name: str) -> Dimension | int:
    """Returns what a dimension is, by what it is for each shape and size.

    Raises:
      ValueError: if it is something else.
    """
    beyond_last = {value - shape[-1] for (shape, _), value in values.items()}
    beyond_size = {value - size for (_, size), value in values.items()}
    constants = set(values.values())
    if len(beyond_last) == 1:
        return Dimension(offset=beyond_last.pop())
    if len(beyond_size) == 1:
        return Dimension(size_name, beyond_size.pop())
    if len(constants) == 1:
        return constants.pop()
    raise ValueError(f"expected what one dimension or size decides, got {values}")


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
