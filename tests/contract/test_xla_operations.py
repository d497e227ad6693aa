"""The operations that graphs under XLA are made of are as right there as in TensorFlow itself."""

import inspect

import numpy as np
import pytest
import tensorflow as tf

from tfp_trainables_runtime.programs.xla_operations import ACCURATE, OF_SHAPES, less_accurate_in_xla

pytestmark = pytest.mark.slow

MOST_ULPS = 64
COMPARISONS = {"Equal", "Greater", "GreaterEqual", "Less", "LessEqual", "NotEqual"}
EXACT = {
    # Where TensorFlow itself is wrong, at the ends of what there is.
    "Reciprocal": lambda x: 1 / x.astype(np.longdouble),
    "Erf": lambda x: np.where(np.isnan(x), np.nan, np.sign(x)),
}


def grid(dtype, *, with_subnormals):
    """Zeros, tails, ordinary numbers and the largest; infinities and NaN."""
    facts = np.finfo(dtype)
    subnormal = [facts.smallest_subnormal, facts.tiny / 3] if with_subnormals else []
    magnitudes = [
        *(0, *subnormal, 4 * facts.tiny, *10.0 ** np.arange(-30, 0)),
        *(0.1, 0.25, 0.3, 0.5, 0.6, 0.9, 1 - 1e-3, 1 - facts.epsneg, 1, 1 + facts.eps, 1.1),
        *(1.5, 2, 2.5, 3, 3.14159, 5, 10, 20, 50, 80, 88, 100, 200, 700, 1e3, 1e5, 1e7),
        *(1e10, 1e20, 1e30, facts.max / 2, facts.max),
    ]
    positive = np.asarray(magnitudes, dtype)
    return np.concatenate([positive, -positive, np.asarray([np.inf, -np.inf, np.nan], dtype)])


def arguments_of(name, dtype):
    operation = getattr(tf.raw_ops, name)
    others = ("name", "incompatible_shape_error", "T", "Tout")
    names = [it for it in inspect.signature(operation).parameters if it not in others]
    x = grid(dtype, with_subnormals=name in COMPARISONS)
    values = [x] if len(names) == 1 else [it.ravel() for it in np.meshgrid(x, x)]
    return operation, dict(zip(names, map(tf.constant, values), strict=True))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", sorted(ACCURATE))
def test_xla_computes_an_operation_as_tensorflow_does(name, dtype):
    operation, values = arguments_of(name, dtype)
    expected = operation(**values).numpy()
    compiled = tf.function(lambda it: operation(**it), jit_compile=True, autograph=False)
    actual = compiled(values).numpy()
    if expected.dtype.kind == "b":
        np.testing.assert_array_equal(actual, expected)
        return
    with np.errstate(invalid="ignore", over="ignore"):
        ulps = np.spacing(np.maximum(np.abs(expected), np.finfo(dtype).tiny))
        is_near = np.abs(actual - expected) <= MOST_ULPS * ulps
    is_off = ~(is_near | (actual == expected) | (np.isnan(actual) & np.isnan(expected)))
    if is_off.any() and name in EXACT:
        with np.errstate(divide="ignore"):
            exact = EXACT[name](values["x"].numpy()[is_off])
        np.testing.assert_allclose(actual[is_off], exact.astype(dtype), rtol=1e-6)
    elif is_off.any():
        where = {key: value.numpy()[is_off][0] for key, value in values.items()}
        pytest.fail(f"{where}: expected {expected[is_off][0]}, got {actual[is_off][0]}")


@pytest.mark.parametrize("name", ["Lgamma", "Maximum", "Ndtri"])
def test_what_is_not_listed_is_not(name):
    """The comparison above can fail, for each of these a different way."""
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        test_xla_computes_an_operation_as_tensorflow_does(name, np.float32)


def test_what_is_listed_is_there():
    assert all(hasattr(tf.raw_ops, name) for name in ACCURATE)
    elsewhere = {"PreventGradient", "ReadVariableOp", "NoOp", "Placeholder"}
    assert all(hasattr(tf.raw_ops, name) for name in OF_SHAPES - elsewhere)


def operation_of(function):
    return less_accurate_in_xla(tf.function(function).get_concrete_function(1.0).graph)


def test_operations_of_functions_that_a_graph_calls_count():
    inner = tf.function(tf.math.lgamma)
    assert operation_of(lambda x: tf.math.log(x) + 1) is None
    assert operation_of(lambda x: inner(x) + 1) == "Lgamma"
    assert operation_of(tf.math.ndtri) == "Ndtri"


def test_of_whole_numbers_a_maximum_is_right():
    assert operation_of(lambda x: tf.reshape(x, [tf.maximum(tf.size(x), 1)])) is None
    assert operation_of(lambda x: tf.maximum(x, 1.0)) == "Maximum"


def test_an_exponential_counts_unless_it_is_selected():
    assert operation_of(lambda x: tf.exp(x) - x) == "Exp"
    assert operation_of(lambda x: tf.where(x < 1, tf.math.log1p(tf.exp(x)), x)) is None
    assert operation_of(lambda x: tf.where(x < 1, tf.exp(x) + 1, x)) == "Exp"
