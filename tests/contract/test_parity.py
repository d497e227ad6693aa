"""Parity with `make_trainable`, which is the oracle: same arguments, same answers."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from cases import CASES, MANIFEST, NOT_COMPARABLE, Case
from comparison import assert_same, gradients
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

# The class cannot be built by `make_trainable` at all, so there is no oracle.
NO_ORACLE = {case.name for case in CASES if not case.entry["make_trainable"]["builds"]}
COMPARED = [case for case in CASES if case.name not in {*NOT_COMPARABLE, *NO_ORACLE}]

STATISTICS = ("mean", "mode", "variance", "stddev", "entropy", "covariance")
DENSITIES = (
    "log_prob",
    "prob",
    "unnormalized_log_prob",
    "cdf",
    "log_cdf",
    "survival_function",
    "log_survival_function",
)


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
    without_size: bool = field(default=False)

    def arguments(self, case: Case) -> dict[str, Any]:
        sizes = dict.fromkeys(case.entry["sizes"]) if self.without_size else {}
        given_arguments = {
            name: value for name, value in case.arguments(self.dtype).items() if name not in sizes
        }
        return {
            **given_arguments,
            **self.fixed,
            "batch_and_event_shape": (*self.batch, *case.shape),
            "parameter_dtype": self.dtype,
            "seed": self.seed,
            "initial_parameters": self.initial,
        }


def value_in_support(case: Case, name: str, dtype: type, seed: int) -> np.ndarray:
    """A value of the parameter, without batch dimensions, by TFP's own annotations."""
    sizes = {size: case.arguments(dtype)[size] for size in case.entry["sizes"]}
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
    batch = draw(st.sampled_from([(), (2,), (3, 1)])) if case.is_distribution else ()
    seed = draw(st.one_of(st.integers(0, 100), st.tuples(st.integers(0, 9), st.integers(0, 9))))
    free = [name for name in case.variables if name not in case.entry["example"]["arguments"]]
    # `make_trainable` knows no sizes: a parameter that needs one is passed to both.
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
    return Call(batch, dtype, seed, fixed, initial, without_size=bool(sized))


def build_both(case: Case, call: Call) -> tuple[Any, Any]:
    arguments = call.arguments(case)
    tf.random.set_seed(1)  # An int seed stands for a stateful one, which counts calls.
    dynamic = tfp.experimental.util.make_trainable(case.tfp_class, **arguments)
    tf.random.set_seed(1)
    return case.trainable_class(**arguments), dynamic


def assert_same_variables(model: Any, dynamic: Any) -> None:
    for left, right in zip(model.variables, dynamic.variables, strict=True):
        assert left.name == right.name
        assert left.dtype == right.dtype
        assert left.shape == right.shape
        assert left.trainable == right.trainable
        np.testing.assert_array_equal(left.numpy(), right.numpy())
    assert len(model.trainable_variables) == len(dynamic.trainable_variables)


def fresh(value: Any) -> Any:
    """New tensors, of which the oracle's bijectors remember nothing."""
    return tf.nest.map_structure(lambda part: tf.constant(np.asarray(part)), value)


def compare_distribution(model: Any, dynamic: Any) -> None:
    drawn = assert_same(
        lambda: model.sample(2, seed=(3, 4)), lambda: dynamic.sample(2, seed=(3, 4)), ulps=False
    )
    if drawn.error is not None:
        return
    value = fresh(dynamic.sample(2, seed=(3, 4)))
    for method in DENSITIES:
        assert_same(
            lambda method=method: getattr(model, method)(value),
            lambda method=method: getattr(dynamic, method)(value),
            ulps=True,
        )
    for method in STATISTICS:
        assert_same(
            lambda method=method: getattr(model, method)(),
            lambda method=method: getattr(dynamic, method)(),
            ulps=True,
        )
    if model.trainable_variables:
        assert_same(
            lambda: gradients(model, lambda it: tf.reduce_sum(it.log_prob(value))),
            lambda: gradients(dynamic, lambda it: tf.reduce_sum(it.log_prob(value))),
            ulps=True,
        )


def compare_bijector(case: Case, model: Any, dynamic: Any, dtype: type) -> None:
    x = case.input(dtype)
    mapped = assert_same(lambda: model.forward(x), lambda: dynamic.forward(x), ulps=True)
    if mapped.error is not None:
        return
    y = fresh(dynamic.forward(x))
    assert_same(lambda: model.inverse(y), lambda: dynamic.inverse(y), ulps=True)
    for method, value in (("forward_log_det_jacobian", x), ("inverse_log_det_jacobian", y)):
        assert_same(
            lambda method=method, value=value: getattr(model, method)(value),
            lambda method=method, value=value: getattr(dynamic, method)(value),
            ulps=True,
        )

    def loss(bijector):
        return tf.reduce_sum(bijector.forward(x)) + tf.reduce_sum(
            bijector.forward_log_det_jacobian(x)
        )

    if model.trainable_variables:
        assert_same(lambda: gradients(model, loss), lambda: gradients(dynamic, loss), ulps=True)


@pytest.mark.parametrize("case", COMPARED, ids=str)
@settings(suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_parity(case, data):
    call = data.draw(calls(case))
    try:
        model, dynamic = build_both(case, call)
        if case.is_distribution:
            dynamic.batch_shape  # noqa: B018 - builds the distribution
    except Exception as error:
        assume(call.batch == ())  # An example without a batch may not take one.
        raise AssertionError(f"{case}: {call}") from error
    assert_same_variables(model, dynamic)
    if case.is_distribution:
        compare_distribution(model, dynamic)
    else:
        compare_bijector(case, model, dynamic, call.dtype)


def test_every_class_is_compared_or_named_with_a_reason():
    left_out = {case.name for case in CASES} - {case.name for case in COMPARED}
    assert left_out == {*NOT_COMPARABLE, *NO_ORACLE}
    assert set(NOT_COMPARABLE) <= set(MANIFEST["classes"])
    assert len(COMPARED) >= 109


@pytest.mark.parametrize("case", CASES, ids=str)
def test_manifest_is_right_about_make_trainable(case):
    """What `make_trainable` is said to need, it needs; given that, it builds."""
    facts = case.entry["make_trainable"]
    example = case.arguments(np.float32)
    if case.entry["sizes"]:
        model = case.build()
        example = {name: example[name] for name in example if name not in case.entry["sizes"]}
        example.update(
            {name: tf.convert_to_tensor(getattr(model, name)) for name in case.variables}
        )

    def build(arguments):
        dynamic = tfp.experimental.util.make_trainable(
            case.tfp_class, batch_and_event_shape=case.shape, seed=(1, 2), **arguments
        )
        return dynamic.batch_shape if case.is_distribution else dynamic.name

    assert set(facts["needs"]) <= set(example)
    if not facts["builds"]:
        with pytest.raises(NotImplementedError):
            build(example)
        return
    build(example)
    for name in facts["needs"]:
        with pytest.raises(Exception):  # noqa: B017, PT011 - in whatever way TFP fails
            build({other: value for other, value in example.items() if other != name})
