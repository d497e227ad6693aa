"""Compiles methods: one program for all objects of one structure."""

from __future__ import annotations

import functools
import threading
import warnings
import weakref
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import tensorflow as tf

from tfp_trainables_runtime.reformulated import REFORMULATED
from tfp_trainables_runtime.structure import Arrays, Leaf, Structure
from tfp_trainables_runtime.tree import Captured, Node, Object, build
from tfp_trainables_runtime.typing import AnyCallable, AnyStructure, Keyword
from tfp_trainables_runtime.untyped import ResourceVariable, ops, untyped

__all__ = ["CompilationWarning", "Key", "Programs", "asserts", "runs_programs", "trace"]

Ready: TypeAlias = Callable[..., AnyStructure]


class CompilationWarning(UserWarning):
    """A method runs as a graph, or operation by operation, for it cannot be compiled."""


class _CannotRebuildError(Exception):
    """An object is not what its class makes of its parameters."""


class _Thread(threading.local):
    """The state of a thread."""

    is_op_by_op = False
    """Whether it runs a method operation by operation, and so the methods of its parts."""


_THREAD = _Thread()


def runs_programs() -> bool:
    """Tells whether a call runs a program of its own here and now.

    It does not where a graph is under construction, whose own compilation it becomes a
    part of, nor where the user wants to see every operation.
    """
    return (
        ops.executing_eagerly()
        and not ops.config.functions_run_eagerly()
        and not _THREAD.is_op_by_op
    )


@dataclass(frozen=True)
class Key:
    """What a program is compiled for."""

    method: str
    tree: Node
    arguments: Node
    xla: bool


class _Program:
    """A method, traced for one structure and arguments of certain dtypes and shapes."""

    def __init__(
        self, key: Key, leaves: Sequence[Leaf], arguments: Sequence[Leaf], *, may_assert: bool
    ) -> None:
        self._key = key
        self._is_xla = key.xla and not (may_assert and asserts(key, leaves, arguments))
        self._concrete = trace(key, leaves, arguments, xla=self._is_xla)
        self.asserts = may_assert and not self._is_xla

    def __call__(self, leaves: Sequence[Leaf], *arguments: Leaf) -> AnyStructure:
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
    """The programs of one object's methods."""

    def __init__(self, owner: AnyStructure) -> None:
        self._owner = weakref.ref(owner)
        self._structure: Structure | None = None
        self._has_been_called = False
        self._own: dict[Key, _Program | None] = {}
        self._ready: dict[Hashable, Ready] = {}

    def reformulated(self) -> AnyStructure | None:
        """Returns an object equal to the owner of which XLA compiles more, if there is one."""
        structure = self._structure or Structure.of_object(self._owner())
        if structure.classes.isdisjoint(REFORMULATED):
            return None
        return build(structure.tree, structure.leaves, instead=REFORMULATED)

    def ready(self, key: Hashable) -> Ready | None:
        """Returns what `call` has made ready under a key: a function of tensors alone."""
        return self._ready.get(key)

    def call(
        self,
        method: str,
        arguments: Sequence[AnyStructure],
        keywords: Mapping[str, Keyword],
        *,
        xla: bool,
        ready_as: Hashable = None,
    ) -> AnyStructure:
        """Calls a method by its program, which is compiled if there is none yet.

        Args:
          method: one of the owner's TFP class.
          arguments: positional arguments. Tensors and arrays are inputs of the program,
            what else there is becomes part of it.
          keywords: likewise, by name.
          xla: whether to have XLA compile it; else it is a graph.
          ready_as: makes the program ready under this key, which tells all about the
            arguments but the elements of their tensors.
        """
        # A variable among the arguments may be one of the model's too; its value is not.
        arguments, keywords = ops.nest.map_structure(_value, (tuple(arguments), dict(keywords)))
        call = Structure.of((arguments, keywords), Arrays.LEAVES)
        if call.captured:  # An object of the user's: it may change without notice.
            return untyped(self._owner())._call_tfp(method, arguments, method, keywords)
        if ready_as is None:
            ready_as = (method, call.tree)
        ready = self._ready.get(ready_as)
        if ready is None:
            if self._is_first_call():
                # A network creates its weights when it is first called, which must not
                # happen inside of a program.
                self._op_by_op(method, call.tree, *call.leaves)
                self._structure = None
            ready = self._make_ready(method, call, xla=xla)
        result = ready(*call.leaves)
        self._ready[ready_as] = ready
        return result

    def _make_ready(self, method: str, call: Structure, *, xla: bool) -> Ready:
        """Returns a function of the tensors of a call."""
        structure = self._structure_of_owner()
        key = Key(method, structure.tree, call.tree, xla)
        store = self._own if structure.captured else _SHARED
        op_by_op = functools.partial(self._op_by_op, method, call.tree)
        if not all(map(_is_input, structure.leaves)):
            return op_by_op
        refusal: Exception | None = None
        program: _Program | None = None
        try:
            program = _program(key, store, structure, call)
        except _CannotRebuildError:
            self._structure = Structure.opaque(self._owner())
            return self._make_ready(method, call, xla=xla)
        except Exception as error:
            refusal = error
        if refusal is not None:
            op_by_op(*call.leaves)  # Where the arguments are at fault, TFP says so better.
            store[key] = None
            _warn(key, "operation by operation", refusal)
        if program is None:
            return op_by_op
        run = functools.partial(program, structure.leaves)
        return functools.partial(self._checked, run, op_by_op) if program.asserts else run

    def _is_first_call(self) -> bool:
        """Tells whether this is the first call of an object with captured parts."""
        is_first = not self._has_been_called and bool(self._structure_of_owner().captured)
        self._has_been_called = True
        return is_first

    def _structure_of_owner(self) -> Structure:
        if self._structure is None:
            self._structure = Structure.of_object(self._owner())
        return self._structure

    def _op_by_op(self, method: str, arguments: Node, *inputs: Leaf) -> AnyStructure:
        positional, keywords = build(arguments, inputs)
        _THREAD.is_op_by_op = True
        try:
            return untyped(self._owner())._call_tfp(method, positional, method, keywords)
        finally:
            _THREAD.is_op_by_op = False

    @staticmethod
    def _checked(run: Ready, op_by_op: Ready, *inputs: Leaf) -> AnyStructure:
        """Runs a program with assertions; one that fails is reported by TFP itself."""
        try:
            return run(*inputs)
        except ops.errors.OpError as error:
            failure: Exception = error
        op_by_op(*inputs)
        raise failure


