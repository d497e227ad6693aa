"""Constraints of matrices."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from tfp_trainables_runtime.constraints.constraint import Constraint, machine_epsilon
from tfp_trainables_runtime.typing import AnyStructure
from tfp_trainables_runtime.untyped import fill_triangular, fill_triangular_inverse, ops

__all__ = ["NonzeroDiagonal", "Rotation", "UnitLowerTriangular"]


class Rotation(Constraint):
    """`(I - A) (I + A)^-1` for a skew-symmetric A: the rotation matrices.

    Cayley's transform maps vectors of n (n - 1) / 2 elements, those of A below its
    diagonal, onto the rotations of n dimensions that have no eigenvalue -1. It is finite
    and smooth everywhere, and 0 is mapped to the identity.

    Args:
      name: prefix of the names of the operations.
    """

    def __init__(self, name: str = "rotation") -> None:
        super().__init__({"name": name}, forward=1, inverse=2)

    def _forward(self, x: tf.Tensor) -> tf.Tensor:
        lower = _strictly_lower_triangular(_solvable(x))
        skew = lower - ops.linalg.matrix_transpose(lower)
        identity = ops.eye(skew.shape[-1], dtype=skew.dtype)
        return ops.cast(ops.linalg.solve(identity + skew, identity - skew), x.dtype)

    def _inverse(self, y: tf.Tensor) -> tf.Tensor:
        rotation = _solvable(y)
        identity = ops.eye(rotation.shape[-1], dtype=rotation.dtype)
        solution = ops.linalg.solve(identity + rotation, identity - rotation)
        return _below_diagonal(ops.cast(solution, y.dtype))

    def _forward_event_shape(self, input_shape: tf.TensorShape) -> tf.TensorShape:
        return _shape_of_matrix(input_shape)

    def _inverse_event_shape(self, output_shape: tf.TensorShape) -> tf.TensorShape:
        return _shape_below_diagonal(output_shape)


class UnitLowerTriangular(Constraint):
    """The lower-triangular matrices with ones on the diagonal.

    Made of vectors of n (n - 1) / 2 elements, those below the diagonal.

    Args:
      name: prefix of the names of the operations.
    """

    def __init__(self, name: str = "unit_lower_triangular") -> None:
        super().__init__({"name": name}, forward=1, inverse=2)

    def _forward(self, x: tf.Tensor) -> tf.Tensor:
        lower = _strictly_lower_triangular(x)
        return lower + ops.eye(lower.shape[-1], dtype=lower.dtype)

    def _inverse(self, y: tf.Tensor) -> tf.Tensor:
        identity = ops.eye(y.shape[-1], dtype=y.dtype)
        is_image = ops.reduce_all(ops.linalg.band_part(y, 0, -1) == identity, [-2, -1])
        return ops.where(is_image[..., ops.newaxis], _below_diagonal(y), np.nan)

    def _forward_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        return ops.zeros([], dtype=x.dtype)

    def _forward_event_shape(self, input_shape: tf.TensorShape) -> tf.TensorShape:
        return _shape_of_matrix(input_shape)

    def _inverse_event_shape(self, output_shape: tf.TensorShape) -> tf.TensorShape:
        return _shape_below_diagonal(output_shape)


class NonzeroDiagonal(Constraint):
    """The identity, but that no element on a matrix's diagonal is nearer to 0 than eps.

    The triangular factors that it keeps invertible are those of an LU decomposition.

    Args:
      name: prefix of the names of the operations.
    """

    def __init__(self, name: str = "nonzero_diagonal") -> None:
        super().__init__({"name": name}, forward=2, inverse=2)

    def _forward(self, x: tf.Tensor) -> tf.Tensor:
        eps = machine_epsilon(x)
        diagonal = ops.linalg.diag_part(x)
        nearest = ops.where(diagonal < 0, -eps, eps)
        kept = ops.where(ops.abs(diagonal) < eps, nearest, diagonal)
        # With the gradient of the identity, or what is near 0 would never leave.
        kept = diagonal + ops.stop_gradient(kept - diagonal)
        return ops.linalg.set_diag(x, kept)

    def _inverse(self, y: tf.Tensor) -> tf.Tensor:
        diagonal = ops.linalg.diag_part(y)
        is_nonzero = ops.abs(diagonal) >= machine_epsilon(y)
        return ops.linalg.set_diag(y, ops.where(is_nonzero, diagonal, np.nan))

    def _forward_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        return ops.zeros([], dtype=x.dtype)


def _solvable(x: tf.Tensor) -> tf.Tensor:
    """Returns half precision as single: TensorFlow solves no equations in half."""
    return ops.cast(x, tf.float32) if x.dtype == tf.float16 else x


def _strictly_lower_triangular(x: tf.Tensor) -> tf.Tensor:
    """Returns the matrices with certain elements below the diagonal and 0 elsewhere."""
    below = fill_triangular(x)
    paddings = [[0, 0]] * (below.shape.rank - 2) + [[1, 0], [0, 1]]
    return ops.pad(below, paddings)


def _below_diagonal(matrix: tf.Tensor) -> tf.Tensor:
    """Returns the elements below the diagonal; see `_strictly_lower_triangular`."""
    if matrix.shape[-1] == 1:
        return ops.zeros([*matrix.shape[:-2], 0], dtype=matrix.dtype)
    below: AnyStructure = matrix
    return fill_triangular_inverse(ops.linalg.band_part(below[..., 1:, :-1], -1, 0))


def _shape_of_matrix(below: tf.TensorShape) -> tf.TensorShape:
    elements = below[-1]
    size = None if elements is None else (1 + int(np.sqrt(1 + 8 * elements))) // 2
    return below[:-1].concatenate([size, size])


def _shape_below_diagonal(matrix: tf.TensorShape) -> tf.TensorShape:
    size = matrix[-1]
    return matrix[:-2].concatenate([size and size * (size - 1) // 2])
