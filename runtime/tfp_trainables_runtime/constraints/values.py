"""Values of a parameter, and whether they are in the image of its constraint."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from tfp_trainables_runtime.constraints.supports import describe_support
from tfp_trainables_runtime.errors import mismatch
from tfp_trainables_runtime.typing import AnyStructure, ConstrainingBijector
from tfp_trainables_runtime.untyped import ops

__all__ = [
    "as_numbers",
    "composed_name",
    "is_in_support",
    "shortened",
    "support_in_words",
]


def as_numbers(where: str, value: object, dtype: tf.DType) -> tf.Tensor:
    """Returns a value as a tensor; raises if it is no number or array of them."""
    try:
        return ops.cast(value, dtype)
    except (TypeError, ValueError, ops.errors.OpError) as error:
        raise TypeError(mismatch(where, "numbers", repr(value))) from error


def shortened(value: tf.Tensor) -> str:
    """Returns the elements of a tensor as text, those in the middle left out if there are many."""
    return np.array2string(np.asarray(value), threshold=20)


def is_in_support(
    value: tf.Tensor, unconstrained: tf.Tensor, bijector: ConstrainingBijector
) -> bool:
    """Tells whether both are finite, and the unconstrained value maps back onto `value`."""
    target: AnyStructure = value.numpy()
    if not (np.isfinite(np.asarray(unconstrained)).all() and np.isfinite(target).all()):
        return False
    # A new tensor object, for the bijector's cache would answer with `value` itself.
    image = np.asarray(bijector.forward(ops.identity(unconstrained)))
    try:  # A bound may have a batch shape that the value has not.
        target = np.broadcast_to(target, image.shape)
    except ValueError:
        return False
    # Elements of one value, such as a matrix, may cancel; different values do not.
    event = tuple(range(-min(bijector.inverse_min_event_ndims, target.ndim), 0))
    scale = np.max(np.abs(target), axis=event, keepdims=True, initial=0)
    for bound in _numbers(bijector).values():  # A value near 0 may be the rest of two bounds.
        scale = np.maximum(scale, np.max(np.abs(bound[np.isfinite(bound)]), initial=0))
    tolerance = np.sqrt(np.finfo(target.dtype).eps) * scale
    return bool((np.abs(image - target) <= tolerance).all())


def support_in_words(bijector: ConstrainingBijector) -> str:
    """Describes the image of a bijector."""
    bounds = {name: shortened(number) for name, number in _numbers(bijector).items()}
    return describe_support(composed_name(bijector), bounds)


def composed_name(bijector: ConstrainingBijector) -> str:
    """Names a bijector as `describe_support` expects it."""
    name = type(bijector).__name__
    if name != "Chain":
        return name
    parts: AnyStructure = bijector.parameters["bijectors"]
    return f"Chain({', '.join(composed_name(part) for part in parts)})"


def _numbers(bijector: ConstrainingBijector) -> dict[str, AnyStructure]:
    """Returns the numbers that a bijector was constructed with, by argument."""
    return {
        name: ops.convert_to_tensor(value).numpy()
        for name, value in bijector.parameters.items()
        if not (value is None or isinstance(value, (str, bool, list, tuple)) or callable(value))
    }
