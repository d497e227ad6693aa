"""Constrained parameters, which read as tensors and numbers do."""

from __future__ import annotations

import tensorflow as tf
from tensorflow_probability.python.util.deferred_tensor import (
    DeferredTensor,
    TransformedVariable,
)

from tfp_trainables_runtime.constraints.values import (
    as_numbers,
    composed_name,
    image_in_words,
    is_in_support,
    shortened,
    unconstrained_or_nan,
)
from tfp_trainables_runtime.errors import mismatch
from tfp_trainables_runtime.typing import AnyStructure, DTypeLike, Keyword, TensorLike
from tfp_trainables_runtime.untyped import ops, untyped

__all__ = ["ConstrainedTensor", "ConstrainedVariable"]


class _Readable(DeferredTensor):
    """What TFP's deferred tensors lack of a tensor: Python's and NumPy's ways to read it."""

    # Compared by element, as tensors are; told apart by identity, as modules are.
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> AnyStructure:
        return self.value() == other

    def __ne__(self, other: object) -> AnyStructure:
        return self.value() != other

    def __float__(self) -> float:
        return float(self.value())

    def __int__(self) -> int:
        return int(self.value())

    def __complex__(self) -> complex:
        return complex(self.value())

    def __format__(self, format_spec: str) -> str:
        return format(self.value(), format_spec) if format_spec else str(self)

    def __array__(self, dtype: DTypeLike = None, copy: bool | None = None) -> AnyStructure:
        # Computed at every call, so that it is nobody else's already.
        del copy
        values: AnyStructure = untyped(super()).__array__()
        return values if dtype is None else values.astype(dtype, copy=False)

    def __len__(self) -> int:
        return len(self.value())

    def value(self) -> AnyStructure:
        """Returns the constrained value, as a tensor."""
        return ops.convert_to_tensor(self)

    def read_value(self) -> AnyStructure:
        """Returns the constrained value, as a tensor: what `tf.Variable` calls it too."""
        return self.value()

    def get_shape(self) -> tf.TensorShape:
        """Returns the static shape."""
        return untyped(self).shape


def _as_tensors_do(self: _Readable) -> bool:
    return bool(self.value())


class ConstrainedVariable(_Readable, TransformedVariable):
    """A `tfp.util.TransformedVariable` that reads as a tensor, and checks what it is assigned."""

    def assign(  # pyright: ignore[reportIncompatibleVariableOverride]
        self,
        value: TensorLike,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> AnyStructure:
        """Sets the constrained value.

        Args:
          value: numbers in the image of the constraint, of this variable's shape.
          use_locking: as for `tf.Variable.assign`.
          name: likewise.
          read_value: likewise.

        Returns:
          This variable; what `tf.Variable.assign` returns of the unconstrained one, where a
          graph is under construction.

        Raises:
          TypeError: if `value` is no number. Nothing is set, then or below.
          ValueError: if it has another shape, or is outside of that image. A graph finds the
            latter when it runs, and raises `tf.errors.InvalidArgumentError`; an XLA program
            does not look.
        """
        where = f"value assigned to {untyped(self).name!r}"
        bijector: AnyStructure = untyped(self).bijector
        # A tensor of our own: TFP's bijectors remember what they have computed of one. Asked
        # for the inverse of the user's own under a tape, they would answer with a constant.
        target = ops.identity(as_numbers(where, value, untyped(self).dtype))
        shape: AnyStructure = untyped(self).shape
        if not shape.is_compatible_with(target.shape):
            raise ValueError(mismatch(where, f"shape {shape}", f"shape {target.shape}"))
        variable: AnyStructure = untyped(self).pretransformed_input
        options = {"use_locking": use_locking, "name": name, "read_value": read_value}
        if ops.executing_eagerly():
            unconstrained = unconstrained_or_nan(target, bijector)
            if not is_in_support(target, unconstrained, bijector):
                expected = f"values in its support ({image_in_words(bijector)})"
                raise ValueError(mismatch(where, expected, shortened(target)))
            variable.assign(unconstrained, **options)
            return self
        unconstrained = bijector.inverse(target)
        is_inside = is_in_support(target, unconstrained, bijector)
        message = mismatch(where, f"values in the image of {composed_name(bijector)}", "others")
        with ops.control_dependencies([ops.debugging.Assert(is_inside, [message, target])]):
            return variable.assign(ops.identity(unconstrained), **options)

    def assign_add(  # pyright: ignore[reportIncompatibleVariableOverride]
        self, delta: TensorLike, *options: Keyword, **more: Keyword
    ) -> AnyStructure:
        """Adds to the constrained value; the other arguments are those of `assign`."""
        return self.assign(self.value() + delta, *options, **more)

    def assign_sub(  # pyright: ignore[reportIncompatibleVariableOverride]
        self, delta: TensorLike, *options: Keyword, **more: Keyword
    ) -> AnyStructure:
        """Subtracts from the constrained value; the other arguments are those of `assign`."""
        return self.assign(self.value() - delta, *options, **more)

    @property
    def trainable(self) -> bool:
        """Whether a tape watches the variable by itself."""
        return untyped(self).pretransformed_input.trainable


class ConstrainedTensor(_Readable):
    """A `tfp.util.DeferredTensor` that reads as a tensor."""

    def _value(
        self, dtype: DTypeLike = None, name: str | None = None, as_ref: bool = False
    ) -> tf.Tensor:
        del as_ref
        # A new tensor each time: TFP's bijectors remember what they have computed of one, and
        # would answer under one tape with what they have computed under another.
        argument = ops.identity(untyped(self).pretransformed_input)
        return ops.convert_to_tensor(untyped(self).transform_fn(argument), dtype=dtype, name=name)


for _class in (ConstrainedVariable, ConstrainedTensor):
    # TFP's metaclass gives each class the one of symbolic tensors, which refuses.
    untyped(_class).__bool__ = _as_tensors_do
