"""What the constructor of a class requires, whatever it is called with."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

from tfp_trainables_runtime.construction.creation import TRAINABLE
from tfp_trainables_runtime.errors import mismatch
from tfp_trainables_runtime.typing import AnyStructure
from tfp_trainables_runtime.untyped import untyped

__all__ = ["Requirements", "too_few_dimensions"]


@dataclass(frozen=True)
class Requirements:
    """What creating the variables of a class requires: the same for all of its objects.

    Attributes:
      alternatives: each alternative parameter with the trainable one that it stands in for.
      optional: parameters that TFP takes `None` for.
      minimum_ndims: how many dimensions `batch_and_event_shape` needs for a parameter, where
        that is more than none. Where a value was passed for another parameter, TFP broadcasts
        to it, and fewer will do.
      repeats_last: parameters whose shape repeats the last dimension, which has to be there.
      sizes: for each size that TFP cannot infer from the shape, the parameters whose shapes
        have it, with the least that leaves them an element.
    """

    alternatives: Mapping[str, str] = field(default_factory=dict[str, str])
    optional: Collection[str] = ()
    minimum_ndims: Mapping[str, int] = field(default_factory=dict[str, int])
    repeats_last: Collection[str] = ()
    sizes: Mapping[str, Mapping[str, int]] = field(default_factory=dict[str, Mapping[str, int]])

    def check_passed(self, class_name: str, trainable: Mapping[str, object]) -> None:
        """Raises if `None` is passed for a parameter that has to have a value.

        Args:
          class_name: the class under construction.
          trainable: as for `check_ndims`.

        Raises:
          TypeError: naming the first such parameter.
        """
        for name, value in trainable.items():
            if value is None and name not in self.optional:
                where = f"{class_name}, argument {name!r}"
                raise TypeError(mismatch(where, "a value, or TRAINABLE for a variable", "None"))

    def check_ndims(
        self, class_name: str, shape: tuple[int, ...], trainable: Mapping[str, object]
    ) -> None:
        """Raises if the shape has too few dimensions for what is to be created.

        Args:
          class_name: the class under construction.
          shape: `batch_and_event_shape`.
          trainable: each trainable parameter with the value that was passed for it, or
            `TRAINABLE`.

        Raises:
          ValueError: naming the first parameter that needs more.
        """
        given = [value for value in trainable.values() if value is not TRAINABLE]
        broadcasts = any(value is not None for value in given)
        for name, ndims in self.minimum_ndims.items():
            is_fixed = trainable[name] is not TRAINABLE
            if is_fixed or (broadcasts and name not in self.repeats_last):
                continue
            if len(shape) < ndims:
                raise too_few_dimensions(class_name, shape, name, ndims)

    def checked_sizes(
        self, class_name: str, passed: Mapping[str, object], trainable: Mapping[str, object]
    ) -> dict[str, int]:
        """Returns the sizes that what is to be created needs.

        Args:
          class_name: the class under construction.
          passed: what was passed for each size.
          trainable: as for `check_ndims`.

        Raises:
          ValueError: if one was not passed or is too small.
          TypeError: if one is no integer.
        """
        sizes: dict[str, int] = {}
        for name, of_parameters in self.sizes.items():
            needed = {it: of_parameters[it] for it in of_parameters if trainable[it] is TRAINABLE}
            if needed:
                most = max(needed, key=needed.__getitem__)
                sizes[name] = _checked_size(class_name, name, passed[name], most, needed[most])
        # Of two sizes that a shape has, the last is that of its last dimension.
        last = {parameter: name for name, least in self.sizes.items() for parameter in least}
        for parameter, name in last.items():
            offset = 1 - self.sizes[name][parameter]
            _check_contradiction(
                class_name, name, passed[name], parameter, trainable[parameter], offset
            )
        return sizes


def _check_contradiction(
    class_name: str, name: str, size: object, parameter: str, value: object, offset: int
) -> None:
    """Raises if the last dimension of a value that was passed is not what a size makes it."""
    if size is None or value is None or value is TRAINABLE:
        return
    known: AnyStructure = value
    shape: AnyStructure = tf.TensorShape(getattr(value, "shape", untyped(np).shape(known)))
    if shape.rank and shape[-1] is not None and shape[-1] != untyped(size) + offset:
        fits = f"{shape[-1] - offset} or nothing, for {parameter!r} has shape {tuple(shape)}"
        raise ValueError(mismatch(f"{class_name}, argument {name!r}", fits, repr(size)))


def _checked_size(class_name: str, name: str, value: object, parameter: str, minimum: int) -> int:
    where = f"{class_name}, argument {name!r}"
    expected = f"an int of at least {minimum}, which the shape of {parameter!r} follows from"
    if value is None:
        raise ValueError(mismatch(where, expected, "nothing"))
    number: AnyStructure = value
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(mismatch(where, expected, repr(number)))
    if int(number) < minimum:
        raise ValueError(mismatch(where, expected, int(number)))
    return int(number)


def too_few_dimensions(
    class_name: str, shape: tuple[int, ...], parameter: str, ndims: int
) -> ValueError:
    """Returns the error of a shape with fewer dimensions than a parameter needs."""
    plural = "dimension" if ndims == 1 else "dimensions"
    return ValueError(
        mismatch(
            f"{class_name}, argument 'batch_and_event_shape'",
            f"at least {ndims} {plural}, which the shape of {parameter!r} follows from",
            shape,
        )
    )
