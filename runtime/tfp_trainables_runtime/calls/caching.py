"""Protection from TFP's bijector cache, which knows nothing of variables."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from tensorflow_probability.python.bijectors.bijector import Bijector

from tfp_trainables_runtime.private import CompositeTensor
from tfp_trainables_runtime.typing import AnyStructure
from tfp_trainables_runtime.untyped import ops, untyped

__all__ = ["can_go_stale", "renewed"]

_CONVERTED_ANEW: AnyStructure = (float, int, np.ndarray)
"""What becomes a new tensor at every call anyway."""


def can_go_stale(module: tf.Module) -> bool:
    """Tells whether what a module's bijectors remember may become wrong.

    A bijector remembers its outputs by the identity of the input tensor. Once a variable
    of the bijector has changed, what it remembers is wrong; inside of a gradient tape,
    what it computed outside has no gradient. A bijector without variables is always
    right, and its memory worth having: it inverts what it has drawn without an error.

    Args:
      module: a distribution, bijector or kernel.
    """
    parts = [module, *untyped(module).submodules]
    bijectors = [untyped(part) for part in parts if isinstance(part, Bijector)]
    # One that is no composite tensor may hold a network, whose weights come later.
    return any(part.variables or not isinstance(part, CompositeTensor) for part in bijectors)


def renewed(value: AnyStructure) -> AnyStructure:
    """Returns an input that no bijector has seen before, equal to `value`.

    A new tensor object is no copy of the data.

    Args:
      value: a tensor, something to convert to one, or a structure of either.
    """
    if isinstance(value, _CONVERTED_ANEW):
        return value
    return ops.nest.map_structure(_renewed_part, value)


def _renewed_part(part: AnyStructure) -> AnyStructure:
    return ops.identity(part) if ops.is_tensor(part) else part
