"""The base of trainable bijectors, with the types that TFP's methods lack."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

import tensorflow as tf

from tfp_trainables_runtime.calls.ahead import Ahead, compile_ahead
from tfp_trainables_runtime.classes.trainable import Trainable
from tfp_trainables_runtime.untyped import ops, untyped

if TYPE_CHECKING:
    from tfp_trainables_runtime.typing import (
        AnyStructure,
        Bijector,
        Distribution,
        DTypeLike,
        Keyword,
        ShapeLike,
        TensorLike,
    )

__all__ = ["TrainableBijector"]

TFPClass = TypeVar("TFPClass")


class TrainableBijector(Trainable[TFPClass]):
    """Base of all trainable bijectors.

    The methods are those of the TFP class, typed. Where calls repeat, each is compiled, as a
    program that all instances of one structure share. Inputs and outputs of a multipart bijector
    (`JointMap`, `Split`, `Restructure`) are structures of tensors. A method that the TFP
    class does not implement raises `NotImplementedError`.
    """

    if TYPE_CHECKING:

        @property
        def dtype(self) -> tf.DType | None:
            """Dtype of inputs, or `None` for any."""
            ...

        @property
        def is_constant_jacobian(self) -> bool:
            """Whether the Jacobian is the same for every input."""
            ...

        @property
        def forward_min_event_ndims(self) -> int:
            """Least number of dimensions of an event of `forward`."""
            ...

        @property
        def inverse_min_event_ndims(self) -> int:
            """Least number of dimensions of an event of `inverse`."""
            ...

        @property
        def has_static_min_event_ndims(self) -> bool:
            """Whether these two numbers are known before any input is."""
            ...

        @property
        def graph_parents(self) -> Sequence[tf.Tensor]:
            """The tensors that it was given as those that it depends on."""
            ...

        def __call__(
            self,
            value: Distribution | Bijector | TensorLike,
            name: str | None = None,
            **kwargs: Keyword,
        ) -> AnyStructure:
            """Transforms a distribution, follows another bijector, or maps a tensor."""
            ...

        def forward_event_shape(self, input_shape: ShapeLike) -> tf.TensorShape:
            """Static shape of the image of an input."""
            ...

        def forward_event_shape_tensor(
            self, input_shape: ShapeLike, name: str = "forward_event_shape_tensor"
        ) -> tf.Tensor:
            """Shape of the image of an input, as an int32 tensor."""
            ...

        def inverse_event_shape(self, output_shape: ShapeLike) -> tf.TensorShape:
            """Static shape of what an output is the image of."""
            ...

        def inverse_event_shape_tensor(
            self, output_shape: ShapeLike, name: str = "inverse_event_shape_tensor"
        ) -> tf.Tensor:
            """Shape of what an output is the image of, as an int32 tensor."""
            ...

        def forward_dtype(
            self, dtype: DTypeLike = None, name: str = "forward_dtype", **kwargs: Keyword
        ) -> AnyStructure:
            """Dtype of the image of an input of a dtype, or of any."""
            ...

        def inverse_dtype(
            self, dtype: DTypeLike = None, name: str = "inverse_dtype", **kwargs: Keyword
        ) -> AnyStructure:
            """Dtype of what an output of a dtype, or of any, is the image of."""
            ...

        def forward_event_ndims(self, event_ndims: int, **kwargs: Keyword) -> AnyStructure:
            """Number of dimensions of the image of an event."""
            ...

        def inverse_event_ndims(self, event_ndims: int, **kwargs: Keyword) -> AnyStructure:
            """Number of dimensions of what an event is the image of."""
            ...

        def experimental_batch_shape(
            self, x_event_ndims: int | None = None, y_event_ndims: int | None = None
        ) -> tf.TensorShape:
            """Static shape of distinct parameterizations, for events of so many dimensions."""
            ...

        def experimental_batch_shape_tensor(
            self, x_event_ndims: int | None = None, y_event_ndims: int | None = None
        ) -> tf.Tensor:
            """The batch shape for events of so many dimensions, as an int32 tensor."""
            ...

        def experimental_compute_density_correction(
            self,
            x: TensorLike,
            tangent_space: AnyStructure,
            backward_compat: bool = False,
            **kwargs: Keyword,
        ) -> tuple[tf.Tensor, AnyStructure]:
            """What a density on a manifold gains, and the tangent space of its image."""
            ...

        @classmethod
        def parameter_properties(cls, dtype: DTypeLike = tf.float32) -> dict[str, AnyStructure]:
            """What TFP annotates of its parameters, by name."""
            ...

    def _dtype_of_value(self, method: str) -> AnyStructure:
        bijector = untyped(self)
        return (
            bijector.inverse_dtype() if method.startswith("forward") else bijector.forward_dtype()
        )

    def compile(
        self,
        methods: Iterable[str] = ("forward", "inverse", "forward_log_det_jacobian"),
        shapes: Iterable[Sequence[int]] = ((),),
        *,
        how: Ahead = "graph",
        gradients: bool = False,
    ) -> None:
        """Compiles methods ahead of the calls that need them; instances of one structure share it.

        Args:
          methods: which.
          shapes: those of x, of which a graph takes more samples, too.
          how: `"graph"`, or `"xla"`: a program for each of the shapes, which is run where XLA is
            as accurate as TensorFlow.
          gradients: whether also to compile gradients with respect to the variables.

        Raises:
          ValueError: if there is no such method, or no such way.
        """
        compile_ahead(self, methods, shapes, self._inputs, how=how, gradients=gradients)

    def _inputs(self, method: str, shape: Sequence[int]) -> tuple[AnyStructure, ...]:
        dtype: AnyStructure = self._dtype_of_value("forward") or tf.float32
        x = ops.fill(shape, ops.cast(0.5, dtype))
        return (self.forward(x) if "inverse" in method else x,)

    def forward(self, x: TensorLike, name: str = "forward", **kwargs: Keyword) -> tf.Tensor:
        """Maps `x` to y."""
        return self._evaluate("forward", x, name, kwargs)

    def inverse(self, y: TensorLike, name: str = "inverse", **kwargs: Keyword) -> tf.Tensor:
        """Maps `y` back to x."""
        return self._evaluate("inverse", y, name, kwargs)

    def forward_log_det_jacobian(
        self,
        x: TensorLike,
        event_ndims: int | None = None,
        name: str = "forward_log_det_jacobian",
        **kwargs: Keyword,
    ) -> tf.Tensor:
        """Log |det dy/dx| at `x`, summed over the last `event_ndims` dimensions.

        `event_ndims` defaults to `forward_min_event_ndims`.
        """
        return self._log_det_jacobian("forward_log_det_jacobian", x, event_ndims, name, kwargs)

    def inverse_log_det_jacobian(
        self,
        y: TensorLike,
        event_ndims: int | None = None,
        name: str = "inverse_log_det_jacobian",
        **kwargs: Keyword,
    ) -> tf.Tensor:
        """Log |det dx/dy| at `y`, summed over the last `event_ndims` dimensions.

        `event_ndims` defaults to `inverse_min_event_ndims`.
        """
        return self._log_det_jacobian("inverse_log_det_jacobian", y, event_ndims, name, kwargs)
