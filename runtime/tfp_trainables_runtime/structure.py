"""Takes an object apart into what a program is compiled for and what it is called with.

Two objects that agree in class, static arguments, dtypes and shapes have equal trees, and
equal trees share their programs. The rest of each object, its leaves, are what the shared
programs are called with.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import tensorflow as tf
from tensorflow_probability.python.bijectors.bijector import Bijector
from tensorflow_probability.python.util.deferred_tensor import DeferredTensor

from tfp_trainables_runtime.constraints import Constraint
from tfp_trainables_runtime.rebuilding import (
    WITH_PARAMETERS,
    is_function_of_tensorflow,
    is_rebuildable,
)
from tfp_trainables_runtime.tree import (
    Captured,
    Collection,
    Constant,
    Deferred,
    Input,
    Node,
    Object,
    Repeated,
)
from tfp_trainables_runtime.typing import AnyStructure
from tfp_trainables_runtime.untyped import ops, untyped

__all__ = ["Arrays", "Leaf", "Structure"]

Leaf: TypeAlias = tf.Variable | tf.Tensor

_PLAIN: AnyStructure = (
    *(str, bytes, bool, int, float, complex, type(None)),
    *(type, enum.Enum, tf.DType, np.dtype),
)
_ARRAYS: AnyStructure = (tf.Variable, tf.Tensor, np.ndarray, np.generic)
_NUMBERS: AnyStructure = (int, float, complex, np.generic, np.ndarray)
_LARGEST_STATIC_SIZE = 64
"""Integers of up to this size may be a shape or a permutation, which XLA has to know."""


class Arrays(enum.Enum):
    """What becomes of the numbers and arrays in a value."""

    LEAVES = "leaves"
    """Every array is a leaf: the arguments of a call."""
    PARAMETERS = "parameters"
    """Floating ones are leaves; small integers may be a shape, which XLA has to know."""
    CONSTANTS = "constants"
    """None is a leaf, but for tensors: a constraining bijector."""


@dataclass(frozen=True)
class Structure:
    """A distribution or bijector, taken apart.

    Attributes:
      tree: equal for objects that share their programs.
      leaves: the variables and tensors of this object.
      captured: the parts that a program holds on to, so that it is this object's own.
      validates: whether some part checks its arguments or statistics.
      classes: the classes of its parts.
    """

    tree: Node
    leaves: tuple[Leaf, ...]
    captured: tuple[AnyStructure, ...]
    validates: bool
    classes: frozenset[type[AnyStructure]]

    @classmethod
    def of(cls, value: AnyStructure, arrays: Arrays = Arrays.PARAMETERS) -> Structure:
        """Takes a value apart.

        Args:
          value: a distribution, a bijector, or a structure of arguments.
          arrays: which numbers are leaves.
        """
        parts = _Parts()
        tree = parts.node(value, arrays)
        return cls(
            tree,
            tuple(parts.leaves),
            tuple(parts.captured),
            parts.validates,
            frozenset(parts.classes),
        )

    @classmethod
    def of_object(cls, owner: AnyStructure) -> Structure:
        """Takes a distribution or bijector apart, if that gives all that it holds.

        Some bijectors make networks of their own, which nothing in their parameters
        tells of.
        """
        structure = cls.of(owner)
        if structure.captured:
            is_whole = _is_whole(structure, owner)
        else:  # What one object of a structure holds, they all do.
            is_whole = structure.tree in _WHOLE or _is_whole(structure, owner)
            if is_whole:  # Else it may be an attribute that the user has set.
                _WHOLE.add(structure.tree)
        return structure if is_whole else cls.opaque(owner)

    @classmethod
    def opaque(cls, value: AnyStructure) -> Structure:
        """Leaves an object as it is."""
        return cls(Captured(id(value), value), (), (value,), _holds_assertions(value), frozenset())


class _Parts:
    """Collects leaves and captured parts on the way through an object."""

    def __init__(self) -> None:
        self.leaves: list[Leaf] = []
        self.captured: list[AnyStructure] = []
        self.validates = False
        self.classes: set[type[AnyStructure]] = set()
        self._leaf_nodes: dict[int, Input] = {}
        self._completed: dict[int, int] = {}
        self._kept: list[AnyStructure] = []  # An `id` is only good for what is alive.

    def node(self, value: AnyStructure, arrays: Arrays) -> Node:
        """Returns the node of a value."""
        if isinstance(value, _PLAIN):
            return Constant((type(value), _token(value)), value)
        if isinstance(value, _ARRAYS):
            return self._array(value, arrays)
        if isinstance(value, (list, tuple, Mapping)):
            return self._collection(value, arrays)
        if id(value) in self._completed:
            return Repeated(self._completed[id(value)])
        return self._part(value, arrays)

    def _part(self, value: AnyStructure, arrays: Arrays) -> Node:
        if isinstance(value, DeferredTensor):
            return self._deferred(value)
        if is_rebuildable(value):
            return self._object(value, arrays)
        if isinstance(value, tf.TensorShape) and value.is_fully_defined():
            return Constant((tf.TensorShape, tuple(value)), value)
        if is_function_of_tensorflow(value):
            return Constant(value, value)
        self.captured.append(value)
        self.validates |= _holds_assertions(value)
        return Captured(id(value), value)

    def _complete(self, value: AnyStructure) -> None:
        self._completed[id(value)] = len(self._completed)
        self._kept.append(value)

    def _array(self, value: AnyStructure, arrays: Arrays) -> Node:
        if isinstance(value, tf.Variable):
            return self._leaf(value, (tf.Variable, value.dtype, value.shape, value.trainable))
        if not isinstance(value, tf.Tensor) or hasattr(value, "numpy"):
            if _is_constant(value, arrays):
                return Constant(_array_token(value), value)
            value = tf.convert_to_tensor(value)
        return self._leaf(value, (tf.Tensor, value.dtype, value.shape))

    def _leaf(self, value: Leaf, signature: AnyStructure) -> Input:
        if id(value) not in self._leaf_nodes:
            self._leaf_nodes[id(value)] = Input(len(self.leaves), signature)
            self.leaves.append(value)
        return self._leaf_nodes[id(value)]

    def _collection(self, value: AnyStructure, arrays: Arrays) -> Node:
        # TensorFlow wraps what modules hold; the class tells what is in the wrapping.
        made_of: AnyStructure = value.__class__
        cls = list if issubclass(made_of, list) else made_of
        keys: tuple[AnyStructure, ...] | None = None
        parts: AnyStructure = value
        if hasattr(value, "keys"):
            keys, parts = tuple(value), value.values()
        return Collection(cls, keys, tuple(self.node(part, arrays) for part in parts))

    def _deferred(self, value: AnyStructure) -> Node:
        function = value.transform_fn
        bound_to = getattr(function, "__self__", None)
        if isinstance(bound_to, Bijector) and function.__name__ == "forward":
            function = bound_to
        # A constraint of our own is made of parameters; TFP's, of numbers.
        arrays = Arrays.PARAMETERS if isinstance(function, Constraint) else Arrays.CONSTANTS
        node = Deferred(
            self.node(function, arrays),
            self.node(value.pretransformed_input, Arrays.PARAMETERS),
        )
        self._complete(value)
        return node

    def _object(self, value: AnyStructure, arrays: Arrays) -> Node:
        parameters = untyped(value).parameters
        self.validates |= _validates(value)
        arguments = {
            name: argument
            for name, argument in parameters.items()
            # A name changes nothing; TFP's own record is no argument.
            if name != "name" and not (name == "parameters" and argument is None)
        }
        parts = tuple(
            self.node(
                argument if arrays is Arrays.CONSTANTS else _as_tensor(value, name, argument),
                arrays,
            )
            for name, argument in arguments.items()
        )
        cls = getattr(value, "_tfp_class", value.__class__)
        self.classes.add(cls)
        self._complete(value)
        return Object(cls, tuple(arguments), parts)


def _validates(value: AnyStructure) -> bool:
    """Tells whether an object asserts something, which XLA would not."""
    # Not its `parameters`: a user's own bijector need not have told any.
    validates = bool(getattr(value, "validate_args", False))
    return validates or getattr(value, "allow_nan_stats", None) is False


def _token(value: AnyStructure) -> AnyStructure:
    """Returns what tells constants apart that compare equal, such as 0.0 and -0.0."""
    return repr(value) if isinstance(value, (float, complex)) else value


def _array_token(value: AnyStructure) -> AnyStructure:
    array: AnyStructure = np.asarray(value)
    return type(value), array.dtype.str, array.shape, array.tobytes()


def _is_constant(value: AnyStructure, arrays: Arrays) -> bool:
    """Tells whether an array whose elements are known is part of the program."""
    if arrays is Arrays.PARAMETERS:
        dtype = tf.as_dtype(value.dtype)
        return dtype.is_integer and np.size(value) <= _LARGEST_STATIC_SIZE
    return arrays is Arrays.CONSTANTS and not isinstance(value, tf.Tensor)


def _as_tensor(owner: AnyStructure, name: str, value: AnyStructure) -> AnyStructure:
    """Returns the tensor that TFP has made of a Python number or a list of them, if any.

    TFP has given it the dtype of the object's other parameters.
    """
    if isinstance(value, bool) or not _is_numeric(value):
        return value
    tensor: AnyStructure = owner.__dict__.get(f"_{name}")
    if tensor is None:  # Where TFP keeps it elsewhere, or does not keep it.
        try:
            tensor = getattr(owner, name, None)
        except Exception:  # A property that is not for every instance.
            return value
    if not ops.is_tensor(tensor) or not hasattr(tensor, "numpy") or not tensor.dtype.is_floating:
        return value
    array = np.asarray(value, tensor.dtype.as_numpy_dtype)
    same = tensor.shape == array.shape and np.array_equal(tensor, array, equal_nan=True)
    return tensor if same else value


def _is_numeric(value: AnyStructure) -> bool:
    if value.__class__ in (list, tuple):
        return all(_is_numeric(part) for part in value)
    return isinstance(value, _NUMBERS)


_WHOLE: set[Node] = set()


def _is_whole(structure: Structure, owner: AnyStructure) -> bool:
    """Tells whether all variables and networks of an object are in its structure."""
    known = {id(leaf) for leaf in structure.leaves}
    for part in structure.captured:
        if isinstance(part, tf.Module):
            known.update(map(id, (part, *part.variables, *untyped(part).submodules)))
    held = [*owner.variables, *filter(_is_foreign, owner.submodules)]
    return known.issuperset(map(id, held))


def _is_foreign(module: tf.Module) -> bool:
    """Tells whether a module has no parameters to make another from, such as a network."""
    return not isinstance(module, (*WITH_PARAMETERS, DeferredTensor))


def _holds_assertions(part: AnyStructure) -> bool:
    """Tells whether a captured part, or anything in it, asserts something."""
    if not isinstance(part, tf.Module):
        return False
    modules: AnyStructure = (part, *untyped(part).submodules)
    return any(_validates(it) for it in modules if isinstance(it, WITH_PARAMETERS))
