"""What TFP's own classes keep to, so that a trainable of them works, and others may not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

import tensorflow as tf

from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.probe.instances import in_support, input_of
from tfp_trainables_generator.spec.classes import ClassSpec

_SEED = (3, 4)

Values: TypeAlias = Any
_tf: Any = tf


def check_contract(spec: ClassSpec, subject: Values, dtype: type) -> None:
    """Checks an instance of a class that is not TFP's.

    Raises:
      CompilationError: if `parameters` would not make an equal object, or if the
        constructor computes from a parameter, which training would then not change.
    """
    name = spec.qualified_name
    recorded: Mapping[str, Values] = subject.parameters or {}
    unrecorded = [it.name for it in spec.parameters if it.name not in recorded]
    if unrecorded and not spec.restates_parameters:  # Else the trainable records them.
        listed = ", ".join(map(repr, unrecorded))
        raise CompilationError(
            [f"{name}: expected `parameters` that hold the arguments {listed}, got none"]
        )
    variables: dict[str, Sequence[Values]] = {
        key: recorded[key].trainable_variables
        for key in spec.variables
        if hasattr(recorded.get(key), "trainable_variables")
        # What the trainable defers, no method of the class itself reads.
        and not (spec.deferred and key == spec.deferred.parameter)
    }
    reached = _reached(spec, lambda: subject, variables, dtype)
    reachable = _reached(spec, lambda: type(subject)(**recorded), variables, dtype)
    once = [key for key in variables if reachable[key] and not reached[key]]
    if once:
        raise CompilationError(
            [
                f"{name}, parameter {key!r}: expected methods to read it, for its variable "
                "changes; got a constructor that does"
                for key in once
            ]
        )


def _reached(
    spec: ClassSpec,
    make: Callable[[], Values],
    variables: Mapping[str, Sequence[Values]],
    dtype: type,
) -> dict[str, bool]:
    """Returns which variables a gradient reaches, operation by operation."""
    reached = dict.fromkeys(variables, False)
    with suppress(Exception), _tf.GradientTape() as tape:
        subject = make()
        if spec.kind == "distribution":
            try:
                value = subject.sample(2, seed=_SEED)
            except Exception:
                value = in_support(subject, dtype)
            result = subject.log_prob(_tf.stop_gradient(value))
        elif spec.kind == "bijector":
            result = subject.forward(input_of(spec, dtype))
        else:
            x = input_of(spec, dtype)
            result = subject.matrix(x, x)
        loss = _tf.add_n([_tf.reduce_sum(part) for part in _tf.nest.flatten(result)])
        with tape.stop_recording():
            gradients = tape.gradient(loss, dict(variables))
        for key, parts in gradients.items():
            reached[key] = any(part is not None for part in parts)
    return reached
