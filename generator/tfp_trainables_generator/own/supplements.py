"""From what settings say of somebody's own classes to supplements."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import Any

from tfp_trainables_generator.discover.classes import PublicClass
from tfp_trainables_generator.errors import CompilationError, where
from tfp_trainables_generator.own.discover import Discovery, import_own
from tfp_trainables_generator.own.notation import parse_bijector, parse_expression, parse_shape
from tfp_trainables_generator.own.settings import (
    TABLE,
    ClassSettings,
    OwnPackage,
    ParameterSettings,
)
from tfp_trainables_generator.spec.classes import ClassSpec
from tfp_trainables_generator.supplements.model import Constraint, Replacement, Supplements
from tfp_trainables_runtime import parameterizations
from tfp_trainables_runtime.errors import choices, mismatch, suggestion

_ATTRIBUTE = "SUPPLEMENTS"


@dataclass(frozen=True)
class Stated:
    """What is said of classes beyond their annotations.

    Attributes:
      classes: those of which nothing is said, or what can be understood.
      supplements: what that is.
      problems: what cannot be understood.
    """

    classes: tuple[PublicClass, ...]
    supplements: Supplements
    problems: tuple[str, ...]


def supplements_of(own: OwnPackage, discovery: Discovery) -> Stated:
    """Returns what the settings, and the module that they name, say of classes.

    Args:
      own: what to compile.
      discovery: its classes; none of them is taken if the module cannot be.
    """
    names = {public.reference.name: public.qualified_name for public in discovery.classes}
    supplements = Supplements()
    mistaken: set[str] = set()
    problems: list[str] = []
    if own.settings.supplements_module:
        try:
            supplements = _of_module(own.settings.supplements_module, own.package.name)
        except CompilationError as error:
            return Stated((), supplements, error.problems)
    for name, settings in own.settings.supplements.items():
        place = f"{own.file.name}, [{TABLE}.supplements.{name}]"
        if name in names:
            try:
                with where(place):
                    supplements = _with_class(supplements, names[name], settings)
            except ValueError as error:
                problems.append(str(error))
                mistaken.add(name)
        elif name not in discovery.names and discovery.is_whole:
            problems.append(
                f"{place}: expected the name of a class to compile, got {name!r}"
                f"{suggestion(name, names)}"
            )
    accepted = (public for public in discovery.classes if public.reference.name not in mistaken)
    return Stated(tuple(accepted), supplements, tuple(problems))


def with_example(spec: ClassSpec, own: OwnPackage) -> ClassSpec:
    """Returns a class with the example that the settings state; what they leave out stays."""
    settings = own.settings.supplements.get(spec.name, ClassSettings()).example
    if settings is None:
        return spec
    known = spec.example
    stated = {name: _tidy(source) for name, source in settings.arguments.items()}
    shape = known.batch_and_event_shape if settings.shape is None else settings.shape
    return replace(
        spec,
        example=replace(
            known,
            batch_and_event_shape=shape,
            arguments=tuple({**dict(known.arguments), **stated}.items()),
            input=_tidy(settings.input) if settings.input else known.input,
        ),
    )


def _tidy(source: str) -> str:
    """Returns an expression on one line, without comments, to be put among others."""
    return ast.unparse(parse_expression(source))


def _of_module(name: str, generated: str) -> Supplements:
    found: Any = getattr(import_own(name, generated), _ATTRIBUTE, None)
    if not isinstance(found, Supplements):
        got = f"a {type(found).__name__}"
        raise CompilationError([mismatch(f"{name}.{_ATTRIBUTE}", "a Supplements", got)])
    return found


def _with_class(supplements: Supplements, name: str, settings: ClassSettings) -> Supplements:
    if settings.example is not None:
        for source in (*settings.example.arguments.values(), settings.example.input or "None"):
            parse_expression(source)
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
    if settings.description:
        text = settings.description.rstrip(".")
        described = {**supplements.descriptions, entry: text}
        supplements = replace(supplements, descriptions=described)
    if settings.constraint or settings.shape:
        constraint = Constraint(
            settings.reason,
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
    if not settings.replaces:
        return supplements
    known = [name for name in parameterizations.__all__ if name.isupper()]
    if settings.conversion not in known:
        expected = choices(known)
        raise ValueError(mismatch("key 'conversion'", expected, repr(settings.conversion)))
    replacement = Replacement(settings.replaces, settings.conversion)
    return replace(supplements, replaces={**supplements.replaces, entry: replacement})
