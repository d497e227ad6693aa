"""Constraints of vectors of unit length."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from tfp_trainables_runtime.constraints.constraint import Constraint, longer, machine_epsilon
from tfp_trainables_runtime.typing import AnyStructure
from tfp_trainables_runtime.untyped import ops

__all__ = ["Direction"]

_FARTHEST = 4.0
"""How far from 0 the pole is put, in units of the root of the machine epsilon's reciprocal."""


class Direction(Constraint):
    """`(2 x, |x|^2 - 1) / (|x|^2 + 1)`: the points of the unit sphere.

    The stereographic projection maps vectors of n - 1 elements onto the sphere in n dimensions,
    but for the pole (0, ..., 0, 1), where a start is put beside it. TFP's `UnitVector` is the
    same in exact arithmetic; this one keeps its precision near the pole, too.

    Args:
      name: prefix of the names of the operations.
    """

    def __init__(self, name: str = "direction") -> None:
        super().__init__({"name": name}, forward=1, inverse=1)

    def _forward(self, x: tf.Tensor) -> tf.Tensor:
        scale, inside, beyond = _scaled(x)
        total = inside + beyond
        return ops.concat([2 * (x / scale) / scale, inside - beyond], axis=-1) / total

    def _inverse(self, y: AnyStructure) -> tf.Tensor:
        head, last = y[..., :-1], y[..., -1:]
        square = ops.reduce_sum(head**2, axis=-1, keepdims=True)
        is_upper = last > 0
        # Near the pole, 1 - last is what is left of two numbers that are nearly equal.
        upper = square / (1 + ops.where(is_upper, last, 1))
        distance = ops.where(is_upper, upper, 1 - last)
        farthest = _FARTHEST / np.sqrt(machine_epsilon(y))
        is_pole = square <= (2 / farthest) ** 2
        x = head / ops.where(is_upper & is_pole, 1, distance)
        length = ops.sqrt(square)
        axis = ops.one_hot(0, head.shape[-1], dtype=y.dtype)
        toward = ops.where(length > 0, head / ops.where(length > 0, length, 1), axis)
        beside = ops.where(ops.abs(last - 1) <= machine_epsilon(y) * _FARTHEST, farthest, np.nan)
        return ops.where(is_upper & is_pole, toward * beside, x)

    def _forward_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        # From the vectors of n - 1 elements to the surface, as a root of det(J^T J).
        scale, inside, beyond = _scaled(x)
        log_total = ops.math.log(inside + beyond) + 2 * ops.math.log(scale)
        size = ops.cast(ops.shape(x)[-1], x.dtype)
        return size * (np.log(2) - log_total[..., 0])

    def _forward_event_shape(self, input_shape: tf.TensorShape) -> tf.TensorShape:
        return longer(input_shape, 1)

    def _inverse_event_shape(self, output_shape: tf.TensorShape) -> tf.TensorShape:
        return longer(output_shape, -1)


def _scaled(x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Returns a scale, and |x|^2 and 1 in units of its square, which does not overflow."""
    largest: AnyStructure = ops.reduce_max(ops.abs(x), axis=-1, keepdims=True)
    scale = ops.stop_gradient(ops.maximum(largest, 1))
    return scale, ops.reduce_sum((x / scale) ** 2, axis=-1, keepdims=True), (1 / scale) ** 2
