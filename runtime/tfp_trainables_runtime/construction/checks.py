"""Checks of what a constructor is given: shape, dtype, initial values."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Mapping, Sized

import numpy as np
import tensorflow as tf
from tensorflow_probability.python.bijectors.bijector import Bijector

from tfp_trainables_runtime.errors import mismatch
from tfp_trainables_runtime.parts.rebuilding import WITH_PARAMETERS
from tfp_trainables_runtime.typing import (
    AnyStructure,
    DTypeLike,
    Seed,
    ShapeLike,
)
from tfp_trainables_runtime.untyped import ops, sanitize_seed, untyped

__all__ = [
    "check_kinds",
    "check_parts",
    "floating_dtype",
    "stateless_seed",
    "static_shape",
]


def static_shape(class_name: str, shape: ShapeLike) -> tuple[int, ...]:
    """Returns `batch_and_event_shape` as a tuple; raises if it is no static shape."""
    where = f"{class_name}, argument 'batch_and_event_shape'"
    expected = "a static shape: an int or a sequence of ints, none negative"
    try:
        static: AnyStructure = ops.get_static_value(shape) if ops.is_tensor(shape) else shape
        dimensions: AnyStructure = np.atleast_1d(np.asarray(static))
    except (TypeError, ValueError) as error:
        raise TypeError(mismatch(where, expected, repr(shape))) from error
    if dimensions.ndim != 1 or (dimensions.size and dimensions.dtype.kind not in "iu"):
        raise TypeError(mismatch(where, expected, repr(shape)))
    if (dimensions < 0).any():
        raise ValueError(mismatch(where, expected, repr(shape)))
    return tuple(int(dimension) for dimension in dimensions)


def floating_dtype(class_name: str, dtype: DTypeLike) -> tf.DType:
    """Returns `parameter_dtype` as a `tf.DType`; raises if variables cannot have it."""
    where = f"{class_name}, argument 'parameter_dtype'"
    expected = "float16, float32 or float64"
    try:
        result = tf.as_dtype(dtype)
    except TypeError as error:
        raise TypeError(mismatch(where, expected, repr(dtype))) from error
    # bfloat16 is a floating dtype too, but TFP's constraining bijectors need a machine
    # epsilon from NumPy, which does not know it.
    if result not in (tf.float16, tf.float32, tf.float64):
        raise TypeError(mismatch(where, expected, result.name))
    return result


def stateless_seed(class_name: str, seed: Seed) -> tf.Tensor:
    """Returns a seed as two integers; raises if it is none."""
    problem: Exception | None = None
    try:
        sanitized: AnyStructure = sanitize_seed(seed)
        if sanitized.shape.is_compatible_with([2]):  # A graph may know it later.
            return sanitized
    except (TypeError, ValueError) as error:
        problem = error
    where = f"{class_name}, argument 'seed'"
    expected = "an int, two of them, a tensor of two, or None"
    raise ValueError(mismatch(where, expected, repr(seed))) from problem


def check_kinds(class_name: str, passed: Mapping[str, object]) -> None:
    """Raises if what was passed for a parameter can be no value of it."""
    for name, value in passed.items():
        # Others of TFP's may stand for a tensor, as a distribution of its Keras layers does.
        is_part = isinstance(value, Bijector) or hasattr(value, "_tfp_class")
        if isinstance(value, (str, bytes, type)) or inspect.isroutine(value) or is_part:
            where = f"{class_name}, argument {name!r}"
            raise TypeError(mismatch(where, "numbers, a tensor or a variable", repr(value)))


def check_parts(
    class_name: str, parts: Mapping[str, AnyStructure], *, required: Collection[str] = ()
) -> None:
    """Raises if an argument that takes a part, or several, is given a class, or has to have one.

    Args:
      class_name: the class under construction.
      parts: what was passed, by argument.
      required: the arguments that have to have a part.

    Raises:
      TypeError: if a class was passed in the place of an object, or `None` in that of a part.
      ValueError: if a list or dict is empty that has to have a part.
    """
    for name, passed in parts.items():
        where = f"{class_name}, argument {name!r}"
        is_list = issubclass(passed.__class__, (list, tuple))
        among: list[AnyStructure] = list(passed) if is_list else [passed]
        if passed is None and name in required:
            raise TypeError(mismatch(where, "a part", "None"))
        if name in required and isinstance(passed, Sized) and not len(passed):
            raise ValueError(mismatch(where, "at least one part", repr(untyped(passed))))
        for part in among:
            if inspect.isclass(part) and issubclass(part, WITH_PARAMETERS):
                expected = f"an object, such as {untyped(part).__name__}(...)"
                raise TypeError(mismatch(where, expected, f"the class {untyped(part).__name__}"))
