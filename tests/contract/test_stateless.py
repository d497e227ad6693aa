"""Trainables as functions of tensors: parity with `make_trainable_stateless`."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from cases import CASES, NOT_COMPARABLE

import tfp_trainables
from tfp_trainables.distributions import (
    TrainableMultivariateNormalLinearOperator,
    TrainableNormal,
    TrainableUniform,
)
from tfp_trainables_runtime.testing.comparison import assert_same

tfd = tfp.distributions

WITH_VARIABLES = [case for case in CASES if case.variables and case.name not in NOT_COMPARABLE]
BUILT_BY_TFP = [
    case
    for case in WITH_VARIABLES
    if case.entry["make_trainable"]["builds"] and not case.entry["sizes"]
]


def arguments_of(case, dtype):
    return {
        "batch_and_event_shape": case.shape,
        "parameter_dtype": dtype,
        **case.arguments(dtype),
    }


def answer(case, model):
    if case.is_distribution:
        return model.experimental_sample_and_log_prob(2, seed=(3, 4))
    return case.mapped(model)


@pytest.mark.usefixtures("operation_by_operation")
@pytest.mark.parametrize("case", BUILT_BY_TFP, ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_parity(case, dtype):
    arguments = {**arguments_of(case, dtype), **case.fixed(dtype)}
    oracle = tfp.experimental.util.make_trainable_stateless(case.tfp_class, **arguments)
    init_fn, apply_fn = case.trainable_class.stateless(**arguments)
    expected, actual = oracle[0](seed=(1, 2)), init_fn(seed=(1, 2))
    assert actual._fields == expected._fields
    for left, right in zip(actual, expected, strict=True):
        assert left.dtype == right.dtype
        np.testing.assert_array_equal(left, right)
    if dtype is np.float32:
        made, of_tfp = apply_fn(actual), oracle[1](expected)
        assert_same(lambda: answer(case, made), lambda: answer(case, of_tfp), ulps=True)


@pytest.mark.parametrize("case", WITH_VARIABLES, ids=str)
def test_tensors_are_what_the_variables_would_be(case):
    init_fn, apply_fn = case.trainable_class.stateless(**arguments_of(case, np.float32))
    model = case.build(seed=(1, 2))
    values = init_fn(seed=(1, 2))
    assert values._asdict().keys() == model._creation.variables.keys()
    for name, variable in model._creation.variables.items():
        np.testing.assert_array_equal(getattr(values, name), variable)
    made = apply_fn(values)
    assert isinstance(made, case.trainable_class)
    assert len(made.variables) == len(model.variables) - len(values)


def test_gradients_reach_the_tensors():
    init_fn, apply_fn = TrainableUniform.stateless(batch_and_event_shape=[2])
    values = list(init_fn(seed=(1, 2)))

    def loss(values):
        return tf.reduce_sum(apply_fn(values).entropy())

    with tf.GradientTape() as tape:
        tape.watch(values)
        eager = loss(values)
    gradients = tape.gradient(eager, values)
    np.testing.assert_allclose(gradients[0], [0, 0], atol=1e-5)  # The width is high's alone.
    assert (gradients[1].numpy() > 0).all()
    np.testing.assert_allclose(tf.function(loss, jit_compile=True)(values), eager, rtol=1e-6)


def test_instances_share_a_program(traces):
    init_fn, apply_fn = TrainableNormal.stateless()
    for seed in range(3):
        apply_fn(init_fn(seed)).log_prob(0.5)
    assert len(traces) == 1


def test_ways_to_pass_the_tensors():
    init_fn, apply_fn = TrainableNormal.stateless(batch_and_event_shape=[2])
    values = init_fn(seed=(1, 2))
    expected = apply_fn(values).stddev()
    for passed in ((*values,), (list(values),), (values._asdict(),)):
        np.testing.assert_array_equal(apply_fn(*passed).stddev(), expected)


def test_numbers_have_the_dtype_of_the_parameters():
    _, apply_fn = TrainableNormal.stateless(parameter_dtype=tf.float64)
    assert apply_fn([0.1, 0.2]).dtype == tf.float64


def test_what_is_passed_is_no_part_of_the_state():
    loc = tf.Variable(1.0)
    init_fn, apply_fn = TrainableNormal.stateless({"scale": 3.0}, loc=loc)
    values = init_fn()
    assert values._fields == ("scale",)
    made = apply_fn(values)
    assert made.stddev().numpy() == pytest.approx(3)
    assert made.trainable_variables == (loc,)


def test_the_structure_of_an_operator_is_kept():
    init_fn, apply_fn = TrainableMultivariateNormalLinearOperator.stateless(
        {"scale": [2.0, 3.0]}, [2], scale_structure="diag"
    )
    np.testing.assert_allclose(apply_fn(init_fn()).stddev(), [2, 3], rtol=1e-6)


def test_from_a_tfp_class():
    init_fn, apply_fn = tfp_trainables.make_trainable_stateless(tfd.Normal, None, [2])
    assert isinstance(apply_fn(init_fn(seed=1)), TrainableNormal)


@pytest.mark.parametrize(
    ("passed", "got"),
    [([1.0], "loc"), ([1.0, 1.0, 1.0], "3 tensors"), ({"scale": 1.0, "x": 1.0}, "scale, x")],
)
def test_tensors_that_do_not_fit(passed, got):
    _, apply_fn = TrainableNormal.stateless()
    message = f"TrainableNormal.stateless, apply_fn: expected tensors for loc, scale, got {got}$"
    with pytest.raises(ValueError, match=message):
        apply_fn(passed)


def test_mistakes_in_the_arguments():
    with pytest.raises(TypeError, match="'seed': expected nothing: init_fn takes it"):
        TrainableNormal.stateless(seed=1)
    with pytest.raises(ValueError, match="did you mean 'scale'"):
        TrainableNormal.stateless({"scal": 1.0})


def test_what_a_constructor_of_the_users_has_set_is_there():
    class Tempered(TrainableNormal):
        def __init__(self, temperature=2.0, **arguments):
            super().__init__(**arguments)
            self.temperature = temperature

    _, apply_fn = Tempered.stateless(temperature=3.0)
    made = apply_fn(0.0, 1.0)
    assert type(made) is Tempered
    assert made.temperature == 3
