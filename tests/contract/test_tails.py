"""Whatever runs a method, in tails, at ends and beyond it answers what TFP does."""

import numpy as np
import pytest
import tensorflow as tf
from cases import CASES, NOT_COMPARABLE

from tfp_trainables import distributions, execution
from tfp_trainables_runtime.programs import tiers
from tfp_trainables_runtime.programs.execution import Tier
from tfp_trainables_runtime.testing.comparison import Outcome

pytestmark = pytest.mark.slow

SEED = (3, 4)
OF_A_VALUE = ("log_prob", "cdf", "log_cdf", "survival_function", "quantile")
OF_A_BIJECTOR = (*("forward", "inverse", "forward_log_det_jacobian", "inverse_log_det_jacobian"),)
IN_DOUBLE = ("log_prob", "quantile", "forward")
WITH_GRADIENTS = ("log_prob", "forward", "inverse")
MOST_ULPS = 256
TIMES_THE_ERROR_OF_TFP = 10
LEFT_OUT = {
    "tfp.distributions.BetaQuotient": "at the largest numbers, its series takes minutes",
    "tfp.bijectors.CholeskyOuterProduct": "of what is no matrix, it has what was in memory",
}
EPSILON = np.finfo(float).eps
WRONG_IN_TFP = {
    ("tfp.bijectors.Cumsum", "inverse"): "operation by operation, a part of its gradient is lost",
}
OF_THE_LARGEST = 1e-5
"""Of gradients for several parameters: the smaller are differences of what the larger are."""
NEAR_IN_DOUBLE = 1e-6
"""Where nothing tells what is exact, and TFP has cancelled what is not small."""


@pytest.fixture(name="hurried")
def fixture_hurried(monkeypatch, anew):
    """All is compiled as soon as it was called once: the second call is a graph's, then XLA's."""
    monkeypatch.setattr(tiers, "_price_of_graph", lambda operations: 0.0 * operations)
    monkeypatch.setattr(tiers, "_price_of_xla", lambda nodes: 0.0 * nodes)


def probabilities(dtype):
    """From the smallest to what is nearest to 1, and what is none."""
    nearest = 1 - np.finfo(dtype).epsneg
    inside = [1e-30, 1e-20, 1e-10, 1e-8, 1e-7, 1e-5, 0.01, 0.3, 0.5, 0.9, 0.999, 1 - 1e-6, nearest]
    return np.asarray([0, *inside, 1, -0.1, 1.5, np.inf, -np.inf, np.nan], dtype)


def numbers(dtype):
    """Zeros and tails on both sides, whole numbers, the largest, subnormals and what is none."""
    facts = np.finfo(dtype)
    magnitudes = [
        *(0, facts.smallest_subnormal, facts.tiny, 1e-30, 1e-10, 1e-5, 0.01, 0.3, 0.5, 0.9),
        *(1 - facts.epsneg, 1, 1 + facts.eps, 1.5, 2, 3, 5, 7.5, 10, 50, 1e3, 1e5, 1e10, 1e30),
        facts.max,
    ]
    positive = np.asarray(magnitudes, dtype)
    return np.concatenate([positive, -positive, np.asarray([np.inf, -np.inf, np.nan], dtype)])


def inputs_of(case, model, method, dtype):
    """What to ask a method of: a grid for what takes single numbers, else a few variants."""
    if method == "quantile":
        return [tf.constant(probabilities(dtype))]
    if case.is_distribution:
        value = model.sample(2, seed=SEED)
        is_single = not tf.nest.is_nested(value) and model.event_shape.rank == 0
        if is_single and model.batch_shape.rank == 0:
            return [tf.cast(numbers(dtype), value.dtype)]
    else:
        value = tf.nest.map_structure(tf.constant, case.input(dtype))
        if "inverse" in method:
            value = model.forward(value)
        elif not tf.nest.is_nested(value) and model.forward_min_event_ndims == 0:
            return [tf.constant(numbers(dtype)[:, np.newaxis] + np.zeros(value.shape, dtype))]
    variants = [value]
    if not tf.nest.is_nested(value) and value.dtype.is_floating:
        variants += [value * factor for factor in (0, -1, 1e-30, 1e30, np.inf)]
        variants.append(value * np.nan)
    return variants


