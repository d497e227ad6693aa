"""Alternative parameterizations: a variable starts from the value of its twin."""

import numpy as np
import pytest
import tensorflow as tf
from cases import CASES

from tfp_trainables.distributions import TrainableBernoulli, TrainableCategorical, TrainableGamma

ALTERNATIVES = [
    (case, name)
    for case in CASES
    for name, facts in case.entry["parameters"].items()
    if "replaces" in facts
]
VALUES = {
    "EXP": -0.4,
    "HALF_LOGIT": 0.1,
    "LOG": 30.0,
    "LOGIT": 0.1,
    "LOG_PROBABILITIES": [0.2, 0.3, 0.5],
    "PROBIT": 0.1,
    "RECIPROCAL": 4.0,
}


@pytest.mark.usefixtures("operation_by_operation")
@pytest.mark.parametrize(("case", "name"), ALTERNATIVES, ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_variable_starts_where_the_alternative_says(case, name, dtype):
    facts = case.entry["parameters"][name]
    value = np.array(VALUES[facts["conversion"]], dtype)
    model = case.build(dtype, initial_parameters={name: value})
    twin = facts["replaces"]
    assert twin in [variable.name.removesuffix(":0") for variable in model.trainable_variables]
    plain = case.tfp_class(**{**model.parameters, twin: None, name: value})
    if case.is_distribution:
        x = tf.cast(plain.sample(5, seed=(1, 2)), plain.dtype)
        np.testing.assert_allclose(model.log_prob(x), plain.log_prob(x), rtol=1e-4)
    elif case.kind == "kernel":
        x = case.input(dtype)
        np.testing.assert_allclose(model.matrix(x, x), plain.matrix(x, x), rtol=1e-5)
    else:
        np.testing.assert_allclose(model.forward(value), plain.forward(value), rtol=1e-6)


def test_a_value_is_broadcast():
    model = TrainableGamma({"rate": 2.0}, [3])
    np.testing.assert_allclose(model.log_rate, np.log([2, 2, 2]), rtol=1e-6)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: TrainableBernoulli({"probs": 1.5}), "'probs': .*between 0 and 1.*got 1.5"),
        (lambda: TrainableBernoulli({"prob": 0.5}), "one of 'logits', 'probs', got 'prob'"),
        (lambda: TrainableBernoulli({"probs": 0.5, "logits": 0.0}), "'logits' or its alternative"),
        (lambda: TrainableBernoulli({"probs": 0.5}, probs=0.5), "'probs': .* got both"),
        (lambda: TrainableBernoulli({"logits": 0.5}, probs=0.5), "'logits': .* got both"),
        (
            lambda: TrainableCategorical({"probs": [0.5, 0.6]}, num_classes=2),
            r"a probability vector: .*, got \[0.5 0.6\]",
        ),
        (lambda: TrainableGamma({"rate": -1.0}), "'rate': .*positive.*got -1"),
    ],
)
def test_errors(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_a_callable_is_asked_for_what_is_trained():
    asked = []

    def initialize(parameter_name, *, shape, dtype, seed, constraining_bijector):
        asked.append(parameter_name)
        return tf.zeros(shape, dtype)

    TrainableBernoulli(initialize)
    assert asked == ["logits"]
