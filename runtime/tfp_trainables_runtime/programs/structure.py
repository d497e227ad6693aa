"""What a program is compiled for: an object without the values of its variables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import tensorflow as tf

from tfp_trainables_runtime.parts.hiding import is_whole
from tfp_trainables_runtime.parts.rebuilding import (
    WITH_PARAMETERS,
    computes_as_its_base,
    is_rebuildable,
)
from tfp_trainables_runtime.parts.taking import Leaf, take_apart
from tfp_trainables_runtime.parts.tree import Kept, Node
from tfp_trainables_runtime.typing import AnyStructure
from tfp_trainables_runtime.untyped import untyped

__all__ = ["Structure"]


@dataclass(frozen=True)
class Structure:
    """An object, taken apart for its programs.

    Attributes:
      tree: equal for objects that share their programs.
      leaves: the variables and tensors of this object.
      is_its_own: whether a program has to hold on to parts of this very object.
      validates: whether some part checks its arguments or statistics.
    """

    tree: Node
    leaves: tuple[Leaf, ...]
    is_its_own: bool
    validates: bool

    @classmethod
    def of(cls, owner: AnyStructure) -> Structure:
        """Takes an object apart, if that gives all that it holds."""
        parts = take_apart(owner, keeps=_stays)
        if not is_whole(owner, parts):
            return cls.opaque(owner)
        validates = any(map(_validates, parts.objects)) or _hold_assertions(parts.kept)
        return cls(parts.tree, parts.leaves, bool(parts.kept), validates)

    @classmethod
    def opaque(cls, value: AnyStructure) -> Structure:
        """Leaves an object as it is."""
        return cls(Kept(id(value), value), (), True, _hold_assertions([value]))


def _stays(part: AnyStructure) -> bool:
    return not (is_rebuildable(part) or computes_as_its_base(part.__class__))


def _validates(value: AnyStructure) -> bool:
    """Tells whether an object asserts something, which XLA would not."""
    # A user's own bijector need not have told any parameters; some of TFP's distributions do not
    # keep as an attribute what they were told.
    told: AnyStructure = getattr(value, "parameters", None) or {}
    checks = ("validate_args", "validate_event_size")
    validates = any(getattr(value, check, False) or told.get(check) for check in checks)
    return validates or getattr(value, "allow_nan_stats", None) is False


def _hold_assertions(parts: Sequence[AnyStructure]) -> bool:
    """Tells whether a kept part, or anything in it, asserts something."""
    modules = [part for part in parts if isinstance(part, tf.Module)]
    held = [it for part in modules for it in (part, *untyped(part).submodules)]
    return any(_validates(it) for it in held if isinstance(it, WITH_PARAMETERS))
