"""A trainable as two functions of plain tensors, for whoever keeps no variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

import tensorflow as tf

from tfp_trainables_runtime.construction.creation import without_variables
from tfp_trainables_runtime.errors import mismatch
from tfp_trainables_runtime.parts.copying import copy_of, state_of
from tfp_trainables_runtime.private import structtuple
from tfp_trainables_runtime.typing import AnyStructure, Keyword, Seed, TensorLike
from tfp_trainables_runtime.untyped import ops, untyped

__all__ = ["ApplyFn", "InitFn", "stateless_functions"]

Made_co = TypeVar("Made_co", covariant=True)


class InitFn(Protocol):
    """Makes initial values."""

    def __call__(self, seed: Seed = None) -> tuple[tf.Tensor, ...]:
        """Returns a tensor for each variable that the constructor would create.

        They are unconstrained, in the order of creation, and named as the parameters:
        `init_fn().scale`.

        Args:
          seed: of the random initial values; see `tfp.random.sanitize_seed`.
        """
        ...


class ApplyFn(Protocol[Made_co]):
    """Makes a trainable over tensors."""

    def __call__(self, *unconstrained: Sequence[TensorLike] | TensorLike) -> Made_co:
        """Returns an instance without variables, whose parameters follow from tensors.

        Gradients of its methods reach the tensors.

        Args:
          *unconstrained: what `init_fn` returned, or tensors in its place; one by one, or
            as one sequence or mapping.

        Raises:
          ValueError: if they are not those that `init_fn` returns.
        """
        ...


def stateless_functions(
    cls: AnyStructure, arguments: Sequence[AnyStructure], keywords: Mapping[str, Keyword]
) -> tuple[InitFn, ApplyFn[AnyStructure]]:
    """Returns the functions of a generated class for certain arguments of its constructor."""
    where = f"{cls.__name__}.stateless"
    if "seed" in keywords:
        raise TypeError(mismatch(f"{where}, argument 'seed'", "nothing: init_fn takes it", "one"))

    def made(seed: Seed) -> AnyStructure:
        with without_variables(cls._generated_class().__name__):
            return cls(*arguments, seed=seed, **keywords)

    state = state_of(made(seed=(0, 0)))
    places: dict[str, int] = {name: node.index for name, node in untyped(state.tree).own}

    def init_fn(seed: Seed = None) -> tuple[tf.Tensor, ...]:
        values = made(seed)._creation.variables
        return structtuple(list(values))(*values.values())

    def apply_fn(*unconstrained: Sequence[TensorLike] | TensorLike) -> AnyStructure:
        values = _by_name(unconstrained, list(places))
        if set(values) != set(places):
            expected = f"tensors for {', '.join(places) or 'nothing'}"
            is_named = not any(name.isdigit() for name in values)
            got = ", ".join(values) if is_named else f"{len(values)} tensors"
            raise ValueError(mismatch(f"{where}, apply_fn", expected, got or "none"))
        leaves = list(state.leaves)
        for name, value in values.items():
            is_variable = isinstance(value, tf.Variable)
            dtype = leaves[places[name]].dtype
            leaf = value if is_variable else tf.convert_to_tensor(value, dtype_hint=dtype)
            leaves[places[name]] = leaf
        return copy_of(replace(state, leaves=tuple(leaves)))

    # Called in a `tf.function`, they are as they are: there is no Python control flow to trace.
    as_they_are = ops.autograph.experimental.do_not_convert
    return as_they_are(init_fn), as_they_are(apply_fn)


def _by_name(unconstrained: Sequence[AnyStructure], names: Sequence[str]) -> dict[str, TensorLike]:
    """Returns tensors by parameter, whichever way they were passed."""
    passed: AnyStructure = unconstrained
    if len(passed) == 1 and isinstance(passed[0], (Mapping, list, tuple)):
        passed = passed[0]
    if hasattr(passed, "_asdict"):
        passed = passed._asdict()
    if not hasattr(passed, "keys"):
        numbered = (str(position) for position in range(len(names), len(passed)))
        passed = dict(zip([*names, *numbered], passed, strict=False))
    return dict(passed)
