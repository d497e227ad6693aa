"""Takes an object apart into a tree and its leaves.

Two objects that agree in class, static arguments, dtypes and shapes have equal trees. What
else there is to each, its variables and tensors, are its leaves.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import tensorflow as tf
from tensorflow_probability.python.bijectors.bijector import Bijector
from tensorflow_probability.python.util.deferred_tensor import DeferredTensor

from tfp_trainables_runtime.parts.rebuilding import (
    is_function_of_tensorflow,
    is_rebuildable,
    selects_by_name,
)
from tfp_trainables_runtime.parts.tree import Again, Constant, Input, Items, Kept, Made, Node, Read
from tfp_trainables_runtime.private import converted_parameter
from tfp_trainables_runtime.typing import AnyStructure
from tfp_trainables_runtime.untyped import ops, untyped

__all__ = ["Leaf", "Numbers", "Parts", "Path", "is_numeric", "take_apart"]

Leaf: TypeAlias = tf.Variable | tf.Tensor
Path: TypeAlias = tuple[str | int, ...]

_PLAIN: AnyStructure = (
    *(str, bytes, bool, int, float, complex, type(None)),
    *(type, enum.Enum, tf.DType, np.dtype),
)
_ARRAYS: AnyStructure = (tf.Variable, tf.Tensor, np.ndarray, np.generic)
_NUMBERS: AnyStructure = (int, float, complex, np.generic, np.ndarray)
_LARGEST_STATIC_SIZE = 64
"""Integers of up to this size may be a shape or a permutation, which XLA has to know."""


class Numbers(enum.Enum):
    """What becomes of the numbers and arrays in a value."""

    LEAVES = enum.auto()
    """Every array is a leaf: the arguments of a call."""
    PARAMETERS = enum.auto()
    """Floating ones are leaves; small integers may be a shape, which XLA has to know."""
    CONSTANTS = enum.auto()
    """None is a leaf, but for tensors: what is to be as it was."""


@dataclass(frozen=True)
class Parts:
    """A distribution, bijector, kernel or nest of arguments, taken apart.

    Attributes:
      tree: equal for objects that agree in all but their leaves.
      leaves: the variables and tensors of this object.
      paths: where each leaf is first found, such as `("components", 0, "scale")`.
      kept: the parts that stay as they are.
      objects: what the tree makes again, in the order in which it does.
    """

    tree: Node
    leaves: tuple[Leaf, ...]
    paths: tuple[Path, ...]
    kept: tuple[AnyStructure, ...]
    objects: tuple[AnyStructure, ...]


def take_apart(
    value: AnyStructure,
    numbers: Numbers = Numbers.PARAMETERS,
    *,
    keeps: Callable[[AnyStructure], bool] = lambda part: not is_rebuildable(part),
) -> Parts:
    """Takes a value apart.

    Args:
      value: a distribution, bijector or kernel, or a nest of arguments.
      numbers: which numbers are leaves.
      keeps: whether an object stays as it is. An object that does not must have
        `parameters` that make an equal one.
    """
    taking = _Taking(keeps)
    tree = taking.node(value, numbers, ())
    return Parts(
        tree,
        tuple(taking.leaves),
        tuple(taking.paths),
        tuple(taking.kept),
        tuple(taking.objects),
    )


class _Kind(enum.Enum):
    """What is asked of a value first."""

    PLAIN = enum.auto()
    ARRAY = enum.auto()
    ITEMS = enum.auto()
    DEFERRED = enum.auto()
    OTHER = enum.auto()


@functools.lru_cache(maxsize=4096)
def _kind_of(cls: type[AnyStructure]) -> _Kind:
    """Returns the kind of a class; remembered, for a class may be slow to tell what it is."""
    if issubclass(cls, _PLAIN):
        return _Kind.PLAIN
    if issubclass(cls, _ARRAYS):
        return _Kind.ARRAY
    if issubclass(cls, (list, tuple, Mapping)):
        return _Kind.ITEMS
    return _Kind.DEFERRED if issubclass(cls, DeferredTensor) else _Kind.OTHER


class _Taking:
    """Collects leaves and parts on the way through an object."""

    def __init__(self, keeps: Callable[[AnyStructure], bool]) -> None:
        self._keeps = keeps
        self.leaves: list[Leaf] = []
        self.paths: list[Path] = []
        self.kept: list[AnyStructure] = []
        self.objects: list[AnyStructure] = []  # Alive: an `id` is only good for what is.
        self._inputs: dict[int, Input] = {}
        self._completed: dict[int, int] = {}

    def node(
        self, value: AnyStructure, numbers: Numbers, path: Path, *, is_selected: bool = False
    ) -> Node:
        """Returns the node of a value, which may be selected by its name."""
        kind = _kind_of(value.__class__)
        if kind is _Kind.PLAIN:
            return Constant((value.__class__, _token(value)), value)
        if kind is _Kind.ARRAY:
            return self._array(value, numbers, path)
        if kind is _Kind.ITEMS:
            return self._items(value, numbers, path, is_selected=is_selected)
        if id(value) in self._completed:
            return Again(self._completed[id(value)])
        if kind is _Kind.DEFERRED:
            node = self._read(value, path)
        elif not self._keeps(value):
            node = self._made(value, numbers, path, is_selected=is_selected)
        elif isinstance(value, tf.TensorShape) and value.is_fully_defined():
            return Constant((tf.TensorShape, tuple(value)), value)
        elif is_function_of_tensorflow(value):
            return Constant(value, value)
        else:
            self.kept.append(value)
            return Kept(id(value), value)
        self._completed[id(value)] = len(self._completed)
        self.objects.append(value)
        return node

    def _array(self, value: AnyStructure, numbers: Numbers, path: Path) -> Node:
        if isinstance(value, tf.Variable):
            signature = (tf.Variable, value.dtype, value.shape, value.trainable)
            return self._leaf(value, signature, numbers, path)
        if not isinstance(value, tf.Tensor) or hasattr(value, "numpy"):
            if _is_constant(value, numbers):
                return Constant(_array_token(value), value)
            value = tf.convert_to_tensor(value)
        return self._leaf(value, (tf.Tensor, value.dtype, value.shape), numbers, path)

    def _leaf(self, value: Leaf, signature: AnyStructure, numbers: Numbers, path: Path) -> Input:
        # What is one leaf of an object may be two of the next call.
        if id(value) not in self._inputs or numbers is Numbers.LEAVES:
            self._inputs[id(value)] = Input(len(self.leaves), signature)
            self.leaves.append(value)
            self.paths.append(path)
        return self._inputs[id(value)]

    def _items(
        self, value: AnyStructure, numbers: Numbers, path: Path, *, is_selected: bool
    ) -> Node:
        # TensorFlow wraps what modules hold; the class tells what is in the wrapping.
        made_of: AnyStructure = value.__class__
        cls = list if issubclass(made_of, list) else made_of
        keys: tuple[AnyStructure, ...] | None = tuple(value) if hasattr(value, "keys") else None
        items: AnyStructure = value.items() if keys is not None else enumerate(value)
        parts = tuple(
            self.node(part, numbers, (*path, key), is_selected=is_selected) for key, part in items
        )
        return Items(cls, keys, parts)

    def _read(self, value: AnyStructure, path: Path) -> Node:
        function = value.transform_fn
        bound_to = getattr(function, "__self__", None)
        if isinstance(bound_to, Bijector) and function.__name__ == "forward":
            function = bound_to
        options = {"name": value.name}
        # What follows from the function does so for any argument.
        shape, dtype = _image(function, value.pretransformed_input)
        if value.shape != shape:
            options["shape"] = value.shape
        if value.dtype != dtype:
            options["dtype"] = value.dtype
        return Read(
            self.node(function, Numbers.CONSTANTS, path),
            self.node(value.pretransformed_input, Numbers.PARAMETERS, path),
            value.__class__,
            tuple(options.items()),
        )

    def _made(
        self, value: AnyStructure, numbers: Numbers, path: Path, *, is_selected: bool
    ) -> Node:
        created = getattr(value, "_creation", None)
        # A bare object marks an argument that was not passed.
        arguments = {key: it for key, it in value.parameters.items() if it.__class__ is not object}
        name = arguments.pop("name", None)
        if arguments.get("parameters", 0) is None:  # TFP's own record is no argument.
            del arguments["parameters"]
        selects = selects_by_name(value)
        parts = tuple(
            self.node(
                argument if numbers is Numbers.CONSTANTS else _as_tensor(value, key, argument),
                numbers,
                (*path, key),
                is_selected=selects,
            )
            for key, argument in arguments.items()
        )
        own: tuple[tuple[str, Node], ...] = ()
        if created is not None:
            own = tuple(
                (key, self.node(leaf, numbers, (*path, key)))
                for key, leaf in created.variables.items()
            )
        return Made(
            getattr(value, "_tfp_class", value.__class__),
            tuple(arguments),
            parts,
            value.name if is_selected else None,
            name,
            untyped(value).__class__,
            own,
            None if created is None else created.record,
        )


def _image(function: AnyStructure, argument: Leaf) -> tuple[tf.TensorShape, tf.DType]:
    """Returns the shape and dtype that TFP gives a deferred tensor, unless it is told others."""
    if isinstance(function, Bijector):
        of_shape: AnyStructure = untyped(function).forward_event_shape(argument.shape)
        return of_shape, untyped(function).dtype or argument.dtype
    return argument.shape, argument.dtype


def _token(value: AnyStructure) -> AnyStructure:
    """Returns what tells constants apart that compare equal, such as 0.0 and -0.0."""
    return repr(value) if isinstance(value, (float, complex)) else value


def _array_token(value: AnyStructure) -> AnyStructure:
    array: AnyStructure = np.asarray(value)
    return type(value), array.dtype.str, array.shape, array.tobytes()


def _is_constant(value: AnyStructure, numbers: Numbers) -> bool:
    """Tells whether an array whose elements are known is part of the tree."""
    if numbers is Numbers.PARAMETERS:
        dtype = tf.as_dtype(value.dtype)
        return dtype.is_integer and np.size(value) <= _LARGEST_STATIC_SIZE
    return numbers is Numbers.CONSTANTS and not isinstance(value, tf.Tensor)


def _as_tensor(owner: AnyStructure, name: str, value: AnyStructure) -> AnyStructure:
    """Returns the tensor that TFP has made of a Python number or a list of them, if any.

    TFP has given it the dtype of the object's other parameters.
    """
    if isinstance(value, bool) or not is_numeric(value):
        return value
    tensor: AnyStructure = converted_parameter(owner, name)
    if tensor is None:  # Where TFP keeps it elsewhere, or does not keep it.
        if not _keeps(owner, name):
            return value
        try:
            tensor = getattr(owner, name, None)
        except Exception:  # A property that is not for every instance.
            return value
    if not ops.is_tensor(tensor) or not hasattr(tensor, "numpy") or not tensor.dtype.is_floating:
        return value
    array = np.asarray(value, tensor.dtype.as_numpy_dtype)
    same = tensor.shape == array.shape and np.array_equal(tensor, array, equal_nan=True)
    return tensor if same else value


def _keeps(owner: AnyStructure, name: str) -> bool:
    """Tells whether it is the class of an object that has a name, or has given it to the object.

    A trainable reads of its arguments what its class keeps to itself.
    """
    of_tfp: AnyStructure = getattr(owner, "_tfp_class", owner.__class__)
    return name in owner.__dict__ or hasattr(of_tfp, name)


def is_numeric(value: AnyStructure) -> bool:
    """Tells whether a value is a number of Python's or NumPy's, or a list or array of them."""
    parts: AnyStructure = value
    if isinstance(value, (list, tuple)):  # TensorFlow's wrappers among them.
        return all(is_numeric(part) for part in parts)
    return isinstance(value, _NUMBERS)
