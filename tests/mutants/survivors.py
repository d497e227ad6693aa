"""The mutants that no test can kill, for they are no mistakes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from mutants.mutations import Mutant

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["PROJECT", "Equivalents", "modules_called"]

PROJECT = Path(__file__).parents[2]


class Equivalent(NamedTuple):
    """A mutant of which the table says why it is equivalent."""

    before: str
    after: str
    reason: str


def modules_called(name: str) -> list[Path]:
    """Returns the paths of the modules with a name: it, `folder/name` or the path itself."""
    return [
        path.relative_to(PROJECT)
        for root in ("runtime", "generator")
        for path in (PROJECT / root).rglob(f"{Path(name).stem}.py")
        if f"/{path.with_suffix('').as_posix()}".endswith(f"/{name.removesuffix('.py')}")
    ]


@dataclass(frozen=True)
class Equivalents:
    """Those of one module."""

    entries: Sequence[Equivalent]

    @classmethod
    def read(cls, table: Path, module: Path) -> Equivalents:
        """Reads them from the table."""
        document = tomllib.loads(table.read_text(encoding="utf-8"))
        return cls(
            [
                Equivalent(**entry)
                for name, entries in document.items()
                if module in modules_called(name)
                for entry in entries
            ]
        )

    def __contains__(self, mutant: Mutant) -> bool:
        return any(_is_of(entry, mutant) for entry in self.entries)

    def stale(self, mutants: Sequence[Mutant]) -> list[Equivalent]:
        """Returns the entries that are of none of a module's mutants."""
        return [
            entry for entry in self.entries if not any(_is_of(entry, mutant) for mutant in mutants)
        ]


def _is_of(entry: Equivalent, mutant: Mutant) -> bool:
    return (entry.before, entry.after) == (mutant.before, mutant.after)
