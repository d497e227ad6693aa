"""Constraints are smooth and inverted, and the runtime's own are what their formulas say.

That values are in the support of their parameter is tested in `test_parameters.py`.
"""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from cases import CASES, NOT_COMPARABLE, Case
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tfp_trainables.bijectors import TrainableRationalQuadraticSpline
from tfp_trainables.distributions import (
    TrainablePowerSpherical,
    TrainableTriangular,
    TrainableTruncatedNormal,
    TrainableUniform,
    TrainableVonMisesFisher,
)
from tfp_trainables_runtime.constraints import (
    AbsoluteBelow,
    Between,
    Direction,
    GreaterThan,
    NonzeroDiagonal,
    Rotation,
    SameSum,
    UnitLowerTriangular,
)
from tfp_trainables_runtime.programs.structure import Structure

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
    "Direction": Direction,
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


NOW = tf.constant(1.0)
NAMES = {
    "absolute_below": (AbsoluteBelow, {"bound": NOW}, 0, 0),
    "direction": (Direction, {}, 1, 1),
    "between": (Between, {"low": NOW, "high": NOW}, 0, 0),
    "greater_than": (GreaterThan, {"low": NOW}, 0, 0),
    "nonzero_diagonal": (NonzeroDiagonal, {}, 2, 2),
    "rotation": (Rotation, {}, 1, 2),
    "same_sum": (SameSum, {"other": NOW}, 1, 1),
    "unit_lower_triangular": (UnitLowerTriangular, {}, 1, 2),
}


@pytest.mark.parametrize("name", NAMES)
def test_what_a_constraint_says_of_itself(name):
    cls, arguments, forward, inverse = NAMES[name]
    bijector = cls(**arguments)
    assert bijector.name == name
    assert cls(**arguments, name="mine").name == "mine"
    assert bijector.parameters == {**arguments, "name": name}
    assert bijector.forward_min_event_ndims == forward
    assert bijector.inverse_min_event_ndims == inverse
    assert cls.parameter_properties(tf.float32) == {}
    again = tf.nest.map_structure(tf.identity, bijector, expand_composites=True)
    assert type(again) is cls


def softplus(x):
    return np.logaddexp(0, x)


LINE = np.array([-1e4, -30, -1, 0, 0.5, 30, 1e4])
with_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def assert_close(actual, expected, dtype, **tolerance):
    assert actual.dtype == dtype
    tolerance = {"rtol": 16 * np.finfo(dtype).eps, "atol": 0, **tolerance}
    np.testing.assert_allclose(actual, expected, **tolerance)


@with_dtype
@pytest.mark.parametrize("low", [0, 2, -7, 1e3])
def test_greater_than(low, dtype):
    """The margin is part of what a stored variable means: to the bit."""
    bijector = GreaterThan(tf.constant(low, dtype))
    eps = np.finfo(dtype).eps
    y = bijector.forward(LINE.astype(dtype))
    assert_close(y, low + softplus(LINE) + eps + 8 * eps * abs(low), dtype)
    assert y[0].numpy() == dtype(low + (eps + 8 * eps * abs(dtype(low))))
    x = LINE[2:].astype(dtype)
    again = bijector.inverse(tf.identity(bijector.forward(x)))
    assert_close(again, x, dtype, rtol=1e-3, atol=1e-3)
    x = LINE.astype(dtype)
    assert_close(bijector.forward_log_det_jacobian(x), -softplus(-LINE), dtype)
    assert np.isnan(bijector.inverse(dtype(low - 1)))


def test_greater_than_some():
    """An infinite bound is none, of its element alone."""
    low = np.array([-np.inf, 2, 0])
    bijector = GreaterThan(tf.constant(low))
    x = np.array([-3.0, -3.0, -3.0])
    eps = np.finfo(np.float64).eps
    y = bijector.forward(x)
    np.testing.assert_allclose(y, [-3, 2 + softplus(-3.0), softplus(-3.0) + eps], rtol=1e-14)
    np.testing.assert_allclose(bijector.inverse(tf.identity(y)), x, rtol=1e-12)
    slopes = bijector.forward_log_det_jacobian(x)
    np.testing.assert_allclose(slopes, [0, -softplus(3.0), -softplus(3.0)], rtol=1e-14)
    nothing = GreaterThan(None)
    np.testing.assert_array_equal(nothing.forward(x), x)
    np.testing.assert_array_equal(nothing.inverse(x), x)
    np.testing.assert_array_equal(nothing.forward_log_det_jacobian(x, event_ndims=0), 0 * x)


