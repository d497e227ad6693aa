"""The compiler's view of TFP: immutable facts about its classes.

Nothing here holds a TFP object or knows how source is printed. Every class states what
must be true of it, and all of them round-trip through JSON (`to_json`, `from_json`).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from pydantic import TypeAdapter

from tfp_trainables_generator.spec.capabilities import Capabilities, MethodSpec
from tfp_trainables_generator.spec.expressions import Kind, Reference, require
from tfp_trainables_generator.spec.parameters import ParameterSpec, Role


@dataclass(frozen=True)
class DeferredArgument:
    """How to keep a class tape-safe whose constructor computes from a parameter, once.

    The trainable calls the constructor of `base` in place of that of the TFP class.

    Attributes:
      parameter: the parameter that the constructor transforms.
      base: the TFP class above, whose constructor takes the transformed value.
      argument: the argument of `base` for it.
      function: the transformation, as source.
    """

    parameter: str
    base: Reference
    argument: str
    function: str


@dataclass(frozen=True)
class Example:
    """Arguments with which a class can be built, for its docstring and its tests.

    Attributes:
      batch_and_event_shape: as the constructor takes it.
      arguments: the other arguments, as source.
      fixed: values for what `make_trainable` cannot create, as source.
      input: an input for the methods of a bijector, as source; empty for the default.
    """

    batch_and_event_shape: tuple[int, ...] = ()
    arguments: tuple[tuple[str, str], ...] = ()
    fixed: tuple[tuple[str, str], ...] = ()
    input: str = ""


@dataclass(frozen=True)
class ClassSpec:
    """A public TFP class, with all that its trainable is rendered from.

    Attributes:
      namespace: where TFP publishes it: `tfp.distributions`.
      reference: where it is defined.
      kind: what it is.
      parameters: the constructor's arguments, in its order.
      variables: names of the trainable parameters, in the order of creation.
      is_composite: whether TFP makes it a composite tensor.
      is_annotated: whether TFP says which of its arguments are parameters.
      restates_parameters: whether TFP's record of the arguments would not rebuild it.
      needed_by_make_trainable: arguments without which `make_trainable` cannot build it.
      created_by_make_trainable: parameters that it creates variables for, in its order.
      refused_defaults: arguments that have defaults with which TFP's constructor fails; of
        each group, one has to be passed.
      fatal_to_make_trainable: what TFP annotates as parameters and a caller cannot pass,
        so that `make_trainable` cannot build the class at all.
      has_wrapped_constructor: whether a decorator hides the constructor's type.
      deferred: set if the constructor is not tape-safe.
      is_discrete: whether it is a distribution that has a mass, not a density.
      has_square_events: whether its events are square matrices.
      has_estimates: whether TFP knows the parameters that are most likely, given samples.
      example: arguments to build it with.
      shown: a program that makes an instance, for its docstring; empty to make one by rule.
      capabilities: what its methods can do; `None` before the probe.
    """

    namespace: str
    reference: Reference
    kind: Kind
    parameters: tuple[ParameterSpec, ...]
    variables: tuple[str, ...]
    is_composite: bool
    is_annotated: bool = True
    restates_parameters: bool = False
    needed_by_make_trainable: tuple[str, ...] = ()
    created_by_make_trainable: tuple[str, ...] = ()
    refused_defaults: tuple[tuple[str, ...], ...] = ()
    fatal_to_make_trainable: tuple[str, ...] = ()
    has_wrapped_constructor: bool = False
    deferred: DeferredArgument | None = None
    is_discrete: bool = False
    has_square_events: bool = False
    has_estimates: bool = False
    example: Example = Example()
    shown: str = ""
    capabilities: Capabilities | None = None

    def __post_init__(self) -> None:
        names = [parameter.name for parameter in self.parameters]
        require(len(set(names)) == len(names), f"{self.name}: a parameter is named twice")
        trainable = {parameter.name for parameter in self.parameters if parameter.is_trainable}
        require(
            set(self.variables) == trainable and len(self.variables) == len(trainable),
            f"{self.name}: each trainable parameter has one place in the order of creation",
        )
        for parameter in self.parameters:
            require(
                not parameter.replaces or parameter.replaces in trainable,
                f"{self.name}: {parameter.name} stands in for {parameter.replaces}, which is no "
                "trainable parameter",
            )
        for group in self.refused_defaults:
            require(
                bool(group)
                and all(name in names and self.parameter(name).default for name in group),
                f"{self.name}: {', '.join(group)}: arguments with defaults",
            )
        for position, parameter in enumerate(self.trainable_parameters):
            bound_to = parameter.bijector.bound_to if parameter.bijector else ()
            for name in bound_to:
                require(
                    name in names,
                    f"{self.name}: {parameter.name} is bound to {name}, which is no parameter",
                )
            require(
                set(bound_to) <= set(names) - set(self.variables[position:]),
                f"{self.name}: {parameter.name} is bound to what is created after it",
            )

    @property
    def name(self) -> str:
        """Name of the TFP class."""
        return self.reference.name

    @property
    def qualified_name(self) -> str:
        """Public name of the TFP class: `tfp.distributions.Normal`."""
        return f"{self.namespace}.{self.name}"

    @property
    def trainable_parameters(self) -> tuple[ParameterSpec, ...]:
        """The trainable parameters, in the order of creation."""
        return tuple(self.parameter(name) for name in self.variables)

    @property
    def sizes(self) -> tuple[str, ...]:
        """The sizes that TFP cannot infer from the shape, in order."""
        names: dict[str, None] = {}
        for parameter in self.trainable_parameters:
            for dimension in parameter.shape.sizes if parameter.shape else ():
                names[str(dimension.size)] = None
        return tuple(names)

    @property
    def least_sizes(self) -> dict[str, dict[str, int]]:
        """For each size, the parameters whose shapes have it, and the least that each takes."""
        least: dict[str, dict[str, int]] = {size: {} for size in self.sizes}
        for parameter in self.trainable_parameters:
            for dimension in parameter.shape.sizes if parameter.shape else ():
                least[str(dimension.size)][parameter.name] = max(1, 1 - dimension.offset)
        return least

    @property
    def optional(self) -> tuple[str, ...]:
        """The trainable parameters that TFP takes `None` for."""
        return tuple(it.name for it in self.trainable_parameters if it.annotation.is_optional)

    @property
    def parts(self) -> tuple[str, ...]:
        """The arguments that take a part, or several, and no function that makes one."""
        return tuple(it.name for it in self.parameters if it.takes_parts)

    @property
    def required_parts(self) -> tuple[str, ...]:
        """Those of them that have to have one."""
        return tuple(it.name for it in self.parameters if it.requires_parts)

    @property
    def has_requirements(self) -> bool:
        """Whether creating its variables requires anything, whatever it is called with."""
        return bool(self.alternatives or self.optional or self.minimum_ndims or self.sizes)

    @property
    def shaping_arguments(self) -> tuple[str, ...]:
        """The constructor's own arguments that shape rules depend on."""
        rules = [parameter.shape for parameter in self.trainable_parameters if parameter.shape]
        return tuple(dict.fromkeys(rule.dropped for rule in rules if isinstance(rule.dropped, str)))

    @property
    def repeats_last(self) -> tuple[str, ...]:
        """The trainable parameters that need the last dimension of `batch_and_event_shape`."""
        return tuple(it.name for it in self.trainable_parameters if it.repeats_last)

    @property
    def constructor(self) -> Reference:
        """The class whose constructor the trainable calls."""
        return self.deferred.base if self.deferred else self.reference

    @property
    def make_trainable_builds(self) -> bool:
        """Whether `make_trainable` can build it, given all that it needs."""
        return self.is_annotated and not self.fatal_to_make_trainable

    @property
    def is_created_otherwise(self) -> bool:
        """Whether `make_trainable` creates a variable that the trainable does not."""
        created = {it.name for it in self.trainable_parameters if it.is_created}
        return not created.issuperset(self.created_by_make_trainable)

    @property
    def bijectors(self) -> tuple[Reference, ...]:
        """The classes of its constraining bijectors, and of those that they are made of."""
        return tuple(
            dict.fromkeys(
                reference
                for parameter in self.trainable_parameters
                if parameter.bijector
                for reference in parameter.bijector.references
            )
        )

    @property
    def imports(self) -> tuple[Reference, ...]:
        """What its constructor refers to, besides the class itself."""
        of_parameters = (it for parameter in self.parameters for it in parameter.references)
        return (*self.bijectors, *of_parameters, *([self.deferred.base] if self.deferred else ()))

    @property
    def depends_on_eps(self) -> bool:
        """Whether a constraint depends on the machine epsilon of the parameter's dtype."""
        bijectors = (parameter.bijector for parameter in self.trainable_parameters)
        return any(bijector.depends_on_eps for bijector in bijectors if bijector)

    @property
    def is_bound(self) -> bool:
        """Whether a constraint depends on other parameters."""
        return any(parameter.is_bound for parameter in self.trainable_parameters)

    @property
    def structures(self) -> tuple[str, ...]:
        """The arguments that choose the structures of linear operators."""
        return tuple(
            f"{parameter.name}_structure"
            for parameter in self.trainable_parameters
            if parameter.is_operator
        )

    @property
    def has_parts(self) -> bool:
        """Whether it holds other distributions, bijectors, kernels or linear operators."""
        return any(parameter.role is Role.COMPONENT for parameter in self.parameters)

    @property
    def methods(self) -> tuple[MethodSpec, ...]:
        """The methods that the probe has found implemented."""
        if self.capabilities is None:
            return ()
        return tuple(method for method in self.capabilities.methods if method.is_implemented)

    @property
    def takes_seed(self) -> bool:
        """Whether the constructor has a `seed` of its own."""
        return any(parameter.name == "seed" for parameter in self.parameters)

    @property
    def minimum_ndims(self) -> tuple[tuple[str, int], ...]:
        """How many dimensions `batch_and_event_shape` needs, by trainable parameter.

        A part, or a parameter that has to be passed, may have the dimensions that TFP broadcasts
        to; but for a repeated last one, and those of elements that a constraint binds together.
        """
        broadcasts = any(
            parameter.role in (Role.COMPONENT, Role.UNCONSTRAINED) for parameter in self.parameters
        )
        return tuple(
            (parameter.name, parameter.minimum_ndims)
            for parameter in self.trainable_parameters
            if parameter.minimum_ndims
            and (parameter.repeats_last or parameter.is_bound_within or not broadcasts)
        )

    @property
    def alternatives(self) -> tuple[ParameterSpec, ...]:
        """The parameters that stand in for others."""
        return tuple(parameter for parameter in self.parameters if parameter.replaces)

    def alternative_to(self, name: str) -> ParameterSpec | None:
        """Returns the alternative to a trainable parameter, if there is one."""
        return next((it for it in self.alternatives if it.replaces == name), None)

    def parameter(self, name: str) -> ParameterSpec:
        """Returns the parameter of that name."""
        return next(parameter for parameter in self.parameters if parameter.name == name)


