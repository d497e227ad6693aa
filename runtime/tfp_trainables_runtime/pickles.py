"""What pickles of trainables name. It never moves, and reads what earlier versions wrote."""

from __future__ import annotations

import copy
import pickle
import weakref
from collections.abc import Callable

from tfp_trainables_runtime.errors import mismatch
from tfp_trainables_runtime.parts.copying import (
    Attributes,
    State,
    copy_of,
    parts_of,
    renewed,
    state_of,
)
from tfp_trainables_runtime.parts.data import data_of, tree_of
from tfp_trainables_runtime.parts.layers import is_layer, without_warnings
from tfp_trainables_runtime.typing import AnyCallable, AnyStructure

__all__ = ["deep_copied", "reduced", "restore", "restore_layer"]

_VERSION = 1


def reduced(owner: AnyStructure) -> tuple[AnyCallable, tuple[AnyStructure, ...]]:
    """Returns a function and arguments that make a trainable of the same state again.

    Raises:
      TypeError: if there are none; see `state_of`.
    """
    state = state_of(owner)
    attributes = _with(state.attributes, _Layer.in_a_pickle)
    rest = (state.leaves, attributes, state.networks, state.values)
    return restore, (_VERSION, data_of(state.tree, kept=_Layer.in_a_pickle), *rest)


def deep_copied(owner: AnyStructure, memo: dict[int, AnyStructure]) -> AnyStructure:
    """Returns a deep copy of a trainable.

    Args:
      owner: the trainable.
      memo: the copies there are already; see `copy.deepcopy`.

    Raises:
      TypeError: if there is none; see `state_of`.
    """
    parts = parts_of(owner)
    data = data_of(parts.tree, kept=_Layer.around)
    data, leaves = copy.deepcopy((data, parts.leaves), memo)

    def convert(made: AnyStructure, attributes: Attributes) -> Attributes:
        memo[id(owner)] = made  # An attribute may lead back to it.
        return copy.deepcopy(_with(attributes, _Layer.around), memo)

    return renewed(owner, parts, tree_of(data), leaves, convert)[0]


def restore(version: int, tree: AnyStructure, *rest: AnyStructure) -> AnyStructure:
    """Returns the trainable that a pickle tells of.

    Args:
      version: that of the format.
      tree: the tree of its parts.
      *rest: its leaves, and what else there is to it.

    Raises:
      ValueError: if a later version has written the pickle.
    """
    if version > _VERSION:
        expected = f"a version up to {_VERSION}: a later tfp-trainables has written it"
        raise ValueError(mismatch("a pickle of a trainable", expected, version))
    return copy_of(State(tree_of(tree), *rest))


def restore_layer(
    cls: AnyStructure, config: AnyStructure, built: AnyStructure, values: AnyStructure
) -> AnyStructure:
    """Returns the Keras layer that a pickle tells of.

    Args:
      cls: its class.
      config: what `get_config` returned.
      built: what `get_build_config` returned; `None` if it had not been built.
      values: those of its variables.
    """
    layer = cls.from_config(config)
    if built:
        layer.build_from_config(built)
    for variable, value in zip(layer.variables, values, strict=True):
        variable.assign(value)
    return layer


def _with(attributes: Attributes, stand_in: Callable[[AnyStructure], AnyStructure]) -> Attributes:
    """Returns attributes with what stands for each value."""
    return {
        index: {name: stand_in(value) for name, value in values.items()}
        for index, values in attributes.items()
    }


class _Layer:
    """Stands for a Keras layer in a pickle or deep copy.

    Some layers can be made again of their configuration, but hold others that neither
    `pickle` nor `copy` takes, such as TFP's `AutoregressiveNetwork`.
    """

    def __init__(self, layer: AnyStructure) -> None:
        self._layer = weakref.ref(layer)

    @classmethod
    def around(cls, part: AnyStructure) -> AnyStructure:
        """Returns what stands for a part: itself, unless it is a layer."""
        return _STANDINS.setdefault(part, cls(part)) if is_layer(part) else part

    @classmethod
    def in_a_pickle(cls, part: AnyStructure) -> AnyStructure:
        """Returns what stands for a part: itself, unless only its configuration is pickled."""
        if not is_layer(part):
            return part
        try:
            with without_warnings():  # Some are written, and cannot be read.
                pickle.loads(pickle.dumps(part))  # noqa: S301 - what has just been written
        except Exception:
            return cls.around(part) if _can_be_made_again(part) else part
        return part

    def __deepcopy__(self, memo: dict[int, AnyStructure]) -> AnyStructure:
        layer: AnyStructure = self._layer()
        if id(layer) in memo:
            return memo[id(layer)]
        tried = dict(memo)  # What a copy that fails has copied is of no use.
        try:
            with without_warnings():
                made = copy.deepcopy(layer, tried)
            memo.update(tried)
        except Exception:
            if not _can_be_made_again(layer):
                raise
            made = restore_layer(*self._facts())
        memo[id(layer)] = made
        return made

    def __reduce__(self) -> tuple[AnyStructure, ...]:
        return restore_layer, self._facts()

    def _facts(self) -> tuple[AnyStructure, ...]:
        layer: AnyStructure = self._layer()
        with without_warnings():
            config = layer.get_config()
        built = layer.get_build_config() if layer.built else None
        return layer.__class__, config, built, tuple(it.numpy() for it in layer.variables)


def _can_be_made_again(layer: AnyStructure) -> bool:
    try:
        with without_warnings():
            made: AnyStructure = layer.__class__.from_config(layer.get_config())
            if layer.built:
                made.build_from_config(layer.get_build_config())
    except Exception:  # Keras says what it lacks once it is asked to pickle or copy it.
        return False
    return _shapes_of(made) == _shapes_of(layer)


def _shapes_of(layer: AnyStructure) -> list[tuple[int, ...]]:
    return [tuple(variable.shape) for variable in layer.variables]


_STANDINS: weakref.WeakKeyDictionary[AnyStructure, _Layer] = weakref.WeakKeyDictionary()
"""One for each layer, so that what shares a layer shares it again."""
