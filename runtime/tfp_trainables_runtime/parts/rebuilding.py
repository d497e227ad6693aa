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
    "computes_as_its_base",
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
    return cls in _REBUILDABLE or _is_generated(cls) or place_of(cls) is not None


@functools.lru_cache(maxsize=4096)
def computes_as_its_base(cls: type[AnyStructure]) -> bool:
    """Tells whether a subclass of a trainable, such as a user's, computes what that does.

    It does if it overrides nothing. TFP looks for some hooks by name, such as `_log_cdf`: so
    what begins with an underscore counts although the trainable has none like it.
    """
    trainable = next((it for it in cls.__mro__ if _is_generated(it)), None)
    if trainable is None:
        return False
    known = trainable.__mro__
    return not any(
        (name.startswith("_") or hasattr(trainable, name))
        and not any(_code_of(value) is _code_of(vars(base).get(name, base)) for base in known)
        for other in cls.__mro__
        if other not in known
        for name, value in vars(other).items()
        if name not in _OF_EVERY_CLASS
    )


def _is_generated(cls: type[AnyStructure]) -> bool:
    return getattr(cls, "_tfp_class", None) in cls.__bases__


def _code_of(value: AnyStructure) -> AnyStructure:
    """Returns what a function does, for TFP gives a class copies of some of its base's."""
    return getattr(value, "__code__", value)


_OF_EVERY_CLASS = frozenset(
    {
        *("__module__", "__qualname__", "__doc__", "__dict__", "__weakref__", "__orig_bases__"),
        *("__annotations__", "__annotate__", "__annotate_func__", "__annotations_cache__"),
        *("__firstlineno__", "__static_attributes__", "__parameters__", "__abstractmethods__"),
        *("_abc_impl", "_type_spec", "_convert_variables_to_tensors"),
    }
)
"""What Python, and TFP's metaclasses, give to each class, whoever has written it."""


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
