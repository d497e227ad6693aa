"""Defaults of constructors: generated code holds what the class has, or says why it cannot."""

import enum
import math

import numpy as np
import pytest
from conftest import FakeDistribution

from tfp_trainables_generator.errors import CompilationError


class Mode(str, enum.Enum):
    FAST = "fast"


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
        Mode.FAST,
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


@pytest.mark.parametrize("default", [Hidden.Level.LOW, (Mode.FAST,), [1], object()])
def test_a_default_that_has_no_name(compile_class, default):
    with pytest.raises(CompilationError, match=r"'option': the default, .*, has no name"):
        compile_class(with_default(default))
