"""Parity with `make_trainable`, which is the oracle: same arguments, same answers."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from cases import CASES, MANIFEST, NOT_COMPARABLE, Case
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tfp_trainables_generator.manifest.schema import parse_manifest
from tfp_trainables_generator.manifest.table import needed_here, needed_in_tfp
from tfp_trainables_runtime.testing.comparison import assert_same
from tfp_trainables_runtime.testing.parity import (
    assert_same_variables,
    compare_bijector,
    compare_distribution,
    compare_kernel,
)

# `make_trainable` passes what the constructor does not take, or what is not to be passed; or
# TFP does not say what the parameters are.
NO_ORACLE = {
    "tfp.distributions.Autoregressive",
    "tfp.distributions.GaussianProcessRegressionModel",
    "tfp.distributions.LinearGaussianStateSpaceModel",
    "tfp.distributions.PoissonLogNormalQuadratureCompound",
    "tfp.distributions.StudentTProcessRegressionModel",
    "tfp.experimental.bijectors.HighwayFlow",
    "tfp.math.psd_kernels.FeatureTransformed",
    "tfp.math.psd_kernels.SchurComplement",
}
FACTS = parse_manifest(json.dumps(MANIFEST), where="manifest.json").classes
COMPARED = [case for case in CASES if case.name not in {*NOT_COMPARABLE, *NO_ORACLE}]

# Draws depend on how they are compiled, and the oracles here are not.
pytestmark = pytest.mark.usefixtures("operation_by_operation")

tfd = tfp.distributions
tfb = tfp.bijectors


def initialize(parameter_name, shape, dtype, seed, constraining_bijector):
    """An initializer of a user's own: it depends on all of its arguments."""
    shape = constraining_bijector.inverse_event_shape(shape)
    offset = tf.cast(len(parameter_name) / 100, dtype)
    draw = tf.random.stateless_uniform(shape, seed, dtype=dtype)
    return constraining_bijector.forward(draw + offset)


@dataclass
class Call:
    """Arguments for both constructors."""

    batch: tuple[int, ...]
    dtype: type
    seed: Any
    fixed: dict[str, np.ndarray]
    initial: Any

    def arguments(self, case: Case) -> dict[str, Any]:
        # `make_trainable` knows no sizes: a parameter that needs one is passed to both.
        given_arguments = {
            name: value
            for name, value in case.arguments(self.dtype).items()
            if name not in case.entry["sizes"]
        }
        return {
            **given_arguments,
            **case.fixed(self.dtype),
            **self.fixed,
            "batch_and_event_shape": (*self.batch, *case.shape),
            "parameter_dtype": self.dtype,
            "seed": self.seed,
            "initial_parameters": self.initial,
        }


def value_in_support(case: Case, name: str, dtype: type, seed: int) -> np.ndarray:
    """A value of the parameter, without batch dimensions, by TFP's own annotations."""
    given_arguments = case.arguments(dtype)
    sizes = (
        {"num_classes": given_arguments["num_classes"]} if "num_classes" in given_arguments else {}
    )
    properties = case.properties(dtype, **sizes)[name]
    bijector = properties.default_constraining_bijector_fn()
    shape = [int(dimension) for dimension in np.asarray(properties.shape_fn(case.shape))]
    raw_shape = bijector.inverse_event_shape(tf.TensorShape(shape))
    draw = tf.random.stateless_normal(raw_shape, (seed, 7), dtype=dtype)
    return bijector.forward(draw).numpy()


@st.composite
def calls(draw, case: Case) -> Call:
    """Draws arguments that `make_trainable` takes."""
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    batch = draw(st.sampled_from([(), (2,), (3, 1)])) if case.has_batch else ()
    seed = draw(st.one_of(st.integers(0, 100), st.tuples(st.integers(0, 9), st.integers(0, 9))))
    example = case.entry["example"]
    free = [
        name for name in case.variables if name not in {**example["arguments"], **example["fixed"]}
    ]
    needed = case.entry["make_trainable"]["needs"] if case.entry["sizes"] else []
    sized = [name for name in free if name in needed]
    fixed_names = {*draw(st.sets(st.sampled_from(free))), *sized} if free else set()
    fixed = {
        name: value_in_support(case, name, dtype, draw(st.integers(0, 9)))
        for name in sorted(fixed_names)
    }
    free = [name for name in free if name not in fixed]
    kind = draw(st.sampled_from(["none", "dict", "callable"]))
    initial: Any = None
    if kind == "dict" and free:
        names = draw(st.sets(st.sampled_from(free)))
        initial = {
            name: value_in_support(case, name, dtype, draw(st.integers(0, 9)))
            for name in sorted(names)
        }
    elif kind == "callable":
        initial = initialize
    return Call(batch, dtype, seed, fixed, initial)


def build_dynamic(case: Case, call: Call) -> Any:
    """Builds the oracle; not every example takes a batch in TFP."""
    tf.random.set_seed(1)  # An int seed stands for a stateful one, which counts calls.
    try:
        dynamic = tfp.experimental.util.make_trainable(case.tfp_class, **call.arguments(case))
        if case.has_batch:
            dynamic.batch_shape  # noqa: B018 - builds the distribution
    except Exception:
        assume(call.batch == ())
        raise
    return dynamic


def build(case: Case, call: Call) -> Any:
    tf.random.set_seed(1)
    return case.trainable_class(**call.arguments(case))


