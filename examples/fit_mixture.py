"""Fits a mixture of two normal distributions to samples of two kinds."""

import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras
from tfp_trainables.distributions import (
    TrainableCategorical,
    TrainableMixtureSameFamily,
    TrainableNormal,
)

truth = tfp.distributions.MixtureSameFamily(
    tfp.distributions.Categorical(probs=[0.3, 0.7]),
    tfp.distributions.Normal([-2.0, 3.0], [0.5, 1.0]),
)
samples = truth.sample(2000, seed=(1, 2))

model = TrainableMixtureSameFamily(
    mixture_distribution=TrainableCategorical({"probs": [0.5, 0.5]}, num_classes=2),
    components_distribution=TrainableNormal({"loc": [-1.0, 1.0]}, [2], seed=(1, 2)),
)


tfp.math.minimize(
    lambda: -tf.reduce_mean(model.log_prob(samples)),
    optimizer=tf_keras.optimizers.Adam(0.05),
    num_steps=500,
)
weights = tf.nn.softmax(model.mixture_distribution.logits)
for weight, mean, deviation in zip(
    weights,
    model.components_distribution.mean(),
    model.components_distribution.stddev(),
    strict=True,
):
    print(f"weight {weight:.2f}, mean {mean:.2f}, standard deviation {deviation:.2f}")
