"""Takes TFP objects apart that cannot be pickled or deep-copied as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tensorflow_probability.python.distributions.distribution import Distribution

from tfp_trainables_runtime.typing import AnyStructure
from tfp_trainables_runtime.untyped import ops

__all__ = ["Packing"]


@dataclass(frozen=True)
class _Packed:
    """A distribution, taken apart."""

    cls: Callable[..., AnyStructure]
    parameters: Mapping[str, AnyStructure]


class Packing:
    """Packs or unpacks the parts of one object; a part that is there twice stays one part."""

    def __init__(self) -> None:
        self._done: dict[int, tuple[AnyStructure, AnyStructure]] = {}

    def pack(self, value: AnyStructure) -> AnyStructure:
        """Returns a structure in which each distribution that resists pickling is packed.

        Those are the ones whose class has a `__new__` that looks at arguments, which
        neither pickle nor copy have any of.
        """
        return ops.nest.map_structure(self._pack, value)

    def unpack(self, value: AnyStructure) -> AnyStructure:
        """Returns the structure that was packed."""
        return ops.nest.map_structure(self._unpack, value)

    def _pack(self, leaf: AnyStructure) -> AnyStructure:
        if not _resists(leaf):
            return leaf
        if id(leaf) not in self._done:
            parameters = {key: self.pack(value) for key, value in leaf.parameters.items()}
            packed = _Packed(leaf.__class__, parameters)
            self._done[id(leaf)] = (leaf, packed)
        return self._done[id(leaf)][1]

    def _unpack(self, leaf: AnyStructure) -> AnyStructure:
        if not isinstance(leaf, _Packed):
            return leaf
        if id(leaf) not in self._done:
            parameters = {key: self.unpack(value) for key, value in leaf.parameters.items()}
            self._done[id(leaf)] = (leaf, leaf.cls(**parameters))
        return self._done[id(leaf)][1]


def _resists(leaf: AnyStructure) -> bool:
    if not isinstance(leaf, Distribution) or hasattr(leaf, "_tfp_class"):  # A trainable.
        return False
    cls: AnyStructure = leaf.__class__
    return cls.__new__ is not object.__new__
