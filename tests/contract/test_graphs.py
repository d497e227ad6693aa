"""Graphs answer what TFP does operation by operation, bit for bit, and take any size of samples."""

import functools

import numpy as np
import pytest
import tensorflow as tf
from cases import CASES, DISTRIBUTIONS, NOT_COMPARABLE

from tfp_trainables import CompilationWarning, execution
from tfp_trainables_runtime.testing.comparison import Outcome

pytestmark = pytest.mark.slow

SEED = (3, 4)
ROUNDED_OTHERWISE = {
    # What depends on where a processor finds the numbers, by up to 8 units of the last place.
    "tfp.distributions.Kumaraswamy",
    "tfp.distributions.MultivariateNormalFullCovariance",
}
SHAPES = ((), 3, (2, 3), 0, 40)
OF_A_DISTRIBUTION = (
    *("log_prob", "prob", "cdf", "log_cdf", "survival_function", "quantile"),
    *("mean", "mode", "variance", "stddev", "entropy"),
)
OF_A_BIJECTOR = (*("forward", "inverse", "forward_log_det_jacobian", "inverse_log_det_jacobian"),)

both_dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def built(case, dtype):
    try:
        return case.build(dtype)
    except Exception as error:
        pytest.skip(f"not in this dtype: {type(error).__name__}")


def assert_the_same_in_both(call, where, ulps=0):
    """Asserts that a graph answers what single operations do, if they do."""
    with execution("op_by_op"):
        expected = Outcome(call)
    if expected.error is not None:
        return
    with execution("graph"):
        first = Outcome(call)  # What holds a network is first called operation by operation.
        assert not isinstance(first.error, CompilationWarning), f"{where}: {first}"
        actual = Outcome(call)
    assert actual.error is None, f"{where}: {actual}"
    for left, right in zip(actual.arrays, expected.arrays, strict=True):
        assert left.shape == right.shape, where
        if ulps and right.dtype.kind == "f":
            np.testing.assert_array_max_ulp(left, right, ulps)
        else:
            np.testing.assert_array_equal(left, right, where)


def ulps_of(case):
    return 8 if case.name in ROUNDED_OTHERWISE else 0


@pytest.mark.parametrize("case", DISTRIBUTIONS, ids=str)
@both_dtypes
def test_draws_are_those_of_tfp(case, dtype):
    model = built(case, dtype)
    for shape in SHAPES:
        draw = functools.partial(model.sample, shape, seed=SEED)
        assert_the_same_in_both(draw, f"of {shape}", ulps_of(case))


@pytest.mark.parametrize("case", [it for it in CASES if it.name not in NOT_COMPARABLE], ids=str)
@both_dtypes
def test_answers_are_those_of_tfp(case, dtype):
    model = built(case, dtype)
    for method, arguments in calls_of(case, model, dtype).items():

        def call():
            fresh = tf.nest.map_structure(tf.identity, arguments)  # noqa: B023
            return getattr(model, method)(*fresh)  # noqa: B023

        assert_the_same_in_both(call, method, ulps_of(case))


def calls_of(case, model, dtype):
    with execution("op_by_op"):
        if case.kind == "kernel":
            x = case.input(dtype)
            return {"matrix": (x, x[1:])}
        if case.kind == "bijector":
            x = case.input(dtype)
            y = Outcome(lambda: model.forward(x)).answer
            return {
                name: (y,) if "inverse" in name else (x,)
                for name in OF_A_BIJECTOR
                if y is not None or "inverse" not in name
            }
        value = Outcome(lambda: model.sample(3, seed=SEED)).answer
        values = {name: (value,) for name in OF_A_DISTRIBUTION[:5] if value is not None}
        others = dict.fromkeys(OF_A_DISTRIBUTION[6:], ())
        return {**values, "quantile": (np.asarray([0.3, 0.4, 0.5], dtype),), **others}
