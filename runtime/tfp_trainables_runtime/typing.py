"""Type aliases of the public signatures. The one place where `Any` is allowed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypedDict, Union

import numpy.typing as npt
import tensorflow as tf
from tensorflow_probability.python.bijectors.bijector import Bijector
from tensorflow_probability.python.distributions.distribution import Distribution
from tensorflow_probability.python.math.psd_kernels.positive_semidefinite_kernel import (
    PositiveSemidefiniteKernel,
)
from tensorflow_probability.python.util.deferred_tensor import DeferredTensor
from typing_extensions import TypeAlias

__all__ = [
    "AnyCallable",
    "AnyStructure",
    "Bijector",
    "BijectorStructure",
    "DTypeLike",
    "Distribution",
    "DistributionStructure",
    "Keyword",
    "LinearOperator",
    "NoInitialParameters",
    "ParameterInitFn",
    "PositiveSemidefiniteKernel",
    "Seed",
    "ShapeLike",
    "TensorLike",
]

TensorLike: TypeAlias = Union[
    tf.Tensor, tf.Variable, DeferredTensor, npt.ArrayLike, Sequence[tf.Tensor]
]
"""What TFP converts to a tensor: tensors, variables, NumPy and Python values."""

ShapeLike: TypeAlias = Union[int, Sequence[int], tf.TensorShape, tf.Tensor, npt.ArrayLike]
"""A static shape; one `int` is a shape of one dimension."""

DTypeLike: TypeAlias = Any
"""A `tf.DType`, a NumPy dtype or scalar type, or the name of one."""

Seed: TypeAlias = Any
"""What `tfp.random.sanitize_seed` takes: an `int`, two of them, a tensor or `None`."""

Keyword: TypeAlias = Any
"""A keyword argument that TFP passes on, such as a conditioning input."""

AnyCallable: TypeAlias = Callable[..., Any]
"""A callable whose signature TFP documents but does not state."""

AnyStructure: TypeAlias = Any
"""A value or a nested structure of values, as `tf.nest` understands it."""

LinearOperator: TypeAlias = tf.linalg.LinearOperator
DistributionStructure: TypeAlias = Union[Sequence[Distribution], Mapping[str, Distribution]]
BijectorStructure: TypeAlias = Union[Sequence[Bijector], Mapping[str, Bijector]]


class ParameterInitFn(Protocol):
    """A callable that gives the initial value of each trainable parameter.

    The value is in the support of the parameter (not unconstrained), of the
    `shape` and `dtype` that it is called with.
    """

    def __call__(
        self,
        parameter_name: str,
        /,
        *,
        shape: tuple[int, ...],
        dtype: tf.DType,
        seed: tf.Tensor,
        constraining_bijector: Bijector,
    ) -> TensorLike: ...


class NoInitialParameters(TypedDict):
    """The initial parameters of a class that has no variables of its own: none."""
