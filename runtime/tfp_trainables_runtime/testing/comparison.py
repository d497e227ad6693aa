"""Comparison of what a trainable answers with what its oracle answers: for tests.

Each comparison raises an `AssertionError` that says what was asked, expected and got.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator

import numpy as np
import tensorflow as tf

from tfp_trainables_runtime.errors import mismatch
from tfp_trainables_runtime.testing.conditioning import Conditioning, arrays_of
from tfp_trainables_runtime.typing import AnyStructure
from tfp_trainables_runtime.untyped import ops, untyped

__all__ = [
    "ULPS",
    "ULPS_OF_XLA",
    "Outcome",
    "assert_compiled_alike",
    "assert_same",
    "expect",
    "gradients",
    "operation_by_operation",
    "shortly",
]

_np = untyped(np)

ULPS: dict[AnyStructure, int] = {
    np.dtype(np.float16): 4,
    np.dtype(np.float32): 32,
    np.dtype(np.float64): 32,
}
"""How far a result may be off, in units of the last place of its largest element."""

ULPS_OF_XLA: dict[AnyStructure, int] = {np.dtype(np.float32): 64, np.dtype(np.float64): 128}
"""The same for what XLA compiles, whose log1p alone is up to 50 off in double precision."""

_TIMES_CONDITIONING = 8
"""How many times as far as the oracle moves when its inputs move by an ulp."""

_WIDTH = 100
"""How much of a value there is room for in a message."""


@contextlib.contextmanager
def operation_by_operation() -> Generator[None, None, None]:
    """Has TensorFlow run every function, and so every method, operation by operation."""
    before = ops.config.functions_run_eagerly()
    ops.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        ops.config.run_functions_eagerly(before)


class Outcome:
    """What a call answers: a structure and its arrays, or the error that it raises."""

    def __init__(self, call: Callable[[], AnyStructure]) -> None:
        """Calls it."""
        self.answer: AnyStructure = None
        self.arrays: list[AnyStructure] = []
        self.error: Exception | None = None
        try:
            self.answer = call()
            self.arrays = arrays_of(self.answer)
        except Exception as error:
            self.error = error

    def __repr__(self) -> str:
        if self.error is not None:
            first_line = str(self.error).strip().partition("\n")[0]
            return f"{type(self.error).__name__}: {first_line}"
        return shortly(self.arrays[0] if len(self.arrays) == 1 else self.arrays)


def expect(is_so: object, where: str, expected: object, got: object) -> None:
    """Raises an `AssertionError` that says what was expected where, unless it is so."""
    if not is_so:
        raise AssertionError(mismatch(where, expected, got))


def shortly(value: AnyStructure) -> str:
    """Returns a value as text of a line."""
    if isinstance(value, (np.ndarray, np.generic)):
        value = _np.array2string(_np.asarray(value), threshold=8, edgeitems=2, separator=", ")
    text = " ".join(str(value).split())
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}..."


def assert_same(
    actual: Callable[[], AnyStructure],
    expected: Callable[[], AnyStructure],
    *,
    ulps: bool,
    where: str = "the answer",
    conditioning: Conditioning | None = None,
) -> Outcome:
    """Asserts that two calls answer the same; returns what was expected.

    Args:
      actual: the call under test.
      expected: the oracle.
      ulps: whether to allow for `ULPS`; else the bits must agree.
      where: what is asked of whom, for the message.
      conditioning: how well the oracle knows it, to be measured if it takes more than ulps.
    """
    oracle = Outcome(expected)
    subject = Outcome(actual)
    if oracle.error is not None:
        expect(type(subject.error) is type(oracle.error), where, oracle, subject)
        return oracle
    expect(subject.error is None, where, oracle, subject)
    _assert_same_structure(subject.answer, oracle.answer, where)
    allowed = ULPS if ulps else {}
    _assert_arrays(subject.arrays, oracle.arrays, allowed, where, conditioning)
    return oracle


def gradients(
    model: AnyStructure, loss: Callable[[AnyStructure], tf.Tensor], variables: AnyStructure = None
) -> list[AnyStructure]:
    """Returns the gradients of a loss of the model, `None` where there is none."""
    variables = model.trainable_variables if variables is None else variables
    with ops.GradientTape() as tape:
        value = loss(model)
    parts = tape.gradient(value, variables)
    return [None if part is None else ops.convert_to_tensor(part) for part in parts]


def assert_compiled_alike(
    compiled: AnyStructure,
    oracle: AnyStructure,
    *,
    is_log: bool = False,
    where: str = "the program",
    conditioning: Conditioning | None = None,
) -> None:
    """Asserts that an XLA program answers what TFP does operation by operation.

    XLA fuses operations, so that roundings differ where TensorFlow's differ from the exact
    result. The tolerance is that of `ULPS_OF_XLA`, and as the conditioning has it.

    Args:
      compiled: what the program answers.
      oracle: what TFP answers.
      is_log: whether results are log probabilities: the log of what is nothing but
        rounding error has no digits, so that probabilities are compared in its place, and
        TFP's NaN for the log of a negative one counts as probability 0.
      where: what is asked of whom, for the message.
      conditioning: how well TFP knows it, to be measured if it takes more than ulps.
    """
    _assert_same_structure(compiled, oracle, where)
    left, right = arrays_of(compiled), arrays_of(oracle)
    try:
        _assert_arrays(left, right, ULPS_OF_XLA, where, conditioning)
    except AssertionError:
        if not is_log:
            raise
        pairs = [_probabilities(*both) for both in zip(left, right, strict=True)]
        left, right = ([pair[position] for pair in pairs] for position in (0, 1))
        _assert_arrays(left, right, ULPS_OF_XLA, f"{where}, as probabilities", None)


def _probabilities(log: AnyStructure, of_oracle: AnyStructure) -> tuple[AnyStructure, AnyStructure]:
    # The log of a rounding error below 0 is no number, of one above 0 it is one.
    is_nan = _np.isnan(of_oracle)
    is_nan_in_both = is_nan & _np.isnan(log)
    probability = _np.where(is_nan_in_both, 0, _np.exp(log))
    return probability, _np.where(is_nan, 0, _np.exp(of_oracle))


def _assert_same_structure(actual: AnyStructure, expected: AnyStructure, where: str) -> None:
    try:
        ops.nest.assert_same_structure(expected, actual)
    except (TypeError, ValueError) as error:
        raise AssertionError(mismatch(where, _kind(expected), _kind(actual))) from error


def _kind(structure: AnyStructure) -> str:
    """Names the type of a structure, and those in it."""
    if not ops.nest.is_nested(structure):
        return "one value"
    parts = structure.values() if hasattr(structure, "values") else structure
    return f"{type(structure).__name__}({', '.join(map(_kind, parts))})"


def _assert_arrays(
    actual: list[AnyStructure],
    expected: list[AnyStructure],
    ulps: dict[AnyStructure, int],
    where: str,
    conditioning: Conditioning | None,
) -> None:
    """Asserts that arrays agree: what is in `ulps` to that, and all else to the bit."""
    movements: list[AnyStructure] | None = None
    for position, (left, right) in enumerate(zip(actual, expected, strict=True)):
        place = where if len(expected) == 1 else f"{where}, part {position}"
        if left is None or right is None:
            expect(left is right, place, _or_none(right), _or_none(left))
            continue
        expect(left.dtype == right.dtype, place, f"dtype {right.dtype}", left.dtype)
        expect(left.shape == right.shape, place, f"shape {right.shape}", left.shape)
        limit = ulps.get(right.dtype, 0) * _ulp(right)
        if _is_off(left, right, limit).any() and limit and conditioning is not None:
            if movements is None:
                movements = conditioning.movements(expected)
            limit = limit + _TIMES_CONDITIONING * movements[position]
        _assert_close(left, right, limit, place)


def _assert_close(left: AnyStructure, right: AnyStructure, limit: AnyStructure, where: str) -> None:
    is_off = _is_off(left, right, limit)
    if not is_off.any():
        return
    index = tuple(map(int, _np.argwhere(is_off)[0]))
    element = f"{where}{list(index)}" if index else where
    detail = ""
    if _np.isfinite(left[index]) and _np.isfinite(right[index]) and _ulp(right):
        off = abs(float(left[index]) - float(right[index])) / _ulp(right)
        allowed = float(_np.broadcast_to(limit, right.shape)[index]) / _ulp(right)
        detail = f", {off:.3g} ulps off where {allowed:.3g} are allowed"
    if is_off.size > 1:
        detail += f" ({is_off.sum()} of {is_off.size} elements are off)"
    raise AssertionError(mismatch(element, repr(right[index]), repr(left[index]) + detail))


def _is_off(left: AnyStructure, right: AnyStructure, limit: AnyStructure) -> AnyStructure:
    """Tells of each element whether it is further off than the limit."""
    if right.dtype.kind not in "fc":
        return _np.asarray(left != right)
    is_same = (left == right) | (_np.isnan(left) & _np.isnan(right))
    with _np.errstate(invalid="ignore", over="ignore"):
        distance = _np.abs(_np.asarray(left, _wide(left)) - _np.asarray(right, _wide(right)))
    return ~is_same & ~(distance <= limit)


def _wide(array: AnyStructure) -> AnyStructure:
    return _np.result_type(array.dtype, _np.float64)


def _ulp(array: AnyStructure) -> float:
    """Returns a unit of the last place of the largest element; 0 for what is not floating."""
    if array.dtype.kind != "f":
        return 0.0
    return float(_np.spacing(_np.abs(array[_np.isfinite(array)]).max(initial=0)))


def _or_none(array: AnyStructure) -> str:
    return "none" if array is None else f"one, {shortly(array)}"
