"""A bijector that TFP lacks, and whose parameters are bound to each other."""

from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow_probability.python.internal import dtype_util, tensor_util

__all__ = ["HillCurve"]


class HillCurve(tfp.bijectors.Bijector):
    """From a dose to its effect (Hill 1910): `low + (high - low) / (1 + (half / x)**slope)`.

    The effect grows from `low` to `high`, of which the dose `half` has half.
    """

    def __init__(self, low, high, half, slope, validate_args=False, name="hill_curve"):
        parameters = dict(locals())
        with tf.name_scope(name) as name:
            dtype = dtype_util.common_dtype([low, high, half, slope], dtype_hint=tf.float32)
            self._low: Any = tensor_util.convert_nonref_to_tensor(low, dtype, name="low")
            self._high: Any = tensor_util.convert_nonref_to_tensor(high, dtype, name="high")
            self._half: Any = tensor_util.convert_nonref_to_tensor(half, dtype, name="half")
            self._slope: Any = tensor_util.convert_nonref_to_tensor(slope, dtype, name="slope")
            super().__init__(
                dtype=dtype,
                forward_min_event_ndims=0,
                validate_args=validate_args,
                parameters=parameters,
                name=name,
            )

    @classmethod
    def _parameter_properties(cls, dtype):
        def positive():
            return tfp.bijectors.Softplus(low=dtype_util.eps(dtype))

        return {
            "low": tfp.util.ParameterProperties(),
            # No annotation can say that it is above `low`: pyproject.toml does.
            "high": tfp.util.ParameterProperties(),
            "half": tfp.util.ParameterProperties(default_constraining_bijector_fn=positive),
            "slope": tfp.util.ParameterProperties(default_constraining_bijector_fn=positive),
        }

    @property
    def low(self):
        return self._low

    @property
    def high(self):
        return self._high

    @property
    def half(self):
        return self._half

    @property
    def slope(self):
        return self._slope

    def _logit(self, x):
        return self._slope * (tf.math.log(x) - tf.math.log(self._half))

    def _forward(self, x):
        low = tf.convert_to_tensor(self._low)
        return low + (self._high - low) * tf.math.sigmoid(self._logit(x))

    def _inverse(self, y):
        logit = tf.math.log(y - self._low) - tf.math.log(self._high - y)
        return self._half * tf.exp(logit / self._slope)

    def _forward_log_det_jacobian(self, x):
        logit = self._logit(x)
        slope_of_sigmoid = tf.math.log_sigmoid(logit) + tf.math.log_sigmoid(-logit)
        gain = tf.math.log(self._high - self._low) + tf.math.log(self._slope)
        return gain + slope_of_sigmoid - tf.math.log(x)
