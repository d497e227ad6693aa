"""Reads a constraining bijector: from live objects to a `BijectorSpec`."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from typing import Any

import tensorflow as tf
from tensorflow_probability.python.bijectors.bijector import Bijector

from tfp_trainables_generator.read.scalars import read_scalar
from tfp_trainables_generator.spec.expressions import BijectorArgument, BijectorSpec, Reference

# What says nothing of the map: names and checks, and TFP's own bookkeeping.
_NOT_THE_MAP = frozenset({"name", "parameters", "validate_args", "validate_event_size"})

_SEQUENCES: Any = (list, tuple)


def read_bijector(bijectors: Mapping[tf.DType, Any]) -> BijectorSpec:
    """Returns the spec of a bijector that TFP built for each floating dtype.

    Args:
      bijectors: the same bijector, by the dtype that it was built for.

    Raises:
      ValueError: if it differs between dtypes in more than a number, if its class cannot
        be imported, or if an argument has no spec.
    """
    types: set[type[Any]] = {type(bijector) for bijector in bijectors.values()}
    for cls in types:
        if getattr(sys.modules.get(cls.__module__), cls.__name__, None) is not cls:
            raise ValueError(
                "the constraining bijector: expected a class that can be imported, "
                f"got {cls.__module__}.{cls.__qualname__}"
            )
    if len(types) != 1:
        names = ", ".join(sorted(cls.__name__ for cls in types))
        raise ValueError(f"the constraining bijector's class depends on the dtype: {names}")
    cls = types.pop()
    arguments: list[tuple[str, BijectorArgument]] = []
    constructor: Any = cls.__init__
    for name, parameter in inspect.signature(constructor).parameters.items():
        if name == "self" or name in _NOT_THE_MAP:
            continue
        values = {dtype: bijector.parameters[name] for dtype, bijector in bijectors.items()}
        # Identity, not equality: a tensor answers `==` elementwise.
        if all(value is parameter.default for value in values.values()):
            continue
        if name == "dtype" and all(value == dtype for dtype, value in values.items()):
            continue
        try:
            arguments.append((name, _read_argument(values)))
        except ValueError as error:
            raise ValueError(f"{cls.__name__}({name}=...): {error}") from error
    return BijectorSpec(Reference(cls.__module__, cls.__name__), tuple(arguments))


def _read_argument(values: Mapping[tf.DType, Any]) -> BijectorArgument:
    first: Any = next(iter(values.values()))
    if first is None or isinstance(first, (bool, int, str)):
        if any(value != first for value in values.values()):
            raise ValueError(f"{dict(values)} depends on the dtype")
        return first
    if isinstance(first, Bijector):
        return read_bijector(values)
    if isinstance(first, _SEQUENCES):
        return tuple(
            read_bijector({dtype: value[position] for dtype, value in values.items()})
            for position in range(len(first))
        )
    return read_scalar(values)
