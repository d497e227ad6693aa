"""`make_trainable` and `trainable_class`: from TFP's classes to their trainables."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from cases import CASES

import tfp_trainables
from tfp_trainables import make_trainable, trainable_class
from tfp_trainables.distributions import TrainableNormal

tfd = tfp.distributions


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_class_is_found(case):
    assert trainable_class(case.tfp_class) is case.trainable_class
    assert trainable_class(case.trainable_class) is case.trainable_class


def test_the_arguments_are_those_of_tfps_function():
    calls = [
        lambda make: make(tfd.Normal, seed=(1, 2)),
        lambda make: make(tfd.Normal, {"loc": 3.0}, [2], tf.float64, seed=(1, 2)),
        lambda make: make(tfd.Normal, batch_and_event_shape=[3], loc=0.0, seed=(1, 2)),
    ]
    for call in calls:
        model, dynamic = call(make_trainable), call(tfp.experimental.util.make_trainable)
        assert type(model) is TrainableNormal
        for left, right in zip(model.variables, dynamic.variables, strict=True):
            assert left.name == right.name
            np.testing.assert_array_equal(left, right)


def test_what_has_no_trainable_is_an_error_that_says_why():
    class Normal(tfd.Normal):
        """A user's, with the name of one of TFP's."""

    with pytest.raises(LookupError, match=r"`tfp-trainables generate` .* got .*Normal; one that"):
        make_trainable(Normal)
    skipped = r"JointDistributionNamed, which was skipped \(joint distribution: its parameters"
    with pytest.raises(LookupError, match=skipped):
        make_trainable(tfd.JointDistributionNamed)
    with pytest.raises(
        TypeError, match="expected a class of distributions, bijectors or kernels, got 3"
    ):
        make_trainable(3)
    with pytest.raises(ValueError, match="TrainableNormal, argument 'initial_parameters'"):
        tfp_trainables.make_trainable(tfd.Normal, {"lok": 1.0})
