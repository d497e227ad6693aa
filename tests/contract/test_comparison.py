"""The comparisons that tests stand on: what is right passes, and what is not does not."""

import collections
import re

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from tfp_trainables_runtime.testing.comparison import (
    ULPS,
    ULPS_OF_XLA,
    Outcome,
    assert_compiled_alike,
    assert_same,
    expect,
    gradients,
    operation_by_operation,
    shortly,
)
from tfp_trainables_runtime.testing.conditioning import Conditioning, as_it_is

tfd = tfp.distributions

Pair = collections.namedtuple("Pair", "left right")
OtherPair = collections.namedtuple("OtherPair", "left right")
DTYPES = [np.float16, np.float32, np.float64]


def off_by(ulps, dtype=np.float32, of=1.5):
    """A number so many units of its last place above another."""
    return np.asarray(of + ulps * float(np.spacing(dtype(of))), dtype)


def raising(error):
    def call():
        raise error

    return call


def compare(actual, expected, ulps=True, **rest):
    calls = [it if callable(it) else (lambda it=it: it) for it in (actual, expected)]
    return assert_same(*calls, ulps=ulps, where="X.f", **rest)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("sign", [-1, 1])
def test_ulps(dtype, sign):
    assert {np.dtype("f2"): 4, np.dtype("f4"): 32, np.dtype("f8"): 32} == ULPS
    allowed = ULPS[np.dtype(dtype)]
    expected = dtype(1.5)
    compare(off_by(sign * allowed, dtype), expected)
    compare(expected, expected, ulps=False)
    with pytest.raises(AssertionError, match=rf"{allowed + 1} ulps off where {allowed} are"):
        compare(off_by(sign * (allowed + 1), dtype), expected)
    with pytest.raises(AssertionError, match=r"1 ulps off where 0 are allowed"):
        compare(off_by(sign, dtype), expected, ulps=False)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_ulps_of_programs(dtype):
    assert {np.dtype("f4"): 64, np.dtype("f8"): 128} == ULPS_OF_XLA
    allowed = ULPS_OF_XLA[np.dtype(dtype)]
    assert_compiled_alike(off_by(allowed, dtype), dtype(1.5))
    with pytest.raises(AssertionError, match=rf"the program: .* where {allowed} are allowed"):
        assert_compiled_alike(off_by(allowed + 1, dtype), dtype(1.5))
    with pytest.raises(AssertionError):
        assert_compiled_alike(off_by(1, np.float16), np.float16(1.5))


def test_the_largest_finite_element_sets_the_scale():
    large, small = np.float32(2**20), np.float32(1)
    step = float(np.spacing(large))
    expected = np.array([-large, small, np.inf, np.nan], "f")
    compare(expected + np.array([0, 32 * step, 0, 0], "f"), expected)
    with pytest.raises(AssertionError, match=r"X\.f\[1\]: .*\(1 of 4 elements are off\)"):
        compare(expected + np.array([0, 33 * step, 0, 0], "f"), expected)
    compare(np.zeros(2, "f"), np.zeros(2, "f"))
    with pytest.raises(AssertionError):
        compare(np.full(2, 1e-30, "f"), np.zeros(2, "f"))
    compare(np.full(2, np.nan, "f"), np.full(2, np.nan, "f"))