def _value(part: AnyStructure) -> AnyStructure:
    return tf.convert_to_tensor(part) if isinstance(part, tf.Variable) else part


def _is_input(leaf: Leaf) -> bool:
    """Tells whether a program takes a leaf: not a variable with a copy on each device."""
    return isinstance(leaf, ResourceVariable) or not isinstance(leaf, tf.Variable)


def _program(
    key: Key,
    store: dict[Key, _Program | None],
    structure: Structure,
    call: Structure,
) -> _Program | None:
    if key not in store:
        with _LOCK:  # Of several threads, one compiles.
            if key not in store:
                store[key] = _Program(
                    key, structure.leaves, call.leaves, may_assert=structure.validates
                )
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
    count = len(leaves)  # Not the leaves themselves: the program outlives them.

    def program(*inputs: AnyStructure) -> AnyStructure:
        tensors = [tf.convert_to_tensor(leaf) for leaf in inputs[:count]]
        try:
            owner = build(key.tree, tensors, instead=REFORMULATED if xla else None)
        except Exception as error:
            raise _CannotRebuildError from error
        positional, keywords = build(key.arguments, inputs[count:])
        # A trainable's own method has led here; an object of TFP's, such as the probe's, has none.
        if isinstance(key.tree, Captured) and hasattr(owner, "_call_tfp"):
            return owner._call_tfp(key.method, positional, key.method, keywords)
        return getattr(owner, key.method)(*positional, **keywords)

    program.__name__ = f"{_class_name(key)}_{key.method}"
    function = ops.function(program, jit_compile=xla, autograph=False)
    return function.get_concrete_function(*leaves, *arguments)


def asserts(key: Key, leaves: Sequence[Leaf], arguments: Sequence[Leaf]) -> bool:
    """Tells whether a program asserts something, which XLA would drop."""
    definition = untyped(trace(key, leaves, arguments, xla=False)).graph.as_graph_def()
    functions = [function.node_def for function in definition.library.function]
    return any(node.op == "Assert" for nodes in (definition.node, *functions) for node in nodes)


def _class_name(key: Key) -> str:
    return key.tree.cls.__name__ if isinstance(key.tree, Object) else "opaque"


def _warn(key: Key, how: str, refusal: Exception) -> None:
    reason = str(refusal).strip().partition("\n")[0]
    warnings.warn(
        f"{_class_name(key)}.{key.method} runs {how}, for it cannot be compiled: {reason}",
        CompilationWarning,
        stacklevel=2,
    )
