"""Prints facts of the spec as Python expressions."""

from __future__ import annotations

from tfp_trainables_generator.expressions import (
    BijectorArgument,
    BijectorSpec,
    Dimension,
    ParameterValue,
    Scalar,
    ShapeRule,
)

__all__ = [
    "argument_source",
    "arguments_source",
    "bijector_source",
    "scalar_source",
    "shape_source",
]

_SHAPE = "batch_and_event_shape"


def shape_source(rule: ShapeRule, *, shape: str) -> str:
    """Returns a shape rule as an expression.

    Args:
      rule: the rule.
      shape: an expression for `batch_and_event_shape` as a tuple.
    """
    if rule.is_scalar:
        return "()"
    kept = f"{shape}[:-{rule.dropped}]" if rule.dropped else shape
    if isinstance(rule.dropped, str):  # It may be 0.
        kept = f"{shape}[: len({shape}) - {rule.dropped}]"
    if not rule.appended:
        return kept
    appended = ", ".join(_dimension_source(part, shape=shape) for part in rule.appended)
    return f"(*{kept}, {appended})"


def _dimension_source(dimension: Dimension | int, *, shape: str) -> str:
    if isinstance(dimension, int):
        return str(dimension)
    value = f"{shape}[-1]" if dimension.size is None else dimension.size
    if not dimension.offset:
        return value
    return f"{value} {'+' if dimension.offset > 0 else '-'} {abs(dimension.offset)}"


def scalar_source(scalar: Scalar, *, dtype: str) -> str:
    """Returns a number as an expression; `eps` is the machine epsilon.

    Args:
      scalar: the number.
      dtype: an expression for the NumPy scalar type of the parameter.
    """
    if not scalar.of_dtype:
        return repr(scalar.constant)
    constant = _number_source(scalar.constant)
    if not scalar.epsilons:
        return f"{dtype}({constant})" if dtype else constant
    epsilons = "eps" if scalar.epsilons == 1 else f"{_number_source(scalar.epsilons)} * eps"
    return f"{constant} + {epsilons}" if scalar.constant else epsilons


def _number_source(number: float) -> str:
    return str(int(number)) if number.is_integer() else repr(number)


def bijector_source(bijector: BijectorSpec, *, dtype: str, shape: str = _SHAPE) -> str:
    """Returns a bijector as an expression that constructs it.

    Args:
      bijector: the bijector.
      dtype: an expression for the NumPy scalar type of the parameter; empty to leave it
        out, for people.
      shape: an expression for `batch_and_event_shape` as a tuple.
    """
    return f"{bijector.name}({arguments_source(bijector, dtype=dtype, shape=shape)})"


def arguments_source(bijector: BijectorSpec, *, dtype: str, shape: str = _SHAPE) -> str:
    """Returns the arguments of the call that constructs a bijector; see `bijector_source`."""
    return ", ".join(
        f"{name}={argument_source(value, dtype=dtype, shape=shape)}"
        for name, value in bijector.arguments
    )


def argument_source(value: BijectorArgument, *, dtype: str, shape: str = _SHAPE) -> str:
    """Returns one argument of a bijector as an expression; see `bijector_source`."""
    if isinstance(value, BijectorSpec):
        return bijector_source(value, dtype=dtype, shape=shape)
    if isinstance(value, tuple):
        parts = [bijector_source(part, dtype=dtype, shape=shape) for part in value]
        return f"[{', '.join(parts)}]"
    if isinstance(value, Scalar):
        return scalar_source(value, dtype=dtype)
    if isinstance(value, ParameterValue):
        return f"initializer.as_tensor({value.parameter})" if dtype else value.parameter
    if isinstance(value, Dimension):
        return _dimension_source(value, shape=shape)
    return repr(value)
