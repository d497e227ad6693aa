"""Fits a joint distribution of two variables, the second of which depends on the first."""

import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras
from tfp_trainables.bijectors import TrainableChain, TrainableScale, TrainableShift
from tfp_trainables.distributions import TrainableNormal

tfd = tfp.distributions

truth = tfd.JointDistributionNamed(
    {"x": tfd.Normal(1.0, 0.5), "y": lambda x: tfd.Normal(2.0 * x - 1.0, 0.3)}
)
samples = truth.sample(2000, seed=(1, 2))

first = TrainableNormal(seed=(1, 2))
line = TrainableChain(bijectors=[TrainableShift(seed=(3, 4)), TrainableScale(seed=(5, 6))])
noise = TrainableNormal(loc=0.0, seed=(7, 8))
model = tfd.JointDistributionNamed(
    {"x": first, "y": lambda x: tfd.Normal(line.forward(x), noise.scale)}
)
# TFP finds the variables of distributions alone; those of the line it finds in an attribute.
model.line = line

tfp.math.minimize(
    lambda: -tf.reduce_mean(model.log_prob(samples)),
    optimizer=tf_keras.optimizers.Adam(0.1),
    num_steps=500,
    trainable_variables=model.trainable_variables,
)
intercept, slope = line.forward(0.0), line.forward(1.0) - line.forward(0.0)
print(f"x: mean {first.mean():.2f}, standard deviation {first.stddev():.2f}")
print(f"y: {slope:.2f} x {intercept:+.2f}, standard deviation {noise.stddev():.2f}")
