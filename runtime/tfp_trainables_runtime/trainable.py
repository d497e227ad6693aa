"""What every generated class has in common, whatever it is a subclass of."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Generic, ParamSpec, TypeVar

import tensorflow as tf
from tensorflow_probability.python.distributions.distribution import Distribution

from tfp_trainables_runtime.creation import Creation, ExistingVariables
from tfp_trainables_runtime.errors import mismatch
from tfp_trainables_runtime.methods import CompiledMethods
from tfp_trainables_runtime.packing import Packing
from tfp_trainables_runtime.programs import Programs
from tfp_trainables_runtime.rebuilding import WITH_PARAMETERS, rebuildable
from tfp_trainables_runtime.stateless import ApplyFn, InitFn, stateless_functions
from tfp_trainables_runtime.typing import AnyCallable, AnyStructure, Keyword, TensorLike
from tfp_trainables_runtime.untyped import ops, untyped
from tfp_trainables_runtime.version import version_mismatch

__all__ = ["Trainable", "trainable"]

TFPClass = TypeVar("TFPClass")
Arguments = ParamSpec("Arguments")
Made = TypeVar("Made")
GeneratedClass = TypeVar("GeneratedClass", bound="type[Trainable[AnyStructure]]")


class Trainable(CompiledMethods, tf.Module, Generic[TFPClass]):
    """Base of all trainable distributions, bijectors and kernels.

    A trainable is an instance of its TFP class whose parameters are variables. What is
    derived from it (`copy()`, slices, what `tf.nest` and `tf.function` rebuild) is a
    plain instance of the TFP class over the same variables.
    """

    _creation: Creation

    if TYPE_CHECKING:  # What TFP defines, with types.

        @property
        def name(self) -> str:
            """Prefix of the names of its operations."""
            ...

        @property
        def parameters(self) -> dict[AnyStructure, AnyStructure]:
            """Arguments of the TFP class's constructor, by name."""
            ...

        @property
        def validate_args(self) -> bool:
            """Whether parameters and inputs are checked at every call."""
            ...

    def __init_subclass__(cls, **kwargs: Keyword) -> None:
        super().__init_subclass__(**kwargs)
        # The generated class itself names its TFP class as a base; a user's subclass of
        # a generated class inherits what was found there.
        for base in cls.__bases__:
            if not issubclass(base, Trainable) and issubclass(base, WITH_PARAMETERS):
                cls._tfp_class = base
                rebuildable(base)

    def _record(self, creation: Creation) -> None:
        """Remembers how the variables were created; the last act of a constructor."""
        # Not an attribute for `tf.Module` to track: the variables are found in the
        # parameters that hold them, under the names that TFP gives.
        object.__setattr__(self, "_creation", creation)
        object.__setattr__(self, "_programs", Programs(self))
        object.__setattr__(self, "_remembers_wrongly", None)
        object.__setattr__(self, "_constructed", frozenset(vars(self)))
        if "_is_finished" not in vars(type(self)):
            trainable(type(self))  # A subclass of the user's, seen for the first time.

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
        own = list(self._creation.variables.values())
        order = {id(variable): position for position, variable in enumerate(own)}
        return tuple(sorted(variables, key=lambda variable: order.get(id(variable), -1)))

    @classmethod
    def stateless(
        cls: Callable[Arguments, Made], *arguments: Arguments.args, **keywords: Arguments.kwargs
    ) -> tuple[InitFn, ApplyFn[Made]]:
        """Returns two functions, of which one makes tensors and the other this class over them.

        They take the place of variables where parameters are held as plain tensors, as in
        a state of one's own or a sampler's. Variables of parts, and those that are passed,
        stay what they are.

        Args:
          *arguments: those of the constructor.
          **keywords: those of the constructor, but for `seed`, which `init_fn` takes.

        Returns:
          `init_fn(seed=None)`, which returns the unconstrained initial values that the
          constructor would give its variables; and `apply_fn(*unconstrained)`, which
          returns an instance whose parameters follow from such tensors.
        """
        return stateless_functions(cls, arguments, keywords)

    def copy(self, **override_parameters_kwargs: TensorLike | AnyStructure) -> TFPClass:
        """Returns a plain instance of the TFP class with some parameters replaced.

        Args:
          **override_parameters_kwargs: values for arguments of the TFP class. The
            other parameters are shared with this object, so that gradients of the
            copy reach its variables. TFP's bijectors remember what they computed of a
            tensor; a copy's do so even when a variable has changed since.
        """
        return untyped(self._as_tfp()).copy(**override_parameters_kwargs)

    def __getitem__(self, slices: AnyStructure) -> TFPClass:
        """Returns a plain instance of the TFP class over a slice of the batch.

        Args:
          slices: as for a tensor of shape `batch_shape`.
        """
        return untyped(self._as_tfp())[slices]

    def __copy__(self) -> AnyStructure:
        return _rebuild(*self._to_rebuild(lambda part: part), self._own_attributes())

    def __reduce__(self) -> tuple[AnyStructure, ...]:
        """Supports `copy.deepcopy` and `pickle`.

        Variables stand for themselves, so that one that two objects share is still
        shared in a deep copy of both.
        """
        return _rebuild, (*self._to_rebuild(Packing().pack), self._own_attributes())

    def _to_rebuild(
        self, convert: Callable[[AnyStructure], AnyStructure]
    ) -> tuple[AnyStructure, dict[str, AnyStructure], dict[str, tf.Variable | tf.Tensor]]:
        """Returns the class, the arguments and the variables that make this object."""
        cls = type(self)
        if cls.__init__ is not _generated_class(cls).__init__:
            raise TypeError(
                f"{cls.__name__}: expected a __reduce__ method to copy or pickle it with, for it "
                "has a constructor of its own; got none"
            )
        creation = self._creation
        arguments: dict[str, AnyStructure] = {
            name: convert(value)
            for name, value in self._tfp_parameters().items()
            if name not in creation.variables and not name.startswith("_")
        }
        if arguments.get("parameters", 0) is None:  # TFP's own bookkeeping, not an argument.
            del arguments["parameters"]
        arguments.update(
            {**creation.sizes, **creation.structures},
            batch_and_event_shape=creation.shape,
            parameter_dtype=creation.dtype.name,
        )
        return cls, arguments, dict(creation.variables)

    def _own_attributes(self) -> dict[str, AnyStructure]:
        """Returns the public attributes that were set after construction."""
        known: frozenset[str] = untyped(self)._constructed
        return {
            name: value
            for name, value in vars(self).items()
            if name not in known and not name.startswith("_")
        }


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
    overridden._is_finished = True
    if cls is _generated_class(cls) and issubclass(cls, Distribution):
        overridden.__init__ = overridden.__init__.__wrapped__
    outdated = version_mismatch(cls.__module__)
    if outdated is not None and "__init__" in vars(cls):
        overridden.__init__ = _checked(cls, outdated)
    annotation = vars(cls).get("_parameter_properties")
    if annotation is not None and not isinstance(annotation, classmethod):
        del overridden._parameter_properties
    if issubclass(cls, ops.__internal__.CompositeTensor):
        overridden._type_spec = property(_type_spec_of_tfp_class)
    return cls


