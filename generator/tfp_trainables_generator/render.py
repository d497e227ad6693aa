"""Third phase: from specs to source text, all of it in memory.

Decides nothing about TFP: it prints ready expressions through the templates and formats
every file with black.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import black
from black.mode import TargetVersion
from black.parsing import InvalidInput
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tfp_trainables_generator.annotations import RUNTIME_TYPES
from tfp_trainables_generator.discover import NAMESPACES
from tfp_trainables_generator.documentation import argument_lines, overview_lines, summary
from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.naming import HEADER, PACKAGE
from tfp_trainables_generator.source import bijector_source, shape_source
from tfp_trainables_generator.spec import (
    BijectorSpec,
    ClassSpec,
    ParameterSpec,
    Reference,
    Role,
)

__all__ = ["module_of", "render"]

_RESERVED = frozenset(
    {
        "TRAINABLE",
        "batch_and_event_shape",
        "deferred",
        "eps",
        "initial_parameters",
        "initializer",
        "parameter_dtype",
        "shape",
        "tf",
    }
)
_MODE = black.Mode(target_versions={TargetVersion.PY310}, line_length=88, string_normalization=True)
_EXAMPLE_MODE = black.Mode(line_length=84, magic_trailing_comma=False)
_RUNTIME_EXPORTS = (
    "TRAINABLE",
    "GeneratedFromAnotherTFPWarning",
    "Omitted",
    "Trainable",
    "TrainableBijector",
    "TrainableDistribution",
)


@dataclass(frozen=True)
class ArgumentView:
    """An argument of a generated constructor, as printed."""

    name: str
    annotation: str
    default: str | None


@dataclass(frozen=True)
class SizeView:
    """A size to check before a variable is created, as printed."""

    name: str
    minimum: int


@dataclass(frozen=True)
class VariableView:
    """The creation of one variable, as printed."""

    name: str
    shape: str
    bijector: str
    sizes: tuple[SizeView, ...]


@dataclass(frozen=True)
class ClassView:
    """A generated class, as printed."""

    name: str
    tfp_name: str
    base: str
    keys: str
    summary: str
    overview: Sequence[str]
    example: Sequence[str]
    kind: str
    argument_lines: Sequence[str]
    arguments: Sequence[ArgumentView]
    variables: Sequence[VariableView]
    replacements: Sequence[tuple[str, str]]
    minimum_ndims: Sequence[tuple[str, int]]
    repeats_last: Sequence[str]
    uses_shape: bool
    uses_eps: bool
    overrides_wrapper: bool
    constructor: str
    constructor_arguments: Sequence[tuple[str, str]]
    restates_parameters: Sequence[str]


def module_of(spec: ClassSpec) -> str:
    """Returns the module of the generated class: `tfp_trainables.distributions.normal`."""
    namespace = next(part for part in NAMESPACES if part.public_name == spec.namespace)
    folder = namespace.output_folder.replace("/", ".")
    return f"{PACKAGE}.{folder}.{spec.reference.module.rpartition('.')[2]}"


def render(
    specs: Sequence[ClassSpec], *, tfp_version: str, manifest: str
) -> dict[PurePosixPath, str]:
    """Returns the text of every file of the generated package, by relative path.

    Args:
      specs: the classes to generate.
      tfp_version: the version of TFP that they were read from.
      manifest: the text of `manifest.json`.

    Raises:
      CompilationError: if two files or classes would have one name, or if a template
        renders what is no Python.
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
        views = [_class_view(spec) for spec in sorted(classes, key=lambda spec: spec.name)]
        text = environment.get_template("module.py.jinja").render(
            header=HEADER,
            tfp_file=_tfp_file(classes[0]),
            imports=_imports(classes),
            runtime=_runtime_names(classes, views),
            runtime_types=_runtime_types(views),
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
        names = [_trainable_name(spec) for spec in classes]
        names += [_keys_name(spec) for spec in classes if spec.variables]
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
            runtime_names=sorted([*_RUNTIME_EXPORTS, "check_tfp_version"]),
            exported_names=sorted([*_RUNTIME_EXPORTS, *children]),
        )
        path = PurePosixPath(*package.split("."), "__init__.py")
        files[path] = _format(text, package)
    return files


def _public_name(package: str) -> str:
    return f"tfp{package.removeprefix(PACKAGE)}"


def _trainable_name(spec: ClassSpec) -> str:
    return f"Trainable{spec.name}"


def _keys_name(spec: ClassSpec) -> str:
    return f"{spec.name}InitialParameters" if spec.variables else "NoInitialParameters"


