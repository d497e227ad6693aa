"""Graphs: draws are TFP's bit for bit, and one graph takes any number of samples."""

import numpy as np
import pytest
from cases import CASES, DISTRIBUTIONS, NOT_COMPARABLE

from tfp_trainables import execution
from tfp_trainables_runtime.testing.comparison import Outcome

pytestmark = pytest.mark.slow

SEED = (3, 4)
SHAPES = ((), 3, (2, 3), 0, 1, 40)
ROUNDED_OTHERWISE = {
    # Draws that a graph rounds otherwise: by up to 4 ulps.
    "tfp.distributions.MultiTaskGaussianProcessRegressionModel",
    "tfp.distributions.Triangular",
    "tfp.distributions.VonMisesFisher",
    "tfp.distributions.WishartLinearOperator",
    "tfp.distributions.WishartTriL",
}

WITH_METHODS = [case for case in CASES if case.name not in NOT_COMPARABLE]
each_distribution = pytest.mark.parametrize("case", DISTRIBUTIONS, ids=str)


def in_both(call):
    """What a call answers operation by operation, and as a graph."""
    with execution("op_by_op"):
        expected = Outcome(call)
    with execution("graph"):
        Outcome(call)  # What holds a network is first called operation by operation.
        return Outcome(call), expected


@each_distribution
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_draws_are_those_of_tfp(case, dtype):
    try:
        model = case.build(dtype)
    except Exception as error:
        pytest.skip(f"not in this dtype: {type(error).__name__}")
    for shape in SHAPES:
        actual, expected = in_both(lambda: model.sample(shape, seed=SEED))  # noqa: B023
        assert type(actual.error) is type(expected.error), shape
        for left, right in zip(actual.arrays, expected.arrays, strict=True):
            assert left.shape == right.shape, shape
            if case.name in ROUNDED_OTHERWISE:
                np.testing.assert_array_max_ulp(left, right, 4)
            else:
                np.testing.assert_array_equal(left, right, f"of shape {shape}")
