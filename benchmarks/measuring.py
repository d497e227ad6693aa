"""Measures several ways to do the same, side by side: in turns, in one process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

ROUNDS = 25
SECONDS_PER_ROUND = 0.05


@dataclass(frozen=True)
class Spread:
    """A median and the quartiles around it."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> Spread:
        low, median, high = statistics.quantiles(values, n=4)
        return cls(median, low, high)

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f})"


def seconds_per_call(
    ways: Mapping[str, Callable[[], object]], rounds: int = ROUNDS
) -> dict[str, list[float]]:
    """Returns how long a call takes each way, once for each round.

    Within a round, the ways take turns, so that whatever else the machine does befalls all
    of them alike, and the ratios of one round are of like to like.
    """
    repetitions = {name: _repetitions(call) for name, call in ways.items()}
    durations: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, call in ways.items():
            start = time.perf_counter()
            for _ in range(repetitions[name]):
                call()
            durations[name].append((time.perf_counter() - start) / repetitions[name])
    return durations


def _repetitions(call: Callable[[], object]) -> int:
    """Returns how many calls fill a round; the first ones compile."""
    for _ in range(3):
        call()
    start = time.perf_counter()
    call()
    return max(1, int(SECONDS_PER_ROUND / (time.perf_counter() - start)))
