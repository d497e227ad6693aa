"""Records: what has been called, what that has cost, and the programs there are for it."""

from __future__ import annotations

import threading
import weakref
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeAlias

import tensorflow as tf

from tfp_trainables_runtime.parts.tree import Node
from tfp_trainables_runtime.private import is_recorded, operations_so_far
from tfp_trainables_runtime.programs.execution import Tier, pinned
from tfp_trainables_runtime.programs.graphs import nodes_of_graph
from tfp_trainables_runtime.programs.programs import (
    CannotRebuildError,
    Inputs,
    Key,
    Program,
    Specs,
    asserts,
    warn,
)
from tfp_trainables_runtime.programs.tiers import Counts, cost_as_graph, cost_op_by_op, tier_of
from tfp_trainables_runtime.programs.xla_operations import less_accurate_in_xla
from tfp_trainables_runtime.typing import AnyStructure
from tfp_trainables_runtime.untyped import ops, untyped

__all__ = [
    "MOST_OF_A_STRUCTURE",
    "MOST_OF_THE_PROCESS",
    "ReplacedError",
    "OfShape",
    "Record",
    "Records",
    "Use",
    "all_records",
    "records_of",
]

OpByOp: TypeAlias = Callable[[], AnyStructure]
Shapes: TypeAlias = tuple[tf.TensorShape, ...]

_IN_WORDS = {Tier.GRAPH: "as a graph of operations", Tier.OP_BY_OP: "operation by operation"}

_NOT_OF_THE_PROGRAM: tuple[type[Exception], ...] = (
    ops.errors.CancelledError,
    ops.errors.ResourceExhaustedError,
)
"""Errors that say nothing of the program that raises them, nor of its inputs."""


MOST_OF_A_STRUCTURE = 64
"""Programs for the methods of one structure: TensorFlow never gives their memory back."""

MOST_OF_THE_PROCESS = {Tier.GRAPH: 2000, Tier.XLA: 300}
"""Programs in all: some 0.25 MiB each as a graph, 2.6 MiB under XLA."""

_MOST_RECORDS = 1000
"""Kinds of calls of one structure that are remembered, but for those that have a program."""

_MOST_SHAPES = 8
"""Shapes of inputs that are counted at a time, to see which of them keep coming."""


class ReplacedError(Exception):
    """A record cannot be traced as it is: another one has to take its place."""


class _RefusedError(Exception):
    """TensorFlow does not make a program of a tier."""

    def __init__(self, tier: Tier) -> None:
        super().__init__(tier)
        self.tier = tier


class Use:
    """A use of a record: where gradients may be taken, or where not.

    Attributes:
      counts: what has been spent.
      ceiling: the highest tier that it may run in.
    """

    def __init__(self) -> None:
        self.counts = Counts()
        self.ceiling = Tier.XLA


class OfShape:
    """Inputs of one shape.

    Attributes:
      spent: what calls of the graph have cost so far.
      program: XLA's for them, once there is one.
    """

    def __init__(self) -> None:
        self.spent = 0.0
        self.program: Program | None = None


