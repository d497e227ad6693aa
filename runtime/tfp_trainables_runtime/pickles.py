"""What pickles of trainables name. It never moves, and reads what earlier versions wrote."""

from __future__ import annotations

import copy
import warnings
import weakref

from tfp_trainables_runtime.errors import mismatch
from tfp_trainables_runtime.parts.copying import State, copy_of, parts_of, renewed, state_of
from tfp_trainables_runtime.parts.data import data_of, tree_of
from tfp_trainables_runtime.typing import AnyCallable, AnyStructure

__all__ = ["deep_copied", "reduced", "restore", "restore_layer"]

_VERSION = 1


def reduced(owner: AnyStructure) -> tuple[AnyCallable, tuple[AnyStructure, ...]]:
    """Returns a function and arguments that make a trainable of the same state again.

    Raises:
      TypeError: if there are none; see `state_of`.
    """
    state = state_of(owner)
    rest = (state.leaves, state.attributes, state.networks, state.values)
    return restore, (_VERSION, data_of(state.tree, kept=_Layer.around), *rest)


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
    return renewed(owner, parts, tree_of(data), leaves, lambda it: copy.deepcopy(it, memo))[0]


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


class _Layer:
    """Stands for a Keras layer in a pickle or deep copy.

    Some layers can be made again of their configuration, but hold others that neither
    `pickle` nor `copy` takes, such as TFP's `AutoregressiveNetwork`.
    """

    def __init__(self, layer: AnyStructure) -> None:
        self._layer = weakref.ref(layer)

    @classmethod
    def around(cls, part: AnyStructure) -> AnyStructure:
        """Returns what stands for a part: itself, unless it is such a layer."""
        if not hasattr(part, "build_from_config"):
            return part
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                made: AnyStructure = part.__class__.from_config(part.get_config())
                if part.built:
                    made.build_from_config(part.get_build_config())
        except Exception:  # Keras says what it lacks once it is asked to pickle or copy it.
            return part
        is_equal = _shapes_of(made) == _shapes_of(part)
        return _STANDINS.setdefault(part, cls(part)) if is_equal else part

    def __reduce__(self) -> tuple[AnyStructure, ...]:
        layer: AnyStructure = self._layer()
        built = layer.get_build_config() if layer.built else None
        values = tuple(variable.numpy() for variable in layer.variables)
        return restore_layer, (type(layer), layer.get_config(), built, values)


def _shapes_of(layer: AnyStructure) -> list[tuple[int, ...]]:
    return [tuple(variable.shape) for variable in layer.variables]


_STANDINS: weakref.WeakKeyDictionary[AnyStructure, _Layer] = weakref.WeakKeyDictionary()
"""One for each layer, so that what shares a layer shares it again."""
