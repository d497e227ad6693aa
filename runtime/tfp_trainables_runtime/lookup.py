"""From a TFP class to its trainable."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Sequence
from importlib import resources
from types import ModuleType

from tfp_trainables_runtime.classes.trainable import Trainable
from tfp_trainables_runtime.errors import mismatch
from tfp_trainables_runtime.typing import AnyStructure
from tfp_trainables_runtime.untyped import untyped

__all__ = ["find_trainable_class", "register_package"]

_COMMAND = "`tfp-trainables generate`"
_registered: dict[str, ModuleType] = {}
"""The packages generated from classes that are not TFP's, by name."""


def register_package(name: str) -> None:
    """Has the classes of a generated package found, from when it is imported.

    Args:
      name: that of the package.
    """
    _registered[name] = sys.modules[name]


def find_trainable_class(
    cls: AnyStructure, packages: Sequence[ModuleType]
) -> type[Trainable[AnyStructure]]:
    """Returns the trainable of a TFP class.

    Args:
      cls: a class of distributions, bijectors or kernels; a trainable class stands for itself.
      packages: the generated packages to look in, besides those that are registered.

    Raises:
      TypeError: if `cls` is not a class.
      LookupError: if it has no trainable.
    """
    where = "trainable_class, argument 'cls'"
    if not inspect.isclass(cls):
        raise TypeError(
            mismatch(where, "a class of distributions, bijectors or kernels", repr(cls))
        )
    if hasattr(cls, "_tfp_class"):
        return untyped(cls)
    for package in (*packages, *_registered.values()):
        candidate = getattr(package, f"Trainable{cls.__name__}", None)
        # By the class, not by its name alone: a user's may have the name of one of TFP's.
        if candidate is not None and untyped(candidate)._tfp_class is cls:
            return candidate
    got = f"{cls.__module__}.{cls.__qualname__}"
    expected = f"a class that {_COMMAND} has generated a trainable of"
    raise LookupError(mismatch(where, expected, got) + _reason(cls, packages[0]))


def _reason(cls: AnyStructure, package: ModuleType) -> str:
    """Returns why a class of TFP's was skipped, as the manifest has it."""
    root = package.__name__.partition(".")[0]
    manifest = json.loads(resources.files(root).joinpath("manifest.json").read_text("utf-8"))
    entries = {
        name.rpartition(".")[2]: entry
        for name, entry in manifest["classes"].items()
        if entry["status"] == "skipped"
    }
    entry = entries.get(cls.__name__)
    if not cls.__module__.startswith("tensorflow_probability."):
        return "; one that has been generated is found once its package is imported"
    if entry is None:
        return ""
    return f", which was skipped ({entry['reason']}: {entry['detail']})"
