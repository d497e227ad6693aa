"""Programs: methods, traced for one structure."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import tensorflow as tf

from tfp_trainables_runtime.formulations.reformulated import IN_GRAPHS, IN_XLA
from tfp_trainables_runtime.parts.putting import Classes, put_together
from tfp_trainables_runtime.parts.taking import Leaf
from tfp_trainables_runtime.parts.tree import Kept, Made, Node
from tfp_trainables_runtime.private import (
    ResourceVariable,
    call_without_recording,
    is_recorded,
    without_optimizer,
)
from tfp_trainables_runtime.programs.graphs import nodes_of_graph
from tfp_trainables_runtime.typing import AnyCallable, AnyStructure
from tfp_trainables_runtime.untyped import ops, untyped

__all__ = [
    "CannotRebuildError",
    "CompilationWarning",
    "Inputs",
    "Key",
    "Program",
    "Specs",
    "asserts",
    "classes_in",
    "trace",
    "value_and_gradients",
    "warn",
]

Specs: TypeAlias = Sequence[tf.TensorSpec | Leaf]
"""What a program is traced for: the dtype and shape of each tensor of a call."""


class CompilationWarning(UserWarning):
    """A method runs as a graph, or operation by operation, for it cannot be compiled."""


class CannotRebuildError(Exception):
    """An object is not what its class makes of its parameters."""


@dataclass(frozen=True)
class Key:
    """What a program is made for, but for the shapes of samples.

    Attributes:
      method: the method of the TFP class, or the name of what is computed in its place.
      tree: the object whose method it is, without its leaves.
      arguments: those of the call, likewise.
      device: that of the `tf.device` around the call; empty outside of any.
      loss: a function of the object and the arguments whose value and gradients are computed
        in the place of a method.
      sources: what the gradients are of: places among the leaves, or references to variables
        of parts that stay as they are.
    """

    method: str
    tree: Node
    arguments: Node
    device: str = ""
    loss: AnyCallable | None = None
    sources: tuple[AnyStructure, ...] = ()

    @property
    def class_name(self) -> str:
        """The name of the TFP class."""
        tree = self.tree
        cls: AnyStructure = tree.value.__class__ if isinstance(tree, Kept) else None
        if isinstance(tree, Made):
            cls = tree.cls
        return getattr(cls, "_tfp_class", cls).__name__


class Inputs:
    """The leaves of one object, as programs take them.

    Attributes:
      leaves: its variables and tensors.
    """

    def __init__(self, leaves: Sequence[Leaf]) -> None:
        self.leaves = tuple(leaves)
        self.flat = tuple(
            untyped(leaf).handle if isinstance(leaf, tf.Variable) else leaf for leaf in leaves
        )

    @staticmethod
    def takes(leaf: Leaf) -> bool:
        """Tells whether a program takes a leaf: not a variable with a copy on each device."""
        return isinstance(leaf, ResourceVariable) or not isinstance(leaf, tf.Variable)


class Program:
    """A method, traced for one structure and arguments of certain dtypes and shapes.

    Attributes:
      function: what has been traced.
      calls: how often it was called.
      seconds: what it took to trace it, and to call it first, for that is when it is compiled.
    """

    def __init__(self, key: Key, leaves: Sequence[Leaf], specs: Specs, *, xla: bool) -> None:
        start = time.perf_counter()
        self.function = trace(key, leaves, specs, xla=xla)
        self.calls = 0
        self.seconds = time.perf_counter() - start
        self._call = without_optimizer(self.function)
        self._call_shortly = call_without_recording(self.function)

    def __call__(self, inputs: Inputs, tensors: Sequence[tf.Tensor]) -> AnyStructure:
        """Runs it."""
        start = 0.0 if self.calls else time.perf_counter()
        self.calls += 1
        if self._call_shortly is None or is_recorded():
            result = self._call(*inputs.leaves, *tensors)
        else:
            result = self._call_shortly(*inputs.flat, *tensors)
        if start:
            self.seconds += time.perf_counter() - start
        return result


def trace(key: Key, leaves: Sequence[Leaf], arguments: Specs, *, xla: bool) -> AnyCallable:
    """Traces a method for one structure.

    Args:
      key: what to trace.
      leaves: those of the structure, to know their shapes.
      arguments: those of the call, likewise.
      xla: whether XLA is to compile it, when it is first called.

    Returns:
      A function of all leaves, then all arguments.

    Raises:
      CannotRebuildError: if the object is not what its class makes of its parameters.
    """
    count = len(leaves)  # Not the leaves themselves: the program outlives them.

    def rebuilt(tensors: Sequence[tf.Tensor]) -> AnyStructure:
        try:
            return put_together(key.tree, tensors, classes=classes_in(xla=xla))
        except Exception as error:
            raise CannotRebuildError from error

    def program(*inputs: AnyStructure) -> AnyStructure:
        tensors = [tf.convert_to_tensor(leaf) for leaf in inputs[:count]]
        positional, keywords = put_together(key.arguments, inputs[count:])
        loss = key.loss
        if loss is not None:
            sources = [
                tensors[source] if isinstance(source, int) else source.deref()
                for source in key.sources
            ]
            return value_and_gradients(lambda: loss(rebuilt(tensors), *positional), lambda: sources)
        owner = rebuilt(tensors)
        # A trainable's own method has led here; an object of TFP's, such as the probe's, has none.
        if isinstance(key.tree, Kept) and hasattr(owner, "_call_tfp"):
            return owner._call_tfp(key.method, positional, key.method, keywords)
        return getattr(owner, key.method)(*positional, **keywords)

    program.__name__ = f"{key.class_name}_{key.method}"
    function = ops.function(program, jit_compile=xla, autograph=False)
    return function.get_concrete_function(*leaves, *arguments)


def value_and_gradients(
    loss: Callable[[], AnyStructure],
    sources: Callable[[], Sequence[tf.Tensor | tf.Variable]],
) -> tuple[tf.Tensor, tuple[tf.Tensor, ...]]:
    """Returns what a loss is, and its gradients: 0 where it does not depend on a source.

    Args:
      loss: what is differentiated. It may create variables, as a network does at first.
      sources: what the gradients are of.
    """
    with ops.GradientTape() as tape:
        tape.watch([source for source in sources() if not isinstance(source, tf.Variable)])
        value = tf.convert_to_tensor(loss())
    gradients = tape.gradient(value, list(sources()), unconnected_gradients="zero")
    return value, tuple(map(tf.convert_to_tensor, gradients))


def classes_in(*, xla: bool) -> Classes:
    """Returns what stands in the place of a class: TFP's own, or its formulation for programs."""
    return _for_xla if xla else _for_graphs


def _for_xla(node: Made) -> AnyCallable:
    return IN_XLA.get(node.cls, node.cls)


def _for_graphs(node: Made) -> AnyCallable:
    return IN_GRAPHS.get(node.cls, node.cls)


def asserts(graph: AnyStructure) -> bool:
    """Tells whether a graph asserts or prints something, which XLA would drop."""
    return any(node.operation in ("Assert", "PrintV2") for node in nodes_of_graph(graph))


def warn(key: Key, how: str, refusal: BaseException | None) -> None:
    """Says that a method runs in a slower way from now on."""
    reason = str(refusal).strip().partition("\n")[0]
    warnings.warn(
        f"{key.class_name}.{key.method} runs {how}, for it cannot be compiled: {reason}",
        CompilationWarning,
        stacklevel=2,
    )
