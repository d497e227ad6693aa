"""What a class annotates of its parameters: TFP's `parameter_properties`, read with care."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import tensorflow as tf
from tensorflow_probability.python.bijectors.bijector import Bijector

from tfp_trainables_generator.bijectors import read_bijector
from tfp_trainables_generator.expressions import BijectorSpec, ShapeRule
from tfp_trainables_generator.scalars import FLOATING_DTYPES
from tfp_trainables_generator.shapes import PROBE_SIZES, read_shape_rule

__all__ = [
    "Annotations",
    "Properties",
    "annotates",
    "annotations_of",
    "gets_variable",
    "stated_bijector",
    "stated_shape",
    "states_an_instance",
]

Properties: TypeAlias = Any  # TFP's ParameterProperties, which has no types of its own.


@dataclass(frozen=True)
class Annotations:
    """What a class annotates of its parameters.

    Attributes:
      asked: asked with each of some sizes and each floating dtype, by parameter.
    """

    asked: Mapping[int, Mapping[tf.DType, Mapping[str, Properties]]]

    @property
    def single(self) -> Mapping[str, Properties]:
        """What it annotates in single precision, TFP's default."""
        return self.asked[PROBE_SIZES[0]][tf.float32]


def annotates(cls: Any) -> bool:
    """Tells whether a class says which of its arguments are parameters.

    Raises:
      ValueError: if it fails to say so.
    """
    try:
        cls.parameter_properties(dtype=tf.float32)
    except NotImplementedError:
        return False
    except Exception as error:  # A method of the class's own fails in any way it likes.
        raise ValueError(
            f"_parameter_properties: expected annotations, got {type(error).__name__}: {error}"
        ) from error
    return True


def annotations_of(cls: Any) -> Annotations:
    """Returns what a class annotates; nothing, if it does not."""
    is_annotated = annotates(cls)
    # Bijectors and kernels have no sizes, and their method takes none.
    is_sized = "num_classes" in inspect.signature(cls.parameter_properties).parameters

    def ask(dtype: tf.DType, size: int) -> Mapping[str, Properties]:
        sizes = {"num_classes": size} if is_sized else {}
        return cls.parameter_properties(dtype=dtype, **sizes) if is_annotated else {}

    return Annotations(
        {size: {dtype: ask(dtype, size) for dtype in FLOATING_DTYPES} for size in PROBE_SIZES}
    )


def gets_variable(facts: Properties) -> bool:
    """Tells whether `make_trainable` tries to create a variable for a parameter."""
    return facts.is_preferred and _has_batch(facts)


def states_an_instance(facts: Properties) -> bool:
    """Tells whether a bijector stands where a function that makes one should: it has no use."""
    return isinstance(facts.default_constraining_bijector_fn, Bijector)


def _has_batch(facts: Properties) -> bool:
    """Tells whether a parameter is a tensor that has a batch shape."""
    return facts.is_tensor and not facts.specifies_shape and facts.event_ndims is not None


def stated_shape(name: str, annotations: Annotations) -> ShapeRule | None:
    """Returns the shape rule that a parameter's class states, if any.

    Raises:
      ValueError: if it has no expression, or cannot be called.
    """
    facts = annotations.single.get(name)
    if facts is None or not _has_batch(facts):
        return None
    by_size = {size: asked[tf.float32] for size, asked in annotations.asked.items()}
    try:
        return read_shape_rule({size: by_size[size][name].shape_fn for size in by_size})
    except NotImplementedError:
        return None


def stated_bijector(name: str, annotations: Annotations) -> BijectorSpec | None:
    """Returns the constraining bijector that a parameter's class states, if any.

    Raises:
      ValueError: if it has no expression, or cannot be made.
    """
    facts = annotations.single.get(name)
    if facts is None or not _has_batch(facts):
        return None
    if states_an_instance(facts):
        return None
    try:
        bijectors = [
            {
                dtype: properties[name].default_constraining_bijector_fn()
                for dtype, properties in asked.items()
            }
            for asked in annotations.asked.values()
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
