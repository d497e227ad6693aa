"""Comparison of what a trainable answers with what its oracle answers."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

ULPS = {np.dtype(np.float16): 4, np.dtype(np.float32): 32, np.dtype(np.float64): 32}
"""How far a result may be off, in units of the last place of its largest element."""


class Outcome:
    """What a call answers: arrays, or the type of the error that it raises."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self.arrays: list[Any] = []
        self.error: Exception | None = None
        try:
            self.arrays = [_array(part) for part in tf.nest.flatten(call())]
        except Exception as error:
            self.error = error

    def __repr__(self) -> str:
        return f"{type(self.error).__name__}: {self.error}" if self.error else repr(self.arrays)


def _array(value: Any) -> Any:
    return None if value is None else np.asarray(value)


def assert_same(actual: Callable[[], Any], expected: Callable[[], Any], *, ulps: bool) -> Outcome:
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
            np.testing.assert_array_equal(left, right)
    return oracle


def _assert_close(left: np.ndarray, right: np.ndarray) -> None:
    finite = np.abs(right[np.isfinite(right)])
    scale = finite.max() if finite.size else 0
    tolerance = ULPS[right.dtype] * np.finfo(right.dtype).eps
    np.testing.assert_allclose(left, right, rtol=tolerance, atol=tolerance * scale)


def gradients(model: Any, loss: Callable[[Any], tf.Tensor], variables: Any = None) -> list[Any]:
    """Returns the gradients of a loss of the model, `None` where there is none."""
    variables = model.trainable_variables if variables is None else variables
    with tf.GradientTape() as tape:
        value = loss(model)
    return tape.gradient(value, variables)
