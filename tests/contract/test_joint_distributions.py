"""Joint distributions of trainable parts: TFP composes them, finds their variables, trains them."""

import inspect

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras
from cases import DISTRIBUTIONS, MANIFEST
from tensorflow_probability.python.distributions.joint_distribution import (
    get_explicit_name_for_component,
)

from tfp_trainables import bijectors, distributions

pytestmark = pytest.mark.slow

tfd = tfp.distributions


class Parts:
    """The distribution of x, and that of y, which depends on x by a trainable bijector."""

    def __init__(self):
        self.x = distributions.TrainableNormal(seed=(1, 2))
        self.line = bijectors.TrainableChain(
            bijectors=[
                bijectors.TrainableShift(seed=(3, 4)),
                bijectors.TrainableScale(seed=(5, 6)),
            ]
        )
        self.noise = distributions.TrainableGamma(seed=(7, 8))

    def given_x(self, x):
        return tfd.Normal(self.line.forward(x), self.noise.concentration)

    @property
    def of_distributions(self):
        return [*self.x.trainable_variables, self.noise.trainable_variables[0]]


def sequential(cls, parts):
    return cls([parts.x, lambda x: parts.given_x(x)])


def named(cls, parts):
    return cls({"x": parts.x, "y": lambda x: parts.given_x(x)})


def coroutine(cls, parts):
    def model():
        x = yield tfd.JointDistributionCoroutine.Root(parts.x)
        yield parts.given_x(x)

    return cls(model)


BUILDERS = {
    tfd.JointDistributionCoroutine: coroutine,
    tfd.JointDistributionCoroutineAutoBatched: coroutine,
    tfd.JointDistributionNamed: named,
    tfd.JointDistributionNamedAutoBatched: named,
    tfd.JointDistributionSequential: sequential,
    tfd.JointDistributionSequentialAutoBatched: sequential,
}
CLASSES = [pytest.param(cls, id=cls.__name__) for cls in BUILDERS]


def data(joint):
    """What the joint distribution is to be fitted to, in its own structure."""
    x = tf.random.stateless_normal([50], (1, 2)) + 1.0
    y = 2.0 * x - 1.0 + 0.3 * tf.random.stateless_normal([50], (3, 4))
    return tf.nest.pack_sequence_as(joint.dtype, [x, y])


def identities(variables):
    return sorted(map(id, variables))


def test_all_of_the_family_are_tried():
    family = {
        name.rpartition(".")[2]
        for name, entry in MANIFEST["classes"].items()
        if entry.get("reason") == "joint distribution"
    }
    assert family == {"JointDistribution", *(cls.__name__ for cls in BUILDERS)}
    assert inspect.isabstract(tfd.JointDistribution)
    assert all(issubclass(cls, tfd.JointDistribution) for cls in BUILDERS)


@pytest.mark.parametrize("cls", CLASSES)
def test_variables_of_distributions_are_found(cls):
    parts = Parts()
    joint = BUILDERS[cls](cls, parts)
    assert isinstance(joint, tfd.JointDistribution)
    # TFP runs the model once to find them; what a bijector computed is a tensor to it.
    assert identities(joint.trainable_variables) == identities(parts.of_distributions)
    joint.line = parts.line
    expected = [*parts.of_distributions, *parts.line.trainable_variables]
    assert identities(joint.trainable_variables) == identities(expected)


@pytest.mark.parametrize("cls", CLASSES)
def test_it_is_the_joint_distribution_of_its_parts(cls):
    parts = Parts()
    joint = BUILDERS[cls](cls, parts)
    value = joint.sample(seed=(1, 2))
    x, y = tf.nest.flatten(value)
    expected = parts.x.log_prob(x) + parts.given_x(x).log_prob(y)
    np.testing.assert_allclose(joint.log_prob(value), expected, rtol=1e-5)
    compiled = tf.function(joint.log_prob, jit_compile=True)
    np.testing.assert_allclose(compiled(value), expected, rtol=1e-5)


@pytest.mark.parametrize("cls", CLASSES)
def test_training_reaches_every_part(cls):
    parts = Parts()
    joint = BUILDERS[cls](cls, parts)
    joint.line = parts.line
    values = data(joint)

    def loss():
        return -tf.reduce_mean(joint.log_prob(values))

    with tf.GradientTape() as tape:
        before = loss()
    gradients = tape.gradient(before, joint.trainable_variables)
    assert len(gradients) == 5
    assert None not in gradients
    initial = [variable.numpy() for variable in joint.trainable_variables]
    tfp.math.minimize(
        loss,
        num_steps=30,
        optimizer=tf_keras.optimizers.Adam(0.1),
        trainable_variables=joint.trainable_variables,
    )
    assert loss() < before
    for variable, start in zip(joint.trainable_variables, initial, strict=True):
        assert variable.numpy() != start


@pytest.mark.parametrize("cls", CLASSES)
def test_a_loss_reaches_what_is_not_found(cls):
    parts = Parts()
    joint = BUILDERS[cls](cls, parts)
    values = data(joint)
    initial = [variable.numpy() for variable in parts.line.trainable_variables]
    tfp.math.minimize(
        lambda: -tf.reduce_mean(joint.log_prob(values)),
        num_steps=3,
        optimizer=tf_keras.optimizers.Adam(0.1),
    )
    for variable, start in zip(parts.line.trainable_variables, initial, strict=True):
        assert variable.numpy() != start


@pytest.mark.parametrize("case", DISTRIBUTIONS, ids=str)
def test_a_default_name_is_no_components_own(case):
    """TFP calls a component as the model does, unless somebody has named it."""
    model = case.build()
    assert get_explicit_name_for_component(model) is None
    assert get_explicit_name_for_component(case.build(name="mine")) == "mine"


def test_components_are_named_as_those_of_tfp():
    normal = distributions.TrainableNormal
    joint = tfd.JointDistributionSequential(
        [normal(), normal(), normal(name="c"), lambda c, second, first: tfd.Normal(second, 1.0)]
    )
    names = dict(joint.resolve_graph())
    assert names == {"first": (), "second": (), "c": (), "x": ("c", "second", "first")}

    @tfd.JointDistributionCoroutineAutoBatched
    def model():
        yield part
        yield named_part

    part, named_part = normal(), normal(name="mine")
    assert tuple(model.dtype._fields) == ("var0", "mine")
