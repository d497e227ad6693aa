"""Default values of constructors' arguments, as source that generated code can hold."""

from __future__ import annotations

import enum
import math
import sys
from types import ModuleType
from typing import Any

import numpy as np
import tensorflow as tf

from tfp_trainables_generator.spec.expressions import Reference

_numpy: Any = np
_tensorflow: Any = tf


def source_of_default(value: Any, module: str) -> tuple[str, tuple[Reference, ...]]:
    """Returns a default as an expression, with what the expression imports.

    Args:
      value: the default.
      module: the module of the class whose constructor has it.

    Raises:
      ValueError: if neither a literal nor an importable name gives the value.
    """
    literal = _literal(value)
    if literal is not None:
        return literal, ()
    if isinstance(value, _numpy.generic):
        literal = _literal(value.item())
        name = "bool_" if isinstance(value, _numpy.bool_) else type(value).__name__
        if literal is not None and getattr(_numpy, name, None) is type(value):
            return f"{name}({literal})", (Reference("numpy", name),)
    if isinstance(value, enum.Enum):
        cls = type(value)
        # Not of a combination of flags, which has no name, or one that is an expression.
        is_member = getattr(cls, str(value.name), None) is value
        if is_member and getattr(sys.modules[cls.__module__], cls.__name__, None) is cls:
            return f"{cls.__name__}.{value.name}", (Reference(cls.__module__, cls.__name__),)
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


def _literal(value: Any) -> str | None:
    """Returns the literal of a value, if it has one.

    Not that of a subclass, such as an enumeration of strings: it would be another object.
    """
    if value.__class__ is tuple:
        parts = [_literal(part) for part in value]
        if None in parts:
            return None
        return f"({', '.join(map(str, parts))}{',' * (len(parts) == 1)})"
    if isinstance(value, tf.DType):
        return f"tf.{value.name}"
    if type(value) is float and not math.isfinite(value):
        return f'float("{value}")'
    return repr(value) if value is None or type(value) in (bool, int, float, str) else None


def _members(module: Any) -> list[tuple[str, Any]]:
    names: list[str] = sorted(dir(module))
    return [(name, getattr(module, name, None)) for name in names]
