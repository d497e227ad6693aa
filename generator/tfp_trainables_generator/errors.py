"""What can go wrong in the compiler, in a form to show to a person."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager


class CompilationError(Exception):
    """Classes could not be compiled; holds every problem found, not only the first."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class OutputError(Exception):
    """The output could not be read or written."""


@contextmanager
def where(place: str) -> Generator[None, None, None]:
    """Puts the place before the message of a `ValueError`."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from error
