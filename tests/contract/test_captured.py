"""Programs of objects that hold what is the user's own: networks, functions, subclasses."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras
from models import normal

from tfp_trainables import CompilationWarning, bijectors, distributions, execution
from tfp_trainables_runtime.testing.comparison import operation_by_operation

tfd = tfp.distributions
tfb = tfp.bijectors


def test_conditions_are_inputs(traces):
    def shift_and_log_scale(x, c=None):
        return tf.zeros_like(x) + c, tf.zeros_like(x)

    model = distributions.TrainableTransformedDistribution(
        distribution=tfd.Sample(normal(), [2]),
        bijector=bijectors.TrainableMaskedAutoregressiveFlow(
            shift_and_log_scale_fn=shift_and_log_scale
        ),
    )
    x = tf.constant([0.5, 0.6])
    answers = []
    for c in (0.0, 1.0, 2.0):
        condition = {"c": tf.constant([c, c])}
        with operation_by_operation():
            expected = model.log_prob(x, bijector_kwargs=condition)
        answers.append(float(model.log_prob(x, bijector_kwargs=condition)))
        np.testing.assert_allclose(answers[-1], expected, rtol=1e-5)
    assert len(set(answers)) == 3
    assert len(traces) == 1


def test_a_network_is_trained_through_its_program(traces):
    tf_keras.utils.set_random_seed(1)
    network = tfb.AutoregressiveNetwork(params=2, hidden_units=[4], activation="tanh")
    model = distributions.TrainableTransformedDistribution(
        distribution=tfd.Sample(normal(), [2]),
        bijector=bijectors.TrainableMaskedAutoregressiveFlow(shift_and_log_scale_fn=network),
    )
    x = tf.constant([[0.5, 0.6]])
    model.log_prob(x)  # Creates the network's weights.
    optimizer = tf_keras.optimizers.Adam(0.1)
    losses = []
    for _ in range(10):
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(model.log_prob(x))
        found = tape.gradient(loss, model.trainable_variables)
        assert None not in found
        optimizer.apply_gradients(zip(found, model.trainable_variables, strict=True))
        losses.append(float(loss))
    assert losses[-1] < losses[0]
    assert traces == ["log_prob"]


def shift_by_condition(x, c=None):
    return tf.zeros_like(x) + c, tf.zeros_like(x)


def conditional(loc=0.0):
    return distributions.TrainableTransformedDistribution(
        distribution=tfd.Sample(tfd.Normal(loc, 1.0), [2]),
        bijector=bijectors.TrainableMaskedAutoregressiveFlow(
            shift_and_log_scale_fn=shift_by_condition
        ),
    )


@pytest.mark.parametrize("value", [5.0, np.float64(5.0), np.float32(5.0)])
def test_a_condition_may_be_a_variable_of_the_model(value):
    loc, other = tf.Variable(0.0), tf.Variable(5.0)
    model, x = conditional(loc), tf.constant([0.5, 0.6])
    first = [model.log_prob(x, bijector_kwargs={"c": loc}) for _ in range(3)]
    second = model.log_prob(x, bijector_kwargs={"c": other})
    assert len(set(map(float, first))) == 1
    np.testing.assert_allclose(second, model.log_prob(x, bijector_kwargs={"c": value}), rtol=1e-6)
    assert abs(float(second - first[0])) > 1


def test_a_function_of_the_users_may_refer_to_a_network(monkeypatch):
    x = tf.constant([[0.5, 0.6]])
    for _ in range(2):
        network = tfb.AutoregressiveNetwork(params=2, hidden_units=[4])
        monkeypatch.setitem(globals(), "current_network", network)
        model = distributions.TrainableTransformedDistribution(
            distribution=tfd.Sample(tfd.Normal(0.0, 1.0), [2]),
            bijector=bijectors.TrainableMaskedAutoregressiveFlow(
                shift_and_log_scale_fn=call_current_network
            ),
        )
        for _ in range(2):
            with tf.GradientTape() as tape:
                density = model.log_prob(x)
            assert None not in tape.gradient(density, network.trainable_variables)
        with operation_by_operation():
            np.testing.assert_allclose(density, model.log_prob(x), rtol=1e-5)


def call_current_network(x):
    return globals()["current_network"](x)


def test_a_parameter_that_is_an_inverse():
    scale = tfp.util.DeferredTensor(tf.Variable(1.5), tfb.Softplus().inverse)
    model = normal(loc=0.0, scale=scale)
    expected = tfd.Normal(0.0, tfb.Softplus().inverse(1.5)).log_prob(1.0)
    for _ in range(2):
        np.testing.assert_allclose(model.log_prob(1.0), expected, rtol=1e-6)


def test_a_part_that_is_kept_as_it_is_is_validated_too():
    joint = tfd.JointDistributionSequential(
        [tfd.Gamma(1.0, 1.0, validate_args=True), tfd.Normal(0.0, 1.0)]
    )
    model = distributions.TrainableTransformedDistribution(
        distribution=joint, bijector=tfb.JointMap([tfb.Identity(), tfb.Shift(1.0)])
    )
    for _ in range(3):
        with pytest.raises(tf.errors.InvalidArgumentError):
            model.log_prob([-1.0, 0.5])


@pytest.mark.usefixtures("bits")
def test_the_first_draw_is_as_the_others():
    model = distributions.TrainableTransformedDistribution(
        distribution=tfd.Normal(0.0, 1.0),
        bijector=tfb.Inline(
            forward_fn=lambda x: x,
            inverse_fn=lambda y: y,
            inverse_log_det_jacobian_fn=tf.zeros_like,
            forward_min_event_ndims=0,
        ),
    )
    assert len({float(model.sample(seed=(1, 2))) for _ in range(3)}) == 1


def test_an_attribute_of_one_instance_is_its_own_affair(traces):
    model = distributions.TrainableLaplace()
    model.step = tf.Variable(0)
    model.log_prob(0.0), model.log_prob(0.0)
    for _ in range(3):
        distributions.TrainableLaplace().log_prob(0.0)
    assert len(traces) <= 2


class Shifted(distributions.TrainableNormal):
    """A subclass of the user's that changes what a method computes."""

    def _log_prob(self, x):
        return super()._log_prob(x) + 1


