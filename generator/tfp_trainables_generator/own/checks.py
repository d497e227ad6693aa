"""What stands in the way of a trainable of somebody's own class, though it can be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import tfp_trainables_runtime
from tfp_trainables_generator.own.settings import OwnPackage
from tfp_trainables_generator.own.supplements import with_example
from tfp_trainables_generator.render.classes import keys_name, name_clashes, trainable_name
from tfp_trainables_generator.spec.classes import ClassSpec, Outcome
from tfp_trainables_generator.spec.expressions import Reference, is_first_party
from tfp_trainables_generator.spec.packages import Package
from tfp_trainables_generator.spec.parameters import Role
from tfp_trainables_runtime import typing
from tfp_trainables_runtime.errors import mismatch

_TAKEN = frozenset(
    (*tfp_trainables_runtime.__all__, *typing.__all__, "TypedDict", "partial", "tf", "annotations")
)
"""What generated modules import besides classes."""


def check_all(own: OwnPackage, reading: Outcome) -> Outcome:
    """Checks classes that nobody has compiled before."""
    problems = [
        f"{skipped.qualified_name}: it has no class method `_parameter_properties`, by which TFP "
        "knows the parameters of a class; add one"
        for skipped in reading.skipped
    ]
    colliding = collisions(own.package, reading.specs)
    accepted: list[ClassSpec] = []
    for spec in (with_example(spec, own) for spec in reading.specs):
        found = objections(spec) or colliding.get(spec.qualified_name, [])
        problems += found
        if not found:
            accepted.append(spec)
    return Outcome(tuple(accepted), tuple(problems))


def objections(spec: ClassSpec) -> list[str]:
    """Returns why a trainable cannot be rendered, or would not do what its author means.

    The first that there is: the others may follow from it.
    """
    checks = (_names, _imports, _annotations, _seed, _sizes, name_clashes, _example)
    return next(filter(None, (list(check(spec)) for check in checks)), list[str]())


def _names(spec: ClassSpec) -> Iterator[str]:
    for taken in (spec.name, trainable_name(spec), keys_name(spec)):
        if taken in _TAKEN and (taken != "NoInitialParameters" or spec.variables):
            yield (
                f"{spec.qualified_name}: generated modules use the name {taken} themselves; rename "
                "the class"
            )
            return


def _imports(spec: ClassSpec) -> Iterator[str]:
    for reference in spec.imports:
        if reference.name in _TAKEN:
            yield (
                f"{spec.qualified_name}: generated modules use the name {reference.name} "
                f"themselves; rename {reference.module}.{reference.name}"
            )
            return


def _annotations(spec: ClassSpec) -> Iterator[str]:
    for parameter in spec.fatal_to_make_trainable:
        yield mismatch(
            f"{spec.qualified_name}, parameter {parameter!r}",
            "an argument of the constructor, for `_parameter_properties` names it",
            "none",
        )


def _seed(spec: ClassSpec) -> Iterator[str]:
    if spec.takes_seed and (spec.variables or spec.parameter("seed").role is not Role.OPTION):
        yield (
            f"{spec.qualified_name}, parameter 'seed': a trainable has a `seed` of its own, that "
            "of its initial values; rename the parameter"
        )


def _sizes(spec: ClassSpec) -> Iterator[str]:
    taken = {"seed", *(parameter.name for parameter in spec.parameters)}
    size = next((size for size in spec.sizes if size in taken), None)
    if size is not None:
        expected = "a size with a name that no argument of the constructor has"
        yield mismatch(f"{spec.qualified_name}, a shape", expected, repr(size))


def _example(spec: ClassSpec) -> Iterator[str]:
    unknown = [
        f"{parameter.name!r} ({parameter.reason})" if parameter.reason else repr(parameter.name)
        for parameter in spec.parameters
        if not parameter.is_trainable
        and parameter.default is None
        and parameter.name not in dict(spec.example.arguments)
    ]
    if unknown:
        expected = f"an example of {', '.join(unknown)} in the settings, to build the class with"
        yield mismatch(spec.qualified_name, expected, "none")


def collisions(package: Package, specs: Iterable[ClassSpec]) -> dict[str, list[str]]:
    """Returns what is wrong with classes whose name another of their generated module has.

    That is one of its constraining bijectors, for instance, where a class has the name of
    TFP's `Softplus`, and another one's parameter is constrained by that; or another trainable,
    where a class is called as that of another one will be.

    Args:
      package: the generated package.
      specs: the classes.
    """
    modules: dict[str, dict[str, dict[str, set[str]]]] = {}
    for spec in specs:
        module = package.module_of(spec)
        origins = modules.setdefault(module, {})
        generated = [Reference(module, trainable_name(spec))]
        if spec.variables:
            generated.append(Reference(module, keys_name(spec)))
        for reference in (spec.reference, *spec.imports, *generated):
            users = origins.setdefault(reference.name, {})
            users.setdefault(reference.module, set()).add(spec.qualified_name)
    found: dict[str, list[str]] = {}
    for origins in modules.values():
        for name, users in origins.items():
            if len(users) == 1:
                continue
            for module, classes in users.items():
                others = ", ".join(sorted(set(users) - {module}))
                if is_first_party(module):
                    continue
                for owner in classes:
                    expected = f"no other {name} in its generated module, got that of {others} too"
                    found[owner] = [f"{owner}: expected {expected}"]
    return found
