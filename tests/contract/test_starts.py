"""Where variables start: apart from each other, and in the support to the last element."""

import functools

import numpy as np
import pytest
import tensorflow as tf

from tfp_trainables import bijectors, distributions

INTERVALS = {
    "Uniform": distributions.TrainableUniform,
    "TruncatedNormal": distributions.TrainableTruncatedNormal,
    "TruncatedCauchy": distributions.TrainableTruncatedCauchy,
    "Bates": functools.partial(distributions.TrainableBates, total_count=2.0),
    "Triangular": distributions.TrainableTriangular,
    "PERT": functools.partial(distributions.TrainablePERT, peak=-9.0),
    "Sigmoid": bijectors.TrainableSigmoid,
    "SoftClip": bijectors.TrainableSoftClip,
}


@pytest.mark.parametrize("make", [pytest.param(it, id=name) for name, it in INTERVALS.items()])
@pytest.mark.parametrize("high", [-3.0, [-3.0, 4.0], [[-3.0], [4.0]]], ids=str)
def test_a_lower_end_starts_below_every_upper_end_of_a_batch(make, high):
    if make is INTERVALS["PERT"]:
        make = functools.partial(distributions.TrainablePERT, peak=np.asarray(high, "f") - 1)
    for seed in range(5):
        model = make(high=np.asarray(high, "f"), seed=(seed, 1))
        assert model.low.shape == ()
        assert np.all(np.asarray(model.low) < np.asarray(high))


@pytest.mark.parametrize("make", [pytest.param(it, id=name) for name, it in INTERVALS.items()])
def test_an_end_may_be_given_alone_to_start_at(make):
    for seed in range(10):
        model = make({"high": -0.3} if make is not INTERVALS["PERT"] else {"high": -8.0}, seed=seed)
        assert np.all(np.asarray(model.low) < np.asarray(model.high))


def test_a_peak_may_be_given_alone_to_start_at():
    for seed in range(10):
        model = distributions.TrainableTriangular({"peak": 0.3}, seed=seed)
        assert float(model.low) < 0.3 < float(model.high)
        np.testing.assert_allclose(model.peak, 0.3, rtol=1e-5)
        skewed = distributions.TrainableNormalInverseGaussian({"skewness": -0.9}, seed=seed)
        assert float(skewed.tailweight) > 0.9
        fixed = distributions.TrainableNormalInverseGaussian(skewness=-0.9, seed=seed)
        assert float(fixed.tailweight) > 0.9


@pytest.mark.parametrize("high", [-2e7, -3e8, -1e20, 2e7])
@pytest.mark.parametrize("dtype", [tf.float16, tf.float32, tf.float64])
def test_starts_are_apart_however_large_the_bound(high, dtype):
    high = max(high, -1e4) if dtype == tf.float16 else high
    for seed in range(20):
        model = distributions.TrainableUniform(high=high, seed=seed, parameter_dtype=dtype)
        assert np.all(np.asarray(model.low) < np.asarray(model.high))


@pytest.mark.parametrize("jit_compile", [False, True])
def test_starts_are_ordered_in_graphs_too(jit_compile):
    for cls, fixed in (
        (distributions.TrainableUniform, {"high": -3.0}),
        (distributions.TrainableTriangular, {"peak": 7.0}),
    ):
        init_fn, _ = cls.stateless(**fixed)
        in_graph = tf.function(init_fn, jit_compile=jit_compile)(tf.constant([1, 2]))
        (low, *_), end = in_graph, next(iter(fixed.values()))
        assert float(low) < end
        if not jit_compile:  # XLA draws others.
            for found, expected in zip(in_graph, init_fn(seed=(1, 2)), strict=True):
                np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("cls", "name", "value"),
    [
        (distributions.TrainableMultivariateNormalTriL, "scale_tril", [[1e4, 3.0], [0.0, 1.0]]),
        (distributions.TrainableMultivariateNormalTriL, "scale_tril", [[1e6, 50.0], [0.0, 1.0]]),
        (
            distributions.TrainableMultivariateNormalFullCovariance,
            "covariance_matrix",
            [[1e4, 2.0], [1.0, 1.0]],
        ),
    ],
    ids=str,
)
def test_a_small_element_that_is_wrong_is_seen_beside_a_large_one(cls, name, value):
    with pytest.raises(ValueError, match="expected values in its support"):
        cls({name: value}, [2])
    model = cls(batch_and_event_shape=[2])
    with pytest.raises(ValueError, match="expected values in its support"):
        getattr(model, name).assign(value)


def test_an_ill_conditioned_covariance_is_taken():
    value = np.array([[1e4, 99.0], [99.0, 1.0]])
    model = distributions.TrainableMultivariateNormalFullCovariance(
        {"covariance_matrix": value}, [2], tf.float64
    )
    np.testing.assert_allclose(model.covariance_matrix, value, rtol=1e-9)
