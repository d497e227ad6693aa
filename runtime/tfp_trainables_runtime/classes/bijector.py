"""The base of trainable bijectors, with the types that TFP's methods lack."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tfp_trainables_runtime.classes.trainable import Trainable
from tfp_trainables_runtime.untyped import untyped

if TYPE_CHECKING:
    import tensorflow as tf

    from tfp_trainables_runtime.typing import AnyStructure, Keyword, TensorLike

__all__ = ["TrainableBijector"]

TFPClass = TypeVar("TFPClass")


class TrainableBijector(Trainable[TFPClass]):
    """Base of all trainable bijectors.

    The methods are those of the TFP class, typed, and each is compiled as one XLA program
    that all instances of one structure share. Inputs and outputs of a multipart bijector
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

    def _dtype_of_value(self, method: str) -> AnyStructure:
        bijector = untyped(self)
        return (
            bijector.inverse_dtype() if method.startswith("forward") else bijector.forward_dtype()
        )

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
