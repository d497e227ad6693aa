"""Linear operators over a variable: the structures that a trainable's may have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import tensorflow as tf
from tensorflow.python.ops.linalg.linear_operator import LinearOperator
from tensorflow_probability.python.bijectors.chain import Chain
from tensorflow_probability.python.bijectors.cholesky_outer_product import CholeskyOuterProduct
from tensorflow_probability.python.bijectors.fill_scale_tril import FillScaleTriL
from tensorflow_probability.python.bijectors.softplus import Softplus
from tensorflow_probability.python.util.deferred_tensor import DeferredTensor

from tfp_trainables_runtime.typing import AnyStructure, ConstrainingBijector
from tfp_trainables_runtime.untyped import ops, untyped

__all__ = ["STRUCTURES", "OperatorStructure"]


@dataclass(frozen=True)
class OperatorStructure:
    """A set of invertible linear operators.

    Attributes:
      constraint: makes the bijector onto what such an operator is made of, from the machine
        epsilon of the dtype, which keeps the diagonal away from 0.
      repeats: whether it is made of a matrix, not of a diagonal.
      build: makes the operator.
    """

    constraint: Callable[[AnyStructure], ConstrainingBijector]
    repeats: bool
    build: Callable[[tf.Variable | tf.Tensor | DeferredTensor], LinearOperator]

    def shape(self, diagonal: tuple[int, ...]) -> tuple[int, ...]:
        """Returns the shape of what an operator is made of, from that of its diagonal."""
        return (*diagonal, diagonal[-1]) if self.repeats else diagonal


def _softplus(eps: AnyStructure) -> ConstrainingBijector:
    return Softplus(low=eps)


def _triangular(eps: AnyStructure) -> ConstrainingBijector:
    return untyped(FillScaleTriL)(diag_shift=eps)


def _positive_definite(eps: AnyStructure) -> ConstrainingBijector:
    return untyped(Chain)([CholeskyOuterProduct(), _triangular(eps)])


def _diag(diagonal: AnyStructure) -> LinearOperator:
    return ops.linalg.LinearOperatorDiag(
        diagonal, is_non_singular=True, is_self_adjoint=True, is_positive_definite=True
    )


def _tril(matrix: AnyStructure) -> LinearOperator:
    return ops.linalg.LinearOperatorLowerTriangular(matrix, is_non_singular=True)


def _full(matrix: AnyStructure) -> LinearOperator:
    return ops.linalg.LinearOperatorFullMatrix(
        matrix, is_non_singular=True, is_self_adjoint=True, is_positive_definite=True
    )


STRUCTURES: Final[Mapping[str, OperatorStructure]] = {
    "diag": OperatorStructure(_softplus, repeats=False, build=_diag),
    "tril": OperatorStructure(_triangular, repeats=True, build=_tril),
    "full": OperatorStructure(_positive_definite, repeats=True, build=_full),
}
"""A positive diagonal; a triangular matrix with one; a symmetric positive-definite matrix."""
