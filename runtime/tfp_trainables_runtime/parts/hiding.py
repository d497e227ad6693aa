"""What an object holds that its arguments do not tell of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import tensorflow as tf
from tensorflow_probability.python.util.deferred_tensor import DeferredTensor

from tfp_trainables_runtime.parts.rebuilding import WITH_PARAMETERS
from tfp_trainables_runtime.parts.taking import Parts, take_apart
from tfp_trainables_runtime.parts.tree import Node
from tfp_trainables_runtime.private import variables_of
from tfp_trainables_runtime.typing import AnyStructure
from tfp_trainables_runtime.untyped import ops, untyped

__all__ = ["FoundVariables", "hidden", "hides", "is_whole"]


def hidden(owner: AnyStructure, known: Iterable[AnyStructure]) -> list[tf.Variable | tf.Module]:
    """Returns the variables and networks of an object beyond those that are known.

    Some constructors make networks or averages of their own, and a user may have set more
    as attributes. What is made again of the arguments alone would have others.

    Args:
      owner: a distribution, bijector or kernel.
      known: variables, and modules with all that they hold.
    """
    found: set[int] = set()
    for part in known:
        found.add(id(part))
        if isinstance(part, tf.Module):
            found.update(map(id, (*variables_of(part), *untyped(part).submodules)))
    held = (*variables_of(owner), *filter(_is_foreign, owner.submodules))
    return [part for part in held if id(part) not in found]


def is_whole(owner: AnyStructure, parts: Parts | None = None) -> bool:
    """Tells whether the arguments of an object, and of its parts, tell all that it holds.

    Args:
      owner: a distribution, bijector or kernel.
      parts: what `take_apart` has made of it.
    """
    parts = parts or take_apart(owner)
    if parts.kept:
        return not hidden(owner, (*parts.leaves, *parts.kept))
    if parts.tree in _WHOLE:
        return True
    if hidden(owner, parts.leaves):  # It may be an attribute that the user has set.
        return False
    _WHOLE.add(parts.tree)
    return True


_WHOLE: set[Node] = set()
"""The trees of objects that are whole: what one object of a structure holds, they all do."""


class FoundVariables:
    """The variables of an object, found once: TensorFlow's way through all attributes is long.

    Attributes:
      variables: those of the object, in a fixed order.
      trainable_variables: those of them that are trained.
    """

    def __init__(self, owner: AnyStructure, variables: Sequence[tf.Variable]) -> None:
        parts = take_apart(owner)
        self.variables = tuple(variables)
        self.trainable_variables = tuple(it for it in self.variables if it.trainable)
        objects = (part for part in parts.objects if hasattr(part, "__dict__"))
        self._attributes: list[dict[str, AnyStructure]] = [vars(part) for part in objects]
        self._sizes = [len(attributes) for attributes in self._attributes]
        # A network makes its variables when it is first called, and may be anybody's attribute.
        self._may_hold = not parts.kept and not hidden(owner, parts.leaves)

    @property
    def holds(self) -> bool:
        """Whether these are still all: nobody has set an attribute that may hold another."""
        sizes = [len(attributes) for attributes in self._attributes]
        return self._may_hold and sizes == self._sizes


def hides(owner: AnyStructure, arguments: AnyStructure) -> bool:
    """Tells whether an object holds variables or networks that none of its arguments does.

    Args:
      owner: a distribution, bijector or kernel.
      arguments: those of its constructor, as a nest.
    """
    return bool(hidden(owner, ops.nest.flatten(arguments)))


def _is_foreign(module: tf.Module) -> bool:
    """Tells whether a module has no parameters to make another from, such as a network."""
    return not isinstance(module, (*WITH_PARAMETERS, DeferredTensor))
