"""What the templates print: ready expressions, made from the facts of a spec."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import black

from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.render.docstrings import (
    argument_lines,
    escaped,
    overview_lines,
    summary,
)
from tfp_trainables_generator.render.methods import MethodView, event_words, method_views
from tfp_trainables_generator.spec.classes import ClassSpec
from tfp_trainables_generator.spec.expressions import BijectorSpec
from tfp_trainables_generator.spec.parameters import ParameterSpec
from tfp_trainables_generator.spec.printing import (
    Names,
    arguments_source,
    bijector_source,
    names_in,
    shape_source,
)
from tfp_trainables_generator.spec.types import TypeExpression

__all__ = ["ClassView", "class_view", "keys_name", "name_clashes", "trainable_name"]

_RESERVED = frozenset(
    {
        "TRAINABLE",
        "batch_and_event_shape",
        "deferred",
        "eps",
        "initial_parameters",
        "initializer",
        "parameter_dtype",
        "partial",
        "tf",
    }
)
_EXAMPLE_MODE = black.Mode(line_length=84, magic_trailing_comma=False)


@dataclass(frozen=True)
class ArgumentView:
    """An argument of a generated constructor, as printed."""

    name: str
    annotation: TypeExpression
    default: str | None


@dataclass(frozen=True)
class SizeView:
    """A size to check before a variable is created, as printed."""

    name: str
    minimum: int


@dataclass(frozen=True)
class AlternativeView:
    """Another parameter that a variable may start from, as printed."""

    name: str
    conversion: str


@dataclass(frozen=True)
class VariableView:
    """The creation of one variable, as printed."""

    name: str
    shape: str
    bijector: str
    sizes: tuple[SizeView, ...]
    alternative: AlternativeView | None
    is_operator: bool


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
    named: ArgumentView | None
    arguments: Sequence[ArgumentView]
    variables: Sequence[VariableView]
    replacements: Sequence[tuple[str, str]]
    gives_way: Sequence[tuple[str, str]]
    minimum_ndims: Sequence[tuple[str, int]]
    repeats_last: Sequence[str]
    uses_shape: bool
    uses_eps: bool
    uses_partial: bool
    overrides_wrapper: bool
    constructor: str
    constructor_arguments: Sequence[tuple[str, str]]
    restates_parameters: Sequence[str]
    has_estimates: bool
    event: str
    methods: Sequence[MethodView]


def trainable_name(spec: ClassSpec) -> str:
    """Returns the name of the generated class."""
    return f"Trainable{spec.name}"


def keys_name(spec: ClassSpec) -> str:
    """Returns the name of the type of `initial_parameters`."""
    return f"{spec.name}InitialParameters" if spec.variables else "NoInitialParameters"


def name_clashes(spec: ClassSpec) -> list[str]:
    """Returns what is wrong with arguments that have a name which the templates need themselves."""
    return [
        f"{spec.qualified_name}, parameter {name!r}: expected another name, for generated "
        "constructors need this one themselves"
        for name in sorted(_RESERVED & {parameter.name for parameter in spec.parameters})
    ]


def class_view(spec: ClassSpec) -> ClassView:
    """Returns what the templates print of a class.

    Raises:
      CompilationError: if an argument has a name that the templates need themselves.
    """
    if clashes := name_clashes(spec):
        raise CompilationError(clashes)
    is_shape_taken = any(parameter.name == "shape" for parameter in spec.parameters)
    names = Names(
        shape="initializer.shape" if is_shape_taken else "shape",
        dtype="initializer.dtype.as_numpy_dtype",
        as_tensor="initializer.as_tensor",
    )
    variables = [
        _variable_view(parameter, spec.alternative_to(parameter.name), names)
        for parameter in spec.trainable_parameters
    ]
    replacements = [
        (parameter.replaces, parameter.name) for parameter in spec.parameters if parameter.replaces
    ]
    arguments = _arguments(spec)
    named = next((argument for argument in arguments if _is_name(spec, argument)), None)
    return ClassView(
        name=trainable_name(spec),
        tfp_name=spec.name,
        base=f"Trainable{spec.kind.capitalize()}",
        keys=keys_name(spec),
        summary=summary(spec),
        overview=overview_lines(spec, indent=4),
        example=_example_lines(spec),
        kind=spec.kind,
        argument_lines=argument_lines(spec, indent=8),
        named=named,
        arguments=[argument for argument in arguments if argument is not named],
        variables=variables,
        replacements=replacements,
        gives_way=[
            *replacements,
            *(
                (parameter.name, parameter.determines)
                for parameter in spec.trainable_parameters
                if parameter.determines
            ),
        ],
        minimum_ndims=spec.minimum_ndims,
        repeats_last=[
            parameter.name for parameter in spec.trainable_parameters if parameter.repeats_last
        ],
        uses_shape=bool(variables) and not is_shape_taken,
        uses_eps=any(
            it.bijector and it.bijector.depends_on_eps for it in spec.trainable_parameters
        ),
        uses_partial=any(parameter.is_bound for parameter in spec.trainable_parameters),
        overrides_wrapper=spec.has_wrapped_constructor,
        constructor=spec.deferred.base.name if spec.deferred else spec.name,
        constructor_arguments=_constructor_arguments(spec),
        restates_parameters=(
            [parameter.name for parameter in spec.parameters] if spec.restates_parameters else []
        ),
        has_estimates=spec.has_estimates,
        event=event_words(spec),
        methods=method_views(spec),
    )


def _variable_view(
    parameter: ParameterSpec, alternative: ParameterSpec | None, names: Names
) -> VariableView:
    if parameter.shape is None:
        raise AssertionError(f"{parameter.name} is not trainable")
    return VariableView(
        name=parameter.name,
        shape=shape_source(parameter.shape, names),
        bijector=_bijector_factory(parameter.bijector, names) if parameter.bijector else "",
        sizes=tuple(  # Once each, though a square matrix has a size twice.
            dict.fromkeys(
                SizeView(str(dimension.size), max(1, 1 - dimension.offset))
                for dimension in parameter.shape.sizes
            )
        ),
        alternative=alternative and AlternativeView(alternative.name, alternative.conversion),
        is_operator=parameter.is_operator,
    )


def _bijector_factory(bijector: BijectorSpec, names: Names) -> str:
    if not bijector.arguments:
        return bijector.name
    if bijector.bound_to:  # A type checker does not see in a lambda that they have a value.
        return f"partial({bijector.name}, {arguments_source(bijector, names)})"
    return f"lambda: {bijector_source(bijector, names)}"


def _arguments(spec: ClassSpec) -> list[ArgumentView]:
    views = [ArgumentView(size, TypeExpression("int | None"), "None") for size in spec.sizes]
    views += [
        ArgumentView(name, TypeExpression("OperatorStructure"), '"tril"')
        for name in spec.structures
    ]
    for parameter in spec.parameters:
        if parameter.name == "seed":  # Stands among the arguments of every class.
            continue
        if parameter.is_trainable:
            annotation = parameter.annotation.with_second("Omitted")
            views.append(ArgumentView(parameter.name, annotation, "TRAINABLE"))
        else:
            views.append(ArgumentView(parameter.name, parameter.annotation, parameter.default))
    return views


def _is_name(spec: ClassSpec, argument: ArgumentView) -> bool:
    """Tells whether an argument is the name of a distribution, which cannot be keyword-only.

    TFP's joint distributions ask a constructor which name is the default, and so no
    component's own, and they look at positional arguments alone.
    """
    is_default = argument.default is not None
    return spec.kind == "distribution" and argument.name == "name" and is_default


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
    source = f"{spec.kind} = {trainable_name(spec)}({', '.join(arguments)})"
    if "dtype" in names_in(value for _, value in spec.example.arguments):
        source = f"dtype = np.float32\n{source}"
    return escaped(black.format_str(source, mode=_EXAMPLE_MODE)).splitlines()
