"""Constrained parameters read as numbers and tensors, and refuse what they are not."""

import math
import re

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from cases import CASES

from tfp_trainables import distributions
from tfp_trainables.distributions import (
    TrainableDirichlet,
    TrainableMultivariateNormalTriL,
    TrainableNormal,
    TrainableStudentT,
)
from tfp_trainables_runtime.constraints.constrained import ConstrainedVariable

tfb = tfp.bijectors

pytestmark = pytest.mark.usefixtures("operation_by_operation")


def scale(value=1.5, dtype=tf.float32):
    return TrainableNormal({"scale": value}, parameter_dtype=dtype).scale


READINGS = {
    "float": float,
    "int": int,
    "complex": complex,
    "bool": bool,
    "format": lambda x: f"{x:.3f}",
    "math.sqrt": math.sqrt,
    "math.floor": math.floor,
    "max": lambda x: float(max(x, 1.0)),
    "min of a list": lambda x: float(min([x, x])),
    "equal": lambda x: x == 1.5,
    "not equal": lambda x: x != 1.5,
    "equal to an array": lambda x: x == np.float32([1.5, 2]),
    "less": lambda x: x < 2,
    "np.array": np.array,
    "np.array of a list": lambda x: np.array([x, x]),
    "np.asarray of a dtype": lambda x: np.asarray(x, np.float64),
    "np.sqrt": np.sqrt,
    "np.stack": lambda x: np.stack([x, x]),
    "times an array": lambda x: np.ones(2, np.float32) * x,
    "power": lambda x: 2**x,
    "tf.stack": lambda x: tf.stack([x, x]),
    "get_shape": lambda x: x.get_shape(),
}


@pytest.mark.parametrize("reading", READINGS.values(), ids=READINGS)
def test_reads_as_a_tensor_does(reading):
    expected, actual = reading(tf.constant(scale().numpy())), reading(scale())
    assert type(actual) is type(expected)
    np.testing.assert_array_equal(actual, expected)


def test_a_vector_reads_as_a_tensor_does():
    parameter = TrainableDirichlet({"concentration": [2.0, 3.0]}, [2]).concentration
    first, second = parameter
    assert (float(first), float(second)) == pytest.approx((2.0, 3.0))
    with pytest.raises(TypeError):
        float(parameter)
    with pytest.raises(ValueError, match="ambiguous"):
        bool(parameter)


def test_names_the_same_things_as_an_unconstrained_one():
    model = TrainableNormal({"loc": 1.0, "scale": 2.0})
    for parameter in (model.loc, model.scale):
        assert parameter.get_shape() == ()
        assert parameter.trainable
        np.testing.assert_array_equal(parameter.value(), parameter.numpy())
        np.testing.assert_array_equal(parameter.read_value(), parameter.numpy())
    assert len({model.scale, model.scale}) == 1
    assert str(model.scale) == f"{model.scale}" == repr(model.scale)


def test_in_a_graph_it_is_a_tensor():
    parameter = scale()

    @tf.function
    def compute():
        assert f"{parameter}" == str(parameter)
        return tf.where(parameter == 1.5, parameter + 1, 0.0)

    assert compute() == 2.5


@pytest.mark.parametrize("value", [2, 0.5, np.float64(3), np.array(4), tf.constant(5.0)])
def test_is_assigned_constrained_values(value):
    parameter = scale()
    assert parameter.assign(value) is parameter
    assert parameter.numpy() == pytest.approx(float(value), rel=1e-6)
    assert parameter.assign_add(1) is parameter
    assert parameter.assign_sub(0.25).numpy() == pytest.approx(float(value) + 0.75, rel=1e-6)


