"""From one object's call to the record of all objects of its structure."""

from __future__ import annotations

import contextlib
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import tensorflow as tf

from tfp_trainables_runtime.calls.sizes import specs_of
from tfp_trainables_runtime.formulations.reformulated import (
    IN_GRAPHS,
    IN_GRAPHS_OVER_SURFACES,
    IN_XLA,
)
from tfp_trainables_runtime.parts.putting import put_together
from tfp_trainables_runtime.parts.taking import Numbers, Parts, take_apart
from tfp_trainables_runtime.parts.tree import Input, Items, Made, Node, nodes_of
from tfp_trainables_runtime.private import current_device, is_over_surface
from tfp_trainables_runtime.programs.programs import Inputs, Key, classes_in
from tfp_trainables_runtime.programs.records import (
    OpByOp,
    Record,
    Records,
    ReplacedError,
    Specs,
    records_of,
)
from tfp_trainables_runtime.programs.structure import Structure
from tfp_trainables_runtime.typing import AnyCallable, AnyStructure
from tfp_trainables_runtime.untyped import ops, untyped

__all__ = ["Call", "Caller", "Programs"]

_MOST_CALLERS = 256
"""How many kinds of calls an object remembers; calls of ever new sizes are of ever new kinds."""


@dataclass(frozen=True)
class Call:
    """A call of a method, as programs take it.

    Attributes:
      method: the method of the TFP class.
      arguments: positional arguments.
      keywords: further arguments, by name.
      sample_shape: that of draws, which `arguments` hold as a tensor; else `None`.
      may_use_xla: whether XLA may have it.
      loss: what is differentiated in the place of a method that is called; see `Key`.
      variables: those that the gradients are of.
    """

    method: str
    arguments: tuple[AnyStructure, ...]
    keywords: Mapping[str, AnyStructure] = field(default_factory=dict[str, AnyStructure])
    sample_shape: tuple[int, ...] | None = None
    may_use_xla: bool = True
    loss: AnyCallable | None = None
    variables: Sequence[tf.Variable] = ()


class Caller:
    """Calls of one method of one object, of inputs of certain shapes.

    Attributes:
      record: what runs them.
    """

    def __init__(self, record: Record, inputs: Inputs, static: int) -> None:
        self.record = record
        self._inputs = inputs
        self._static = static

    def __call__(self, tensors: Sequence[tf.Tensor], op_by_op: OpByOp) -> AnyStructure:
        """Calls the method; see `Record`."""
        return self.record(self._inputs, tensors[self._static :], op_by_op)


