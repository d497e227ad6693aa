"""Formulations for XLA, held to the TFP classes that they stand in for."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from tfp_trainables import distributions
from tfp_trainables_runtime.reformulated import BatesInXLA, EmpiricalInXLA

tfd = tfp.distributions

COUNTS = [1.0, 2.0, 3.0, 7.0, [[1.0], [5.0], [12.0]]]


def in_xla(function):
    return tf.function(function, jit_compile=True, autograph=False)()


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize("method", ["prob", "log_prob", "cdf", "log_survival_function"])
def test_bates(count, is_known, method):
    low, high = tf.Variable(-1.0, dtype=tf.float64), tf.Variable(2.0, dtype=tf.float64)
    count = np.asarray(count)
    given = count if is_known else tf.Variable(count)
    values = np.linspace(-1.2, 2.2, 30)

    def answer(cls, total_count):
        return getattr(cls(total_count, low, high), method)(values)

    expected = answer(tfd.Bates, count)
    actual = in_xla(lambda: answer(BatesInXLA, given))
    np.testing.assert_allclose(actual, expected, rtol=1e-8, atol=1e-12)

    inside = np.linspace(-0.9, 1.9, 7)

    def gradients(cls, total_count):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(getattr(cls(total_count, low, high), method)(inside))
        return tape.gradient(loss, [low, high])

    expected = gradients(tfd.Bates, count)
    actual = in_xla(lambda: gradients(BatesInXLA, given))
    np.testing.assert_allclose(actual, expected, rtol=1e-7, atol=1e-9)


def test_bates_beyond_what_tfp_calls_stable_is_no_number():
    count = tf.Variable(100.0)
    density = in_xla(lambda: BatesInXLA(count, 0.0, 1.0).prob(0.5))
    assert np.isnan(density), "where the count is not known when it is compiled"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("shape", "event_ndims"),
    [((7,), 0), ((2, 3, 40), 0), ((30, 2), 1), ((2, 30, 3), 1), ((2, 40, 2, 2), 2), ((1,), 0)],
)
def test_empirical(dtype, shape, event_ndims):
    samples = np.random.default_rng(0).integers(-1, 2, shape).astype(dtype)
    expected = tfd.Empirical(samples, event_ndims)
    for method in ("mode", "entropy"):
        actual = in_xla(getattr(EmpiricalInXLA(samples, event_ndims), method))
        np.testing.assert_allclose(actual, getattr(expected, method)(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bernoulli(dtype):
    model = distributions.TrainableBernoulli(parameter_dtype=dtype, seed=(1, 2))
    expected = tfd.Bernoulli(model.logits).cdf([-1, 0, 1])
    np.testing.assert_allclose(model.cdf([-1, 0, 1]), expected, rtol=1e-5)


@pytest.mark.parametrize(
    "model",
    [
        distributions.TrainableBates(total_count=[3.0, 5.0], low=[0.0, 1.0], high=4.0),
        distributions.TrainableNegativeBinomial(total_count=[2.0, 5.0], logits=[0.3, -0.5]),
        distributions.TrainableNegativeBinomial(total_count=3.0, probs=0.4),
        distributions.TrainableZeroInflatedNegativeBinomial(
            inflated_loc_probs=0.3, total_count=4.0, logits=0.3
        ),
        distributions.TrainablePoissonLogNormalQuadratureCompound(loc=[0.0, 1.0], scale=0.5),
        # The same inside of others, and inside of the user's own program.
        distributions.TrainableIndependent(
            distribution=tfd.Bates([3.0, 5.0], [0.0, 1.0], 4.0), reinterpreted_batch_ndims=1
        ),
        distributions.TrainableMixtureSameFamily(
            mixture_distribution=tfd.Categorical([0.0, 1.0]),
            components_distribution=tfd.NegativeBinomial([2.0, 5.0], [0.3, -0.5]),
        ),
    ],
    ids=lambda model: model.name,
)
@pytest.mark.parametrize("inline", [False, True])
def test_draws_have_the_moments_of_the_distribution(model, inline):
    size = 40_000

    def draw():
        return model.sample(size, seed=(1, 2))

    draws = (in_xla(draw) if inline else draw()).numpy()
    mean, variance = model.mean().numpy(), model.variance().numpy()
    assert draws.shape == (size, *mean.shape)
    error = np.sqrt(variance / size)
    np.testing.assert_array_less(np.abs(draws.mean(0) - mean), 5 * error)
    np.testing.assert_allclose(draws.var(0), variance, rtol=0.06)
