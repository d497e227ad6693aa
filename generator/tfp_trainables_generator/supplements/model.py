"""What can be said of a class beyond what it annotates: the types of supplements.

`tfp` is the compiler's own table of them, about TFP's classes. Whoever compiles
classes of their own can give others: in their settings, in the notation of `settings`, or
in Python, as a `Supplements`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tfp_trainables_generator.spec.classes import DeferredArgument, Example
from tfp_trainables_generator.spec.expressions import BijectorSpec, Reference, ShapeRule
from tfp_trainables_generator.spec.parameters import Order


@dataclass(frozen=True)
class Constraint:
    """The support or the shape of a parameter, where its class leaves one of them open.

    Attributes:
      source: why the parameter has this support, or this shape.
      bijector: the constraining bijector; `None` where the class states it.
      shape: the shape rule; `None` where the class states it.
      mistaken_bijector: the bijector that the class states, where that does not serve.
      mistaken_shape: the shape rule that the class states, where that is not the
        parameter's.
      event_ndims: rank of one value, where the class annotates nothing.
      overrides: whether it replaces what the class states, whatever that is.
    """

    source: str
    bijector: BijectorSpec | None = None
    shape: ShapeRule | None = None
    mistaken_bijector: BijectorSpec | None = None
    mistaken_shape: ShapeRule | None = None
    event_ndims: int | None = None
    overrides: bool = False


@dataclass(frozen=True)
class Operator:
    """A linear operator that can be created over a variable.

    Attributes:
      diagonal: the shape of its diagonal.
      determines: the argument that TFP takes in addition, and that follows from this one.
    """

    diagonal: ShapeRule
    determines: str = ""


@dataclass(frozen=True)
class Replacement:
    """What an alternative parameter stands in for.

    Attributes:
      parameter: the trainable parameter.
      conversion: name of the runtime's conversion of a value to one of that parameter.
      is_mistakenly_preferred: whether its class says that it prefers the alternative, too.
    """

    parameter: str
    conversion: str
    is_mistakenly_preferred: bool = False


@dataclass(frozen=True)
class ForwardedKeywords:
    """What a constructor does with its `**kwargs`.

    Attributes:
      to: the class whose constructor gets them.
      besides: arguments of that constructor that are not for the caller to pass.
    """

    to: Reference
    besides: frozenset[str] = frozenset()


def _nothing() -> Any:
    return field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Supplements:
    """Tables of facts, by the public name of a class or, with a dot, of its parameter.

    Attributes:
      structural: parameters that are not to be trained, and why.
      constraints: supports and shapes of parameters.
      parts: classes without annotations, with those of their arguments that hold variables.
      without_parameters: classes that there is nothing to train of, and why.
      operators: linear operators that can be created over a variable.
      replaces: what alternative parameters stand in for.
      follows: parameters that follow another unless they are passed, or asked to be trained.
      orders: where variables start among parameters that are passed.
      naturally_integers: parameters that integers are passed for, and that are reals; and why.
      nonzero: parameters that TFP takes any real number but 0 for, and why.
      least_event_ndims: the least rank of one value, where that depends on the instance.
      forwarded_keywords: what becomes of `**kwargs`.
      deferred: classes whose constructor computes from a parameter, once.
      restated: classes whose `parameters` would not rebuild them, and why.
      mistaken_estimates: classes whose maximum-likelihood estimate does not serve, and why.
      refused_defaults: arguments of which one of each group has to be passed, though all
        have defaults.
      masses: classes that have a mass, though they do not say that they are discrete; and why.
      square_events: classes whose events are square matrices, and why.
      examples: arguments to build a class with.
      shown: programs that make an instance, for docstrings, where more than a shape is needed.
      attributes: what a class has by the name of a parameter, where that is something else.
      descriptions: what parameters do, in words; by name alone, those of all classes.
    """

    structural: Mapping[str, str] = _nothing()
    constraints: Mapping[str, Constraint] = _nothing()
    parts: Mapping[str, tuple[str, ...]] = _nothing()
    without_parameters: Mapping[str, str] = _nothing()
    operators: Mapping[str, Operator] = _nothing()
    replaces: Mapping[str, Replacement] = _nothing()
    follows: Mapping[str, str] = _nothing()
    orders: Mapping[str, Order] = _nothing()
    naturally_integers: Mapping[str, str] = _nothing()
    nonzero: Mapping[str, str] = _nothing()
    least_event_ndims: Mapping[str, int] = _nothing()
    forwarded_keywords: Mapping[str, ForwardedKeywords] = _nothing()
    deferred: Mapping[str, DeferredArgument] = _nothing()
    restated: Mapping[str, str] = _nothing()
    mistaken_estimates: Mapping[str, str] = _nothing()
    refused_defaults: Mapping[str, tuple[tuple[str, ...], ...]] = _nothing()
    masses: Mapping[str, str] = _nothing()
    square_events: Mapping[str, str] = _nothing()
    examples: Mapping[str, Example] = _nothing()
    shown: Mapping[str, str] = _nothing()
    attributes: Mapping[str, str] = _nothing()
    descriptions: Mapping[str, str] = _nothing()

    @property
    def classes(self) -> frozenset[str]:
        """The classes that there are entries of, but for words alone.

        These are no reason to refuse a TFP that has lost the class, or a parameter.
        """
        tables = (
            self.parts,
            self.without_parameters,
            self.forwarded_keywords,
            self.deferred,
            self.restated,
            self.mistaken_estimates,
            self.refused_defaults,
            self.masses,
            self.square_events,
            self.examples,
        )
        return frozenset(name for table in tables for name in table)

    @property
    def parameters(self) -> frozenset[str]:
        """The parameters that there are entries of, or that entries name, after their class."""
        tables = (
            self.structural,
            self.constraints,
            self.operators,
            self.replaces,
            self.follows,
            self.orders,
            self.naturally_integers,
            self.nonzero,
            self.least_event_ndims,
        )
        parts = (f"{owner}.{part}" for owner, names in self.parts.items() for part in names)
        deferred = (f"{owner}.{argument.parameter}" for owner, argument in self.deferred.items())
        determined = (
            f"{name.rpartition('.')[0]}.{operator.determines}"
            for name, operator in self.operators.items()
            if operator.determines
        )
        named = (name for table in tables for name in table)
        return frozenset((*named, *parts, *deferred, *determined))
