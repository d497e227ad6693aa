"""Fits a flow, a normal distribution bent by a rational quadratic spline, to skewed samples."""

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
        {"bin_widths": 1.0, "bin_heights": 1.0, "knot_slopes": 1.0, "range_min": -4.0},
        num_bins=10,
    ),
)


def loss() -> tf.Tensor:
    return -tf.reduce_mean(model.log_prob(samples))


print(f"a normal distribution: {loss():.3f} nats")
tfp.math.minimize(loss, optimizer=tf_keras.optimizers.Adam(0.02), num_steps=300)
print(f"bent by a spline: {loss():.3f} nats")
print(f"the truth: {-tf.reduce_mean(truth.log_prob(samples)):.3f} nats")
