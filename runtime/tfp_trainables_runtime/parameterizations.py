"""How a value in one parameterization of a distribution becomes one in another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import tensorflow as tf

from tfp_trainables_runtime.typing import AnyStructure
from tfp_trainables_runtime.untyped import ops

__all__ = [
    "EXP",
    "HALF_LOGIT",
    "LOG",
    "LOGIT",
    "LOG_PROBABILITIES",
    "PROBIT",
    "RECIPROCAL",
    "Conversion",
]


@dataclass(frozen=True)
class Conversion:
    """From an alternative parameter to the one that is trained.

    Attributes:
      function: maps a tensor to one of its shape; not finite outside of the support.
      support: the values of the alternative, in words.
    """

    function: Callable[[tf.Tensor], tf.Tensor]
    support: str


def _log(x: tf.Tensor) -> tf.Tensor:
    return ops.math.log(x)


def _exp(x: tf.Tensor) -> tf.Tensor:
    return ops.where(ops.math.is_finite(x), ops.exp(x), np.nan)


def _reciprocal(x: tf.Tensor) -> tf.Tensor:
    is_positive = ops.logical_and(x > 0, ops.math.is_finite(x))
    return ops.where(is_positive, ops.math.reciprocal(x), np.nan)


def _logit(probability: tf.Tensor) -> tf.Tensor:
    return ops.math.log(probability) - ops.math.log1p(-probability)


def _half_logit(probability: tf.Tensor) -> tf.Tensor:
    # For TFP's inflated distributions, which give the two outcomes the logits l and -l.
    return _logit(probability) / 2


def _log_probabilities(vector: tf.Tensor) -> tf.Tensor:
    dtype: AnyStructure = vector.dtype.as_numpy_dtype
    error = ops.abs(ops.reduce_sum(vector, axis=-1, keepdims=True) - 1)
    is_normalized = error < np.sqrt(np.finfo(dtype).eps)
    return ops.where(is_normalized, ops.math.log(vector), np.nan)


LOG: Final = Conversion(_log, "positive")
EXP: Final = Conversion(_exp, "any finite real number")
LOGIT: Final = Conversion(_logit, "between 0 and 1")
HALF_LOGIT: Final = Conversion(_half_logit, "between 0 and 1")
RECIPROCAL: Final = Conversion(_reciprocal, "positive")
PROBIT: Final = Conversion(ops.math.ndtri, "between 0 and 1")
LOG_PROBABILITIES: Final = Conversion(
    _log_probabilities, "a probability vector: positive, with sum 1 along the last dimension"
)
