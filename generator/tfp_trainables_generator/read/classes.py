"""From one public class to its `ClassSpec`, and from all of them to what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import tensorflow as tf
from tensorflow_probability.python.distributions.distribution import (
    DiscreteDistributionMixin,
    Distribution,
)

from tfp_trainables_generator.discover.classes import PublicClass
from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.read.parameters import is_needed, read_parameter
from tfp_trainables_generator.read.properties import annotations_of
from tfp_trainables_generator.read.signature import (
    constructor_arguments,
    has_wrapped_constructor,
    refused_defaults,
)
from tfp_trainables_generator.spec.classes import (
    ClassSpec,
    Example,
    Outcome,
    SkippedClass,
    SkipReason,
)
from tfp_trainables_generator.spec.parameters import ParameterSpec
from tfp_trainables_generator.supplements.model import Supplements

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


def read_all(classes: Sequence[PublicClass], supplements: Supplements) -> Outcome:
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
    return Outcome(tuple(generated), tuple(problems), tuple(skipped))


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
    if skipped := _skipped_by_name(public):
        return skipped
    annotations = annotations_of(public.cls)
    is_annotated = annotations is not None
    if skipped := _skipped_unannotated(public, supplements, is_annotated=is_annotated):
        return skipped
    arguments = constructor_arguments(public, supplements)
    parameters: list[ParameterSpec] = []
    needed: list[str] = []
    problems: list[str] = []
    for key, argument in arguments.items():
        try:
            stated = annotations.of(key) if annotations else None
            parameter = read_parameter(public, argument, stated, supplements)
        except ValueError as error:
            problems.append(f"{name}, parameter {key!r}: {error}")
            continue
        parameters.append(parameter)
        if is_annotated and is_needed(parameter, argument, stated):
            needed.append(key)
    if problems:
        raise CompilationError(problems)
    trainable = {parameter.name for parameter in parameters if parameter.is_trainable}
    order = annotations.names if annotations else ()
    try:
        spec = ClassSpec(
            namespace=public.namespace.public_name,
            reference=public.reference,
            kind=public.namespace.kind,
            parameters=tuple(parameters),
            variables=tuple(key for key in order or arguments if key in trainable),
            is_composite=issubclass(public.cls, _CompositeTensor),
            is_discrete=_is_discrete(public, supplements),
            has_square_events=name in supplements.square_events,
            shown=supplements.shown.get(name, ""),
            is_annotated=is_annotated,
            restates_parameters=name in supplements.restated,
            needed_by_make_trainable=tuple(needed),
            created_by_make_trainable=tuple(
                key
                for key in order
                if key in arguments
                and key not in needed
                and annotations
                and annotations.gets_variable(key)
            ),
            refused_defaults=refused_defaults(public, arguments, supplements),
            fatal_to_make_trainable=tuple(
                key
                for key in order
                if key not in arguments and annotations and annotations.gets_variable(key)
            ),
            has_wrapped_constructor=has_wrapped_constructor(public.cls),
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


def _skipped_by_name(public: PublicClass) -> SkippedClass | None:
    name = public.qualified_name
    if name in _ABSTRACT_BASES:
        return SkippedClass(name, SkipReason.ABSTRACT_BASE, "a base to derive classes from")
    if public.reference.name.startswith("JointDistribution"):
        detail = "its parameters are those of the distributions that it is composed of"
        return SkippedClass(name, SkipReason.JOINT_DISTRIBUTION, detail)
    return None


def _skipped_unannotated(
    public: PublicClass, supplements: Supplements, *, is_annotated: bool
) -> SkippedClass | None:
    name = public.qualified_name
    if is_annotated and (name in supplements.parts or name in supplements.without_parameters):
        raise CompilationError(
            [f"{name}: remove the supplement: {public.author} annotates its parameters"]
        )
    if is_annotated or name in supplements.parts:
        return None
    detail = supplements.without_parameters.get(
        name, f"{public.author} does not say which of its arguments are parameters"
    )
    return SkippedClass(name, SkipReason.NO_PARAMETER_PROPERTIES, detail)


def _has_estimates(public: PublicClass, supplements: Supplements) -> bool:
    name = "_maximum_likelihood_parameters"
    estimate: Any = getattr(public.cls, name, None)
    base: Any = getattr(Distribution, name)
    is_stated = estimate is not None and estimate.__func__ is not base.__func__
    if is_stated and _is_inherited(public.cls, name, below="_parameter_properties"):
        is_stated = False  # It is one of the parameters of another class.
    is_mistaken = public.qualified_name in supplements.mistaken_estimates
    if is_mistaken and not is_stated:
        raise CompilationError([f"{public.qualified_name}: remove the supplement: no estimate"])
    return is_stated and not is_mistaken


def _is_inherited(cls: type, name: str, *, below: str) -> bool:
    """Tells whether a class has an attribute from above the class that defines another."""
    definers = [[name in vars(base) for base in cls.__mro__] for name in (name, below)]
    return definers[0].index(True) > definers[1].index(True)


def _is_discrete(public: PublicClass, supplements: Supplements) -> bool:
    is_said = issubclass(public.cls, DiscreteDistributionMixin)
    is_supplied = public.qualified_name in supplements.masses
    if is_said and is_supplied:
        raise CompilationError(
            [f"{public.qualified_name}: remove the supplement: {public.author} says so itself"]
        )
    return is_said or is_supplied


def _superfluous_names(classes: Sequence[PublicClass], supplements: Supplements) -> list[str]:
    """Reports supplements for classes or parameters that there are no longer."""
    known = {public.qualified_name: public for public in classes}
    owners = {entry.rpartition(".")[0] for entry in supplements.parameters}
    problems = [
        f"{name}: remove the supplement: there is no such class"
        for name in sorted({*supplements.classes, *owners} - set(known))
    ]
    for entry in sorted(supplements.parameters):
        owner, _, parameter = entry.rpartition(".")
        if owner in known and parameter not in constructor_arguments(known[owner], supplements):
            problems.append(f"{entry}: remove the supplement: there is no such parameter")
    return problems
