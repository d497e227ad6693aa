"""Fits a normal distribution to ten samples."""

import tensorflow_probability as tfp
import tf_keras
from tfp_trainables.distributions import TrainableNormal

samples = [4.57, 6.37, 5.93, 7.98, 2.03, 3.59, 8.55, 3.45, 5.06, 6.44]

model = TrainableNormal(seed=(1, 2))
losses = tfp.math.minimize(
    lambda: -model.log_prob(samples),
    optimizer=tf_keras.optimizers.Adam(0.1),
    num_steps=200,
)
print(f"mean {model.mean():.2f}, standard deviation {model.stddev():.2f}")
