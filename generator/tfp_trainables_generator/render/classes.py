"""What the templates print: ready expressions, made from the facts of a spec."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.render.attributes import AttributeView, attribute_views
from tfp_trainables_generator.render.docstrings import (
    argument_lines,
    escaped,
    overview_lines,
)
from tfp_trainables_generator.render.examples import example_lines
from tfp_trainables_generator.render.methods import MethodView, event_words, method_views
from tfp_trainables_generator.spec.classes import ClassSpec
from tfp_trainables_generator.spec.expressions import BijectorSpec
from tfp_trainables_generator.spec.parameters import ParameterSpec
from tfp_trainables_generator.spec.printing import (
    Names,
    arguments_source,
    bijector_source,
    shape_source,
)
from tfp_trainables_generator.spec.types import TypeExpression

_RESERVED = frozenset(
    {
        "TRAINABLE",
        "batch_and_event_shape",
        "creation",
        "deferred",
        "eps",
        "initial_parameters",
        "initializer",
        "parameter_dtype",
        "partial",
        "tf",
    }
)


@dataclass(frozen=True)
class ArgumentView:
    """An argument of a generated constructor, as printed."""

    name: str
    annotation: TypeExpression
    default: str | None


@dataclass(frozen=True)
class VariableView:
    """The creation of one variable, as printed.

    Attributes:
      parameter: the parameter.
      shape: an expression for its shape.
      bijector: an expression for what makes its constraining bijector; empty for operators.
      alternative: another parameter that it may start from.
    """

    parameter: ParameterSpec
    shape: str
    bijector: str
    alternative: ParameterSpec | None


@dataclass(frozen=True)
class ClassView:
    """A generated class, as printed: the facts, and ready expressions made from them.

    Attributes:
      spec: the facts.
      name: what it is called.
      keys: what the type of its `initial_parameters` is called.
      base: the runtime's class that it derives from.
      overview: the lines of its docstring that tell of variables and shapes.
      example: the lines of the example there.
      argument_lines: the `Args` of its constructor's docstring.
      named: the argument for its name, if that may be passed by position.
      scope: an expression for the name that it was given, if it can have one: the names of
        its variables begin with it.
      arguments: the other arguments, after those of every trainable.
      variables: the creation of each variable.
      gives_way: parameters that get no variable where another one is passed, with that.
      uses_shape: whether the constructor has the shape as a variable.
      constructor_arguments: what TFP's constructor is called with.
      event: the shape of an event, as a term to add to another.
      attributes: its parameters.
      methods: its methods.
    """

    spec: ClassSpec
    name: str
    keys: str
    base: str
    overview: Sequence[str]
    example: Sequence[str]
    argument_lines: Sequence[str]
    named: ArgumentView | None
    scope: str
    arguments: Sequence[ArgumentView]
    variables: Sequence[VariableView]
    gives_way: Sequence[tuple[str, str]]
    uses_shape: bool
    constructor_arguments: Sequence[tuple[str, str]]
    event: str
    attributes: Sequence[AttributeView]
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
        f"{spec.qualified_name}, parameter {name!r}: generated constructors use this name "
        "themselves; rename the parameter"
        for name in sorted(_RESERVED & {parameter.name for parameter in spec.parameters})
    ]


def class_view(spec: ClassSpec, homes: Mapping[str, str]) -> ClassView:
    """Returns what the templates print of a class.

    Args:
      spec: the class.
      homes: what each generated class is imported from, by its name.

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
    arguments = _arguments(spec)
    named = next((argument for argument in arguments if _is_name(spec, argument)), None)
    determined = [(it.name, it.determines) for it in spec.trainable_parameters if it.determines]
    return ClassView(
        spec=spec,
        name=trainable_name(spec),
        keys=keys_name(spec),
        base=f"Trainable{spec.kind.capitalize()}",
        overview=overview_lines(spec, indent=4),
        example=[escaped(line) for line in example_lines(spec, homes)],
        argument_lines=argument_lines(spec, indent=8),
        named=named,
        scope=_scope(arguments),
        arguments=[argument for argument in arguments if argument is not named],
        variables=[_variable_view(spec, it, names) for it in spec.trainable_parameters],
        gives_way=[*((it.replaces, it.name) for it in spec.alternatives), *determined],
        uses_shape=bool(spec.variables) and not is_shape_taken,
        constructor_arguments=_constructor_arguments(spec),
        event=event_words(spec),
        attributes=attribute_views(spec),
        methods=method_views(spec),
    )


def _variable_view(spec: ClassSpec, parameter: ParameterSpec, names: Names) -> VariableView:
    if parameter.shape is None:
        raise AssertionError(f"{parameter.name} is not trainable")
    return VariableView(
        parameter,
        shape=shape_source(parameter.shape, names),
        bijector=_bijector_factory(parameter.bijector, names) if parameter.bijector else "",
        alternative=spec.alternative_to(parameter.name),
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
            views.append(ArgumentView(parameter.name, annotation, parameter.default or "TRAINABLE"))
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


def _scope(arguments: Sequence[ArgumentView]) -> str:
    name = next((argument for argument in arguments if argument.name == "name"), None)
    if name is None:
        return ""
    # By default, variables are named as `make_trainable` names them.
    is_named = name.default in (None, "None")
    return "name" if is_named else f"None if name == {name.default} else name"


def _constructor_arguments(spec: ClassSpec) -> list[tuple[str, str]]:
    pairs = [
        (it.name, f"initializer.as_real({it.name})" if it.is_naturally_integer else it.name)
        for it in spec.parameters
    ]
    if spec.deferred is None:
        return pairs
    deferred = (
        f"deferred({spec.deferred.parameter}, {spec.deferred.function}, dtype=initializer.dtype)"
    )
    return [
        (spec.deferred.argument, deferred) if name == spec.deferred.parameter else (name, value)
        for name, value in pairs
    ]
