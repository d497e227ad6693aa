"""Expressions of the spec: numbers, shapes and bijectors, as facts and not yet as source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["distribution", "bijector", "kernel"]
"""What a public class of TFP is."""


def require(condition: bool, message: str) -> None:
    """Raises a `ValueError` unless a fact holds that a class states of itself."""
    if not condition:
        raise ValueError(message)


def is_first_party(module: str) -> bool:
    """Tells whether a module is TFP's or this project's, and not somebody's own."""
    return module.startswith(("tensorflow_probability.", "tfp_trainables_runtime."))


@dataclass(frozen=True)
class Reference:
    """A name that generated code imports."""

    module: str
    name: str

    def __post_init__(self) -> None:
        require(self.name.isidentifier(), f"{self.name!r} cannot be imported by name")


@dataclass(frozen=True)
class Scalar:
    """The number `constant + epsilons * eps`, with eps that of the parameter's dtype.

    Attributes:
      of_dtype: whether TFP gives a number of the parameter's dtype, not a Python number.
    """

    constant: float
    epsilons: float
    of_dtype: bool
    kind: Literal["scalar"] = "scalar"

    def __post_init__(self) -> None:
        require(self.of_dtype or not self.epsilons, "eps is a number of the parameter's dtype")


@dataclass(frozen=True)
class ParameterValue:
    """The value of another parameter, to which a constraint binds this one."""

    parameter: str
    kind: Literal["parameter value"] = "parameter value"


@dataclass(frozen=True)
class Dimension:
    """A size: of a dimension at the end of a shape, or in a bound.

    Attributes:
      size: the constructor's argument that gives it (`num_classes`); `None` for the last
        dimension of `batch_and_event_shape`.
      offset: what to add.
    """

    size: str | None = None
    offset: int = 0
    kind: Literal["dimension"] = "dimension"


_ELEMENTWISE = frozenset(
    {"AbsoluteBelow", "Between", "GreaterThan", "Identity", "Sigmoid", "Softplus"}
)


@dataclass(frozen=True)
class BijectorSpec:
    """A constraining bijector: its class and the arguments that differ from the defaults."""

    reference: Reference
    arguments: tuple[tuple[str, BijectorArgument], ...] = ()
    kind: Literal["bijector"] = "bijector"

    @property
    def name(self) -> str:
        """Name of the class in `tfp.bijectors`."""
        return self.reference.name

    @property
    def is_elementwise(self) -> bool:
        """Whether it is known to map each number by itself."""
        return self.name in _ELEMENTWISE

    @property
    def parts(self) -> tuple[BijectorSpec, ...]:
        """The bijectors that a composition applies, last applied first."""
        return tuple(
            part
            for _, argument in self.arguments
            if isinstance(argument, tuple)
            for part in argument
        )

    @property
    def nested(self) -> tuple[BijectorSpec, ...]:
        """The bijectors that it is made of, each with its own arguments."""
        wrapped = [argument for _, argument in self.arguments if isinstance(argument, BijectorSpec)]
        return (*wrapped, *self.parts)

    @property
    def references(self) -> tuple[Reference, ...]:
        """The classes of the bijector and of those that it is made of."""
        below = (reference for part in self.nested for reference in part.references)
        return (self.reference, *below)

    @property
    def all_arguments(self) -> tuple[BijectorArgument, ...]:
        """Its arguments, and those of the bijectors that it is made of."""
        below = (argument for part in self.nested for argument in part.all_arguments)
        return (*(argument for _, argument in self.arguments), *below)

    @property
    def bound_to(self) -> tuple[str, ...]:
        """The other parameters that it depends on."""
        values = (it.parameter for it in self.all_arguments if isinstance(it, ParameterValue))
        return tuple(dict.fromkeys(values))

    @property
    def depends_on_shape(self) -> bool:
        """Whether it depends on the last dimension of `batch_and_event_shape`."""
        return any(isinstance(argument, Dimension) for argument in self.all_arguments)

    @property
    def depends_on_eps(self) -> bool:
        """Whether it depends on the machine epsilon of the parameter's dtype."""
        return any(isinstance(it, Scalar) and bool(it.epsilons) for it in self.all_arguments)


BijectorArgument: TypeAlias = (
    Scalar
    | ParameterValue
    | Dimension
    | BijectorSpec
    | bool
    | int
    | str
    | tuple[BijectorSpec, ...]
    | None
)


@dataclass(frozen=True)
class ShapeRule:
    """A parameter's shape in terms of `batch_and_event_shape`.

    Attributes:
      dropped: how many of its last dimensions the parameter lacks, or the constructor's
        argument that says so.
      appended: the dimensions that follow; a number for one that is always the same.
      is_scalar: whether it is a scalar, whatever `batch_and_event_shape` is.
    """

    dropped: int | str = 0
    appended: tuple[Dimension | int, ...] = ()
    is_scalar: bool = False

    def __post_init__(self) -> None:
        is_count = isinstance(self.dropped, str) or self.dropped >= 0
        require(is_count, "a shape rule drops no dimension or some")
        require(not (self.is_scalar and self.appended), "a scalar has no dimensions")
        numbers = [part for part in self.appended if isinstance(part, int)]
        require(all(number > 0 for number in numbers), "a dimension has at least one element")

    @property
    def sizes(self) -> tuple[Dimension, ...]:
        """The dimensions that an argument gives."""
        return tuple(part for part in self.appended if isinstance(part, Dimension) and part.size)

    @property
    def repeats_last(self) -> bool:
        """Whether it appends the last dimension of `batch_and_event_shape`."""
        return any(isinstance(part, Dimension) and part.size is None for part in self.appended)

    def minimum_ndims(self, event_ndims: int) -> int:
        """Returns how many dimensions `batch_and_event_shape` needs.

        Args:
          event_ndims: how many dimensions one value of the parameter has.
        """
        # TFP drops what is there to drop: a scalar parameter of a distribution over
        # matrices also takes an empty shape.
        kept = max(event_ndims - len(self.appended), 0)
        dropped = self.dropped if isinstance(self.dropped, int) else 0
        return max(kept + dropped if kept else 0, int(self.repeats_last))