@with_dtype
@pytest.mark.parametrize(("low", "high"), [(-1, 3), (0, 1e-3), (1e3, 1e4), (1, 1 + 4e-7)])
def test_between(low, high, dtype):
    low, high = dtype(low), dtype(high)
    bijector = Between(tf.constant(low), tf.constant(high))
    margin = min(2 * np.finfo(dtype).eps * max(abs(low), abs(high)), (high - low) / 4)
    width = (high - low) - 2 * margin
    share = np.exp(-softplus(-LINE))
    y = bijector.forward(LINE.astype(dtype))
    assert_close(y, low + margin + width * share, dtype)
    assert y[0].numpy() == low + margin
    assert y[-1].numpy() == (low + margin) + width
    x = np.array([-2, -0.5, 0, 1], dtype)
    slopes = bijector.forward_log_det_jacobian(LINE.astype(dtype))
    expected = np.log(width) - softplus(LINE) - softplus(-LINE)
    assert_close(slopes, expected, dtype, atol=16 * np.finfo(dtype).eps)
    if high - low > 1e-3:
        assert_close(bijector.inverse(tf.identity(bijector.forward(x))), x, dtype, atol=1e-2)
    assert np.isnan(bijector.inverse(high + (high - low)))
    assert np.isnan(bijector.inverse(low - (high - low)))


@with_dtype
@pytest.mark.parametrize("bound", [1, 3e-3, 1e5])
def test_absolute_below(bound, dtype):
    bijector = AbsoluteBelow(tf.constant(bound, dtype))
    greatest = (1 - 4 * np.finfo(dtype).eps) * dtype(bound)
    y = bijector.forward(LINE.astype(dtype))
    assert_close(y, greatest * np.tanh(LINE), dtype)
    assert (y[0].numpy(), y[-1].numpy()) == (-greatest, greatest)
    slopes = bijector.forward_log_det_jacobian(LINE.astype(dtype))
    expected = np.log(greatest) + 2 * (np.log(2) - LINE - softplus(-2 * LINE))
    assert_close(slopes, expected, dtype, atol=1e-5)
    assert np.isnan(bijector.inverse(dtype(1.1 * bound)))


@with_dtype
def test_same_sum(dtype):
    other = np.array([[1, 2, 3, 4], [0.5, 0.5, 0.5, 0.5]], dtype)
    bijector = SameSum(tf.constant(other))
    x = np.array([[0, 0, 0], [-1e4, 1, 2]], dtype)
    y = bijector.forward(x)
    shares = np.exp(np.array([[0, 0, 0, 0], [-1e4, 1, 2, 0]]))
    shares /= shares.sum(-1, keepdims=True)
    total = np.array([[10.0], [2.0]])
    assert_close(y, total * (1e-3 / 4 + (1 - 1e-3) * shares), dtype)
    assert_close(y[1, 0], 2e-3 / 4, dtype)
    x = np.array([[0, 1, -2], [3, -1, 0.5]], dtype)
    assert_close(bijector.inverse(tf.identity(bijector.forward(x))), x, dtype, rtol=1e-3, atol=1e-4)
    # One vector for all, and one bound for all.
    assert bijector.forward_event_shape([3]) == [2, 4]
    assert bijector.forward(np.zeros(3, dtype)).shape == [2, 4]
    one = SameSum(tf.constant(other[0]))
    assert one.forward_event_shape([5, 3]) == one.forward(np.zeros([5, 3], dtype)).shape == [5, 4]
    assert one.inverse_event_shape([5, 4]) == [5, 3]


