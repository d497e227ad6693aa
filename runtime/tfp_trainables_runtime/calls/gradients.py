"""The value and the gradients of a loss, as one program."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import tensorflow as tf

from tfp_trainables_runtime.calls.callers import Call, Programs
from tfp_trainables_runtime.calls.methods import CompiledMethods
from tfp_trainables_runtime.errors import mismatch
from tfp_trainables_runtime.parts.rebuilding import WITH_PARAMETERS
from tfp_trainables_runtime.private import current_device, variables_of
from tfp_trainables_runtime.programs.execution import runs_programs, without_programs
from tfp_trainables_runtime.programs.programs import value_and_gradients
from tfp_trainables_runtime.programs.records import ReplacedError
from tfp_trainables_runtime.typing import AnyStructure, TensorLike
from tfp_trainables_runtime.untyped import ops, untyped

__all__ = ["ValueAndGradient", "value_and_gradient"]


class ValueAndGradient(NamedTuple):
    """What a loss comes to.

    Attributes:
      value: the loss, a scalar.
      gradients: that of each of the model's `trainable_variables`, in their order and of their
        shapes; 0 where the loss does not depend on one.
    """

    value: tf.Tensor
    gradients: tuple[tf.Tensor, ...]


def value_and_gradient(
    model: AnyStructure,
    data: TensorLike | AnyStructure,
    loss: Callable[[AnyStructure, AnyStructure], tf.Tensor] | None = None,
) -> ValueAndGradient:
    """Returns a loss and its gradients, for a step of training.

    Where calls repeat, both are one program that all models of one structure share.

    Args:
      model: a trainable, or another distribution, bijector or kernel that is made of trainables.
      data: what the loss is of: a tensor, or a structure of tensors.
      loss: a function of the model and the data; it is given a plain instance of the TFP class
        in the place of a trainable. By default the negative mean of `log_prob`.

    Raises:
      TypeError: if the model is something else.
    """
    if not isinstance(model, WITH_PARAMETERS):
        where = "value_and_gradient, argument 'model'"
        raise TypeError(mismatch(where, "a distribution, bijector or kernel", repr(model)))
    loss = negative_mean_log_prob if loss is None else loss
    dtype = None if ops.nest.is_nested(data) else getattr(model, "dtype", None)
    hint = dtype if isinstance(dtype, tf.DType) else None
    as_tensor = functools.partial(tf.convert_to_tensor, dtype_hint=hint)
    data = ops.nest.map_structure(as_tensor, data)
    op_by_op = functools.partial(_op_by_op, model, loss, data)
    if not runs_programs():
        return op_by_op()
    programs, key, differentiated = _programs_of(model), None, _Loss(loss)
    if isinstance(data, tf.Tensor):
        key = (differentiated, current_device(), untyped(data).dtype, untyped(data).shape)
        caller = programs.callers.get(key)
        if caller is not None:
            try:
                return ValueAndGradient(*caller((data,), op_by_op))
            except ReplacedError:
                caller = None
    variables = _variables_of(model)
    call = Call("value_and_gradient", (data,), loss=differentiated, variables=variables)
    return ValueAndGradient(*programs.call(model, call, key, op_by_op))


class _Loss:
    """A function that is equal to another of the same code over the same values.

    Else a lambda in a loop would be a new loss at each step, and no step would be compiled.
    """

    def __init__(self, function: Callable[..., AnyStructure]) -> None:
        self._function = function
        of_python = untyped(function)
        cells = getattr(of_python, "__closure__", None) or ()
        try:
            held: list[AnyStructure] = [getattr(of_python, "__self__", None)]
            held += [cell.cell_contents for cell in cells]
            held += [*(of_python.__defaults__ or ()), of_python.__kwdefaults__]
            self._identity: AnyStructure = (of_python.__code__, *map(id, held))
        except (AttributeError, ValueError):  # No function of Python's, or one that is not ready.
            self._identity = function

    def __call__(self, *arguments: AnyStructure) -> AnyStructure:
        return self._function(*arguments)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Loss) and other._identity == self._identity

    def __hash__(self) -> int:
        return hash(self._identity)


def negative_mean_log_prob(model: AnyStructure, data: AnyStructure) -> tf.Tensor:
    """Returns the mean over all samples and batches, which has no units of how many there are."""
    return -ops.reduce_mean(untyped(model).log_prob(data))


def _op_by_op(
    model: AnyStructure,
    loss: Callable[[AnyStructure, AnyStructure], tf.Tensor],
    data: AnyStructure,
) -> ValueAndGradient:
    with without_programs():
        of_loss = value_and_gradients(lambda: loss(model, data), lambda: _variables_of(model))
        return ValueAndGradient(*of_loss)


def _variables_of(model: AnyStructure) -> Sequence[tf.Variable]:
    if isinstance(model, CompiledMethods):
        return untyped(model).trainable_variables
    return [variable for variable in variables_of(model) if variable.trainable]


def _programs_of(model: AnyStructure) -> Programs:
    """Returns the programs of an object, which a trainable has and others are given here.

    They live as long as the object, which they may hold on to themselves.
    """
    if isinstance(model, CompiledMethods):
        return untyped(model)._programs
    attributes = untyped(model).__dict__  # What is set there, `tf.Module` does not track.
    programs: Programs = attributes.setdefault(_OF_OTHERS, Programs())
    return programs


_OF_OTHERS = "_tfp_trainables_programs"