class WithLogProb(distributions.TrainableNormal):
    """A subclass of the user's with a method of its own."""

    def log_prob(self, value, name="log_prob", **kwargs):
        return super().log_prob(value, name, **kwargs) + 1


@pytest.mark.parametrize("cls", [Shifted, WithLogProb])
def test_what_a_subclass_overrides_counts(cls):
    model = cls(seed=(1, 2))
    for _ in range(3):  # The first call may run without a program.
        np.testing.assert_allclose(model.log_prob(0.5), normal().log_prob(0.5) + 1, rtol=1e-6)


def python_identity(x):
    y = tf.py_function(lambda it: it, [x], x.dtype)
    y.set_shape(x.shape)
    return y


def test_what_xla_refuses_runs_as_a_graph():
    model = distributions.TrainableTransformedDistribution(
        distribution=normal(),
        bijector=tfb.Inline(
            forward_fn=python_identity,
            inverse_fn=python_identity,
            inverse_log_det_jacobian_fn=tf.zeros_like,
            forward_min_event_ndims=0,
        ),
    )
    x = tf.constant(0.5)
    with operation_by_operation():
        expected = model.log_prob(x)
    with execution("xla"):
        model.log_prob(x)  # The first call of what holds functions is none of a program.
        said = "TransformedDistribution.log_prob runs as a graph"
        with pytest.warns(CompilationWarning, match=said):
            np.testing.assert_allclose(model.log_prob(x), expected, rtol=1e-6)
        np.testing.assert_allclose(model.log_prob(x), expected, rtol=1e-6)  # No second warning.


def shifted(x, count, c=0.0):
    return c * tf.ones_like(x[..., :count]), None


HOLDERS = {
    "Chain": lambda parts: tfb.Chain(parts),
    "TrainableChain": lambda parts: bijectors.TrainableChain(bijectors=parts),
    "a chain in a chain": lambda parts: tfb.Chain([tfb.Chain(parts, name="inner"), tfb.Shift(0.0)]),
    "Blockwise": lambda parts: tfb.Blockwise(parts, [2, 2]),
}


@pytest.mark.parametrize("how", HOLDERS)
def test_conditions_reach_the_parts_of_their_names(how):
    """In compiled methods as operation by operation, at the second call too."""
    parts = [
        tfb.RealNVP(num_masked=1, shift_and_log_scale_fn=shifted, name=f"part{index}")
        for index in range(2)
    ]
    bijector = HOLDERS[how](parts)
    size = 4 if how == "Blockwise" else 2
    model = distributions.TrainableTransformedDistribution(
        distribution=distributions.TrainableSample(
            distribution=distributions.TrainableNormal(seed=(1, 2)), sample_shape=[size]
        ),
        bijector=bijector,
    )
    x = tf.ones([1, size])
    answers = []
    for value in (5.0, 5.0, 2.0):
        condition = {"part0": {"c": value}, "part1": {"c": 1.0}}
        if how == "a chain in a chain":
            condition = {"inner": condition}
        with operation_by_operation():
            expected = model.log_prob(x, bijector_kwargs=condition)
        answers.append(float(model.log_prob(x, bijector_kwargs=condition)))
        assert answers[-1] == pytest.approx(float(expected), rel=1e-5)
        assert answers[-1] != pytest.approx(float(model.log_prob(x)))
    assert answers[0] == answers[1] != answers[2]


def test_names_tell_programs_apart_below_what_selects_by_them(traces):
    for name in ("first", "second", "first"):
        chain = bijectors.TrainableChain(
            bijectors=[bijectors.TrainableShift(seed=(1, 2), name=name), tfb.Exp()]
        )
        chain.forward(1.0)
    assert len(traces) == 2
