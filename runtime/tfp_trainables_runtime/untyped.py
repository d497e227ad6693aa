"""The parts of TensorFlow and TFP that have no types, under one roof.

Each is `Any` here by statement, so that nothing elsewhere is unknown by accident.
"""

# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false

from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow.python.ops import resource_variable_ops
from tensorflow_probability.python import math as tfp_math
from tensorflow_probability.python import random as tfp_random
from tensorflow_probability.python.internal import (
    implementation_selection,
    nest_util,
    samplers,
    structural_tuple,
)

__all__ = [
    "TFP_VERSION",
    "ResourceVariable",
    "convert_to_nested_tensor",
    "fill_triangular",
    "fill_triangular_inverse",
    "fold_in",
    "is_xla",
    "ops",
    "sanitize_seed",
    "softplus_inverse",
    "split_seed",
    "structtuple",
    "untyped",
]

ops: Any = tf
"""TensorFlow, where its stubs say nothing or too little."""

ResourceVariable: Any = resource_variable_ops.BaseResourceVariable
convert_to_nested_tensor: Any = nest_util.convert_to_nested_tensor
fill_triangular: Any = tfp_math.fill_triangular
fill_triangular_inverse: Any = tfp_math.fill_triangular_inverse
fold_in: Any = samplers.fold_in
is_xla: Any = implementation_selection.is_xla
sanitize_seed: Any = tfp_random.sanitize_seed
softplus_inverse: Any = tfp_math.softplus_inverse
split_seed: Any = tfp_random.split_seed
structtuple: Any = structural_tuple.structtuple
TFP_VERSION = str(tfp.__version__)


def untyped(value: object) -> Any:
    """Returns a value of which TFP defines more than its type says."""
    return value
