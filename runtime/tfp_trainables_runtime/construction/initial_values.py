"""Initial values of parameters, as a user gives them: checked, broadcast, unconstrained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from tfp_trainables_runtime.constraints.values import (
    as_numbers,
    image_in_words,
    is_in_support,
    shortened,
    unconstrained_or_nan,
)
from tfp_trainables_runtime.construction.creation import TRAINABLE
from tfp_trainables_runtime.errors import choices, mismatch, suggestion
from tfp_trainables_runtime.parameterizations import Conversion
from tfp_trainables_runtime.typing import (
    AnyCallable,
    AnyStructure,
    ConstrainingBijector,
    ParameterInitFn,
)
from tfp_trainables_runtime.untyped import ops

__all__ = ["InitialValues", "OutsideSupportError"]


class OutsideSupportError(ValueError):
    """An initial value that no variable can have."""


@dataclass(frozen=True)
class InitialValues:
    """The initial values that were given for a trainable's parameters.

    Attributes:
      class_name: the class under construction, for messages.
      dtype: the floating dtype of the variables.
      given: a dict from parameter to value, or a callable `(parameter_name, shape, dtype,
        seed, constraining_bijector)`, or `None` to draw every value at random.
    """

    class_name: str
    dtype: tf.DType
    given: Mapping[str, object] | ParameterInitFn | None

    def check(self, trainable: Mapping[str, object], alternatives: Mapping[str, str]) -> None:
        """Checks for which parameters values are given.

        Args:
          trainable: each trainable parameter with the value that was passed for it,
            or `TRAINABLE`.
          alternatives: each alternative parameter with the trainable one that it stands
            in for.

        Raises:
          TypeError: if they are no mapping, callable or `None`.
          ValueError: for a parameter that is unknown, fixed, or given twice.
        """
        if self.given is None or callable(self.given):
            return
        where = f"{self.class_name}, argument 'initial_parameters'"
        if not _is_mapping(self.given):
            expected = "a dict from parameter name to initial value, a callable or None"
            hint = "; parts are passed by name" if _holds_modules(self.given) else ""
            raise TypeError(mismatch(where, expected, repr(self.given)) + hint)
        for name in self.given:
            if name not in trainable and name not in alternatives:
                known = [*trainable, *alternatives]
                hint = suggestion(str(name), known)
                raise ValueError(mismatch(where, choices(known), repr(name)) + hint)
            starts = alternatives.get(name, name)
            if starts != name and starts in self.given:
                raise ValueError(
                    f"{where}: expected {starts!r} or its alternative {name!r}, got both"
                )
            if trainable[starts] is None and starts not in alternatives.values():
                raise ValueError(
                    f"{self.class_name}, parameter {name!r}: expected {starts}=TRAINABLE, for an "
                    "initial value to train from, got None"
                )
            if trainable[starts] is not TRAINABLE:
                raise ValueError(
                    f"{self.class_name}, parameter {name!r}: expected a value that fixes it "
                    "or an initial value to train from, got both"
                )

    def unconstrained(
        self,
        name: str,
        shape: tuple[int, ...],
        bijector: ConstrainingBijector,
        seed: tf.Tensor,
        alternative: tuple[str, Conversion] | None,
    ) -> tf.Tensor:
        """Returns the initial value of a parameter's unconstrained variable.

        Args:
          name: the parameter.
          shape: shape of the parameter (not of the unconstrained variable).
          bijector: maps the unconstrained variable onto the parameter's support.
          seed: for a random value, where none is given; int32, of shape `[2]`.
          alternative: a parameter whose value may stand for that of this one, and how it
            is converted.

        Raises:
          TypeError: if what is given is no number.
          ValueError: if it does not broadcast to `shape` or is outside of the support.
        """
        given = self.given
        if callable(given):
            value = _call_init_fn(given, name, shape, self.dtype, seed, bijector)
        elif isinstance(given, Mapping) and name in given:
            value = self._broadcast(name, given[name], shape)
        elif alternative and isinstance(given, Mapping) and alternative[0] in given:
            value = self._converted(*alternative, given, shape)
        else:
            # The support is the image of the bijector, so a draw before the bijector is
            # a draw from the support, and the variable needs no round trip.
            return ops.raw_ops.StatelessRandomNormal(
                shape=bijector.inverse_event_shape(shape), seed=seed, dtype=self.dtype
            )
        unconstrained = unconstrained_or_nan(value, bijector)
        if ops.executing_eagerly() and not is_in_support(value, unconstrained, bijector):
            raise self._outside(image_in_words(bijector), name, value)
        return unconstrained

    def value_of(self, name: str) -> tf.Tensor | None:
        """Returns what a dict gives for a parameter, as a tensor; `None` if it gives nothing."""
        if not isinstance(self.given, Mapping) or name not in self.given:
            return None
        where = f"{self.class_name}, initial value of {name!r}"
        return as_numbers(where, self.given[name], self.dtype)

    def ordered(
        self,
        name: str,
        unconstrained: tf.Tensor,
        bijector: ConstrainingBijector,
        below: Mapping[str, tf.Tensor],
        above: Mapping[str, tf.Tensor],
    ) -> tf.Tensor:
        """Returns a start that is below and above what others are: one at random is moved there.

        Args:
          name: the parameter.
          unconstrained: what it starts at, without regard to the others.
          bijector: maps that onto the parameter's support, each number by itself.
          below: the values that it has to be below, by parameter.
          above: the values that it has to be above, by parameter.

        Raises:
          ValueError: if the start was given, and is not there.
        """
        start: AnyStructure = bijector.forward(ops.identity(unconstrained))
        is_given = callable(self.given) or self.value_of(name) is not None
        value = start
        for sign, side, bounds in ((-1, "below", below), (1, "above", above)):
            for other, of_batch in bounds.items():
                bound = _strictest(of_batch, start.shape, sign)
                is_there: AnyStructure = (value - bound) * sign > 0
                if not is_given:
                    # Further from a large bound than rounding reaches.
                    gap = ops.math.softplus(unconstrained) + 4 * self._eps * ops.abs(bound)
                    value = ops.where(is_there, value, bound + sign * gap)
                elif ops.executing_eagerly() and not np.all(is_there):
                    words = f"{side} {other!r}, which is {shortened(bound)}"
                    raise self._outside(words, name, start)
        # Where nothing was moved, the start is the same to the last bit.
        return ops.where(value == start, unconstrained, bijector.inverse(value))

    @property
    def _eps(self) -> float:
        numpy_dtype: AnyStructure = self.dtype.as_numpy_dtype
        return float(np.finfo(numpy_dtype).eps)

    def _converted(
        self,
        name: str,
        conversion: Conversion,
        given: Mapping[str, object],
        shape: tuple[int, ...],
    ) -> tf.Tensor:
        """Returns what the initial value of an alternative parameter comes to."""
        value = self._broadcast(name, given[name], shape)
        converted = conversion.function(value)
        if ops.executing_eagerly() and not np.isfinite(np.asarray(converted)).all():
            raise self._outside(conversion.support, name, value)
        return converted

    def _outside(self, support: str, name: str, value: tf.Tensor) -> OutsideSupportError:
        return OutsideSupportError(
            mismatch(
                f"{self.class_name}, initial value of {name!r}",
                f"values in its support ({support})",
                shortened(value),
            )
        )

    def _broadcast(self, name: str, value: object, shape: tuple[int, ...]) -> tf.Tensor:
        where = f"{self.class_name}, initial value of {name!r}"
        converted = as_numbers(where, value, self.dtype)
        try:
            return ops.broadcast_to(converted, shape)
        except (ValueError, ops.errors.InvalidArgumentError) as error:
            expected = f"a shape that broadcasts to {shape}"
            raise ValueError(mismatch(where, expected, tuple(converted.shape))) from error


def _strictest(bounds: AnyStructure, shape: tf.TensorShape, sign: int) -> AnyStructure:
    """Returns bounds that broadcast to a shape: of several for one element, the one that counts.

    Args:
      bounds: of a batch that may be larger.
      shape: the shape.
      sign: 1 for lower bounds, -1 for upper ones.
    """
    reduce = ops.reduce_max if sign > 0 else ops.reduce_min
    extra = max(bounds.shape.rank - shape.rank, 0)
    bounds = reduce(bounds, axis=list(range(extra)))
    last = range(-bounds.shape.rank, 0)
    wider = [axis for axis in last if shape[axis] == 1 and bounds.shape[axis] != 1]
    return reduce(bounds, axis=wider, keepdims=True)


def _holds_modules(value: object) -> bool:
    return any(isinstance(part, tf.Module) for part in ops.nest.flatten(value))


def _is_mapping(value: object) -> bool:
    return isinstance(value, Mapping)  # Whatever the annotations of a caller say.


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
