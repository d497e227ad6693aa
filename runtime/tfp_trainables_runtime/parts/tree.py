"""Trees: what an object is made of, but for its leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from tfp_trainables_runtime.typing import AnyStructure

__all__ = [
    "Again",
    "Constant",
    "Input",
    "Items",
    "Kept",
    "Made",
    "Node",
    "Read",
    "nodes_of",
]


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
class Kept:
    """A part that stays as it is, such as a network or a function of the user's."""

    identity: int
    value: AnyStructure = field(compare=False)


@dataclass(frozen=True)
class Again:
    """An object that has occurred before; they are counted in the order of completion."""

    index: int


@dataclass(frozen=True)
class Items:
    """A list, tuple or dict."""

    cls: type[AnyStructure]
    keys: tuple[AnyStructure, ...] | None
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Read:
    """A function of a tensor or variable, such as a constraining bijector.

    Attributes:
      function: what is called.
      argument: what it is called with.
      made_by: the class of the deferred tensor.
      options: further arguments of that class.
    """

    function: Node
    argument: Node
    made_by: type[AnyStructure] = field(compare=False)
    options: tuple[tuple[str, AnyStructure], ...] = field(compare=False)


@dataclass(frozen=True)
class Made:
    """What a class of TFP or TensorFlow makes of named arguments.

    Attributes:
      cls: the class; of a trainable, its TFP class.
      names: the arguments that it is made of, but for `name`.
      parts: their nodes.
      selected_by: its name, where the object that holds it passes keyword arguments on by the
        names of its parts; else `None`, for there a name changes nothing.
      name: the argument `name`; `None` if there was none.
      made_by: the class itself.
      own: the variables that a trainable has created, by parameter.
      record: how it has created them.
    """

    cls: type[AnyStructure]
    names: tuple[str, ...]
    parts: tuple[Node, ...]
    selected_by: str | None
    name: str | None = field(compare=False)
    made_by: type[AnyStructure] = field(compare=False)
    own: tuple[tuple[str, Node], ...] = field(compare=False)
    record: AnyStructure = field(compare=False)


Node: TypeAlias = Input | Constant | Kept | Again | Items | Read | Made


def nodes_of(tree: Node) -> Iterator[Node]:
    """Yields a tree's nodes, each before those below it."""
    yield tree
    match tree:
        case Items(parts=parts) | Made(parts=parts):
            for part in parts:
                yield from nodes_of(part)
        case Read(function=function, argument=argument):
            yield from nodes_of(function)
            yield from nodes_of(argument)
        case _:
            pass
