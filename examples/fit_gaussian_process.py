"""Fits a Gaussian process to a noisy sine, and draws what it predicts."""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras
from tfp_trainables.distributions import TrainableGaussianProcess
from tfp_trainables.kernels import TrainableExponentiatedQuadratic

x = tf.sort(tf.random.stateless_uniform([40], (1, 2), 0.0, 10.0))
y = tf.sin(x) + 0.2 * tf.random.stateless_normal([40], (3, 4))

# The amplitude and the length scale of the kernel are trained with the noise.
model = TrainableGaussianProcess(
    kernel=TrainableExponentiatedQuadratic(seed=(5, 6)), index_points=x[:, None], seed=(7, 8)
)
tfp.math.minimize(
    lambda: -model.log_prob(y),
    optimizer=tf_keras.optimizers.Adam(0.05),
    num_steps=300,
)

points = tf.linspace(0.0, 12.0, 300)
prediction = model.posterior_predictive(
    observations=y, predictive_index_points=points[:, None], predictive_noise_variance=0.0
)
mean, deviation = prediction.mean(), prediction.stddev()
noise = tf.sqrt(model.observation_noise_variance)
error = tf.reduce_mean(tf.abs(mean - tf.sin(points))[points < x[-1]])
print(f"noise {noise:.2f}, mean error {error:.2f}")

figure, axes = plt.subplots(figsize=(6, 3.5), layout="constrained")
axes.fill_between(
    points,
    mean - 2 * deviation,
    mean + 2 * deviation,
    color="C0",
    alpha=0.2,
    linewidth=0,
    label="two standard deviations",
)
axes.plot(points, mean, color="C0", label="posterior mean")
axes.plot(points, tf.sin(points), ":", color="k", linewidth=1, label="truth")
axes.plot(x, y, ".", color="k", label="data")
axes.set(xlabel="x", ylabel="y", xlim=(0, 12), ylim=(-2.5, 2.5))
axes.legend(frameon=False, ncols=2, loc="upper right", fontsize="small")
figure.savefig(sys.argv[1] if sys.argv[1:] else Path(__file__).with_suffix(".png"))