def test_gradients_beside_an_infinite_bound():
    low, x = tf.constant([-np.inf, 2.0]), tf.constant([0.5, 3.5])
    bijector = GreaterThan(low)
    share = 1 - np.exp(-1.5)  # Of the slope of softplus, where it is 1.5.
    expected = {
        "forward": ([1, 1 / (1 + np.exp(-3.5))], [0, 1]),
        "inverse": ([1, 1 / share], [0, -1 / share]),
    }
    for method, slopes in expected.items():
        with tf.GradientTape() as tape:
            tape.watch([low, x])
            y = getattr(bijector, method)(tf.identity(x))
        for gradient, slope in zip(tape.gradient(y, [x, low]), slopes, strict=True):
            np.testing.assert_allclose(gradient, slope, rtol=1e-5)


@with_dtype
def test_bounds_may_be_python_numbers(dtype):
    x = np.array([-1, 0, 2], dtype)
    pairs = [
        (GreaterThan(0.1), GreaterThan(tf.constant(0.1, dtype))),
        (Between(0.1, 0.7), Between(tf.constant(0.1, dtype), tf.constant(0.7, dtype))),
        (AbsoluteBelow(0.1), AbsoluteBelow(tf.constant(0.1, dtype))),
        (SameSum([0.1, 0.2, 0.3, 0.4]), SameSum(tf.constant([0.1, 0.2, 0.3, 0.4], dtype))),
    ]
    for one, other in pairs:
        y = one.forward(x)
        assert y.dtype == dtype
        np.testing.assert_array_equal(y, other.forward(x))
        np.testing.assert_array_equal(one.inverse(tf.identity(y)), other.inverse(tf.identity(y)))


BOUND = tf.zeros([3, 1])
WITH_BOUNDS = {
    "GreaterThan": lambda: GreaterThan(BOUND),
    "Between low": lambda: Between(BOUND, 1.0),
    "Between high": lambda: Between(-1.0, BOUND),
    "AbsoluteBelow": lambda: AbsoluteBelow(BOUND + 1),
    "GreaterThan a variable": lambda: GreaterThan(tf.Variable(BOUND)),
}


@pytest.mark.parametrize("name", WITH_BOUNDS)
def test_a_bound_lends_its_shape(name):
    bijector = WITH_BOUNDS[name]()
    for shape, expected in (((), (3, 1)), ((2,), (3, 2)), ((4, 3, 2), (4, 3, 2))):
        assert bijector.forward_event_shape(shape) == expected
        x = np.zeros(shape, np.float32)
        assert bijector.forward(x).shape == expected
        assert bijector.forward_log_det_jacobian(x, event_ndims=0).shape == expected


def test_bounds_that_are_numbers_have_no_shape():
    for bijector in (GreaterThan(1.0), GreaterThan(None), Between(0.0, 1.0), AbsoluteBelow(1.0)):
        assert bijector.forward_event_shape([2]) == [2]
        assert bijector.inverse_event_shape([2]) == [2]


def test_sizes_that_are_not_known():
    unknown = tf.TensorShape([2, None])
    assert Rotation().forward_event_shape(unknown).as_list() == [2, None, None]
    assert UnitLowerTriangular().forward_event_shape(unknown).as_list() == [2, None, None]
    matrix = tf.TensorShape([2, None, None])
    assert Rotation().inverse_event_shape(matrix).as_list() == [2, None]
    assert UnitLowerTriangular().inverse_event_shape(matrix).as_list() == [2, None]
    assert SameSum(tf.ones([3])).inverse_event_shape(unknown).as_list() == [2, None]


def test_the_order_of_the_elements_below_a_diagonal():
    """It is part of what a stored variable means: rows from the last to the first, in turns."""
    y = UnitLowerTriangular().forward(np.arange(1.0, 7.0))
    np.testing.assert_array_equal(y, tfp_order())
    np.testing.assert_array_equal(
        UnitLowerTriangular().inverse(tf.identity(y)), np.arange(1.0, 7.0)
    )


def tfp_order():
    below = tfp.math.fill_triangular(np.arange(1.0, 7.0)).numpy()
    result = np.eye(4)
    result[1:, :-1] += np.tril(below)
    return result


