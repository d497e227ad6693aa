"""Maximum likelihood from a random start recovers the distribution that data come from.

One recipe for all classes: Adam with a decaying learning rate, all of it one XLA program. It has
to end where the data are as likely as under the true parameters, or likelier. Parameters
themselves are not compared: a mixture has as many equal optima as its components have orders.
"""

# pyright: standard

import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras
from cases import DISTRIBUTIONS, Case

from tfp_trainables_runtime.testing.comparison import gradients, operation_by_operation

pytestmark = pytest.mark.slow

tfd = tfp.distributions

TRUTH, DATA, START = (1, 2), (3, 4), (5, 6)
"""Seeds."""

SAMPLES = 1000
STEPS = 1000
LEARNING_RATE = 0.1
TOLERANCE = 1e-3
"""How much worse than that of the true parameters the loss may be, in nats per sample.

The optimum is better than the true parameters, on average by half of their number over `SAMPLES`.
"""

BOUND = "a bound of the support: likelihood draws it in until it passes a sample"
DERIVATIVE = "TFP's derivative of a special function is wrong, or missing"
LOCATION = "the location of an atom: no gradient leads to it"
FUNCTION = "a function, whose variables the distribution does not know"

FIXED = {
    "tfp.distributions.BetaQuotient": {
        "concentration1_numerator": DERIVATIVE,
        "concentration0_numerator": DERIVATIVE,
        "concentration1_denominator": DERIVATIVE,
        "concentration0_denominator": DERIVATIVE,
    },
    "tfp.distributions.GeneralizedPareto": {"loc": BOUND},
    "tfp.distributions.HalfCauchy": {"loc": BOUND},
    "tfp.distributions.HalfStudentT": {"loc": BOUND},
    "tfp.distributions.Inflated": {"inflated_loc": LOCATION},
    "tfp.distributions.NoncentralChi2": {"df": DERIVATIVE},
    "tfp.distributions.PERT": {"low": BOUND, "high": BOUND},
    "tfp.distributions.Pareto": {"scale": BOUND},
    "tfp.distributions.Skellam": {"log_rate1": DERIVATIVE, "log_rate2": DERIVATIVE},
    "tfp.distributions.Triangular": {"low": BOUND, "high": BOUND},
    "tfp.distributions.TruncatedCauchy": {"low": BOUND, "high": BOUND},
    "tfp.distributions.TruncatedNormal": {"low": BOUND, "high": BOUND},
    "tfp.distributions.Uniform": {"low": BOUND, "high": BOUND},
    "tfp.distributions.Zipf": {"power": DERIVATIVE},
    "tfp.experimental.distributions.ImportanceResample": {"target_log_prob_fn": FUNCTION},
}
"""Parameters that gradients of the likelihood cannot find, and why: they have the true value."""

NAN_OUTSIDE = {"tfp.distributions.GeneralizedPareto", "tfp.distributions.PERT"}
"""Classes whose density TFP gives as NaN, not 0, outside of the support."""

TRUTHS = {
    "tfp.distributions.GeneralizedExtremeValue": {"concentration": 0.5},
    "tfp.distributions.GeneralizedPareto": {"concentration": 0.5},
    "tfp.distributions.PoissonLogNormalQuadratureCompound": {"loc": 0.0, "scale": 0.3},
}
"""True values that are not random.

With a negative concentration, the tail has a bound. The quadrature that is TFP's default gives
log-normal numbers, which TFP takes for logarithms of rates: those of a larger scale overflow.
"""

AROUND = {"low": lambda data: data.min() - 1, "high": lambda data: data.max() + 1}

STARTS: dict[str, dict[str, Callable[[np.ndarray], Any]]] = {
    "tfp.distributions.Bates": AROUND,
    "tfp.distributions.GeneralizedExtremeValue": {"concentration": lambda _: 0.1},
}
"""Starts whose support covers the data, where that of a random one leaves samples out."""

DIFFERENTIABLE = [
    case for case in DISTRIBUTIONS if case.entry["methods"]["log_prob"].get("has_gradient", True)
]
"""It is unknown for examples without variables, to which `TrainableParts` may give some."""


class TrainableParts:
    """In examples, the `tfd` whose distributions are trainable if made of numbers alone."""

    def __init__(self, seed: tuple[int, int]) -> None:
        self._seeds = (tfp.random.sanitize_seed((seed[0] + i, seed[1])) for i in itertools.count())

    def __getattr__(self, name: str) -> Any:
        plain = getattr(tfd, name)
        case = next((c for c in DISTRIBUTIONS if c.tfp_class is plain), None)

        def create(*arguments: Any, **keywords: Any) -> Any:
            distribution = plain(*arguments, **keywords)
            values = [*arguments, *keywords.values()]
            if case is None or not all(isinstance(v, (np.ndarray, np.generic)) for v in values):
                return distribution
            return case.trainable_class(
                batch_and_event_shape=distribution.batch_shape + distribution.event_shape,
                seed=next(self._seeds),
                **dict(zip(case.entry["sizes"], values[0].shape[-1:], strict=False)),
            )

        return create


class Training(NamedTuple):
    """What a training went through, step by step."""

    losses: np.ndarray
    gradients: list[np.ndarray]
    parameters: list[np.ndarray]


def build(case: Case, seed: tuple[int, int], **arguments: Any) -> Any:
    parts = case.arguments(np.float32, tfd=TrainableParts(seed))
    return case.trainable_class(
        **{"batch_and_event_shape": case.shape, "seed": seed, **parts, **arguments}
    )


