"""Which dimensions of a method's tensors are those of samples: a program takes any size of them."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import tensorflow as tf
from tensorflow_probability.python.bijectors.bijector import Bijector
from tensorflow_probability.python.distributions.distribution import Distribution

from tfp_trainables_runtime.programs.execution import without_programs
from tfp_trainables_runtime.typing import AnyStructure, Keyword
from tfp_trainables_runtime.untyped import ops, untyped

__all__ = ["specs_of"]


class _Sizes(NamedTuple):
    """Of one tensor, which dimensions are known, from the right.

    Attributes:
      inner: how many there are first whose sizes a program knows, as of an event.
      samples: how many follow whose sizes it does not, as of a kernel's examples.
      batch: how many follow whose sizes it knows again. Of the rest, it does not.
    """

    inner: int
    samples: int = 0
    batch: int = 0

    def spec(self, tensor: tf.Tensor) -> tf.TensorSpec:
        """Returns what a program knows of a tensor."""
        shape: list[int | None] = list(reversed(tensor.shape.as_list()))
        unknown = self.inner + self.samples
        shape[self.inner : unknown] = [None] * len(shape[self.inner : unknown])
        shape[unknown + self.batch :] = [None] * len(shape[unknown + self.batch :])
        return tf.TensorSpec(shape[::-1], tensor.dtype)


def specs_of(
    owner: AnyStructure,
    method: str,
    keywords: Mapping[str, Keyword],
    tensors: Sequence[AnyStructure],
    *,
    draws: bool,
) -> list[tf.TensorSpec]:
    """Returns what a program knows of the tensors of a call: all but the sizes of samples.

    Args:
      owner: a distribution, bijector or kernel.
      method: which of its methods is called.
      keywords: further arguments, such as numbers of dimensions.
      tensors: all of the call.
      draws: whether the first of them are a sample shape and a seed.
    """
    sizes = _sizes_of(owner, method, keywords, draws=draws)
    known = map(tf.TensorSpec.from_tensor, tensors[len(sizes) :])
    return [*(size.spec(it) for size, it in zip(sizes, tensors, strict=False)), *known]


def _sizes_of(
    owner: AnyStructure, method: str, keywords: Mapping[str, Keyword], *, draws: bool
) -> Sequence[_Sizes]:
    """Returns the sizes of the first tensors of a call; of the others, a program knows all.

    Args:
      owner: a distribution, bijector or kernel.
      method: which of its methods is called.
      keywords: further arguments, such as numbers of dimensions.
      draws: whether the first tensors are a sample shape and a seed.
    """
    if draws:
        return _Sizes(0), _Sizes(1)  # The sample shape has any number of dimensions.
    of_kind = _of_kernel
    if isinstance(owner, (Distribution, Bijector)):
        of_kind = _of_distribution if isinstance(owner, Distribution) else _of_bijector
    try:
        with without_programs():
            return of_kind(untyped(owner), method, keywords)
    except Exception:  # Such as that a part of the user's does not tell its shapes.
        return ()


def _of_distribution(
    distribution: AnyStructure,
    method: str,  # noqa: ARG001 - the same for all
    keywords: Mapping[str, Keyword],  # noqa: ARG001
) -> Sequence[_Sizes]:
    events: Sequence[AnyStructure] = ops.nest.flatten(distribution.event_shape)
    batch = operator.index(distribution.batch_shape.rank)
    return [_Sizes(batch + event.rank) for event in events]


def _of_bijector(
    bijector: AnyStructure, method: str, keywords: Mapping[str, AnyStructure]
) -> Sequence[_Sizes]:
    if method.startswith("forward"):
        least: AnyStructure = bijector.forward_min_event_ndims
        batch: AnyStructure = bijector.experimental_batch_shape(x_event_ndims=least)
    else:
        least = bijector.inverse_min_event_ndims
        batch = bijector.experimental_batch_shape(y_event_ndims=least)
    event_ndims = keywords.get("event_ndims")
    pairs = zip(
        ops.nest.flatten(least),
        ops.nest.flatten(least if event_ndims is None else event_ndims),
        strict=True,
    )
    return [_Sizes(max(asked, ndims + batch.rank)) for ndims, asked in pairs]


def _of_kernel(
    kernel: AnyStructure,
    method: str,  # noqa: ARG001 - the same for all
    keywords: Mapping[str, AnyStructure],
) -> Sequence[_Sizes]:
    given = keywords.get("example_ndims", 1)
    ndims = keywords.get("x1_example_ndims", given), keywords.get("x2_example_ndims", given)
    batch = operator.index(kernel.batch_shape.rank)
    return [_Sizes(kernel.feature_ndims, samples, batch) for samples in ndims]
