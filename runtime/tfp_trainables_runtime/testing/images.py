"""Whether a value is in the image of a bijector: in the support that it stands for."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from tfp_trainables_runtime.typing import AnyStructure
from tfp_trainables_runtime.untyped import ops, untyped

__all__ = ["is_in_image"]

_np = untyped(np)


def is_in_image(value: AnyStructure, bijector: AnyStructure) -> bool:
    """Tells whether a value is in the image of a bijector or, for rounding, at its end.

    Args:
      value: an array of finite numbers.
      bijector: of one tensor.
    """
    if bijector.forward_min_event_ndims == 0:
        ends = [_np.asarray(bijector.forward(tf.constant(end, value.dtype))) for end in _ENDS]
        low, high = _np.minimum(*ends), _np.maximum(*ends)
        if (low < high).all():
            return bool(((low <= value) & (value <= high)).all())
    try:
        # New tensors: the bijector's cache would answer with the value itself.
        origin = ops.identity(bijector.inverse(ops.constant(value)))
        again = _np.asarray(bijector.forward(origin))
    except ops.errors.InvalidArgumentError:  # Such as of a matrix that has no factor.
        return False
    tolerance = np.sqrt(np.finfo(value.dtype).eps) * _np.abs(value).max(initial=0)
    return again.shape == value.shape and bool((_np.abs(again - value) <= tolerance).all())


_ENDS = (-np.inf, np.inf)
