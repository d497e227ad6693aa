"""Fits the distribution to samples, and the bijector to effects of doses."""

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras
from own_distribution.distributions import AsymmetricLaplace
from own_distribution.trainable import TrainableAsymmetricLaplace, TrainableHillCurve


def fit(loss, steps=500):
    optimizer = tf_keras.optimizers.Adam(0.05)
    return tfp.math.minimize(loss, optimizer=optimizer, num_steps=steps)


def show(trained, *names):
    print(", ".join(f"{name} {trained.parameters[name].numpy():.2f}" for name in names))


samples = AsymmetricLaplace(1.0, 0.5, 2.0).sample(2000, seed=(1, 2))
model = TrainableAsymmetricLaplace(seed=(1, 2))
fit(lambda: -tf.reduce_mean(model.log_prob(samples)))
show(model, "loc", "scale", "asymmetry")

doses = np.geomspace(0.01, 100, 40, dtype=np.float32)
effects = 0.2 + 0.7 / (1 + (3 / doses) ** 1.5)
curve = TrainableHillCurve(seed=(1, 2))
fit(lambda: tf.reduce_mean((curve.forward(doses) - effects) ** 2), steps=2000)
show(curve, "low", "high", "half", "slope")
