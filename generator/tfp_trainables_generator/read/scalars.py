"""Reads a number that may depend on a dtype as an expression in machine epsilons."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import tensorflow as tf

from tfp_trainables_generator.spec.expressions import Scalar

FLOATING_DTYPES = (tf.float16, tf.float32, tf.float64)


def read_scalar(values: Mapping[tf.DType, object]) -> Scalar:
    """Returns one expression for the values that a number has in each floating dtype.

    Args:
      values: the number as TFP gives it for each of `FLOATING_DTYPES`.

    Raises:
      ValueError: if the values are not scalars, or not linear in eps.
    """
    numbers = {dtype: _as_number(value) for dtype, value in values.items()}
    of_dtype = all(_has_dtype(values[dtype], dtype) for dtype in values)
    eps = {dtype: Fraction(float(np.finfo(_numpy(dtype)).eps)) for dtype in values}
    epsilons = (numbers[tf.float32] - numbers[tf.float64]) / (eps[tf.float32] - eps[tf.float64])
    constant = numbers[tf.float64] - epsilons * eps[tf.float64]
    for dtype, number in numbers.items():
        expected = float(constant + epsilons * eps[dtype])
        if _numpy(dtype)(expected) != _numpy(dtype)(float(number)):
            raise ValueError(f"{dict(values)} is not linear in the machine epsilon")
    return Scalar(float(constant), float(epsilons), of_dtype or bool(epsilons))


def _numpy(dtype: tf.DType) -> Any:
    return dtype.as_numpy_dtype


def _as_number(value: object) -> Fraction:
    number = np.asarray(value)
    if number.shape or number.dtype.kind not in "fiu":
        raise ValueError(
            f"expected a number or a bijector for generated code to hold, got {_in_words(value)}"
        )
    return Fraction(float(number))


def _in_words(value: object) -> str:
    """Returns what a value is, in words that every run finds again."""
    if callable(value):
        return f"the function {getattr(value, '__qualname__', type(value).__name__)}"
    shape = getattr(value, "shape", None)
    return f"a {type(value).__name__}" + (f" of shape {tuple(shape)}" if shape is not None else "")


def _has_dtype(value: object, dtype: tf.DType) -> bool:
    return getattr(value, "dtype", None) in (dtype, _numpy(dtype))
