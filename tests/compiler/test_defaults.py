"""Defaults of constructors: generated code holds what the class has, or says why it cannot."""

import enum
import math

import numpy as np
import pytest
import tensorflow as tf
from conftest import FakeDistribution

from tfp_trainables_generator.errors import CompilationError


class Mode(str, enum.Enum):
    FAST = "fast"


class Style(enum.Flag):
    BOLD = 1
    THIN = 2


class Hidden:
    class Level(enum.IntEnum):
        LOW = 1


def with_default(default):
    class Optional(FakeDistribution):
        def __init__(self, option=default):
            super().__init__({"option": option})

        @classmethod
        def _parameter_properties(cls, dtype, num_classes=None):
            return {}

    return Optional


@pytest.mark.parametrize(
    "default",
    [
        None,
        (),
        (1,),
        (1, 2.5, "a"),
        math.inf,
        -math.inf,
        (math.inf, 1),
        np.float32(0.1),
        np.finfo(np.float64).eps,
        np.int64(3),
        np.float64(np.inf),
        np.True_,
        Mode.FAST,
        Style.BOLD,
        tf.float64,
        (tf.float32, tf.float64),
        "two\nlines \\",
    ],
)
def test_a_default_is_the_same_object_in_generated_code(compile_class, default):
    _, trainable, _ = compile_class(with_default(default))
    option = trainable()._option
    assert option == default
    assert type(option) is type(default)


def test_nan(compile_class):
    _, trainable, _ = compile_class(with_default(math.nan))
    assert math.isnan(trainable()._option)


@pytest.mark.parametrize(
    "default",
    [
        Hidden.Level.LOW,
        (Mode.FAST,),
        [1],
        object(),
        Style.BOLD | Style.THIN,
        Style(0),
        np.complex64(1 + 2j),
        np.datetime64("2020-01-01"),
        tf.bfloat16.as_numpy_dtype(1.5),
    ],
)
def test_a_default_that_has_no_name(compile_class, default):
    with pytest.raises(CompilationError, match=r"'option': the default, .*, has no name"):
        compile_class(with_default(default))
