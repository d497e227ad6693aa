"""Types of arguments: what a class annotates, and the tables of TFP's arguments by name."""

import enum
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Optional

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from tfp_trainables_generator.discover.classes import PublicClass, discover
from tfp_trainables_generator.discover.namespaces import NAMESPACES
from tfp_trainables_generator.probe.instances import build_subject
from tfp_trainables_generator.read import types
from tfp_trainables_generator.read.classes import read_all
from tfp_trainables_generator.read.types import type_of
from tfp_trainables_generator.spec.expressions import Reference
from tfp_trainables_generator.spec.packages import Package
from tfp_trainables_generator.spec.parameters import Role
from tfp_trainables_generator.spec.types import TypeExpression
from tfp_trainables_generator.supplements.tfp import TFP_SUPPLEMENTS

tfd, tfb, tfk = tfp.distributions, tfp.bijectors, tfp.math.psd_kernels
OWN = Package("mypkg.trainable", sources=("mypkg",))
REQUIRED = inspect.Parameter.empty
NO_TENSORS = (Role.COMPONENT, Role.OPTION)
DTYPE = np.float32


class Mode(enum.Enum):
    """Of which a user's class may take one."""

    FAST = 1


def of_argument(name, default=REQUIRED, annotation=REQUIRED, role=Role.OPTION, package=OWN):
    public = PublicClass(NAMESPACES[0], Reference("mypkg", "Model"), object, package)
    kind = inspect.Parameter.KEYWORD_ONLY
    argument = inspect.Parameter(name, kind, default=default, annotation=annotation)
    return type_of(public, argument, role).source


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (float, "float"),
        (int | None, "int | None"),
        (Optional[bool], "bool | None"),  # noqa: UP045 - as people write it
        (tfd.Distribution, "Distribution"),
        (tfd.Normal, "Distribution"),
        (tfb.Bijector, "Bijector"),
        (tfk.PositiveSemidefiniteKernel, "PositiveSemidefiniteKernel"),
        (tf.linalg.LinearOperatorDiag, "LinearOperator"),
        (tf.DType, "DTypeLike"),
        (tf.Tensor | np.ndarray, "TensorLike"),
        (Callable, "AnyCallable"),
        (Callable[[float], float] | str, "AnyCallable | str"),
        (Mode, "Mode"),
        (Any, "AnyStructure"),
        (list[int], "AnyStructure"),
        ("no_such_name", "AnyStructure"),
        (REQUIRED, "AnyStructure"),
    ],
)
def test_what_a_class_annotates_comes_first(annotation, expected):
    for name in ("precision", "kernel", "distribution", "map_fn"):
        assert of_argument(name, annotation=annotation) == expected
        assert of_argument(name, annotation=annotation, role=Role.COMPONENT) == expected
    assert of_argument("precision", annotation=annotation, role=Role.TRAINABLE) == "TensorLike"


@pytest.mark.parametrize(
    ("name", "default", "expected"),
    [
        ("kernel", 3, "int"),
        ("precision", 1.0, "float"),
        ("scale", None, "AnyStructure"),
        ("distribution", REQUIRED, "AnyStructure"),
        ("step_fn", REQUIRED, "AnyStructure"),
        ("dtype", tf.float32, "DTypeLike"),
        ("axes", (0, 1), "ShapeLike"),
        ("name", "Model", "str"),
        ("verbose", False, "bool"),
    ],
)
def test_a_name_says_nothing_in_a_class_of_somebodys_own(name, default, expected):
    assert of_argument(name, default) == expected


def test_a_default_of_none_is_taken():
    assert of_argument("precision", None, annotation=float) == "float | None"
    assert of_argument("precision", None, annotation=float | None) == "float | None"
    assert of_argument("loc", None, role=Role.ALTERNATIVE) == "TensorLike | None"


def test_a_class_is_imported_from_where_it_is():
    hint = types._annotated(Mode)
    assert TypeExpression(hint).references == (Reference(__name__, "Mode"),)
    assert TypeExpression(f"dict[str, {hint}] | None").source == "dict[str, Mode] | None"


def test_parts_of_a_type():
    expression = TypeExpression("bool | dict[str, A | B]")
    assert expression.alternatives == ("bool", "dict[str, A | B]")
    assert expression.names == {"bool", "dict", "str", "A", "B"}
    assert expression.with_second("C").source == "bool | C | dict[str, A | B]"
    assert not expression.is_optional
    assert expression.optional().is_optional
    assert expression.optional().optional() == expression.optional()


