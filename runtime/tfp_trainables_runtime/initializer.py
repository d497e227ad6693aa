"""Creation of the variables of a trainable, one parameter at a time."""

from __future__ import annotations

import contextlib
import enum
import functools
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
import tensorflow as tf
from tensorflow.python.ops.linalg.linear_operator import LinearOperator
from tensorflow_probability.python.bijectors.identity import Identity
from tensorflow_probability.python.util.deferred_tensor import (
    DeferredTensor,
    TransformedVariable,
)

from tfp_trainables_runtime.checks import (
    bounds_in_words,
    composed_name,
    floating_dtype,
    is_in_support,
    static_shape,
)
from tfp_trainables_runtime.errors import choices, mismatch, suggestion
from tfp_trainables_runtime.linear_operators import STRUCTURES
from tfp_trainables_runtime.parameterizations import Conversion
from tfp_trainables_runtime.supports import describe_support
from tfp_trainables_runtime.typing import (
    AnyCallable,
    AnyStructure,
    ConstrainingBijector,
    DTypeLike,
    ParameterInitFn,
    Seed,
    ShapeLike,
    TensorLike,
)
from tfp_trainables_runtime.untyped import ops, sanitize_seed

__all__ = ["TRAINABLE", "Creation", "ExistingVariables", "Omitted", "ParameterInitializer"]


class Omitted(enum.Enum):
    """The type of `TRAINABLE`."""

    TRAINABLE = "TRAINABLE"

    def __repr__(self) -> str:
        return self.name


TRAINABLE: Final = Omitted.TRAINABLE
"""Default of a trainable parameter: create a variable for it.

Not `None`, which some TFP classes take as a value of the parameter.
"""


@dataclass(frozen=True)
class ExistingVariables:
    """Initial parameters that are variables already: to copy or unpickle a trainable.

    Attributes:
      variables: the unconstrained variable of each trainable parameter, by name; or a
        value in its place, which becomes a tensor.
    """

    variables: Mapping[str, tf.Variable | TensorLike]


@dataclass(frozen=True)
class WithoutVariables:
    """Initial parameters that stay tensors.

    Attributes:
      initial_parameters: as the constructor takes them.
    """

    initial_parameters: AnyStructure


@dataclass(frozen=True)
class Creation:
    """How the variables of a trainable were created: what it takes to create them again.

    Attributes:
      shape: `batch_and_event_shape` as a tuple.
      dtype: the dtype of the variables.
      sizes: the sizes that TFP cannot infer from the shape, such as `num_classes`.
      structures: those of the linear operators, such as `scale_structure`.
      variables: the unconstrained variable of each parameter that has one, or a tensor in
        its place.
    """

    shape: tuple[int, ...]
    dtype: tf.DType
    sizes: Mapping[str, int]
    structures: Mapping[str, str]
    variables: Mapping[str, tf.Variable | tf.Tensor]


InitialParameters = (
    Mapping[str, object] | ParameterInitFn | ExistingVariables | WithoutVariables | None
)


