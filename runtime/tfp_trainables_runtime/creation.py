"""What a trainable is created from, and the record of how its variables were."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import tensorflow as tf

from tfp_trainables_runtime.typing import AnyStructure, ParameterInitFn, TensorLike

__all__ = [
    "TRAINABLE",
    "Creation",
    "ExistingVariables",
    "InitialParameters",
    "Omitted",
    "WithoutVariables",
]


class Omitted(enum.Enum):
    """The type of `TRAINABLE`."""

    TRAINABLE = "TRAINABLE"

    def __repr__(self) -> str:
        return self.name


TRAINABLE: Final = Omitted.TRAINABLE
"""Default of a trainable parameter: create a variable for it.

Not `None`, which some TFP classes take as a value of the parameter.
"""


@dataclass(frozen=True)
class ExistingVariables:
    """Initial parameters that are variables already: to copy or unpickle a trainable.

    Attributes:
      variables: the unconstrained variable of each trainable parameter, by name; or a
        value in its place, which becomes a tensor.
    """

    variables: Mapping[str, tf.Variable | TensorLike]


@dataclass(frozen=True)
class WithoutVariables:
    """Initial parameters that stay tensors.

    Attributes:
      initial_parameters: as the constructor takes them.
    """

    initial_parameters: AnyStructure


@dataclass(frozen=True)
class Creation:
    """How the variables of a trainable were created: what it takes to create them again.

    Attributes:
      shape: `batch_and_event_shape` as a tuple.
      dtype: the dtype of the variables.
      sizes: the sizes that TFP cannot infer from the shape, such as `num_classes`.
      structures: those of the linear operators, such as `scale_structure`.
      variables: the unconstrained variable of each parameter that has one, or a tensor in
        its place.
    """

    shape: tuple[int, ...]
    dtype: tf.DType
    sizes: Mapping[str, int]
    structures: Mapping[str, str]
    variables: Mapping[str, tf.Variable | tf.Tensor]


InitialParameters = (
    Mapping[str, object] | ParameterInitFn | ExistingVariables | WithoutVariables | None
)
