"""What importing a trainable class adds to importing TFP with its distributions.

Each sample is a process of its own, the two kinds in turns.
"""

from __future__ import annotations

import statistics
import subprocess
import sys

from reporting import write

REPETITIONS = 9

TFP = "import tensorflow_probability as tfp; tfp.distributions.Normal"
TRAINABLE = f"{TFP}; from tfp_trainables.distributions import TrainableNormal"
PROGRAM = "import time; start = time.perf_counter(); {}; print(time.perf_counter() - start)"


def seconds(statement: str) -> float:
    command = [sys.executable, "-c", PROGRAM.format(statement)]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(result.stdout.split()[-1])


def main() -> None:
    seconds(TRAINABLE)  # Fills the caches of the file system and of Python.
    base, added = [], []
    for _ in range(REPETITIONS):
        base.append(seconds(TFP))
        added.append(seconds(TRAINABLE))
    write("importing", {"tfp_seconds": base, "with_a_trainable_seconds": added})
    ratio = statistics.median(added) / statistics.median(base)
    print(
        f"import: {statistics.median(base):.3f} s for TFP with its distributions "
        f"({min(base):.3f} to {max(base):.3f}), {statistics.median(added):.3f} s with a trainable "
        f"class ({min(added):.3f} to {max(added):.3f}): {100 * (ratio - 1):+.1f} %"
    )


if __name__ == "__main__":
    main()
