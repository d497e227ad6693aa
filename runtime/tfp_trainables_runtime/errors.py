"""The one form of the messages: what, where, expected and got."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["choices", "mismatch", "suggestion"]


def mismatch(where: str, expected: object, got: object) -> str:
    """Returns `"<where>: expected <expected>, got <got>"`."""
    return f"{where}: expected {expected}, got {got}"


def choices(names: Iterable[str]) -> str:
    """Returns names as a phrase: `"one of 'loc', 'scale'"`."""
    quoted = [repr(name) for name in names]
    if not quoted:
        return "no key at all"
    return f"one of {', '.join(quoted)}" if len(quoted) > 1 else quoted[0]


def suggestion(name: str, names: Iterable[str]) -> str:
    """Returns `"; did you mean 'scale'?"`, or nothing where no name is near."""
    near = difflib.get_close_matches(name, list(names), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