class Record:
    """A method of one structure, called in one way; what runs it, and decides how.

    Attributes:
      key: what it is a record of.
      specs: dtypes and shapes of the tensors of a call; the sizes of samples are not known.
      needs_shapes: whether it cannot be traced unless they are.
      needs_owner: whether its object cannot be made again of its leaves.
      is_bounded: whether a program was not made, for there are too many.
      graph: the program for all sizes of samples, once there is one.
      shapes: what has been spent on inputs of certain shapes.
    """

    def __init__(
        self, of: Records, key: Key, specs: Specs, *, may_use_xla: bool, validates: bool
    ) -> None:
        self.key = key
        self.specs = specs
        self._of = of
        self._may_use_xla = may_use_xla
        self._validates = validates
        self.forget()
        _ALL.add(self)

    def forget(self) -> None:
        """Starts anew, without programs."""
        self.needs_shapes = False
        self.needs_owner = False
        self.is_bounded = False
        self.uses = (Use(), Use())
        self.shapes: dict[Shapes, OfShape] = {}
        self.graph: Program | None = None
        self._nodes = 0
        self._asserts = False
        self._is_accurate_in_xla = False

    @property
    def is_replaced(self) -> bool:
        """Whether another record takes its place."""
        return self.needs_shapes or self.needs_owner

    def __call__(
        self, inputs: Inputs, tensors: Sequence[tf.Tensor], op_by_op: OpByOp
    ) -> AnyStructure:
        """Calls the method.

        Args:
          inputs: the leaves of the object.
          tensors: those of the call.
          op_by_op: calls it operation by operation.

        Raises:
          ReplacedError: if it needs what it has not got; nothing has been called yet.
        """
        recorded: bool = is_recorded()
        use = self.uses[recorded]
        tier = pinned()
        if tier is None:
            tier = min(tier_of(use.counts), Tier.GRAPH)
            # Of a gradient, XLA's program would be another one, whose operations nobody has seen.
            if tier and self._is_accurate_in_xla and not recorded:
                tier = self._count_shape(tensors)
        failure: BaseException | None
        try:
            program, tier = self._program(min(tier, use.ceiling), inputs, tensors)
        except _RefusedError as error:
            tier, failure = error.tier, error.__cause__
        else:
            if program is None:
                return self._run_op_by_op(use, tensors, op_by_op)
            use.counts.nodes = self._nodes
            try:
                return program(inputs, tensors)
            except _NOT_OF_THE_PROGRAM:
                raise
            except ops.errors.OpError as error:
                if tier is Tier.XLA and program.calls == 1:  # It was compiled just now.
                    self._replace_if_sizes_are_open(error)
                failure = error
        # If the inputs are to blame, TFP says so; else it is the program that is.
        result = self._run_op_by_op(use, tensors, op_by_op)
        self._refuse(use, tier, failure)
        return result

    def _program(
        self, tier: Tier, inputs: Inputs, tensors: Sequence[tf.Tensor]
    ) -> tuple[Program | None, Tier]:
        """Returns a program and its tier: where too many would be made, one of a lower tier."""
        if tier is Tier.XLA and self._validates and self.graph is None:
            self._make_graph(inputs)  # It tells whether there is an assertion, which XLA drops.
        if tier is Tier.XLA and not self._asserts:
            program = self._xla_program(inputs, tensors)
            if program is not None:
                return program, tier
        return (self.graph or self._make_graph(inputs)) if tier else None, Tier.GRAPH

    def _run_op_by_op(
        self, use: Use, tensors: Sequence[tf.Tensor], op_by_op: OpByOp
    ) -> AnyStructure:
        before = operations_so_far()
        result = op_by_op()
        counts = use.counts
        counts.calls += 1
        counts.operations = operations_so_far() - before - 1
        elements = _elements(tensors) + _elements(ops.nest.flatten(result))
        counts.op_by_op += cost_op_by_op(counts.operations, elements)
        return result

    def _make_graph(self, inputs: Inputs) -> Program | None:
        """Makes the graph, unless there are too many."""
        with _LOCK:  # Of several threads, one makes it.
            if self.is_replaced:
                raise ReplacedError
            if self.graph is None and self._may_make(Tier.GRAPH):
                graph = self._make(Tier.GRAPH, inputs, self.specs)
                of_function = untyped(graph.function).graph
                self._nodes = max(len(list(nodes_of_graph(of_function))), 1)
                self._asserts = self._validates and asserts(of_function)
                self._is_accurate_in_xla = (
                    self._may_use_xla and less_accurate_in_xla(of_function) is None
                )
                self.graph = graph
        return self.graph

    def _count_shape(self, tensors: Sequence[tf.Tensor]) -> Tier:
        """Counts a call as a graph; returns the tier that is due for inputs of this shape."""
        shapes = tuple([tensor.shape for tensor in tensors])
        shape = self.shapes.get(shapes)
        if shape is None:
            if len(self.shapes) >= _MOST_SHAPES:
                self._drop_a_shape()
            shape = self.shapes[shapes] = OfShape()
        if shape.program is not None:
            return Tier.XLA
        shape.spent += cost_as_graph(self._nodes, _elements(tensors))
        return tier_of(Counts(nodes=self._nodes, as_graph=shape.spent))

    def _drop_a_shape(self) -> None:
        """Forgets the shape on which least was spent, unless it has a program."""
        without = {shapes: it.spent for shapes, it in self.shapes.items() if it.program is None}
        if without:
            del self.shapes[min(without, key=lambda shapes: without[shapes])]

    def _xla_program(self, inputs: Inputs, tensors: Sequence[tf.Tensor]) -> Program | None:
        """Returns the program for inputs of this shape; makes it, unless there are too many."""
        shapes = tuple([tensor.shape for tensor in tensors])
        shape = self.shapes.get(shapes)
        if shape is not None and shape.program is not None:
            return shape.program
        with _LOCK:
            shape = self.shapes.setdefault(shapes, OfShape())
            if shape.program is None and self._may_make(Tier.XLA):
                specs = list(map(tf.TensorSpec.from_tensor, tensors))
                shape.program = self._make(Tier.XLA, inputs, specs)
        return shape.program

    def _may_make(self, tier: Tier) -> bool:
        self.is_bounded = (
            _MADE[tier] >= MOST_OF_THE_PROCESS[tier] or self._of.made >= MOST_OF_A_STRUCTURE
        )
        return not self.is_bounded

    def _make(self, tier: Tier, inputs: Inputs, specs: Specs) -> Program:
        try:
            program = Program(self.key, inputs.leaves, specs, xla=tier is Tier.XLA)
        except CannotRebuildError as error:
            self.needs_owner = True
            raise ReplacedError from error
        except Exception as error:
            self._replace_if_sizes_are_open(error)
            raise _RefusedError(tier) from error
        _MADE[tier] += 1
        self._of.made += 1
        return program

    def _replace_if_sizes_are_open(self, error: Exception) -> None:
        """Has a record take this one's place that knows the sizes of samples."""
        if any(None in _dimensions(spec) for spec in self.specs):
            self.needs_shapes = True
            raise ReplacedError from error

    def _refuse(self, use: Use, tier: Tier, error: BaseException | None) -> None:
        """Has this use run in the next tier down, from now on."""
        below = Tier(tier - 1)
        if use.ceiling > below:
            use.ceiling = below
            warn(self.key, _IN_WORDS[below], error)