ALIKE = {
    "nothing": ([], []),
    "no elements": (np.zeros([0, 2], "f"), np.zeros([0, 2], "f")),
    "no gradient": ([None, np.float32(1)], [None, np.float32(1)]),
    "tensors": (tf.constant(1.0), np.float32(1)),
    "integers": (np.arange(3), np.arange(3)),
    "booleans": (np.array([True, False]), np.array([True, False])),
    "complex numbers": (np.array([1j, np.nan]), np.array([1j, np.nan])),
    "named": (Pair(1.0, 2.0), Pair(1.0, 2.0)),
    "keys": ({"a": 1.0, "b": 2.0}, {"b": 2.0, "a": 1.0}),
    "both fail": (raising(KeyError("a")), raising(KeyError("b"))),
}
DIFFERENT = {
    "a number": (
        np.float32(1),
        np.float32(2),
        r"got .*1.*, [\de.+]+ ulps off where \d+ are allowed$",
    ),
    "two numbers": (np.ones(2), np.zeros(2), r"\(2 of 2 elements are off\)$"),
    "a number after none": ([None, 1.0], [None, 2.0], r"X\.f, part 1: expected"),
    "the kind of a part": (
        {"a": [1.0]},
        {"a": (1.0,)},
        r"expected dict\(tuple\(one value\)\), got dict\(list\(one value\)\)$",
    ),
    "a far number": (1e30, 1.0, "e\\+45 ulps off"),
    "no number": (np.float32(np.nan), np.float32(1), "expected .*1.*, got .*nan"),
    "a number for none": (np.float32(1), np.float32(np.nan), "expected .*nan.*, got .*1"),
    "an infinity": (np.float32(np.inf), np.float32(1), "got .*inf"),
    "the other infinity": (np.float32(-np.inf), np.float32(np.inf), "got .*-inf"),
    "an integer": (np.array([1, 2]), np.array([1, 3]), r"X\.f\[1\]: expected .*3.*got .*2"),
    "a boolean": (np.array(True), np.array(False), "expected .*False.*, got .*True"),
    "a complex number": (np.array(1j), np.array(1 + 1e-9j), "expected"),
    "a dtype": (np.float64(1), np.float32(1), "expected dtype float32, got float64"),
    "a shape": (np.ones(2, "f"), np.ones([2, 1], "f"), r"expected shape \(2, 1\), got \(2,\)"),
    "a missing part": ([1.0], [1.0, 2.0], r"expected list\(one value, one value\), got list\(o"),
    "a tuple": ((1.0, 2.0), Pair(1.0, 2.0), r"expected Pair\(one .*, got tuple\(one"),
    "a list": ([1.0, 2.0], (1.0, 2.0), r"expected tuple\(.*, got list\("),
    "another name": (OtherPair(1.0, 2.0), Pair(1.0, 2.0), "expected Pair.*, got OtherPair"),
    "other keys": ({"a": 1.0}, {"b": 1.0}, r"expected dict\(one value\), got dict\(one value\)"),
    "one for many": (1.0, [1.0], r"expected list\(one value\), got one value"),
    "the second part": ([1.0, 2.0], [1.0, 3.0], r"X\.f, part 1: expected"),
    "no gradient": ([None, 1.0], [2.0, 1.0], r"part 0: expected one, 2\., got none"),
    "a gradient": ([1.0], [None], r"X\.f: expected none, got one, 1\.$"),
    "an error": (raising(KeyError("a")), 1.0, r"expected 1\., got KeyError: 'a'"),
    "no error": (1.0, raising(KeyError("a")), r"expected KeyError: 'a', got 1\.$"),
    "another error": (
        raising(ValueError("of this\nkind")),
        raising(KeyError("a")),
        r"expected KeyError: 'a', got ValueError: of this$",
    ),
    "an heir of the error": (raising(KeyError("a")), raising(LookupError("a")), "LookupError"),
}


@pytest.mark.parametrize("ulps", [True, False])
@pytest.mark.parametrize("name", ALIKE)
def test_what_is_alike(name, ulps):
    compare(*ALIKE[name], ulps=ulps)


@pytest.mark.parametrize("ulps", [True, False])
@pytest.mark.parametrize("name", DIFFERENT)
def test_what_differs(name, ulps):
    actual, expected, message = DIFFERENT[name]
    with pytest.raises(AssertionError, match=message) as error:
        compare(actual, expected, ulps=ulps)
    assert str(error.value).startswith("X.f")
    assert len(str(error.value)) < 250


@pytest.mark.parametrize(
    "name", [name for name, (*both, _) in DIFFERENT.items() if not any(map(callable, both))]
)
def test_what_differs_of_a_program(name):
    actual, expected, message = DIFFERENT[name]
    with pytest.raises(AssertionError, match=message):
        assert_compiled_alike(actual, expected, where="X.f")


