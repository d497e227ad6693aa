"""Creation of the variables of a trainable, one parameter at a time."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Callable, Iterable, Mapping

import numpy as np
import tensorflow as tf
from tensorflow.python.ops.linalg.linear_operator import LinearOperator
from tensorflow_probability.python.bijectors.identity import Identity
from tensorflow_probability.python.util.deferred_tensor import DeferredTensor

from tfp_trainables_runtime.constraints.constrained import (
    ConstrainedTensor,
    ConstrainedVariable,
)
from tfp_trainables_runtime.construction.checks import (
    check_kinds,
    floating_dtype,
    stateless_seed,
    static_shape,
)
from tfp_trainables_runtime.construction.creation import (
    TRAINABLE,
    Creation,
    InitialParameters,
    Omitted,
    creates_variables,
)
from tfp_trainables_runtime.construction.initial_values import InitialValues
from tfp_trainables_runtime.construction.linear_operators import STRUCTURES
from tfp_trainables_runtime.construction.requirements import Requirements, too_few_dimensions
from tfp_trainables_runtime.errors import choices, mismatch
from tfp_trainables_runtime.parameterizations import Conversion
from tfp_trainables_runtime.typing import (
    AnyStructure,
    ConstrainingBijector,
    DTypeLike,
    Seed,
    ShapeLike,
    TensorLike,
)
from tfp_trainables_runtime.untyped import ops, untyped

__all__ = ["ParameterInitializer", "no_variables"]


class ParameterInitializer:
    """Checks what a constructor was given, then creates its variables.

    All arguments are checked before the first variable exists; initial values, which may
    depend on variables, when it is the parameter's turn.

    Attributes:
      class_name: the class under construction, for messages.
      shape: `batch_and_event_shape` as a tuple.
      dtype: the floating dtype of the variables.
      eps: machine epsilon of `dtype`, as a NumPy scalar of that dtype.
      sizes: those of the sizes that variables need which TFP cannot infer from the shape,
        such as `num_classes`.
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
        trainable: Mapping[str, object],
        scope: str | None = None,
        requirements: Requirements | None = None,
        sizes: Mapping[str, object] | None = None,
        structures: Mapping[str, str] | None = None,
    ) -> None:
        """Checks the arguments of a generated constructor.

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
          scope: what the names of the variables begin with: the object's name, if it was
            given one.
          requirements: those of the class, if it has any.
          sizes: what was passed for each size.
          structures: what was passed for the structure of each linear operator.

        Raises:
          TypeError: for arguments of the wrong kind.
          ValueError: for arguments of the right kind and the wrong value.
        """
        check_kinds(class_name, trainable)
        required = requirements or Requirements()
        self.class_name = class_name
        self.shape = static_shape(class_name, batch_and_event_shape)
        self.dtype = floating_dtype(class_name, parameter_dtype)
        numpy_dtype: AnyStructure = self.dtype.as_numpy_dtype
        self.eps = np.finfo(numpy_dtype).eps
        self.variables: dict[str, tf.Variable | tf.Tensor] = {}
        self._creates_variables = creates_variables(class_name)
        self._dtype_of_others = _floating(trainable.values()) or self.dtype
        self._scope = _scope(scope)
        self._seed = seed
        self._stateless_seed: tf.Tensor | None = None
        self._initial_values = InitialValues(class_name, self.dtype, initial_parameters)
        self._initial_values.check(trainable, required.alternatives)
        required.check_passed(class_name, trainable)
        required.check_ndims(class_name, self.shape, trainable)
        self.sizes = required.checked_sizes(class_name, sizes or {}, trainable)
        self.structures = _checked_structures(class_name, structures or {}, trainable)

    def size(self, name: str) -> int:
        """Returns a size; 0 where no variable needs it."""
        return self.sizes.get(name, 0)

    def next_seed(self) -> tf.Tensor:
        """Splits the seed and returns the part for the next variable.

        The splits follow `make_trainable`, one for each variable in order, so that the
        same seed gives the same initial values.

        Returns:
          An int32 tensor of shape `[2]`.
        """
        if self._stateless_seed is None:
            self._stateless_seed = stateless_seed(self.class_name, self._seed)
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

    def as_real(self, value: TensorLike | Omitted | None) -> AnyStructure:
        """Returns integers as numbers of the dtype of the others, and all else as it is.

        Args:
          value: a number, array or tensor; TFP refuses one of an integer dtype, such as a count
            or a year that comes from NumPy.
        """
        if isinstance(value, (tf.Variable, DeferredTensor)):
            return value
        dtype = getattr(value, "dtype", None)
        if dtype is None or not tf.as_dtype(dtype).is_integer:
            return value
        return ops.cast(value, self._dtype_of_others)

    def _known(self, others: Mapping[str, object] | None) -> dict[str, tf.Tensor]:
        """Returns the values of those parameters that were passed, or are given to start at."""
        known: dict[str, AnyStructure] = {}
        for name, value in (others or {}).items():
            if value is TRAINABLE:
                known[name] = self._initial_values.value_of(name)
            else:
                known[name] = self.as_tensor(untyped(value))
        return {
            name: ops.convert_to_tensor(value) for name, value in known.items() if value is not None
        }

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
        below: Mapping[str, object] | None = None,
        above: Mapping[str, object] | None = None,
        beyond: Mapping[str, object] | None = None,
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
          below: parameters that it has to start below, with what was passed for each: where a
            value was passed, or is given to start at.
          above: parameters that it has to start above, likewise.
          beyond: parameters whose absolute values it has to start above, likewise.

        Returns:
          The variable itself where the parameter is unconstrained, else a
          `tfp.util.TransformedVariable` over it. Where a tensor stands in its place, that
          or a `tfp.util.DeferredTensor` over it.

        Raises:
          ValueError: if `shape` lacks dimensions that the bijector needs, or an initial
            value does not broadcast to it or is outside of the support.
        """
        # Where a graph is under construction, the bijector's tensors must outlive it.
        with ops.init_scope():
            constraint = bijector()
        lacking = constraint.inverse_min_event_ndims - len(shape)
        if lacking > 0:  # A value for another parameter, as to broadcast to, does not help it.
            ndims = len(self.shape) + lacking
            raise too_few_dimensions(self.class_name, self.shape, name, ndims)
        variable = self._initial_values.unconstrained(name, shape, constraint, seed, alternative)
        if below or above or beyond:
            beyond_zero = {it: ops.abs(value) for it, value in self._known(beyond).items()}
            bounds = self._known(below), {**self._known(above), **beyond_zero}
            variable = self._initial_values.ordered(name, variable, constraint, *bounds)
        # A tensor of the user's own, too, where there is no variable.
        with self._scope:
            variable = (
                tf.Variable(variable, name=name)
                if self._creates_variables
                else ops.identity(variable)
            )
        self.variables[name] = variable
        if isinstance(constraint, Identity):
            return variable
        if not isinstance(variable, tf.Variable):
            return ConstrainedTensor(variable, constraint, name=name)
        return ConstrainedVariable(None, constraint, name=name, pretransformed_input=variable)

    def linear_operator(
        self, name: str, *, diagonal: tuple[int, ...], seed: tf.Tensor
    ) -> LinearOperator:
        """Creates the variable of a linear operator, and the operator over it.

        Args:
          name: the parameter, which also names the variable.
          diagonal: shape of the operator's diagonal.
          seed: for a random initial value; int32, of shape `[2]`.

        Raises:
          ValueError: as for `variable`.
        """
        chosen = STRUCTURES[self.structures[f"{name}_structure"]]
        parameter = self.variable(
            name,
            shape=chosen.shape(diagonal),
            bijector=functools.partial(chosen.constraint, self.eps),
            seed=seed,
        )
        return chosen.build(parameter)


def _scope(name: object) -> AnyStructure:
    """Returns the context in which names begin with that of an object; TFP takes any."""
    if not isinstance(name, str):  # What TFP takes for a name is for TFP to say.
        return contextlib.nullcontext()
    valid = re.sub(r"[^\w.>/-]", "_", name).strip("/").lstrip("_->")
    return ops.name_scope(valid) if valid else contextlib.nullcontext()


def _floating(values: Iterable[object]) -> tf.DType | None:
    """Returns the floating dtype of the first value that has one of its own."""
    dtypes = (getattr(value, "dtype", None) for value in values)
    known = (tf.as_dtype(dtype) for dtype in dtypes if dtype is not None)
    return next((dtype for dtype in known if dtype.is_floating), None)


def _checked_structures(
    class_name: str, structures: Mapping[str, str], trainable: Mapping[str, object]
) -> dict[str, str]:
    """Returns the structures of the operators that are to be created."""
    needed = {
        argument: structure
        for argument, structure in structures.items()
        if trainable[argument.removesuffix("_structure")] is TRAINABLE
    }
    for argument, structure in needed.items():
        if structure not in STRUCTURES:
            where = f"{class_name}, argument {argument!r}"
            raise ValueError(mismatch(where, choices(STRUCTURES), repr(structure)))
    return needed


def no_variables(
    class_name: str,
    initial_parameters: InitialParameters,
    batch_and_event_shape: ShapeLike,
    parameter_dtype: DTypeLike,
) -> Creation:
    """Checks the arguments of a constructor that creates no variables.

    Args:
      class_name: the class under construction.
      initial_parameters: as for `ParameterInitializer`; a dict has to be empty.
      batch_and_event_shape: likewise.
      parameter_dtype: likewise.

    Returns:
      The record of what was created: nothing.

    Raises:
      TypeError: for arguments of the wrong kind.
      ValueError: for arguments of the right kind and the wrong value.
    """
    return ParameterInitializer(
        class_name, initial_parameters, batch_and_event_shape, parameter_dtype, None, trainable={}
    ).creation()