def draw(case: Case) -> tuple[Any, Any, float]:
    """Returns a true distribution, data that come from it, and their loss under it."""
    truth = build(case, TRUTH, initial_parameters=TRUTHS.get(case.name))
    with operation_by_operation():
        data = tf.nest.map_structure(tf.identity, truth.sample(SAMPLES, seed=DATA))
        return truth, data, float(-tf.reduce_mean(truth.log_prob(data)))


def train(model: Any, data: Any) -> Training:
    rate: Any = tf_keras.optimizers.schedules.CosineDecay(LEARNING_RATE, STEPS)
    trace = tfp.math.minimize(
        lambda: -tf.reduce_mean(model.log_prob(data)),
        num_steps=STEPS,
        optimizer=tf_keras.optimizers.Adam(rate),
        trainable_variables=model.trainable_variables,
        trace_fn=lambda step: Training(step.loss, step.gradients, step.parameters),
        jit_compile=True,
    )
    return tf.nest.map_structure(lambda value: value.numpy(), trace)


def fixed_parameters(case: Case, truth: Any) -> dict[str, Any]:
    values = {name: truth.parameters[name] for name in FIXED.get(case.name, ())}
    # As tensors: the true distribution's variables would be trained.
    return {name: v if callable(v) else tf.identity(v) for name, v in values.items()}


def initial_parameters(case: Case, data: Any) -> dict[str, Any]:
    return {name: rule(np.asarray(data)) for name, rule in STARTS.get(case.name, {}).items()}


@pytest.mark.parametrize("case", DIFFERENTIABLE, ids=str)
def test_recovers(case):
    if not build(case, START).trainable_variables:
        pytest.skip("nothing to train")  # Nor can TFP 0.24 draw from FlatDirichlet.
    truth, data, expected = draw(case)
    fixed = fixed_parameters(case, truth)
    model = build(case, START, initial_parameters=initial_parameters(case, data), **fixed)
    if not model.trainable_variables:
        pytest.skip("nothing to train")
    training = train(model, data)
    for values in tf.nest.flatten(training):
        assert np.isfinite(values).all()
    assert training.losses[-1] <= expected + TOLERANCE


def cases_with(reason: str) -> list[Case]:
    return [case for case in DISTRIBUTIONS if reason in FIXED.get(case.name, {}).values()]


def parameters_with(reason: str) -> list[Any]:
    return [
        pytest.param(case, name, id=f"{case}.{name}")
        for case in cases_with(reason)
        for name, why in FIXED[case.name].items()
        if why == reason
    ]


def test_tables_name_classes():
    assert {case.name for case in DIFFERENTIABLE} >= {*FIXED, *TRUTHS, *STARTS, *NAN_OUTSIDE}


@pytest.mark.parametrize("case", [c for c in DISTRIBUTIONS if c.name in STARTS], ids=str)
def test_a_random_start_leaves_samples_out(case):
    truth, data, _ = draw(case)
    model = build(case, START, **fixed_parameters(case, truth))
    assert not np.isfinite(model.log_prob(data)).all()


@pytest.mark.parametrize(("case", "name"), parameters_with(BOUND))
def test_a_bound_passes_a_sample(case, name):
    truth, data, _ = draw(case)
    fixed = fixed_parameters(case, truth)
    del fixed[name]
    lowest, highest = data.numpy().min(), data.numpy().max()
    far = {"low": lowest - 1, "loc": lowest - 1, "scale": lowest / 2, "high": highest + 1}
    initial = {**TRUTHS.get(case.name, {}), name: far[name]}
    model = build(case, START, initial_parameters=initial, **fixed)
    training = train(model, data)
    passes = int(np.argmin(np.isfinite(training.losses)))
    assert 0 < passes < 100
    assert training.losses[passes - 1] < training.losses[0]
    if case.name in NAN_OUTSIDE:
        assert np.isnan(training.losses).any()
    else:
        assert not np.isnan(training.losses).any()
        for values in tf.nest.flatten((training.gradients, training.parameters)):
            assert np.isfinite(values).all()


@pytest.mark.parametrize("case", cases_with(DERIVATIVE), ids=str)
def test_derivatives_are_wrong(case):
    """By differences of log probabilities: what TFP has right need not be fixed."""
    model, data, _ = draw(case)
    variables = {variable.name.removesuffix(":0"): variable for variable in model.variables}
    compute = tf.function(lambda: gradients(model, lambda m: tf.reduce_mean(m.log_prob(data))))
    step = 0.01
    for name, gradient in zip(variables, compute(), strict=True):
        with operation_by_operation():
            variables[name].assign_add(step)
            above = tf.reduce_mean(model.log_prob(data))
            variables[name].assign_sub(2 * step)
            below = tf.reduce_mean(model.log_prob(data))
            variables[name].assign_add(step)
        slope = float(above - below) / (2 * step)
        is_right = float(gradient) == pytest.approx(slope, abs=0.01)
        assert is_right == (name not in FIXED[case.name])


@pytest.mark.parametrize(("case", "name"), parameters_with(LOCATION))
@pytest.mark.usefixtures("operation_by_operation")
def test_no_gradient_leads_to_a_location(case, name):
    model, data, _ = draw(case)
    (variable,) = (v for v in model.trainable_variables if v.name == f"{name}:0")
    assert gradients(model, lambda m: m.log_prob(data), [variable]) == [None]


@pytest.mark.parametrize(("case", "name"), parameters_with(FUNCTION))
def test_variables_of_a_function_are_unknown(case, name):
    """Those of the example's function are trainable, too."""
    model = build(case, START)
    variables = model.parameters[name].__self__.trainable_variables
    assert variables
    assert not {id(v) for v in variables} & {id(v) for v in model.trainable_variables}
