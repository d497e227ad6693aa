"""Renders what a generated package exports: its `__init__` files, and how to look classes up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from tfp_trainables_generator.render.classes import keys_name, trainable_name
from tfp_trainables_generator.render.templating import render_source
from tfp_trainables_generator.spec.classes import ClassSpec
from tfp_trainables_generator.spec.packages import Package

_RUNTIME_EXPORTS = (
    "TRAINABLE",
    "ApplyFn",
    "CompilationWarning",
    "GeneratedFromAnotherTFPWarning",
    "InitFn",
    "Omitted",
    "ProgramTable",
    "Summary",
    "Trainable",
    "TrainableBijector",
    "TrainableDistribution",
    "TrainableKernel",
    "ValueAndGradient",
    "__version__",
    "execution",
    "programs",
    "set_execution",
    "summary",
    "value_and_gradient",
)
_LOOKUP_EXPORTS = ("make_trainable", "make_trainable_stateless", "trainable_class")


def export_files(
    package: Package, modules: Mapping[str, Sequence[ClassSpec]], tfp_version: str
) -> dict[PurePosixPath, str]:
    """Returns the text of the files that export the generated classes, by relative path.

    Args:
      package: the generated package.
      modules: its modules that define classes.
      tfp_version: the version of TFP that they were read from.

    Raises:
      CompilationError: if what the templates render is no Python.
    """
    exports: dict[str, dict[str, list[str]]] = {}
    for module, classes in modules.items():
        subpackage, _, name = module.rpartition(".")
        names = [trainable_name(spec) for spec in classes]
        names += [keys_name(spec) for spec in classes if spec.variables]
        exports.setdefault(subpackage, {})[name] = sorted(names)
    files: dict[PurePosixPath, str] = {}
    for subpackage, contents in exports.items():
        folder = package.path_of(subpackage)
        lazy = "own_package.py.jinja" if package.is_own else "package.py.jinja"
        for template, file in ((lazy, "__init__.py"), ("package.pyi.jinja", "__init__.pyi")):
            files[folder / file] = render_source(
                template,
                subpackage,
                public_name=package.namespace_of(subpackage),
                sources=package.sources,
                tfp_version=tfp_version,
                modules=sorted(contents.items()),
                names=sorted(name for names in contents.values() for name in names),
            )
    if not package.is_own:
        files.update(_tree_files(package, sorted(exports), tfp_version))
    return files


def _tree_files(
    package: Package, subpackages: Sequence[str], tfp_version: str
) -> dict[PurePosixPath, str]:
    """Returns what is above the packages that export classes: the root, and what it offers."""
    files: dict[PurePosixPath, str] = {}
    for parent in sorted({name.rpartition(".")[0] for name in subpackages}):
        below = f"{parent}."
        children = sorted(
            {
                name.removeprefix(below).partition(".")[0]
                for name in subpackages
                if name.startswith(below)
            }
        )
        files[package.path_of(parent) / "__init__.py"] = render_source(
            "root.py.jinja" if parent == package.name else "subpackages.py.jinja",
            parent,
            package=parent,
            public_name=package.namespace_of(parent),
            children=children,
            tfp_version=tfp_version,
            lookup_names=_LOOKUP_EXPORTS,
            runtime_names=sorted([*_RUNTIME_EXPORTS, "check_tfp_version"]),
            exported_names=sorted([*_RUNTIME_EXPORTS, *_LOOKUP_EXPORTS, *children]),
        )
    below = f"{package.name}."
    files[package.path_of(package.name) / "lookup.py"] = render_source(
        "lookup.py.jinja",
        "lookup",
        package=package.name,
        packages=[name.removeprefix(below) for name in subpackages],
        children=sorted({name.removeprefix(below).partition(".")[0] for name in subpackages}),
    )
    return files
