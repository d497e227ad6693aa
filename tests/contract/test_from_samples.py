"""`from_samples`: variables start at the maximum-likelihood estimates that TFP knows."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from cases import DISTRIBUTIONS

from tfp_trainables.distributions import (
    TrainableBernoulli,
    TrainableCategorical,
    TrainableGamma,
    TrainableLaplace,
    TrainableMultivariateNormalTriL,
    TrainableNormal,
    TrainableUniform,
)

tfd = tfp.distributions

WITH_ESTIMATES = [case for case in DISTRIBUTIONS if case.entry["from_samples"]]

pytestmark = pytest.mark.usefixtures("operation_by_operation")


def test_the_manifest_says_for_which():
    assert len(WITH_ESTIMATES) >= 12
    for case in DISTRIBUTIONS:
        assert hasattr(case.trainable_class, "from_samples") == case.entry["from_samples"]


def test_what_tfp_estimates_wrongly_is_left_out():
    """As long as TFP does; then the compiler's table of supplements has entries too many."""
    with pytest.raises(AttributeError):
        tfd.Laplace.experimental_fit(tf.constant([1.0, 2.0]))
    assert not hasattr(TrainableLaplace, "from_samples")
    assert tfd.Categorical.experimental_fit(tf.constant([0, 1, 0])).probs.shape == [2]
    assert not hasattr(TrainableCategorical, "from_samples")


@pytest.mark.parametrize("case", WITH_ESTIMATES, ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("batch", [(), (2,)])
def test_starts_where_tfp_fits(case, dtype, batch):
    truth = case.build(dtype, batch_and_event_shape=(*batch, *case.shape))
    samples = truth.sample((5, 40), seed=(3, 4))
    model = case.trainable_class.from_samples(samples, 2, dtype)
    fitted = case.tfp_class.experimental_fit(tf.cast(samples, dtype), sample_ndims=2)
    assert type(model) is case.trainable_class
    assert model.dtype == fitted.dtype
    assert model.batch_shape == fitted.batch_shape
    names = [variable.name.removesuffix(":0") for variable in model.trainable_variables]
    assert names == case.variables
    inside = truth.mean() if "Uniform" in case.name else samples
    np.testing.assert_allclose(
        model.log_prob(inside), fitted.log_prob(inside), rtol=1e-3, atol=1e-4
    )


def test_arguments_are_those_of_the_constructor():
    model = TrainableNormal.from_samples([1.0, 2.0, 3.0], loc=0.0, name="mine")
    assert model.name == "mine"
    assert [variable.name for variable in model.trainable_variables] == ["mine/scale:0"]
    assert model.mean() == 0
    assert model.scale.numpy() == pytest.approx(np.std([1, 2, 3]))


def test_an_alternative_is_fixed_too():
    assert TrainableGamma.from_samples([1.0, 2.0, 3.0], log_rate=0.0).log_rate == 0
    assert TrainableGamma.from_samples([1.0, 2.0, 3.0], rate=2.0).rate == 2
    assert TrainableBernoulli.from_samples([1.0, 0.0], logits=0.3).trainable_variables == ()


def test_integers_are_samples_too():
    assert TrainableBernoulli.from_samples([0, 1, 1, 1]).mean().numpy() == pytest.approx(0.75)


def test_a_subclass_is_made_of_samples_too():
    class Mine(TrainableNormal):
        """A user's."""

    assert type(Mine.from_samples([1.0, 2.0])) is Mine


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: TrainableNormal.from_samples([2.0, 2.0]),
            "TrainableNormal, initial value of 'scale': .*greater than.*got 0",
        ),
        (
            lambda: TrainableUniform.from_samples([2.0, 2.0]),
            "TrainableUniform, initial value of 'low': .*below 'high', which is 2",
        ),
        (
            lambda: TrainableBernoulli.from_samples([1, 1]),
            "TrainableBernoulli, initial value of 'probs': .*between 0 and 1.*got 1",
        ),
        (lambda: TrainableNormal.from_samples(1.0), r"'samples': .*at least one.*got shape \(\)"),
        (
            lambda: TrainableNormal.from_samples([1.0], 0),
            "'sample_ndims': .* got 0",
        ),
        (lambda: TrainableNormal.from_samples([1.0], "1"), "'sample_ndims': expected an int"),
        (lambda: TrainableNormal.from_samples([]), r"at least one sample.*got shape \(0,\)"),
        (
            lambda: TrainableMultivariateNormalTriL.from_samples([1.0, 2.0]),
            r"'samples': expected samples of the class, got shape \(2,\)",
        ),
        (
            lambda: TrainableMultivariateNormalTriL.from_samples([[1.0, 2.0]]),
            "TrainableMultivariateNormalTriL, initial value of 'scale_tril'",
        ),
    ],
)
def test_errors(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_what_is_not_finite_is_pointed_at():
    samples = np.zeros((4, 1000), np.float32)
    samples[2, 7] = samples[3, 1] = np.nan
    with pytest.raises(ValueError, match=r"finite numbers, got nan at \(2, 7\), and 2 such") as it:
        TrainableNormal.from_samples(samples)
    assert str(it.value).startswith("TrainableNormal.from_samples, argument 'samples': ")
    with pytest.raises(ValueError, match="got inf at"):
        TrainableNormal.from_samples([1.0, np.inf])


def test_samples_of_a_scale_that_no_variable_has():
    samples = np.array([1e-9, 2e-9, 4e-9])
    with pytest.raises(ValueError, match=r"'scale': .* rescale them, or pass .*=tf\.float64"):
        TrainableNormal.from_samples(samples)
    model = TrainableNormal.from_samples(samples, parameter_dtype=tf.float64)
    np.testing.assert_allclose(model.scale, samples.std(), rtol=1e-6)
    with pytest.raises(ValueError, match=r"rescale them$"):
        TrainableNormal.from_samples([1.0, 1.0], parameter_dtype=tf.float64)


def test_errors_of_type():
    with pytest.raises(TypeError, match="'samples': expected numbers, got 'abc'"):
        TrainableNormal.from_samples("abc")
    with pytest.raises(TypeError, match="'initial_parameters': expected nothing"):
        TrainableNormal.from_samples([1.0, 2.0], initial_parameters={"loc": 1.0})
