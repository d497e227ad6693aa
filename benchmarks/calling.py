"""Calls of compiled methods against what else computes the same.

Every peer is called with the same input, in turns, in one process:

- `make_trainable`: the dynamic object, operation by operation;
- `tf.function`: the same object under the user's own `tf.function(jit_compile=True)`;
- `ConcreteFunction`: the floor, a function that is traced already and called as it is;
- `JAX`: TFP on JAX, `make_trainable_stateless` under `jax.jit`, where JAX is installed.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
from measuring import Spread, seconds_per_call
from reporting import write

from tfp_trainables import bijectors, distributions

tfd = tfp.distributions
tfb = tfp.bijectors
make_trainable = tfp.experimental.util.make_trainable

SEED = (1, 2)
CALLS_UNTIL_WARM = 5000
"""After as many, a method runs as it will from then on."""


@dataclass(frozen=True)
class Subject:
    """A method of a model, made both ways.

    Attributes:
      generated: makes the trainable.
      dynamic: makes the same by `make_trainable`.
      method: what to call.
      arguments: what to call it with.
      jax: the class and shape for TFP on JAX, where one class is all of the model.
    """

    generated: Callable[[], Any]
    dynamic: Callable[[], Any]
    method: str
    arguments: tuple[Any, ...] = ()
    jax: tuple[str, tuple[int, ...]] | None = None


def subjects() -> dict[str, Subject]:
    scalar, vector = tf.constant(0.5), tf.constant([0.1, 0.2, 0.3, 0.4])
    normal = {"seed": SEED}
    multivariate = {"batch_and_event_shape": [4], "seed": SEED}
    normals = {"batch_and_event_shape": [3], "seed": SEED}

    def generated_mixture() -> Any:
        return distributions.TrainableMixtureSameFamily(
            mixture_distribution=tfd.Categorical(logits=np.zeros(3, np.float32)),
            components_distribution=distributions.TrainableNormal(**normals),
        )

    def dynamic_mixture() -> Any:
        return tfd.MixtureSameFamily(
            mixture_distribution=tfd.Categorical(logits=np.zeros(3, np.float32)),
            components_distribution=make_trainable(tfd.Normal, **normals),
        )

    return {
        "Normal.log_prob": Subject(
            lambda: distributions.TrainableNormal(**normal),
            lambda: make_trainable(tfd.Normal, **normal),
            "log_prob",
            (scalar,),
            ("Normal", ()),
        ),
        "Normal.sample": Subject(
            lambda: distributions.TrainableNormal(**normal),
            lambda: make_trainable(tfd.Normal, **normal),
            "sample",
            ((), tf.constant(SEED)),
        ),
        "Gamma.log_prob": Subject(
            lambda: distributions.TrainableGamma(**normal),
            lambda: make_trainable(tfd.Gamma, **normal),
            "log_prob",
            (scalar,),
            ("Gamma", ()),
        ),
        "MultivariateNormalTriL.log_prob": Subject(
            lambda: distributions.TrainableMultivariateNormalTriL(**multivariate),
            lambda: make_trainable(tfd.MultivariateNormalTriL, **multivariate),
            "log_prob",
            (vector,),
            ("MultivariateNormalTriL", (4,)),
        ),
        "MultivariateNormalTriL.mean": Subject(
            lambda: distributions.TrainableMultivariateNormalTriL(**multivariate),
            lambda: make_trainable(tfd.MultivariateNormalTriL, **multivariate),
            "mean",
        ),
        "MixtureSameFamily.log_prob": Subject(
            generated_mixture, dynamic_mixture, "log_prob", (scalar,)
        ),
        "ScaleMatvecTriL.forward": Subject(
            lambda: bijectors.TrainableScaleMatvecTriL(**multivariate),
            lambda: make_trainable(tfb.ScaleMatvecTriL, **multivariate),
            "forward",
            (vector,),
        ),
    }


def jax_call(subject: Subject) -> Callable[[], Any] | None:
    """Returns a compiled call of TFP on JAX, if it is there."""
    if subject.jax is None:
        return None
    try:
        import jax
        from tensorflow_probability.substrates import jax as tfp_jax
    except ImportError:
        return None
    name, shape = subject.jax
    initialize, apply = tfp_jax.experimental.util.make_trainable_stateless(
        getattr(tfp_jax.distributions, name), batch_and_event_shape=shape
    )
    parameters = initialize(jax.random.PRNGKey(0))
    compiled = jax.jit(lambda it, *rest: getattr(apply(it), subject.method)(*rest))
    arguments = [jax.numpy.asarray(argument.numpy()) for argument in subject.arguments]
    return lambda: compiled(parameters, *arguments).block_until_ready()


def ways(subject: Subject) -> dict[str, Callable[[], Any]]:
    """Returns the call of each peer."""
    model, dynamic = subject.generated(), subject.dynamic()
    static = subject.arguments[:1] if subject.method == "sample" else ()
    tensors = subject.arguments[len(static) :]

    def method(*inputs: Any) -> Any:
        return getattr(dynamic, subject.method)(*static, *inputs)

    function = tf.function(method, jit_compile=True, autograph=False)
    concrete = function.get_concrete_function(*tensors)
    compiled = getattr(model, subject.method)
    calls = {
        "ConcreteFunction": lambda: concrete(*tensors),
        "tfp-trainables": lambda: compiled(*subject.arguments),
        "tf.function": lambda: function(*tensors),
        "make_trainable": lambda: getattr(dynamic, subject.method)(*subject.arguments),
    }
    with_jax = jax_call(subject)
    return {**calls, "JAX": with_jax} if with_jax else calls


def first_call(subject: Subject) -> dict[str, list[float]]:
    """Returns the seconds of the first call on instances after the first, each way."""
    durations: dict[str, list[float]] = {"tfp-trainables": [], "tf.function": []}
    for repetition in range(6):
        model = subject.generated()
        start = time.perf_counter()
        getattr(model, subject.method)(*subject.arguments)
        taken = [time.perf_counter() - start]
        user = ways(subject)["tf.function"]
        start = time.perf_counter()
        user()
        taken.append(time.perf_counter() - start)
        if repetition:  # The very first compiles for both.
            for name, seconds in zip(durations, taken, strict=True):
                durations[name].append(seconds)
    return durations


def main() -> None:
    tf.get_logger().setLevel("ERROR")
    warnings.filterwarnings("ignore", message="Explicitly requested dtype float64")  # Of JAX.
    results = {}
    for name, subject in subjects().items():
        of_ways = ways(subject)
        for _ in range(CALLS_UNTIL_WARM):
            of_ways["tfp-trainables"]()
        durations = seconds_per_call(of_ways)
        ours = durations["tfp-trainables"]
        microseconds = Spread.of([1e6 * value for value in ours])
        print(f"{name}: {microseconds} microseconds")
        results[name] = {"microseconds": {}, "times_as_fast_as": {}, "first_call_ms": {}}
        for peer, values in durations.items():
            ratio = Spread.of([theirs / own for theirs, own in zip(values, ours, strict=True)])
            results[name]["microseconds"][peer] = Spread.of([1e6 * it for it in values]).__dict__
            if peer != "tfp-trainables":
                results[name]["times_as_fast_as"][peer] = ratio.__dict__
                print(f"  {ratio} times as fast as {peer}")
        for peer, values in first_call(subject).items():
            spread = Spread.of([1e3 * value for value in values])
            results[name]["first_call_ms"][peer] = spread.__dict__
            print(f"  first call of a second instance, {peer}: {spread} ms")
    write("calling", results)


if __name__ == "__main__":
    sys.exit(main())