def assert_near(actual, expected, where, exact=None, at_least=EPSILON):
    """As near as rounding has it, or not much further from what is exact.

    Double precision knows what is exact up to its own rounding of 1, which is always allowed.
    """
    assert [it.shape for it in actual] == [it.shape for it in expected], where
    for position, (left, right) in enumerate(zip(actual, expected, strict=True)):
        if right.dtype.kind != "f":
            np.testing.assert_array_equal(left, right, where)
            continue
        with np.errstate(invalid="ignore", over="ignore"):
            ulps = np.spacing(np.maximum(np.abs(right), np.finfo(right.dtype).tiny))
            allowed = np.fmax(MOST_ULPS * ulps, at_least)
            if exact is None:
                allowed = np.fmax(allowed, NEAR_IN_DOUBLE * np.abs(right))
            else:
                of_tfp = np.abs(right - exact[position])
                allowed = np.fmax(allowed, TIMES_THE_ERROR_OF_TFP * of_tfp)
            is_near = np.abs(left - right) <= allowed
        is_same = (left == right) | (np.isnan(left) & np.isnan(right))
        off = ~(is_near | is_same)
        assert not off.any(), f"{where}: {left[off][:3]} in the place of {right[off][:3]}"


@pytest.mark.filterwarnings("ignore::tfp_trainables.CompilationWarning")  # Of what is refused.
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "case",
    [
        case
        for case in CASES
        if case.kind != "kernel" and case.name not in NOT_COMPARABLE and case.name not in LEFT_OUT
    ],
    ids=str,
)
def test_answers_are_those_of_tfp_in_every_tier(case, dtype, hurried):
    try:
        model = case.build(dtype)
        wide = case.build(np.float64) if dtype is np.float32 else None
    except Exception as error:
        pytest.skip(f"not in this dtype: {type(error).__name__}")
    if wide is not None:
        for variable, value in zip(wide.variables, model.variables, strict=True):
            variable.assign(tf.cast(value, variable.dtype))
    methods = OF_A_VALUE if case.is_distribution else OF_A_BIJECTOR
    if dtype is np.float64:  # The programs are the same but for the dtype.
        methods = [name for name in methods if name in IN_DOUBLE]
    for method in methods:
        try:
            with execution("op_by_op"):
                inputs = inputs_of(case, model, method, dtype)
        except Exception:
            continue
        for x in inputs:
            compare(model, wide, method, x, f"{case}.{method}")
            has_gradient = method in WITH_GRADIENTS and (case.name, method) not in WRONG_IN_TFP
            if has_gradient and dtype is np.float32:
                compare_gradients(model, wide, method, x, f"{case}.{method}")


def compare(model, wide, method, x, where):
    """Asks a model in each tier, and the same in double precision."""

    def ask(it=model, of=x):
        return Outcome(lambda: getattr(it, method)(tf.nest.map_structure(tf.identity, of)))

    with execution("op_by_op"):
        expected = ask()
        exact = ask(wide, widened(x)) if wide is not None else None
    if isinstance(expected.error, NotImplementedError):
        return
    is_probability = method.endswith(("cdf", "survival_function", "log_prob"))
    is_known = exact is not None and exact.error is None
    for _ in range(3):
        actual = ask()
        assert type(actual.error) is type(expected.error), f"{where}: {actual}, not {expected}"
        if expected.error is not None:
            continue
        try:
            assert_near(actual.arrays, expected.arrays, where, exact.arrays if is_known else None)
        except AssertionError:
            if not is_probability:
                raise
            # What is nothing but the rounding of 1 has no digits, and so its logarithm.
            pairs = actual.arrays, expected.arrays
            left, right = (list(map(np.exp, it)) for it in pairs) if "log" in method else pairs
            rounding = 4 * np.finfo(expected.arrays[0].dtype).eps
            assert_near(left, right, f"{where}, as probabilities", at_least=rounding)


def compare_gradients(model, wide, method, x, where):
    """Asks for gradients in each tier: at each value, and of the parameters at finite ones."""
    with execution("op_by_op"):
        expected = Outcome(lambda: gradients_of(model, method, x, ()))
        if expected.error is not None:
            return
        inside = finite_rows(model, method, x)
    for of, variables in ((x, False), (inside, True)):
        where_of = f"{where}, gradients of {'parameters' if variables else 'values'}"

        def ask(it=model, of=of, variables=variables):
            sources = it.trainable_variables if variables else ()
            return Outcome(lambda: gradients_of(it, method, of, sources))

        with execution("op_by_op"):
            expected = ask()
            exact = ask(wide, widened(of))
        for _ in range(2):
            actual = ask()
            assert type(actual.error) is type(expected.error), where_of
            if expected.error is None:
                known = exact.arrays if exact.error is None else None
                largest = max(
                    (np.abs(it[np.isfinite(it)]).max(initial=0) for it in expected.arrays),
                    default=0,
                )
                assert_near(
                    actual.arrays,
                    expected.arrays,
                    where_of,
                    known,
                    at_least=OF_THE_LARGEST * largest,
                )


