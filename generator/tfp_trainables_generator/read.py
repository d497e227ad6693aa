"""Second phase: from one public TFP class to its `ClassSpec`.

The only phase that touches TFP objects. What it cannot express it reports, with the
class and the parameter that it was reading.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import tensorflow as tf
from tensorflow_probability.python.distributions.distribution import (
    DiscreteDistributionMixin,
    Distribution,
)

from tfp_trainables_generator.annotated import (
    Annotations,
    Properties,
    annotates,
    annotations_of,
    gets_variable,
    stated_bijector,
    stated_shape,
)
from tfp_trainables_generator.annotations import annotation_of
from tfp_trainables_generator.defaults import source_of_default
from tfp_trainables_generator.discover import PublicClass
from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.expressions import BijectorSpec, Reference, ShapeRule
from tfp_trainables_generator.roles import annotated_role
from tfp_trainables_generator.spec import (
    ClassSpec,
    Example,
    ParameterSpec,
    Role,
    SkippedClass,
    SkipReason,
)
from tfp_trainables_generator.supplements import Constraint, Operator, Supplements

__all__ = ["Reading", "read", "read_all"]

_ABSTRACT_BASES = frozenset(
    {
        "tfp.bijectors.AutoCompositeTensorBijector",
        "tfp.bijectors.Bijector",
        "tfp.distributions.AutoCompositeTensorDistribution",
        "tfp.distributions.Distribution",
        "tfp.math.psd_kernels.AutoCompositeTensorPsdKernel",
        "tfp.math.psd_kernels.PositiveSemidefiniteKernel",
    }
)

_tf: Any = tf
_CompositeTensor: Any = _tf.__internal__.CompositeTensor


@dataclass(frozen=True)
class Reading:
    """What became of the classes that were read.

    Attributes:
      specs: those that a trainable can be generated for.
      skipped: those that there is a reason to skip.
      problems: what was wrong with the others, and with the supplements.
    """

    specs: tuple[ClassSpec, ...]
    skipped: tuple[SkippedClass, ...]
    problems: tuple[str, ...]


def read_all(classes: Sequence[PublicClass], supplements: Supplements) -> Reading:
    """Reads every class."""
    generated: list[ClassSpec] = []
    skipped: list[SkippedClass] = []
    problems = _superfluous_names(classes, supplements)
    for public in classes:
        try:
            result = read(public, supplements)
        except CompilationError as error:
            problems.extend(error.problems)
        except ValueError as error:
            problems.append(f"{public.qualified_name}: {error}")
        except Exception as error:  # A broken class fails in any way it likes.
            said = " ".join(str(error).split())
            problems.append(f"{public.qualified_name}: {type(error).__name__}: {said}")
        else:
            if isinstance(result, ClassSpec):
                generated.append(result)
            else:
                skipped.append(result)
    return Reading(tuple(generated), tuple(skipped), tuple(problems))


def read(public: PublicClass, supplements: Supplements) -> ClassSpec | SkippedClass:
    """Reads one class.

    Args:
      public: the class.
      supplements: what is known of it beyond what it annotates.

    Raises:
      CompilationError: if a fact has no expression in the spec, or if a supplement has
        become superfluous.
    """
    name = public.qualified_name
    skipped = _reason_to_skip(public, supplements)
    if skipped is not None:
        return skipped
    is_annotated = annotates(public.cls)
    annotations = annotations_of(public.cls)
    arguments = _constructor_arguments(public, supplements)
    parameters: list[ParameterSpec] = []
    problems: list[str] = []
    for argument in arguments.values():
        try:
            parameters.append(_read_parameter(public, argument, annotations, supplements))
        except ValueError as error:
            problems.append(f"{name}, parameter {argument.name!r}: {error}")
    if problems:
        raise CompilationError(problems)
    trainable = {parameter.name for parameter in parameters if parameter.is_trainable}
    facts = annotations.single
    try:
        spec = ClassSpec(
            namespace=public.namespace.public_name,
            reference=public.reference,
            kind=public.namespace.kind,
            parameters=tuple(parameters),
            variables=tuple(key for key in facts or arguments if key in trainable),
            is_composite=issubclass(public.cls, _CompositeTensor),
            is_discrete=issubclass(public.cls, DiscreteDistributionMixin),
            is_annotated=is_annotated,
            restates_parameters=name in supplements.restated,
            needed_by_make_trainable=tuple(
                parameter.name
                for parameter in parameters
                if is_annotated and _is_needed(parameter, arguments[parameter.name], annotations)
            ),
            refused_defaults=_refused_defaults(public, arguments, supplements),
            fatal_to_make_trainable=tuple(
                key for key in facts if key not in arguments and gets_variable(facts[key])
            ),
            has_wrapped_constructor=_has_wrapped_constructor(public.cls),
            deferred=supplements.deferred.get(name),
            has_estimates=_has_estimates(public, supplements),
        )
    except ValueError as error:  # Which names the class and what does not hold of it.
        raise CompilationError([f"{public.namespace.public_name}.{error}"]) from error
    return replace(spec, example=supplements.examples.get(name) or _plain_example(spec))


_PLAIN_SIZE = 3


def _plain_example(spec: ClassSpec) -> Example:
    """Returns the arguments to build a class with that needs nothing but sizes."""
    ndims = max((ndims for _, ndims in spec.minimum_ndims), default=0)
    sizes = tuple((size, str(_PLAIN_SIZE)) for size in spec.sizes)
    return Example((_PLAIN_SIZE,) * ndims, sizes)


def _reason_to_skip(public: PublicClass, supplements: Supplements) -> SkippedClass | None:
    name = public.qualified_name
    if name in _ABSTRACT_BASES:
        return SkippedClass(name, SkipReason.ABSTRACT_BASE, "a base to derive classes from")
    if public.reference.name.startswith("JointDistribution"):
        detail = "its parameters are those of the distributions that it is composed of"
        return SkippedClass(name, SkipReason.JOINT_DISTRIBUTION, detail)
    is_annotated = annotates(public.cls)
    if is_annotated and (name in supplements.parts or name in supplements.without_parameters):
        raise CompilationError(
            [f"{name}: superfluous supplement: {public.author} annotates its parameters"]
        )
    if not is_annotated and name not in supplements.parts:
        detail = supplements.without_parameters.get(
            name, f"{public.author} does not say which of its arguments are parameters"
        )
        return SkippedClass(name, SkipReason.NO_PARAMETER_PROPERTIES, detail)
    return None


def _has_wrapped_constructor(cls: type) -> bool:
    # The metaclass of distributions wraps every constructor, when the class is made: that
    # wrapper is in no source. One more is.
    constructor = vars(cls).get("__init__")
    wrapped = getattr(constructor, "__wrapped__", None)
    if issubclass(cls, Distribution):
        wrapped = getattr(wrapped, "__wrapped__", None)
    return wrapped is not None


def _has_estimates(public: PublicClass, supplements: Supplements) -> bool:
    name = "_maximum_likelihood_parameters"
    estimate: Any = getattr(public.cls, name, None)
    base: Any = getattr(Distribution, name)
    is_stated = estimate is not None and estimate.__func__ is not base.__func__
    if is_stated and _is_inherited(public.cls, name, below="_parameter_properties"):
        is_stated = False  # It is one of the parameters of another class.
    is_mistaken = public.qualified_name in supplements.mistaken_estimates
    if is_mistaken and not is_stated:
        raise CompilationError([f"{public.qualified_name}: superfluous supplement: no estimate"])
    return is_stated and not is_mistaken


def _is_inherited(cls: type, name: str, *, below: str) -> bool:
    """Tells whether a class has an attribute from above the class that defines another."""
    definers = [[name in vars(base) for base in cls.__mro__] for name in (name, below)]
    return definers[0].index(True) > definers[1].index(True)


def _refused_defaults(
    public: PublicClass, arguments: Mapping[str, inspect.Parameter], supplements: Supplements
) -> tuple[tuple[str, ...], ...]:
    groups = supplements.refused_defaults.get(public.qualified_name, ())
    for name in (name for group in groups for name in group):
        if name not in arguments or arguments[name].default is inspect.Parameter.empty:
            raise CompilationError(
                [f"{public.qualified_name}.{name}: superfluous supplement: it has no default"]
            )
    return groups


def _constructor_arguments(
    public: PublicClass, supplements: Supplements
) -> Mapping[str, inspect.Parameter]:
    """Returns the arguments for a caller to pass, in order.

    Left out are TFP's own: those with an underscore, and the `parameters` with which a
    subclass records what it was constructed with.
    """
    name = public.qualified_name
    signature = inspect.signature(public.cls.__init__)
    arguments: dict[str, inspect.Parameter] = {}
    hidden = False
    for argument in list(signature.parameters.values())[1:]:
        if argument.kind is inspect.Parameter.VAR_KEYWORD:
            hidden = True
        elif argument.kind is inspect.Parameter.VAR_POSITIONAL:
            raise CompilationError([f"{name}: the constructor takes *{argument.name}"])
        elif not argument.name.startswith("_") and (
            argument.name != "parameters" or argument.default is inspect.Parameter.empty
        ):
            arguments[argument.name] = argument
    forwarded = supplements.forwarded_keywords.get(name)
    if hidden and forwarded is None:
        raise CompilationError(
            [f"{name}: expected arguments by name, for no supplement says where its **kwargs go"]
        )
    if forwarded is not None and not hidden:
        raise CompilationError([f"{name}: superfluous supplement: it takes no **kwargs"])
    if forwarded is not None:
        target = getattr(importlib.import_module(forwarded.to.module), forwarded.to.name)
        for argument in list(inspect.signature(target.__init__).parameters.values())[1:]:
            if argument.name not in forwarded.besides:
                arguments.setdefault(argument.name, argument)
    return arguments


def _read_parameter(
    public: PublicClass,
    argument: inspect.Parameter,
    annotations: Annotations,
    supplements: Supplements,
) -> ParameterSpec:
    name, entry = argument.name, f"{public.qualified_name}.{argument.name}"
    facts = annotations.single.get(name)
    structural = supplements.structural.get(entry)
    replacement = supplements.replaces.get(entry)
    constraint = supplements.constraints.get(entry)
    shape, bijector = stated_shape(name, annotations), stated_bijector(name, annotations)
    if constraint is not None:
        shape, bijector = _supplemented(public, constraint, shape, bijector)
    missing = [
        what
        for what, fact in (("constraining bijector", bijector), ("shape rule", shape))
        if fact is None
    ]
    if public.qualified_name in supplements.parts:
        is_part = name in supplements.parts[public.qualified_name]
        role, reason = _stated_role(structural, constraint, is_part=is_part)
    else:
        role, reason = annotated_role(facts, structural, replacement, missing, author=public.author)
    operator = supplements.operators.get(entry)
    expected = {Role.COMPONENT} if operator is not None else {Role.TRAINABLE}
    if (constraint or operator) and role not in expected:
        raise ValueError(f"superfluous supplement: {public.author} itself makes it {role.value}")
    if operator is not None:
        return _trainable_operator(name, operator)
    has_default = argument.default is not inspect.Parameter.empty
    default: str | None = None
    imports: tuple[Reference, ...] = ()
    if has_default and role not in (Role.UNCONSTRAINED, Role.TRAINABLE):
        default, imports = source_of_default(argument.default, public.reference.module)
    return ParameterSpec(
        name=name,
        role=role,
        annotation=annotation_of(name, role, argument.default, has_default=has_default),
        default=default,
        imports=imports,
        event_ndims=_event_ndims_of(facts, constraint),
        shape=shape,
        bijector=bijector,
        reason=reason,
        replaces=replacement.parameter if replacement else "",
        conversion=replacement.conversion if replacement else "",
        source=constraint.source if constraint else "",
    )


def _trainable_operator(name: str, operator: Operator) -> ParameterSpec:
    return ParameterSpec(
        name=name,
        role=Role.TRAINABLE,
        annotation="LinearOperator | None" if operator.determines else "LinearOperator",
        event_ndims=1,
        shape=operator.diagonal,
        is_operator=True,
        determines=operator.determines,
    )


def _supplemented(
    public: PublicClass,
    constraint: Constraint,
    shape: ShapeRule | None,
    bijector: BijectorSpec | None,
) -> tuple[ShapeRule, BijectorSpec]:
    """Returns a shape rule and a bijector, what the class states and what a supplement does.

    Raises:
      ValueError: if both state the same, or neither.
    """
    for what, stated, supplement, mistaken in (
        ("a constraining bijector", bijector, constraint.bijector, constraint.mistaken_bijector),
        ("a shape rule", shape, constraint.shape, constraint.mistaken_shape),
    ):
        replaced = supplement != stated if constraint.overrides else stated == mistaken
        if supplement is not None and not replaced:
            raise ValueError(f"superfluous supplement: {public.author} itself states {what}")
    shape = constraint.shape or shape
    bijector = constraint.bijector or bijector
    if shape is None or bijector is None:
        raise ValueError(
            f"neither {public.author} nor the supplement states both bijector and shape"
        )
    return shape, bijector


def _stated_role(
    structural: str | None, constraint: Constraint | None, *, is_part: bool
) -> tuple[Role, str]:
    """Returns what an argument is of a class without annotations."""
    if constraint is not None:
        return Role.TRAINABLE, ""
    if structural is not None:
        return Role.STRUCTURAL, structural
    return (Role.COMPONENT if is_part else Role.OPTION), ""


def _event_ndims_of(facts: Properties | None, constraint: Constraint | None) -> int | None:
    if constraint is not None and constraint.event_ndims is not None:
        return constraint.event_ndims
    return facts.event_ndims if facts and isinstance(facts.event_ndims, int) else None


def _is_needed(
    parameter: ParameterSpec,
    argument: inspect.Parameter,
    annotations: Annotations,
) -> bool:
    """Tells whether `make_trainable` fails without the argument."""
    if parameter.is_operator:
        return True
    facts = annotations.single.get(argument.name)
    if facts is None or not gets_variable(facts):
        return argument.default is inspect.Parameter.empty
    if parameter.role is Role.ALTERNATIVE:
        return True  # Else it creates variables for both, where TFP takes one or the other.
    shape = stated_shape(argument.name, annotations)
    bijector = stated_bijector(argument.name, annotations)
    # It asks for no size, so a shape that needs one is a shape that fails.
    return bijector is None or shape is None or bool(shape.sizes)


def _superfluous_names(classes: Sequence[PublicClass], supplements: Supplements) -> list[str]:
    """Reports supplements for classes or parameters that there are no longer."""
    known = {public.qualified_name: public for public in classes}
    owners = {entry.rpartition(".")[0] for entry in supplements.parameters}
    problems = [
        f"{name}: superfluous supplement: there is no such class"
        for name in sorted({*supplements.classes, *owners} - set(known))
    ]
    for entry in sorted(supplements.parameters):
        owner, _, parameter = entry.rpartition(".")
        if owner in known and parameter not in _constructor_arguments(known[owner], supplements):
            problems.append(f"{entry}: superfluous supplement: there is no such parameter")
    return problems