def _checked(cls: type[AnyStructure], outdated: str) -> AnyCallable:
    """Returns a constructor that says so where TFP's does not take what it took once."""
    construct: AnyCallable = cls.__init__
    tfp_class = cls._tfp_class.__name__

    @functools.wraps(construct)
    def checked(self: AnyStructure, *arguments: Keyword, **keywords: Keyword) -> None:
        try:
            construct(self, *arguments, **keywords)
        except TypeError as error:
            if not str(error).startswith(f"{tfp_class}.__init__() "):
                raise
            where = f"{cls.__name__}, the constructor of {tfp_class}"
            expected = "the arguments that it was generated for"
            raise TypeError(f"{mismatch(where, expected, error)}. {outdated}") from error

    return checked


def _type_spec_of_tfp_class(self: AnyStructure) -> AnyStructure:
    return self._as_tfp()._type_spec


def _generated_class(cls: type[AnyStructure]) -> type[AnyStructure]:
    """Returns the generated class that a class is, or is derived from."""
    return next(base for base in cls.__mro__ if cls._tfp_class in base.__bases__)


def _rebuild(
    cls: Callable[..., AnyStructure],
    arguments: Mapping[str, AnyStructure],
    variables: Mapping[str, tf.Variable | tf.Tensor],
    attributes: Mapping[str, AnyStructure],
) -> AnyStructure:
    unpack = Packing().unpack
    unpacked = {name: unpack(value) for name, value in arguments.items()}
    rebuilt = cls(initial_parameters=ExistingVariables(variables), **unpacked)
    for name, value in attributes.items():
        setattr(rebuilt, name, value)
    return rebuilt
