"""Reads TOML with what the installed Python has for it."""

from __future__ import annotations

import importlib
import sys
from typing import Any

_toml: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")


def parse_toml(text: str) -> dict[str, Any]:
    """Returns the document that a text in TOML is.

    Raises:
      ValueError: if it is none.
    """
    return _toml.loads(text)
