"""A table of what an object is made of: as text, in HTML, and as rows."""

from __future__ import annotations

import contextlib
import html
import textwrap
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import tensorflow as tf
from tensorflow_probability.python.bijectors.bijector import Bijector
from tensorflow_probability.python.distributions.distribution import Distribution
from tensorflow_probability.python.experimental.util.deferred_module import DeferredModule

from tfp_trainables_runtime.errors import mismatch
from tfp_trainables_runtime.parts.rebuilding import WITH_PARAMETERS
from tfp_trainables_runtime.private import stop_recording
from tfp_trainables_runtime.programs.execution import without_programs
from tfp_trainables_runtime.showing.rows import Row, class_and_name, cut, rows_of
from tfp_trainables_runtime.typing import AnyStructure
from tfp_trainables_runtime.untyped import ops, untyped

__all__ = ["Summary", "in_one_line", "summary"]

WIDTH = 100
"""Characters of a line of text."""

_SHORT = 16
"""Characters of a value that stands among others."""

_NARROWEST = 30
"""Characters of its last column."""

_DEEPEST = 12
"""Steps to the right; what is below is not moved further."""

_WIDEST_NAME = 44
"""Characters of a name."""

_LEFT = ' style="text-align: left"'
"""Notebooks have numbers to the right."""

_HEADERS = ("parameter", "value", "type", "state", "support", "constraint")


@dataclass(frozen=True)
class Summary:
    """What an object is made of; printed, or shown by a notebook, it is a table.

    Attributes:
      title: the object's class and name, its shapes and dtype.
      rows: its parameters and parts, those of parts below them.
      total: how many variables and numbers there are to train.
    """

    title: str
    rows: tuple[Row, ...]
    total: str

    def __str__(self) -> str:
        title = textwrap.wrap(self.title, WIDTH, subsequent_indent="    ")
        return "\n".join((*title, *_table(self.rows), self.total))

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        """Supports notebooks."""
        head = "".join(f"<th{_LEFT}>{header}</th>" for header in _HEADERS)
        body = "".join(f"<tr>{_cells_in_html(row)}</tr>" for row in self.rows)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        title, total = (html.escape(text) for text in (self.title, self.total))
        return f"<div><p><strong>{title}</strong></p>{table}<p>{total}</p></div>"


def summary(model: AnyStructure) -> Summary:
    """Returns a table of what an object is made of, with the values that it has now.

    Args:
      model: a distribution, bijector or kernel: a trainable, or one of TFP's, such as a joint
        distribution, that is made of trainables.

    Raises:
      TypeError: if it is something else.
    """
    if not isinstance(model, WITH_PARAMETERS):
        got = repr(model)
        if isinstance(model, DeferredModule):
            got = (
                "an object of TFP's make_trainable; tfp_trainables.make_trainable makes trainables"
            )
        expected = "a distribution, bijector or kernel"
        raise TypeError(mismatch("summary, argument 'model'", expected, got))
    with _nothing_recorded():
        variables = _variables(model)
        heading = " ".join((class_and_name(model), *_facts(model)))
        return Summary(heading, tuple(rows_of(model, variables)), _total(variables))


@contextlib.contextmanager
def _nothing_recorded() -> Generator[None]:
    """Has no tape watch what is read, and no program compiled to read it."""
    with stop_recording(), without_programs():
        yield


def _variables(model: AnyStructure) -> Sequence[tf.Variable]:
    """Returns the variables of an object; joint distributions draw to find them."""
    try:
        with ops.init_scope():
            return tuple(untyped(model).variables)
    except Exception:  # One that is made of tensors of a graph under construction.
        return ()


def in_one_line(model: AnyStructure) -> str:
    """Returns an object's class, name, parameters, shapes and dtype as one line."""
    with _nothing_recorded():
        own = [row for row in rows_of(model) if row.depth == 0 and row.is_argument]
        facts = _facts(model)
    shown = {row.name: f"{row.name}={_in_few_characters(row)}" for row in own}
    others = (fact for fact in facts if fact.partition("=")[0] not in shown)
    return f"<{' '.join((class_and_name(model), *shown.values(), *others))}>"


def _in_few_characters(row: Row) -> str:
    return row.type if row.type and len(row.value) > _SHORT else row.value


def _facts(model: AnyStructure) -> list[str]:
    """Returns the shapes and dtype of an object, each with its name."""
    if isinstance(model, Distribution):
        names = ["batch_shape", "event_shape", "dtype"]
    elif isinstance(model, Bijector):
        names = ["forward_min_event_ndims", "inverse_min_event_ndims", "dtype"]
    else:
        names = ["batch_shape", "feature_ndims", "dtype"]
    facts = ((name, _fact(model, name)) for name in names)
    return [f"{name}={fact}" for name, fact in facts if fact]


