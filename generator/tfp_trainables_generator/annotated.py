"""What a class annotates of its parameters: TFP's `parameter_properties`, read with care."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, TypeAlias

import tensorflow as tf
from tensorflow_probability.python.bijectors.bijector import Bijector

from tfp_trainables_generator.bijectors import read_bijector
from tfp_trainables_generator.expressions import BijectorSpec, ShapeRule
from tfp_trainables_generator.scalars import FLOATING_DTYPES
from tfp_trainables_generator.shapes import PROBE_SIZE, read_shape_rule

__all__ = [
    "Properties",
    "PropertiesByDType",
    "annotates",
    "gets_variable",
    "properties_by_dtype",
    "stated_bijector",
    "stated_shape",
]

Properties: TypeAlias = Any  # TFP's ParameterProperties, which has no types of its own.
PropertiesByDType: TypeAlias = Mapping[tf.DType, Mapping[str, Properties]]


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


def properties_by_dtype(cls: Any) -> PropertiesByDType:
    """Returns what a class annotates, for each floating dtype, by parameter."""
    # Bijectors and kernels have no sizes, and their method takes none.
    sizes = (
        {"num_classes": PROBE_SIZE}
        if "num_classes" in inspect.signature(cls.parameter_properties).parameters
        else {}
    )
    return {dtype: cls.parameter_properties(dtype=dtype, **sizes) for dtype in FLOATING_DTYPES}


def gets_variable(facts: Properties) -> bool:
    """Tells whether `make_trainable` tries to create a variable for a parameter."""
    return facts.is_preferred and _has_batch(facts)


def _has_batch(facts: Properties) -> bool:
    """Tells whether a parameter is a tensor that has a batch shape."""
    return facts.is_tensor and not facts.specifies_shape and facts.event_ndims is not None


def stated_shape(facts: Properties | None) -> ShapeRule | None:
    """Returns the shape rule that a parameter's class states, if any.

    Raises:
      ValueError: if it has no expression, or cannot be called.
    """
    if facts is None or not _has_batch(facts):
        return None
    try:
        return read_shape_rule(facts.shape_fn)
    except NotImplementedError:
        return None


def stated_bijector(
    name: str, facts: Properties | None, properties: PropertiesByDType
) -> BijectorSpec | None:
    """Returns the constraining bijector that a parameter's class states, if any.

    Raises:
      ValueError: if it has no expression, or cannot be made.
    """
    if facts is None or not _has_batch(facts):
        return None
    if isinstance(facts.default_constraining_bijector_fn, Bijector):
        return None  # In the place of a function that makes one: nothing can call it.
    try:
        bijectors = {
            dtype: properties[dtype][name].default_constraining_bijector_fn()
            for dtype in properties
        }
    except NotImplementedError:
        return None
    except Exception as error:  # A function of the class's own fails in any way it likes.
        raise ValueError(
            "default_constraining_bijector_fn: expected a bijector, "
            f"got {type(error).__name__}: {error}"
        ) from error
    return read_bijector(bijectors)
