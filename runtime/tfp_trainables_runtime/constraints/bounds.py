"""Constraints of numbers, most of which bind one parameter to another.

Each maps all real numbers into its support, in floating point too: what rounding would
put onto an excluded bound stays a few units in the last place away from it. That holds where
there is a support: a fixed lower bound above the upper one leaves none. A bound may be
a variable, or a tensor computed from one: it is read whenever the bijector is called, and
gradients reach it.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from tfp_trainables_runtime.constraints.constraint import Constraint, longer, machine_epsilon
from tfp_trainables_runtime.typing import AnyStructure, TensorLike
from tfp_trainables_runtime.untyped import ops, softplus_inverse

__all__ = ["AbsoluteBelow", "Between", "GreaterThan", "SameSum"]

_LEAST_SHARE = 1e-3


class GreaterThan(Constraint):
    """`low + softplus(x)`: the numbers above a bound.

    Args:
      low: the bound, of a shape that broadcasts with the input's; where there is none
        (`None` or minus infinity), the bijector is the identity.
      name: prefix of the names of the operations.
    """

    def __init__(self, low: TensorLike | None, name: str = "greater_than") -> None:
        self._low = low
        super().__init__({"low": low, "name": name}, forward=0, inverse=0)

    def _forward(self, x: tf.Tensor) -> tf.Tensor:
        if self._low is None:
            return x
        low, margin, is_bounded = self._bound(x)
        return ops.where(is_bounded, low + (ops.math.softplus(x) + margin), x)

    def _inverse(self, y: tf.Tensor) -> tf.Tensor:
        if self._low is None:
            return y
        low, margin, is_bounded = self._bound(y)
        return ops.where(is_bounded, softplus_inverse((y - low) - margin), y)

    def _forward_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        if self._low is None:
            return ops.zeros_like(x)
        *_, is_bounded = self._bound(x)
        return ops.where(is_bounded, ops.math.log_sigmoid(x), ops.zeros_like(x))

    def _forward_event_shape(self, input_shape: tf.TensorShape) -> tf.TensorShape:
        return _broadcast(input_shape, self._low)

    def _bound(self, like: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Returns the bound, how far the support stays away from it, and where it is one."""
        low = ops.convert_to_tensor(self._low, dtype=like.dtype)
        is_bounded = low > -np.inf
        low = ops.where(is_bounded, low, ops.zeros_like(low))  # For the gradient's sake.
        eps = machine_epsilon(like)
        return low, eps + 8 * eps * ops.abs(low), is_bounded


class Between(Constraint):
    """`low + (high - low) * sigmoid(x)`: the numbers between two bounds.

    Args:
      low: the lower bound, of a shape that broadcasts with the input's.
      high: the upper bound, likewise.
      name: prefix of the names of the operations.
    """

    def __init__(self, low: TensorLike, high: TensorLike, name: str = "between") -> None:
        self._low = low
        self._high = high
        super().__init__({"low": low, "high": high, "name": name}, forward=0, inverse=0)

    def _forward(self, x: tf.Tensor) -> tf.Tensor:
        least, width = self._interval(x)
        return least + width * ops.math.sigmoid(x)

    def _inverse(self, y: tf.Tensor) -> tf.Tensor:
        least, width = self._interval(y)
        share = (y - least) / width
        return ops.math.log(share) - ops.math.log1p(-share)

    def _forward_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        _, width = self._interval(x)
        return ops.math.log(width) + ops.math.log_sigmoid(x) + ops.math.log_sigmoid(-x)

    def _forward_event_shape(self, input_shape: tf.TensorShape) -> tf.TensorShape:
        return _broadcast(input_shape, self._low, self._high)

    def _interval(self, like: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the least number of the support and its width."""
        low = ops.convert_to_tensor(self._low, dtype=like.dtype)
        high = ops.convert_to_tensor(self._high, dtype=like.dtype)
        rounding = 2 * machine_epsilon(like) * ops.maximum(ops.abs(low), ops.abs(high))
        margin = ops.minimum(rounding, (high - low) / 4)
        return low + margin, (high - low) - 2 * margin


class AbsoluteBelow(Constraint):
    """`bound * tanh(x)`: the numbers whose absolute value is below a bound.

    Args:
      bound: positive, of a shape that broadcasts with the input's.
      name: prefix of the names of the operations.
    """

    def __init__(self, bound: TensorLike, name: str = "absolute_below") -> None:
        self._bound = bound
        super().__init__({"bound": bound, "name": name}, forward=0, inverse=0)

    def _forward(self, x: tf.Tensor) -> tf.Tensor:
        return self._greatest(x) * ops.math.tanh(x)

    def _inverse(self, y: tf.Tensor) -> tf.Tensor:
        return ops.math.atanh(y / self._greatest(y))

    def _forward_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        # log(1 - tanh(x)^2), without cancellation.
        slope = 2 * (np.log(2) - x - ops.math.softplus(-2 * x))
        return ops.math.log(self._greatest(x)) + slope

    def _forward_event_shape(self, input_shape: tf.TensorShape) -> tf.TensorShape:
        return _broadcast(input_shape, self._bound)

    def _greatest(self, like: tf.Tensor) -> tf.Tensor:
        return (1 - 4 * machine_epsilon(like)) * ops.convert_to_tensor(
            self._bound, dtype=like.dtype
        )


class SameSum(Constraint):
    """Positive vectors with the sum of another: its sum, shared out by a softmax.

    Maps vectors of K - 1 elements to vectors of K; one more logit is 0. Each element has at
    least a thousandth of an equal share, without which neighbouring knots of a spline
    would be one number.

    Args:
      other: a positive vector in the last dimension.
      name: prefix of the names of the operations.
    """

    def __init__(self, other: TensorLike, name: str = "same_sum") -> None:
        self._other = other
        super().__init__({"other": other, "name": name}, forward=1, inverse=1)

    def _forward(self, x: tf.Tensor) -> tf.Tensor:
        zero = ops.zeros_like(ops.reduce_sum(x, axis=-1, keepdims=True))
        logits = ops.concat([x, zero], axis=-1)
        least, rest = self._shares(logits)
        return least + rest * ops.math.softmax(logits)

    def _inverse(self, y: tf.Tensor) -> tf.Tensor:
        least, rest = self._shares(y)
        logits = ops.math.log((y - least) / rest)
        return logits[..., :-1] - logits[..., -1:]

    def _forward_event_shape(self, input_shape: tf.TensorShape) -> tf.TensorShape:
        return _broadcast(longer(input_shape, 1), self._other)

    def _inverse_event_shape(self, output_shape: tf.TensorShape) -> tf.TensorShape:
        return longer(output_shape, -1)

    def _shares(self, like: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the least element, and what a softmax shares out beyond it."""
        other: AnyStructure = ops.convert_to_tensor(self._other, dtype=like.dtype)
        total = ops.reduce_sum(other, axis=-1, keepdims=True)
        return total * (_LEAST_SHARE / other.shape[-1]), total * (1 - _LEAST_SHARE)


def _broadcast(shape: tf.TensorShape, *bounds: AnyStructure) -> tf.TensorShape:
    for bound in bounds:
        if bound is not None:
            shape = ops.broadcast_static_shape(shape, ops.TensorShape(getattr(bound, "shape", ())))
    return shape
