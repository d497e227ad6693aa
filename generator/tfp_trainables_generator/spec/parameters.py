"""What the arguments of a constructor are to a trainable."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from tfp_trainables_generator.spec.expressions import BijectorSpec, Reference, ShapeRule, require
from tfp_trainables_generator.spec.types import Type

_CONVERSIONS = "tfp_trainables_runtime.parameterizations"


class Role(str, enum.Enum):
    """What an argument of a TFP constructor is to a trainable."""

    TRAINABLE = "trainable"
    """Gets a variable unless a value is passed."""
    ALTERNATIVE = "alternative"
    """A parameterization that TFP does not prefer, such as `probs` beside `logits`."""
    UNCONSTRAINED = "unconstrained"
    """Continuous, but TFP states no constraining bijector or no shape for it."""
    STRUCTURAL = "structural"
    """A shape, a count, an index or data: nothing to train."""
    COMPONENT = "component"
    """A distribution, bijector, kernel or linear operator that the object holds."""
    OPTION = "option"
    """No parameter at all, such as `validate_args`."""

    @property
    def in_words(self) -> str:
        """What that is, with its article."""
        words = {
            Role.TRAINABLE: "a trainable parameter",
            Role.ALTERNATIVE: "an alternative to another parameter",
            Role.UNCONSTRAINED: "a parameter without a constraint or a shape",
            Role.STRUCTURAL: "a shape, a count, an index or data",
            Role.COMPONENT: "a part",
            Role.OPTION: "an option",
        }
        return words[self]


class Attribute(str, enum.Enum):
    """What the TFP class has by the name of an argument."""

    PROPERTY = "property"
    """A property of its own, which is the parameter."""
    MISSING = "missing"
    """Nothing."""
    OTHER = "other"
    """Something else, such as a method, or what all distributions have."""


@dataclass(frozen=True)
class Order:
    """Where a variable starts among other parameters, if their values are known then.

    Its constraint does not say so: TFP binds neither to the other.

    Attributes:
      below: parameters that it starts below.
      above: parameters that it starts above.
      beyond: parameters whose absolute values it starts above.
    """

    below: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()


@dataclass(frozen=True)
class ParameterSpec:
    """One argument of a TFP class's constructor.

    Attributes:
      name: the argument.
      role: what it is to the trainable.
      annotation: its type when a value is passed.
      default: its default as source; `None` if it must be passed or is trainable.
      imports: what `default` refers to.
      event_ndims: rank of one value; `None` if that depends on the instance or if the
        argument has no batch.
      shape: its shape rule, where TFP states one.
      bijector: its constraining bijector, where TFP states one.
      reason: why it is not trainable, in words.
      replaces: the trainable parameter that this alternative stands in for.
      conversion: how a value of this alternative becomes one of that parameter: the name of
        one of the runtime's.
      source: why the constraint holds, in words, where TFP states none or no shape.
      is_operator: whether it is a linear operator; its shape rule is that of its diagonal,
        and its structure decides the bijector.
      determines: the argument that may only be passed together with this one.
      attribute: what the class has by this name.
      attribute_is: what that is, in words, where it is not the parameter.
      order: where it starts among other parameters.
      description: what it does, in words.
      least_event_ndims: the least rank of one value, where that depends on the instance.
      is_nonzero: whether TFP takes any real number but 0 for it.
      is_naturally_integer: whether integers that are passed for it are meant as reals.
      follows: the parameter whose value TFP takes where none is passed for this one.
    """

    name: str
    role: Role
    annotation: Type
    default: str | None = None
    imports: tuple[Reference, ...] = ()
    event_ndims: int | None = None
    shape: ShapeRule | None = None
    bijector: BijectorSpec | None = None
    reason: str = ""
    replaces: str = ""
    conversion: str = ""
    source: str = ""
    is_operator: bool = False
    determines: str = ""
    attribute: Attribute = Attribute.OTHER
    attribute_is: str = ""
    follows: str = ""
    order: Order = Order()
    least_event_ndims: int = 0
    is_nonzero: bool = False
    is_naturally_integer: bool = False
    description: str = ""

    def __post_init__(self) -> None:
        require(bool(self.replaces) == bool(self.conversion), f"{self.name}: converted to what?")
        if self.replaces:
            require(
                self.role is Role.ALTERNATIVE,
                f"{self.name}: only an alternative stands in for another parameter",
            )
        if self.role is Role.TRAINABLE:
            require(
                self.shape is not None and (self.bijector is None) is self.is_operator,
                f"{self.name}: a trainable parameter has a shape rule and a bijector",
            )
        elif self.role is Role.UNCONSTRAINED:
            require(bool(self.reason), f"{self.name}: what TFP does not state must be said")
            require(self.default is None, f"{self.name}: a value must be passed")
        require(
            not self.follows or (self.role is Role.TRAINABLE and self.default == "None"),
            f"{self.name}: only a trainable parameter follows another where it is None",
        )

    @property
    def references(self) -> tuple[Reference, ...]:
        """What its default, its type and its conversion import."""
        conversion = [Reference(_CONVERSIONS, self.conversion)] if self.conversion else []
        return (*self.imports, *self.annotation.references, *conversion)

    @property
    def is_trainable(self) -> bool:
        """Whether the parameter gets a variable."""
        return self.role is Role.TRAINABLE

    @property
    def takes_parts(self) -> bool:
        """Whether it takes a part, or several, and no function that makes one."""
        return self.role is Role.COMPONENT and "AnyCallable" not in self.annotation.names

    @property
    def requires_parts(self) -> bool:
        """Whether it has to have one."""
        return self.takes_parts and self.default is None and not self.annotation.is_optional

    @property
    def is_created(self) -> bool:
        """Whether it gets a variable by default."""
        return self.is_trainable and not self.follows

    @property
    def is_bound(self) -> bool:
        """Whether its constraint depends on other parameters."""
        return self.bijector is not None and bool(self.bijector.bound_to)

    @property
    def is_bound_within(self) -> bool:
        """Whether its constraint binds the elements of one value to each other."""
        return self.bijector is not None and not self.bijector.is_elementwise

    @property
    def repeats_last(self) -> bool:
        """Whether the last dimension of `batch_and_event_shape` is needed by itself."""
        if self.is_operator or (self.bijector and self.bijector.depends_on_shape):
            return True
        return self.shape is not None and self.shape.repeats_last

    @property
    def minimum_ndims(self) -> int:
        """How many dimensions `batch_and_event_shape` needs to create the variable."""
        of_value = self.least_event_ndims if self.event_ndims is None else self.event_ndims
        of_shape = self.shape.minimum_ndims(of_value) if self.shape else 0
        return max(of_shape, int(self.repeats_last))
