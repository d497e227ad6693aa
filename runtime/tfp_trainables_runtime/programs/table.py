"""What there is compiled in this process, as a table."""

from __future__ import annotations

import html
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import tensorflow as tf

from tfp_trainables_runtime.programs.execution import Tier
from tfp_trainables_runtime.programs.programs import Program
from tfp_trainables_runtime.programs.records import Record, all_records

__all__ = ["ProgramRow", "ProgramTable", "programs"]

_CACHE = "--tf_xla_persistent_cache_directory"
_FLAGS_AT_THE_START = os.environ.get("TF_XLA_FLAGS", "")

_IN_WORDS = {
    Tier.OP_BY_OP: "operation by operation",
    Tier.GRAPH: "graph",
    Tier.XLA: "XLA",
}


@dataclass(frozen=True)
class ProgramRow:
    """How a method has run, for one structure and inputs of one kind.

    Attributes:
      cls: the name of the TFP class.
      method: the method.
      inputs: dtypes and shapes of the tensors of a call; `?` is any size.
      runs: `"operation by operation"`, `"graph"` or `"XLA"`.
      calls: how many calls have run so.
      seconds: what it took to trace it and to run it first, which compiles it.
      note: why it does not run in a faster way, if there is more to say than that it was not
        called often enough.
    """

    cls: str
    method: str
    inputs: str
    runs: str
    calls: int
    seconds: float
    note: str


_HEADERS = ("class", "method", "inputs", "runs as", "calls", "seconds", "")


@dataclass(frozen=True)
class ProgramTable:
    """What there is compiled in this process; printed, or shown by a notebook, it is a table.

    Attributes:
      rows: one for each program, and for what has run operation by operation.
      notes: what there is to say about all of them.
    """

    rows: tuple[ProgramRow, ...]
    notes: tuple[str, ...] = ()

    def clear(self) -> None:
        """Forgets all programs, and what was called: methods run as in a new process.

        TensorFlow does not give all of their memory back.
        """
        for record in all_records():
            record.forget()

    def __str__(self) -> str:
        lines = [_HEADERS, *map(_cells, self.rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = ("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
        return "\n".join((*text, *self.notes))

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        """Supports notebooks."""
        head = "".join(f"<th>{header}</th>" for header in _HEADERS)
        body = "".join(
            f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in _cells(row))}</tr>"
            for row in self.rows
        )
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self.notes)
        return (
            f"<div><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}</div>"
        )


def programs() -> ProgramTable:
    """Returns a table of what has been compiled in this process, and of what has not yet been."""
    rows = (row for record in all_records() for row in _rows(record))
    return ProgramTable(tuple(row for row in rows if row.calls), tuple(_notes()))


def _rows(record: Record) -> Iterator[ProgramRow]:
    known, note = _in_words(record.specs), _note(record)

    def row(inputs: str, tier: Tier, calls: int, seconds: float) -> ProgramRow:
        key = record.key
        return ProgramRow(key.class_name, key.method, inputs, _IN_WORDS[tier], calls, seconds, note)

    def of_program(inputs: str, tier: Tier, program: Program) -> ProgramRow:
        return row(inputs, tier, program.calls, program.seconds)

    yield row(known, Tier.OP_BY_OP, sum(use.counts.calls for use in record.uses), 0.0)
    if record.graph is not None:
        yield of_program(known, Tier.GRAPH, record.graph)
    for shapes, it in record.shapes.items():
        if it.program is not None:
            yield of_program(", ".join(map(str, shapes)), Tier.XLA, it.program)


def _note(record: Record) -> str:
    if record.is_bounded:
        return "as many programs as are made at most"
    if record.needs_shapes:
        return "needs to know all sizes"
    ceiling = min(use.ceiling for use in record.uses)
    return "" if ceiling is Tier.XLA else f"{_IN_WORDS[Tier(ceiling + 1)]}: refused"


def _notes() -> Iterator[str]:
    if _CACHE in os.environ.get("TF_XLA_FLAGS", "") and _CACHE not in _FLAGS_AT_THE_START:
        yield f"{_CACHE} came too late: set TF_XLA_FLAGS before TensorFlow is imported."


def _in_words(specs: Iterable[tf.TensorSpec | tf.Tensor | tf.Variable]) -> str:
    return ", ".join(f"{spec.dtype.name} {str(spec.shape).replace('None', '?')}" for spec in specs)


def _cells(row: ProgramRow) -> Sequence[str]:
    calls, seconds = f"{row.calls:,}", f"{row.seconds:.2f}" if row.seconds else ""
    return row.cls, row.method, row.inputs, row.runs, calls, seconds, row.note