def _class_view(spec: ClassSpec) -> ClassView:
    clashes = sorted(_RESERVED & {parameter.name for parameter in spec.parameters})
    if clashes:
        raise CompilationError(
            [f"{spec.qualified_name}: the constructor's {clashes} are names of the template's own"]
        )
    variables = [_variable_view(parameter) for parameter in spec.trainable_parameters]
    expressions = [variable.bijector for variable in variables]
    return ClassView(
        name=_trainable_name(spec),
        tfp_name=spec.name,
        base="TrainableDistribution" if spec.kind == "distribution" else "TrainableBijector",
        keys=_keys_name(spec),
        summary=summary(spec),
        overview=overview_lines(spec, indent=4),
        example=_example_lines(spec),
        kind=spec.kind,
        argument_lines=argument_lines(spec, indent=8),
        arguments=_arguments(spec),
        variables=variables,
        replacements=[
            (parameter.replaces, parameter.name)
            for parameter in spec.parameters
            if parameter.replaces
        ],
        minimum_ndims=_minimum_ndims(spec),
        repeats_last=[
            parameter.name for parameter in spec.trainable_parameters if parameter.repeats_last
        ],
        uses_shape=bool(variables),
        uses_eps=any("eps" in expression for expression in expressions),
        overrides_wrapper=spec.has_wrapped_constructor,
        constructor=spec.deferred.base.name if spec.deferred else spec.name,
        constructor_arguments=_constructor_arguments(spec),
        restates_parameters=(
            [parameter.name for parameter in spec.parameters] if spec.restates_parameters else []
        ),
    )


def _tfp_file(spec: ClassSpec) -> str:
    path = spec.reference.module.removeprefix("tensorflow_probability.python.")
    return f"{path.replace('.', '/')}.py"


def _variable_view(parameter: ParameterSpec) -> VariableView:
    if parameter.shape is None or parameter.bijector is None:
        raise AssertionError(f"{parameter.name} is not trainable")
    return VariableView(
        name=parameter.name,
        shape=shape_source(parameter.shape, shape="shape"),
        bijector=_bijector_factory(parameter.bijector),
        sizes=tuple(
            SizeView(str(dimension.size), max(1, 1 - dimension.offset))
            for dimension in parameter.shape.sizes
        ),
    )


def _bijector_factory(bijector: BijectorSpec) -> str:
    if not bijector.arguments:
        return bijector.name
    return f"lambda: {bijector_source(bijector, dtype='initializer.dtype.as_numpy_dtype')}"


def _minimum_ndims(spec: ClassSpec) -> list[tuple[str, int]]:
    # A part or a parameter that has to be passed may have the dimensions that TFP
    # broadcasts the variables to.
    broadcasts = any(
        parameter.role in (Role.COMPONENT, Role.UNCONSTRAINED) for parameter in spec.parameters
    )
    return [
        (parameter.name, parameter.minimum_ndims)
        for parameter in spec.trainable_parameters
        if parameter.minimum_ndims and (parameter.repeats_last or not broadcasts)
    ]


def _arguments(spec: ClassSpec) -> list[ArgumentView]:
    views = [ArgumentView(size, "int | None", "None") for size in spec.sizes]
    for parameter in spec.parameters:
        if parameter.name == "seed":  # Stands among the arguments of every class.
            continue
        if parameter.is_trainable:
            annotation = parameter.annotation.replace("TensorLike", "TensorLike | Omitted", 1)
            views.append(ArgumentView(parameter.name, annotation, "TRAINABLE"))
        else:
            views.append(ArgumentView(parameter.name, parameter.annotation, parameter.default))
    return views


def _constructor_arguments(spec: ClassSpec) -> list[tuple[str, str]]:
    pairs = [(parameter.name, parameter.name) for parameter in spec.parameters]
    if spec.deferred is None:
        return pairs
    deferred = (
        f"deferred({spec.deferred.parameter}, {spec.deferred.function}, dtype=initializer.dtype)"
    )
    return [
        (spec.deferred.argument, deferred) if name == spec.deferred.parameter else (name, value)
        for name, value in pairs
    ]


def _example_lines(spec: ClassSpec) -> list[str]:
    arguments: list[str] = []
    if spec.example.batch_and_event_shape:
        arguments.append(f"batch_and_event_shape={spec.example.batch_and_event_shape!r}")
    arguments += [f"{name}={value}" for name, value in spec.example.arguments]
    source = f"{spec.kind} = {_trainable_name(spec)}({', '.join(arguments)})"
    if "dtype" in " ".join(value for _, value in spec.example.arguments):
        source = f"dtype = np.float32\n{source}"
    return black.format_str(source, mode=_EXAMPLE_MODE).splitlines()


def _imports(classes: Iterable[ClassSpec]) -> list[tuple[str, list[str]]]:
    """Returns what a module imports from TFP, by module."""
    references: set[Reference] = set()
    for spec in classes:
        references.add(spec.reference)
        if spec.deferred:
            references.add(spec.deferred.base)
        for parameter in spec.parameters:
            references.update(parameter.imports)
            if parameter.is_trainable and parameter.bijector:
                references.update(_bijector_references(parameter.bijector))
    modules: dict[str, list[str]] = {}
    for reference in sorted(references, key=lambda part: (part.module, part.name)):
        modules.setdefault(reference.module, []).append(reference.name)
    return sorted(modules.items())


def _bijector_references(bijector: BijectorSpec) -> Iterable[Reference]:
    yield bijector.reference
    for _, argument in bijector.arguments:
        if isinstance(argument, BijectorSpec):
            yield from _bijector_references(argument)
    for part in bijector.parts:
        yield from _bijector_references(part)


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
        for argument in view.arguments:
            used.update(name for name in RUNTIME_TYPES if name in _identifiers(argument.annotation))
    return sorted(used)


def _identifiers(annotation: str) -> set[str]:
    return set(annotation.replace("[", " ").replace("]", " ").replace(",", " ").split())
