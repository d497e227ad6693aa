"""From specs to the modules of a generated package, and its other files but for the manifest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import PurePosixPath

from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.naming import HEADER
from tfp_trainables_generator.render.classes import ClassView, class_view, trainable_name
from tfp_trainables_generator.render.exports import export_files
from tfp_trainables_generator.render.templating import render_source
from tfp_trainables_generator.spec.classes import ClassSpec
from tfp_trainables_generator.spec.expressions import Reference, is_first_party
from tfp_trainables_generator.spec.packages import Package
from tfp_trainables_runtime import typing


def render(
    package: Package, specs: Sequence[ClassSpec], *, tfp_version: str
) -> dict[PurePosixPath, str]:
    """Returns the text of every file of a generated package but its manifest, by relative path.

    Args:
      package: the package.
      specs: the classes to generate.
      tfp_version: the version of TFP that they were read from.

    Raises:
      CompilationError: if a constructor's argument has a name that the templates need
        themselves, or if what they render is no Python.
    """
    modules: dict[str, list[ClassSpec]] = {}
    for spec in sorted(specs, key=lambda spec: spec.name):
        modules.setdefault(package.module_of(spec), []).append(spec)
    # A distribution and a bijector may have one name; each is at home in its own example.
    homes = {trainable_name(spec): package.subpackage_of(spec) for spec in specs}
    files = export_files(package, modules, tfp_version)
    if not package.is_own:  # Another is a part of what its owner may or may not call typed.
        files[package.path_of(package.name) / "py.typed"] = f"{HEADER}\n"
    for module, classes in modules.items():
        views = [
            class_view(spec, {**homes, trainable_name(spec): package.subpackage_of(spec)})
            for spec in classes
        ]
        imports = partial(_imports, module, classes)
        files[package.path_of(module).with_suffix(".py")] = render_source(
            "module.py.jinja",
            module,
            sources=_sources(package, classes),
            imports_of_classes=imports(of_runtime=False),
            imports_of_runtime=imports(of_runtime=True),
            runtime=_runtime_names(classes, views),
            runtime_types=_runtime_types(views),
            own_bijectors=_own_bijectors(classes),
            uses_partial=any(spec.is_bound for spec in classes),
            uses_typed_dict=any(spec.variables for spec in classes),
            classes=views,
        )
    return files


def _sources(package: Package, classes: Iterable[ClassSpec]) -> str:
    """Returns where classes are defined, as a phrase: a file of TFP, or modules."""
    modules = sorted({spec.reference.module for spec in classes})
    if package.is_own:
        return " and ".join(f"`{module}`" for module in modules)
    below = modules[0].removeprefix("tensorflow_probability.python.")
    return f"TFP's `{below.replace('.', '/')}.py`"


def _imports(
    module: str, classes: Iterable[ClassSpec], *, of_runtime: bool
) -> list[tuple[str, list[str]]]:
    """Returns what a module imports for its facts, by module: from the runtime, or not.

    Raises:
      CompilationError: if one name would have to be imported from two modules.
    """
    references = {it for spec in classes for it in (spec.reference, *spec.imports)}
    _check_unambiguous(module, references)
    modules: dict[str, list[str]] = {}
    for reference in sorted(references, key=lambda part: (part.module, part.name)):
        if reference.module.startswith("tfp_trainables_runtime.") is not of_runtime:
            continue
        modules.setdefault(reference.module, []).append(reference.name)
    return sorted(modules.items())


def _check_unambiguous(module: str, references: Iterable[Reference]) -> None:
    origins: dict[str, list[str]] = {}
    for reference in references:
        origins.setdefault(reference.name, []).append(reference.module)
    problems = [
        f"{module}: expected one module to import {name} from, got {', '.join(sorted(modules))}"
        for name, modules in sorted(origins.items())
        if len(modules) > 1
    ]
    if problems:
        raise CompilationError(problems)


def _own_bijectors(classes: Iterable[ClassSpec]) -> list[str]:
    """Returns the constraining bijectors that are somebody's own."""
    references = {reference for spec in classes for reference in spec.bijectors}
    return sorted(part.name for part in references if not is_first_party(part.module))


def _runtime_names(specs: Iterable[ClassSpec], views: Iterable[ClassView]) -> list[str]:
    names = {"trainable"}
    for view in views:
        names.add(view.base)
        if view.variables:
            names.update({"TRAINABLE", "Omitted", "ParameterInitializer"})
        else:
            names.add("no_variables")
        if view.spec.parts:
            names.add("check_parts")
        if view.spec.has_requirements:
            names.add("Requirements")
        if not all(attribute.is_inherited for attribute in view.attributes):
            names.add("parameter")
    if any(spec.deferred for spec in specs):
        names.add("deferred")
    if _own_bijectors(specs):
        names.add("rebuildable")
    return sorted(names)


def _runtime_types(views: Iterable[ClassView]) -> list[str]:
    used = {"DTypeLike", "ParameterInitFn", "Seed", "ShapeLike"}
    for view in views:
        used.add("TensorLike" if view.variables else "NoInitialParameters")
        for argument in view.arguments:
            used.update(argument.annotation.names.intersection(typing.__all__))
        for attribute in view.attributes:
            used.update(attribute.types)
        for method in view.methods:
            used.update(method.types)
    return sorted(used)