MISTAKES = {
    "outside": (-1.0, ValueError, "expected values in its support (greater than 1.1920929e-07)"),
    "NaN": (np.nan, ValueError, "got nan"),
    "text": ("one", TypeError, "value assigned to 'scale': expected numbers, got 'one'"),
    "shape": ([1.0, 2.0], ValueError, "expected shape (), got shape (2,)"),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_what_is_no_value_of_it_changes_nothing(mistake):
    value, kind, message = mistake
    parameter = scale()
    with pytest.raises(kind) as raised:
        parameter.assign(value)
    assert message in str(raised.value)
    with pytest.raises(ValueError, match="in its support"):
        parameter.assign_sub(7.0)
    assert parameter.numpy() == 1.5


def test_a_matrix_is_assigned_in_a_function():
    model = TrainableMultivariateNormalTriL(batch_and_event_shape=[2])
    parameter = model.parameters["scale_tril"]

    @tf.function
    def assign(value):
        parameter.assign(value)

    assign(tf.constant([[2.0, 0.0], [1.0, 3.0]]))
    np.testing.assert_allclose(parameter, [[2, 0], [1, 3]], rtol=1e-6)


def test_each_constraint_takes_its_own_values_back():
    checked = 0
    for case in CASES:
        model, other = case.build(), case.build(seed=(3, 4))
        for name in case.variables:
            parameter, value = model.parameters[name], other.parameters[name]
            if isinstance(parameter, ConstrainedVariable) and not is_bound(parameter):
                parameter.assign(value)
                np.testing.assert_allclose(parameter, value, rtol=2e-3, atol=1e-4)
                checked += 1
    assert checked > 100


def is_bound(parameter):
    """Whether the values that it takes depend on another parameter."""
    bounds = parameter.bijector.parameters.values()
    return any(isinstance(bound, (tf.Module, tf.Variable)) for bound in bounds)


def test_tapes_reach_what_is_compared_with_what_was_assigned():
    """TFP's bijectors remember tensors; a user's must not be among them."""
    start, model = tf.constant(2.0), TrainableNormal({"scale": 1.0})
    model.scale.assign(start)
    TrainableNormal({"scale": start})
    constraint = model.scale.bijector
    with tf.GradientTape() as tape:
        tape.watch(start)
        unconstrained = constraint.inverse(start)
    assert tape.gradient(unconstrained, start) is not None


def test_is_shared_with_other_trainables():
    model = TrainableNormal({"loc": 1.0, "scale": 2.0})
    other = TrainableStudentT(loc=model.loc, scale=model.scale)
    model.scale.assign(3.0)
    assert other.scale.numpy() == 3.0
    assert other.scale is model.scale


def test_a_graph_assigns_nothing_that_is_outside_of_the_support():
    model = distributions.TrainableNormal({"scale": 2.0})

    @tf.function(input_signature=[tf.TensorSpec([])])
    def assign(value):
        model.scale.assign(value)

    assign = assign.get_concrete_function()
    assign(tf.constant(3.0))
    np.testing.assert_allclose(model.scale, 3.0, rtol=1e-6)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"assigned to ..scale"):
        assign(tf.constant(-1.0))
    np.testing.assert_allclose(model.scale, 3.0, rtol=1e-6)

    @tf.function
    def subtract():
        model.scale.assign_sub(4.0)

    with pytest.raises(tf.errors.InvalidArgumentError, match=r"assigned to ..scale"):
        subtract.get_concrete_function()()


@pytest.mark.parametrize("value", [np.eye(3), 1.0, [1.0, 2.0]], ids=["larger", "number", "vector"])
def test_a_value_of_another_shape_is_refused_with_both_shapes(value):
    model = distributions.TrainableMultivariateNormalTriL(batch_and_event_shape=[2])
    got = re.escape(str(np.shape(value)))
    with pytest.raises(ValueError, match=rf"expected shape \(2, 2\), got shape {got}"):
        model.scale_tril.assign(value)


def test_complex_values_are_refused():
    model = distributions.TrainableNormal()
    with pytest.raises(TypeError, match="expected real numbers"):
        model.scale.assign(1 + 2j)


def test_a_vector_has_a_length():
    assert len(distributions.TrainableNormal(batch_and_event_shape=[3]).scale) == 3
