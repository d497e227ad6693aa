"""Types of arguments."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from pydantic import PlainSerializer, PlainValidator

from tfp_trainables_generator.spec.expressions import Reference

_TAKE_NONE = frozenset({"AnyStructure", "DTypeLike", "None", "Seed"})


@dataclass(frozen=True)
class TypeExpression:
    """A type, with what it imports.

    Attributes:
      text: as Python has it, but for classes that have to be imported, which go by their
        dotted paths: `mypkg.models.Mode | None`. The runtime's types go by their names.
    """

    text: str

    @property
    def source(self) -> str:
        """It as generated code has it."""
        return re.sub(r"\b(?:\w+\.)+", "", self.text)

    @property
    def names(self) -> frozenset[str]:
        """The names that it is made of."""
        return frozenset(re.findall(r"\w+", self.source))

    @property
    def references(self) -> tuple[Reference, ...]:
        """The classes that have to be imported."""
        paths = re.findall(r"((?:\w+\.)+)(\w+)", self.text)
        return tuple(Reference(module.rstrip("."), name) for module, name in paths)

    @property
    def alternatives(self) -> tuple[str, ...]:
        """What it is a union of."""
        return tuple(map(ast.unparse, _members(ast.parse(self.text, mode="eval").body)))

    @property
    def is_optional(self) -> bool:
        """Whether it takes `None`."""
        return bool(_TAKE_NONE.intersection(self.alternatives))

    def optional(self) -> TypeExpression:
        """Returns the type that takes `None` too."""
        return self if self.is_optional else TypeExpression(f"{self.text} | None")

    def with_second(self, name: str) -> TypeExpression:
        """Returns the type with one more alternative, after the first."""
        first, *others = self.alternatives
        return TypeExpression(" | ".join((first, name, *others)))


def _members(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            yield from _members(left)
            yield from _members(right)
        case _:
            yield node


def _text(expression: TypeExpression) -> str:
    return expression.text


Type: TypeAlias = Annotated[
    TypeExpression,
    PlainSerializer(_text, return_type=str),
    PlainValidator(TypeExpression, json_schema_input_type=str),
]
"""A type as a field of the spec: in JSON, it is its text."""