class ParameterInitializer:
    """Checks what a constructor was given, then creates its variables.

    Arguments are checked before the first variable exists; initial values, and the sizes
    that a shape needs, when it is the parameter's turn.

    Attributes:
      class_name: the class under construction, for messages.
      shape: `batch_and_event_shape` as a tuple.
      dtype: the floating dtype of the variables.
      eps: machine epsilon of `dtype`, as a NumPy scalar of that dtype.
      sizes: the sizes that TFP cannot infer from the shape, such as `num_classes`.
      structures: those of the linear operators, such as `scale_structure`.
      variables: the unconstrained variables created so far, by parameter.
    """

    def __init__(
        self,
        class_name: str,
        initial_parameters: InitialParameters,
        batch_and_event_shape: ShapeLike,
        parameter_dtype: DTypeLike,
        seed: Seed,
        *,
        trainable: Mapping[str, object] | None = None,
        alternatives: Mapping[str, str] | None = None,
        minimum_ndims: Mapping[str, int] | None = None,
        repeats_last: Collection[str] = (),
    ) -> None:
        """Checks the arguments that every generated constructor has.

        Args:
          class_name: the class under construction.
          initial_parameters: a dict from parameter to initial value, or a callable
            `(parameter_name, shape, dtype, seed, constraining_bijector)`, or `None`
            to draw every initial value at random.
          batch_and_event_shape: static shape of a draw (distributions) or of an
            input (bijectors).
          parameter_dtype: float16, float32 or float64.
          seed: see `tfp.random.sanitize_seed`.
          trainable: each trainable parameter with the value that was passed for it,
            or `TRAINABLE`.
          alternatives: each alternative parameter with the trainable one that it stands
            in for.
          minimum_ndims: how many dimensions `batch_and_event_shape` needs for a
            parameter, where that is more than none. Where a value was passed for
            another parameter, TFP broadcasts to it, and fewer will do.
          repeats_last: parameters whose shape repeats the last dimension, which has to
            be there.

        Raises:
          TypeError: for arguments of the wrong kind.
          ValueError: for arguments of the right kind and the wrong value.
        """
        self.class_name = class_name
        self.shape = static_shape(class_name, batch_and_event_shape)
        self.dtype = floating_dtype(class_name, parameter_dtype)
        numpy_dtype: AnyStructure = self.dtype.as_numpy_dtype
        self.eps = np.finfo(numpy_dtype).eps
        self.sizes: dict[str, int] = {}
        self.structures: dict[str, str] = {}
        self.variables: dict[str, tf.Variable | tf.Tensor] = {}
        self._creates_variables = not isinstance(initial_parameters, WithoutVariables)
        if isinstance(initial_parameters, WithoutVariables):
            initial_parameters = initial_parameters.initial_parameters
        self._seed = seed
        self._stateless_seed: tf.Tensor | None = None
        self._initial_parameters = initial_parameters
        given: Mapping[str, object] = trainable or {}
        if not isinstance(initial_parameters, ExistingVariables):
            self._check_initial_parameters(initial_parameters, given, alternatives or {})
            self._check_ndims(minimum_ndims or {}, given, repeats_last)

    def _check_initial_parameters(
        self,
        initial_parameters: object,
        trainable: Mapping[str, object],
        alternatives: Mapping[str, str],
    ) -> None:
        if initial_parameters is None or callable(initial_parameters):
            return
        where = f"{self.class_name}, argument 'initial_parameters'"
        if not isinstance(initial_parameters, Mapping):
            expected = "a dict from parameter name to initial value, a callable or None"
            raise TypeError(mismatch(where, expected, repr(initial_parameters)))
        given = cast("Mapping[str, object]", initial_parameters)
        for name in given:
            if name not in trainable and name not in alternatives:
                known = [*trainable, *alternatives]
                hint = suggestion(str(name), known)
                raise ValueError(mismatch(where, choices(known), repr(name)) + hint)
            starts = alternatives.get(name, name)
            if starts != name and starts in given:
                raise ValueError(
                    f"{where}: expected {starts!r} or its alternative {name!r}, got both"
                )
            if trainable[starts] is not TRAINABLE:
                raise ValueError(
                    f"{self.class_name}, parameter {name!r}: expected a value that fixes it "
                    "or an initial value to train from, got both"
                )

    def _check_ndims(
        self,
        minimum_ndims: Mapping[str, int],
        trainable: Mapping[str, object],
        repeats_last: Collection[str],
    ) -> None:
        given = [value for value in trainable.values() if value is not TRAINABLE]
        broadcasts = any(value is not None for value in given)
        for name, ndims in minimum_ndims.items():
            if trainable[name] is not TRAINABLE or (broadcasts and name not in repeats_last):
                continue
            if len(self.shape) < ndims:
                plural = "dimension" if ndims == 1 else "dimensions"
                raise ValueError(
                    mismatch(
                        f"{self.class_name}, argument 'batch_and_event_shape'",
                        f"at least {ndims} {plural}, which the shape of {name!r} follows from",
                        self.shape,
                    )
                )

    def size(self, name: str, value: object, *, minimum: int, parameter: str) -> int:
        """Returns a size that the shape of `parameter` needs, checked.

        Args:
          name: the constructor's argument.
          value: what was passed for it.
          minimum: the least size that leaves `parameter` an element.
          parameter: the parameter whose shape has the size.

        Raises:
          ValueError: if the size was not passed or is too small.
          TypeError: if it is not an integer.
        """
        where = f"{self.class_name}, argument {name!r}"
        expected = f"an int of at least {minimum}, which the shape of {parameter!r} follows from"
        if value is None:
            raise ValueError(mismatch(where, expected, "nothing"))
        number: AnyStructure = value
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
            raise TypeError(mismatch(where, expected, repr(number)))
        size = int(number)
        if size < minimum:
            raise ValueError(mismatch(where, expected, size))
        self.sizes[name] = size
        return size

    def next_seed(self) -> tf.Tensor:
        """Splits the seed and returns the part for the next variable.

        The splits follow `make_trainable`, one for each variable in order, so that the
        same seed gives the same initial values.

        Returns:
          An int32 tensor of shape `[2]`.
        """
        if isinstance(self._initial_parameters, ExistingVariables):
            return tf.zeros([2], tf.int32)
        if self._stateless_seed is None:
            self._stateless_seed = sanitize_seed(self._seed)
        # What `tfp.random.split_seed` and `tf.random.stateless_normal` compute, bit for bit,
        # each as the one operation that it comes down to: half of the time of construction
        # would go into the Python around them.
        parts = ops.raw_ops.StatelessRandomUniformFullInt(
            shape=[2, 2], seed=self._stateless_seed, dtype=tf.int32
        )
        self._stateless_seed, seed = ops.unstack(parts)
        return seed

    def as_tensor(
        self, value: TensorLike | None
    ) -> tf.Tensor | tf.Variable | DeferredTensor | None:
        """Returns the value of a parameter, for a constraint that binds another to it.

        Args:
          value: a variable, or a tensor computed from one, stays what it is, and so does
            `None`; anything else becomes a tensor of `dtype`.
        """
        if value is None or isinstance(value, (tf.Variable, DeferredTensor)):
            return value
        with ops.init_scope() if not ops.is_tensor(value) else contextlib.nullcontext():
            return ops.convert_to_tensor(value, dtype_hint=self.dtype)

    def creation(self) -> Creation:
        """Returns the record of what was created."""
        return Creation(self.shape, self.dtype, self.sizes, self.structures, self.variables)

    def variable(
        self,
        name: str,
        *,
        shape: tuple[int, ...],
        bijector: Callable[[], ConstrainingBijector],
        seed: tf.Tensor,
        alternative: tuple[str, Conversion] | None = None,
    ) -> tf.Variable | tf.Tensor | DeferredTensor:
        """Creates the variable of one parameter.

        Args:
          name: the parameter, which also names the variable.
          shape: shape of the parameter (not of the unconstrained variable).
          bijector: makes the bijector that maps the unconstrained variable onto the
            parameter's support.
          seed: for a random initial value; int32, of shape `[2]`.
          alternative: a parameter whose initial value may stand for that of this one, and
            how it is converted.

        Returns:
          The variable itself where the parameter is unconstrained, else a
          `tfp.util.TransformedVariable` over it. Where a tensor stands in its place, that
          or a `tfp.util.DeferredTensor` over it.

        Raises:
          ValueError: if an initial value does not broadcast to `shape` or is outside
            of the support.
        """
        # Where a graph is under construction, the bijector's tensors must outlive it.
        with ops.init_scope():
            constraint = bijector()
        if isinstance(self._initial_parameters, ExistingVariables):
            variable = self._initial_parameters.variables[name]
            if not isinstance(variable, tf.Variable):
                variable = tf.convert_to_tensor(variable, dtype_hint=self.dtype)
        else:
            variable = self._unconstrained_value(name, shape, constraint, seed, alternative)
            if self._creates_variables:
                variable = tf.Variable(variable, name=name)
        self.variables[name] = variable
        if isinstance(constraint, Identity):
            return variable
        if not isinstance(variable, tf.Variable):
            return DeferredTensor(variable, constraint, name=name)
        return TransformedVariable(None, constraint, name=name, pretransformed_input=variable)

    def linear_operator(
        self, name: str, structure: str, *, diagonal: tuple[int, ...], seed: tf.Tensor
    ) -> LinearOperator:
        """Creates the variable of a linear operator, and the operator over it.

        Args:
          name: the parameter, which also names the variable.
          structure: a key of `STRUCTURES`, which the constructor calls `<name>_structure`.
          diagonal: shape of the operator's diagonal.
          seed: for a random initial value; int32, of shape `[2]`.

        Raises:
          ValueError: if there is no such structure, or as for `variable`.
        """
        argument = f"{name}_structure"
        where = f"{self.class_name}, argument {argument!r}"
        if structure not in STRUCTURES:
            raise ValueError(mismatch(where, choices(STRUCTURES), repr(structure)))
        self.structures[argument] = structure
        chosen = STRUCTURES[structure]
        parameter = self.variable(
            name,
            shape=chosen.shape(diagonal),
            bijector=functools.partial(chosen.constraint, self.eps),
            seed=seed,
        )
        return chosen.build(parameter)

    def _unconstrained_value(
        self,
        name: str,
        shape: tuple[int, ...],
        bijector: ConstrainingBijector,
        seed: tf.Tensor,
        alternative: tuple[str, Conversion] | None,
    ) -> tf.Tensor:
        given = self._initial_parameters
        if callable(given):
            value = _call_init_fn(given, name, shape, self.dtype, seed, bijector)
        elif isinstance(given, Mapping) and name in given:
            value = self._broadcast_initial_value(name, given[name], shape)
        elif alternative and isinstance(given, Mapping) and alternative[0] in given:
            value = self._converted_initial_value(*alternative, given, shape)
        else:
            # The support is the image of the bijector, so a draw before the bijector is
            # a draw from the support, and the variable needs no round trip.
            return ops.raw_ops.StatelessRandomNormal(
                shape=bijector.inverse_event_shape(shape), seed=seed, dtype=self.dtype
            )
        try:
            unconstrained = bijector.inverse(value)
        except ops.errors.InvalidArgumentError:  # Such as of a matrix that has no inverse.
            unconstrained = ops.fill(bijector.inverse_event_shape(shape), np.nan)
        if ops.executing_eagerly() and not is_in_support(value, unconstrained, bijector):
            support = describe_support(composed_name(bijector), bounds_in_words(bijector))
            raise ValueError(
                mismatch(
                    f"{self.class_name}, initial value of {name!r}",
                    f"values in its support ({support})",
                    np.array2string(np.asarray(value), threshold=20),
                )
            )
        return unconstrained

    def _converted_initial_value(
        self,
        name: str,
        conversion: Conversion,
        given: Mapping[str, object],
        shape: tuple[int, ...],
    ) -> tf.Tensor:
        """Returns what the initial value of an alternative parameter comes to."""
        value = self._broadcast_initial_value(name, given[name], shape)
        converted = conversion.function(value)
        if ops.executing_eagerly() and not np.isfinite(np.asarray(converted)).all():
            raise ValueError(
                mismatch(
                    f"{self.class_name}, initial value of {name!r}",
                    f"values in its support ({conversion.support})",
                    np.array2string(np.asarray(value), threshold=20),
                )
            )
        return converted

    def _broadcast_initial_value(
        self, name: str, value: object, shape: tuple[int, ...]
    ) -> tf.Tensor:
        where = f"{self.class_name}, initial value of {name!r}"
        try:
            converted: tf.Tensor = ops.cast(value, self.dtype)
        except (TypeError, ValueError, ops.errors.OpError) as error:
            raise TypeError(mismatch(where, "numbers", repr(value))) from error
        try:
            return ops.broadcast_to(converted, shape)
        except (ValueError, ops.errors.InvalidArgumentError) as error:
            expected = f"a shape that broadcasts to {shape}"
            raise ValueError(mismatch(where, expected, tuple(converted.shape))) from error


def _call_init_fn(
    function: AnyCallable,
    name: str,
    shape: tuple[int, ...],
    dtype: tf.DType,
    seed: tf.Tensor,
    bijector: ConstrainingBijector,
) -> tf.Tensor:
    """Calls the user's callable, which may call the seed by another name or do without."""
    rest = {"shape": shape, "dtype": dtype, "constraining_bijector": bijector}
    try:
        value = function(name, seed=seed, **rest)
    except TypeError as error:
        try:
            value = function(name, **rest)
        except TypeError:
            try:
                value = function(name, seed, **rest)
            except TypeError:
                raise error from None
    return tf.convert_to_tensor(value, dtype_hint=dtype)
