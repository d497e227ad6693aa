"""The base of trainable kernels, with the types that TFP's methods lack."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tfp_trainables_runtime.classes.trainable import Trainable
from tfp_trainables_runtime.untyped import untyped

if TYPE_CHECKING:
    import tensorflow as tf
    from tensorflow_probability.python.math.psd_kernels.positive_semidefinite_kernel import (
        PositiveSemidefiniteKernel,
    )

    from tfp_trainables_runtime.typing import AnyStructure, TensorLike

__all__ = ["TrainableKernel"]

TFPClass = TypeVar("TFPClass")


class TrainableKernel(Trainable[TFPClass]):
    """Base of all trainable positive semidefinite kernels.

    In shapes below, B is the batch shape, E that of the examples and F that of the features
    of one. The methods are those of the TFP class, typed, and each is compiled as one XLA
    program that all instances of one structure share. Sums and products of kernels are
    TFP's; the variables of their parts are trained with them.
    """

    if TYPE_CHECKING:

        @property
        def dtype(self) -> tf.DType | None:
            """Dtype of inputs, or `None` for any."""
            ...

        @property
        def batch_shape(self) -> tf.TensorShape:
            """Static shape of distinct parameterizations, B."""
            ...

        @property
        def feature_ndims(self) -> int:
            """How many of an input's last dimensions are the features of one example."""
            ...

        def batch_shape_tensor(self, name: str = "batch_shape_tensor") -> tf.Tensor:
            """The batch shape as an int32 tensor."""
            ...

        def __add__(self, k: PositiveSemidefiniteKernel) -> PositiveSemidefiniteKernel:
            """The sum of two kernels."""
            ...

        def __mul__(self, k: PositiveSemidefiniteKernel) -> PositiveSemidefiniteKernel:
            """The product of two kernels."""
            ...

    def _dtype_of_value(self, method: str) -> AnyStructure:  # noqa: ARG002 - the same for all
        return untyped(self).dtype

    def apply(
        self, x1: TensorLike, x2: TensorLike, example_ndims: int = 0, name: str = "apply"
    ) -> tf.Tensor:
        """Kernel value of each pair of examples: two of shape E + F to shape B + E.

        E has `example_ndims` dimensions; those before them are batches.
        """
        return self._pairwise("apply", x1, x2, name, {"example_ndims": example_ndims})

    def matrix(self, x1: TensorLike, x2: TensorLike, name: str = "matrix") -> tf.Tensor:
        """Kernel matrix of two lists, [n] + F and [m] + F: shape B + [n, m]."""
        return self._pairwise("matrix", x1, x2, name, {})

    def tensor(
        self,
        x1: TensorLike,
        x2: TensorLike,
        x1_example_ndims: int,
        x2_example_ndims: int,
        name: str = "tensor",
    ) -> tf.Tensor:
        """Kernel values of all pairs: shapes E1 + F and E2 + F to shape B + E1 + E2.

        E1 has `x1_example_ndims` dimensions, and E2 `x2_example_ndims`.
        """
        ndims = {"x1_example_ndims": x1_example_ndims, "x2_example_ndims": x2_example_ndims}
        return self._pairwise("tensor", x1, x2, name, ndims)
