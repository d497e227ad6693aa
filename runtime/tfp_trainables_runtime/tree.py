"""Trees: what an object is made of, but for its leaves; and objects, made of a tree again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from tfp_trainables_runtime.typing import AnyStructure
from tfp_trainables_runtime.untyped import untyped

__all__ = [
    "Captured",
    "Collection",
    "Constant",
    "Deferred",
    "Input",
    "Node",
    "Object",
    "Repeated",
    "build",
]

Substitutes: TypeAlias = Mapping[Callable[..., AnyStructure], Callable[..., AnyStructure]]


@dataclass(frozen=True)
class Input:
    """A leaf: its place among the leaves, and its kind, dtype and shape."""

    index: int
    signature: AnyStructure


@dataclass(frozen=True)
class Constant:
    """A static argument; `token` says when two are the same."""

    token: AnyStructure
    value: AnyStructure = field(compare=False)


@dataclass(frozen=True)
class Captured:
    """A part that a program has to hold on to as it is, such as a network."""

    identity: int
    value: AnyStructure = field(compare=False)


@dataclass(frozen=True)
class Repeated:
    """An object that has occurred before; they are counted in the order of completion."""

    index: int


@dataclass(frozen=True)
class Collection:
    """A list, tuple or dict."""

    cls: type[AnyStructure]
    keys: tuple[AnyStructure, ...] | None
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Deferred:
    """A function of a variable, such as a constraining bijector."""

    function: Node
    argument: Node


@dataclass(frozen=True)
class Object:
    """What a class of TFP or TensorFlow makes of named arguments."""

    cls: type[AnyStructure]
    names: tuple[str, ...]
    parts: tuple[Node, ...]


Node: TypeAlias = Input | Constant | Captured | Repeated | Collection | Deferred | Object


def build(
    tree: Node, inputs: Sequence[AnyStructure], *, instead: Substitutes | None = None
) -> AnyStructure:
    """Puts together what was taken apart.

    Args:
      tree: that of a structure.
      inputs: a tensor in the place of each leaf.
      instead: what to call in the place of a class.
    """
    return _Builder(inputs, instead or {}).build(tree)


class _Builder:
    """Puts an object together from a tree."""

    def __init__(self, inputs: Sequence[AnyStructure], instead: Substitutes) -> None:
        self._inputs = inputs
        self._instead = instead
        self._completed: list[AnyStructure] = []

    def build(self, node: Node) -> AnyStructure:
        match node:
            case Input(index=index):
                return self._inputs[index]
            case Constant(value=value) | Captured(value=value):
                return value
            case Repeated(index=index):
                return self._completed[index]
            case Collection(cls=cls, keys=None, parts=parts):
                values = [self.build(part) for part in parts]
                return cls._make(values) if hasattr(cls, "_make") else cls(values)
            case Collection(cls=cls, keys=keys, parts=parts):
                items: AnyStructure = dict(zip(keys or (), map(self.build, parts), strict=True))
                # A mapping of another kind may not be made of items.
                return untyped(OrderedDict)(items) if cls is OrderedDict else items
            case Deferred(function=function, argument=argument):
                built = self.build(function)(self.build(argument))
            case Object(cls=cls, names=names, parts=parts):
                make = self._instead.get(cls, cls)
                built = make(**dict(zip(names, map(self.build, parts), strict=True)))
        self._completed.append(built)
        return built
