"""Constraints are smooth and inverted, and the runtime's own are what their formulas say.

That values are in the support of their parameter is tested in `test_parameters.py`.
"""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from cases import CASES, NOT_COMPARABLE, Case
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tfp_trainables.bijectors import TrainableRationalQuadraticSpline
from tfp_trainables.distributions import (
    TrainableTriangular,
    TrainableTruncatedNormal,
    TrainableUniform,
)
from tfp_trainables_runtime.constraints import (
    AbsoluteBelow,
    Between,
    GreaterThan,
    NonzeroDiagonal,
    Rotation,
    SameSum,
    UnitLowerTriangular,
)

Operator = tf.linalg.LinearOperator

pytestmark = pytest.mark.usefixtures("operation_by_operation")

with_variables = pytest.mark.parametrize(
    "case", [c for c in CASES if c.variables and c.name not in NOT_COMPARABLE], ids=str
)
RANGE = 30


def number(value: Any) -> np.ndarray:
    return np.asarray(value if isinstance(value, float) else tf.convert_to_tensor(value))


def created(case: Case, model: Any) -> dict[str, Any]:
    """The parameters of a model that it has created variables for."""
    parameters = {name: model.parameters[name] for name in model._creation.variables}
    return {
        # A linear operator is made of one tensor.
        name: next(iter(value.parameters.values())) if isinstance(value, Operator) else value
        for name, value in parameters.items()
    }


@with_variables
def test_gradients(case):
    """Those of each parameter agree with finite differences, in a random direction."""
    model = case.build(np.float64)
    variables = list(model._creation.variables.values())
    random = np.random.default_rng(0)
    # Not near 0, where `NonzeroDiagonal` has its step.
    start = [random.choice([-1, 1], v.shape) * random.uniform(0.1, 3, v.shape) for v in variables]
    direction = [random.normal(size=v.shape) for v in variables]

    def at(step):
        for variable, x, d in zip(variables, start, direction, strict=True):
            variable.assign(x + step * d)

    for parameter in created(case, model).values():
        weights = random.normal(size=number(parameter).shape)
        at(0)
        with tf.GradientTape() as tape:
            value = tf.reduce_sum(weights * tf.convert_to_tensor(parameter))
        gradients = tape.gradient(value, variables, unconnected_gradients="zero")
        slope = sum(np.sum(g * d) for g, d in zip(gradients, direction, strict=True))
        size = 1e-5
        at(size)
        above = np.sum(weights * number(parameter))
        at(-size)
        below = np.sum(weights * number(parameter))
        assert np.isfinite(slope)
        assert slope == pytest.approx((above - below) / (2 * size), rel=1e-5, abs=1e-7)


@with_variables
def test_round_trips(case):
    """What a variable makes of a parameter, as an initial value, makes that variable."""
    model = case.build(np.float64)
    random = np.random.default_rng(0)
    for variable in model._creation.variables.values():
        variable.assign(random.choice([-1, 1], variable.shape) * random.uniform(0.1, 3))
    values = {name: number(value) for name, value in created(case, model).items()}
    again = case.build(np.float64, initial_parameters=values)
    for name, variable in model._creation.variables.items():
        np.testing.assert_allclose(again._creation.variables[name], variable, rtol=1e-6, atol=1e-9)


@with_variables
@given(data=st.data())
def test_gradients_are_finite(case, data):
    model = case.build()
    variables = list(model._creation.variables.values())
    for variable in variables:
        elements = st.floats(-RANGE, RANGE, width=32)
        variable.assign(data.draw(arrays.arrays(np.float32, variable.shape, elements=elements)))
    with tf.GradientTape() as tape:
        parts = [tf.reduce_sum(parameter) for parameter in created(case, model).values()]
        value = tf.reduce_sum(parts)
    for gradient in tape.gradient(value, variables):
        assert gradient is None or np.isfinite(gradient).all()


VECTORS = arrays.arrays(np.float64, 3, elements=st.floats(-5, 5))
CONSTRAINTS = {
    "AbsoluteBelow": lambda: AbsoluteBelow(tf.constant(2.0, tf.float64)),
    "Between": lambda: Between(tf.constant(-1.0, tf.float64), tf.constant(3.0, tf.float64)),
    "GreaterThan": lambda: GreaterThan(tf.constant(-7.0, tf.float64)),
    "GreaterThan nothing": lambda: GreaterThan(None),
    "Rotation": Rotation,
    "UnitLowerTriangular": UnitLowerTriangular,
    "SameSum": lambda: SameSum(tf.constant([1.0, 2.0, 3.0, 4.0], tf.float64)),
}


@pytest.mark.parametrize("name", CONSTRAINTS)
@settings(max_examples=50)
@given(x=VECTORS)
def test_own_constraints_are_inverted(name, x):
    bijector = CONSTRAINTS[name]()
    y = tf.identity(bijector.forward(x))
    np.testing.assert_allclose(bijector.inverse(y), x, rtol=1e-6, atol=1e-6)
    assert bijector.forward_event_shape(x.shape) == y.shape
    assert bijector.inverse_event_shape(y.shape) == x.shape


