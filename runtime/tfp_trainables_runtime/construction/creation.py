"""What a trainable is created from, and the record of how its variables were."""

from __future__ import annotations

import contextlib
import enum
import functools
from collections.abc import Generator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, TypeAlias

import tensorflow as tf

from tfp_trainables_runtime.typing import AnyStructure, ParameterInitFn

__all__ = [
    "TRAINABLE",
    "Creation",
    "InitialParameters",
    "Omitted",
    "creates_variables",
    "without_variables",
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

    @functools.cached_property
    def record(self) -> Mapping[str, AnyStructure]:
        """All but the variables, as plain data."""
        return {
            "shape": self.shape,
            "dtype": self.dtype.name,
            "sizes": dict(self.sizes),
            "structures": dict(self.structures),
        }

    @functools.cached_property
    def by_position(self) -> tf.Module:
        """Where a checkpoint of `make_trainable`'s object finds the variables while it is read."""
        return tf.Module()

    @classmethod
    def recorded(
        cls, record: Mapping[str, AnyStructure], variables: Mapping[str, tf.Variable | tf.Tensor]
    ) -> Creation:
        """Returns what `record` tells of, for certain variables."""
        arguments: AnyStructure = {**record, "dtype": tf.as_dtype(record["dtype"])}
        return cls(**arguments, variables=variables)


InitialParameters: TypeAlias = Mapping[str, object] | ParameterInitFn | None


_WITHOUT_VARIABLES: ContextVar[str | None] = ContextVar("without_variables", default=None)


@contextlib.contextmanager
def without_variables(class_name: str) -> Generator[None]:
    """Has the constructor of a class, and no other, leave tensors in the place of variables."""
    token = _WITHOUT_VARIABLES.set(class_name)
    try:
        yield
    finally:
        _WITHOUT_VARIABLES.reset(token)


def creates_variables(class_name: str) -> bool:
    """Tells whether the constructor of a class is to create variables, here and now."""
    return _WITHOUT_VARIABLES.get() != class_name
