"""Compiles methods: one program for all objects of one structure."""

from __future__ import annotations

import functools
import threading
import warnings
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import tensorflow as tf

from tfp_trainables_runtime.parts.putting import Classes, put_together
from tfp_trainables_runtime.parts.taking import Leaf, Parts
from tfp_trainables_runtime.parts.tree import Kept, Made, Node, nodes_of
from tfp_trainables_runtime.private import ResourceVariable, is_over_surface
from tfp_trainables_runtime.programs.reformulated import IN_GRAPHS, IN_XLA
from tfp_trainables_runtime.programs.structure import Structure
from tfp_trainables_runtime.typing import AnyCallable, AnyStructure
from tfp_trainables_runtime.untyped import ops, untyped

__all__ = [
    "CompilationWarning",
    "Key",
    "Program",
    "Programs",
    "Ready",
    "RefusalError",
    "asserts",
    "trace",
]

Ready: TypeAlias = Callable[..., AnyStructure]


class CompilationWarning(UserWarning):
    """A method runs as a graph, or operation by operation, for it cannot be compiled."""


class _CannotRebuildError(Exception):
    """An object is not what its class makes of its parameters."""


@dataclass(frozen=True)
class Key:
    """What a program is compiled for."""

    method: str
    tree: Node
    arguments: Node
    xla: bool


class Program:
    """A method, traced for one structure and arguments of certain dtypes and shapes."""

    def __init__(
        self, key: Key, leaves: Sequence[Leaf], arguments: Sequence[Leaf], *, may_assert: bool
    ) -> None:
        self._key = key
        self._is_xla = key.xla and not (may_assert and asserts(key, leaves, arguments))
        self._concrete = trace(key, leaves, arguments, xla=self._is_xla)
        self.asserts = may_assert and not self._is_xla

    def __call__(self, leaves: Sequence[Leaf], *arguments: Leaf) -> AnyStructure:
        """Runs it; if XLA refuses, as a graph, from now on."""
        is_xla = self._is_xla  # Another thread may find out what this one does.
        try:
            return self._concrete(*leaves, *arguments)
        except _REFUSALS as error:
            if not is_xla:
                raise
            refusal: Exception = error
        # An error of what follows is the caller's, and does not come of the refusal.
        graph = trace(self._key, leaves, arguments, xla=False)
        result = graph(*leaves, *arguments)
        self._concrete = graph
        self._is_xla = False
        _warn(self._key, "as a graph of operations", refusal)
        return result


_REFUSALS: tuple[type[Exception], ...] = (
    ops.errors.InvalidArgumentError,
    ops.errors.UnimplementedError,
    ops.errors.InternalError,
)
"""How XLA refuses a program: when it is first run, for that is when it is compiled."""


class Programs:
    """What there is for the methods of one object: programs, and calls that are ready.

    Attributes:
      ready: functions of the tensors of a call, by what tells all else about the call.
    """

    def __init__(self) -> None:
        self.ready: dict[Hashable, Ready] = {}
        self._structure: Structure | None = None
        self._has_been_called = False
        self._own: dict[Key, Program | None] = {}

    @ops.autograph.experimental.do_not_convert
    def reformulated(self, owner: AnyStructure, *, xla: bool) -> AnyStructure | None:
        """Returns an object equal to the owner for a graph or XLA, if they take another."""
        structure = self._structure or Structure.of(owner)
        classes = {node.cls for node in nodes_of(structure.tree) if isinstance(node, Made)}
        if classes.isdisjoint(IN_XLA if xla else IN_GRAPHS):
            return None
        if not (xla or any(map(is_over_surface, classes))):
            return None
        return put_together(structure.tree, structure.leaves, classes=_classes(xla=xla))

    def is_first_call(self, owner: AnyStructure) -> bool:
        """Tells whether this is the first call of an object with parts that are its own.

        Such as a network: it creates its weights when it is first called, which must not
        happen inside of a program. The object is taken apart anew afterwards.
        """
        is_first = not self._has_been_called and self._structure_of(owner).is_its_own
        self._has_been_called = True
        if is_first:
            self._structure = None
        return is_first

    def program(
        self, owner: AnyStructure, method: str, call: Parts, *, xla: bool
    ) -> tuple[Program, Ready] | None:
        """Returns the program of a call, and what runs it with the tensors of one.

        Args:
          owner: the object.
          method: one of its TFP class.
          call: the arguments, taken apart.
          xla: whether to have XLA compile it; else it is a graph.

        Returns:
          `None` where only single operations run the method.

        Raises:
          RefusalError: if TensorFlow refuses to make a program.
        """
        structure = self._structure_of(owner)
        if not all(map(_is_input, structure.leaves)):
            return None
        key = Key(method, structure.tree, call.tree, xla)
        store = self._own if structure.is_its_own else _SHARED
        try:
            program = _program(key, store, structure, call)
        except _CannotRebuildError:
            self._structure = Structure.opaque(owner)
            return self.program(owner, method, call, xla=xla)
        except Exception as error:
            raise RefusalError(store, key) from error
        return program and (program, functools.partial(program, structure.leaves))

    def _structure_of(self, owner: AnyStructure) -> Structure:
        if self._structure is None:
            self._structure = Structure.of(owner)
        return self._structure


