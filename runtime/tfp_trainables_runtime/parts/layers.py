"""The layers of Keras that objects hold."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Generator, Mapping

from tfp_trainables_runtime.typing import AnyStructure

__all__ = ["apply_settings", "is_layer", "settings_of", "without_warnings"]


def is_layer(part: AnyStructure) -> bool:
    """Tells whether an object is a layer of Keras."""
    return hasattr(part, "build_from_config")


def settings_of(layer: AnyStructure) -> dict[str, AnyStructure]:
    """Returns the numbers and options of a layer's configuration, as they are now."""
    try:
        with without_warnings():
            config: Mapping[str, AnyStructure] = layer.get_config()
    except Exception:  # It has none.
        return {}
    return {
        name: value
        for name, value in config.items()
        if name != "name" and isinstance(value, (bool, int, float, str))
    }


def apply_settings(layer: AnyStructure, settings: Mapping[str, AnyStructure]) -> None:
    """Changes those of a layer's settings that are others."""
    for name, value in settings.items():
        if settings_of(layer).get(name) != value:
            setattr(layer, name, value)


@contextlib.contextmanager
def without_warnings() -> Generator[None]:
    """Keeps back what Keras says of a configuration that it may not read again."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
