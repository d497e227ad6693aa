"""How a call of a method reaches the program that runs it."""

from __future__ import annotations

import contextlib
import functools
import threading
import weakref
from collections.abc import Callable, Generator, Hashable, Iterable, Mapping, Sequence
from typing import ClassVar, TypeAlias

import numpy as np
import tensorflow as tf

from tfp_trainables_runtime.parts.putting import put_together
from tfp_trainables_runtime.parts.taking import Numbers, Parts, take_apart
from tfp_trainables_runtime.parts.tree import Node
from tfp_trainables_runtime.private import convert_to_nested_tensor, is_xla
from tfp_trainables_runtime.programs.caching import can_go_stale, renewed
from tfp_trainables_runtime.programs.programs import Programs, Ready, RefusalError
from tfp_trainables_runtime.typing import AnyStructure, Keyword, Seed, ShapeLike, TensorLike
from tfp_trainables_runtime.untyped import ops, sanitize_seed, untyped

__all__ = ["CompiledMethods", "without_programs"]

Arguments: TypeAlias = tuple[AnyStructure, ...]
Converted: TypeAlias = tuple[Arguments, tuple[int, ...], Arguments | None]

_NUMBERS_OF_DIMENSIONS = frozenset(
    {"event_ndims", "example_ndims", "x1_example_ndims", "x2_example_ndims"}
)


class _Thread(threading.local):
    """The state of a thread."""

    is_op_by_op = False
    """Whether it runs a method operation by operation, and so the methods of its parts."""


_THREAD = _Thread()


@contextlib.contextmanager
def without_programs() -> Generator[None]:
    """Has the methods that this thread calls run operation by operation."""
    was_before, _THREAD.is_op_by_op = _THREAD.is_op_by_op, True
    try:
        yield
    finally:
        _THREAD.is_op_by_op = was_before


def _runs_programs() -> bool:
    """Tells whether a call runs a program of its own here and now.

    It does not where a graph is under construction, whose own compilation it becomes a
    part of, nor where the user wants to see every operation.
    """
    return (
        ops.executing_eagerly()
        and not ops.config.functions_run_eagerly()
        and not _THREAD.is_op_by_op
    )


class CompiledMethods:
    """What the methods of generated classes are written in.

    Each of the first methods below calls a method of the TFP class, by its program. Where a
    graph is under construction, or under `tf.config.run_functions_eagerly`, it calls the
    TFP class directly.
    """

    _tfp_class: ClassVar[type[AnyStructure]]
    _programs: Programs
    _cache_may_be_stale: bool | None

    def _evaluate(
        self,
        method: str,
        value: TensorLike | AnyStructure,
        name: str,
        keywords: Mapping[str, Keyword],
        *,
        xla: bool = True,
    ) -> AnyStructure:
        """Calls a method of one tensor or structure of tensors.

        Args:
          method: the method of the TFP class.
          value: its argument.
          name: prefix of the names of operations.
          keywords: further arguments of the TFP class's own, such as conditions.
          xla: whether to have XLA compile it.
        """
        return self._call(method, (value,), name, keywords, self._as_tensors, xla=xla)

    def _statistic(
        self, method: str, name: str, keywords: Mapping[str, Keyword], *, xla: bool = True
    ) -> AnyStructure:
        """Calls a method without arguments; see `_evaluate`."""
        return self._call(method, (), name, keywords, _nothing, xla=xla)

    def _draw(
        self,
        method: str,
        sample_shape: ShapeLike,
        seed: Seed,
        name: str,
        keywords: Mapping[str, Keyword],
        *,
        xla: bool = True,
    ) -> AnyStructure:
        """Calls a method that draws; see `_evaluate`.

        The seed is an input of the program: no two calls without a seed draw the same.
        """
        return self._call(method, (sample_shape, seed), name, keywords, _shape_and_seed, xla=xla)

    def _log_det_jacobian(
        self,
        method: str,
        value: TensorLike | AnyStructure,
        event_ndims: AnyStructure,
        name: str,
        keywords: Mapping[str, Keyword],
        *,
        xla: bool = True,
    ) -> AnyStructure:
        """Calls a method of a tensor and a number of dimensions; see `_evaluate`."""
        if event_ndims is not None:
            keywords = {"event_ndims": event_ndims, **keywords}
        return self._call(method, (value,), name, keywords, self._as_tensors, xla=xla)

    def _pairwise(
        self,
        method: str,
        x1: TensorLike | AnyStructure,
        x2: TensorLike | AnyStructure,
        name: str,
        ndims: Mapping[str, int],
        *,
        xla: bool = True,
    ) -> AnyStructure:
        """Calls a method of two tensors and numbers of dimensions; see `_evaluate`."""
        return self._call(method, (x1, x2), name, ndims, self._as_tensors, xla=xla)

    def _call(
        self,
        method: str,
        arguments: Arguments,
        name: str,
        keywords: Mapping[str, Keyword],
        convert: Callable[[str, Arguments], Converted],
        *,
        xla: bool,
    ) -> AnyStructure:
        """Turns a call into one of a program: the one place that does.

        Args:
          method: the method of the TFP class.
          arguments: positional arguments, as the caller passes them.
          name: prefix of the names of operations.
          keywords: further arguments, by name.
          convert: returns the arguments as the program takes them, what of them is part of
            the program, and the tensors that are its inputs, or `None` if they are nested.
          xla: whether to have XLA compile it.
        """
        if not _runs_programs():
            return self._call_tfp(method, arguments, name, keywords)
        try:
            converted, static, tensors = convert(method, arguments)
            settings = _with_numbers(keywords) if keywords else keywords
        except Exception:  # TFP says what is wrong with them.
            return self._call_tfp(method, arguments, name, keywords)
        key: Hashable = None  # What tells all about the call but the elements of its tensors.
        if tensors is not None and (not settings or _are_ints(settings.values())):
            key = (method, static, *settings.items())
            for tensor in tensors:
                key += (tensor.dtype, tensor.shape)
            ready = self._programs.ready.get(key)
            if ready is not None:
                return ready(*tensors)
        return self._first_call(method, converted, settings, key, xla=xla)

    def _first_call(
        self,
        method: str,
        arguments: Arguments,
        keywords: Mapping[str, Keyword],
        key: Hashable,
        *,
        xla: bool,
    ) -> AnyStructure:
        """Makes a call ready, and runs it."""
        # A variable among the arguments may be one of the model's too; its value is not.
        values = ops.nest.map_structure(_value, (arguments, dict(keywords)))
        call = take_apart(values, Numbers.LEAVES)
        if call.kept:  # An object of the user's: it may change without notice.
            return self._call_tfp(method, values[0], method, values[1])
        if key is None:
            key = (method, call.tree)
            ready = self._programs.ready.get(key)
            if ready is not None:
                return ready(*call.leaves)
        op_by_op = functools.partial(_op_by_op, weakref.ref(self), method, call.tree)
        if self._programs.is_first_call(self):
            op_by_op(*call.leaves)
        refusal: RefusalError | None = None
        try:
            ready = self._ready(method, call, op_by_op, xla=xla)
        except RefusalError as error:
            ready, refusal = op_by_op, error
        result = ready(*call.leaves)
        if refusal is not None:  # Of the arguments it does not come: TFP takes them.
            refusal.remember()
        self._programs.ready[key] = ready
        return result

    def _ready(self, method: str, call: Parts, op_by_op: Ready, *, xla: bool) -> Ready:
        found = self._programs.program(self, method, call, xla=xla)
        if found is None:
            return op_by_op
        program, run = found
        return functools.partial(_checked, run, op_by_op) if program.asserts else run

    def _call_tfp(
        self,
        method: str,
        arguments: Sequence[AnyStructure],
        name: str,
        keywords: Mapping[str, Keyword],
    ) -> AnyStructure:
        """Calls a method of the TFP class, whose bijectors may remember an input wrongly."""
        if self._cache_may_be_stale is None:
            object.__setattr__(self, "_cache_may_be_stale", can_go_stale(untyped(self)))
        if self._cache_may_be_stale:
            arguments = [renewed(argument) for argument in arguments]
        # The user's own program is under construction, or TFP's own run as if they were.
        if not ops.executing_eagerly() or ops.config.functions_run_eagerly():
            substitute = self._programs.reformulated(self, xla=is_xla())
            if substitute is not None:
                return getattr(substitute, method)(*arguments, name=name, **keywords)
        return getattr(self._tfp_class, method)(self, *arguments, name=name, **keywords)

    def _dtype_of_value(self, method: str) -> AnyStructure:
        """Returns the dtype that a method's argument has unless it brings its own."""
        raise NotImplementedError

    def _as_tensors(self, method: str, values: Arguments) -> Converted:
        if not all(isinstance(value, tf.Tensor) for value in values):
            dtype = self._dtype_of_value(method)
            values = tuple(
                value if isinstance(value, tf.Tensor) else _as_tensor(value, dtype)
                for value in values
            )
            if ops.nest.is_nested(dtype):
                return values, (), None
        return values, (), values


