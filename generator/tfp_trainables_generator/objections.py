"""What stands in the way of a trainable of somebody's own class, though it can be read."""

from __future__ import annotations

from collections.abc import Iterable

import tfp_trainables_runtime
from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.expressions import Reference
from tfp_trainables_generator.packages import Package
from tfp_trainables_generator.parameters import Role
from tfp_trainables_generator.spec import ClassSpec
from tfp_trainables_generator.views import class_view, keys_name, trainable_name
from tfp_trainables_runtime import typing
from tfp_trainables_runtime.errors import mismatch

__all__ = ["check", "collisions"]

_TAKEN = frozenset(
    (*tfp_trainables_runtime.__all__, *typing.__all__, "TypedDict", "partial", "tf", "annotations")
)
"""What generated modules import besides classes."""


def check(spec: ClassSpec) -> None:
    """Checks a class that nobody has compiled before.

    Raises:
      CompilationError: if a trainable of it cannot be rendered, or would not do what its
        author means.
    """
    name = spec.qualified_name
    for taken in (spec.name, trainable_name(spec), keys_name(spec)):
        if taken in _TAKEN and (taken != "NoInitialParameters" or spec.variables):
            expected = f"another name, for generated modules need {taken} themselves"
            raise CompilationError([mismatch(name, expected, repr(spec.name))])
    unheard = [
        mismatch(
            f"{name}, parameter {parameter!r}",
            "an argument of the constructor, for `_parameter_properties` names it",
            "none",
        )
        for parameter in spec.fatal_to_make_trainable
    ]
    if unheard:
        raise CompilationError(unheard)
    if spec.takes_seed and (spec.variables or spec.parameter("seed").role is not Role.OPTION):
        expected = "another name, for a trainable's `seed` is that of its initial values"
        raise CompilationError([mismatch(f"{name}, parameter 'seed'", expected, "that one")])
    class_view(spec)
    unknown = [
        f"{parameter.name!r} ({parameter.reason})" if parameter.reason else repr(parameter.name)
        for parameter in spec.parameters
        if not parameter.is_trainable
        and parameter.default is None
        and parameter.name not in dict(spec.example.arguments)
    ]
    if unknown:
        expected = f"an example of {', '.join(unknown)} in the settings, to build the class with"
        raise CompilationError([mismatch(name, expected, "none")])


def collisions(package: Package, specs: Iterable[ClassSpec]) -> dict[str, str]:
    """Returns what is wrong with classes whose name another of their generated module has.

    That is one of its constraining bijectors, for instance, where a class has the name of
    TFP's `Softplus`, and another one's parameter is constrained by that.

    Args:
      package: the generated package.
      specs: the classes.
    """
    modules: dict[str, dict[str, dict[str, set[str]]]] = {}
    for spec in specs:
        origins = modules.setdefault(package.module_of(spec), {})
        for reference in (spec.reference, *spec.bijectors):
            users = origins.setdefault(reference.name, {})
            users.setdefault(reference.module, set()).add(spec.qualified_name)
    found: dict[str, str] = {}
    for origins in modules.values():
        for name, users in origins.items():
            if len(users) == 1:
                continue
            for module, classes in users.items():
                others = ", ".join(sorted(set(users) - {module}))
                if Reference(module, name).is_known:
                    continue
                for owner in classes:
                    expected = f"no other {name} in its generated module, got that of {others} too"
                    found[owner] = f"{owner}: expected {expected}"
    return found