def _elements(tensors: Sequence[AnyStructure]) -> int:
    """Returns how many numbers there are in tensors."""
    return sum([it.shape.num_elements() or 0 for it in tensors if isinstance(it, tf.Tensor)])


def _dimensions(spec: AnyStructure) -> Sequence[int | None]:
    return [None] if spec.shape.rank is None else spec.shape.as_list()


class Records:
    """The records of one structure: of all objects that share it, or of an object of its own kind.

    Attributes:
      made: how many programs there are.
    """

    def __init__(self) -> None:
        self.made = 0
        self._records: dict[Key, Record] = {}

    def record(self, key: Key, specs: Specs, *, may_use_xla: bool, validates: bool) -> Record:
        """Returns the record of a key.

        Args:
          key: the key.
          specs: dtypes and shapes of the tensors of a call.
          may_use_xla: whether XLA may have it, where nobody asks for it.
          validates: whether some part checks its arguments or statistics.
        """
        with _LOCK:
            record = self._records.get(key)
            if record is None:
                if len(self._records) >= _MOST_RECORDS:  # Of ever new sizes, or losses.
                    self._records = {key: it for key, it in self._records.items() if it.graph}
                record = Record(self, key, specs, may_use_xla=may_use_xla, validates=validates)
                self._records[key] = record
            return record


def records_of(tree: Node) -> Records:
    """Returns the records that all objects of a structure share."""
    with _LOCK:
        return _SHARED.setdefault(tree, Records())


def all_records() -> list[Record]:
    """Returns the records that there are, those of single objects too."""
    with _LOCK:
        return sorted(_ALL, key=lambda record: (record.key.class_name, record.key.method))


_SHARED: dict[Node, Records] = {}
_ALL: weakref.WeakSet[Record] = weakref.WeakSet()
_MADE: Counter[Tier] = Counter()
_LOCK = threading.RLock()
