"""What arguments of TFP's constructors do that are no parameters: options, parts, data.

The texts are in the file of this name that ends in `.toml`. Where TFP's documentation and its
code differ, they say what the code does.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

from tfp_trainables_generator.toml import parse_toml

_OF_ALL = "all"


def _read() -> dict[str, str]:
    file = resources.files("tfp_trainables_generator.supplements").joinpath("tfp_descriptions.toml")
    return {
        name if owner == _OF_ALL else f"{owner}.{name}": text
        for owner, texts in parse_toml(file.read_text("utf-8")).items()
        for name, text in texts.items()
    }


DESCRIPTIONS: Mapping[str, str] = _read()
"""By the name of a class and an argument, or of an argument alone: then of all classes."""
