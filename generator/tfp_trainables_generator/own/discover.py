"""Finds the public distributions, bijectors and kernels of modules of somebody's own."""

from __future__ import annotations

import importlib
import re
import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import GenericAlias, ModuleType
from typing import Any

from tfp_trainables_generator.discover.classes import PublicClass
from tfp_trainables_generator.discover.namespaces import BASES, Namespace
from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.own.settings import OwnPackage
from tfp_trainables_generator.spec.classes import SkippedClass, SkipReason
from tfp_trainables_generator.spec.expressions import Kind, Reference, is_first_party
from tfp_trainables_generator.spec.packages import Package
from tfp_trainables_runtime import Trainable
from tfp_trainables_runtime.errors import suggestion


@dataclass(frozen=True)
class Discovery:
    """What the modules hold.

    Attributes:
      classes: the public classes, sorted by module and name.
      excluded: those that are not wanted.
      problems: modules and classes that cannot be taken, and why.
      names: the names of all that were found, of those too.
      is_whole: whether these are all that the settings are about.
    """

    classes: tuple[PublicClass, ...]
    excluded: tuple[SkippedClass, ...]
    problems: tuple[str, ...]
    names: frozenset[str]
    is_whole: bool


def discover_own(own: OwnPackage) -> Discovery:
    """Finds the public classes of modules.

    Public is what `__all__` names; without one, what a module defines, or a package defines
    or imports from the same distribution: `mypkg.models` from all of `mypkg`. TFP's own
    classes and trainables are left out.

    Args:
      own: which modules, and which classes to leave out.
    """
    modules, exclude = own.settings.modules, own.settings.exclude
    found: dict[str, dict[type, PublicClass]] = {}
    problems: list[str] = []
    is_whole = not own.is_partial
    for name in dict.fromkeys(modules):
        try:
            module = import_own(name, own.package.name)
        except CompilationError as error:
            problems += error.problems
            is_whole = False
            continue
        classes = list(_classes_of(module, own.package))
        if not classes:
            problems.append(
                f"{name}: expected a public class of distributions, bijectors or kernels, got none"
            )
        for public in classes:
            found.setdefault(public.reference.name, {}).setdefault(public.cls, public)
    problems += [
        f"exclude {name!r}: expected a class of {', '.join(modules)}, got none of that name"
        f"{suggestion(name, found)}"
        for name in sorted(set(exclude) - set(found))
        if is_whole  # Else it may be where nobody can look.
    ]
    taken: list[PublicClass] = []
    excluded: list[SkippedClass] = []
    for name, same_name in sorted(found.items()):
        publics = list(same_name.values())
        if name in exclude:
            excluded += [
                SkippedClass(public.qualified_name, SkipReason.EXCLUDED, "left out by settings")
                for public in publics
            ]
        elif len(publics) > 1:
            problems.append(
                f"{' and '.join(sorted(public.qualified_name for public in publics))}: expected "
                f"one class of a name, for there can be one Trainable{name}, got {len(publics)}"
            )
        elif heritage := _heritage(publics[0].cls):
            problems.append(
                f"{publics[0].qualified_name}: expected `_parameter_properties` of its own, for "
                f"it has a constructor of its own, got those of {heritage.__name__}"
            )
        else:
            taken += publics
    taken.sort(key=lambda public: public.qualified_name)
    names = frozenset(found)
    return Discovery(tuple(taken), tuple(excluded), tuple(problems), names, is_whole)


def import_own(name: str, generated: str) -> ModuleType:
    """Imports a module of the user's.

    Args:
      name: of the module.
      generated: the name of the package to generate, which it may import already.

    Raises:
      CompilationError: if it cannot be imported.
    """
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:  # A module fails in any way it likes.
        problem = f"{name}: cannot be imported: {_in_words(error, name, generated)}"
        raise CompilationError([problem]) from error


def _classes_of(module: ModuleType, package: Package) -> Iterator[PublicClass]:
    stated: Sequence[str] | None = getattr(module, "__all__", None)
    names = sorted(stated if stated is not None else vars(module))
    for name in names:
        cls: Any = getattr(module, name, None)
        kind = _kind_of(cls)
        if kind is None or (stated is None and not _is_public(name, cls, module)):
            continue
        known = cls.__name__
        is_alias = known != name and known in names and getattr(module, known, None) is cls
        if is_alias and (stated is not None or _is_public(known, cls, module)):
            continue  # Another name for what has one.
        namespace = Namespace(module.__name__, module.__name__, kind, "")
        yield PublicClass(namespace, _reference(name, cls, module), cls, package)


def _kind_of(cls: Any) -> Kind | None:
    """Returns what a class is of, if it is a class that a trainable may be generated for."""
    if not isinstance(cls, type) or isinstance(cls, GenericAlias) or issubclass(cls, Trainable):
        return None
    for kind, base in BASES.items():
        if issubclass(cls, getattr(importlib.import_module(base.module), base.name)):
            return None if is_first_party(cls.__module__) else kind
    return None


def _is_public(name: str, cls: type, module: ModuleType) -> bool:
    if name.startswith("_"):
        return False
    if hasattr(module, "__path__"):  # Packages are there to gather.
        return cls.__module__.partition(".")[0] == module.__name__.partition(".")[0]
    return cls.__module__ == module.__name__


def _reference(name: str, cls: type, module: ModuleType) -> Reference:
    """Returns where to import a class from: where it is defined, if it can be found there."""
    if getattr(sys.modules.get(cls.__module__), cls.__name__, None) is cls:
        return Reference(cls.__module__, cls.__name__)
    return Reference(module.__name__, name)


def _heritage(cls: type) -> type | None:
    """Returns the class whose annotations a class has, with a constructor that is not its."""
    for base in cls.__mro__:
        # Where a class has none, TFP puts a function there that calls those of the base.
        if isinstance(vars(base).get("_parameter_properties"), classmethod):
            below = cls.__mro__[: cls.__mro__.index(base)]
            is_stated = base.__module__ not in {part.module for part in BASES.values()}
            return base if is_stated and any("__init__" in vars(part) for part in below) else None
    return None


def _in_words(error: BaseException, module: str, generated: str) -> str:
    """Returns an error of an import in one line, with the last place in a package of the user's."""
    said = " ".join(str(error).split())
    text = f"{type(error).__name__}: {said}" if said else type(error).__name__
    if isinstance(error, SyntaxError):
        return text  # Which names the file and the line.
    package = module.partition(".")[0]
    places = [
        (str(frame.f_globals.get("__name__", "")), line)
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    for name, line in reversed(places):
        if name.partition(".")[0] == package:
            text = f"{text} ({name}, line {line})"
            break
    if isinstance(error, ModuleNotFoundError) and error.name == package:
        text += "; without `__init__.py`, state what the output is imported as: --package"
    is_named = re.search(rf"(?<![\w.]){re.escape(generated)}(?!\w)", said) is not None
    if is_named or any(f"{name}.".startswith(f"{generated}.") for name, _ in places):
        text += f"; {module} imports {generated}, which is out of date: take that import out first"
    return text