@pytest.mark.parametrize("case", COMPARED, ids=str)
@settings(suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_parity(case, data):
    call = data.draw(calls(case))
    dynamic = build_dynamic(case, call)
    model = build(case, call)
    assert_same_variables(model, dynamic)
    if case.is_distribution:
        compare_distribution(model, dynamic)
    elif case.kind == "kernel":
        compare_kernel(model, dynamic, case.input(call.dtype))
    else:
        compare_bijector(model, dynamic, case.input(call.dtype))


def test_every_class_is_compared_or_named_with_a_reason():
    not_built = {case.name for case in CASES if not case.entry["make_trainable"]["builds"]}
    assert not_built == NO_ORACLE
    assert set(NOT_COMPARABLE) <= set(MANIFEST["classes"])
    assert len(COMPARED) == len(CASES) - len(NO_ORACLE) - len(NOT_COMPARABLE)


@pytest.mark.parametrize("case", [c for c in COMPARED if c.is_distribution], ids=str)
def test_density_of_own_draws(case):
    """A bijector without variables remembers what it drew, as it may."""
    if case.entry["sizes"]:
        pytest.skip("`make_trainable` takes no sizes")
    model, dynamic = case.build(**case.fixed()), case.build_dynamic()
    assert_same(
        lambda: model.log_prob(model.sample(50, seed=(3, 4))),
        lambda: dynamic.log_prob(dynamic.sample(50, seed=(3, 4))),
        ulps=True,
    )


@pytest.mark.parametrize(
    "call",
    [
        lambda make: make(tfd.LogitNormal, initial_parameters={"scale": 8.0}, seed=(1, 2)),
        lambda make: make(tfd.MultivariateNormalTriL, scale_tril=np.eye(3, dtype="f"), seed=(1, 2)),
        lambda make: make(
            tfd.MultivariateNormalFullCovariance,
            batch_and_event_shape=[2],
            covariance_matrix=[[1, 0], [0, 1]],
            seed=(1, 2),
        ),
        lambda make: make(
            tfd.MultivariateNormalFullCovariance,
            batch_and_event_shape=[2],
            covariance_matrix=[[1.0, 0.0], [0.0, 1.0]],
            parameter_dtype=tf.float64,
            seed=(1, 2),
        ),
        lambda make: make(tfd.Normal, initial_parameters={"loc": np.int64(3)}, seed=[1, 2]),
        lambda make: make(tfd.Normal, loc=tf.Variable(2.0), seed=tf.constant([1, 2])),
        lambda make: make(
            tfd.Normal,
            lambda name, key, shape, dtype, constraining_bijector: tf.ones(shape, dtype),
            seed=3,
        ),
        lambda make: make(
            tfd.TransformedDistribution,
            distribution=tfd.Normal(0.0, 1.0),
            bijector=tfb.Inline(
                forward_fn=lambda x: 2.0 * x,
                forward_log_det_jacobian_fn=lambda x: tf.fill(tf.shape(x), 0.7),
                forward_min_event_ndims=0,
            ),
        ),
    ],
)
def test_single_calls(call):
    def make_generated(cls, *arguments, **keywords):
        name = f"tfp.distributions.{cls.__name__}"
        case = next(case for case in CASES if case.name == name)
        return case.trainable_class(*arguments, **keywords)

    tf.random.set_seed(1)
    dynamic = call(tfp.experimental.util.make_trainable)
    tf.random.set_seed(1)
    model = call(make_generated)
    assert_same_variables(model, dynamic)
    drawn = model.sample(1000, seed=(3, 4))
    assert_same(lambda: drawn, lambda: dynamic.sample(1000, seed=(3, 4)), ulps=False)
    assert_same(
        lambda: model.log_prob(drawn),
        lambda: dynamic.log_prob(dynamic.sample(1000, seed=(3, 4))),
        ulps=True,
    )


@pytest.mark.parametrize("case", CASES, ids=str)
def test_manifest_is_right_about_make_trainable(case):
    """What `make_trainable` is said to need, it needs; given that, it builds."""
    facts = case.entry["make_trainable"]
    example = {**case.arguments(np.float32), **case.fixed()}
    if case.entry["sizes"]:
        values = case.build().parameters
        example = {name: example[name] for name in example if name not in case.entry["sizes"]}
        example.update({name: tf.convert_to_tensor(values[name]) for name in case.variables})

    def build(arguments):
        dynamic = tfp.experimental.util.make_trainable(
            case.tfp_class, batch_and_event_shape=case.shape, seed=(1, 2), **arguments
        )
        return dynamic.batch_shape if case.has_batch else dynamic.name

    assert set(facts["needs"]) <= set(example)
    if not facts["builds"]:
        with pytest.raises((NotImplementedError, ValueError)):
            build(example)
        return
    build(example)
    for name in facts["needs"]:
        with pytest.raises(Exception):  # noqa: B017, PT011 - in whatever way TFP fails
            build({other: value for other, value in example.items() if other != name})
    needed = examples_of(needed_in_tfp(FACTS[case.name]), example)
    build(needed)
    for name in needed:
        with pytest.raises(Exception):  # noqa: B017, PT011
            build({other: value for other, value in needed.items() if other != name})


@pytest.mark.parametrize("case", CASES, ids=str)
def test_manifest_is_right_about_what_the_trainable_needs(case):
    example = case.arguments(np.float32)
    needed = examples_of(needed_here(FACTS[case.name]), example)
    # The function of the example has no default for its argument.
    besides = {name: example[name] for name in example if name == "sample0"}

    def build(arguments):
        return case.trainable_class(batch_and_event_shape=case.shape, **besides, **arguments)

    build(needed)
    for name in needed:
        with pytest.raises((TypeError, ValueError)):
            build({other: value for other, value in needed.items() if other != name})


def examples_of(needed, example):
    """The arguments of an example that the table names; one where it leaves a choice."""
    chosen = [
        next(name for name in alternatives.split(" or ") if name in example)
        for alternatives in needed
    ]
    return {name: example[name] for name in chosen}
