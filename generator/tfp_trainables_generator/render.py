"""Third phase: from specs to source text, all of it in memory.

Decides nothing about TFP: it prints ready expressions through the templates and formats
every file with black.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path, PurePosixPath

import black
from black.mode import TargetVersion
from black.parsing import InvalidInput
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tfp_trainables_generator.annotations import RUNTIME_TYPES
from tfp_trainables_generator.discover import NAMESPACES
from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.expressions import Reference
from tfp_trainables_generator.naming import HEADER, PACKAGE
from tfp_trainables_generator.spec import ClassSpec
from tfp_trainables_generator.views import ClassView, class_view, keys_name, trainable_name

__all__ = ["module_of", "render"]

_MODE = black.Mode(target_versions={TargetVersion.PY310}, line_length=88, string_normalization=True)
_RUNTIME_EXPORTS = (
    "TRAINABLE",
    "ApplyFn",
    "CompilationWarning",
    "GeneratedFromAnotherTFPWarning",
    "InitFn",
    "Omitted",
    "Trainable",
    "TrainableBijector",
    "TrainableDistribution",
    "TrainableKernel",
)
_PARAMETERIZATIONS = "tfp_trainables_runtime.parameterizations"
_LOOKUP_EXPORTS = ("make_trainable", "make_trainable_stateless", "trainable_class")


def module_of(spec: ClassSpec) -> str:
    """Returns the module of the generated class: `tfp_trainables.distributions.normal`."""
    namespace = next(part for part in NAMESPACES if part.public_name == spec.namespace)
    return f"{PACKAGE}.{namespace.package}.{spec.reference.module.rpartition('.')[2]}"


def render(
    specs: Sequence[ClassSpec], *, tfp_version: str, manifest: str
) -> dict[PurePosixPath, str]:
    """Returns the text of every file of the generated package, by relative path.

    Args:
      specs: the classes to generate.
      tfp_version: the version of TFP that they were read from.
      manifest: the text of `manifest.json`.

    Raises:
      CompilationError: if a constructor's argument has a name that the templates need
        themselves, or if what they render is no Python.
    """
    environment = _environment()
    modules: dict[str, list[ClassSpec]] = {}
    for spec in specs:
        modules.setdefault(module_of(spec), []).append(spec)
    files: dict[PurePosixPath, str] = {
        PurePosixPath(PACKAGE, "manifest.json"): manifest,
        PurePosixPath(PACKAGE, "py.typed"): f"{HEADER}\n",
    }
    for module, classes in modules.items():
        views = [class_view(spec) for spec in sorted(classes, key=lambda spec: spec.name)]
        imports = partial(_imports, classes)
        text = environment.get_template("module.py.jinja").render(
            header=HEADER,
            tfp_file=_tfp_file(classes[0]),
            imports_of_tfp=imports(of_runtime=False),
            imports_of_runtime=imports(of_runtime=True),
            runtime=_runtime_names(classes, views),
            runtime_types=_runtime_types(views),
            uses_partial=any(view.uses_partial for view in views),
            uses_typed_dict=any(view.variables for view in views),
            classes=views,
        )
        files[_path(module)] = _format(text, module)
    files.update(_packages(environment, modules, tfp_version))
    return dict(sorted(files.items()))


def _environment() -> Environment:
    here = Path(__file__).parent
    # In a wheel the templates lie in the package; in a checkout, beside it.
    folders = [here / "templates", here.parents[1] / "templates"]
    return Environment(
        loader=FileSystemLoader([folder for folder in folders if folder.is_dir()]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - source code, not HTML
    )


def _path(module: str) -> PurePosixPath:
    return PurePosixPath(*module.split(".")).with_suffix(".py")


def _format(text: str, name: str) -> str:
    try:
        return black.format_str(text, mode=_MODE)
    except InvalidInput as error:
        raise CompilationError(
            [f"{name}: the templates render no valid Python: {error}"]
        ) from error


def _packages(
    environment: Environment, modules: dict[str, list[ClassSpec]], tfp_version: str
) -> dict[PurePosixPath, str]:
    """Renders the `__init__` files of the package and of its subpackages."""
    files: dict[PurePosixPath, str] = {}
    exports: dict[str, dict[str, list[str]]] = {}
    for module, classes in modules.items():
        package, _, name = module.rpartition(".")
        names = [trainable_name(spec) for spec in classes]
        names += [keys_name(spec) for spec in classes if spec.variables]
        exports.setdefault(package, {})[name] = sorted(names)
    for package, contents in exports.items():
        folder = PurePosixPath(*package.split("."))
        context = {
            "header": HEADER,
            "package": package,
            "public_name": _public_name(package),
            "modules": sorted(contents.items()),
            "names": sorted(name for names in contents.values() for name in names),
        }
        for template, suffix in (("package.py.jinja", "py"), ("package.pyi.jinja", "pyi")):
            text = environment.get_template(template).render(context)
            path = folder / f"__init__.{suffix}"
            files[path] = black.format_str(
                text, mode=black.Mode(line_length=88, is_pyi=suffix == "pyi")
            )
    for package in {name.rpartition(".")[0] for name in exports}:
        children = sorted(
            {
                name.removeprefix(f"{package}.").split(".")[0]
                for name in exports
                if name.startswith(f"{package}.")
            }
        )
        template = "root.py.jinja" if package == PACKAGE else "subpackages.py.jinja"
        text = environment.get_template(template).render(
            header=HEADER,
            package=package,
            public_name=_public_name(package),
            children=children,
            tfp_version=tfp_version,
            lookup_names=_LOOKUP_EXPORTS,
            runtime_names=sorted([*_RUNTIME_EXPORTS, "check_tfp_version"]),
            exported_names=sorted([*_RUNTIME_EXPORTS, *_LOOKUP_EXPORTS, *children]),
        )
        path = PurePosixPath(*package.split("."), "__init__.py")
        files[path] = _format(text, package)
    lookup = environment.get_template("lookup.py.jinja").render(
        header=HEADER,
        package=PACKAGE,
        packages=sorted(name.removeprefix(f"{PACKAGE}.") for name in exports),
        children=sorted({name.split(".")[1] for name in exports}),
    )
    files[PurePosixPath(PACKAGE, "lookup.py")] = _format(lookup, "lookup")
    return files


def _public_name(package: str) -> str:
    """Returns the namespace of TFP that a generated package is for."""
    inside = package.removeprefix(PACKAGE).removeprefix(".")
    names = {part.package: part.public_name for part in NAMESPACES}
    return names.get(inside, f"tfp.{inside}" if inside else "tfp")


def _tfp_file(spec: ClassSpec) -> str:
    path = spec.reference.module.removeprefix("tensorflow_probability.python.")
    return f"{path.replace('.', '/')}.py"


def _imports(classes: Iterable[ClassSpec], *, of_runtime: bool) -> list[tuple[str, list[str]]]:
    """Returns what a module imports for its facts, by module: from TFP or from the runtime."""
    references: set[Reference] = set()
    for spec in classes:
        references.add(spec.reference)
        if spec.deferred:
            references.add(spec.deferred.base)
        for parameter in spec.parameters:
            references.update(parameter.imports)
            if parameter.conversion:
                references.add(Reference(_PARAMETERIZATIONS, parameter.conversion))
            if parameter.is_trainable and parameter.bijector:
                references.update(parameter.bijector.references)
    modules: dict[str, list[str]] = {}
    for reference in sorted(references, key=lambda part: (part.module, part.name)):
        if reference.module.startswith("tfp_trainables_runtime.") is not of_runtime:
            continue
        modules.setdefault(reference.module, []).append(reference.name)
    return sorted(modules.items())


def _runtime_names(specs: Iterable[ClassSpec], views: Iterable[ClassView]) -> list[str]:
    names = {"ParameterInitializer", "trainable"}
    for view in views:
        names.add(view.base)
        if view.variables:
            names.update({"TRAINABLE", "Omitted"})
    if any(spec.deferred for spec in specs):
        names.add("deferred")
    return sorted(names)


def _runtime_types(views: Iterable[ClassView]) -> list[str]:
    used = {"DTypeLike", "ParameterInitFn", "Seed", "ShapeLike"}
    for view in views:
        used.add("TensorLike" if view.variables else "NoInitialParameters")
        annotations = [argument.annotation for argument in view.arguments]
        annotations += [method.arguments for method in view.methods]
        for annotation in annotations:
            used.update(name for name in RUNTIME_TYPES if name in _identifiers(annotation))
    return sorted(used)


def _identifiers(annotation: str) -> set[str]:
    return set(annotation.replace("[", " ").replace("]", " ").replace(",", " ").split())
