"""Fits a mixture of two normal distributions to samples of two kinds, and draws it."""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
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
x = tf.linspace(-5.0, 7.0, 500)
untrained = model.prob(x)

tfp.math.minimize(
    lambda: -tf.reduce_mean(model.log_prob(samples)),
    optimizer=tf_keras.optimizers.Adam(0.05),
    num_steps=500,
)
weights = tf.nn.softmax(model.mixture_distribution.logits)
kinds = model.components_distribution
for weight, mean, deviation in zip(weights, kinds.mean(), kinds.stddev(), strict=True):
    print(f"weight {weight:.2f}, mean {mean:.2f}, standard deviation {deviation:.2f}")

figure, axes = plt.subplots(figsize=(6, 3.5), layout="constrained")
axes.hist(samples, bins=80, density=True, color="0.85", label="samples")
axes.plot(x, untrained, "--", color="C1", label="mixture before training")
axes.plot(x, model.prob(x), color="C0", label="fitted mixture")
axes.set(xlabel="x", ylabel="density", xlim=(-5, 7))
axes.legend(frameon=False)
figure.savefig(sys.argv[1] if sys.argv[1:] else Path(__file__).with_suffix(".png"))
