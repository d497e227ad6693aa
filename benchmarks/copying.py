"""Taking objects apart and copying them, against constructing them.

Taking apart is what the first call of an object costs beyond the call; the other ways make a
second object. Each ratio is the median time of the constructor over that of the way.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
from measuring import Spread, seconds_per_call
from reporting import write

from tfp_trainables import bijectors, distributions
from tfp_trainables_runtime.parts.taking import take_apart

tfd = tfp.distributions
tfb = tfp.bijectors

SEED = (1, 2)


def subjects() -> dict[str, Callable[[], Any]]:
    """What is made, by name."""
    return {
        "Normal": lambda: distributions.TrainableNormal(seed=SEED),
        "MultivariateNormalTriL": lambda: distributions.TrainableMultivariateNormalTriL(
            batch_and_event_shape=[4], seed=SEED
        ),
        "mixture": lambda: distributions.TrainableMixtureSameFamily(
            mixture_distribution=distributions.TrainableCategorical(
                batch_and_event_shape=[], num_classes=3, seed=SEED
            ),
            components_distribution=distributions.TrainableNormal(
                batch_and_event_shape=[3], seed=SEED
            ),
        ),
        "flow": lambda: distributions.TrainableTransformedDistribution(
            distribution=distributions.TrainableNormal(seed=SEED),
            bijector=tfb.Chain([tfb.Exp(), bijectors.TrainableShift(), bijectors.TrainableScale()]),
        ),
    }


def main() -> None:
    tf.get_logger().setLevel("ERROR")
    results: dict[str, dict[str, float]] = {}
    ways = ("take apart", "copy.copy", "copy()", "copy.deepcopy", "pickle")
    print(f"{'':24} {'constructor':>12}" + "".join(f"{way:>26}" for way in ways))
    for name, make in subjects().items():
        model = make()
        durations = seconds_per_call(
            {
                "constructor": make,
                "take apart": lambda model=model: take_apart(model),
                "copy.copy": lambda model=model: copy.copy(model),
                "copy()": model.copy,
                "copy.deepcopy": lambda model=model: copy.deepcopy(model),
                "pickle": lambda model=model: pickle.loads(pickle.dumps(model)),
            }
        )
        constructed = np.array(durations["constructor"])
        ratios = {way: Spread.of(list(constructed / np.array(durations[way]))) for way in ways}
        microseconds = 1e6 * float(np.median(constructed))
        results[name] = {"constructor_microseconds": microseconds}
        results[name] |= {way: ratio.median for way, ratio in ratios.items()}
        print(f"{name:24} {microseconds:10.0f}us" + "".join(f"{ratios[way]!s:>26}" for way in ways))
    write("copying", results)
    print("\nhow many times as fast as the constructor: median (quartiles)")


if __name__ == "__main__":
    main()
