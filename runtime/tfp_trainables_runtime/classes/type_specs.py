"""What TensorFlow takes a trainable apart by, where TFP's own way is not there or not right."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from tfp_trainables_runtime.parts.putting import Reads, as_it_was, put_together
from tfp_trainables_runtime.parts.taking import Leaf, take_apart
from tfp_trainables_runtime.private import type_spec_of
from tfp_trainables_runtime.typing import AnyStructure
from tfp_trainables_runtime.untyped import ops

__all__ = ["PartsSpec"]


class PartsSpec(ops.TypeSpec):  # pyright: ignore[reportUntypedBaseClass]
    """The type of objects with equal trees; their components are their leaves.

    TFP's type specs are made of the attributes of an object. A few attributes are not what
    the constructor was given; and a `Chain` of bijectors that TensorFlow does not take apart
    has no such spec.
    """

    def __init__(self, cls: type[AnyStructure], tree: AnyStructure, leaves: Sequence[Leaf]) -> None:
        """Takes the class of the objects, their tree, and the leaves of one."""
        self._cls = cls
        self._tree = tree
        self._leaves = tuple(map(type_spec_of, leaves))

    @classmethod
    def of(cls, owner: AnyStructure) -> PartsSpec:
        """Returns the spec of a trainable."""
        parts = take_apart(owner)
        return cls(owner.__class__, parts.tree, parts.leaves)

    @property
    def value_type(self) -> type[AnyStructure]:
        """The class of the objects."""
        return self._cls

    @property
    def _component_specs(self) -> AnyStructure:
        return self._leaves

    def _to_components(self, value: AnyStructure) -> AnyStructure:
        return take_apart(value).leaves

    def _from_components(self, components: AnyStructure) -> AnyStructure:
        # A trainable again, for TensorFlow looks for the components in what is made, by the
        # type spec of that.
        return put_together(self._tree, components, classes=as_it_was, reads=Reads.LATER)

    def _serialize(self) -> tuple[AnyStructure, ...]:
        return self._cls, self._tree, self._leaves

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PartsSpec) and self._serialize() == other._serialize()

    def __hash__(self) -> int:
        return hash((self._cls, self._tree))

    def is_compatible_with(self, spec_or_value: AnyStructure) -> bool:
        """Tells whether a value, or those of another spec, are of this type."""
        is_spec = isinstance(spec_or_value, tf.TypeSpec)
        return self == (spec_or_value if is_spec else PartsSpec.of(spec_or_value))

    def is_subtype_of(self, other: AnyStructure) -> bool:
        """Tells whether values of this type are of another: if it is the same."""
        return self == other

    def most_specific_common_supertype(self, others: Sequence[AnyStructure]) -> PartsSpec | None:
        """Returns this type, if all others are the same."""
        return self if all(self == other for other in others) else None
