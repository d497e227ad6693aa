"""From one argument of a constructor to its `ParameterSpec`."""

from __future__ import annotations

import inspect

from tfp_trainables_generator.annotated import (
    Annotations,
    Properties,
    gets_variable,
    stated_bijector,
    stated_shape,
    states_an_instance,
)
from tfp_trainables_generator.annotations import annotation_of
from tfp_trainables_generator.defaults import source_of_default
from tfp_trainables_generator.discover import PublicClass
from tfp_trainables_generator.expressions import BijectorSpec, Reference, ShapeRule, is_known
from tfp_trainables_generator.parameters import ParameterSpec, Role
from tfp_trainables_generator.roles import annotated_role
from tfp_trainables_generator.supplements import Constraint, Operator, Supplements

__all__ = ["is_needed", "read_parameter"]


def read_parameter(
    public: PublicClass,
    argument: inspect.Parameter,
    annotations: Annotations,
    supplements: Supplements,
) -> ParameterSpec:
    """Reads one argument.

    Args:
      public: the class.
      argument: the argument, as the constructor's signature has it.
      annotations: what the class says of its parameters.
      supplements: what is known beyond that.

    Raises:
      ValueError: if a fact has no expression in the spec, or if a supplement has become
        superfluous.
    """
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
    if (
        facts is not None
        and role is Role.UNCONSTRAINED
        and states_an_instance(facts)
        and not is_known(_annotator(public.cls).__module__)
    ):
        raise ValueError(
            "default_constraining_bijector_fn: expected a function that makes a bijector, got "
            f"{type(facts.default_constraining_bijector_fn).__name__}"
        )
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


def _annotator(cls: type) -> type:
    """Returns the class, or the base of it, that says which arguments are parameters."""
    return next(base for base in cls.__mro__ if "_parameter_properties" in vars(base))


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


def is_needed(
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
