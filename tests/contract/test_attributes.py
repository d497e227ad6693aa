"""Each parameter is an attribute of its class: what TFP has by that name, or what was passed."""

import inspect

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from cases import CASES

from tfp_trainables import TRAINABLE, distributions
from tfp_trainables_runtime.classes.attributes import parameter

tfd = tfp.distributions

pytestmark = pytest.mark.usefixtures("operation_by_operation")

OF_ALL_OBJECTS = {"batch_shape"}
"""What all distributions have by that name is not the parameter."""


def parameters_of(case):
    return [
        name
        for name, facts in case.entry["parameters"].items()
        if facts["role"] != "option" and name not in OF_ALL_OBJECTS
    ]


@pytest.mark.parametrize("case", [it for it in CASES if parameters_of(it)], ids=str)
def test_every_parameter_is_an_attribute(case):
    model = case.build()
    for name in parameters_of(case):
        attribute = inspect.getattr_static(case.trainable_class, name)
        assert isinstance(attribute, (property, parameter)), name
        assert attribute.__doc__.rstrip().endswith("."), name
        inherited = getattr(case.tfp_class, name, None)
        found = getattr(model, name)
        if inherited is not None:
            assert same(found, inherited.fget(model)), name
        elif tf.is_tensor(found) and not isinstance(found, tfp.util.DeferredTensor):
            np.testing.assert_array_equal(found, model.parameters[name], err_msg=name)
        else:
            assert same(found, model.parameters[name]), name


def test_a_variable_is_read_through_its_attribute():
    model = distributions.TrainableNormal()
    assert model.loc is model._creation.variables["loc"]
    assert model.scale.pretransformed_input is model._creation.variables["scale"]


def same(left, right):
    if tf.is_tensor(left) and tf.is_tensor(right):
        return bool(tf.reduce_all(tf.convert_to_tensor(left) == tf.convert_to_tensor(right)))
    return left is right or left == right


def test_what_is_passed_by_value_is_read_as_a_tensor():
    model = distributions.TrainableMultivariateNormalDiag(loc=[0.0, 1.0], scale_diag=[1, 2])
    np.testing.assert_array_equal(model.scale_diag, [1, 2])
    assert model.scale_diag.dtype == tf.float32
    assert distributions.TrainableBernoulli().probs is None


def test_an_attribute_of_the_object_comes_first():
    class Own:
        @parameter
        def rate(self):
            """The rate."""
            return 1.0

    own = Own()
    assert own.rate == 1.0
    own.rate = 2.0
    assert own.rate == 2.0
    assert Own.rate.__doc__ == "The rate."


POINTS = np.linspace(0, 1, 3, dtype=np.float32)[:, np.newaxis]
REGRESSION = {
    "kernel": tfp.math.psd_kernels.ExponentiatedQuadratic(),
    "index_points": POINTS,
    "observation_index_points": POINTS,
    "observations": POINTS[:, 0],
}
MODELS = (
    distributions.TrainableGaussianProcessRegressionModel,
    distributions.TrainableStudentTProcessRegressionModel,
)


@pytest.mark.parametrize("cls", MODELS)
def test_the_noise_of_predictions_is_that_of_observations(cls):
    first, second = (cls(**REGRESSION, observation_noise_variance=0.3, seed=it) for it in (1, 2))
    assert "predictive_noise_variance" not in first._creation.variables
    expected = cls(**REGRESSION, observation_noise_variance=0.3, predictive_noise_variance=0.3)
    for model in (first, second):
        if cls is MODELS[0]:
            np.testing.assert_array_equal(model.stddev(), expected.stddev())


@pytest.mark.parametrize("cls", MODELS)
def test_the_noise_of_predictions_is_trained_on_request(cls):
    model = cls(
        {"predictive_noise_variance": 0.2}, **REGRESSION, predictive_noise_variance=TRAINABLE
    )
    np.testing.assert_allclose(model.predictive_noise_variance, 0.2, rtol=1e-6)
    names = [variable.name for variable in model.trainable_variables]
    assert "predictive_noise_variance:0" in names
    with pytest.raises(ValueError, match="expected predictive_noise_variance=TRAINABLE, for an"):
        cls({"predictive_noise_variance": 0.2}, **REGRESSION)


# What TFP reads of an attribute, where that is not the parameter; each docstring says so.
OTHERWISE = {
    "GaussianProcessRegressionModel": {"kernel", "observation_noise_variance"},
    "StudentTProcessRegressionModel": {"df", "kernel", "observation_noise_variance"},
    "VariationalGaussianProcess": {"kernel", "observation_noise_variance"},
}


@pytest.mark.parametrize("case", [it for it in CASES if it.variables], ids=str)
def test_an_attribute_has_the_value_of_its_variable(case):
    follows = {
        name: TRAINABLE for name, it in case.entry["parameters"].items() if it.get("follows")
    }
    model = case.build(**follows)
    otherwise = OTHERWISE.get(case.tfp_class.__name__, set())
    for name in model._creation.variables:
        found, expected = getattr(model, name), model.parameters[name]
        if name in otherwise:
            assert "parameters[" in inspect.getattr_static(case.trainable_class, name).__doc__
        elif not isinstance(expected, tf.linalg.LinearOperator):
            np.testing.assert_array_equal(found, expected, err_msg=name)
            assert hasattr(found, "assign"), name


def test_what_differs_is_said_to_differ():
    for name, attributes in OTHERWISE.items():
        cls = getattr(distributions, f"Trainable{name}")
        for attribute in attributes:
            said = inspect.getattr_static(cls, attribute).__doc__
            assert "as it was passed" not in said
            assert "the part that was passed" not in said.lower()
