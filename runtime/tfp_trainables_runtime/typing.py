"""Type aliases of the public signatures. The one place where `Any` is allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, TypedDict

import numpy.typing as npt
import tensorflow as tf
from tensorflow.python.ops.linalg.linear_operator import LinearOperator
from tensorflow_probability.python.bijectors.bijector import Bijector
from tensorflow_probability.python.distributions.distribution import Distribution
from tensorflow_probability.python.math.psd_kernels.positive_semidefinite_kernel import (
    PositiveSemidefiniteKernel,
)
from tensorflow_probability.python.util.deferred_tensor import DeferredTensor

__all__ = [
    "AnyBijector",
    "AnyCallable",
    "AnyDistribution",
    "AnyKernel",
    "AnyStructure",
    "Bijector",
    "BijectorStructure",
    "ConstrainingBijector",
    "DTypeLike",
    "Distribution",
    "DistributionStructure",
    "KernelStructure",
    "Keyword",
    "LinearOperator",
    "NoInitialParameters",
    "OperatorStructure",
    "Parameter",
    "ParameterInitFn",
    "PositiveSemidefiniteKernel",
    "Seed",
    "ShapeLike",
    "TensorLike",
]

TensorLike: TypeAlias = (
    tf.Tensor | tf.Variable | DeferredTensor | npt.ArrayLike | Sequence[tf.Tensor]
)
"""What TFP converts to a tensor: tensors, variables, NumPy and Python values."""

ShapeLike: TypeAlias = int | Sequence[int] | tf.TensorShape | tf.Tensor | npt.ArrayLike
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

DistributionStructure: TypeAlias = Sequence[Distribution] | Mapping[str, Distribution]
BijectorStructure: TypeAlias = Sequence[Bijector] | Mapping[str, Bijector]
KernelStructure: TypeAlias = Sequence[PositiveSemidefiniteKernel]

OperatorStructure: TypeAlias = Literal["diag", "tril", "full"]
"""What a linear operator over a variable is: a positive diagonal, a lower-triangular matrix
with one, or a symmetric positive-definite matrix."""


class ConstrainingBijector(Protocol):
    """What a bijector must do to constrain a parameter."""

    @property
    def parameters(self) -> Any: ...  # noqa: D102
    @property
    def inverse_min_event_ndims(self) -> Any: ...  # noqa: D102
    def forward(self, x: Any) -> Any: ...  # noqa: D102
    def inverse(self, y: Any) -> Any: ...  # noqa: D102
    def inverse_event_shape(self, output_shape: Any) -> Any: ...  # noqa: D102


class ParameterInitFn(Protocol):
    """A callable that gives the initial value of each trainable parameter.

    The value is in the support of the parameter (not unconstrained), of the
    `shape` and `dtype` that it is called with. It is taken as it is, not broadcast.
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
    ) -> TensorLike:
        """Returns the initial value of one parameter."""
        ...


class NoInitialParameters(TypedDict):
    """The initial parameters of a class that has no variables of its own: none."""


if TYPE_CHECKING:

    class Parameter(tf.Variable):
        """A parameter of a trainable, as it is read: a number or an array, as a tensor is.

        At run time it is a `tf.Variable` where it is unconstrained, and a
        `tfp.util.TransformedVariable` where it is not: both are assigned values of the
        parameter. A parameter that was passed by value is a `tf.Tensor`, which is not.
        """

        def assign(
            self,
            value: TensorLike,
            use_locking: bool = False,
            name: str | None = None,
            read_value: bool = True,
        ) -> Any:
            """Sets the value, which has to be in the support of the parameter."""
            ...

        def assign_add(
            self,
            delta: TensorLike,
            use_locking: bool = False,
            name: str | None = None,
            read_value: bool = True,
        ) -> Any:
            """Adds to the value."""
            ...

        def assign_sub(
            self,
            delta: TensorLike,
            use_locking: bool = False,
            name: str | None = None,
            read_value: bool = True,
        ) -> Any:
            """Subtracts from the value."""
            ...

        def value(self) -> tf.Tensor:
            """Returns the value, as a tensor."""
            ...

        def read_value(self) -> tf.Tensor:
            """Returns the value, as a tensor."""
            ...

        @property
        def trainable(self) -> bool:
            """Whether a tape watches the variable by itself."""
            ...

        def numpy(self) -> Any:
            """Returns the value, as a number or an array of NumPy's."""
            ...

        def __float__(self) -> float: ...
        def __complex__(self) -> complex: ...
        def __iter__(self) -> Iterator[tf.Tensor]: ...
        def __getitem__(self, slice_spec: Any) -> tf.Tensor: ...

    class AnyDistribution(Distribution):
        """A distribution that was passed, of a class that only its owner knows."""

        def __getattr__(self, name: str) -> Any: ...

    class AnyBijector(Bijector):
        """A bijector that was passed, of a class that only its owner knows."""

        def __getattr__(self, name: str) -> Any: ...

    class AnyKernel(PositiveSemidefiniteKernel):
        """A kernel that was passed, of a class that only its owner knows."""

        def __getattr__(self, name: str) -> Any: ...

else:
    Parameter: TypeAlias = tf.Variable | DeferredTensor | tf.Tensor
    AnyDistribution: TypeAlias = Distribution
    AnyBijector: TypeAlias = Bijector
    AnyKernel: TypeAlias = PositiveSemidefiniteKernel
