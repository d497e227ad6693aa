"""Mutations: small mistakes of the kinds that people make, as changes of a source text.

Pure: from a text to its mutants. What nothing can depend on is left alone: annotations,
docstrings, `__all__`, and code that type checkers alone read.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["Mutant", "mutants_of"]


@dataclass(frozen=True)
class Mutant:
    """A source text with one mistake.

    Attributes:
      line: number of the line that the mistake begins in.
      function: the function around it, as `Class.method`; empty at the top of the module.
      before: the statement's lines that the mistake changes, in one, without indentation.
      after: the same with the mistake.
      source: the whole text with the mistake.
    """

    line: int
    function: str
    before: str
    after: str
    source: str


Mistake: TypeAlias = tuple[tuple[int, int], str]
"""Where a piece of the text begins and ends, and what stands there instead."""

_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
}
_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "/",
    ast.Div: "*",
    ast.FloorDiv: "*",
    ast.Mod: "*",
    ast.Pow: "*",
    ast.BitAnd: "|",
    ast.BitOr: "&",
    ast.MatMult: "+",
}


def mutants_of(source: str) -> Iterator[Mutant]:
    """Yields the mutants of a module, from the top down."""
    text = _Text(source)
    for node, function in _nodes(ast.parse(source), ""):
        for changed, replacement in _mistakes(node, text):
            yield text.mutant(changed, replacement, function)


class _Text:
    """A source text, to cut pieces out of by the positions of nodes."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._lines = source.splitlines(keepends=True)
        starts = [0]
        for line in self._lines:
            starts.append(starts[-1] + len(line))
        self._starts = starts

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Returns where a node begins and ends."""
        begin = self._offset(node.lineno, node.col_offset)  # type: ignore[attr-defined]
        end = self._offset(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]
        return begin, end

    def _offset(self, line: int, column: int) -> int:
        # `ast` counts bytes.
        prefix = self._lines[line - 1].encode()[:column].decode()
        return self._starts[line - 1] + len(prefix)

    def of(self, node: ast.AST) -> str:
        """Returns the text of a node."""
        begin, end = self.span(node)
        return self.source[begin:end]

    def with_comma(self, span: tuple[int, int]) -> tuple[int, int]:
        """Returns a span that includes the comma after it, if there is one."""
        begin, end = span
        rest = self.source[end:]
        after = rest.lstrip()
        return (begin, end + len(rest) - len(after) + 1) if after.startswith(",") else span

    def mutant(self, changed: tuple[int, int], replacement: str, function: str) -> Mutant:
        """Returns the text with a piece of it replaced."""
        begin, end = changed
        first = self.source.rfind("\n", 0, begin) + 1
        last = f"{self.source}\n".find("\n", end)
        before = self.source[first:last]
        after = self.source[first:begin] + replacement + self.source[end:last]
        return Mutant(
            line=self.source.count("\n", 0, begin) + 1,
            function=function,
            before=" ".join(before.split()),
            after=" ".join(after.split()),
            source=self.source[:begin] + replacement + self.source[end:],
        )


def _nodes(node: ast.AST, function: str) -> Iterator[tuple[ast.AST, str]]:
    """Yields what may be mutated, with the function around it."""
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "bases", "type_params"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or _is_for_readers_alone(child):
                continue
            if isinstance(node, ast.Call) and _is_type_of_cast(child, node):
                continue
            within = function
            if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
                within = f"{function}.{child.name}".lstrip(".")
            yield child, within
            yield from _nodes(child, within)


def _is_for_readers_alone(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant()):  # A docstring, or the dots of a stub.
            return True
        case ast.Import() | ast.ImportFrom() | ast.JoinedStr():
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            is_type = isinstance(value, ast.Call) and ast.unparse(value.func) in _TYPES
            return name in {"__all__", "__slots__"} or is_type
        case ast.AnnAssign(annotation=annotation):
            return ast.unparse(annotation) == "TypeAlias"
    return False


def _is_type_of_cast(argument: ast.AST, call: ast.Call) -> bool:
    return ast.unparse(call.func) == "cast" and argument is call.args[0]


_TYPES = {"TypeVar", "ParamSpec"}


def _mistakes(node: ast.AST, text: _Text) -> Iterator[Mistake]:
    """Yields the mistakes that can be made at a node."""
    yield from _of_operators(node, text)
    yield from _of_conditions(node, text)
    yield from _of_statements(node, text)
    match node:
        case ast.Constant(value=value):
            yield from ((text.span(node), other) for other in _other_constants(value))
        case ast.Call(keywords=keywords):
            for keyword in keywords:
                if keyword.arg is not None:
                    yield text.with_comma(text.span(keyword)), ""
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if key is not None:
                    yield text.with_comma((text.span(key)[0], text.span(value)[1])), ""


def _of_operators(node: ast.AST, text: _Text) -> Iterator[Mistake]:
    match node:
        case ast.Compare():
            yield from _of_comparison(node, text)
        case ast.BoolOp(op=op, values=values):
            word = "or" if isinstance(op, ast.And) else "and"
            for left, right in itertools.pairwise(values):
                yield from _between(text, left, right, word)
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert(), operand=operand):
            yield text.span(node), text.of(operand)
        case ast.BinOp(op=op, left=left, right=right) if type(op) in _OPERATORS:
            yield from _between(text, left, right, _OPERATORS[type(op)])
        case ast.AugAssign(op=op, target=target, value=value) if type(op) in _OPERATORS:
            yield from _between(text, target, value, f"{_OPERATORS[type(op)]}=")


def _of_conditions(node: ast.AST, text: _Text) -> Iterator[Mistake]:
    match node:
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            conditions = [test]
        case ast.comprehension(ifs=conditions):
            pass
        case _:
            return
    for condition in conditions:
        if not isinstance(condition, (ast.Compare, ast.UnaryOp)):  # Which have mistakes already.
            yield text.span(condition), f"(not ({text.of(condition)}))"


def _of_statements(node: ast.AST, text: _Text) -> Iterator[Mistake]:
    match node:
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield text.span(value), "None"
        case ast.Expr() | ast.Raise() | ast.Assert() | ast.AugAssign():
            yield text.span(node), "pass"
        case ast.Continue():
            yield text.span(node), "break"
        case ast.Break():
            yield text.span(node), "continue"


def _of_comparison(node: ast.Compare, text: _Text) -> Iterator[Mistake]:
    operands = [node.left, *node.comparators]
    for left, op, right in zip(operands, node.ops, operands[1:], strict=False):
        yield from _between(text, left, right, _COMPARISONS[type(op)])
        if type(op) in (ast.Lt, ast.LtE, ast.Gt, ast.GtE):
            opposite = {"<": ">", ">": "<"}[_COMPARISONS[type(op)][0]]
            yield from _between(text, left, right, opposite)


def _between(text: _Text, left: ast.AST, right: ast.AST, word: str) -> Iterator[Mistake]:
    """Yields the mistake that replaces the operator between two operands."""
    begin, end = text.span(left)[1], text.span(right)[0]
    between = text.source[begin:end]
    operator = between.strip(" \n()\t")
    if operator and "#" not in between and between.count(operator) == 1:
        at = begin + between.index(operator)
        yield (at, at + len(operator)), word


def _other_constants(value: object) -> Iterator[str]:
    match value:
        case bool():
            yield str(not value)
        case int():
            yield str(value + 1)
        case float():
            yield repr(value * 2 if value else 1.0)
        case str():
            yield repr(f"{value}, changed" if value else "changed")