def _nothing(method: str, arguments: Arguments) -> Converted:
    del method
    return arguments, (), ()


def _as_tensor(value: AnyStructure, dtype: AnyStructure) -> AnyStructure:
    if ops.nest.is_nested(dtype):
        return convert_to_nested_tensor(value, dtype_hint=dtype, allow_packing=True)
    return tf.convert_to_tensor(value, dtype_hint=dtype)


def _shape_and_seed(method: str, arguments: Arguments) -> Converted:
    del method
    sample_shape, seed = arguments
    dimensions: AnyStructure = np.asarray(sample_shape)
    if dimensions.ndim > 1:
        raise ValueError(f"expected a vector of dimensions, got {dimensions}")
    flat: AnyStructure = np.atleast_1d(dimensions)
    sanitized: AnyStructure = sanitize_seed(seed)
    if sanitized.shape != [2]:
        raise ValueError(f"expected a seed of shape [2], got one of shape {sanitized.shape}")
    shape = tuple(map(int, flat))
    return (shape, sanitized), shape, (sanitized,)


def _with_numbers(keywords: Mapping[str, Keyword]) -> dict[str, Keyword]:
    """Returns keyword arguments in which numbers of dimensions are part of the program."""
    return {
        name: ops.nest.map_structure(int, value) if name in _NUMBERS_OF_DIMENSIONS else value
        for name, value in keywords.items()
    }


def _are_ints(values: Iterable[AnyStructure]) -> bool:
    return all(value.__class__ is int for value in values)


def _value(part: AnyStructure) -> AnyStructure:
    return tf.convert_to_tensor(part) if isinstance(part, tf.Variable) else part


def _op_by_op(
    owner: weakref.ref[AnyStructure], method: str, arguments: Node, *inputs: AnyStructure
) -> AnyStructure:
    """Runs a method operation by operation, and the methods of its parts."""
    positional, keywords = put_together(arguments, inputs)
    with without_programs():
        return untyped(owner())._call_tfp(method, positional, method, keywords)


def _checked(run: Ready, op_by_op: Ready, *inputs: AnyStructure) -> AnyStructure:
    """Runs a program with assertions; one that fails is reported by TFP itself."""
    try:
        return run(*inputs)
    except ops.errors.OpError as error:
        failure: Exception = error
    op_by_op(*inputs)
    raise failure
