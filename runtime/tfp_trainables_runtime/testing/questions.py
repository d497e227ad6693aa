"""What to ask of a trainable and of its oracle: methods, and what to call them with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import tensorflow as tf

from tfp_trainables_runtime.calls.ahead import DRAWS
from tfp_trainables_runtime.calls.caching import renewed
from tfp_trainables_runtime.classes.bijector import TrainableBijector
from tfp_trainables_runtime.classes.distribution import TrainableDistribution
from tfp_trainables_runtime.testing.cases import Case
from tfp_trainables_runtime.testing.comparison import Outcome, gradients
from tfp_trainables_runtime.testing.conditioning import Conditioning, Nudge, as_it_is
from tfp_trainables_runtime.testing.inputs import OF_A_VALUE, STATISTICS
from tfp_trainables_runtime.typing import AnyStructure
from tfp_trainables_runtime.untyped import ops, untyped

__all__ = [
    "DRAW",
    "DRAWS",
    "Calls",
    "Question",
    "calls_of",
    "calls_of_bijector",
    "calls_of_distribution",
    "calls_of_kernel",
]

DRAW = (2, (3, 4))
"""What to call them with: a sample shape and a seed."""

Calls: TypeAlias = dict[str, tuple[AnyStructure, ...]]
"""What to call each method with."""

_JACOBIANS = ("forward_log_det_jacobian", "inverse_log_det_jacobian")
_np = untyped(np)


@dataclass(frozen=True)
class Question:
    """What a method is called with.

    Attributes:
      method: its name.
      arguments: positional arguments.
    """

    method: str
    arguments: tuple[AnyStructure, ...]

    def ask(self, it: AnyStructure, nudge: Nudge = as_it_is) -> AnyStructure:
        """Calls the method of an object, the inputs of both moved by a nudge."""
        # In tensors of which no bijector remembers anything.
        arguments = [renewed(nudge(argument)) for argument in self.arguments]
        return getattr(nudge(it), self.method)(*arguments)

    def gradients(
        self, it: AnyStructure, variables: AnyStructure, nudge: Nudge = as_it_is
    ) -> list[AnyStructure]:
        """Returns the gradients of the sum of the floating numbers that it answers."""

        def loss(it: AnyStructure) -> AnyStructure:
            parts = ops.nest.flatten(self.ask(it, nudge))
            sums = [ops.reduce_sum(part) for part in parts if part.dtype.is_floating]
            return sum((ops.cast(it, tf.float64) for it in sums), ops.zeros([], tf.float64))

        return gradients(it, loss, variables)

    def conditioning(
        self, oracle: AnyStructure, differentiated: AnyStructure = None
    ) -> Conditioning:
        """Returns how well the oracle knows the answer, or its gradients."""

        def answer(nudge: Nudge) -> AnyStructure:
            if differentiated is None:
                return self.ask(oracle, nudge)
            return self.gradients(oracle, differentiated, nudge)

        return Conditioning(answer, oracle.variables)


def calls_of(case: Case, plain: AnyStructure, dtype: type) -> Calls:
    """Returns what to call each method of a case's class with."""
    if issubclass(case.trainable_class, TrainableDistribution):
        return calls_of_distribution(plain, case.input and case.input(dtype))
    x = case.input_of(dtype)
    of_bijector = issubclass(case.trainable_class, TrainableBijector)
    return calls_of_bijector(plain, x) if of_bijector else calls_of_kernel(x)


def calls_of_distribution(plain: AnyStructure, value: AnyStructure) -> Calls:
    """Returns what to call the methods of a distribution with.

    Args:
      plain: the oracle.
      value: what to ask the density of; `None` for what the oracle draws.
    """
    value = _value_to_ask_of(plain) if value is None else value
    densities = {} if value is None else dict.fromkeys(OF_A_VALUE, (value,))
    statistics: Calls = dict.fromkeys(STATISTICS, ())
    return {**dict.fromkeys(DRAWS, DRAW), **densities, "quantile": (0.3,), **statistics}


def _value_to_ask_of(plain: AnyStructure) -> AnyStructure:
    """Returns what a distribution draws or, if it does not, numbers between 0 and 1."""
    drawn = Outcome(lambda: plain.sample(*DRAW))
    if drawn.error is None:
        return _fresh(drawn.answer)
    if ops.nest.is_nested(plain.event_shape):
        return None
    shape = ops.TensorShape([2, *plain.batch_shape, *plain.event_shape])
    if not (shape.is_fully_defined() and plain.dtype.is_floating):
        return None
    between = _np.linspace(0.1, 0.7, shape.num_elements(), dtype=plain.dtype.as_numpy_dtype)
    return between.reshape(shape)


def calls_of_bijector(plain: AnyStructure, x: AnyStructure) -> Calls:
    """Returns what to call the methods of a bijector with, `x` being an input of `forward`."""
    calls: Calls = {"forward": (x,), _JACOBIANS[0]: (x,)}
    mapped = Outcome(lambda: plain.forward(x))
    y = x if mapped.error is not None else _fresh(mapped.answer)
    return {**calls, "inverse": (y,), _JACOBIANS[1]: (y,)}


def calls_of_kernel(x: AnyStructure) -> Calls:
    """Returns what to call the methods of a kernel with, `x` being a list of examples."""
    return {"apply": (x, x, 1), "matrix": (x, x[1:]), "tensor": (x, x[1:], 1, 1)}


def _fresh(value: AnyStructure) -> AnyStructure:
    """Returns new tensors, of which the oracle's bijectors remember nothing."""

    def copied(part: AnyStructure) -> AnyStructure:
        return ops.constant(_np.asarray(part))

    return ops.nest.map_structure(copied, value)
