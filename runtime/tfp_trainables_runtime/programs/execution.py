"""How methods run: by what has been spent on them, or as the user says."""

from __future__ import annotations

import contextlib
import enum
import threading
from collections.abc import Generator
from typing import Literal, TypeAlias

from tfp_trainables_runtime.errors import mismatch
from tfp_trainables_runtime.private import operation_callbacks
from tfp_trainables_runtime.untyped import ops

__all__ = [
    "Execution",
    "Tier",
    "execution",
    "pinned",
    "runs_programs",
    "set_execution",
    "without_programs",
]

Execution: TypeAlias = Literal["auto", "op_by_op", "graph", "xla"]


class Tier(enum.IntEnum):
    """A way to run a method; each takes longer to make than the one before, and runs faster."""

    OP_BY_OP = 0
    """As TFP runs it."""
    GRAPH = 1
    """As one graph of TensorFlow's, for any number of samples."""
    XLA = 2
    """As one program of XLA's, for inputs of one shape."""


_TIERS: dict[str, Tier | None] = {"auto": None, **{tier.name.lower(): tier for tier in Tier}}


class _Process:
    """The setting of all threads."""

    tier: Tier | None = None


class _Thread(threading.local):
    """The settings of a thread."""

    is_op_by_op = False
    """Whether it runs a method operation by operation, and so the methods of its parts."""

    is_pinned = False
    """Whether the following holds in the place of the setting of all threads."""

    tier: Tier | None = None


_THREAD = _Thread()


@contextlib.contextmanager
def execution(how: Execution) -> Generator[None]:
    """Has methods that this thread calls run in one way, within a `with` statement.

    Args:
      how: `"auto"`: operation by operation at first, then as a graph, then, where XLA is as
        accurate as TensorFlow and it pays, as an XLA program. `"op_by_op"`: as TFP runs
        them. `"graph"`: as graphs from the first call on; results are the same, bit for bit,
        at every call. `"xla"`: as XLA programs from the first call on, one for each shape of
        the inputs, draws too, whose random numbers are others then; also where XLA is less
        accurate. What a graph or XLA refuses runs in the next way down.

    Raises:
      ValueError: if it is none of these.
    """
    tier = _tier(how, "execution")
    before = _THREAD.is_pinned, _THREAD.tier
    _THREAD.is_pinned, _THREAD.tier = True, tier
    try:
        yield
    finally:
        _THREAD.is_pinned, _THREAD.tier = before


def set_execution(how: Execution) -> None:
    """Has all methods run in one way, in all threads, unless `execution` says otherwise.

    Args:
      how: as for `execution`. A process starts with `"auto"`.

    Raises:
      ValueError: if it is none of the ways.
    """
    _Process.tier = _tier(how, "set_execution")


def _tier(how: str, where: str) -> Tier | None:
    if how not in _TIERS:
        expected = f"one of {', '.join(map(repr, _TIERS))}"
        raise ValueError(mismatch(f"{where}, argument 'how'", expected, repr(how)))
    return _TIERS[how]


def pinned() -> Tier | None:
    """Returns the tier that the user asks for here and now, or `None`."""
    return _THREAD.tier if _THREAD.is_pinned else _Process.tier


@contextlib.contextmanager
def without_programs() -> Generator[None]:
    """Has the methods that this thread calls run operation by operation.

    Unlike under `execution("op_by_op")`, nothing is counted: what runs is a part of a call.
    """
    was_before, _THREAD.is_op_by_op = _THREAD.is_op_by_op, True
    try:
        yield
    finally:
        _THREAD.is_op_by_op = was_before


def runs_programs() -> bool:
    """Tells whether a call may run a program of its own here and now.

    It may not where a graph is under construction, of which it becomes a part, nor where the
    user wants to see every operation: `tf.config.run_functions_eagerly`, or what
    `tf.debugging.enable_check_numerics` and the like have TensorFlow call after each.
    """
    return (
        not _THREAD.is_op_by_op
        and ops.executing_eagerly()
        and not ops.config.functions_run_eagerly()
        and not operation_callbacks()
    )
