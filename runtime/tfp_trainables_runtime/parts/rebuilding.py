"""Which objects can be made again of their `parameters`."""

from __future__ import annotations

import functools
import sys

from tensorflow.python.ops.linalg.linear_operator import LinearOperator
from tensorflow_probability.python.bijectors.bijector import Bijector
from tensorflow_probability.python.bijectors.composition import Composition
from tensorflow_probability.python.distributions.distribution import Distribution
from tensorflow_probability.python.distributions.joint_distribution import JointDistribution
from tensorflow_probability.python.math.psd_kernels.positive_semidefinite_kernel import (
    PositiveSemidefiniteKernel,
)

from tfp_trainables_runtime.typing import AnyStructure

__all__ = [
    "WITH_PARAMETERS",
    "is_function_of_tensorflow",
    "is_rebuildable",
    "place_of",
    "rebuildable",
    "selects_by_name",
]

WITH_PARAMETERS = (Distribution, Bijector, LinearOperator, PositiveSemidefiniteKernel)
"""What keeps its constructor's arguments, as `parameters`."""

_TENSORFLOW = ("tensorflow.", "tensorflow_probability.")
_REBUILDABLE: set[type[AnyStructure]] = set()


def rebuildable(cls: type[AnyStructure]) -> None:
    """Says of a class that is not TFP's that its `parameters` make an equal object.

    That is what TFP asks of every class. Of classes that nobody has compiled it is not
    taken for granted: their objects are parts of a program as they are.

    Args:
      cls: a class of distributions, bijectors or kernels.
    """
    _REBUILDABLE.add(cls)


def is_rebuildable(value: AnyStructure) -> bool:
    """Tells whether a class makes an equal object of an object's `parameters`.

    TFP's own classes and ours do, and so do those that we have compiled. A subclass of the
    user's may not.
    """
    if not isinstance(value, WITH_PARAMETERS):
        return False
    cls: AnyStructure = type(value)
    is_compiled = cls in _REBUILDABLE or getattr(cls, "_tfp_class", None) in cls.__bases__
    return is_compiled or place_of(cls) is not None


@functools.lru_cache(maxsize=4096)
def place_of(cls: type[AnyStructure]) -> tuple[str, str] | None:
    """Returns the module of TensorFlow, TFP or ours that a class is in, and its name there."""
    for base in cls.__mro__:  # A class that a factory has made is found beside its base.
        module = base.__module__
        if (
            module.startswith((*_TENSORFLOW, "tfp_trainables_runtime."))
            and getattr(sys.modules[module], cls.__name__, None) is cls
        ):
            return module, cls.__name__
    return None


def selects_by_name(value: AnyStructure) -> bool:
    """Tells whether an object passes keyword arguments on to its parts by their names."""
    return isinstance(value, (Composition, JointDistribution))


def is_function_of_tensorflow(value: AnyStructure) -> bool:
    """Tells whether a function computes the same for whoever refers to it.

    One of the user's may refer to a network of his, by a global name or in a closure.
    """
    module = getattr(value, "__module__", None) or ""
    name = getattr(value, "__name__", "")
    is_found_there = getattr(sys.modules.get(module), name, None) is value
    return is_found_there and module.startswith(_TENSORFLOW)