@pytest.mark.parametrize("name", ["AbsoluteBelow", "Between", "GreaterThan", "GreaterThan nothing"])
@settings(max_examples=50)
@given(x=VECTORS)
def test_own_constraints_know_their_jacobian(name, x):
    bijector = CONSTRAINTS[name]()
    value = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(value)
        y = bijector.forward(value)
    expected = np.log(tape.gradient(y, value))
    np.testing.assert_allclose(bijector.forward_log_det_jacobian(value), expected, atol=1e-9)


@pytest.mark.parametrize("dimensions", [1, 2, 3, 5])
def test_rotations_of_all_dimensions(dimensions):
    x = np.linspace(-1, 2, dimensions * (dimensions - 1) // 2)
    y = Rotation().forward(x)
    assert y.shape == (dimensions, dimensions)
    assert np.linalg.det(y) == pytest.approx(1)
    np.testing.assert_allclose(Rotation().inverse(tf.identity(y)), x, atol=1e-9)


def test_only_what_is_near_zero_is_moved_off_the_diagonal_of_a_factor():
    x = np.array([[0, 3, 0], [1, -1e-30, 0], [5, 7, -2]], np.float32)
    y = NonzeroDiagonal().forward(x).numpy()
    eps = np.finfo(np.float32).eps
    np.testing.assert_array_equal(np.diag(y), [eps, -eps, -2])
    np.testing.assert_array_equal(y - np.diag(np.diag(y)), x - np.diag(np.diag(x)))
    np.testing.assert_array_equal(
        NonzeroDiagonal().forward(x + np.eye(3, dtype="f")), x + np.eye(3)
    )


def test_what_is_near_zero_leaves_it_again():
    x = tf.Variable([[1e-30, 0.0], [1.0, 1.0]])
    with tf.GradientTape() as tape:
        y = tf.linalg.trace(NonzeroDiagonal().forward(x))
    np.testing.assert_array_equal(tape.gradient(y, x), np.eye(2))


@pytest.mark.parametrize("dimensions", [1, 2, 4])
def test_unit_lower_triangular_matrices(dimensions):
    x = np.linspace(-1, 2, dimensions * (dimensions - 1) // 2)
    y = UnitLowerTriangular().forward(x).numpy()
    np.testing.assert_array_equal(np.diag(y), np.ones(dimensions))
    np.testing.assert_array_equal(UnitLowerTriangular().inverse(tf.constant(y)), x)
    assert np.isnan(UnitLowerTriangular().inverse(2 * y)).all()


@pytest.mark.parametrize("high", [1.0, -3.0])
def test_an_infinite_bound_is_none(high):
    model = TrainableTruncatedNormal(low=-np.inf, initial_parameters={"high": high})
    assert model.high.numpy() == high
    assert np.isfinite(model.log_prob(high - 1))
    bound = tf.constant([-np.inf, 2.0])
    x = tf.Variable([0.5, 0.5])
    with tf.GradientTape() as tape:
        y = GreaterThan(bound).forward(x)
    np.testing.assert_allclose(tape.gradient(y, x), [1, tf.sigmoid(0.5)], rtol=1e-6)
    np.testing.assert_allclose(GreaterThan(bound).inverse(tf.identity(y)), x, rtol=1e-5)


@pytest.mark.parametrize(
    ("low", "high"), [(-1, 0), (-100, 1e-4), (-5, 1e-4), (0, 1e-6), (1e6, 2e6)]
)
def test_initial_values_beside_a_larger_bound(low, high):
    model = TrainableUniform({"low": low, "high": high})
    assert abs(model.high.numpy() - high) <= 1e-5 * max(abs(low), abs(high))


def test_a_bound_with_a_batch_gives_its_shape():
    model = TrainableUniform(low=[0.0, 1.0], seed=(1, 2))
    assert model.high.shape == tf.convert_to_tensor(model.high).shape == [2]
    assert model.copy().batch_shape == model[:].batch_shape == [2]
    assert tf.function(lambda it: it.mean())(model).shape == [2]
    model = TrainableTriangular({"high": 5.0}, low=[0.0, 1.0])
    np.testing.assert_allclose(model.high, [5, 5])
    assert tf.convert_to_tensor(model.peak).shape == [2]


def test_splines_come_in_batches():
    bijector = TrainableRationalQuadraticSpline(None, [2], num_bins=4, seed=(1, 2))
    x = np.array([0.1, 0.2], np.float32)
    np.testing.assert_allclose(bijector.inverse(bijector.forward(x)), x, atol=1e-5)


def test_rotations_of_half_precision():
    y = Rotation().forward(np.array([0.1, 0.2, 0.3], np.float16))
    assert y.dtype == tf.float16
    np.testing.assert_allclose(y @ tf.transpose(y), np.eye(3), atol=0.01)


def test_a_bound_is_a_parameter_of_the_program():
    """Instances that differ in a fixed bound share a program, and both see their own."""
    models = [TrainableUniform(low=low, seed=(1, 2)) for low in (0.0, 1.0)]
    for model in models:
        np.testing.assert_allclose(
            tf.function(model.log_prob)(model.mean()),
            model.copy().log_prob(model.mean()),
            rtol=1e-6,
        )
    assert not any(model._programs._own for model in models)
