"""How a call of a method reaches what runs it."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import ClassVar, NamedTuple, TypeAlias

import numpy as np
import tensorflow as tf

from tfp_trainables_runtime.calls.caching import can_go_stale, renewed
from tfp_trainables_runtime.calls.callers import Call, Programs
from tfp_trainables_runtime.private import convert_to_nested_tensor, current_device, is_xla
from tfp_trainables_runtime.programs.execution import runs_programs, without_programs
from tfp_trainables_runtime.programs.records import ReplacedError
from tfp_trainables_runtime.typing import AnyStructure, Keyword, Seed, ShapeLike, TensorLike
from tfp_trainables_runtime.untyped import ops, sanitize_seed, untyped

__all__ = ["CompiledMethods"]

Arguments: TypeAlias = tuple[AnyStructure, ...]

_NUMBERS_OF_DIMENSIONS = frozenset(
    {"event_ndims", "example_ndims", "x1_example_ndims", "x2_example_ndims"}
)


class _Converted(NamedTuple):
    """The positional arguments of a call.

    Attributes:
      arguments: as TFP takes them.
      tensors: as a program takes them; `None` if they are nested.
      sample_shape: of draws.
    """

    arguments: Arguments
    tensors: Arguments | None
    sample_shape: tuple[int, ...] | None = None


class CompiledMethods:
    """What the methods of generated classes are written in.

    Each of the first methods below calls a method of the TFP class: operation by operation or
    by a program, as its record has it. Where a graph is under construction, or under
    `tf.config.run_functions_eagerly`, it calls the TFP class directly.
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
          xla: whether XLA may compile it, where nobody asks for it.
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
        convert: Callable[[str, Arguments], _Converted],
        *,
        xla: bool,
    ) -> AnyStructure:
        """Has a call run as the tiers have it: the one place that does.

        Args:
          method: the method of the TFP class.
          arguments: positional arguments, as the caller passes them.
          name: prefix of the names of operations.
          keywords: further arguments, by name.
          convert: returns the arguments as programs take them.
          xla: whether XLA may compile it.
        """
        if not runs_programs():
            return self._call_tfp(method, arguments, name, keywords)
        try:
            converted, tensors, sample_shape = convert(method, arguments)
            settings = _with_numbers(keywords) if keywords else keywords
        except Exception:  # TFP says what is wrong with them.
            return self._call_tfp(method, arguments, name, keywords)
        op_by_op = functools.partial(self._op_by_op, method, converted, name, settings)
        key: Hashable = None  # What tells all about the call but the elements of its tensors.
        if tensors is not None and (not settings or _are_ints(settings.values())):
            key = (method, sample_shape, current_device(), *settings.items())
            for tensor in tensors:
                key += (tensor.dtype, tensor.shape)
            caller = self._programs.callers.get(key)
            if caller is not None:
                try:
                    return caller(tensors, op_by_op)
                except ReplacedError:
                    caller = None
        call = Call(method, converted if tensors is None else tensors, settings, sample_shape, xla)
        return self._programs.call(self, call, key, op_by_op)

    def _op_by_op(
        self, method: str, arguments: Arguments, name: str, keywords: Mapping[str, Keyword]
    ) -> AnyStructure:
        """Runs a method operation by operation, and the methods of its parts."""
        with without_programs():
            return self._call_tfp(method, arguments, name, keywords)

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

    def _as_tensors(self, method: str, values: Arguments) -> _Converted:
        if not all(isinstance(value, tf.Tensor) for value in values):
            dtype = self._dtype_of_value(method)
            values = tuple(
                value if isinstance(value, tf.Tensor) else _as_tensor(value, dtype)
                for value in values
            )
            if ops.nest.is_nested(dtype):
                return _Converted(values, None)
        return _Converted(values, values)


def _nothing(method: str, arguments: Arguments) -> _Converted:
    del method
    return _Converted(arguments, ())


def _as_tensor(value: AnyStructure, dtype: AnyStructure) -> AnyStructure:
    if ops.nest.is_nested(dtype):
        return convert_to_nested_tensor(value, dtype_hint=dtype, allow_packing=True)
    return tf.convert_to_tensor(value, dtype_hint=dtype)


def _shape_and_seed(method: str, arguments: Arguments) -> _Converted:
    del method
    sample_shape, seed = arguments
    if sample_shape.__class__ is not tuple:
        dimensions: AnyStructure = np.asarray(sample_shape)
        if dimensions.ndim > 1:
            raise ValueError(f"expected a vector of dimensions, got {dimensions}")
        sample_shape = tuple(np.atleast_1d(dimensions).tolist())
    sample_shape = tuple(map(operator.index, sample_shape))
    sanitized: AnyStructure = sanitize_seed(seed)
    if sanitized.shape != [2]:
        raise ValueError(f"expected a seed of shape [2], got one of shape {sanitized.shape}")
    return _Converted((sample_shape, sanitized), (_vector(sample_shape), sanitized), sample_shape)


@functools.lru_cache(maxsize=256)
def _vector(dimensions: tuple[int, ...]) -> tf.Tensor:
    """Returns a shape as a tensor; remembered, for making one takes longer than to use it."""
    with ops.device("CPU"):
        return ops.constant(dimensions, tf.int32, [len(dimensions)])


def _with_numbers(keywords: Mapping[str, Keyword]) -> dict[str, Keyword]:
    """Returns keyword arguments in which numbers of dimensions are part of the program."""
    return {
        name: ops.nest.map_structure(int, value) if name in _NUMBERS_OF_DIMENSIONS else value
        for name, value in keywords.items()
    }


def _are_ints(values: Iterable[AnyStructure]) -> bool:
    return all(value.__class__ is int for value in values)
