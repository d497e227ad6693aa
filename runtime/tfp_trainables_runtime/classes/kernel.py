"""The base of trainable kernels, with the types that TFP's methods lack."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

import tensorflow as tf

from tfp_trainables_runtime.calls.ahead import Ahead, compile_ahead
from tfp_trainables_runtime.classes.trainable import Trainable
from tfp_trainables_runtime.untyped import ops, untyped

if TYPE_CHECKING:
    from tensorflow_probability.python.math.psd_kernels.positive_semidefinite_kernel import (
        PositiveSemidefiniteKernel,
    )

    from tfp_trainables_runtime.typing import AnyStructure, TensorLike

__all__ = ["TrainableKernel"]

TFPClass = TypeVar("TFPClass")


class TrainableKernel(Trainable[TFPClass]):
    """Base of all trainable positive semidefinite kernels.

    In shapes below, B is the batch shape, E that of the examples and F that of the features
    of one. The methods are those of the TFP class, typed. Where calls repeat, each is compiled,
    as a program that all instances of one structure share. Sums and products of kernels are
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

    def compile(
        self,
        methods: Iterable[str] = ("matrix",),
        shapes: Iterable[Sequence[int]] = ((1, 1),),
        *,
        how: Ahead = "graph",
        gradients: bool = False,
    ) -> None:
        """Compiles methods ahead of the calls that need them; instances of one structure share it.

        Args:
          methods: which of `apply` and `matrix`.
          shapes: those of a list of examples, [n] + F. A graph takes lists of other lengths, too.
          how: `"graph"`, or `"xla"`: a program for each of the shapes, which is run where XLA is
            as accurate as TensorFlow.
          gradients: whether also to compile gradients with respect to the variables.

        Raises:
          ValueError: if there is no such method, or no such way.
        """
        compile_ahead(self, methods, shapes, self._inputs, how=how, gradients=gradients)

    def _inputs(self, method: str, shape: Sequence[int]) -> tuple[AnyStructure, ...]:
        x = ops.fill(shape, ops.cast(0.5, untyped(self).dtype or tf.float32))
        return (x, x, 1) if method == "apply" else (x, x)

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