class SkipReason(str, enum.Enum):
    """Why a public TFP class has no trainable."""

    ABSTRACT_BASE = "abstract base"
    JOINT_DISTRIBUTION = "joint distribution"
    NO_PARAMETER_PROPERTIES = "no parameter_properties"
    EXCLUDED = "excluded"


@dataclass(frozen=True)
class SkippedClass:
    """A public TFP class without a trainable."""

    qualified_name: str
    reason: SkipReason
    detail: str


@dataclass(frozen=True)
class Outcome:
    """What becomes of classes in a phase.

    Attributes:
      specs: those that it accepts, with what it has found of them.
      problems: what it objects to in the others.
      skipped: those that there is a reason to have no trainable of.
    """

    specs: tuple[ClassSpec, ...]
    problems: tuple[str, ...] = ()
    skipped: tuple[SkippedClass, ...] = ()


_ADAPTER = TypeAdapter(ClassSpec)


def to_json(spec: ClassSpec) -> str:
    """Returns a spec as JSON, but for what is as by default."""
    return _ADAPTER.dump_json(spec, exclude_defaults=True).decode()


def from_json(text: str) -> ClassSpec:
    """Returns the spec that `to_json` printed.

    Raises:
      ValueError: if the text is no spec.
    """
    return _ADAPTER.validate_json(text)
