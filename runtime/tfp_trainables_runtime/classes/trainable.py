"""What every generated class has in common, whatever it is a subclass of."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Generic, ParamSpec, TypeVar

import tensorflow as tf
from tensorflow_probability.python.distributions.distribution import Distribution

from tfp_trainables_runtime.calls.callers import Programs
from tfp_trainables_runtime.calls.methods import CompiledMethods
from tfp_trainables_runtime.classes.stateless import ApplyFn, InitFn, stateless_functions
from tfp_trainables_runtime.classes.type_specs import PartsSpec
from tfp_trainables_runtime.construction.creation import Creation
from tfp_trainables_runtime.errors import mismatch
from tfp_trainables_runtime.parts.copying import OF_TRAINABLES
from tfp_trainables_runtime.parts.hiding import FoundVariables, hides
from tfp_trainables_runtime.parts.rebuilding import WITH_PARAMETERS, rebuildable
from tfp_trainables_runtime.parts.taking import is_numeric
from tfp_trainables_runtime.pickles import deep_copied, reduced
from tfp_trainables_runtime.private import (
    OF_DYNAMIC_OBJECTS,
    rebuilding,
    record_parameters,
    take_over_class,
    type_spec_of,
    variables_of,
)
from tfp_trainables_runtime.showing.shown import Shown
from tfp_trainables_runtime.typing import AnyCallable, AnyStructure, Keyword, TensorLike
from tfp_trainables_runtime.untyped import untyped
from tfp_trainables_runtime.version import version_mismatch

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Trainable", "trainable"]

TFPClass = TypeVar("TFPClass")
Arguments = ParamSpec("Arguments")
Made = TypeVar("Made")
GeneratedClass = TypeVar("GeneratedClass", bound="type[Trainable[AnyStructure]]")


class Trainable(Shown, CompiledMethods, tf.Module, Generic[TFPClass]):
    """Base of all trainable distributions, bijectors and kernels.

    A trainable is an instance of its TFP class whose parameters are variables. What is
    derived from it (`copy()`, slices, what `tf.nest` and `tf.function` rebuild) is a
    plain instance of the TFP class over the same variables; a trainable again, where TFP has
    no type spec that rebuilds one.
    """

    _creation: Creation
    _found: FoundVariables | None
    _created_by_make_trainable: ClassVar[Sequence[str]] = ()

    if TYPE_CHECKING:  # What TFP defines, with types.

        # That of some of TFP's classes returns another class, as a checker sees it.
        def __new__(cls, *args: Keyword, **kwargs: Keyword) -> Self: ...  # noqa: D102

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
        object.__setattr__(self, "_programs", Programs())
        object.__setattr__(self, "_cache_may_be_stale", None)
        object.__setattr__(self, "_found", None)
        if "_is_finished" not in vars(type(self)):
            trainable(type(self))  # A subclass of the user's, seen for the first time.

    def _parameter(self, name: str) -> AnyStructure:
        """Returns a parameter: what the TFP class has by that name, else what was passed."""
        inherited: AnyStructure = getattr(self._tfp_class, name, None)
        if inherited is not None:
            return inherited.__get__(self)
        value = self.parameters[name]
        dtype = untyped(self).dtype
        return tf.convert_to_tensor(value, dtype_hint=dtype) if is_numeric(value) else value

    def _as_tfp(self) -> TFPClass:
        """Returns a plain instance of the TFP class that shares the variables."""
        if not self._hides:
            return self._made_again()
        plain: AnyStructure = object.__new__(self._tfp_class)
        _share(self, plain)
        return plain

    def _made_again(self) -> TFPClass:
        """Returns what the TFP class makes of the arguments."""
        with rebuilding():
            plain = self._tfp_class(**self.parameters)
        # Some TFP classes record other arguments than those that would rebuild them.
        record_parameters(plain, self.parameters)
        return plain

    @property
    def trainable_variables(self) -> Sequence[tf.Variable]:
        """The variables to train: those that came with arguments, then the class's own.

        The own ones are in the order of their creation.
        """
        return self._found_variables.trainable_variables

    @property
    def variables(self) -> Sequence[tf.Variable]:
        """All variables: those that came with arguments, then the class's own."""
        return self._found_variables.variables

    @property
    def _found_variables(self) -> FoundVariables:
        if self._found is None or not self._found.holds:
            variables = self._own_variables_last(variables_of(self))
            object.__setattr__(self, "_found", FoundVariables(self, variables))
        return untyped(self._found)

    def _own_variables_last(self, variables: Sequence[tf.Variable]) -> Sequence[tf.Variable]:
        own = list(self._creation.variables.values())
        order = {id(variable): position for position, variable in enumerate(own)}
        return tuple(sorted(variables, key=lambda variable: order.get(id(variable), -1)))

    def _lookup_dependency(
        self, name: str, cached_dependencies: Mapping[str, AnyStructure] | None = None
    ) -> AnyStructure:
        """Supports `tf.train.Checkpoint`: also one of the dynamic object, by parameter."""
        found = untyped(super())._lookup_dependency(name, cached_dependencies)
        if found is None and name == OF_DYNAMIC_OBJECTS:
            found = self._by_position()
        return found

    def _by_position(self) -> tf.Module:
        """Returns what has the variables as `make_trainable` numbers those that it creates."""
        created = self._creation.variables
        arguments = self.parameters
        # One that this class does not create unless asked to, it does.
        names = [
            name
            for name in self._created_by_make_trainable or created
            if name in created or arguments[name] is None
        ]
        holder = self._creation.by_position
        for position, name in enumerate(names):
            if name in created:
                setattr(holder, str(position), created[name])
        return holder

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

        Of a subclass of your own, it is one of that, with the same attributes.

        Args:
          **override_parameters_kwargs: values for arguments of the TFP class. The
            other parameters are shared with this object, so that gradients of the
            copy reach its variables. TFP's bijectors remember what they computed of a
            tensor; a copy's do so even when a variable has changed since.
        """
        if not override_parameters_kwargs:
            return self._as_tfp() if self._is_as_generated else copy.copy(untyped(self))
        self._refuse_if_it_hides("copy")
        return self._of_same_kind(untyped(self._as_tfp()).copy(**override_parameters_kwargs))

    def __getitem__(self, slices: AnyStructure) -> TFPClass:
        """Returns a plain instance of the TFP class over a slice of the batch.

        Of a subclass of your own, it is one of that, with the same attributes.

        Args:
          slices: as for a tensor of shape `batch_shape`.
        """
        self._refuse_if_it_hides("__getitem__")
        return self._of_same_kind(untyped(self._as_tfp())[slices])

    @property
    def _is_as_generated(self) -> bool:
        return type(self) is self._generated_class()

    def _of_same_kind(self, plain: AnyStructure) -> AnyStructure:
        """Returns what a subclass of the user's, which may compute otherwise, makes of a copy."""
        if self._is_as_generated:
            return plain
        arguments = self.parameters
        variables = {
            name: variable
            for name, variable in self._creation.variables.items()
            if plain.parameters.get(name) is arguments[name]
        }
        made = self._put_together(plain.parameters, variables, self._creation.record)
        for name, value in self.__dict__.items():
            made.__dict__.setdefault(name, value)
        return made

    def _refuse_if_it_hides(self, method: str) -> None:
        if self._hides:
            where = f"{type(self).__name__}.{method}"
            expected = "an object whose arguments tell all of its variables and networks"
            raise TypeError(mismatch(where, expected, "one that has made some of its own"))

    @functools.cached_property
    def _hides(self) -> bool:
        """Whether its constructor makes variables or networks that are in no argument."""
        arguments = self.parameters
        # Else it is the user who has set them as attributes.
        return hides(self, arguments) and hides(self._made_again(), arguments)

    def __copy__(self) -> AnyStructure:
        """Supports `copy.copy`: the copy has the same variables, parts and attributes."""
        made: AnyStructure = object.__new__(type(self))
        _share(self, made)
        made._record(self._creation)
        return made

    def __deepcopy__(self, memo: dict[int, AnyStructure]) -> AnyStructure:
        """Supports `copy.deepcopy`; functions stay the same, with whatever they refer to."""
        return deep_copied(self, memo)

    def __reduce__(self) -> tuple[AnyStructure, ...]:
        """Supports `pickle`.

        Variables stand for themselves, so that one that two objects share is still
        shared in what is read.
        """
        return reduced(self)

    @classmethod
    def _put_together(
        cls,
        arguments: Mapping[str, AnyStructure],
        variables: Mapping[str, tf.Variable | tf.Tensor],
        record: Mapping[str, AnyStructure],
    ) -> AnyStructure:
        """Returns a trainable over variables that there are already."""
        made: AnyStructure = cls.__new__(cls)
        # A subclass of the user's may have a constructor of its own; what that has set is
        # among the attributes that a copy is given.
        public = {name: value for name, value in arguments.items() if not name.startswith("_")}
        untyped(cls._generated_class()).__init__(made, **public)
        made._record(Creation.recorded(record, variables))
        return made

    @classmethod
    def _generated_class(cls) -> type[AnyStructure]:
        """Returns the generated class that this class is, or is derived from."""
        return next(base for base in cls.__mro__ if cls._tfp_class in base.__bases__)


