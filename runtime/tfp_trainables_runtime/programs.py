"""Compiles methods: one program for all objects of one structure."""

from __future__ import annotations

import functools
import threading
import warnings
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import tensorflow as tf

from tfp_trainables_runtime.reformulated import REFORMULATED
from tfp_trainables_runtime.structure import (
    Arrays,
    Leaf,
    Node,
    Object,
    Structure,
    build,
)
from tfp_trainables_runtime.typing import AnyCallable, AnyStructure, Keyword
from tfp_trainables_runtime.untyped import ResourceVariable, ops

__all__ = ["CompilationWarning", "Key", "Programs", "runs_programs", "trace"]

Ready: TypeAlias = Callable[..., AnyStructure]


class CompilationWarning(UserWarning):
    """A method runs as a TensorFlow graph, or op by op, for it cannot be compiled."""


class _CannotRebuildError(Exception):
    """An object is not what its class makes of its parameters."""


def runs_programs() -> bool:
    """Tells whether a call runs a program of its own here and now.

    It does not where a graph is under construction, whose own compilation it becomes a
    part of, nor where the user wants to see every operation.
    """
    return ops.executing_eagerly() and not ops.config.functions_run_eagerly()


@dataclass(frozen=True)
class Key:
    """What a program is compiled for."""

    method: str
    tree: Node
    arguments: Node
    xla: bool


class _Program:
    """A method, traced for one structure and arguments of certain dtypes and shapes."""

    def __init__(self, key: Key, leaves: Sequence[Leaf], arguments: Sequence[Leaf]) -> None:
        self._key = key
        self._is_xla = key.xla
        self._concrete = trace(key, leaves, arguments, xla=key.xla)

    def __call__(self, leaves: Sequence[Leaf], *arguments: Leaf) -> AnyStructure:
        try:
            return self._concrete(*leaves, *arguments)
        except ops.errors.OpError as error:
            if not self._is_xla:
                raise
            return self._without_xla(error, leaves, arguments)

    def _without_xla(
        self, refusal: Exception, leaves: Sequence[Leaf], arguments: Sequence[Leaf]
    ) -> AnyStructure:
        graph = trace(self._key, leaves, arguments, xla=False)
        result = graph(*leaves, *arguments)
        self._concrete = graph
        self._is_xla = False
        _warn(self._key, "as a graph of operations", refusal)
        return result


class Programs:
    """The programs of one object's methods."""

    def __init__(self) -> None:
        self._structure: Structure | None = None
        self._has_been_called = False
        self._own: dict[Key, _Program | None] = {}
        self._ready: dict[Hashable, Ready] = {}

    def reformulated(self, owner: AnyStructure) -> AnyStructure:
        """Returns an object equal to the owner of which XLA can compile more, if need be."""
        structure = self._structure or Structure.of_object(owner)
        if structure.classes.isdisjoint(REFORMULATED):
            return owner
        return build(structure.tree, structure.leaves, instead=REFORMULATED)

    def ready(self, key: Hashable) -> Ready | None:
        """Returns what `call` has made ready under a key: a function of tensors alone."""
        return self._ready.get(key)

    def call(
        self,
        owner: AnyStructure,
        method: str,
        arguments: Sequence[AnyStructure],
        name: str,
        keywords: Mapping[str, Keyword],
        *,
        xla: bool,
        ready_as: Hashable = None,
    ) -> AnyStructure:
        """Calls a method by its program, which is compiled if there is none yet.

        Args:
          owner: the object.
          method: one of its TFP class.
          arguments: positional arguments. Tensors and arrays are inputs of the program,
            what else there is becomes part of it.
          name: prefix of the names of operations, where there is no program to run.
          keywords: further arguments, by name.
          xla: whether to have XLA compile it; else it is a graph.
          ready_as: makes the program ready under this key, which tells all about the
            arguments but the elements of their tensors.
        """
        call = Structure.of((tuple(arguments), dict(keywords)), Arrays.LEAVES)
        if ready_as is None:
            ready_as = (method, call.tree)
            ready = self._ready.get(ready_as)
            if ready is not None:
                return ready(*call.leaves)

        def op_by_op() -> AnyStructure:
            return owner._call_tfp(method, arguments, name, keywords)

        structure = self._structure_of(owner)
        if structure is None:
            return op_by_op()
        key = Key(method, structure.tree, call.tree, xla and not structure.validates)
        store = self._own if structure.captured or call.captured else _SHARED
        try:
            program = _program(key, store, structure.leaves, call.leaves)
        except _CannotRebuildError:
            self._structure = Structure.opaque(owner)
            return self.call(owner, method, arguments, name, keywords, xla=xla, ready_as=ready_as)
        except Exception as error:
            # Where the arguments are at fault, TFP says so more clearly op by op.
            result = op_by_op()
            store[key] = None
            _warn(key, "operation by operation", error)
            return result
        if program is None:
            return op_by_op()
        self._ready[ready_as] = functools.partial(program, structure.leaves)
        return program(structure.leaves, *call.leaves)

    def _structure_of(self, owner: AnyStructure) -> Structure | None:
        """Returns the object's structure, or `None` while it cannot have programs yet."""
        if self._structure is None:
            structure = Structure.of_object(owner)
            if not all(map(_is_input, structure.leaves)):
                return None
            if structure.captured and not self._has_been_called:
                # A network creates its weights when it is first called, which must not
                # happen inside of a program.
                self._has_been_called = True
                return None
            self._structure = structure
        return self._structure


def _is_input(leaf: Leaf) -> bool:
    """Tells whether a program takes a leaf: not a variable with a copy on each device."""
    return isinstance(leaf, ResourceVariable) or not isinstance(leaf, tf.Variable)


def _program(
    key: Key,
    store: dict[Key, _Program | None],
    leaves: Sequence[Leaf],
    arguments: Sequence[Leaf],
) -> _Program | None:
    if key not in store:
        with _LOCK:  # Of several threads, one compiles.
            if key not in store:
                store[key] = _Program(key, leaves, arguments)
    return store[key]


_SHARED: dict[Key, _Program | None] = {}
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

    def program(*inputs: AnyStructure) -> AnyStructure:
        tensors = [tf.convert_to_tensor(leaf) for leaf in inputs[: len(leaves)]]
        try:
            owner = build(key.tree, tensors, instead=REFORMULATED if xla else None)
        except Exception as error:
            raise _CannotRebuildError from error
        positional, keywords = build(key.arguments, inputs[len(leaves) :])
        return getattr(owner, key.method)(*positional, **keywords)

    program.__name__ = f"{_class_name(key)}_{key.method}"
    function = ops.function(program, jit_compile=xla, autograph=False)
    return function.get_concrete_function(*leaves, *arguments)


def _class_name(key: Key) -> str:
    return key.tree.cls.__name__ if isinstance(key.tree, Object) else "opaque"


def _warn(key: Key, how: str, refusal: Exception) -> None:
    reason = str(refusal).strip().partition("\n")[0]
    warnings.warn(
        f"{_class_name(key)}.{key.method} runs {how}, for it cannot be compiled: {reason}",
        CompilationWarning,
        stacklevel=2,
    )
