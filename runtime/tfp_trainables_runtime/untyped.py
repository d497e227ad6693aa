"""The parts of TensorFlow and TFP that have no types, under one roof.

Each is `Any` here by statement, so that nothing elsewhere is unknown by accident.
"""

# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false

from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow_probability.python import math as tfp_math
from tensorflow_probability.python import random as tfp_random

__all__ = [
    "TFP_VERSION",
    "fill_triangular",
    "fill_triangular_inverse",
    "ops",
    "sanitize_seed",
    "softplus_inverse",
    "split_seed",
    "untyped",
]

ops: Any = tf
"""TensorFlow, where its stubs say nothing or too little."""

fill_triangular: Any = tfp_math.fill_triangular
fill_triangular_inverse: Any = tfp_math.fill_triangular_inverse
sanitize_seed: Any = tfp_random.sanitize_seed
softplus_inverse: Any = tfp_math.softplus_inverse
split_seed: Any = tfp_random.split_seed
TFP_VERSION = str(tfp.__version__)


def untyped(value: object) -> Any:
    """Returns a value of which TFP defines more than its type says."""
    return value
