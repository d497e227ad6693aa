"""Protection from TFP's bijector cache, which knows nothing of variables."""

from __future__ import annotations

import numpy as np

from tfp_trainables_runtime.typing import AnyStructure
from tfp_trainables_runtime.untyped import ops

__all__ = ["uncached"]

_CONVERTED_ANEW: AnyStructure = (float, int, np.ndarray)
"""What becomes a new tensor at every call anyway."""


def uncached(value: AnyStructure) -> AnyStructure:
    """Returns an input that no bijector has seen before, equal to `value`.

    A bijector remembers its outputs by the identity of the input tensor. Once a variable
    has changed, what it remembers is wrong; inside of a gradient tape, what it computed
    outside has no gradient. A new tensor object is no copy of the data.

    Args:
      value: a tensor, something to convert to one, or a structure of either.
    """
    if isinstance(value, _CONVERTED_ANEW):
        return value
    return ops.nest.map_structure(_renewed, value)


def _renewed(part: AnyStructure) -> AnyStructure:
    return ops.identity(part) if ops.is_tensor(part) else part
