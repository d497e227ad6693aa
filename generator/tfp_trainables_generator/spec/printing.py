"""Prints facts of the spec: as expressions of Python, and in words."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from tfp_trainables_generator.spec.expressions import (
    BijectorArgument,
    BijectorSpec,
    Dimension,
    ParameterValue,
    Scalar,
    ShapeRule,
)
from tfp_trainables_generator.spec.parameters import ParameterSpec
from tfp_trainables_runtime.constraints.supports import describe_support


@dataclass(frozen=True)
class Names:
    """The names that expressions are printed against; `eps` is the machine epsilon anywhere.

    Attributes:
      shape: an expression for `batch_and_event_shape` as a tuple.
      dtype: an expression for the NumPy scalar type of the parameter; empty to leave it out.
      as_tensor: an expression for what makes a tensor of the value of another parameter;
        empty where that is one.
    """

    shape: str = "batch_and_event_shape"
    dtype: str = ""
    as_tensor: str = ""


FOR_PEOPLE = Names()


def shape_source(rule: ShapeRule, names: Names = FOR_PEOPLE) -> str:
    """Returns a shape rule as an expression."""
    if rule.is_scalar:
        return "()"
    shape = names.shape
    kept = f"{shape}[:-{rule.dropped}]" if rule.dropped else shape
    if isinstance(rule.dropped, str):  # It may be 0.
        kept = f"{shape}[: len({shape}) - {rule.dropped}]"
    if not rule.appended:
        return kept
    return f"(*{kept}, {', '.join(_dimension_source(part, names) for part in rule.appended)})"


def _dimension_source(dimension: Dimension | int, names: Names) -> str:
    if isinstance(dimension, int):
        return str(dimension)
    value = f"{names.shape}[-1]" if dimension.size is None else dimension.size
    if not dimension.offset:
        return value
    return f"{value} {'+' if dimension.offset > 0 else '-'} {abs(dimension.offset)}"


def _scalar_source(scalar: Scalar, names: Names) -> str:
    if not scalar.of_dtype:
        return repr(scalar.constant)
    constant = _number_source(scalar.constant)
    if not scalar.epsilons:
        return f"{names.dtype}({constant})" if names.dtype else constant
    epsilons = "eps" if scalar.epsilons == 1 else f"{_number_source(scalar.epsilons)} * eps"
    return f"{constant} + {epsilons}" if scalar.constant else epsilons


def _number_source(number: float) -> str:
    return str(int(number)) if number.is_integer() else repr(number)


def bijector_source(bijector: BijectorSpec, names: Names = FOR_PEOPLE) -> str:
    """Returns a bijector as an expression that constructs it."""
    return f"{bijector.name}({arguments_source(bijector, names)})"


def arguments_source(bijector: BijectorSpec, names: Names) -> str:
    """Returns the arguments of the call that constructs a bijector."""
    return ", ".join(
        f"{name}={_argument_source(value, names)}" for name, value in bijector.arguments
    )


def _argument_source(value: BijectorArgument, names: Names) -> str:
    match value:
        case BijectorSpec():
            return bijector_source(value, names)
        case tuple():
            return f"[{', '.join(bijector_source(part, names) for part in value)}]"
        case Scalar():
            return _scalar_source(value, names)
        case ParameterValue():
            is_one = not names.as_tensor
            return value.parameter if is_one else f"{names.as_tensor}({value.parameter})"
        case Dimension():
            return _dimension_source(value, names)
        case _:
            return repr(value)


def names_in_program(source: str) -> frozenset[str]:
    """Returns the names that a program, or an expression, refers to."""
    return frozenset(node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name))


def shape_words(parameter: ParameterSpec) -> str:
    """Returns a parameter's shape in terms of `batch_and_event_shape`, if it has a rule."""
    return shape_source(parameter.shape) if parameter.shape else ""


def support_words(parameter: ParameterSpec) -> str:
    """Returns what values a parameter may take, if it has a constraining bijector.

    That keeps a variable some machine epsilons away from an end; what is passed need not be.
    """
    bijector = parameter.bijector
    if bijector is None:
        return ""
    if parameter.is_nonzero:
        return f"{describe_support(bijector.name)} but 0"
    if bijector.name == "SoftmaxCentered" and parameter.event_ndims == 0:
        # TFP annotates a single probability as if it were a vector of them.
        return describe_support("Sigmoid")
    return describe_support(_composed_name(bijector), dict(_bounds_in_words(bijector)))


def _bounds_in_words(bijector: BijectorSpec) -> Iterable[tuple[str, str]]:
    for name, value in bijector.arguments:
        if isinstance(value, Scalar):
            yield name, _number_source(value.constant)
        elif isinstance(value, (ParameterValue, Dimension)):
            yield name, f"`{_argument_source(value, FOR_PEOPLE)}`"


def _composed_name(bijector: BijectorSpec) -> str:
    if not bijector.parts:
        return bijector.name
    return f"{bijector.name}({', '.join(_composed_name(part) for part in bijector.parts)})"
