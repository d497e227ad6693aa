"""Prints what the TFP on Python's path says of its public classes, as JSON.

A program of its own, which knows nothing of the compiler, so that the reports of upgrades can
be held to what it finds. Values are numbers, names and texts without addresses.
"""

import inspect
import json
import re
import sys

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow.python.framework.composite_tensor import CompositeTensor
from tensorflow_probability.python.internal import samplers

NAMESPACES = {
    "tfp.distributions": (tfp.distributions, tfp.distributions.Distribution),
    "tfp.bijectors": (tfp.bijectors, tfp.bijectors.Bijector),
    "tfp.math.psd_kernels": (
        tfp.math.psd_kernels,
        tfp.math.psd_kernels.PositiveSemidefiniteKernel,
    ),
    "tfp.experimental.distributions": (
        tfp.experimental.distributions,
        tfp.distributions.Distribution,
    ),
    "tfp.experimental.bijectors": (tfp.experimental.bijectors, tfp.bijectors.Bijector),
}
CALLS = {
    "tfp.bijectors.Pad": {
        "inverse": lambda: tfp.bijectors.Pad([[1, 1]]).inverse(np.zeros(5)),
        "inverse_log_det_jacobian": (
            lambda: tfp.bijectors.Pad([[1, 1]]).inverse_log_det_jacobian(np.zeros(5), 1)
        ),
    },
    "tfp.distributions.FlatDirichlet": {
        "sample": lambda: tfp.distributions.FlatDirichlet([3]).sample(seed=(1, 2)),
        "experimental_sample_and_log_prob": (
            lambda: tfp.distributions.FlatDirichlet([3]).experimental_sample_and_log_prob(
                seed=(1, 2)
            )
        ),
    },
}
"""Methods that are implemented and fail all the same with some TFP: only a call tells.

A report that has a method fail, or no longer fail, needs it here.
"""

SHAPES = ((), (3,), (6,), (2, 3), (3, 3), (4, 2, 6))
SIZE = 5


def classes():
    for namespace, (module, base) in NAMESPACES.items():
        for name, value in inspect.getmembers(module, inspect.isclass):
            if not name.startswith("_") and issubclass(value, base):
                yield f"{namespace}.{name}", value, base


def text_of(value):
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


def signature(cls):
    """The arguments of the constructor, in their order."""
    parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
    return [
        {
            "name": parameter.name,
            "kind": parameter.kind.description,
            "default": None if parameter.default is parameter.empty else text_of(parameter.default),
        }
        for parameter in parameters
    ]


def outcome(function, *arguments):
    """What a function returns, if there is one, or the name of what it raises."""
    if function is None:
        return None
    try:
        return described(function(*arguments))
    except Exception as error:
        return f"raises {type(error).__name__}"


def ends(function):
    """How a call ends."""
    result = outcome(function)
    return result if isinstance(result, str) else "returns"


def described(value):
    if isinstance(value, tfp.bijectors.Bijector):
        arguments = {name: described(part) for name, part in sorted(value.parameters.items())}
        return {"class": type(value).__name__, "arguments": arguments}
    if isinstance(value, list | tuple | tf.TensorShape):
        return [described(part) for part in value]
    if isinstance(value, dict):
        return {str(key): described(part) for key, part in sorted(value.items())}
    if isinstance(value, tf.Tensor | tf.Variable | np.ndarray | np.generic):
        return np.asarray(value).tolist()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return getattr(value, "__qualname__", None) or text_of(value)


def sizes_of(cls):
    """What the properties can be asked with besides the dtype, such as `num_classes`."""
    return [
        name for name in inspect.signature(cls.parameter_properties).parameters if name != "dtype"
    ]


def properties(cls):
    """What the class says of its parameters; None if nothing."""
    by_dtype = {}
    for dtype in (tf.float32, tf.float64):
        sizes = dict.fromkeys(sizes_of(cls), SIZE)
        try:
            by_dtype[dtype.name] = cls.parameter_properties(dtype=dtype, **sizes)
        except NotImplementedError:
            return None
    return [
        {
            "name": name,
            "event_ndims": described(facts.event_ndims),
            "is_tensor": facts.is_tensor,
            "is_preferred": facts.is_preferred,
            "specifies_shape": facts.specifies_shape,
            "shapes": [outcome(facts.shape_fn, np.array(shape, np.int32)) for shape in SHAPES],
            "bijectors": {
                dtype: outcome(both[name].default_constraining_bijector_fn)
                for dtype, both in by_dtype.items()
            },
        }
        for name, facts in by_dtype["float32"].items()
    ]


def hooks(cls, base):
    """The names of the functions that TFP defines for the class, and not for all of its kind."""
    common = inspect.getmro(base)
    return sorted(
        {
            name
            for part in inspect.getmro(cls)
            if part not in common and part.__module__.startswith(tfp.__name__)
            for name, value in vars(part).items()
            if inspect.isfunction(getattr(value, "__func__", value)) and not name.startswith("__")
        }
    )


def surface():
    return {
        "version": tfp.__version__,
        "salted_seed": described(samplers.sanitize_seed((1, 2), salt="salt")),
        "classes": {
            name: {
                "module": cls.__module__,
                "composite": issubclass(cls, CompositeTensor),
                "signature": signature(cls),
                "sizes": sizes_of(cls),
                "properties": properties(cls),
                "hooks": hooks(cls, base),
                "calls": {method: ends(call) for method, call in CALLS.get(name, {}).items()},
            }
            for name, cls, base in classes()
        },
    }


if __name__ == "__main__":
    json.dump(surface(), sys.stdout, indent=1)
