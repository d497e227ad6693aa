"""Instances to probe: of a class, over variables, from its example; and what to call them with."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow_probability.python.util.deferred_tensor import TransformedVariable

from tfp_trainables_generator.spec.classes import ClassSpec
from tfp_trainables_generator.spec.expressions import Reference
from tfp_trainables_generator.spec.parameters import ParameterSpec
from tfp_trainables_generator.spec.printing import FOR_PEOPLE, Names, bijector_source, shape_source
from tfp_trainables_runtime.construction.linear_operators import STRUCTURES
from tfp_trainables_runtime.parts.rebuilding import rebuildable
from tfp_trainables_runtime.testing.inputs import plain_input

Values: TypeAlias = Any
_tf: Any = tf
_tfp: Any = tfp


def build_subject(spec: ClassSpec, batch: tuple[int, ...], dtype: type) -> Values:
    """Builds an instance of the TFP class over variables, with random values."""
    cls: Values = _load(spec.reference)
    for reference in (spec.reference, *spec.bijectors):
        rebuildable(_load(reference))
    own = _own_names(spec)
    arguments = {name: _evaluate(source, dtype, **own) for name, source in spec.example.arguments}
    sizes = {name: arguments.pop(name) for name in spec.sizes if name in arguments}
    known: dict[str, Values] = {
        FOR_PEOPLE.shape: (*batch, *spec.example.batch_and_event_shape),
        "eps": np.finfo(dtype).eps,
    }
    for name in spec.shaping_arguments:
        known[name] = _evaluate(spec.parameter(name).default or "None", dtype)
    for position, parameter in enumerate(spec.trainable_parameters):
        if parameter.name in arguments or not parameter.shape:
            continue
        names = {**known, **sizes, **arguments}
        shape = _evaluate(shape_source(parameter.shape), dtype, **names)
        operator = STRUCTURES["tril"] if parameter.is_operator else None
        if operator is not None:
            shape, bijector = operator.shape(shape), operator.constraint(known["eps"])
        else:
            bijector = _constraint(parameter, dtype, names)
        value = _tf.random.stateless_normal(
            bijector.inverse_event_shape(shape), (1, position), dtype=dtype
        )
        variable = TransformedVariable(
            None, bijector, pretransformed_input=tf.Variable(value, name=parameter.name)
        )
        arguments[parameter.name] = operator.build(variable) if operator else variable
    subject = cls(**arguments)
    if spec.restates_parameters:
        subject._parameters = arguments
    return subject


def in_support(subject: Values, dtype: type) -> Values:
    """Returns what a distribution has a density at, although it cannot be drawn from."""
    shape = (2, *subject.batch_shape, *subject.event_shape)
    try:
        constrain = subject.experimental_default_event_space_bijector()
    except NotImplementedError:  # As in classes that are not TFP's: of any number, one will do.
        return _tf.fill(shape, dtype(0.5))
    return constrain.forward(_tf.zeros(constrain.inverse_event_shape(shape), dtype))


def input_of(spec: ClassSpec, dtype: type) -> Values:
    """Returns an input of a bijector, or some points for a kernel."""
    if spec.example.input:
        return _evaluate(spec.example.input, dtype, **_own_names(spec))
    shape = spec.example.batch_and_event_shape
    return plain_input(shape, dtype, of_kernel=spec.kind == "kernel")


def _load(reference: Reference) -> Values:
    return getattr(importlib.import_module(reference.module), reference.name)


def _constraint(parameter: ParameterSpec, dtype: type, names: Mapping[str, Values]) -> Values:
    if parameter.bijector is None:
        raise AssertionError(f"{parameter.name} is not trainable")
    classes = {reference.name: _load(reference) for reference in parameter.bijector.references}
    # Another name than examples have for it, for an argument may be called `dtype`.
    source = bijector_source(parameter.bijector, Names(dtype="parameter_dtype"))
    return _evaluate(source, dtype, parameter_dtype=dtype, **names, **classes)


def _own_names(spec: ClassSpec) -> Mapping[str, Values]:
    """Returns what an example may refer to besides TFP: the package that defines the class."""
    package = spec.reference.module.partition(".")[0]
    return {package: importlib.import_module(package)}


def _evaluate(source: str, dtype: type, /, **names: Values) -> Values:
    """Evaluates source of the compiler's own: an example of its table, or what it prints."""
    known: dict[str, Values] = {"dtype": dtype, "np": np, "tf": tf, "tfp": tfp}
    known |= {"tfd": _tfp.distributions, "tfb": _tfp.bijectors, **names}
    return eval(source, known)  # noqa: S307
