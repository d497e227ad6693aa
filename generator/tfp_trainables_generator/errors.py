"""What can go wrong in the compiler, in a form to show to a person."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["CompilationError", "OutputError"]


class CompilationError(Exception):
    """TFP could not be compiled; holds every problem found, not only the first."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class OutputError(Exception):
    """The output could not be read or written."""
