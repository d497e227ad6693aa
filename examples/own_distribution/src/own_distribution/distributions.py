"""A distribution that TFP lacks."""

from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow_probability.python.internal import dtype_util, samplers, tensor_util

__all__ = ["AsymmetricLaplace"]


class AsymmetricLaplace(tfp.distributions.Distribution):
    """The Laplace distribution with tails of two lengths (Kozubowski and Podgorski 2000).

    Away from `loc`, the density falls by the factor e over `scale / asymmetry` above it, and
    over `scale * asymmetry` below it.
    """

    def __init__(
        self,
        loc,
        scale,
        asymmetry,
        validate_args=False,
        allow_nan_stats=True,
        name="AsymmetricLaplace",
    ):
        parameters = dict(locals())
        with tf.name_scope(name) as name:
            dtype = dtype_util.common_dtype([loc, scale, asymmetry], dtype_hint=tf.float32)
            self._loc: Any = tensor_util.convert_nonref_to_tensor(loc, dtype, name="loc")
            self._scale: Any = tensor_util.convert_nonref_to_tensor(scale, dtype, name="scale")
            self._asymmetry: Any = tensor_util.convert_nonref_to_tensor(
                asymmetry, dtype, name="asymmetry"
            )
            super().__init__(
                dtype=dtype,
                reparameterization_type=tfp.distributions.FULLY_REPARAMETERIZED,
                validate_args=validate_args,
                allow_nan_stats=allow_nan_stats,
                parameters=parameters,
                name=name,
            )

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        def positive():
            return tfp.bijectors.Softplus(low=dtype_util.eps(dtype))

        return {
            "loc": tfp.util.ParameterProperties(),
            "scale": tfp.util.ParameterProperties(default_constraining_bijector_fn=positive),
            "asymmetry": tfp.util.ParameterProperties(default_constraining_bijector_fn=positive),
        }

    @property
    def loc(self):
        return self._loc

    @property
    def scale(self):
        return self._scale

    @property
    def asymmetry(self):
        return self._asymmetry

    def _event_shape(self):
        return tf.TensorShape([])

    def _event_shape_tensor(self):
        return tf.constant([], dtype=tf.int32)

    def _sample_n(self, n, seed=None):
        loc, scale, asymmetry = self._values()
        shape = tf.concat([[2, n], self.batch_shape_tensor()], axis=0)
        # The difference of two exponential draws, of rates `asymmetry` and `1 / asymmetry`.
        uniform = samplers.uniform(shape, dtype=self.dtype, seed=seed)
        above, below = tf.unstack(-tf.math.log1p(-uniform))
        return loc + scale * (above / asymmetry - below * asymmetry)

    def _log_prob(self, x):
        loc, scale, asymmetry = self._values()
        z = (x - loc) / scale
        distance = tf.where(z < 0, -z / asymmetry, z * asymmetry)
        return -distance - tf.math.log(scale * (asymmetry + 1 / asymmetry))

    def _cdf(self, x):
        loc, scale, asymmetry = self._values()
        z = (x - loc) / scale
        below = asymmetry**2 / (1 + asymmetry**2)
        # Each exponential is only used where its argument is negative.
        lower = below * tf.exp(tf.minimum(z, 0) / asymmetry)
        upper = 1 - (1 - below) * tf.exp(-tf.maximum(z, 0) * asymmetry)
        return tf.where(z < 0, lower, upper)

    def _mean(self):
        loc, scale, asymmetry = self._values()
        return loc + scale * (1 / asymmetry - asymmetry)

    def _variance(self):
        _, scale, asymmetry = self._values()
        variance = scale**2 * (1 / asymmetry**2 + asymmetry**2)
        return tf.broadcast_to(variance, self.batch_shape_tensor())

    def _values(self):
        return tuple(map(tf.convert_to_tensor, (self._loc, self._scale, self._asymmetry)))