def finite_rows(model, method, x):
    """Returns the rows of a grid of values where answers and their gradients are finite."""
    answers = Outcome(lambda: getattr(model, method)(tf.nest.map_structure(tf.identity, x))).arrays
    if tf.nest.is_nested(x) or len(answers) != 1 or answers[0].shape != x.shape or len(x) < 10:
        return x
    of_all = np.stack([*answers, *map(np.asarray, gradients_of(model, method, x, ()))])
    is_finite = np.isfinite(of_all).all(axis=(0, *range(2, of_all.ndim)))
    return tf.boolean_mask(x, is_finite)


def gradients_of(model, method, x, variables):
    """Returns those of the sum of what a method answers; of its values, if of no variables."""
    x = tf.nest.map_structure(tf.identity, x)  # A bijector remembers what it was asked.
    values = [part for part in tf.nest.flatten(x) if part.dtype.is_floating]
    with tf.GradientTape() as tape:
        tape.watch(values)
        answers = tf.nest.flatten(getattr(model, method)(x))
        loss = tf.add_n([tf.reduce_sum(it) for it in answers if it.dtype.is_floating])
    return tape.gradient(loss, variables or values, unconnected_gradients="zero")


def widened(x):
    def cast(part):
        part = tf.convert_to_tensor(part)
        return tf.cast(part, tf.float64) if part.dtype.is_floating else part

    return tf.nest.map_structure(cast, x)


def records(model):
    return [caller.record for caller in model._programs.callers.values()]


def test_what_xla_has_right_it_runs(hurried):
    model = distributions.TrainableNormal(seed=(1, 2))
    for _ in range(3):
        model.log_prob(0.5)
    (record,) = records(model)
    (of_shape,) = record.shapes.values()
    assert of_shape.program.calls >= 1


@pytest.mark.parametrize(
    ("model", "quantile", "expected"),
    [
        (lambda: distributions.TrainableNormal(loc=0.0, scale=1.0), 1e-8, -5.612),
        (
            lambda: distributions.TrainableBeta(concentration1=2.0, concentration0=3.0),
            1e-7,
            1.29e-4,
        ),
    ],
)
def test_tails_are_there(model, quantile, expected, hurried):
    model = model()
    for _ in range(4):
        np.testing.assert_allclose(model.quantile(quantile), expected, rtol=1e-3)
    assert all(it.uses[False].ceiling is Tier.XLA for it in records(model)), "nothing was refused"


def test_a_truncated_tail_has_as_many_values_as_for_tfp(hurried):
    model = distributions.TrainableTruncatedNormal(loc=0.0, scale=1.0, low=5.0, high=30.0)
    for _ in range(3):
        draws = model.sample(100_000, seed=SEED)
    assert len(np.unique(draws)) > 90_000


@pytest.mark.parametrize(
    ("model", "value"),
    [
        (lambda: distributions.TrainablePlackettLuce(scores=[1.0, 2.0, 3.0]), [0, 1, 7]),
        (lambda: distributions.TrainableCategorical(logits=[1.0, 2.0, 3.0]), 7),
    ],
)
def test_labels_out_of_range_are_errors_in_every_tier(model, value, hurried):
    model = model()
    with execution("op_by_op"):
        expected = Outcome(lambda: model.log_prob(value))
    for _ in range(4):
        actual = Outcome(lambda: model.log_prob(value))
        assert type(actual.error) is type(expected.error)
        if expected.error is None:
            np.testing.assert_array_equal(actual.arrays, expected.arrays)


@pytest.mark.parametrize(
    "model",
    [
        lambda rate: distributions.TrainableGamma(concentration=1.0, rate=rate),
        lambda rate: distributions.TrainableInverseGamma(concentration=1.0, scale=rate),
        lambda rate: distributions.TrainableBeta(concentration1=rate, concentration0=1.0),
    ],
)
def test_draws_of_what_is_no_number_are_none(model, hurried):
    """A model that training has lost says so."""
    model = model(tf.Variable(np.nan))
    with execution("op_by_op"):
        expected = model.sample(5, seed=SEED)
    for _ in range(3):
        np.testing.assert_array_equal(model.sample(5, seed=SEED), expected)
