"""Fits a flow, a normal distribution bent by a rational quadratic spline, to skewed samples."""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras
from tfp_trainables.bijectors import TrainableRationalQuadraticSpline
from tfp_trainables.distributions import TrainableNormal, TrainableTransformedDistribution

truth = tfp.distributions.Gumbel(0.0, 1.0)
samples = truth.sample(2000, seed=(1, 2))

model = TrainableTransformedDistribution(
    distribution=TrainableNormal.from_samples(samples),
    bijector=TrainableRationalQuadraticSpline(
        {"bin_widths": 3.0, "bin_heights": 3.0, "knot_slopes": 1.0, "range_min": -4.0},
        num_bins=4,
    ),
)
x = tf.linspace(-4.0, 9.0, 500)
normal = model.prob(x)  # With bins as wide as high, the spline starts as the identity.


def loss() -> tf.Tensor:
    return -tf.reduce_mean(model.log_prob(samples))


print(f"a normal distribution: {loss():.3f} nats")
tfp.math.minimize(loss, optimizer=tf_keras.optimizers.Adam(0.02), num_steps=300)
print(f"bent by a spline: {loss():.3f} nats")
print(f"the truth: {-tf.reduce_mean(truth.log_prob(samples)):.3f} nats")

figure, axes = plt.subplots(figsize=(6, 3.5), layout="constrained")
axes.hist(samples, bins=80, density=True, color="0.85", label="samples")
axes.plot(x, normal, "--", color="C1", label="normal distribution")
axes.plot(x, model.prob(x), color="C0", label="bent by a spline")
axes.set(xlabel="x", ylabel="density", xlim=(-4, 9))
axes.legend(frameon=False)
figure.savefig(sys.argv[1] if sys.argv[1:] else Path(__file__).with_suffix(".png"))
