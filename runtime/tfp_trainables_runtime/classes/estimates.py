"""TFP's estimates of parameters from samples, as initial values."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from tfp_trainables_runtime.constraints.values import as_numbers
from tfp_trainables_runtime.construction.checks import floating_dtype
from tfp_trainables_runtime.errors import mismatch
from tfp_trainables_runtime.private import maximum_likelihood_parameters
from tfp_trainables_runtime.typing import AnyStructure, DTypeLike, Keyword, TensorLike
from tfp_trainables_runtime.untyped import ops

__all__ = ["estimates"]


def estimates(
    cls: AnyStructure,
    samples: TensorLike,
    sample_ndims: AnyStructure,
    parameter_dtype: DTypeLike,
    arguments: Mapping[str, Keyword],
    alternatives: Mapping[str, str],
) -> tuple[dict[str, tf.Tensor], tf.TensorShape, tf.DType]:
    """Returns what a trainable starts at that fits samples, for its constructor.

    Args:
      cls: the generated class.
      samples: independent draws, at least one.
      sample_ndims: how many of their leading dimensions are those of the sample.
      parameter_dtype: floating dtype of the variables.
      arguments: other arguments of the constructor, which fix their parameters.
      alternatives: each alternative parameter, by the one that it stands in for.

    Returns:
      The initial parameters, `batch_and_event_shape` and the dtype.

    Raises:
      TypeError: if an argument is of the wrong kind.
      ValueError: if an argument has the wrong value.
    """
    name = f"{cls.__name__}.from_samples"
    where = f"{name}, argument 'samples'"
    dtype = floating_dtype(name, parameter_dtype)
    for given in ("initial_parameters", "batch_and_event_shape"):
        if given in arguments:
            raise TypeError(mismatch(f"{name}, argument {given!r}", "nothing", "a value"))
    value: AnyStructure = as_numbers(where, samples, dtype)
    got = f"shape {tuple(value.shape)}"
    if not isinstance(sample_ndims, int) or sample_ndims < 1:
        expected = "an int of at least 1"
        raise ValueError(mismatch(f"{name}, argument 'sample_ndims'", expected, sample_ndims))
    if value.shape.rank < sample_ndims or not value.shape.num_elements():
        expected = f"at least one sample in {sample_ndims} leading dimensions"
        raise ValueError(mismatch(where, expected, got))
    _check_finite(where, value)
    shape = value.shape[sample_ndims:]
    flat = ops.reshape(value, [-1, *shape])
    try:
        found = maximum_likelihood_parameters(cls._tfp_class, flat)
    except (ValueError, ops.errors.OpError) as error:
        raise ValueError(mismatch(where, "samples of the class", got)) from error
    fixed = {alternatives.get(argument, argument) for argument in arguments}
    initial = {
        parameter: estimate
        for parameter, estimate in found.items()
        if alternatives.get(parameter, parameter) not in fixed
    }
    return initial, shape, dtype


def _check_finite(where: str, samples: tf.Tensor) -> None:
    """Raises if an element is no finite number, saying which is the first."""
    if not ops.executing_eagerly():
        return
    places: AnyStructure = np.argwhere(~np.isfinite(np.asarray(samples)))
    if len(places):
        place = tuple(map(int, places[0]))
        got = f"{samples[place]} at {place}, and {len(places)} such elements in all"
        raise ValueError(mismatch(where, "finite numbers", got))