class Programs:
    """What there is for the methods of one object.

    Attributes:
      callers: by what tells all about a call but the elements of its tensors.
    """

    def __init__(self) -> None:
        self.callers: dict[Hashable, Caller] = {}
        self._structure: Structure | None = None
        self._records = Records()
        self._inputs: Inputs | None = None

    def __reduce__(self) -> tuple[AnyStructure, ...]:
        """Supports copies and pickles of what holds it: they have programs of their own."""
        return Programs, ()

    @ops.autograph.experimental.do_not_convert
    def reformulated(self, owner: AnyStructure, *, xla: bool) -> AnyStructure | None:
        """Returns an object equal to the owner for a graph or XLA, if they take another."""
        structure = self._structure or Structure.of(owner)
        classes = {node.cls for node in nodes_of(structure.tree) if isinstance(node, Made)}
        if not any(map(is_over_surface, classes)):
            classes = classes.difference(IN_GRAPHS_OVER_SURFACES)
        table = IN_XLA if xla else IN_GRAPHS
        if ops.executing_eagerly():  # Functions run eagerly, to debug: there is no graph.
            table = IN_GRAPHS_OVER_SURFACES
        if classes.isdisjoint(table):
            return None
        return put_together(structure.tree, structure.leaves, classes=classes_in(xla=xla))

    def call(
        self, owner: AnyStructure, call: Call, key: Hashable, op_by_op: OpByOp
    ) -> AnyStructure:
        """Calls a method for which there is no caller yet, and remembers one.

        Args:
          owner: the object.
          call: what is called.
          key: what tells all about it but the elements of its tensors; `None` if that is
            not known yet.
          op_by_op: calls it operation by operation.
        """
        # A variable among the arguments may be one of the model's too; its value is not.
        values = ops.nest.map_structure(_value, (call.arguments, dict(call.keywords)))
        parts = take_apart(values, Numbers.LEAVES)
        if parts.kept:  # An object of the user's: it may change without notice.
            return op_by_op()
        if key is None:
            key = (call.method, call.sample_shape, current_device(), parts.tree, call.loss)
        caller = self.callers.get(key)
        while caller is None or caller.record.is_replaced:
            caller = self._caller(owner, call, parts)
            if caller is None:
                return op_by_op()
            if len(self.callers) >= _MOST_CALLERS:
                self.callers.clear()
            self.callers[key] = caller
            with contextlib.suppress(ReplacedError):
                return caller(parts.leaves, op_by_op)
        return caller(parts.leaves, op_by_op)

    def _caller(self, owner: AnyStructure, call: Call, parts: Parts) -> Caller | None:
        """Returns a new caller; `None` where only single operations run the method."""
        if self._structure is None:
            self._take(Structure.of(owner))
            if untyped(self._structure).is_its_own:
                # A network creates its weights when it is first called: in no program, once.
                return None
        draws = call.sample_shape is not None
        specs = specs_of(owner, call.method, call.keywords, parts.leaves, draws=draws)
        record = self._record(call, parts.tree, specs)
        if record is not None and record.needs_owner:
            self._take(Structure.opaque(owner))
            record = self._record(call, parts.tree, specs)
        if record is None or self._inputs is None:
            return None
        if not record.needs_shapes:
            return Caller(record, self._inputs, 0)
        static = 0 if call.sample_shape is None else 1
        if static:
            positional, keywords = put_together(parts.tree, parts.leaves)
            values = ((call.sample_shape, *positional[1:]), keywords)
            parts = take_apart(values, Numbers.LEAVES)
        specs = list(map(tf.TensorSpec.from_tensor, parts.leaves))
        record = self._record(call, parts.tree, specs)
        return record and Caller(record, self._inputs, static)

    def _record(self, call: Call, arguments: Node, specs: Specs) -> Record | None:
        """Returns the record of a call, for what is known of its tensors."""
        structure = self._structure
        if structure is None or self._inputs is None:
            return None
        places = {id(leaf): place for place, leaf in enumerate(structure.leaves)}
        sources = (places.get(id(it), untyped(it).ref()) for it in call.variables)
        key = Key(
            call.method,
            structure.tree,
            _with_specs(arguments, specs),
            current_device(),
            call.loss,
            tuple(sources),
        )
        may_use_xla = call.may_use_xla and call.sample_shape is None
        return self._records.record(
            key, specs, may_use_xla=may_use_xla, validates=structure.validates
        )

    def _take(self, structure: Structure) -> None:
        """Has the object be of a structure."""
        self.callers.clear()
        self._structure = structure
        takes_all = all(map(Inputs.takes, structure.leaves))
        self._inputs = Inputs(structure.leaves) if takes_all else None
        self._records = Records() if structure.is_its_own else records_of(structure.tree)


def _with_specs(node: Node, specs: Specs) -> Node:
    """Returns the arguments of a call with what a program knows of each tensor."""
    if isinstance(node, Input):
        spec = specs[node.index]
        return Input(node.index, (spec.dtype, str(spec.shape)))
    if isinstance(node, Items):
        return replace(node, parts=tuple(_with_specs(part, specs) for part in node.parts))
    return node


def _value(part: AnyStructure) -> AnyStructure:
    return tf.convert_to_tensor(part) if isinstance(part, tf.Variable) else part