@pytest.mark.parametrize("batch", [(), (2,)])
@pytest.mark.parametrize("dimensions", [1, 2, 3, 5])
def test_rotations_are_those_of_cayley(dimensions, batch):
    elements = dimensions * (dimensions - 1) // 2
    x = np.random.default_rng(0).normal(size=(*batch, elements))
    lower = np.tril(UnitLowerTriangular().forward(x).numpy(), -1)
    skew = lower - np.swapaxes(lower, -1, -2)
    identity = np.eye(dimensions)
    y = Rotation().forward(x)
    expected = (identity - skew) @ np.linalg.inv(identity + skew)
    np.testing.assert_allclose(y, expected, atol=1e-14)
    assert Rotation().forward_event_shape(x.shape) == y.shape
    assert Rotation().inverse_event_shape(y.shape) == x.shape
    again = Rotation().inverse(tf.identity(y))
    assert again.dtype == y.dtype == tf.float64
    np.testing.assert_allclose(again, x, atol=1e-12)


def test_one_of_a_batch_is_not_unit_lower_triangular():
    right = np.array([[1, 0, 0], [2, 1, 0], [3, 4, 1]], np.float64)
    for row, column in ((0, 0), (2, 2), (0, 2), (1, 2)):
        wrong = np.array(right)
        wrong[row, column] += 0.5
        result = UnitLowerTriangular().inverse(np.stack([right, wrong]))
        assert np.isfinite(result[0]).all()
        assert np.isnan(result[1]).all()


@with_dtype
def test_constraints_that_keep_the_volume(dtype):
    for bijector, x in ((UnitLowerTriangular(), np.ones(3)), (NonzeroDiagonal(), np.eye(3))):
        slope = bijector.forward_log_det_jacobian(x.astype(dtype))
        assert slope.dtype == dtype
        assert slope.shape == []
        assert slope == 0


@with_dtype
def test_what_a_nonzero_diagonal_takes_back(dtype):
    eps = np.finfo(dtype).eps
    matrix = np.array([[eps, 3, 0], [1, -eps, 0], [5, 7, -2]], dtype)
    np.testing.assert_array_equal(NonzeroDiagonal().inverse(matrix), matrix)
    np.testing.assert_array_equal(NonzeroDiagonal().forward(matrix), matrix)
    result = NonzeroDiagonal().inverse(np.diag(np.array([0.5, -0.5, 2], dtype) * eps)).numpy()
    np.testing.assert_array_equal(np.isnan(np.diag(result)), [True, True, False])
    np.testing.assert_array_equal(result[~np.eye(3, dtype=bool)], 0)


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
    assert len({Structure.of(model).tree for model in models}) == 1


@with_dtype
def test_directions_are_those_of_unit_vector(dtype):
    x = np.array([[0, 0], [1, -2], [0.3, 40], [-1e3, 1e3]], dtype)
    oracle = tfp.bijectors.UnitVector()
    assert_close(Direction().forward(x), oracle.forward(x), dtype, atol=1e-6)
    expected = oracle.forward_log_det_jacobian(x)
    assert_close(Direction().forward_log_det_jacobian(x), expected, dtype, rtol=1e-5)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("size", [2, 3, 5])
def test_directions_at_and_near_the_pole(dtype, size):
    bijector, near = Direction(), np.sqrt(np.finfo(dtype).eps)
    for angle in (0, near / 4, near, 8 * near, 0.01, 1, np.pi - 0.01, np.pi):
        y = np.zeros(size, dtype)
        y[0], y[-1] = np.sin(angle), np.cos(angle)
        x = tf.identity(bijector.inverse(y))
        assert np.isfinite(x).all(), angle
        # What is nearer to the pole than that is put beside it.
        tolerance = near / 2 if angle < near else 16 * np.finfo(dtype).eps
        np.testing.assert_allclose(bijector.forward(x), y, rtol=0, atol=tolerance, err_msg=angle)


def test_what_is_no_direction_has_no_origin():
    for y in ([0.0, 0.0, 2.0], [3.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1.01]):
        x = tf.identity(Direction().inverse(np.float32(y)))
        assert not np.allclose(Direction().forward(x), y, atol=1e-3), y


@pytest.mark.parametrize("cls", [TrainableVonMisesFisher, TrainablePowerSpherical])
def test_every_direction_is_a_start(cls):
    for direction in np.vstack([np.eye(3), -np.eye(3), [[0.001, 0, np.sqrt(1 - 1e-6)]]]):
        model = cls({"mean_direction": direction}, batch_and_event_shape=[3])
        np.testing.assert_allclose(model.mean_direction, direction, atol=2e-4)
