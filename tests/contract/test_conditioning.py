"""How far an oracle's answer moves when its inputs do, whatever those are."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from tfp_trainables_runtime.testing.conditioning import Conditioning, arrays_of, as_it_is

tfd = tfp.distributions
tfb = tfp.bijectors

NUMBER = tf.constant(1.25)


def distance(answer, variables=(), of=None):
    """How far answers move, in ulps of an input near 1, each the furthest of its parts."""
    expected = arrays_of(answer(as_it_is)) if of is None else of
    moved = Conditioning(answer, variables).movements(expected)
    return [part.max(initial=0) / np.finfo("f").eps for part in moved]


class Held(tf.Module):
    """Of a part that is no parameter."""

    def __init__(self, weight):
        self.weight = weight

    def __call__(self, x):
        return self.weight * x


def normal(**parameters):
    return tfd.Normal(**{"loc": 0.0, "scale": 1.25, **parameters})


kernel = tfp.math.psd_kernels.Linear(slope_amplitude=NUMBER)
operator = tf.linalg.LinearOperatorDiag([1.25, 1.25])
MOVED = {  # The scale is read from each of these, and moves as much as it does.
    "a number": lambda nudge: nudge(1.25),
    "a tensor": lambda nudge: nudge(NUMBER),
    "an array": lambda nudge: nudge(np.full(3, 1.25, "f")),
    "a NumPy number": lambda nudge: nudge(np.float32(1.25)),
    "a list": lambda nudge: nudge([NUMBER])[0],
    "a dict": lambda nudge: nudge({"a": (NUMBER,)})["a"][0],
    "a variable": lambda nudge: nudge(tf.Variable(1.25)),
    "a distribution": lambda nudge: nudge(normal()).stddev(),
    "of a tensor": lambda nudge: nudge(normal(scale=NUMBER)).stddev(),
    "of a variable": lambda nudge: nudge(normal(scale=tf.Variable(1.25))).stddev(),
    "of a constraint": lambda nudge: nudge(
        normal(scale=tfp.util.TransformedVariable(1.25, tfb.Exp()))
    ).stddev(),
    "a bijector": lambda nudge: nudge(tfb.Scale(1.25)).forward(1.0),
    "a kernel": lambda nudge: nudge(kernel).apply([1.0], [1.0]),
    "a linear operator": lambda nudge: nudge(operator).trace(),
    "a part": lambda nudge: nudge(tfd.Sample(normal(), 2)).stddev(),
    "parts": lambda nudge: nudge(tfb.Chain([tfb.Shift(0.0), tfb.Scale(1.25)])).forward(1.0),
    "a joint distribution": lambda nudge: nudge(
        tfd.JointDistributionNamed({"a": normal(), "b": normal()})
    ).variance()["b"],
    "what make_trainable makes": lambda nudge: nudge(
        tfp.experimental.util.make_trainable(tfd.Normal, loc=0.0, seed=(1, 2))
    ).stddev(),
}
STILL = {
    "a whole number": lambda nudge: nudge(2.0) * np.float32(1),
    "counts": lambda nudge: nudge(np.array([0, 3], "f")),
    "integers": lambda nudge: nudge(np.array([1, 2])) * NUMBER,
    "a label": lambda nudge: (nudge("a"), NUMBER)[1],
    "nothing": lambda nudge: (nudge(None), NUMBER)[1],
    "a flag": lambda nudge: nudge(True) * NUMBER,
    "no number": lambda nudge: nudge(np.float32(np.nan)),
    "an infinity": lambda nudge: nudge(np.float32(np.inf)),
    "a jump": lambda nudge: tf.cast(nudge(NUMBER) > NUMBER, tf.float32) + 1,
    "out of a domain": lambda nudge: tf.sqrt(NUMBER - nudge(NUMBER)),
    "an error": lambda nudge: tf.debugging.assert_equal(nudge(NUMBER), NUMBER) or NUMBER,
}


@pytest.mark.parametrize("name", MOVED)
def test_what_moves(name):
    answer = MOVED[name]
    (moved,) = distance(lambda nudge: tf.cast(answer(nudge), tf.float32))
    assert 0.5 <= moved <= 12


@pytest.mark.parametrize("name", STILL)
def test_what_does_not_move(name):
    answer = STILL[name]
    assert distance(lambda nudge: [answer(nudge)]) == [0]


def test_whole_parameters_move():
    model = tfd.Normal(np.float32(0), tf.constant(1.0))
    assert distance(lambda nudge: nudge(model).stddev())[0] == pytest.approx(1)
    assert distance(lambda nudge: nudge(normal(scale=1.0)).stddev())[0] == pytest.approx(1)


def test_parts_move_apart_and_one_part_in_one_way():
    part = normal()
    assert distance(lambda nudge: nudge(normal()).stddev() / nudge(normal()).stddev())[0] > 0
    assert distance(lambda nudge: nudge(part).stddev() / nudge(part).stddev()) == [0]
    (moved,) = distance(lambda nudge: nudge(tf.fill([20], 1.25)))
    assert moved > 0
    answers = []
    distance(lambda nudge: answers.append(nudge(tf.fill([20], 1.25)).numpy()) or answers[-1])
    signs = np.sign(np.array(answers[2:]) - 1.25)
    assert (np.abs(signs.sum(axis=1)) < 20).all(), "each has its own sign"
    assert len({tuple(row) for row in signs}) == len(signs) == 8


def test_variables_move_where_they_are_and_come_back():
    start = np.array([-0.0, 1.25, np.nan, 3, 1e-40], "f")
    variables = [tf.Variable(1.25), tf.Variable(start), tf.Variable(3), tf.Variable(3.0)]
    held = Held(variables[0])
    seen = []

    def answer(nudge):
        seen.append([variable.numpy() for variable in variables])
        return held(nudge(np.float32(1))), variables[3] * 1.0

    expected = answer(as_it_is)
    seen.clear()
    assert distance(answer) == [0, 0]
    moved = distance(answer, variables, arrays_of(expected))
    assert moved == pytest.approx([1.25, 3], rel=0.4)
    assert any(it[0] != np.float32(1.25) for it in seen)
    assert all(it[2] == 3 for it in seen)
    assert variables[0].numpy() == np.float32(1.25)
    assert variables[1].numpy().tobytes() == start.tobytes()

    def failing(_):
        if variables[0].numpy() != np.float32(1.25):
            raise KeyError
        return np.float32(1.25)

    assert distance(failing, variables) == [0]
    assert variables[0].numpy() == np.float32(1.25)


def test_parts_of_an_answer_move_each_for_itself():
    def answer(nudge):
        x = nudge(tf.constant([1.25, 1.25]))
        return {"a": x[0] ** 3, "b": tf.stack([x[1], 2.0]), "c": None, "d": 3}

    expected = [np.float32(1.25**3), np.array([1.25, 2], "f"), None, np.array(3)]
    first, second, nothing, count = Conditioning(answer).movements(expected)
    eps = np.finfo("f").eps
    assert first / eps == pytest.approx(3 * 1.25**3, rel=0.4)
    np.testing.assert_allclose(second / eps, [1.25, 0], rtol=0.4)
    assert nothing is None
    assert count == 0
    assert Conditioning(answer).movements([np.array(3)]) == [0]


def test_an_object_that_its_parameters_do_not_make_stays_as_it_is():
    class Other(tfd.Normal):
        """Of another location at each construction."""

        made = 0.0

        def __init__(self, scale, name="Other"):
            Other.made += 1.0
            super().__init__(Other.made, scale)
            self._parameters = {"scale": scale, "name": name}

        @classmethod
        def _parameter_properties(cls, dtype, num_classes=None):
            return {"scale": tfp.util.ParameterProperties()}

    class Failing(Other):
        def copy(self, **_):
            raise KeyError

    for model in (Other(1.25), Failing(1.25)):
        answer = lambda nudge: nudge(model).log_prob(nudge(np.float32(30.3)))  # noqa: B023, E731
        assert 0 < distance(answer)[0] < 1e4


def test_an_answer_that_differs_from_call_to_call_has_not_moved():
    calls = []

    def answer(nudge):
        calls.append(1)
        return nudge(np.float32(1.25)) + np.float32(len(calls) % 7)

    assert distance(answer) == [0]
    assert distance(lambda nudge: np.ones(2, "f"), of=[np.ones(3, "f")]) == [0]
    assert distance(lambda nudge: np.ones(2), of=[None, np.ones(2, "f")][1:]) == [0]
