"""What the probe finds of a class and of its methods, as facts."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from tfp_trainables_generator.spec.expressions import require


class Execution(str, enum.Enum):
    """How a method of a trainable runs."""

    COMPILED = "compiled"
    """As one XLA program, where that is asked for, or pays and is as accurate as TensorFlow."""
    GRAPH = "graph"
    """As a TensorFlow graph, for XLA refuses it or its gradient."""
    OP_BY_OP = "operation by operation"
    """As TFP runs it, for TensorFlow cannot trace it."""
    NOT_IMPLEMENTED = "not implemented"
    """Not at all: TFP's class does not implement it."""
    FAILS = "fails in TFP"
    """Not at all: TFP's class implements it, and raises another error."""


@dataclass(frozen=True)
class MethodSpec:
    """What the probe has found of one method.

    Attributes:
      name: the method.
      runs: how it runs.
      reason: why it is not compiled, in words.
      has_gradient: whether gradients of its result reach the variables; `None` where
        that was not tried.
      on_request: why it is compiled only where that is asked for, in words; empty where it
        is compiled once that pays.
    """

    name: str
    runs: Execution
    reason: str = ""
    has_gradient: bool | None = None
    on_request: str = ""

    def __post_init__(self) -> None:
        explained = self.runs in (Execution.COMPILED, Execution.NOT_IMPLEMENTED)
        require(self.runs is Execution.COMPILED or not self.on_request, f"{self.name}: compiled")
        require(explained or bool(self.reason), f"{self.name}: {self.runs.value} has a reason")

    @property
    def is_implemented(self) -> bool:
        """Whether there is anything to run."""
        return self.runs not in (Execution.NOT_IMPLEMENTED, Execution.FAILS)


@dataclass(frozen=True)
class Capabilities:
    """What the probe has found of a class.

    Attributes:
      fingerprint: of all that the findings depend on.
      event_ndims: how many dimensions an event of the example has; `None` for a
        structure of events, and for what is no distribution.
      methods: the methods that a class of its kind may have.
      refused: the dtypes that it could not be built in, by name, and why, in words.
    """

    fingerprint: str
    event_ndims: int | None
    methods: tuple[MethodSpec, ...]
    refused: tuple[tuple[str, str], ...] = ()
