"""Trainables in the hands of TensorFlow and TFP, as users combine them."""

import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras
from cases import BIJECTORS, CASES, Case

import tfp_trainables
from tfp_trainables import bijectors, distributions
from tfp_trainables_runtime.testing.comparison import assert_compiled_alike

pytestmark = pytest.mark.slow

tfd = tfp.distributions
tfb = tfp.bijectors


def adam():
    return tf_keras.optimizers.Adam(0.1)


def variable_names(module):
    return sorted(variable.name for variable in module.trainable_variables)


def test_divergences_are_those_of_the_tfp_class():
    model = distributions.TrainableNormal(seed=(1, 2))
    expected = tfd.kl_divergence(tfd.Normal(model.loc, model.scale), tfd.Normal(0.0, 1.0))
    assert tfd.kl_divergence(model, tfd.Normal(0.0, 1.0)) == expected
    assert model.kl_divergence(tfd.Normal(0.0, 1.0)) == expected


def test_joint_distributions_find_and_train_the_variables():
    joint = tfd.JointDistributionNamed(
        {
            "scale": distributions.TrainableGamma(seed=(1, 2)),
            "x": lambda scale: tfd.Normal(0.0, scale),
        }
    )
    assert variable_names(joint) == ["concentration:0", "log_rate:0"]
    draws = joint.sample(3, seed=(1, 2))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(joint.log_prob(draws))
    assert None not in tape.gradient(loss, joint.trainable_variables)


@pytest.mark.parametrize(
    "nest",
    [
        lambda part: tfd.Independent(part, 1),
        lambda part: tfd.TransformedDistribution(part, tfb.Exp()),
        lambda part: tfd.Sample(part, 2),
        lambda part: tfd.MixtureSameFamily(tfd.Categorical(logits=[0.0, 0.0]), part),
        lambda part: distributions.TrainableIndependent(
            distribution=part, reinterpreted_batch_ndims=1
        ),
        lambda part: distributions.TrainableMixtureSameFamily(
            mixture_distribution=distributions.TrainableCategorical(num_classes=2),
            components_distribution=part,
        ),
        lambda part: distributions.TrainableTransformedDistribution(
            distribution=part,
            bijector=bijectors.TrainableChain(
                bijectors=[tfb.Exp(), bijectors.TrainableScale(), bijectors.TrainableShift()]
            ),
        ),
    ],
)
def test_nesting(nest):
    model = nest(distributions.TrainableNormal(batch_and_event_shape=[2], seed=(1, 2)))
    assert {"loc:0", "scale:0"} <= set(variable_names(model))
    value = tf.identity(model.sample(seed=(3, 4)))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model.log_prob(value))
    assert None not in tape.gradient(loss, model.trainable_variables)


def test_a_flow_around_a_network_trains_it():
    network = tfb.AutoregressiveNetwork(params=2, hidden_units=[4])
    flow = distributions.TrainableTransformedDistribution(
        distribution=tfd.Sample(distributions.TrainableNormal(), [2]),
        bijector=bijectors.TrainableMaskedAutoregressiveFlow(shift_and_log_scale_fn=network),
    )
    flow.log_prob(tf.zeros([2]))  # Creates the network's weights.
    assert {"loc:0", "scale:0"} < set(variable_names(flow))


def test_a_surrogate_posterior_is_fitted():
    target = tfd.Normal(3.0, 0.5)
    surrogate = distributions.TrainableNormal(seed=(1, 2))
    losses = tfp.vi.fit_surrogate_posterior(
        target.log_prob, surrogate, optimizer=adam(), num_steps=100, sample_size=10, seed=(1, 2)
    )
    assert losses[-1] < 0.1
    assert surrogate.mean().numpy() == pytest.approx(3.0, abs=0.3)


def test_training_in_an_eager_loop_sees_every_step():
    """With the same input at each step, which TFP's bijector cache would remember."""
    model = distributions.TrainableKumaraswamy(seed=(1, 2))
    data = tf.constant([0.2, 0.4, 0.5])
    optimizer = adam()
    losses = []
    for _ in range(20):
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(model.log_prob(data))
        gradients = tape.gradient(loss, model.trainable_variables)
        assert None not in gradients
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        losses.append(float(loss))
    assert losses == sorted(losses, reverse=True)


@pytest.mark.parametrize("case", [c for c in BIJECTORS if c.variables], ids=str)
def test_a_bijector_sees_a_change_of_its_variables(case: Case):
    model = case.build()
    x = tf.constant(case.input())
    y = tf.constant(model.forward(x).numpy())
    methods = case.entry["methods"]
    inputs = {
        method: value
        for method, value in (("forward", x), ("inverse", y))
        if methods[method]["runs"] != "fails in TFP"  # As the inverse of 0.24's `Pad` does.
    }
    assert "forward" in inputs
    for method, value in inputs.items():
        getattr(model, method)(value)
    for variable in model.trainable_variables:
        variable.assign_add(tf.ones_like(variable))
    fresh = case.tfp_class(**model.parameters)
    for method, value in inputs.items():
        expected = getattr(fresh, method)(tf.identity(value))
        assert_compiled_alike(getattr(model, method)(value), expected)


def test_fitting_to_data_gives_a_trainable_class_with_fixed_parameters():
    model = distributions.TrainableNormal.experimental_fit(tf.constant([1.0, 2.0, 3.0]))
    assert isinstance(model, distributions.TrainableNormal)
    assert model.mean().numpy() == pytest.approx(2.0)
    assert not model.trainable_variables


def test_variables_of_the_user_are_shared_and_listed_first():
    loc = tf.Variable(1.0, name="mine")
    model = distributions.TrainableNormal(loc=loc)
    assert [variable.name for variable in model.trainable_variables] == ["mine:0", "scale:0"]
    assert model.trainable_variables[0] is loc


def test_every_class_is_exported():
    for case in CASES:
        module, _, name = case.entry["trainable"].rpartition(".")
        namespace = tfp_trainables
        for part in module.split(".")[1:]:
            namespace = getattr(namespace, part)
        assert name in namespace.__all__
        assert name in dir(namespace)