def test_the_oracle_answers_for_both():
    outcome = compare(off_by(3), np.float32(1.5))
    assert outcome.error is None
    assert outcome.answer == outcome.arrays[0] == np.float32(1.5)
    error = KeyError("a")
    outcome = compare(raising(KeyError("b")), raising(error))
    assert outcome.error is error
    assert outcome.arrays == []
    assert outcome.answer is None
    with pytest.raises(AssertionError, match=r"^the answer: expected"):
        assert_same(lambda: 1.0, lambda: 2.0, ulps=True)


def test_logs_of_rounding_errors_are_compared_as_probabilities():
    log = np.log(np.array([0.5, 1e-9, 1e-9], "f"))
    other = np.log(np.array([0.5, 3e-9, 1e-9], "f"))
    other[2] = np.nan
    of_oracle = log.copy()
    of_oracle[2] = np.nan  # The log of what is below 0 stands for a probability of 0.
    assert_compiled_alike(other, of_oracle, is_log=True)
    assert_compiled_alike(log, of_oracle, is_log=True)
    with pytest.raises(AssertionError):
        assert_compiled_alike(log, other)
    with pytest.raises(AssertionError, match=r"as probabilities.*nan"):
        assert_compiled_alike(other, log, is_log=True)
    with pytest.raises(AssertionError, match=r"X, as probabilities.*: expected .*0.5"):
        assert_compiled_alike(log + np.float32(1e-3), log, is_log=True, where="X")
    with pytest.raises(AssertionError, match=r"as probabilities, part 1"):
        assert_compiled_alike([log, log + np.float32(1e-3)], [log, log], is_log=True)


def test_gradients():
    x, y, unused = tf.Variable(2.0), tf.Variable([1.0, 3.0]), tf.Variable(1.0)
    model = tf.Module()
    model.x, model.y = x, y

    def loss(it):
        return it.x**2 + tf.gather(it.y, 1)

    np.testing.assert_equal([part.numpy() for part in gradients(model, loss)], [4, [0, 1]])
    of_y, nothing = gradients(model, loss, [y, unused])
    np.testing.assert_equal(of_y.numpy(), [0, 1])
    assert nothing is None
    assert gradients(model, loss, []) == []


def test_operation_by_operation_ends():
    assert not tf.config.functions_run_eagerly()
    with operation_by_operation():
        assert tf.config.functions_run_eagerly()
    assert not tf.config.functions_run_eagerly()
    with pytest.raises(KeyError), operation_by_operation():
        raise KeyError
    assert not tf.config.functions_run_eagerly()


def test_messages_are_short():
    assert shortly(np.arange(3)) == "[0, 1, 2]"
    assert shortly(np.ones(8)) == "[1., 1., 1., 1., 1., 1., 1., 1.]"
    assert shortly(np.ones(9)) == "[1., 1., ..., 1., 1.]"
    assert shortly("a\n  b") == "a b"
    assert shortly("a" * 100) == "a" * 100
    assert shortly("a" * 101) == "a" * 100 + "..."
    assert repr(Outcome(lambda: [np.float32(1), None])) == "[array(1., dtype=float32), None]"
    expect(1, "here", "so", "other")
    with pytest.raises(AssertionError, match=r"^here: expected so, got other$"):
        expect([], "here", "so", "other")


HILBERT = 1 / (1 + np.add.outer(np.arange(4), np.arange(4)))
POINT = np.array([0.3, -0.2, 0.7, 0.1])


def density(matrix, x):
    """TFP's own, by a Cholesky factor."""
    return tfd.MultivariateNormalFullCovariance(tf.zeros(4, x.dtype), matrix).log_prob(x)


def density_by_eigenvalues(matrix, x):
    """The same number, by other roundings."""
    values, vectors = tf.linalg.eigh(matrix)
    turned = tf.linalg.matvec(vectors, x, transpose_a=True)
    terms = turned**2 / values + tf.math.log(2 * np.pi * values)
    return -tf.reduce_sum(terms) / 2


