"""Formulations for XLA, held to the TFP classes that they stand in for."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from tfp_trainables import distributions
from tfp_trainables_runtime.formulations.reformulated import (
    IN_GRAPHS_OVER_SURFACES,
    IN_XLA,
    BatesInXLA,
    EmpiricalInXLA,
)
from tfp_trainables_runtime.testing.comparison import operation_by_operation

pytestmark = pytest.mark.slow

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


ARGUMENTS = {
    tfd.Bates: {"total_count": [[3.0], [5.0]], "low": [0.0, -1.0], "high": 4.0},
    tfd.Bernoulli: {"logits": [0.3, -0.5]},
    tfd.Empirical: {"samples": [[1.0, 2.0, 2.0], [3.0, 0.0, 3.0]]},
    tfd.NegativeBinomial: {"total_count": [[2.0], [5.0]], "logits": [0.3, -0.5]},
    tfd.Poisson: {"log_rate": [0.3, -0.5]},
    tfd.PoissonLogNormalQuadratureCompound: {"loc": [0.0, 1.0], "scale": 0.5},
    tfd.ZeroInflatedNegativeBinomial: {
        "inflated_loc_logits": [-0.4, 0.5],
        "total_count": [2.0, 5.0],
        "logits": [0.3, -0.5],
    },
}
"""Arguments of each class that a formulation stands in for: batches, and what broadcasts."""

VALUES = {tfd.Bernoulli: [[0.0], [1.0]], tfd.Bates: [[0.7], [1.9]], tfd.Empirical: [2.0, 3.0]}
"""Where it is asked for densities, if not at whole numbers."""

OF_A_VALUE = ("prob", "log_prob", "cdf", "log_survival_function")
METHODS = (*OF_A_VALUE, "mode", "entropy")

each = pytest.mark.parametrize("cls", ARGUMENTS, ids=lambda cls: cls.__name__)


def test_every_formulation_is_asked():
    assert set(ARGUMENTS) == set(IN_XLA) - set(IN_GRAPHS_OVER_SURFACES)


def values_and_gradients(make, arguments, method, value):
    """What a method answers, and its gradient for each argument and the value."""
    counted = {"total_count"} if "high" in arguments else ()  # How many uniforms Bates adds up.
    sources = [value, *(arguments[name] for name in arguments if name not in counted)]
    with tf.GradientTape() as tape:
        tape.watch(sources)
        bound = getattr(make(**arguments), method)
        answer = bound(value) if method in OF_A_VALUE else bound()
        # With weights, or else what is stopped could cancel.
        weights = tf.reshape(tf.range(1.0, 1 + tf.size(answer)), answer.shape)
        loss = tf.reduce_sum(tf.cast(answer, tf.float32) * weights)
    return answer, tape.gradient(loss, sources, unconnected_gradients="zero")


@each
@pytest.mark.parametrize("method", METHODS)
def test_values_and_gradients_are_those_of_tfp(cls, method):
    arguments = {name: tf.constant(value) for name, value in ARGUMENTS[cls].items()}
    value = tf.constant(VALUES.get(cls, [[1.0], [4.0]]))
    try:
        expected = values_and_gradients(cls, arguments, method, value)
    except NotImplementedError:
        pytest.skip("TFP's own class has none")
    actual = in_xla(lambda: values_and_gradients(IN_XLA[cls], arguments, method, value))
    tf.nest.map_structure(
        lambda left, right: np.testing.assert_allclose(left, right, rtol=1e-4, atol=1e-5),
        actual,
        expected,
    )


MODELS = [
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
]
SIZE = 10_000


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
@pytest.mark.parametrize("inline", [False, True])
def test_draws_are_of_the_distribution(model, inline):
    """Held to TFP's own draws, whose random bits are others, by their distribution."""

    @tf.function(jit_compile=True, autograph=False)
    def draw_inline(seed):
        return model.sample(SIZE, seed=seed)

    def draw(seed):
        seed = tf.constant(seed)
        return (draw_inline(seed) if inline else model.sample(SIZE, seed=seed)).numpy()

    draws, others = draw([1, 2]), draw([1, 3])
    with operation_by_operation():
        expected = model.sample(SIZE, seed=(5, 6)).numpy()
    assert (draws.shape, draws.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_array_equal(draws, draw([1, 2]))
    columns = [part.reshape(SIZE, -1).T for part in (draws, others, expected)]
    for drawn, other, oracle in zip(*columns, strict=True):
        # One in a million of right samplers is further away (Dvoretzky-Kiefer-Wolfowitz).
        assert distance(drawn, oracle) < np.sqrt(np.log(2e6) / SIZE)
        assert abs(np.corrcoef(drawn, other)[0, 1]) < 5 / np.sqrt(SIZE)
        assert abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 5 / np.sqrt(SIZE)
    if len(columns[0]) > 1:
        assert abs(np.corrcoef(columns[0])[0, 1]) < 5 / np.sqrt(SIZE)


def distance(left, right):
    """The largest distance of two empirical distribution functions."""
    at = np.union1d(left, right)
    shares = [
        np.searchsorted(np.sort(part), at, side="right") / len(part) for part in (left, right)
    ]
    return np.abs(shares[0] - shares[1]).max()


def test_draws_of_bates_have_the_gradient_of_their_bounds():
    """A draw is low + (high - low) u, where u does not depend on them."""
    low, high = tf.constant([0.0, -1.0]), tf.constant(4.0)

    def gradients():
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([low, high])
            draws = IN_XLA[tfd.Bates](3.0, low, high).sample(5, seed=(1, 2))
        return draws, tape.jacobian(draws, [low, high])

    draws, (of_low, of_high) = tf.function(jit_compile=True)(gradients)()
    share = (draws - low) / (high - low)
    np.testing.assert_allclose(of_high, share, rtol=1e-5)
    np.testing.assert_allclose(of_low, (1 - share)[..., None] * np.eye(2), rtol=1e-5, atol=1e-6)
