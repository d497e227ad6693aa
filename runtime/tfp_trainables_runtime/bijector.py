"""The base of trainable bijectors, with the types that TFP's methods lack."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tfp_trainables_runtime.trainable import Trainable

if TYPE_CHECKING:
    import tensorflow as tf

    from tfp_trainables_runtime.typing import AnyStructure, Keyword, TensorLike

__all__ = ["TrainableBijector"]

TFPClass = TypeVar("TFPClass")


class TrainableBijector(Trainable[TFPClass]):
    """Base of all trainable bijectors.

    The methods are those of the TFP class: only their types are stated here, for type
    checkers and completion. Inputs and outputs of a multipart bijector (`JointMap`,
    `Split`, `Restructure`) are structures of tensors. A method that the TFP class does
    not implement raises `NotImplementedError`.
    """

    if TYPE_CHECKING:

        @property
        def name(self) -> str: ...
        @property
        def dtype(self) -> tf.DType | None: ...
        @property
        def parameters(self) -> dict[str, AnyStructure]: ...
        @property
        def validate_args(self) -> bool: ...
        @property
        def is_constant_jacobian(self) -> bool: ...
        @property
        def forward_min_event_ndims(self) -> int: ...
        @property
        def inverse_min_event_ndims(self) -> int: ...

        def forward(self, x: TensorLike, name: str = "forward", **kwargs: Keyword) -> tf.Tensor:
            """Maps `x` to y."""
            ...

        def inverse(self, y: TensorLike, name: str = "inverse", **kwargs: Keyword) -> tf.Tensor:
            """Maps `y` back to x."""
            ...

        def forward_log_det_jacobian(
            self,
            x: TensorLike,
            event_ndims: int | None = None,
            name: str = "forward_log_det_jacobian",
            **kwargs: Keyword,
        ) -> tf.Tensor:
            """log |det dy/dx| at `x`, summed over the last `event_ndims` dimensions.

            `event_ndims` defaults to `forward_min_event_ndims`.
            """
            ...

        def inverse_log_det_jacobian(
            self,
            y: TensorLike,
            event_ndims: int | None = None,
            name: str = "inverse_log_det_jacobian",
            **kwargs: Keyword,
        ) -> tf.Tensor:
            """log |det dx/dy| at `y`, summed over the last `event_ndims` dimensions.

            `event_ndims` defaults to `inverse_min_event_ndims`.
            """
            ...

        def forward_event_shape(self, input_shape: tf.TensorShape) -> tf.TensorShape: ...
        def inverse_event_shape(self, output_shape: tf.TensorShape) -> tf.TensorShape: ...
