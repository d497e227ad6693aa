"""Default values of constructors' arguments, as source that generated code can hold."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import tensorflow as tf

from tfp_trainables_generator.expressions import Reference

__all__ = ["source_of_default"]

_tensorflow: Any = tf
_LITERAL_TYPES: Any = (bool, int, float, str, tuple)


def source_of_default(value: Any, module: str) -> tuple[str, tuple[Reference, ...]]:
    """Returns a default as an expression, with what the expression imports.

    Args:
      value: the default.
      module: the module of the class whose constructor has it.

    Raises:
      ValueError: if neither a literal nor an importable name gives the value.
    """
    if isinstance(value, tf.DType):
        return f"tf.{value.name}", ()
    if value is None or isinstance(value, _LITERAL_TYPES):
        return repr(value), ()
    # A function or a sentinel: whatever the constructor's module can name.
    for name, candidate in _members(_tensorflow.linalg):
        if candidate is value:
            return f"tf.linalg.{name}", ()
    namespace = vars(sys.modules[module])
    # Not from elsewhere: it may be there for another reason, and be gone tomorrow.
    packages = ("tensorflow_probability", module.partition(".")[0])
    modules = [part for part in namespace.values() if isinstance(part, ModuleType)]
    for holder in [sys.modules[module], *modules]:
        for name, candidate in _members(holder):
            if candidate is value and holder.__name__.partition(".")[0] in packages:
                return name, (Reference(holder.__name__, name),)
    what = getattr(value, "__qualname__", f"a {type(value).__name__}")
    raise ValueError(
        f"the default, {what}, has no name to import it by: expected a number, a string, None, "
        "or what a module defines"
    )


def _members(module: Any) -> list[tuple[str, Any]]:
    names: list[str] = sorted(dir(module))
    return [(name, getattr(module, name, None)) for name in names]
