"""What every generated class has in common, whatever it is a subclass of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

import tensorflow as tf
from tensorflow_probability.python.bijectors.bijector import Bijector
from tensorflow_probability.python.distributions.distribution import Distribution

from tfp_trainables_runtime.initializer import ExistingVariables, ParameterInitializer
from tfp_trainables_runtime.typing import AnyStructure, Keyword, TensorLike
from tfp_trainables_runtime.untyped import ops, untyped

__all__ = ["Trainable", "trainable"]

TFPClass = TypeVar("TFPClass")
GeneratedClass = TypeVar("GeneratedClass", bound="type[Trainable[AnyStructure]]")


class Trainable(tf.Module, Generic[TFPClass]):
    """Base of all trainable distributions and bijectors.

    A trainable is an instance of its TFP class whose parameters are variables. What is
    derived from it (`copy()`, slices, what `tf.nest` and `tf.function` rebuild) is a
    plain instance of the TFP class over the same variables.
    """

    _tfp_class: ClassVar[type[AnyStructure]]
    _initializer: ParameterInitializer

    def __init_subclass__(cls, **kwargs: Keyword) -> None:
        super().__init_subclass__(**kwargs)
        # The generated class itself names its TFP class as a base; a user's subclass of
        # a generated class inherits what was found there.
        for base in cls.__bases__:
            if not issubclass(base, Trainable) and issubclass(base, tf.Module):
                cls._tfp_class = base

    def _record(self, initializer: ParameterInitializer) -> None:
        """Remembers how the variables were created; the last act of a constructor."""
        # Not an attribute for `tf.Module` to track: the variables are found in the
        # parameters that hold them, under the names that TFP gives.
        object.__setattr__(self, "_initializer", initializer)

    def _as_tfp(self) -> TFPClass:
        """Returns a plain instance of the TFP class that shares the variables."""
        plain = self._tfp_class(**self._tfp_parameters())
        # Some TFP classes record other arguments than those that would rebuild them.
        plain._parameters = plain._no_dependency(self._tfp_parameters())
        return plain

    def _tfp_parameters(self) -> dict[str, AnyStructure]:
        return untyped(self).parameters

    @property
    def trainable_variables(self) -> Sequence[tf.Variable]:
        """The variables to train: those that came with arguments, then the class's own.

        The own ones are in the order of their creation.
        """
        return self._own_variables_last(super().trainable_variables)

    @property
    def variables(self) -> Sequence[tf.Variable]:
        """All variables: those that came with arguments, then the class's own."""
        return self._own_variables_last(super().variables)

    def _own_variables_last(self, variables: Sequence[tf.Variable]) -> Sequence[tf.Variable]:
        own = list(self._initializer.variables.values())
        order = {id(variable): position for position, variable in enumerate(own)}
        return tuple(sorted(variables, key=lambda variable: order.get(id(variable), -1)))

    def copy(self, **override_parameters_kwargs: TensorLike | AnyStructure) -> TFPClass:
        """Returns a plain instance of the TFP class with some parameters replaced.

        Args:
          **override_parameters_kwargs: values for arguments of the TFP class. The
            other parameters are shared with this object, so that gradients of the
            copy reach its variables.
        """
        return untyped(self._as_tfp()).copy(**override_parameters_kwargs)

    def __getitem__(self, slices: AnyStructure) -> TFPClass:
        """Returns a plain instance of the TFP class over a slice of the batch.

        Args:
          slices: as for a tensor of shape `batch_shape`.
        """
        return untyped(self._as_tfp())[slices]

    def __reduce__(self) -> tuple[AnyStructure, ...]:
        """Supports `copy.copy`, `copy.deepcopy` and `pickle`.

        Variables stand for themselves, so that one that two objects share is still
        shared in a deep copy of both.
        """
        created = self._initializer.variables
        arguments: dict[str, AnyStructure] = {
            name: _to_picklable(value)
            for name, value in self._tfp_parameters().items()
            if name not in created and not name.startswith("_")
        }
        if arguments.get("parameters", 0) is None:  # TFP's own bookkeeping, not an argument.
            del arguments["parameters"]
        arguments.update(
            self._initializer.sizes,
            batch_and_event_shape=self._initializer.shape,
            parameter_dtype=self._initializer.dtype.name,
        )
        return _rebuild, (type(self), arguments, dict(created))


def trainable(cls: GeneratedClass) -> GeneratedClass:
    """Has the last word on a generated class, after TFP's metaclass has changed it.

    TFP's metaclasses expect subclasses with parameters of their own. To them they give a
    type spec, which would rebuild an object by the subclass's constructor and so create
    variables; an annotation of parameters that warns when it is read; and a wrapper
    around the constructor, which hides the class's name from Python's errors. A
    trainable has the parameters of its TFP class, so here it gets that class's own: a
    type spec whose components are the same variables, and plain annotations.
    """
    overridden = untyped(cls)
    constructor = vars(cls).get("__init__")
    if constructor is not None:
        overridden.__init__ = getattr(constructor, "__wrapped__", constructor)
    annotation = vars(cls).get("_parameter_properties")
    if annotation is not None and not isinstance(annotation, classmethod):
        del overridden._parameter_properties
    if issubclass(cls, ops.__internal__.CompositeTensor):
        overridden._type_spec = property(_type_spec_of_tfp_class)
    return cls


def _type_spec_of_tfp_class(self: AnyStructure) -> AnyStructure:
    return self._as_tfp()._type_spec


@dataclass(frozen=True)
class _PlainObject:
    """A plain TFP object, taken apart: some TFP classes cannot be pickled themselves."""

    cls: Callable[..., AnyStructure]
    parameters: Mapping[str, AnyStructure]


def _to_picklable(value: AnyStructure) -> AnyStructure:
    def convert(leaf: AnyStructure) -> AnyStructure:
        if not _is_plain(leaf):
            return leaf
        parameters = {name: _to_picklable(part) for name, part in leaf.parameters.items()}
        return _PlainObject(leaf.__class__, parameters)

    return ops.nest.map_structure(convert, value)


def _is_plain(value: object) -> bool:
    return isinstance(value, (Distribution, Bijector)) and not isinstance(value, Trainable)


def _from_picklable(value: AnyStructure) -> AnyStructure:
    def convert(leaf: AnyStructure) -> AnyStructure:
        if not isinstance(leaf, _PlainObject):
            return leaf
        return leaf.cls(**{name: _from_picklable(part) for name, part in leaf.parameters.items()})

    return ops.nest.map_structure(convert, value)


def _rebuild(
    cls: Callable[..., AnyStructure],
    arguments: Mapping[str, AnyStructure],
    variables: Mapping[str, tf.Variable],
) -> AnyStructure:
    rebuilt = {name: _from_picklable(value) for name, value in arguments.items()}
    return cls(initial_parameters=ExistingVariables(variables), **rebuilt)
