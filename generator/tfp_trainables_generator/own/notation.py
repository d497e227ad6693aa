"""Reads constraints and shapes as people write them: as the docstrings print them.

`GreaterThan(low=low)` is a constraining bijector, `(*batch_and_event_shape, num_bins - 1)`
a shape. Both are expressions of Python, of which nothing is run.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from contextlib import suppress
from typing import Any

from tfp_trainables_generator.errors import where
from tfp_trainables_generator.spec.expressions import (
    BijectorArgument,
    BijectorSpec,
    Dimension,
    ParameterValue,
    Reference,
    Scalar,
    ShapeRule,
)

_SHAPE = "batch_and_event_shape"
_EPS = "eps"
_INTEGERS = ("axis", "dims", "size", "type")
"""How arguments of bijectors end that are counts or places, and no numbers of a dtype."""


def parse_bijector(text: str) -> BijectorSpec:
    """Returns a constraining bijector.

    Args:
      text: a call of a class: one of the runtime's constraints or of TFP's bijectors, by
        its name, or any other, by its dotted path. Its arguments are numbers, which get
        the dtype of the parameter, but for axes and counts; `eps`, which is the machine
        epsilon of that dtype; other parameters, by their names; `batch_and_event_shape[-1]`;
        further bijectors, or lists of them.

    Raises:
      ValueError: if the text is something else.
    """
    with where(f"{text!r}, a constraining bijector"):
        return _bijector(parse_expression(text))


def parse_shape(text: str) -> ShapeRule:
    """Returns the shape of a parameter.

    Args:
      text: `batch_and_event_shape`, all of it or but for the last dimensions, as in
        `batch_and_event_shape[:-1]`; alone, or in a tuple and with a star, before other
        dimensions: a number; or sizes by their names, or `batch_and_event_shape[-1]`, plus
        or minus a number. The shape of a scalar is `()`.

    Raises:
      ValueError: if the text is something else.
    """
    with where(f"{text!r}, a shape"):
        node = parse_expression(text)
        if not isinstance(node, ast.Tuple):
            return ShapeRule(_dropped(node))
        if not node.elts:
            return ShapeRule(is_scalar=True)
        first, *others = node.elts
        if not isinstance(first, ast.Starred):
            raise _unexpected(first, f"*{_SHAPE}")
        return ShapeRule(_dropped(first.value), tuple(map(_number_or_dimension, others)))


def parse_expression(text: str) -> ast.expr:
    """Returns the syntax of an expression.

    Raises:
      ValueError: if the text is none.
    """
    try:
        return ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"{text!r}: expected an expression of Python, got {error.msg}") from error


def _unexpected(node: ast.expr, expected: str) -> ValueError:
    return ValueError(f"expected {expected}, got {ast.unparse(node)}")


def _dropped(node: ast.expr) -> int:
    """Returns how many of its last dimensions a slice of `batch_and_event_shape` lacks."""
    match node:
        case ast.Name(id="batch_and_event_shape"):
            return 0
        case ast.Subscript(
            value=ast.Name(id="batch_and_event_shape"),
            slice=ast.Slice(
                lower=None,
                upper=ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(count))),
                step=None,
            ),
        ) if not isinstance(count, bool):
            return count
        case _:
            raise _unexpected(node, f"{_SHAPE} or {_SHAPE}[:-1]")


def _number_or_dimension(node: ast.expr) -> Dimension | int:
    match node:
        case ast.Constant(value=int(number)) if not isinstance(number, bool):
            return number
        case _:
            return _dimension(node)


def _dimension(node: ast.expr) -> Dimension:
    match node:
        case ast.Name(id=name) if name not in (_SHAPE, _EPS):
            return Dimension(name)
        case ast.Subscript(
            value=ast.Name(id="batch_and_event_shape"),
            slice=ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=1)),
        ):
            return Dimension()
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=ast.Constant(value=int(offset))):
            sign = 1 if isinstance(node.op, ast.Add) else -1
            inner = _dimension(left)
            return Dimension(inner.size, inner.offset + sign * offset)
        case _:
            raise _unexpected(node, f"a number, a size, or {_SHAPE}[-1]")


def _bijector(node: ast.expr) -> BijectorSpec:
    if not isinstance(node, ast.Call):
        raise _unexpected(node, "the call of a bijector's class")
    cls = _class(ast.unparse(node.func))
    names = list(inspect.signature(cls.__init__).parameters)[1:]
    if len(node.args) > len(names):
        raise _unexpected(node, f"at most {len(names)} arguments")
    given = [
        *zip(names, node.args, strict=False),
        *((str(keyword.arg), keyword.value) for keyword in node.keywords),
    ]
    for name, _ in given:
        if name not in names:
            raise _unexpected(node, f"arguments among {', '.join(names)}")
    return BijectorSpec(
        Reference(cls.__module__, cls.__name__),
        tuple((name, _argument_called(name, value)) for name, value in given),
    )


def _class(path: str) -> type[Any]:
    """Returns the class of a bijector, by its name or its dotted path."""
    import tensorflow_probability as tfp

    from tfp_trainables_runtime import constraints
    from tfp_trainables_runtime.errors import suggestion

    bijectors: Any = tfp.bijectors
    module, _, name = path.rpartition(".")
    try:
        holders = [importlib.import_module(module)] if module else [constraints, bijectors]
    except Exception as error:  # A module fails in any way it likes.
        raise ValueError(f"{path}: {' '.join(str(error).split())}") from error
    found = next((getattr(part, name) for part in holders if hasattr(part, name)), None)
    if not (inspect.isclass(found) and issubclass(found, bijectors.Bijector)):
        names = (name for holder in holders for name in dir(holder) if name[0].isupper())
        near = suggestion(path, names)
        raise ValueError(f"expected the class of a bijector, got {path}{near}")
    return found


def _argument_called(name: str, node: ast.expr) -> BijectorArgument:
    """Returns an argument: an axis, for one, is an integer, and has no dtype."""
    if name.endswith(_INTEGERS):
        with suppress(ValueError):
            literal = ast.literal_eval(node)
            if type(literal) is int:
                return literal
    return _argument(node)


def _argument(node: ast.expr) -> BijectorArgument:
    match node:
        case ast.Constant(value=bool() | str() | None as value):
            return value
        case ast.Name(id=name) if name not in (_SHAPE, _EPS):
            return ParameterValue(name)
        case ast.Call():
            return _bijector(node)
        case ast.List(elts=parts):
            return tuple(map(_bijector, parts))
        case ast.Subscript():
            return _dimension(node)
        case _:
            constant, epsilons = _linear(node)
            return Scalar(constant, epsilons, of_dtype=True)


def _linear(node: ast.expr) -> tuple[float, float]:
    """Returns a number as a constant and a multiple of the machine epsilon."""
    match node:
        case ast.Constant(value=int() | float() as value):
            return float(value), 0.0
        case ast.Name(id="eps"):
            return 0.0, 1.0
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            constant, epsilons = _linear(operand)
            return -constant, -epsilons
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right):
            sign = 1 if isinstance(node.op, ast.Add) else -1
            first, second = _linear(left), _linear(right)
            return first[0] + sign * second[0], first[1] + sign * second[1]
        case ast.BinOp(left=ast.Constant(value=int() | float() as factor), op=ast.Mult()):
            constant, epsilons = _linear(node.right)
            return factor * constant, factor * epsilons
        case _:
            raise _unexpected(node, "a number, `eps`, a parameter or a bijector")
