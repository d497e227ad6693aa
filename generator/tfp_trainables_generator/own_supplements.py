"""From what settings say of somebody's own classes to supplements."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tfp_trainables_generator.discover import PublicClass
from tfp_trainables_generator.errors import CompilationError, where
from tfp_trainables_generator.notation import parse_bijector, parse_shape
from tfp_trainables_generator.settings import (
    TABLE,
    ClassSettings,
    OwnPackage,
    ParameterSettings,
)
from tfp_trainables_generator.spec import Example
from tfp_trainables_generator.supplements import Constraint, Replacement, Supplements
from tfp_trainables_runtime import parameterizations
from tfp_trainables_runtime.errors import choices, mismatch, suggestion

__all__ = ["supplements_of"]

_ATTRIBUTE = "SUPPLEMENTS"


def supplements_of(own: OwnPackage, classes: Iterable[PublicClass]) -> Supplements:
    """Returns what the settings, and the module that they name, say of classes.

    Args:
      own: what to compile.
      classes: its classes.

    Raises:
      CompilationError: with everything that is wrong with them.
    """
    names = {public.reference.name: public.qualified_name for public in classes}
    supplements, problems = Supplements(), list[str]()
    if own.settings.supplements_module:
        try:
            supplements = _of_module(own.settings.supplements_module)
        except ValueError as error:
            problems.append(str(error))
    for name, settings in own.settings.supplements.items():
        place = f"{own.file.name}, [{TABLE}.supplements.{name}]"
        if name not in names:
            problems.append(
                f"{place}: expected the name of a class to compile, got {name!r}"
                f"{suggestion(name, names)}"
            )
            continue
        try:
            with where(place):
                supplements = _with_class(supplements, names[name], settings)
        except ValueError as error:
            problems.append(str(error))
    if problems:
        raise CompilationError(problems)
    return supplements


def _of_module(name: str) -> Supplements:
    try:
        found: Any = getattr(importlib.import_module(name), _ATTRIBUTE, None)
    except Exception as error:  # A module fails in any way it likes.
        raise ValueError(f"{name}: cannot be imported: {type(error).__name__}: {error}") from error
    if not isinstance(found, Supplements):
        got = f"a {type(found).__name__}"
        raise ValueError(mismatch(f"{name}.{_ATTRIBUTE}", "a Supplements", got))
    return found


def _with_class(supplements: Supplements, name: str, settings: ClassSettings) -> Supplements:
    if settings.example is not None:
        example = Example(
            settings.example.shape,
            tuple(settings.example.arguments.items()),
            input=settings.example.input,
        )
        supplements = replace(supplements, examples={**supplements.examples, name: example})
    if settings.parts is not None:
        supplements = replace(supplements, parts={**supplements.parts, name: settings.parts})
    if settings.one_of:
        groups = {**supplements.refused_defaults, name: settings.one_of}
        supplements = replace(supplements, refused_defaults=groups)
    for parameter, facts in settings.parameters.items():
        with where(f"parameters.{parameter}"):
            supplements = _with_parameter(supplements, f"{name}.{parameter}", facts)
    return supplements


def _with_parameter(
    supplements: Supplements, entry: str, settings: ParameterSettings
) -> Supplements:
    if settings.constraint or settings.shape:
        constraint = Constraint(
            _reason(settings),
            parse_bijector(settings.constraint) if settings.constraint else None,
            parse_shape(settings.shape) if settings.shape else None,
            event_ndims=settings.event_ndims,
            overrides=True,
        )
        return replace(supplements, constraints={**supplements.constraints, entry: constraint})
    if settings.not_trained:
        return replace(
            supplements, structural={**supplements.structural, entry: settings.not_trained}
        )
    if settings.replaces:
        known = parameterizations.__all__
        if settings.conversion not in known:
            expected = choices(known)
            raise ValueError(mismatch("key 'conversion'", expected, repr(settings.conversion)))
        replacement = Replacement(settings.replaces, settings.conversion)
        return replace(supplements, replaces={**supplements.replaces, entry: replacement})
    raise ValueError(
        "expected one of the keys 'constraint', 'shape', 'not-trained' and 'replaces', got none"
    )


def _reason(settings: ParameterSettings) -> str:
    if not settings.reason:
        raise ValueError("key 'reason': expected why the constraint holds, got none")
    return settings.reason
