"""Construction of trainables against `make_trainable`, side by side in one process.

For each class that both build, the two are called in turns with the same arguments, so that
whatever else the machine does befalls both alike. A ratio is the median time of
`make_trainable` over that of the generated class.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow_probability.python.experimental.util import make_trainable

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "contract"))

from cases import CASES, Case
from reporting import write

REPETITIONS = 15


def ratio(case: Case) -> tuple[float, float]:
    """Returns how many times as fast the generated class is, and its seconds."""
    arguments = {
        "batch_and_event_shape": case.shape,
        "seed": (1, 2),
        **case.arguments(np.float32),
    }

    def generated() -> None:
        case.trainable_class(**arguments)

    def dynamic() -> None:
        make_trainable(case.tfp_class, **arguments)

    durations = {generated: [], dynamic: []}
    for repetition in range(REPETITIONS + 1):
        for call, values in durations.items():
            start = time.perf_counter()
            call()
            if repetition:  # What only the first call costs is not measured.
                values.append(time.perf_counter() - start)
    median = statistics.median(durations[generated])
    return statistics.median(durations[dynamic]) / median, median


def measure() -> dict[str, tuple[float, float]]:
    """Measures every class that both ways build."""
    tf.get_logger().setLevel("ERROR")
    results = {}
    for case in CASES:
        # A size is an argument that `make_trainable` does not take.
        if case.entry["make_trainable"]["builds"] and not case.entry["sizes"]:
            results[str(case)] = ratio(case)
    return results


def main() -> None:
    results = measure()
    print(f"{'class':52} {'generated':>10} {'times as fast':>14}")
    for name, (factor, duration) in sorted(results.items(), key=lambda item: item[1][0]):
        print(f"{name:52} {duration * 1e6:8.0f}us {factor:14.2f}")
    factors = [factor for factor, _ in results.values()]
    quartiles = statistics.quantiles(factors, n=4)
    facts = {
        name: {"times_as_fast_as_make_trainable": factor, "microseconds": 1e6 * duration}
        for name, (factor, duration) in results.items()
    }
    write("construction", facts)
    print(
        f"\nconstruction, {len(factors)} classes: median {quartiles[1]:.2f} times "
        f"as fast as make_trainable (quartiles {quartiles[0]:.2f} to {quartiles[2]:.2f}, "
        f"least {min(factors):.2f})"
    )


if __name__ == "__main__":
    main()