def _fact(model: AnyStructure, name: str) -> str:
    """Returns an attribute in words, or nothing where the object cannot tell it."""
    try:
        with ops.init_scope():  # A graph under construction is not to get operations by it.
            value = getattr(model, name)
    except Exception:  # A debugger shows objects that are wrong, too.
        return ""
    words: AnyStructure = ops.nest.map_structure(_in_words, value)
    text = " ".join(str(words).replace("'", "").split())
    return text.replace("( ", "(").replace(" )", ")") if value is not None else ""


def _in_words(value: AnyStructure) -> str:
    if isinstance(value, tf.TensorShape):
        return str(untyped(value).as_list()) if untyped(value).rank is not None else "unknown"
    return value.name if isinstance(value, tf.DType) else str(value)


def _total(variables: Sequence[tf.Variable]) -> str:
    trained = [variable for variable in variables if variable.trainable]
    text = f"Trained: {_counted(trained)}."
    others = [variable for variable in variables if not variable.trainable]
    return f"{text} Variables that are not trained: {_counted(others)}." if others else text


def _counted(variables: Sequence[tf.Variable]) -> str:
    sizes = [variable.shape.num_elements() for variable in variables]
    numbers = "?" if None in sizes else f"{sum(filter(None, sizes)):,}"
    if not variables:
        return "nothing"
    return f"{_plural(numbers, 'number')} in {_plural(str(len(variables)), 'variable')}"


def _plural(count: str, what: str) -> str:
    return f"{count} {what}{'' if count == '1' else 's'}"


def _cells(row: Row) -> tuple[str, ...]:
    support = f"the same as {row.same_as}" if row.same_as else row.support
    constraint = "" if row.same_as else row.constraint
    return row.value, row.type, row.state, support, constraint


def _cells_in_html(row: Row) -> str:
    name = f'<td style="text-align: left; padding-left: {1 + row.depth}em">'
    cells = "".join(f"<td{_LEFT}>{html.escape(cell)}</td>" for cell in _cells(row))
    return f"{name}{html.escape(row.name)}</td>{cells}"


def _table(rows: Sequence[Row]) -> list[str]:
    """Returns rows as lines of text: a part is a heading, what has a value stands in columns."""
    columns = [_columns(row) for row in rows if not row.is_heading]
    widths = [max(map(len, column)) for column in zip(*columns, strict=True)]
    if widths:
        most = WIDTH - _NARROWEST - 2 * len(widths)
        widths[1] = min(widths[1], max(_SHORT, most - sum(widths) + widths[1]))
    lines: list[str] = []
    for row in rows:
        if row.is_heading:
            same_as = f", the same as {row.same_as}" if row.same_as else ""
            start = " " * (len(_indented(row)) - len(_indented(row).lstrip()))
            lines.append(start + cut(f"{_indented(row)}: {row.value}{same_as}", WIDTH - len(start)))
        else:
            aligned = zip(_columns(row), widths, strict=True)
            name, *rest = [(column, width) for column, width in aligned]
            cells = (cut(column, width).ljust(width) for column, width in rest)
            start = "  ".join((name[0].ljust(name[1]), *cells))
            lines.extend(_wrapped(start, _allowed(row)))
    return lines


def _columns(row: Row) -> tuple[str, ...]:
    return _indented(row), row.value, row.type, row.state


def _indented(row: Row) -> str:
    return f"{'  ' * min(row.depth + 1, _DEEPEST)}{cut(row.name, _WIDEST_NAME)}"


def _allowed(row: Row) -> str:
    """Returns the values that a parameter may take, with what keeps its variable among them."""
    if row.same_as:
        return f"the same as {row.same_as}"
    return ": ".join(filter(None, (row.support, row.constraint)))


def _wrapped(start: str, rest: str) -> list[str]:
    """Returns a line that ends with a text: to its right if that has a column there, else below."""
    indent, width = len(start) + 2, WIDTH - len(start) - 2
    if width < _NARROWEST:
        indent = len(start) - len(start.lstrip()) + 4
        width = WIDTH - indent
    lines = textwrap.wrap(rest, width, break_on_hyphens=False, break_long_words=False)
    first = lines.pop(0) if lines and indent == len(start) + 2 else ""
    return [f"{start}  {first}".rstrip(), *(f"{' ' * indent}{line}" for line in lines)]
