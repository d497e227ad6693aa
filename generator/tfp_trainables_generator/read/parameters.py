"""From one argument of a constructor to its `ParameterSpec`."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

from tfp_trainables_generator.discover.classes import PublicClass
from tfp_trainables_generator.read.defaults import source_of_default
from tfp_trainables_generator.read.properties import Stated
from tfp_trainables_generator.read.types import type_of
from tfp_trainables_generator.spec.expressions import (
    BijectorSpec,
    Reference,
    ShapeRule,
    is_first_party,
)
from tfp_trainables_generator.spec.parameters import Attribute, Order, ParameterSpec, Role
from tfp_trainables_generator.spec.types import TypeExpression
from tfp_trainables_generator.supplements.model import Constraint, Operator, Supplements
from tfp_trainables_runtime.typing import Bijector, Distribution, PositiveSemidefiniteKernel

_DESCRIBED_BY_NAME = (Role.COMPONENT, Role.OPTION, Role.STRUCTURAL)
"""A parameter of a distribution may mean one thing here, and another there."""

_BASES = (Distribution, Bijector, PositiveSemidefiniteKernel)


def read_parameter(
    public: PublicClass,
    argument: inspect.Parameter,
    stated: Stated | None,
    supplements: Supplements,
) -> ParameterSpec:
    """Reads one argument.

    Args:
      public: the class.
      argument: the argument, as the constructor's signature has it.
      stated: what the class states of it, if it states anything.
      supplements: what is known beyond that.

    Raises:
      ValueError: if a fact has no expression in the spec, or if a supplement has become
        superfluous.
    """
    name, entry = argument.name, f"{public.qualified_name}.{argument.name}"
    constraint = supplements.constraints.get(entry)
    operator = supplements.operators.get(entry)
    replacement = supplements.replaces.get(entry)
    event_ndims, shape, bijector = None, None, None
    if stated is not None:
        event_ndims, shape, bijector = stated.event_ndims, stated.shape, stated.bijector
    if constraint is not None:
        shape, bijector = _supplemented(public, constraint, shape, bijector)
        event_ndims = event_ndims if constraint.event_ndims is None else constraint.event_ndims
    if public.qualified_name in supplements.parts:
        role, reason = _supplemented_role(public, name, supplements)
    else:
        facts = {"constraining bijector": bijector, "shape rule": shape}
        missing = [what for what, fact in facts.items() if fact is None]
        role, reason = _annotated_role(public, name, stated, missing, supplements)
    expected = Role.TRAINABLE if operator is None else Role.COMPONENT
    if (constraint or operator) and role is not expected:
        raise ValueError(f"remove the supplement: {public.author} itself makes it {role.in_words}")
    if operator is not None:
        return _trainable_operator(public, name, operator)
    follows = supplements.follows.get(entry, "")
    if follows and not (role is Role.TRAINABLE and argument.default is None):
        raise ValueError(f"remove the supplement: {public.author} itself has another default")
    description = supplements.descriptions.get(entry, "")
    if role in _DESCRIBED_BY_NAME:
        description = description or supplements.descriptions.get(name, "")
    default: str | None = None
    imports: tuple[Reference, ...] = ()
    has_default = argument.default is not inspect.Parameter.empty
    if has_default and (follows or role not in (Role.UNCONSTRAINED, Role.TRAINABLE)):
        default, imports = source_of_default(argument.default, public.reference.module)
    return ParameterSpec(
        name=name,
        role=role,
        annotation=type_of(public, argument, role),
        default=default,
        imports=imports,
        event_ndims=event_ndims,
        shape=shape,
        bijector=bijector,
        reason=reason,
        replaces=replacement.parameter if replacement else "",
        conversion=replacement.conversion if replacement else "",
        source=constraint.source if constraint else "",
        attribute=_attribute(public.cls, name),
        attribute_is=supplements.attributes.get(entry, ""),
        follows=follows,
        order=supplements.orders.get(entry, Order()),
        least_event_ndims=supplements.least_event_ndims.get(entry, 0),
        is_nonzero=entry in supplements.nonzero,
        is_naturally_integer=entry in supplements.naturally_integers,
        description=description,
    )


def _attribute(cls: type, name: str) -> Attribute:
    """Returns what a class has by the name of an argument."""
    found = inspect.getattr_static(cls, name, None)
    if found is None:
        return Attribute.MISSING
    of_all = any(inspect.getattr_static(base, name, None) is found for base in _BASES)
    is_parameter = isinstance(found, property) and not of_all
    return Attribute.PROPERTY if is_parameter else Attribute.OTHER


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
            raise ValueError(f"remove the supplement: {public.author} itself states {what}")
    shape = constraint.shape or shape
    bijector = constraint.bijector or bijector
    if shape is None or bijector is None:
        raise ValueError(
            f"neither {public.author} nor the supplement states both bijector and shape"
        )
    return shape, bijector


def _supplemented_role(
    public: PublicClass, name: str, supplements: Supplements
) -> tuple[Role, str]:
    """Returns what an argument is of a class without annotations, and why."""
    entry = f"{public.qualified_name}.{name}"
    if entry in supplements.constraints:
        return Role.TRAINABLE, ""
    if entry in supplements.structural:
        return Role.STRUCTURAL, supplements.structural[entry]
    is_part = name in supplements.parts[public.qualified_name]
    return (Role.COMPONENT if is_part else Role.OPTION), ""


def _annotated_role(
    public: PublicClass,
    name: str,
    stated: Stated | None,
    missing: Sequence[str],
    supplements: Supplements,
) -> tuple[Role, str]:
    """Returns what an argument is of a class with annotations, and why.

    Raises:
      ValueError: if a supplement says what the annotation says too, or if that is of no use.
    """
    entry = f"{public.qualified_name}.{name}"
    structural = supplements.structural.get(entry)
    replacement = supplements.replaces.get(entry)
    is_mistaken = replacement is not None and replacement.is_mistakenly_preferred
    if stated is None:
        role, reason = Role.OPTION, ""
    elif not stated.facts.is_tensor:
        role, reason = Role.COMPONENT, ""
    elif stated.facts.specifies_shape:
        role, reason = Role.STRUCTURAL, "it determines shapes"
    elif stated.facts.event_ndims is None:
        role, reason = Role.STRUCTURAL, "it has no batch of its own"
    elif not stated.facts.is_preferred and is_mistaken:
        raise ValueError(f"remove the supplement: {public.author} itself makes it an alternative")
    elif is_mistaken or not stated.facts.is_preferred:
        role, reason = Role.ALTERNATIVE, ""
    elif structural is not None:
        return Role.STRUCTURAL, structural
    elif missing:
        if stated.states_an_instance and not is_first_party(_annotator(public.cls).__module__):
            got = type(stated.facts.default_constraining_bijector_fn).__name__
            raise ValueError(
                "default_constraining_bijector_fn: expected a function that makes a bijector, "
                f"got {got}"
            )
        role = Role.UNCONSTRAINED
        reason = f"{public.author} states no {' and no '.join(missing)}"
    else:
        role, reason = Role.TRAINABLE, ""
    if structural is not None:
        raise ValueError(f"remove the supplement: {public.author} itself makes it {role.in_words}")
    return role, reason


def _annotator(cls: type) -> type:
    """Returns the class, or the base of it, that says which arguments are parameters."""
    return next(base for base in cls.__mro__ if "_parameter_properties" in vars(base))


def _trainable_operator(public: PublicClass, name: str, operator: Operator) -> ParameterSpec:
    annotation = TypeExpression("LinearOperator")
    return ParameterSpec(
        name=name,
        role=Role.TRAINABLE,
        annotation=annotation.optional() if operator.determines else annotation,
        event_ndims=1,
        shape=operator.diagonal,
        is_operator=True,
        determines=operator.determines,
        attribute=_attribute(public.cls, name),
    )


def is_needed(parameter: ParameterSpec, argument: inspect.Parameter, stated: Stated | None) -> bool:
    """Tells whether `make_trainable` fails without the argument."""
    if parameter.is_operator:
        return True
    if stated is None or not stated.gets_variable:
        return argument.default is inspect.Parameter.empty
    if parameter.role is Role.ALTERNATIVE:
        return True  # Else it creates variables for both, where TFP takes one or the other.
    # It asks for no size, so a shape that needs one is a shape that fails.
    return stated.bijector is None or stated.shape is None or bool(stated.shape.sizes)