def trainable(cls: GeneratedClass) -> GeneratedClass:
    """Has the last word on a generated class, after TFP's metaclass has changed it.

    TFP's metaclasses expect subclasses with parameters of their own. A trainable has the
    parameters of its TFP class, so it gets a type spec whose components are the same
    variables, that class's own where it has one, and plain annotations.
    """
    overridden = untyped(cls)
    overridden._is_finished = True
    is_generated = cls is overridden._generated_class() and issubclass(cls, Distribution)
    take_over_class(cls, _type_spec, is_generated=is_generated)
    outdated = version_mismatch(cls.__module__)
    if outdated is not None and "__init__" in vars(cls):
        overridden.__init__ = _checked(cls, outdated)
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


def _type_spec(self: AnyStructure) -> AnyStructure:
    """Returns the type spec of the TFP class, if that can make the object again."""
    if not self._is_as_generated:  # The user's may compute otherwise.
        return PartsSpec.of(self, is_itself=True)
    # Arguments with an underscore are what the class has computed of others: TFP's type spec
    # would read one and take it for the other.
    is_of_attributes = not any(name.startswith("_") for name in self.parameters)
    spec = type_spec_of(self._made_again()) if is_of_attributes else None
    return spec or PartsSpec.of(self)


def _share(owner: AnyStructure, other: AnyStructure) -> None:
    """Gives an object the attributes of another, but for those of a trainable alone."""
    for name, value in owner.__dict__.items():
        if name not in OF_TRAINABLES:
            # TensorFlow keeps lists of what it tracks of each object.
            other.__dict__[name] = copy.copy(value) if value.__class__ in (list, dict) else value
