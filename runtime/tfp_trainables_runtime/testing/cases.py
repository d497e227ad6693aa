"""Trainables as test cases."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from tfp_trainables_runtime.classes.bijector import TrainableBijector
from tfp_trainables_runtime.testing.inputs import plain_input
from tfp_trainables_runtime.typing import AnyStructure, Bijector, DeferredTensor
from tfp_trainables_runtime.untyped import ops, untyped

__all__ = ["Case"]

_SEED = (3, 4)
_np = untyped(np)
_tfp = untyped(tfp)


@dataclass(frozen=True)
class Case:
    """A trainable, and how to build it.

    Attributes:
      tfp_class: the class that it is a trainable of.
      trainable_class: the trainable's class.
      batch_and_event_shape: a shape that it takes.
      arguments: what it cannot be built without, from the NumPy scalar type of the variables.
      sizes: the arguments that are sizes, which `make_trainable` does not take.
      passed: parameters that `make_trainable` cannot create, or creates otherwise: it gets
        the values that the trainable has.
      has_oracle: whether `make_trainable` takes the class at all.
      input: an input for a bijector, examples for a kernel, or a value to ask the density of
        a distribution of that does not draw, from the same scalar type.
      methods: the methods that it implements.
      dtypes: the NumPy scalar types of variables that it takes.
    """

    tfp_class: type[AnyStructure]
    trainable_class: type[AnyStructure]
    batch_and_event_shape: tuple[int, ...] = ()
    arguments: Callable[[type], Mapping[str, AnyStructure]] = lambda _: {}
    sizes: Sequence[str] = ()
    passed: Sequence[str] = ()
    has_oracle: bool = True
    input: Callable[[type], AnyStructure] | None = None
    methods: Sequence[str] = ()
    dtypes: Sequence[type] = (np.float32, np.float64)

    def __repr__(self) -> str:
        return self.tfp_class.__name__

    def build(self, dtype: type, **overrides: AnyStructure) -> AnyStructure:
        """Returns a trainable."""
        return self.trainable_class(**{**self._arguments(dtype), **overrides})

    def build_both(self, dtype: type) -> tuple[AnyStructure, AnyStructure]:
        """Returns a trainable and its oracle, of the same arguments."""
        values = self.build(dtype).parameters
        passed = {name: _value_of(values[name]) for name in self.passed}
        model = self.build(dtype, **passed)
        if not self.has_oracle:
            return model, self.tfp_class(**model.parameters)
        arguments = {**self._arguments(dtype), **passed}
        for name in self.sizes:
            arguments.pop(name, None)
        return model, _tfp.experimental.util.make_trainable(self.tfp_class, **arguments)

    def supports(self, dtype: type) -> dict[str, AnyStructure]:
        """Returns, of each parameter, a bijector whose image is its support by annotation."""
        given = self._arguments(dtype)
        # TFP's annotations take no other size.
        sizes = {name: given[name] for name in self.sizes if name == "num_classes"}
        supports: dict[str, AnyStructure] = {}
        with contextlib.suppress(NotImplementedError):  # There may be none, or not of all.
            properties: AnyStructure = self.tfp_class.parameter_properties(dtype=dtype, **sizes)
            for name, facts in properties.items():
                make = facts.default_constraining_bijector_fn
                with contextlib.suppress(NotImplementedError):
                    # Some classes of TFP annotate a bijector in the place of what makes one.
                    support = make() if callable(make) and not isinstance(make, Bijector) else make
                    if support is not None:
                        supports[name] = support
        return supports

    def _arguments(self, dtype: type) -> dict[str, AnyStructure]:
        return {
            "batch_and_event_shape": self.batch_and_event_shape,
            "parameter_dtype": dtype,
            "seed": _SEED,
            **self.arguments(dtype),
        }

    def input_of(self, dtype: type) -> AnyStructure:
        """Returns an input for a bijector, or examples for a kernel."""
        if self.input is not None:
            return self.input(dtype)
        of_kernel = not issubclass(self.trainable_class, TrainableBijector)
        return plain_input(self.batch_and_event_shape, dtype, of_kernel=of_kernel)


def _value_of(parameter: AnyStructure) -> AnyStructure:
    is_variable = isinstance(parameter, (DeferredTensor, tf.Variable))
    return ops.convert_to_tensor(parameter) if is_variable else parameter
