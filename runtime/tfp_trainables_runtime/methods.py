"""How the methods of a trainable reach their programs."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import ClassVar

import numpy as np
import tensorflow as tf

from tfp_trainables_runtime.caching import can_go_stale, renewed
from tfp_trainables_runtime.programs import Programs, runs_programs
from tfp_trainables_runtime.typing import AnyStructure, Keyword, Seed, ShapeLike, TensorLike
from tfp_trainables_runtime.untyped import (
    convert_to_nested_tensor,
    is_xla,
    ops,
    sanitize_seed,
    untyped,
)

__all__ = ["CompiledMethods"]


class CompiledMethods:
    """What the methods of generated classes are written in.

    Each of the methods below calls a method of the TFP class, by its program. Where a
    graph is under construction, or under `tf.config.run_functions_eagerly`, it calls the
    TFP class directly.
    """

    _tfp_class: ClassVar[type[AnyStructure]]
    _programs: Programs
    _remembers_wrongly: bool | None

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
        if not runs_programs():
            return self._call_tfp(method, (value,), name, keywords)
        if not isinstance(value, tf.Tensor):
            try:
                value = _as_tensors(value, self._dtype_of_value(method))
            except Exception:  # TFP says what is wrong with it.
                return self._call_tfp(method, (value,), name, keywords)
        ready_as: Hashable = None
        if not keywords and isinstance(value, tf.Tensor):
            ready_as = (method, untyped(value).dtype, untyped(value).shape)
            ready = self._programs.ready(ready_as)
            if ready is not None:
                return ready(value)
        return self._programs.call(method, (value,), keywords, xla=xla, ready_as=ready_as)

    def _statistic(
        self, method: str, name: str, keywords: Mapping[str, Keyword], *, xla: bool = True
    ) -> AnyStructure:
        """Calls a method without arguments; see `_evaluate`."""
        if not runs_programs():
            return self._call_tfp(method, (), name, keywords)
        ready_as = None if keywords else method
        ready = self._programs.ready(ready_as)
        if ready is not None:
            return ready()
        return self._programs.call(method, (), keywords, xla=xla, ready_as=ready_as)

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
        if not runs_programs():
            return self._call_tfp(method, (sample_shape, seed), name, keywords)
        try:
            shape = _static_shape(sample_shape)
            seed = _one_seed(seed)
        except Exception:  # TFP says what is wrong with them.
            return self._call_tfp(method, (sample_shape, seed), name, keywords)
        ready_as = None if keywords else (method, shape)
        ready = self._programs.ready(ready_as)
        if ready is not None:
            return ready(seed)
        return self._programs.call(method, (shape, seed), keywords, xla=xla, ready_as=ready_as)

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
            if runs_programs():  # It is part of the program.
                event_ndims = ops.nest.map_structure(int, event_ndims)
            keywords = {"event_ndims": event_ndims, **keywords}
        return self._evaluate(method, value, name, keywords, xla=xla)

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
        if not runs_programs():
            return self._call_tfp(method, (x1, x2), name, ndims)
        try:
            dtype = self._dtype_of_value(method)
            inputs = tuple(
                x if isinstance(x, tf.Tensor) else _as_tensors(x, dtype) for x in (x1, x2)
            )
            ndims = {key: int(value) for key, value in ndims.items()}  # Part of the program.
        except Exception:  # TFP says what is wrong with them.
            return self._call_tfp(method, (x1, x2), name, ndims)
        ready_as: Hashable = None
        if all(isinstance(x, tf.Tensor) for x in inputs):
            signature = [(untyped(x).dtype, untyped(x).shape) for x in inputs]
            ready_as = (method, *signature, *ndims.values())
            ready = self._programs.ready(ready_as)
            if ready is not None:
                return ready(*inputs)
        return self._programs.call(method, inputs, ndims, xla=xla, ready_as=ready_as)

    def _call_tfp(
        self,
        method: str,
        arguments: Sequence[AnyStructure],
        name: str,
        keywords: Mapping[str, Keyword],
    ) -> AnyStructure:
        """Calls a method of the TFP class, whose bijectors may remember an input wrongly."""
        if is_xla():  # The user's own program is under construction.
            substitute = self._programs.reformulated()
            if substitute is not None:
                return getattr(substitute, method)(*arguments, name=name, **keywords)
        if self._remembers_wrongly is None:
            object.__setattr__(self, "_remembers_wrongly", can_go_stale(untyped(self)))
        if self._remembers_wrongly:
            arguments = [renewed(argument) for argument in arguments]
        return getattr(self._tfp_class, method)(self, *arguments, name=name, **keywords)

    def _dtype_of_value(self, method: str) -> AnyStructure:
        """Returns the dtype that a method's argument has unless it brings its own."""
        raise NotImplementedError


def _static_shape(shape: AnyStructure) -> tuple[int, ...]:
    dimensions: AnyStructure = np.asarray(shape)
    if dimensions.ndim > 1:
        raise ValueError(f"expected a vector of dimensions, got {dimensions}")
    flat: AnyStructure = np.atleast_1d(dimensions)
    return tuple(map(int, flat))


def _one_seed(seed: Seed) -> AnyStructure:
    sanitized: AnyStructure = sanitize_seed(seed)
    if sanitized.shape != [2]:
        raise ValueError(f"expected a seed of shape [2], got one of shape {sanitized.shape}")
    return sanitized


def _as_tensors(value: AnyStructure, dtype: AnyStructure) -> AnyStructure:
    if ops.nest.is_nested(dtype):
        return convert_to_nested_tensor(value, dtype_hint=dtype, allow_packing=True)
    return tf.convert_to_tensor(value, dtype_hint=dtype)
