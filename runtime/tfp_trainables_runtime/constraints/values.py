"""Values of a parameter, and whether they are in the image of its constraint."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from tfp_trainables_runtime.constraints.supports import describe_image, describe_support
from tfp_trainables_runtime.errors import mismatch
from tfp_trainables_runtime.typing import AnyStructure, ConstrainingBijector
from tfp_trainables_runtime.untyped import ops

__all__ = [
    "as_numbers",
    "composed_name",
    "constraint_in_words",
    "image_in_words",
    "is_in_support",
    "shortened",
    "support_in_words",
    "unconstrained_or_nan",
]


def as_numbers(where: str, value: object, dtype: tf.DType) -> tf.Tensor:
    """Returns a value as a tensor; raises if it is no number or array of them, or is complex."""
    try:
        numbers = ops.convert_to_tensor(value, dtype_hint=dtype)
    except (TypeError, ValueError, ops.errors.OpError) as error:
        raise TypeError(mismatch(where, "numbers", repr(value))) from error
    if numbers.dtype.is_complex or numbers.dtype == tf.string:
        expected = "real numbers" if numbers.dtype.is_complex else "numbers"
        raise TypeError(mismatch(where, expected, repr(value)))
    return ops.cast(numbers, dtype)


def shortened(value: AnyStructure, *, threshold: int = 20, **options: AnyStructure) -> str:
    """Returns the elements of a tensor as text, those in the middle left out if there are many.

    Args:
      value: a tensor or array.
      threshold: how many elements are many.
      **options: as for `np.array2string`.
    """
    return np.array2string(np.asarray(value), threshold=threshold, **options)


def unconstrained_or_nan(value: tf.Tensor, bijector: ConstrainingBijector) -> tf.Tensor:
    """Returns what a bijector maps onto a value, or NaN if nothing is."""
    try:
        return bijector.inverse(value)
    except ops.errors.InvalidArgumentError:  # Such as of a matrix that has no inverse.
        return ops.fill(bijector.inverse_event_shape(value.shape), np.nan)


def is_in_support(
    value: tf.Tensor, unconstrained: tf.Tensor, bijector: ConstrainingBijector
) -> tf.Tensor:
    """Tells whether both are finite, and the unconstrained value maps back onto `value`.

    Returns:
      One boolean, as a tensor: where a graph is under construction, it is known when that runs.
    """
    is_finite = ops.reduce_all(ops.math.is_finite(unconstrained)) & ops.reduce_all(
        ops.math.is_finite(value)
    )
    # A new tensor object, for the bijector's cache would answer with `value` itself.
    image: AnyStructure = bijector.forward(ops.identity(unconstrained))
    try:  # A bound may have a batch shape that the value has not.
        target: AnyStructure = ops.broadcast_to(value, ops.shape(image))
    except (ValueError, ops.errors.InvalidArgumentError):
        return ops.constant(False)
    scale = _scale(ops.abs(target), bijector.inverse_min_event_ndims)
    for bound in _tensors(bijector).values():  # A value near 0 may be the rest of two bounds.
        size = ops.abs(ops.cast(bound, target.dtype))
        size = ops.where(ops.math.is_finite(size), size, ops.zeros_like(size))
        scale = ops.maximum(scale, ops.reduce_max(size))
    tolerance = np.sqrt(np.finfo(target.dtype.as_numpy_dtype).eps) * scale
    return is_finite & ops.reduce_all(ops.abs(image - target) <= tolerance)


def _scale(sizes: AnyStructure, event_ndims: int) -> AnyStructure:
    """Returns how large a number is that an element may be the rest of, by rounding.

    Elements of one value may cancel, and those of a matrix in one row and column; different
    values do not.
    """
    if event_ndims == 0:
        return sizes
    of_rows = ops.reduce_max(sizes, axis=-1, keepdims=True)
    if event_ndims == 1:
        return of_rows
    return ops.minimum(of_rows, ops.reduce_max(sizes, axis=-2, keepdims=True))


def image_in_words(bijector: ConstrainingBijector) -> str:
    """Describes the values that a bijector maps onto."""
    bounds = {name: shortened(number) for name, number in _numbers(bijector).items()}
    return describe_image(composed_name(bijector), bounds)


def support_in_words(bijector: ConstrainingBijector) -> str:
    """Describes the values that a parameter with this constraint may be passed."""
    bounds = {name: _bound_in_words(it, "") for name, it in _numbers(bijector).items()}
    return describe_support(composed_name(bijector), bounds)


def constraint_in_words(bijector: ConstrainingBijector) -> str:
    """Returns a bijector as its constructor is called; `eps` is the machine epsilon."""
    name = composed_name(bijector)
    if name != type(bijector).__name__:  # A composition, which is told by its parts.
        return name
    numbers = _numbers(bijector).items()
    arguments = (f"{argument}={_bound_in_words(number, 'eps')}" for argument, number in numbers)
    return f"{name}({', '.join(arguments)})"


def _bound_in_words(bound: AnyStructure, margin: str) -> str:
    """Returns a bound in words, and the margin of a machine epsilon as the word for it."""
    end = np.rint(bound)
    if bound.ndim:
        return shortened(bound, threshold=4, precision=4)
    if bound.dtype.kind != "f" or not 0 < bound - end <= np.finfo(bound.dtype).eps:
        return f"{bound:.4g}"
    return " + ".join(filter(None, (f"{end:g}" if end or not margin else "", margin)))


def composed_name(bijector: ConstrainingBijector) -> str:
    """Names a bijector as `describe_support` expects it."""
    name = type(bijector).__name__
    if name != "Chain":
        return name
    parts: AnyStructure = bijector.parameters["bijectors"]
    return f"Chain({', '.join(composed_name(part) for part in parts)})"


def _numbers(bijector: ConstrainingBijector) -> dict[str, AnyStructure]:
    """Returns the numbers that a bijector was constructed with, by argument."""
    return {name: value.numpy() for name, value in _tensors(bijector).items()}


def _tensors(bijector: ConstrainingBijector) -> dict[str, AnyStructure]:
    return {
        name: ops.convert_to_tensor(value)
        for name, value in bijector.parameters.items()
        if not (value is None or isinstance(value, (str, bool, list, tuple)) or callable(value))
    }
