"""What the signature of a class's constructor says."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, get_type_hints

from tensorflow_probability.python.distributions.distribution import Distribution

from tfp_trainables_generator.discover.classes import PublicClass
from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.supplements.model import Supplements


def constructor_arguments(
    public: PublicClass, supplements: Supplements
) -> Mapping[str, inspect.Parameter]:
    """Returns the arguments for a caller to pass, in order.

    Left out are TFP's own: those with an underscore, and the `parameters` with which a
    subclass records what it was constructed with.

    Raises:
      CompilationError: if some have no names that a caller can be told.
    """
    name = public.qualified_name
    arguments: dict[str, inspect.Parameter] = {}
    hidden = False
    for argument in _parameters(public.cls):
        if argument.kind is inspect.Parameter.VAR_KEYWORD:
            hidden = True
        elif argument.kind is inspect.Parameter.VAR_POSITIONAL:
            raise CompilationError([f"{name}: the constructor takes *{argument.name}"])
        elif not argument.name.startswith("_") and (
            argument.name != "parameters" or argument.default is inspect.Parameter.empty
        ):
            arguments[argument.name] = argument
    forwarded = supplements.forwarded_keywords.get(name)
    if hidden and forwarded is None:
        raise CompilationError(
            [f"{name}: expected arguments by name, for no supplement says where its **kwargs go"]
        )
    if forwarded is not None and not hidden:
        raise CompilationError([f"{name}: remove the supplement: it takes no **kwargs"])
    if forwarded is not None:
        target = getattr(importlib.import_module(forwarded.to.module), forwarded.to.name)
        others = _parameters(target)
        for gone in sorted(forwarded.besides - {argument.name for argument in others}):
            raise CompilationError(
                [f"{name}: remove the supplement: {forwarded.to.name} takes no {gone!r}"]
            )
        for argument in others:
            if argument.name not in forwarded.besides:
                arguments.setdefault(argument.name, argument)
    return arguments


def _parameters(cls: Any) -> list[inspect.Parameter]:
    """Returns the parameters of a class's constructor but `self`; annotations are no text."""
    parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
    hints: dict[str, Any] = {}
    with suppress(Exception):  # Such as that a name is there for type checkers alone.
        hints = get_type_hints(inspect.unwrap(cls.__init__))
    return [it.replace(annotation=hints.get(it.name, it.annotation)) for it in parameters]


def refused_defaults(
    public: PublicClass, arguments: Mapping[str, inspect.Parameter], supplements: Supplements
) -> tuple[tuple[str, ...], ...]:
    """Returns the groups of arguments of which one has to be passed, though all have defaults.

    Raises:
      CompilationError: if one of them has no default.
    """
    groups = supplements.refused_defaults.get(public.qualified_name, ())
    for name in (name for group in groups for name in group):
        if name not in arguments or arguments[name].default is inspect.Parameter.empty:
            raise CompilationError(
                [f"{public.qualified_name}.{name}: remove the supplement: it has no default"]
            )
    return groups


def has_wrapped_constructor(cls: type) -> bool:
    """Tells whether a decorator hides the type of a class's constructor."""
    # The metaclass of distributions wraps every constructor, when the class is made: that
    # wrapper is in no source. One more is.
    constructor = vars(cls).get("__init__")
    wrapped = getattr(constructor, "__wrapped__", None)
    if issubclass(cls, Distribution):
        wrapped = getattr(wrapped, "__wrapped__", None)
    return wrapped is not None
