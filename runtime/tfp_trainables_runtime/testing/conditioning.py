"""How well an oracle knows what it answers: how far that moves when its inputs move by an ulp.

Two right computations of one number differ by what rounding does to it, and an inverse of a
nearly singular matrix, say, makes much of every rounding. What it makes of the last digit of
an input is measured, and tells how many digits of the answer there are to compare.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import tensorflow as tf

from tfp_trainables_runtime.typing import AnyStructure
from tfp_trainables_runtime.untyped import ops, untyped

__all__ = ["Answer", "Conditioning", "Nudge", "arrays_of", "as_it_is"]

_PATTERNS = 8
"""How often inputs are moved, each by an ulp up or down at random."""

_np = untyped(np)
_ARRAYS: AnyStructure = (np.ndarray, np.generic)

Nudge: TypeAlias = Callable[[AnyStructure], AnyStructure]
"""Returns an input, moved: a number, tensor, array, object with parameters, or a structure."""

Answer: TypeAlias = Callable[[Nudge], AnyStructure]
"""A computation all of whose inputs go through a nudge."""


def as_it_is(value: AnyStructure) -> AnyStructure:
    """Moves nothing."""
    return value


def arrays_of(value: AnyStructure) -> list[AnyStructure]:
    """Returns the parts of a structure as arrays; `None` stays `None`."""
    return [None if part is None else _np.asarray(part) for part in ops.nest.flatten(value)]


@dataclass(frozen=True)
class Conditioning:
    """The conditioning of an oracle's answer.

    Attributes:
      answer: asks the oracle.
      variables: those that the answer depends on. They are moved in place, and restored to
        the bit, so that whatever else holds them, such as a network, is moved too.
    """

    answer: Answer
    variables: Sequence[tf.Variable] = ()

    def movements(self, expected: Sequence[AnyStructure]) -> list[AnyStructure]:
        """Returns how far each element of an answer moves, at most, in several trials.

        An element that does not stay finite, or jumps rather than moves, tells nothing: it
        has moved by 0. So has all of an answer that is not the same at every call.

        Args:
          expected: what the oracle answers, as arrays.
        """
        eps = max((_eps(part) for part in expected if _is_floating(part)), default=0.0)
        for rebuilds in (True, False):  # Not every object can be made of its parameters.
            start = self._ask(_Mover(None, eps, rebuilds=rebuilds))
            if eps and start is not None and all(map(_is_near, start, expected)):
                movers = [
                    _Mover(_np.random.default_rng(seed), eps, rebuilds=rebuilds)
                    for seed in range(_PATTERNS)
                ]
                return _furthest(start, map(self._ask, movers))
        return [_nowhere(part) for part in expected]

    def _ask(self, mover: _Mover) -> list[AnyStructure] | None:
        try:
            with _moved(self.variables, mover):
                return arrays_of(self.answer(mover))
        except Exception:  # Such as of a probability above 1: that tells nothing.
            return None


@dataclass(frozen=True)
class _Mover:
    """Moves inputs by an ulp.

    Attributes:
      random: decides on up or down; without it, nothing moves.
      eps: by how much numbers move that have no dtype of their own.
      rebuilds: whether to make objects anew, of parameters that have moved.
      made: those that it has made, by the identity of the old one.
    """

    random: AnyStructure
    eps: float
    rebuilds: bool
    made: dict[int, tuple[AnyStructure, AnyStructure]] = field(default_factory=lambda: untyped({}))

    def __call__(self, value: AnyStructure) -> AnyStructure:
        """Moves a value, but not one of whole numbers: a count jumps to the next one."""
        return self._nudged(value, may_be_count=True)

    def _nudged(self, value: AnyStructure, *, may_be_count: bool) -> AnyStructure:
        if isinstance(value, (list, tuple, Mapping)):
            nudged = functools.partial(self._nudged, may_be_count=may_be_count)
            return ops.nest.map_structure(nudged, value)
        if isinstance(value, (*_ARRAYS, tf.Tensor, tf.Variable)):
            return self.number(value, may_be_count=may_be_count)
        if isinstance(value, float):
            is_count = may_be_count and value.is_integer()
            # A number of Python's takes the dtype of what it meets.
            return value if is_count else float(value * (1 + self._steps((), self.eps)))
        if hasattr(value, "pretransformed_input"):  # A constraint over a variable.
            return self.number(value, may_be_count=False)
        return self._object(value)

    def number(self, value: AnyStructure, *, may_be_count: bool) -> AnyStructure:
        """Moves an array, or what can be read as a tensor."""
        number = value if isinstance(value, _ARRAYS) else ops.convert_to_tensor(value)
        dtype: AnyStructure = tf.as_dtype(number.dtype).as_numpy_dtype
        if not _is_floating(number) or (may_be_count and _is_whole(number)):
            return value
        factor = 1 + self._steps(tuple(number.shape), _eps(number))
        return number * _np.asarray(factor, dtype)

    def _object(self, value: AnyStructure) -> AnyStructure:
        """Makes an object of moved parameters; the same one of the same."""
        parameters: AnyStructure = getattr(value, "parameters", None)
        if not self.rebuilds or not hasattr(parameters, "items"):
            return value
        if id(value) not in self.made:
            moved: dict[str, AnyStructure] = {
                name: self._nudged(part, may_be_count=False)
                for name, part in parameters.items()
                if part is not None
            }
            if hasattr(value, "copy"):
                made = value.copy(**moved)
            else:  # A linear operator.
                made = type(value)(**{**parameters, **moved})
            self.made[id(value)] = made, value  # An `id` is only good for what is alive.
        return self.made[id(value)][0]

    def _steps(self, shape: tuple[int, ...], eps: float) -> AnyStructure:
        return 0 if self.random is None else eps * self.random.choice([-1, 1], shape)


@contextlib.contextmanager
def _moved(variables: Iterable[tf.Variable], mover: _Mover) -> Generator[None, None, None]:
    """Moves variables, and restores them."""
    before = [(untyped(variable), _np.array(variable.numpy())) for variable in variables]
    try:
        for variable, value in before:
            variable.assign(mover.number(value, may_be_count=False))
        yield
    finally:
        for variable, value in before:
            variable.assign(value)


def _is_floating(part: AnyStructure) -> bool:
    return part is not None and tf.as_dtype(part.dtype).is_floating


def _eps(part: AnyStructure) -> float:
    return float(_np.finfo(tf.as_dtype(part.dtype).as_numpy_dtype).eps)


def _is_whole(number: AnyStructure) -> bool:
    return bool((_np.round(number) == _np.asarray(number)).all())


def _is_near(start: AnyStructure, expected: AnyStructure) -> bool:
    """Tells whether two parts of an answer agree in half of their digits."""
    if not _is_floating(expected):
        return True
    if not _is_floating(start) or start.shape != expected.shape:
        return False
    distance = _distance(start, expected)
    return bool((distance <= _size_of_a_jump(expected)).all())


def _furthest(
    start: list[AnyStructure], answers: Iterable[list[AnyStructure] | None]
) -> list[AnyStructure]:
    furthest = [_nowhere(part) for part in start]
    for moved in answers:
        for position, part in enumerate(moved or ()):
            if _is_floating(start[position]):
                distance = _distance(part, start[position])
                is_movement = distance <= _size_of_a_jump(start[position])
                distance = _np.where(is_movement, distance, 0)
                furthest[position] = _np.maximum(furthest[position], distance)
    return furthest


def _nowhere(part: AnyStructure) -> AnyStructure:
    return None if part is None else _np.zeros(part.shape)


def _distance(left: AnyStructure, right: AnyStructure) -> AnyStructure:
    """Returns the distance of each element, 0 where both are no number or one infinity."""
    left, right = _np.asarray(left, float), _np.asarray(right, float)
    with _np.errstate(invalid="ignore"):
        is_same = (left == right) | (_np.isnan(left) & _np.isnan(right))
        return _np.where(is_same, 0, _np.abs(left - right))


def _size_of_a_jump(part: AnyStructure) -> float:
    """Returns half of the digits of the largest element."""
    return np.sqrt(_eps(part)) * float(_np.abs(part[_np.isfinite(part)]).max(initial=0))
