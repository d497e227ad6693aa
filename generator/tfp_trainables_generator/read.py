"""Second phase: from one public TFP class to its `ClassSpec`.

The only phase that touches TFP objects. What it cannot express it reports, with the
class and the parameter that it was reading.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import tensorflow as tf
from tensorflow_probability.python.bijectors.bijector import Bijector
from tensorflow_probability.python.distributions.distribution import (
    DiscreteDistributionMixin,
    Distribution,
)

from tfp_trainables_generator.annotations import annotation_of
from tfp_trainables_generator.bijectors import read_bijector
from tfp_trainables_generator.defaults import source_of_default
from tfp_trainables_generator.discover import PublicClass
from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.examples import EXAMPLES
from tfp_trainables_generator.expressions import BijectorSpec, Reference, ShapeRule
from tfp_trainables_generator.scalars import FLOATING_DTYPES
from tfp_trainables_generator.shapes import PROBE_SIZE, read_shape_rule
from tfp_trainables_generator.spec import (
    ClassSpec,
    Example,
    ParameterSpec,
    Role,
    SkippedClass,
    SkipReason,
)
from tfp_trainables_generator.supplements import (
    CONSTRAINTS,
    DEFERRED,
    FORWARDED_KEYWORDS,
    MISTAKEN_ESTIMATES,
    OPERATORS,
    PARTS,
    REFUSED_DEFAULTS,
    REPLACES,
    RESTATED,
    STRUCTURAL,
    WITHOUT_PARAMETERS,
    Constraint,
    Operator,
    Replacement,
)

__all__ = ["read", "read_all"]

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
Properties: TypeAlias = Any  # TFP's ParameterProperties, which has no types of its own.
PropertiesByDType: TypeAlias = Mapping[tf.DType, Mapping[str, Properties]]


def read_all(
    classes: tuple[PublicClass, ...],
) -> tuple[tuple[ClassSpec, ...], tuple[SkippedClass, ...]]:
    """Reads every class: each is either generated or skipped for a reason.

    Raises:
      CompilationError: with all problems of all classes.
    """
    generated: list[ClassSpec] = []
    skipped: list[SkippedClass] = []
    problems = _superfluous_names(classes)
    for public in classes:
        try:
            result = read(public)
        except CompilationError as error:
            problems.extend(error.problems)
        except Exception as error:  # A broken class of TFP fails in any way it likes.
            problems.append(f"{public.qualified_name}: {type(error).__name__}: {error}")
        else:
            if isinstance(result, ClassSpec):
                generated.append(result)
            else:
                skipped.append(result)
    if problems:
        raise CompilationError(problems)
    return tuple(generated), tuple(skipped)


def read(public: PublicClass) -> ClassSpec | SkippedClass:
    """Reads one class.

    Raises:
      CompilationError: if a fact has no expression in the spec, or if a supplement has
        become superfluous.
    """
    skipped = _reason_to_skip(public)
    if skipped is not None:
        return skipped
    is_annotated = _is_annotated(public.cls)
    properties: PropertiesByDType = _properties_by_dtype(public.cls) if is_annotated else {}
    arguments = _constructor_arguments(public)
    parameters: list[ParameterSpec] = []
    problems: list[str] = []
    for argument in arguments.values():
        try:
            parameters.append(_read_parameter(public, argument, properties))
        except ValueError as error:
            problems.append(f"{public.qualified_name}, parameter {argument.name!r}: {error}")
    if problems:
        raise CompilationError(problems)
    trainable = {parameter.name for parameter in parameters if parameter.is_trainable}
    facts: Mapping[str, Properties] = properties.get(tf.float32, {})
    return ClassSpec(
        namespace=public.namespace.public_name,
        reference=public.reference,
        kind=public.namespace.kind,
        parameters=tuple(parameters),
        variables=tuple(name for name in facts or arguments if name in trainable),
        is_composite=issubclass(public.cls, _CompositeTensor),
        is_discrete=issubclass(public.cls, DiscreteDistributionMixin),
        is_annotated=is_annotated,
        restates_parameters=public.qualified_name in RESTATED,
        needed_by_make_trainable=tuple(
            parameter.name
            for parameter in parameters
            if is_annotated and _is_needed(parameter, arguments[parameter.name], properties)
        ),
        refused_defaults=_refused_defaults(public, arguments),
        fatal_to_make_trainable=tuple(
            name for name in facts if name not in arguments and _gets_variable(facts[name])
        ),
        has_wrapped_constructor=_has_wrapped_constructor(public.cls),
        deferred=DEFERRED.get(public.qualified_name),
        has_estimates=_has_estimates(public),
        example=EXAMPLES.get(public.qualified_name, Example()),
    )


def _reason_to_skip(public: PublicClass) -> SkippedClass | None:
    name = public.qualified_name
    if name in _ABSTRACT_BASES:
        return SkippedClass(name, SkipReason.ABSTRACT_BASE, "a base to derive classes from")
    if public.reference.name.startswith("JointDistribution"):
        detail = "its parameters are those of the distributions that it is composed of"
        return SkippedClass(name, SkipReason.JOINT_DISTRIBUTION, detail)
    is_annotated = _is_annotated(public.cls)
    if is_annotated and (name in PARTS or name in WITHOUT_PARAMETERS):
        raise CompilationError([f"{name}: superfluous supplement: TFP annotates its parameters"])
    if not is_annotated and name not in PARTS:
        detail = WITHOUT_PARAMETERS.get(
            name, "TFP does not say which of its arguments are parameters"
        )
        return SkippedClass(name, SkipReason.NO_PARAMETER_PROPERTIES, detail)
    return None


def _is_annotated(cls: Any) -> bool:
    """Tells whether TFP says which arguments of a class are parameters."""
    try:
        cls.parameter_properties(dtype=tf.float32)
    except NotImplementedError:
        return False
    return True


def _properties_by_dtype(cls: Any) -> PropertiesByDType:
    # Bijectors and kernels have no sizes, and their method takes none.
    sizes = (
        {"num_classes": PROBE_SIZE}
        if "num_classes" in inspect.signature(cls.parameter_properties).parameters
        else {}
    )
    return {dtype: cls.parameter_properties(dtype=dtype, **sizes) for dtype in FLOATING_DTYPES}


def _has_wrapped_constructor(cls: type) -> bool:
    # The metaclass of distributions wraps every constructor, when the class is made: that
    # wrapper is in no source. One more is.
    constructor = vars(cls).get("__init__")
    wrapped = getattr(constructor, "__wrapped__", None)
    if issubclass(cls, Distribution):
        wrapped = getattr(wrapped, "__wrapped__", None)
    return wrapped is not None


def _has_estimates(public: PublicClass) -> bool:
    name = "_maximum_likelihood_parameters"
    estimate: Any = getattr(public.cls, name, None)
    base: Any = getattr(Distribution, name)
    is_stated = estimate is not None and estimate.__func__ is not base.__func__
    if public.qualified_name in MISTAKEN_ESTIMATES and not is_stated:
        raise CompilationError([f"{public.qualified_name}: superfluous supplement: no estimate"])
    return is_stated and public.qualified_name not in MISTAKEN_ESTIMATES


def _refused_defaults(
    public: PublicClass, arguments: Mapping[str, inspect.Parameter]
) -> tuple[tuple[str, ...], ...]:
    groups = REFUSED_DEFAULTS.get(public.qualified_name, ())
    for name in (name for group in groups for name in group):
        if name not in arguments or arguments[name].default is inspect.Parameter.empty:
            raise CompilationError(
                [f"{public.qualified_name}.{name}: superfluous supplement: it has no default"]
            )
    return groups


def _constructor_arguments(public: PublicClass) -> Mapping[str, inspect.Parameter]:
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
    forwarded = FORWARDED_KEYWORDS.get(name)
    if hidden and forwarded is None:
        raise CompilationError([f"{name}: no supplement says where its **kwargs go"])
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
    properties: PropertiesByDType,
) -> ParameterSpec:
    name = argument.name
    facts = properties.get(tf.float32, {}).get(name)
    supplement = STRUCTURAL.get(f"{public.qualified_name}.{name}")
    replacement = REPLACES.get(f"{public.qualified_name}.{name}")
    constraint = CONSTRAINTS.get(f"{public.qualified_name}.{name}")
    shape, bijector = _shape_of(facts), _bijector_of(name, facts, properties)
    if constraint is not None:
        shape, bijector = _supplemented(constraint, shape, bijector)
    missing = [
        what
        for what, fact in (("constraining bijector", bijector), ("shape rule", shape))
        if fact is None
    ]
    if public.qualified_name in PARTS:
        role, reason = _stated_role(public, name, supplement, constraint)
    else:
        role, reason = _role_of(facts, supplement, replacement, missing)
    operator = OPERATORS.get(f"{public.qualified_name}.{name}")
    expected = {Role.COMPONENT} if operator is not None else {Role.TRAINABLE}
    if (constraint or operator) and role not in expected:
        raise ValueError(f"superfluous supplement: TFP itself makes it {role.value}")
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
    constraint: Constraint, shape: ShapeRule | None, bijector: BijectorSpec | None
) -> tuple[ShapeRule, BijectorSpec]:
    """Returns a shape rule and a bijector, what TFP states and what a supplement does.

    Raises:
      ValueError: if both state the same, or neither.
    """
    if constraint.bijector is not None and bijector != constraint.mistaken_bijector:
        raise ValueError("superfluous supplement: TFP itself states a constraining bijector")
    if constraint.shape is not None and shape != constraint.mistaken_shape:
        raise ValueError("superfluous supplement: TFP itself states a shape rule")
    shape = constraint.shape or shape
    bijector = constraint.bijector or bijector
    if shape is None or bijector is None:
        raise ValueError("neither TFP nor the supplement states both bijector and shape")
    return shape, bijector


def _role_of(
    facts: Properties | None,
    supplement: str | None,
    replacement: Replacement | None,
    missing: Sequence[str],
) -> tuple[Role, str]:
    if facts is None:
        role, reason = Role.OPTION, ""
    elif not facts.is_tensor:
        role, reason = Role.COMPONENT, ""
    elif facts.specifies_shape or facts.event_ndims is None:
        role, reason = Role.STRUCTURAL, "it determines shapes"
        if not facts.specifies_shape:
            reason = "it has no batch of its own"
    elif not facts.is_preferred:
        role, reason = Role.ALTERNATIVE, ""
        if replacement is not None and replacement.is_mistakenly_preferred:
            raise ValueError("superfluous supplement: TFP itself makes it an alternative")
    elif replacement is not None and replacement.is_mistakenly_preferred:
        role, reason = Role.ALTERNATIVE, ""
    elif supplement is not None:
        return Role.STRUCTURAL, supplement
    elif missing:
        role = Role.UNCONSTRAINED
        reason = f"TFP states no {' and no '.join(missing)}"
    else:
        role, reason = Role.TRAINABLE, ""
    if supplement is not None:
        raise ValueError(f"superfluous supplement: TFP itself makes it {role.value}")
    return role, reason


def _stated_role(
    public: PublicClass, name: str, supplement: str | None, constraint: Constraint | None
) -> tuple[Role, str]:
    """Returns what an argument is of a class that TFP does not annotate."""
    if constraint is not None:
        return Role.TRAINABLE, ""
    if supplement is not None:
        return Role.STRUCTURAL, supplement
    if name in PARTS[public.qualified_name]:
        return Role.COMPONENT, ""
    return Role.OPTION, ""


def _event_ndims_of(facts: Properties | None, constraint: Constraint | None) -> int | None:
    if constraint is not None and constraint.event_ndims is not None:
        return constraint.event_ndims
    return facts.event_ndims if facts and isinstance(facts.event_ndims, int) else None


def _has_batch(facts: Properties) -> bool:
    """Tells whether a parameter is a tensor that has a batch shape."""
    return facts.is_tensor and not facts.specifies_shape and facts.event_ndims is not None


def _gets_variable(facts: Properties) -> bool:
    """Tells whether `make_trainable` tries to create a variable for a parameter."""
    return facts.is_preferred and _has_batch(facts)


def _is_needed(
    parameter: ParameterSpec,
    argument: inspect.Parameter,
    properties: PropertiesByDType,
) -> bool:
    """Tells whether `make_trainable` fails without the argument."""
    if parameter.is_operator:
        return True
    facts = properties.get(tf.float32, {}).get(argument.name)
    if facts is None or not _gets_variable(facts):
        return argument.default is inspect.Parameter.empty
    if parameter.role is Role.ALTERNATIVE:
        return True  # Else it creates variables for both, where TFP takes one or the other.
    shape, bijector = _shape_of(facts), _bijector_of(argument.name, facts, properties)
    # It asks for no size, so a shape that needs one is a shape that fails.
    return bijector is None or shape is None or bool(shape.sizes)


def _shape_of(facts: Properties | None) -> ShapeRule | None:
    """Returns the shape rule that TFP states, if any."""
    if facts is None or not _has_batch(facts):
        return None
    try:
        return read_shape_rule(facts.shape_fn)
    except NotImplementedError:
        return None


def _bijector_of(
    name: str, facts: Properties | None, properties: PropertiesByDType
) -> BijectorSpec | None:
    """Returns the constraining bijector that TFP states, if any."""
    if facts is None or not _has_batch(facts):
        return None
    if isinstance(facts.default_constraining_bijector_fn, Bijector):
        return None  # In the place of a function that makes one: nothing can call it.
    try:
        bijectors = {
            dtype: properties[dtype][name].default_constraining_bijector_fn()
            for dtype in properties
        }
    except NotImplementedError:
        return None
    return read_bijector(bijectors)


def _superfluous_names(classes: tuple[PublicClass, ...]) -> list[str]:
    """Reports supplements for classes or parameters that TFP no longer has."""
    known = {public.qualified_name: public for public in classes}
    problems: list[str] = []
    for table in (
        DEFERRED,
        EXAMPLES,
        FORWARDED_KEYWORDS,
        MISTAKEN_ESTIMATES,
        PARTS,
        REFUSED_DEFAULTS,
        RESTATED,
        WITHOUT_PARAMETERS,
    ):
        problems.extend(
            f"{name}: superfluous supplement: TFP has no such class"
            for name in table
            if name not in known
        )
    parts = [f"{owner}.{part}" for owner, names in PARTS.items() for part in names]
    for entry in (*CONSTRAINTS, *OPERATORS, *STRUCTURAL, *REPLACES, *parts):
        owner, _, parameter = entry.rpartition(".")
        if owner not in known:
            problems.append(f"{owner}: superfluous supplement: TFP has no such class")
        elif parameter not in _constructor_arguments(known[owner]):
            problems.append(f"{entry}: superfluous supplement: TFP has no such parameter")
    return problems
