"""The base of the constraining bijectors that TFP lacks."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import tensorflow as tf
from tensorflow_probability.python.bijectors.bijector import AutoCompositeTensorBijector

from tfp_trainables_runtime.typing import AnyStructure

__all__ = ["Constraint", "longer", "machine_epsilon"]


class Constraint(AutoCompositeTensorBijector):
    """What the constraints have in common."""

    def __init__(
        self, parameters: Mapping[str, AnyStructure], *, forward: int, inverse: int
    ) -> None:
        """Takes what the constructor of the constraint was given, and ranks of events."""
        super().__init__(  # pyright: ignore[reportUnknownMemberType]
            forward_min_event_ndims=forward,
            inverse_min_event_ndims=inverse,
            parameters=dict(parameters),
            name=parameters["name"],
        )

    @classmethod
    def _parameter_properties(cls, dtype: tf.DType) -> AnyStructure:
        del dtype
        return {}


def machine_epsilon(like: tf.Tensor) -> AnyStructure:
    """Returns that of a tensor's dtype."""
    dtype: AnyStructure = like.dtype.as_numpy_dtype
    return np.finfo(dtype).eps


def longer(shape: tf.TensorShape, by: int) -> tf.TensorShape:
    """Returns a shape with so many more elements in its last dimension, if they are known."""
    size = shape[-1]
    return shape[:-1].concatenate([None if size is None else size + by])