def of_matrix(formula, half):
    """The gradient of a density in a matrix, as a function of a nudge."""
    x = tf.constant(POINT, half.dtype)

    def answer(nudge):
        def loss(_):
            return formula(nudge(half + tf.linalg.matrix_transpose(half)), nudge(x))

        return gradients(None, loss, [half])

    return answer


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_ill_conditioned_answer_may_be_further_off(dtype):
    half = tf.Variable(HILBERT.astype(dtype) / 2)
    oracle = of_matrix(density, half)
    right = of_matrix(density_by_eigenvalues, half)(as_it_is)

    def compare_with(actual, conditioning):
        compare(actual, lambda: oracle(as_it_is), conditioning=conditioning)

    conditioning = Conditioning(oracle, [half])
    with pytest.raises(AssertionError, match="ulps off where 32 are"):
        compare_with(right, None)
    compare_with(right, conditioning)
    assert_compiled_alike(right, oracle(as_it_is), conditioning=conditioning)
    wrong = [right[0] * (1 + dtype(1e-6 if dtype is np.float64 else 3e-2))]
    with pytest.raises(AssertionError, match=r"ulps off where [0-9.e+]+ are allowed") as error:
        compare_with(wrong, conditioning)
    allowed = float(re.search(r"where ([0-9.e+]+) are", str(error.value))[1])
    assert 32 < allowed < 1e-7 / np.finfo(np.float64).eps
    with pytest.raises(AssertionError):
        assert_compiled_alike(wrong, oracle(as_it_is), conditioning=conditioning)
    np.testing.assert_array_equal(half, HILBERT.astype(dtype) / 2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_well_conditioned_answer_may_not(dtype):
    half = tf.Variable(np.diag([1.0, 1.1, 1.2, 1.3]).astype(dtype) / 2)
    oracle = of_matrix(density, half)
    conditioning = Conditioning(oracle, [half])
    expected = oracle(as_it_is)[0].numpy()
    right = of_matrix(density_by_eigenvalues, half)(as_it_is)
    compare(right, [expected], conditioning=conditioning)
    step = np.spacing(np.abs(expected).max())
    compare([expected + 32 * step], [expected], conditioning=conditioning)
    with pytest.raises(AssertionError):
        compare(
            [expected + 64 * step * np.eye(4, dtype=dtype)], [expected], conditioning=conditioning
        )


def test_conditioning_is_measured_once_and_if_need_be():
    measured = []

    def answer(nudge):
        measured.append(nudge)
        return nudge(np.float32(1.25)) ** np.array([1, 100, 100], "f") / 1.25**99, np.float32(1)

    expected = answer(as_it_is)
    conditioning = Conditioning(answer)
    for actual in (expected, (expected[0] * (1 + 2 * np.finfo("f").eps), np.float32(1))):
        measured.clear()
        compare(actual, expected, conditioning=conditioning)
        assert measured == []
    compare(
        (expected[0] * (1 + 50 * np.finfo("f").eps), off_by(20, of=1.0)),
        expected,
        conditioning=conditioning,
    )
    assert len(measured) == 9
    measured.clear()
    with pytest.raises(AssertionError):
        compare((expected[0], off_by(40, of=1.0)), expected, ulps=False, conditioning=conditioning)
    assert measured == []


class Known:
    """A conditioning that is known beforehand."""

    def movements(self, expected):
        return [np.full(part.shape, 0.25) for part in expected]


def test_how_much_conditioning_allows():
    expected = np.float64(1.5)
    compare(expected + 8 * 0.25, expected, conditioning=Known())
    with pytest.raises(AssertionError):
        compare(expected + 8 * 0.25 + 1e-12, expected, conditioning=Known())


def test_operation_by_operation_within_itself():
    with operation_by_operation():
        with operation_by_operation():
            pass
        assert tf.config.functions_run_eagerly()
    assert not tf.config.functions_run_eagerly()
