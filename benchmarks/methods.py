"""The first and the hundredth call of every method of every class, against TFP's own.

For 1, 10, 1,000 and 100,000 samples; TFP's object is `make_trainable`'s, or a plain one over the
same variables where that builds none, called operation by operation. The calls take turns. It
takes most of an hour.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any

import tensorflow as tf
from classes import NOT_COMPARABLE, Case, arguments_of, calls_of, measure_all

from tfp_trainables import programs
from tfp_trainables_runtime.testing.inputs import DRAWS

COLUMNS = ("cls", "method", "size", "tfp", "first", "hundredth", "runs")
SIZES = (1, 10, 1000, 100_000)
ROUNDS = 5
"""How often each figure is taken; the median counts."""
DOUBTFUL = 1.25
"""Times TFP's call: what is slower is measured three times."""
LONGEST = 0.1
"""Seconds of a call; what takes longer is called a few times, not a hundred."""


def peer_of(case: Case, model: Any) -> Any:
    """Returns TFP's own object over like variables."""
    builds = case.entry["make_trainable"]["builds"] and not case.entry["sizes"]
    if builds and not case.fixed() and case.name not in NOT_COMPARABLE:
        return case.build_dynamic()
    return case.tfp_class(**model.parameters)


def seconds_of(owner: Any, method: str, arguments: tuple[Any, ...]) -> float:
    """Times one call, of tensors that no bijector remembers."""
    arguments = tf.nest.map_structure(tf.identity, arguments)
    keywords = {"x1_example_ndims": 1, "x2_example_ndims": 1} if method == "tensor" else {}
    start = time.perf_counter()
    getattr(owner, method)(*arguments, **keywords)
    return time.perf_counter() - start


def rows_of(case: Case) -> Iterator[list[Any]]:
    """Yields the seconds of each method, for each size."""
    model = case.build()
    peer = peer_of(case, model)
    implemented = {
        name
        for name, facts in case.entry["methods"].items()
        if facts["runs"] not in ("not implemented", "fails in TFP")
    }
    calls_of(case, model)  # A network makes its weights when it first sees samples.
    for method, value in calls_of(case, peer).items():
        if method not in implemented:
            continue
        takes_samples = value is not None or method in DRAWS
        for size in SIZES if takes_samples else SIZES[:1]:
            arguments, _ = arguments_of(case, method, value, size)
            try:
                once = seconds_of(peer, method, arguments)
                once = min(once, seconds_of(peer, method, arguments))
            except Exception:  # TFP takes no sample of this size.
                continue
            *seconds, runs = measured(model, peer, method, arguments, once)
            if max(seconds[1:]) > DOUBTFUL * seconds[0]:  # Was that by chance?
                others = [measured(model, peer, method, arguments, once) for _ in range(2)]
                tries = (seconds, *(it[:-1] for it in others))
                seconds = [statistics.median(it) for it in zip(*tries, strict=True)]
            yield [str(case), method, size, *seconds, runs]


def measured(
    model: Any, peer: Any, method: str, arguments: tuple[Any, ...], once: float
) -> tuple[float, float, float, str]:
    """Returns the seconds of TFP's call, of the first and the hundredth here, and how that runs."""
    rounds = ROUNDS if once < LONGEST else 1
    of_peer, firsts, hundredths = [], [], []
    for _ in range(rounds):
        programs().clear()
        firsts.append(seconds_of(model, method, arguments))
        of_peer.append(seconds_of(peer, method, arguments))
    for _ in range(100 - 1 - 2 * rounds if once < LONGEST else 1):
        seconds_of(model, method, arguments)
    for _ in range(2 * rounds):
        hundredths.append(seconds_of(model, method, arguments))
        of_peer.append(seconds_of(peer, method, arguments))
    ran = {row.runs for row in programs().rows if row.calls}
    runs = next((way for way in ("XLA", "graph", "operation by operation") if way in ran), "")
    medians = map(statistics.median, (of_peer, firsts, hundredths))
    return (*medians, runs)


def main() -> None:
    measure_all("methods", __file__, COLUMNS, rows_of)


if __name__ == "__main__":
    main()
