"""Comparison of what a trainable answers with what its oracle answers: for tests."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Mapping

import numpy as np
import tensorflow as tf

from tfp_trainables_runtime.typing import AnyStructure
from tfp_trainables_runtime.untyped import ops, untyped

__all__ = [
    "ULPS",
    "ULPS_OF_XLA",
    "Outcome",
    "assert_compiled_alike",
    "assert_same",
    "gradients",
    "operation_by_operation",
]

_np = untyped(np)

ULPS = {np.dtype(np.float16): 4, np.dtype(np.float32): 32, np.dtype(np.float64): 32}
"""How far a result may be off, in units of the last place of its largest element."""

ULPS_OF_XLA = {np.dtype(np.float32): 512, np.dtype(np.float64): 512}
"""The same for what XLA compiles, held to what TFP answers operation by operation."""


@contextlib.contextmanager
def operation_by_operation() -> Generator[None, None, None]:
    """Has TensorFlow run every function, and so every method, operation by operation."""
    ops.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        ops.config.run_functions_eagerly(False)


class Outcome:
    """What a call answers: arrays, or the error that it raises."""

    def __init__(self, call: Callable[[], AnyStructure]) -> None:
        """Calls it."""
        self.arrays: list[AnyStructure] = []
        self.error: Exception | None = None
        try:
            self.arrays = [_array(part) for part in ops.nest.flatten(call())]
        except Exception as error:
            self.error = error

    def __repr__(self) -> str:
        return f"{type(self.error).__name__}: {self.error}" if self.error else repr(self.arrays)


def _array(value: AnyStructure) -> AnyStructure:
    return None if value is None else _np.asarray(value)


def assert_same(
    actual: Callable[[], AnyStructure], expected: Callable[[], AnyStructure], *, ulps: bool
) -> Outcome:
    """Asserts that two calls answer the same; returns what was expected.

    Args:
      actual: the call under test.
      expected: the oracle.
      ulps: whether to allow for `ULPS`; else the bits must agree.
    """
    oracle = Outcome(expected)
    subject = Outcome(actual)
    assert (subject.error is None) == (oracle.error is None), f"{subject!r} is not {oracle!r}"
    if oracle.error is not None:
        assert type(subject.error) is type(oracle.error), f"{subject!r} is not {oracle!r}"
        return oracle
    assert len(subject.arrays) == len(oracle.arrays)
    for left, right in zip(subject.arrays, oracle.arrays, strict=True):
        if left is None or right is None:
            assert left is right
            continue
        assert (left.shape, left.dtype) == (right.shape, right.dtype)
        if ulps and right.dtype in ULPS and right.size:
            _assert_close(left, right)
        else:
            _np.testing.assert_array_equal(left, right)
    return oracle


def _assert_close(
    left: AnyStructure, right: AnyStructure, ulps: Mapping[AnyStructure, int] = ULPS
) -> None:
    finite = _np.abs(right[_np.isfinite(right)])
    scale = finite.max() if finite.size else 0
    tolerance = ulps[right.dtype] * _np.finfo(right.dtype).eps
    _np.testing.assert_allclose(left, right, rtol=tolerance, atol=tolerance * scale)


def gradients(
    model: AnyStructure, loss: Callable[[AnyStructure], tf.Tensor], variables: AnyStructure = None
) -> list[AnyStructure]:
    """Returns the gradients of a loss of the model, `None` where there is none."""
    variables = model.trainable_variables if variables is None else variables
    with ops.GradientTape() as tape:
        value = loss(model)
    return tape.gradient(value, variables)


def assert_compiled_alike(
    compiled: AnyStructure, oracle: AnyStructure, *, is_log: bool = False
) -> None:
    """Asserts that an XLA program answers what TFP does operation by operation.

    XLA fuses operations, so that roundings differ where TensorFlow's differ from the exact
    result. The tolerance is that of `ULPS_OF_XLA`, relative to the largest element.

    Args:
      compiled: what the program answers.
      oracle: what TFP answers.
      is_log: whether results are log probabilities: the log of what is nothing but
        rounding error has no digits, so that probabilities are compared in its place, and
        TFP's NaN for the log of a negative one counts as probability 0.
    """
    left_parts, right_parts = ops.nest.flatten(compiled), ops.nest.flatten(oracle)
    assert len(left_parts) == len(right_parts)
    for left, right in zip(map(_array, left_parts), map(_array, right_parts), strict=True):
        assert (left.shape, left.dtype) == (right.shape, right.dtype)
        if right.dtype not in ULPS_OF_XLA:
            _np.testing.assert_array_equal(left, right)
            continue
        try:
            _assert_close(left, right, ULPS_OF_XLA)
        except AssertionError:
            if not is_log:
                raise
            # The log of a rounding error below 0 is no number, of one above 0 it is one.
            is_nan = _np.isnan(right)
            right_probability = _np.where(is_nan, 0, _np.exp(right))
            left_probability = _np.where(is_nan & _np.isnan(left), 0, _np.exp(left))
            _assert_close(left_probability, right_probability, ULPS_OF_XLA)
