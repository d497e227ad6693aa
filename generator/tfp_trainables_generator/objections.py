"""What stands in the way of a trainable of somebody's own class, though it can be read."""

from __future__ import annotations

from collections.abc import Iterable

import tfp_trainables_runtime
from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.expressions import Reference, is_known
from tfp_trainables_generator.packages import Package
from tfp_trainables_generator.parameters import Role
from tfp_trainables_generator.parity_tests import parity_test_file
from tfp_trainables_generator.render import render
from tfp_trainables_generator.settings import OwnPackage
from tfp_trainables_generator.spec import ClassSpec
from tfp_trainables_generator.views import class_view, keys_name, trainable_name
from tfp_trainables_runtime import typing
from tfp_trainables_runtime.errors import mismatch

__all__ = ["check", "collisions", "printable"]

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
    for reference in (*spec.bijectors, *(it for one in spec.parameters for it in one.imports)):
        if reference.name in _TAKEN:
            expected = f"another name, for generated modules need {reference.name} themselves"
            got = f"{reference.module}.{reference.name}"
            raise CompilationError([mismatch(name, expected, got)])
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
    parameters = {parameter.name for parameter in spec.parameters}
    for size in spec.sizes:
        if size in parameters or size == "seed":
            expected = "a size with a name that no argument of the constructor has"
            raise CompilationError([mismatch(f"{name}, a shape", expected, repr(size))])
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


def printable(
    own: OwnPackage, specs: Iterable[ClassSpec]
) -> tuple[tuple[ClassSpec, ...], tuple[str, ...]]:
    """Returns the classes that can be printed, and what is wrong with the others.

    Each is printed alone, for one of which no Python comes would keep all others from it.
    """
    good: list[ClassSpec] = []
    problems: list[str] = []
    for spec in specs:
        try:
            files = render(own.package, [spec], tfp_version="", manifest="")
            if own.settings.with_tests:
                files.update(parity_test_file(own.package, [spec]))
            for path, text in files.items():
                if path.suffix == ".py":
                    compile(text, str(path), "exec", dont_inherit=True)
        except (CompilationError, SyntaxError, ValueError) as error:
            got = " ".join(str(error).split())
            expected = "facts that make a module of Python"
            problems.append(mismatch(spec.qualified_name, expected, got))
        else:
            good.append(spec)
    return tuple(good), tuple(problems)


def collisions(package: Package, specs: Iterable[ClassSpec]) -> dict[str, str]:
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
        defaults = [reference for parameter in spec.parameters for reference in parameter.imports]
        for reference in (spec.reference, *spec.bijectors, *defaults, *generated):
            users = origins.setdefault(reference.name, {})
            users.setdefault(reference.module, set()).add(spec.qualified_name)
    found: dict[str, str] = {}
    for origins in modules.values():
        for name, users in origins.items():
            if len(users) == 1:
                continue
            for module, classes in users.items():
                others = ", ".join(sorted(set(users) - {module}))
                if is_known(module):
                    continue
                for owner in classes:
                    expected = f"no other {name} in its generated module, got that of {others} too"
                    found[owner] = f"{owner}: expected {expected}"
    return found
