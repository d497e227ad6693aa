"""All that a trainable is, for a copy in another place or process; and the copy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import tensorflow as tf

from tfp_trainables_runtime.errors import mismatch
from tfp_trainables_runtime.parts.hiding import hidden, is_whole
from tfp_trainables_runtime.parts.layers import apply_settings, is_layer, settings_of
from tfp_trainables_runtime.parts.putting import Putting, Reads, as_it_was
from tfp_trainables_runtime.parts.rebuilding import is_rebuildable
from tfp_trainables_runtime.parts.taking import Leaf, Numbers, Parts, take_apart
from tfp_trainables_runtime.parts.tree import Kept, Node, nodes_of
from tfp_trainables_runtime.private import is_set_later
from tfp_trainables_runtime.typing import AnyStructure

__all__ = ["OF_TRAINABLES", "Attributes", "State", "copy_of", "parts_of", "renewed", "state_of"]

OF_TRAINABLES = frozenset(
    {"_creation", "_found", "_hides", "_programs", "_cache_may_be_stale", "_rest"}
)
"""The attributes that a trainable has beside those of its TFP class."""

Attributes: TypeAlias = Mapping[int, Mapping[str, AnyStructure]]

_OPTIONS = (bool, int, float, str, type(None))
"""What attributes are compared by: another array may be an equal one, made anew."""


@dataclass(frozen=True)
class State:
    """All that a trainable is.

    Attributes:
      tree: what it is made of. Parts that know how to copy themselves are kept: other
        trainables, networks, what is of a class of the user's.
      leaves: its variables and tensors.
      attributes: those that were set after construction, by the place of the object that has
        them among those that the tree makes.
      networks: for each layer that a constructor makes of its own accord, how to build it,
        and its settings.
      values: those of the variables that constructors make of their own accord.
    """

    tree: Node
    leaves: tuple[Leaf, ...]
    attributes: Attributes
    networks: tuple[AnyStructure, ...]
    values: tuple[AnyStructure, ...]


def parts_of(owner: AnyStructure) -> Parts:
    """Takes a trainable apart, but for the trainables in it, which have a record of their own."""

    def keeps(part: AnyStructure) -> bool:
        return part is not owner and (hasattr(part, "_creation") or not is_rebuildable(part))

    return take_apart(owner, Numbers.CONSTANTS, keeps=keeps)


def state_of(owner: AnyStructure) -> State:
    """Returns the state of a trainable.

    Raises:
      TypeError: if its constructor does not make again what it holds.
    """
    parts = parts_of(owner)
    # One is made at once: where there can be none, it is refused here rather than where it
    # is read.
    return renewed(owner, parts, parts.tree, parts.leaves)[1]


def renewed(
    owner: AnyStructure,
    parts: Parts,
    tree: Node,
    leaves: Sequence[Leaf],
    convert: Callable[[AnyStructure, Attributes], Attributes] = lambda _, attributes: attributes,
) -> tuple[AnyStructure, State]:
    """Returns a trainable in the state of another, and that state.

    Args:
      owner: the other.
      parts: what `parts_of` has made of it.
      tree: what takes the place of the tree.
      leaves: what takes the place of the leaves.
      convert: returns what takes the place of attributes, in what has been made.

    Raises:
      TypeError: as `state_of`.
    """
    putting = Putting(leaves, as_it_was, Reads.LATER)
    try:
        made = putting.together(tree)
    except Exception as error:
        where = f"{type(owner).__name__}, to copy or pickle"
        expected = "`parameters` that make an equal object"
        raise TypeError(mismatch(where, expected, f"{type(error).__name__}: {error}")) from error
    # What an object has been given later, one newly made of its arguments lacks.
    pairs = enumerate(zip(parts.objects, putting.completed, strict=True))
    later = {index: _set_later(ours, theirs) for index, (ours, theirs) in pairs}
    theirs = {index: values for index, values in later.items() if values}
    attributes = convert(made, theirs) if theirs else theirs
    _set_attributes(putting.completed, attributes)
    held: list[AnyStructure] = []
    if not is_whole(owner):
        held = hidden(owner, _known(parts.tree, parts.leaves, theirs))
    state = State(
        tree,
        tuple(leaves),
        attributes,
        tuple((layer.get_build_config(), settings_of(layer)) for layer in _layers(held)),
        tuple(variable.numpy() for variable in _variables(held)),
    )
    if held:
        _fill(made, state)
    return made, state


def copy_of(state: State) -> AnyStructure:
    """Returns an object of a certain state."""
    putting = Putting(state.leaves, as_it_was, Reads.LATER)
    made = putting.together(state.tree)
    _set_attributes(putting.completed, state.attributes)
    if state.values:
        _fill(made, state)
    return made


def _set_attributes(objects: Sequence[AnyStructure], attributes: Attributes) -> None:
    for index, values in attributes.items():
        for name, value in values.items():
            setattr(objects[index], name, value)


def _set_later(ours: AnyStructure, theirs: AnyStructure) -> dict[str, AnyStructure]:
    """Returns the attributes that an object has and one newly made of its arguments has not."""
    new = theirs.__dict__
    return {
        name: value
        for name, value in ours.__dict__.items()
        if name not in OF_TRAINABLES
        and not is_set_later(name)
        and (name not in new or (isinstance(value, _OPTIONS) and value != new[name]))
    }


def _known(tree: Node, leaves: Sequence[Leaf], attributes: Attributes) -> tuple[AnyStructure, ...]:
    """Returns what a copy is given, so that its constructor has not made it."""
    kept = (node.value for node in nodes_of(tree) if isinstance(node, Kept))
    return (*leaves, *kept, *(value for later in attributes.values() for value in later.values()))


def _fill(made: AnyStructure, state: State) -> None:
    """Gives a copy the values of what its constructor has made of its own accord."""
    known = _known(state.tree, state.leaves, state.attributes)
    layers = _layers(hidden(made, known))
    for layer, (built, settings) in zip(layers, state.networks, strict=False):
        if not layer.built and built:
            layer.build_from_config(built)
        apply_settings(layer, settings)
    variables = _variables(hidden(made, known))
    expected = [(value.shape, value.dtype) for value in state.values]
    got = [(tuple(variable.shape), variable.dtype.as_numpy_dtype) for variable in variables]
    if expected != got:
        where = f"{type(made).__name__}, to copy or pickle"
        what = "that its constructor makes those variables again which are not in its arguments"
        count = f"{len(got)} of {len(expected)}"
        raise TypeError(mismatch(where, what, count))
    for variable, value in zip(variables, state.values, strict=True):
        variable.assign(value)


def _layers(parts: Iterable[AnyStructure]) -> list[AnyStructure]:
    return [part for part in parts if is_layer(part)]


def _variables(parts: Iterable[AnyStructure]) -> list[tf.Variable]:
    return [part for part in parts if isinstance(part, tf.Variable)]