class RefusalError(Exception):
    """TensorFlow refuses to make a program."""

    def __init__(self, store: dict[Key, Program | None], key: Key) -> None:
        super().__init__(key.method)
        self._store = store
        self._key = key

    def remember(self) -> None:
        """Makes no further attempt, and says so."""
        self._store[self._key] = None
        _warn(self._key, "operation by operation", self.__cause__)


def _is_input(leaf: Leaf) -> bool:
    """Tells whether a program takes a leaf: not a variable with a copy on each device."""
    return isinstance(leaf, ResourceVariable) or not isinstance(leaf, tf.Variable)


def _program(
    key: Key, store: dict[Key, Program | None], structure: Structure, call: Parts
) -> Program | None:
    if key not in store:
        with _LOCK:  # Of several threads, one compiles.
            if key not in store:
                store[key] = Program(
                    key, structure.leaves, call.leaves, may_assert=structure.validates
                )
    return store[key]


_SHARED: dict[Key, Program | None] = {}
_LOCK = threading.RLock()


def trace(key: Key, leaves: Sequence[Leaf], arguments: Sequence[Leaf], *, xla: bool) -> AnyCallable:
    """Traces a method for one structure.

    Args:
      key: what to trace.
      leaves: those of the structure, to know their shapes.
      arguments: those of the call, likewise.
      xla: whether XLA is to compile it, when it is first called.

    Returns:
      A function of all leaves, then all arguments.
    """
    count = len(leaves)  # Not the leaves themselves: the program outlives them.

    def program(*inputs: AnyStructure) -> AnyStructure:
        tensors = [tf.convert_to_tensor(leaf) for leaf in inputs[:count]]
        try:
            owner = put_together(key.tree, tensors, classes=_classes(xla=xla))
        except Exception as error:
            raise _CannotRebuildError from error
        positional, keywords = put_together(key.arguments, inputs[count:])
        # A trainable's own method has led here; an object of TFP's, such as the probe's, has none.
        if isinstance(key.tree, Kept) and hasattr(owner, "_call_tfp"):
            return owner._call_tfp(key.method, positional, key.method, keywords)
        return getattr(owner, key.method)(*positional, **keywords)

    program.__name__ = f"{_class_name(key)}_{key.method}"
    function = ops.function(program, jit_compile=xla, autograph=False)
    return function.get_concrete_function(*leaves, *arguments)


def _classes(*, xla: bool) -> Classes:
    """Returns what stands in the place of a class: TFP's own, or its formulation for programs."""
    return _for_xla if xla else _for_graphs


def _for_xla(node: Made) -> AnyCallable:
    return IN_XLA.get(node.cls, node.cls)


def _for_graphs(node: Made) -> AnyCallable:
    return IN_GRAPHS.get(node.cls, node.cls)


def asserts(key: Key, leaves: Sequence[Leaf], arguments: Sequence[Leaf]) -> bool:
    """Tells whether a program asserts or prints something, which XLA would drop."""
    definition = untyped(trace(key, leaves, arguments, xla=False)).graph.as_graph_def()
    functions = [function.node_def for function in definition.library.function]
    nodes = (node for nodes in (definition.node, *functions) for node in nodes)
    return any(node.op in ("Assert", "PrintV2") for node in nodes)


def _class_name(key: Key) -> str:
    return key.tree.cls.__name__ if isinstance(key.tree, Made) else "opaque"


def _warn(key: Key, how: str, refusal: BaseException | None) -> None:
    reason = str(refusal).strip().partition("\n")[0]
    warnings.warn(
        f"{_class_name(key)}.{key.method} runs {how}, for it cannot be compiled: {reason}",
        CompilationWarning,
        stacklevel=2,
    )
