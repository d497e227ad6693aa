"""Loads as users have them, against the ways that TensorFlow has to run them.

- *cold*: the first `sample`, `log_prob` and `mean` of 20 classes, in a process of its own;
- *sizes*: 300 batches, each of another size, in a process of its own, with the memory they take;
- *draws* and *values*: from 10 to 100,000 at a time, at the hundredth call;
- *step*: a loss and its gradients, for a step of training.

The peers, over the same variables: `op by op`, a plain TFP object; `graph`, a `tf.function` around
it with `reduce_retracing=True`; `xla`, one with `jit_compile=True`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import tensorflow as tf
from measuring import seconds_per_call
from reporting import write

from tfp_trainables import distributions, value_and_gradient

SEED = (1, 2)
CLASSES = (
    *("Normal", "Gamma", "Beta", "StudentT", "Laplace", "Cauchy", "Gumbel", "Weibull", "LogNormal"),
    *("Exponential", "Poisson", "Bernoulli", "Geometric", "HalfNormal", "InverseGamma", "Logistic"),
    *("Kumaraswamy", "Pareto", "MultivariateNormalDiag", "MultivariateNormalTriL"),
)
WAYS = ("tfp-trainables", "op by op", "graph", "xla")
SIZES = (10, 1000, 100_000)
OPTIONS: Mapping[str, dict[str, Any]] = {
    "graph": {"reduce_retracing": True},
    "xla": {"jit_compile": True},
}


def build(name: str) -> Any:
    shape = [3] if name.startswith("Multivariate") else []
    cls = getattr(distributions, f"Trainable{name}")
    return cls(batch_and_event_shape=shape, seed=SEED)


def as_function(way: str, call: Callable[..., Any]) -> Callable[..., Any]:
    return tf.function(call, autograph=False, **OPTIONS[way]) if way in OPTIONS else call


def methods(name: str, way: str) -> tuple[Callable[..., Any], Callable[..., Any], Any]:
    """Returns how a way draws, and how it evaluates a density; and the model."""
    model = build(name)
    subject = model if way == "tfp-trainables" else model.copy()

    def draw(size: Any, seed: Any) -> Any:  # A constant seed would be a constant result.
        return subject.sample(size, seed)

    return as_function(way, draw), as_function(way, subject.log_prob), subject


def cold(way: str) -> None:
    """Prints the seconds of the first calls: the program of a process."""
    seed = tf.constant(SEED)
    tf.random.stateless_normal([2], seed).numpy()
    models = [build(name) for name in CLASSES]
    subjects = [it if way == "tfp-trainables" else it.copy() for it in models]
    start = time.perf_counter()
    for subject in subjects:
        value = as_function(way, lambda seed, it=subject: it.sample(seed=seed))(seed)
        as_function(way, subject.log_prob)(value)
        as_function(way, subject.mean)()
    print(json.dumps({"seconds": time.perf_counter() - start}))


def sizes(way: str) -> None:
    """Prints the seconds and the megabytes of ever new sizes: the program of a process."""
    results, seed = {}, tf.constant(SEED)
    for name in ("Normal", "Gamma", "MultivariateNormalTriL"):
        draw, log_prob, _ = methods(name, way)
        event = [3] if name.startswith("Multivariate") else []
        for label, call in (("sample", draw), ("log_prob", log_prob)):
            inputs = [n if label == "sample" else tf.fill([n, *event], 0.5) for n in range(1, 301)]
            if label == "sample" and way == "graph":
                inputs = [tf.constant(n) for n in inputs]
            before, start = megabytes(), time.perf_counter()
            for it in inputs if way != "xla" else inputs[:30]:
                call(it, seed) if label == "sample" else call(it)
            seconds = (time.perf_counter() - start) * (10 if way == "xla" else 1)
            results[f"{name}.{label}"] = {"seconds": seconds, "MB": megabytes() - before}
    print(json.dumps(results))


def megabytes() -> float:
    status = Path("/proc/self/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def in_a_process(load: str, ways: Iterable[str]) -> dict[str, Any]:
    results = {}
    for way in ways:
        command = [sys.executable, __file__, load, way]
        completed = subprocess.run(command, check=True, capture_output=True, text=True)
        results[way] = json.loads(completed.stdout.splitlines()[-1])
    return results


def anew(call: Callable[..., Any], value: tf.Tensor) -> Any:
    """Calls with a tensor that no bijector has seen."""
    return call(tf.identity(value))


def warm(load: str) -> dict[str, Any]:
    """Returns microseconds of the hundredth call, each way."""
    results, seed = {}, tf.constant(SEED)
    for name in CLASSES:
        of_ways = {way: methods(name, way) for way in WAYS}
        for size in SIZES:
            value = of_ways["op by op"][2].sample(size, seed=SEED)
            calls = {
                way: (
                    partial(draw, size, seed) if load == "draws" else partial(anew, log_prob, value)
                )
                for way, (draw, log_prob, _) in of_ways.items()
            }
            for _ in range(100):
                calls["tfp-trainables"]()
            seconds = seconds_per_call(calls, rounds=7)
            results[f"{name}, {size:,}"] = {
                way: 1e6 * median(durations) for way, durations in seconds.items()
            }
    return results


def step() -> dict[str, Any]:
    results = {}
    for name in ("Normal", "Gamma", "MultivariateNormalTriL"):
        model = build(name)
        plain = model.copy()
        data = plain.sample(1000, seed=SEED)

        def tape(model: Any = model, data: Any = data) -> Any:
            with tf.GradientTape() as recorded:
                loss = -tf.reduce_mean(model.log_prob(data))
            return recorded.gradient(loss, model.trainable_variables)

        def fused(plain: Any = plain, data: Any = data) -> Any:
            with tf.GradientTape() as recorded:
                loss = -tf.reduce_mean(plain.log_prob(data))
            return loss, recorded.gradient(loss, plain.trainable_variables)

        calls = {
            "value_and_gradient": lambda model=model, data=data: value_and_gradient(model, data),
            "tape": tape,
            "op by op": fused,
            **{way: as_function(way, fused) for way in OPTIONS},
        }
        for _ in range(100):
            calls["value_and_gradient"](), tape()
        seconds = seconds_per_call(calls, rounds=7)
        results[name] = {way: 1e6 * median(durations) for way, durations in seconds.items()}
    return results


def report(title: str, results: Mapping[str, Mapping[str, Any]]) -> None:
    print(f"\n{title}")
    for name, ways in results.items():
        print(f"  {name}: " + ", ".join(f"{way} {value}" for way, value in ways.items()))


def against_the_fastest(results: Mapping[str, Mapping[str, float]]) -> list[float]:
    return [
        ways["tfp-trainables"]
        / min(value for way, value in ways.items() if way != "tfp-trainables")
        for ways in results.values()
    ]


def main() -> None:
    tf.get_logger().setLevel("ERROR")
    if len(sys.argv) > 1:
        {"cold": cold, "sizes": sizes}[sys.argv[1]](sys.argv[2])
        return
    results: dict[str, Any] = {
        "cold": in_a_process("cold", WAYS),
        "sizes": in_a_process("sizes", WAYS),
        "draws": warm("draws"),
        "values": warm("values"),
        "step": step(),
    }
    for load in ("cold", "sizes", "step"):
        report(load, results[load])
    for load in ("draws", "values"):
        ratios = against_the_fastest(results[load])
        print(f"\n{load}: {median(ratios):.2f} times the fastest way, at most {max(ratios):.2f}")
        slower = {
            name: ways
            for (name, ways), ratio in zip(results[load].items(), ratios, strict=True)
            if ratio > 1.25
        }
        report("  where another way is faster", slower)
    write("loads", results)


if __name__ == "__main__":
    main()
