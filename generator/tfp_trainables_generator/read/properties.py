"""What a class annotates of its parameters: TFP's `parameter_properties`, read with care."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import tensorflow as tf
from tensorflow_probability.python.bijectors.bijector import Bijector

from tfp_trainables_generator.read.bijectors import read_bijector
from tfp_trainables_generator.read.scalars import FLOATING_DTYPES
from tfp_trainables_generator.read.shapes import PROBE_SIZES, read_shape_rule
from tfp_trainables_generator.spec.expressions import BijectorSpec, ShapeRule

Properties: TypeAlias = Any  # TFP's ParameterProperties, which has no types of its own.


@dataclass(frozen=True)
class Stated:
    """What a class states of one parameter.

    Attributes:
      facts: its annotation, in single precision, TFP's default.
      shape: its shape rule, if one is stated.
      bijector: its constraining bijector, if one is stated.
    """

    facts: Properties
    shape: ShapeRule | None
    bijector: BijectorSpec | None

    @property
    def event_ndims(self) -> int | None:
        """Rank of one value, if that is the same for all instances."""
        return self.facts.event_ndims if isinstance(self.facts.event_ndims, int) else None

    @property
    def gets_variable(self) -> bool:
        """Whether `make_trainable` tries to create a variable for it."""
        return _gets_variable(self.facts)

    @property
    def states_an_instance(self) -> bool:
        """Whether a bijector stands where a function that makes one should: it has no use."""
        return isinstance(self.facts.default_constraining_bijector_fn, Bijector)


@dataclass(frozen=True)
class Annotations:
    """What a class annotates of its parameters.

    Attributes:
      asked: asked with each of some sizes and each floating dtype, by parameter.
    """

    asked: Mapping[int, Mapping[tf.DType, Mapping[str, Properties]]]

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters, in the order of `make_trainable`."""
        return tuple(self._single)

    @property
    def _single(self) -> Mapping[str, Properties]:
        return self.asked[PROBE_SIZES[0]][tf.float32]

    def gets_variable(self, name: str) -> bool:
        """Tells whether `make_trainable` tries to create a variable for a parameter."""
        return _gets_variable(self._single[name])

    def of(self, name: str) -> Stated | None:
        """Returns what is stated of a parameter, if anything is.

        Raises:
          ValueError: if something has no expression in the spec, or cannot be asked.
        """
        facts = self._single.get(name)
        if facts is None:
            return None
        if not _has_batch(facts):
            return Stated(facts, None, None)
        return Stated(facts, self._shape(name), self._bijector(name))

    def _shape(self, name: str) -> ShapeRule | None:
        shape_fns = {size: it[tf.float32][name].shape_fn for size, it in self.asked.items()}
        try:
            return read_shape_rule(shape_fns)
        except NotImplementedError:
            return None

    def _bijector(self, name: str) -> BijectorSpec | None:
        if isinstance(self._single[name].default_constraining_bijector_fn, Bijector):
            return None
        try:
            bijectors = [
                {
                    dtype: properties[name].default_constraining_bijector_fn()
                    for dtype, properties in asked.items()
                }
                for asked in self.asked.values()
            ]
        except NotImplementedError:
            return None
        except Exception as error:  # A function of the class's own fails in any way it likes.
            raise ValueError(
                "default_constraining_bijector_fn: expected a bijector, "
                f"got {type(error).__name__}: {error}"
            ) from error
        first, *others = map(read_bijector, bijectors)
        if any(other != first for other in others):
            raise ValueError(f"the constraining bijector {first.name} depends on `num_classes`")
        return first


def _has_batch(facts: Properties) -> bool:
    """Tells whether a parameter is a tensor that has a batch shape."""
    return facts.is_tensor and not facts.specifies_shape and facts.event_ndims is not None


def _gets_variable(facts: Properties) -> bool:
    return facts.is_preferred and _has_batch(facts)


def annotations_of(cls: Any) -> Annotations | None:
    """Returns what a class annotates; `None` if it does not say which arguments are parameters.

    Raises:
      ValueError: if it fails to say so.
    """
    # Bijectors and kernels have no sizes, and their method takes none.
    is_sized = "num_classes" in inspect.signature(cls.parameter_properties).parameters

    def ask(dtype: tf.DType, size: int) -> Mapping[str, Properties]:
        sizes = {"num_classes": size} if is_sized else {}
        return cls.parameter_properties(dtype=dtype, **sizes)

    try:
        return Annotations(
            {size: {dtype: ask(dtype, size) for dtype in FLOATING_DTYPES} for size in PROBE_SIZES}
        )
    except NotImplementedError:
        return None
    except Exception as error:  # A method of the class's own fails in any way it likes.
        raise ValueError(
            f"_parameter_properties: expected annotations, got {type(error).__name__}: {error}"
        ) from error