# The tables of TFP's arguments, held to every class that has an argument of the name.

SPECS = {spec.qualified_name: spec for spec in read_all(discover(), TFP_SUPPLEMENTS).specs}


def is_of(*classes):
    return lambda value: isinstance(value, classes)


def is_sequence_of(base):
    def check(value):
        parts = value.values() if isinstance(value, Mapping) else value
        return isinstance(value, Sequence | Mapping) and all(isinstance(it, base) for it in parts)

    return check


TAKES = {
    "AnyCallable": callable,
    "AnyStructure": lambda value: True,
    "Bijector": is_of(tfb.Bijector),
    "BijectorStructure": is_sequence_of(tfb.Bijector),
    "DTypeLike": lambda value: value is None or isinstance(tf.as_dtype(value), tf.DType),
    "Distribution": is_of(tfd.Distribution),
    "DistributionStructure": is_sequence_of(tfd.Distribution),
    "KernelStructure": is_sequence_of(tfk.PositiveSemidefiniteKernel),
    "LinearOperator": is_of(tf.linalg.LinearOperator),
    "None": lambda value: value is None,
    "PositiveSemidefiniteKernel": is_of(tfk.PositiveSemidefiniteKernel),
    "Seed": lambda value: True,
    "TensorLike": lambda value: tf.convert_to_tensor(value).shape is not None,
    "bool": is_of(bool, np.bool_),
    "dict[str, AnyStructure]": is_of(dict),
    "float": is_of(float),
    "int": is_of(int, np.integer),
    "str": is_of(str),
}


WITNESSES = {
    "AnyCallable": "lambda *arguments, **keywords: None",
    "Bijector": "tfb.Exp()",
    "Distribution": "tfd.Normal(dtype(0), dtype(1))",
    "LinearOperator": "tf.linalg.LinearOperatorDiag(np.array([1, 2], dtype))",
    "TensorLike": "dtype(1)",
    "block_sizes": "[1, 1]",
    "bool": "True",
    "float": "0.5",
    "int": "2",
    "str": "'another'",
}
"""By type or name, what to pass where an example passes nothing."""

INSTEAD = {"bijector_fn": "shift_and_log_scale_fn", "fraction_masked": "num_masked"}
"""Of which TFP takes one or the other."""


def named():
    """Each argument of TFP that is no tensor and of which the name says the type, by class."""
    for name, spec in SPECS.items():
        for parameter in spec.parameters:
            is_tensor = not (parameter.is_operator or parameter.role in NO_TENSORS)
            if not is_tensor and types._known(name, parameter.name, is_tensor=False):
                yield pytest.param(spec, parameter, id=f"{name}.{parameter.name}")


@pytest.mark.parametrize(("spec", "parameter"), list(named()))
def test_a_name_says_what_the_class_takes(spec, parameter):
    alternatives = parameter.annotation.alternatives
    arguments = dict(spec.example.arguments)
    value = build_subject(spec, (), DTYPE).parameters.get(parameter.name)
    if value is None:
        source = arguments.get(parameter.name, "None")
        kinds = (parameter.name, *alternatives)
        witness = next(filter(None, map(WITNESSES.get, kinds)), None)
        if source == "None" and witness:
            arguments[parameter.name] = source = witness
            arguments.pop(INSTEAD.get(parameter.name), None)
            example = replace(spec.example, arguments=tuple(arguments.items()))
            build_subject(replace(spec, example=example), (), DTYPE)
        value = eval(source, {"tf": tf, "tfb": tfb, "tfd": tfd, "np": np, "dtype": DTYPE})
    assert any(TAKES[alternative](value) for alternative in alternatives), value


def test_each_entry_of_the_tables_is_of_a_class():
    met = {parameter.name for spec in SPECS.values() for parameter in spec.parameters}
    assert set(types._BY_NAME) | set(types._TENSORS) <= met
    assert all(any(name.endswith(suffix) for name in met) for suffix in types._BY_SUFFIX)
    entries = {f"{name}.{it.name}" for name, spec in SPECS.items() for it in spec.parameters}
    assert set(types._BY_ENTRY) <= entries
