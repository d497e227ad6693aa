"""Classes of a user's own, each with something that another lacks."""

import numpy as np
import pydantic
import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow_probability.python.internal import tensor_util
from tensorflow_probability.python.internal.parameter_properties import BatchedComponentProperties

tfb = tfp.bijectors
tfd = tfp.distributions
Properties = tfp.util.ParameterProperties

DEFAULT = object()
Sizes = pydantic.RootModel[list[int]]  # Classes, on some Pythons, and no distributions.
Shape = tuple[int, ...]


def eps(dtype):
    return np.finfo(tf.as_dtype(dtype).as_numpy_dtype).eps


class Base(tfd.Distribution):
    """What the distributions have in common; it is no model."""

    def __init__(self, parameters, dtype=tf.float32):
        tensors = {
            name: tensor_util.convert_nonref_to_tensor(value)
            for name, value in parameters.items()
            if name in self._params_event_ndims() and value is not None
        }
        self._tensors = tensors
        super().__init__(
            dtype=next((part.dtype for part in tensors.values()), dtype),
            reparameterization_type=tfd.NOT_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            parameters=parameters,
            name=parameters["name"],
        )

    def _event_shape(self):
        return tf.TensorShape([])

    def value(self, name):
        return tf.convert_to_tensor(self._tensors[name])


def arguments(values):
    return {name: value for name, value in values.items() if name not in ("self", "__class__")}


class Interval(Base):
    """Uniform between bounds of which no annotation says that one is above the other."""

    def __init__(self, low, high, name="Interval"):
        super().__init__(arguments(locals()))

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {"low": Properties(), "high": Properties()}

    def _log_prob(self, x):
        return -tf.math.log(self.value("high") - self.value("low")) + 0 * x

    def _sample_n(self, n, seed=None):
        low, high = self.value("low"), self.value("high")
        shape = tf.concat([[n], tf.shape(low)], axis=0)
        draw = tf.random.stateless_uniform(shape, tfp.random.sanitize_seed(seed), dtype=low.dtype)
        return low + (high - low) * draw


class Cutpoints(Base):
    """With a shape that takes a size, and with a default that is no literal."""

    def __init__(self, cutpoints, marker=DEFAULT, limit=np.inf, name="Cutpoints"):
        super().__init__(arguments(locals()))

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {
            "cutpoints": Properties(
                event_ndims=1,
                shape_fn=lambda shape: [*shape, num_classes - 1],
                default_constraining_bijector_fn=tfb.Ascending,
            )
        }

    def _mean(self):
        return tf.reduce_mean(self.value("cutpoints"), axis=-1)


class PowerLaw(Base):
    """With arguments of names that generated constructors and the compiler use themselves."""

    def __init__(self, shape, dtype, name="PowerLaw"):
        super().__init__(arguments(locals()), dtype)

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {
            "shape": Properties(
                default_constraining_bijector_fn=lambda: tfb.Softplus(low=eps(dtype))
            )
        }

    def _log_prob(self, x):
        shape = self.value("shape")
        return tf.math.log(shape) - (shape + 1) * tf.math.log(1 + x)


class Shifted(Base):
    """With a part, with a count that is not to be trained, and with a method that fails."""

    def __init__(self, distribution, shift, count=1.0, name="Shifted"):
        self._part = distribution
        super().__init__(arguments(locals()))

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {
            "distribution": BatchedComponentProperties(),
            "shift": Properties(),
            "count": Properties(),
        }

    def _log_prob(self, x):
        return self._part.log_prob(x - self.value("shift") * self.value("count"))

    def _entropy(self):
        return self.value("shift") + "by mistake"


class Coin(Base):
    """With two parameterizations."""

    def __init__(self, logits=None, probs=None, name="Coin"):
        super().__init__(arguments(locals()))

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {
            "logits": Properties(),
            "probs": Properties(default_constraining_bijector_fn=tfb.Sigmoid, is_preferred=False),
        }

    def _mean(self):
        if "probs" in self._tensors:
            return self.value("probs")
        return tf.math.sigmoid(self.value("logits"))


class Single(tfb.Bijector):
    """Of single precision alone, and with an alternative that nothing is said of."""

    def __init__(self, shift, log_shift=None, name="single"):
        self._shift = tf.convert_to_tensor(shift) + tf.constant(0.0, tf.float32)
        super().__init__(forward_min_event_ndims=0, parameters=arguments(locals()), name=name)

    @classmethod
    def _parameter_properties(cls, dtype):
        return {"shift": Properties(), "log_shift": Properties(is_preferred=False)}

    def _forward(self, x):
        return x + self.parameters["shift"]


class Cube(tfb.Bijector):
    """A bijector without parameters, which also serves as a constraint."""

    def __init__(self, name="cube"):
        super().__init__(forward_min_event_ndims=0, parameters=arguments(locals()), name=name)

    @classmethod
    def _parameter_properties(cls, dtype):
        return {}

    def _forward(self, x):
        return x**3

    def _inverse(self, y):
        return tf.sign(y) * tf.abs(y) ** (1 / 3)

    def _forward_log_det_jacobian(self, x):
        return tf.math.log(3 * x**2)


class Linear(tfb.Bijector):
    """A bijector with a matrix, whose shape the settings state."""

    def __init__(self, scale_tril, offset, name="linear"):
        self._scale_tril = tensor_util.convert_nonref_to_tensor(scale_tril)
        self._offset = tensor_util.convert_nonref_to_tensor(offset)
        super().__init__(
            dtype=self._scale_tril.dtype,
            forward_min_event_ndims=1,
            parameters=arguments(locals()),
            name=name,
        )

    @classmethod
    def _parameter_properties(cls, dtype):
        def missing(_):
            raise NotImplementedError

        return {
            "scale_tril": Properties(
                event_ndims=2,
                shape_fn=missing,
                default_constraining_bijector_fn=lambda: tfb.FillScaleTriL(diag_shift=eps(dtype)),
            ),
            "offset": Properties(event_ndims=1),
        }

    def _forward(self, x):
        return tf.linalg.matvec(self._scale_tril, x) + self._offset

    def _forward_log_det_jacobian(self, x):
        return tf.reduce_sum(tf.math.log(tf.linalg.diag_part(self._scale_tril)), axis=-1)


class Product(tfp.math.psd_kernels.PositiveSemidefiniteKernel):
    """A kernel of one feature."""

    def __init__(self, amplitude, feature_ndims=1, name="Product"):
        self._amplitude = tensor_util.convert_nonref_to_tensor(amplitude)
        super().__init__(
            feature_ndims,
            dtype=self._amplitude.dtype,
            name=name,
            parameters=arguments(locals()),
        )

    @classmethod
    def _parameter_properties(cls, dtype):
        return {
            "amplitude": Properties(
                default_constraining_bijector_fn=lambda: tfb.Softplus(low=eps(dtype))
            )
        }

    def _apply(self, x1, x2, example_ndims=0):
        amplitude = tf.convert_to_tensor(self._amplitude)
        for _ in range(example_ndims):
            amplitude = amplitude[..., tf.newaxis]
        return amplitude * tf.reduce_sum(x1 * x2, axis=-1)
