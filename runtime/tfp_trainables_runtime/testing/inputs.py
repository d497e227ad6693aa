"""What to ask of a class, and with which numbers: for tests, and for the compiler's probe."""

from __future__ import annotations

import numpy as np

from tfp_trainables_runtime.calls.ahead import DRAWS, OF_A_VALUE, STATISTICS
from tfp_trainables_runtime.typing import AnyStructure
from tfp_trainables_runtime.untyped import untyped

__all__ = ["DRAWS", "OF_A_VALUE", "STATISTICS", "plain_input"]

_np = untyped(np)


def plain_input(
    batch_and_event_shape: tuple[int, ...], dtype: type, *, of_kernel: bool
) -> AnyStructure:
    """Returns numbers that most bijectors take, or examples of one feature dimension."""
    shape = batch_and_event_shape or (3,)
    if of_kernel:
        shape = (4, *(batch_and_event_shape[-1:] or (1,)))
    return _np.linspace(0.1, 0.7, int(np.prod(shape)), dtype=dtype).reshape(shape)
