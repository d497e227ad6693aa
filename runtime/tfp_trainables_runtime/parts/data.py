"""A tree as plain data, which names none of our classes: what outlives them in a file."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable

from tfp_trainables_runtime.errors import mismatch
from tfp_trainables_runtime.parts.rebuilding import place_of
from tfp_trainables_runtime.parts.tree import Again, Constant, Input, Items, Kept, Made, Node, Read
from tfp_trainables_runtime.typing import AnyStructure

__all__ = ["data_of", "tree_of"]


def data_of(node: Node, kept: Callable[[AnyStructure], AnyStructure]) -> tuple[AnyStructure, ...]:
    """Returns a tree as nested tuples.

    Args:
      node: the tree.
      kept: what stands for a part that stays as it is.
    """
    match node:
        case Input(index=index):
            return ("input", index)
        case Constant(value=value):
            return ("constant", value)
        case Kept(value=value):
            return ("kept", kept(value))
        case Again(index=index):
            return ("again", index)
        case Items(cls=cls, keys=keys, parts=parts):
            return ("items", cls, keys, *(data_of(part, kept) for part in parts))
        case Read():
            function, argument = data_of(node.function, kept), data_of(node.argument, kept)
            return ("read", node.made_by, node.options, function, argument)
        case Made():
            own = tuple((name, data_of(part, kept)) for name, part in node.own)
            parts = tuple(data_of(part, kept) for part in node.parts)
            arguments = tuple(zip(node.names, parts, strict=True))
            return ("made", _placed(node.made_by), node.name, arguments, own, node.record)


def tree_of(data: AnyStructure) -> Node:
    """Returns the tree that `data_of` has told of, for `as_it_was`."""
    match data:
        case ("input", index):
            return Input(index, None)
        case ("constant", value):
            return Constant(None, value)
        case ("kept", value):
            return Kept(id(value), value)
        case ("again", index):
            return Again(index)
        case ("items", cls, keys, *parts):
            return Items(cls, keys, tuple(map(tree_of, parts)))
        case ("read", made_by, options, function, argument):
            return Read(tree_of(function), tree_of(argument), made_by, options)
        case ("made", place, name, arguments, own, record):
            made_by = _found(place)
            cls = getattr(made_by, "_tfp_class", made_by)
            names = tuple(key for key, _ in arguments)
            parts = tuple(tree_of(part) for _, part in arguments)
            variables = tuple((key, tree_of(part)) for key, part in own)
            return Made(cls, names, parts, None, name, made_by, variables, record)
        case _:
            raise ValueError(mismatch("a tree", "a node of a kind that is known", repr(data[0])))


def _placed(cls: type[AnyStructure]) -> type[AnyStructure] | tuple[str, str]:
    """Returns a class, or where it is found if that is not where it says."""
    if getattr(sys.modules.get(cls.__module__), cls.__qualname__, None) is cls:
        return cls
    place = place_of(cls)
    return cls if place is None else place


def _found(place: type[AnyStructure] | tuple[str, str]) -> AnyStructure:
    if not isinstance(place, tuple):
        return place
    module, name = place
    return getattr(importlib.import_module(module), name)
