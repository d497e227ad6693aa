"""Tape-safety for TFP classes whose constructors compute from their parameters."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf
from tensorflow_probability.python.util.deferred_tensor import DeferredTensor

from tfp_trainables_runtime.construction.creation import Omitted
from tfp_trainables_runtime.typing import TensorLike

__all__ = ["deferred"]


def deferred(
    value: TensorLike | Omitted | None,
    function: Callable[[tf.Tensor], tf.Tensor],
    *,
    dtype: tf.DType,
) -> DeferredTensor | None:
    """Returns `function(value)`, computed anew whenever it is read.

    Args:
      value: a parameter, which may be a variable; `None` stays `None`.
      function: maps a tensor to one of the same shape and dtype.
      dtype: for a value that has none of its own, such as a list.
    """
    if value is None:
        return None
    if not isinstance(value, (tf.Variable, DeferredTensor)):
        value = tf.convert_to_tensor(value, dtype=getattr(value, "dtype", dtype))
    return DeferredTensor(value, function)
