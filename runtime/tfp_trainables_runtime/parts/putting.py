"""Puts together what was taken apart."""

from __future__ import annotations

import enum
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TypeAlias

from tensorflow_probability.python.util.deferred_tensor import (
    DeferredTensor,
    TransformedVariable,
)

from tfp_trainables_runtime.parts.tree import Again, Constant, Input, Items, Kept, Made, Node, Read
from tfp_trainables_runtime.private import rebuilding, set_name
from tfp_trainables_runtime.typing import AnyCallable, AnyStructure
from tfp_trainables_runtime.untyped import untyped

__all__ = ["Classes", "Putting", "Reads", "as_it_was", "plain", "put_together"]

Classes: TypeAlias = Callable[[Made], AnyCallable]
"""What stands in the place of a class."""


def plain(node: Made) -> AnyCallable:
    """TFP's own class in the place of a trainable."""
    return node.cls


def as_it_was(node: Made) -> AnyCallable:
    """Each class stays what it was."""
    return node.made_by


class Reads(enum.Enum):
    """When a constraint over a variable is read."""

    NOW = enum.auto()
    """Its value stands in its place: inside of a program."""
    LATER = enum.auto()
    """It is read whenever it is used: where the variable may change."""


def put_together(
    tree: Node,
    leaves: Sequence[AnyStructure],
    *,
    classes: Classes = plain,
    reads: Reads = Reads.NOW,
) -> AnyStructure:
    """Puts together what was taken apart.

    Args:
      tree: that of some parts.
      leaves: a variable or tensor in the place of each leaf.
      classes: what stands in the place of a class; `as_it_was` also keeps the names.
      reads: when constraints are read.
    """
    return Putting(leaves, classes, reads).together(tree)


class Putting:
    """Puts one tree together.

    Attributes:
      completed: the objects made so far, in the order in which `take_apart` counts them.
    """

    def __init__(self, leaves: Sequence[AnyStructure], classes: Classes, reads: Reads) -> None:
        self._leaves = leaves
        self._classes = classes
        self._reads = reads
        self.completed: list[AnyStructure] = []

    def together(self, node: Node) -> AnyStructure:
        """Returns what a node stands for."""
        match node:
            case Input(index=index):
                return self._leaves[index]
            case Constant(value=value) | Kept(value=value):
                return value
            case Again(index=index):
                return self.completed[index]
            case Items():
                return self._items(node)
            case Read():
                made = self._read(node)
            case Made():
                made = self._made(node)
        self.completed.append(made)
        return made

    def _items(self, node: Items) -> AnyStructure:
        values = [self.together(part) for part in node.parts]
        cls: AnyStructure = node.cls
        if node.keys is None:
            return cls._make(values) if hasattr(cls, "_make") else cls(values)
        items: AnyStructure = dict(zip(node.keys, values, strict=True))
        # A mapping of another kind may not be made of items.
        return untyped(OrderedDict)(items) if cls is OrderedDict else items

    def _read(self, node: Read) -> AnyStructure:
        function, argument = self.together(node.function), self.together(node.argument)
        if self._reads is Reads.NOW:
            return function(argument)
        made_by: AnyStructure = node.made_by
        options = dict(node.options)
        if issubclass(made_by, TransformedVariable):
            return made_by(None, function, pretransformed_input=argument, **options)
        # A subclass of the user's may take other arguments.
        takes_these = made_by.__init__ is untyped(DeferredTensor).__init__
        made_by = made_by if takes_these else DeferredTensor
        return made_by(argument, function, **options)

    def _made(self, node: Made) -> AnyStructure:
        arguments = dict(zip(node.names, map(self.together, node.parts), strict=True))
        stays = self._classes is as_it_was
        if node.name is not None and (stays or node.selected_by is not None):
            arguments["name"] = node.name
        if stays and node.record is not None:
            own = {name: self.together(part) for name, part in node.own}
            made = untyped(node.made_by)._put_together(arguments, own, node.record)
        else:
            with rebuilding():
                made = self._classes(node)(**arguments)
        if node.selected_by is not None:
            set_name(made, node.selected_by)
        return made
