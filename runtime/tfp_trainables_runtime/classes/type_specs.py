"""What TensorFlow takes a trainable apart by, where TFP's own way is not there or not right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import tensorflow as tf

from tfp_trainables_runtime.parts.hiding import is_whole
from tfp_trainables_runtime.parts.putting import Reads, as_it_was, put_together
from tfp_trainables_runtime.parts.taking import Leaf, take_apart
from tfp_trainables_runtime.parts.tree import Kept, Node
from tfp_trainables_runtime.private import trace_type_of, type_spec_of, variables_of
from tfp_trainables_runtime.typing import AnyStructure
from tfp_trainables_runtime.untyped import ops

__all__ = ["PartsSpec"]


class PartsSpec(ops.TypeSpec):  # pyright: ignore[reportUntypedBaseClass]
    """The type of objects with equal trees; their components are their leaves.

    TFP's type specs are made of the attributes of an object. A few attributes are not what
    the constructor was given; a `Chain` of bijectors that TensorFlow does not take apart has no
    such spec; and a subclass of the user's may compute otherwise than its TFP class.

    Where a part is kept, such as a network, the type is that of objects with this very part;
    where the arguments do not tell all, that of one object. The variables in what is kept are
    no inputs of a `tf.function`, which refers to them. For `tf.Module`, which looks for them
    among the components, the last of these is a module that holds them.
    """

    def __init__(self, cls: type[AnyStructure], tree: Node, components: AnyStructure) -> None:
        """Takes the class of the objects, their tree, and the components of one."""
        self._cls = cls
        self._tree = tree
        self._specs = tuple(
            trace_type_of(it) if isinstance(it, _Rest) else type_spec_of(it) for it in components
        )

    @classmethod
    def of(cls, owner: AnyStructure, *, is_itself: bool = False) -> PartsSpec:
        """Returns the spec of a trainable.

        Args:
          owner: the trainable.
          is_itself: whether nothing but itself computes what it does.
        """
        tree, leaves = _apart(owner, is_itself=is_itself)
        return cls(owner.__class__, tree, _components(owner, leaves))

    @property
    def value_type(self) -> type[AnyStructure]:
        """The class of the objects."""
        return self._cls

    @property
    def _component_specs(self) -> AnyStructure:
        return self._specs

    def _to_components(self, value: AnyStructure) -> AnyStructure:
        _, leaves = _apart(value, is_itself=isinstance(self._tree, Kept))
        return _components(value, leaves)

    def _from_components(self, components: AnyStructure) -> AnyStructure:
        # A trainable again, for TensorFlow looks for the components in what is made, by the
        # type spec of that.
        made = put_together(self._tree, components, classes=as_it_was, reads=Reads.LATER)
        if components and isinstance(components[-1], _Rest):
            made.__dict__["_rest"] = _Single(components[-1])
        return made

    def _serialize(self) -> tuple[AnyStructure, ...]:
        return self._cls, self._tree, self._specs

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PartsSpec) and self._serialize() == other._serialize()

    def __hash__(self) -> int:
        return hash((self._cls, self._tree))

    def is_compatible_with(self, spec_or_value: AnyStructure) -> bool:
        """Tells whether a value, or those of another spec, are of this type."""
        is_spec = isinstance(spec_or_value, tf.TypeSpec)
        return self == (spec_or_value if is_spec else type_spec_of(spec_or_value))

    def is_subtype_of(self, other: AnyStructure) -> bool:
        """Tells whether values of this type are of another: if it is the same."""
        return self == other

    def most_specific_common_supertype(self, others: Sequence[AnyStructure]) -> PartsSpec | None:
        """Returns this type, if all others are the same."""
        return self if all(self == other for other in others) else None


class _Rest(tf.Module):
    """Holds the variables of an object that are no leaves."""

    held: tuple[tf.Variable, ...] = ()


class _Single:
    """A nest of one that TensorFlow takes for no nest."""

    def __init__(self, content: AnyStructure) -> None:
        self._content = content

    def __iter__(self) -> Iterator[AnyStructure]:
        yield self._content


def _apart(owner: AnyStructure, *, is_itself: bool) -> tuple[Node, tuple[Leaf, ...]]:
    if not is_itself:
        parts = take_apart(owner)
        if is_whole(owner, parts):
            return parts.tree, parts.leaves
    return Kept(id(owner), owner), ()


def _components(owner: AnyStructure, leaves: Sequence[Leaf]) -> tuple[AnyStructure, ...]:
    known = set(map(id, leaves))
    held = tuple(it for it in variables_of(owner) if id(it) not in known)
    if not held:
        return tuple(leaves)
    # One for an object and what is made of its components: by it, TensorFlow knows the type
    # again. Not as an attribute that `tf.Module` would look into: it is no part of the object.
    (rest,) = owner.__dict__.setdefault("_rest", _Single(_Rest(name="rest")))
    rest.held = held
    return (*leaves, rest)
