"""Bad input gets an error that names class, argument, expected and got, in time."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from cases import MANIFEST

from tfp_trainables import GeneratedFromAnotherTFPWarning
from tfp_trainables.bijectors import TrainableChain
from tfp_trainables.distributions import (
    TrainableBernoulli,
    TrainableBinomial,
    TrainableCategorical,
    TrainableDeterminantalPointProcess,
    TrainableDirichlet,
    TrainableGamma,
    TrainableMixture,
    TrainableMultivariateNormalFullCovariance,
    TrainableMultivariateNormalTriL,
    TrainableNormal,
    TrainableUniform,
)
from tfp_trainables_runtime import check_tfp_version, untyped

EXP = tfp.bijectors.Exp()

CASES = {
    "unknown key": (
        lambda: TrainableNormal({"scal": 1.0}),
        ValueError,
        "TrainableNormal, argument 'initial_parameters': expected one of 'loc', 'scale', "
        "got 'scal'; did you mean 'scale'?",
    ),
    "not a dict": (
        lambda: TrainableNormal(3.0),
        TypeError,
        "TrainableNormal, argument 'initial_parameters': expected a dict from parameter name to "
        "initial value, a callable or None, got 3.0",
    ),
    "outside of the support": (
        lambda: TrainableNormal({"scale": -1.0}),
        ValueError,
        "TrainableNormal, initial value of 'scale': expected values in its support (greater than "
        "1.1920929e-07), got -1.",
    ),
    "not a number": (
        lambda: TrainableNormal({"loc": np.nan}),
        ValueError,
        "TrainableNormal, initial value of 'loc': expected values in its support (any finite real "
        "number), got nan",
    ),
    "an upper triangle": (
        lambda: TrainableMultivariateNormalTriL({"scale_tril": [[1.0, 2.0], [0.0, 1.0]]}, 2),
        ValueError,
        "TrainableMultivariateNormalTriL, initial value of 'scale_tril': expected values in its "
        "support (a lower-triangular matrix with a positive diagonal), got [[1. 2.]\n [0. 1.]]",
    ),
    "one of a batch": (
        lambda: TrainableMultivariateNormalTriL(
            {"scale_tril": np.stack([1e6 * np.eye(2), [[1, 5], [0, 1]]]).astype("f")}, [2, 2]
        ),
        ValueError,
        "TrainableMultivariateNormalTriL, initial value of 'scale_tril': expected values in its "
        "support (a lower-triangular matrix with a positive diagonal), got ",
    ),
    "no covariance": (
        lambda: TrainableMultivariateNormalFullCovariance(
            {"covariance_matrix": [[1.0, 0.5], [0.1, 1.0]]}, 2
        ),
        ValueError,
        "TrainableMultivariateNormalFullCovariance, initial value of 'covariance_matrix': expected "
        "values in its support (a symmetric positive-definite matrix), got [[1.  0.5]\n [0.1 1. ]]",
    ),
    "a callable's value outside of the support": (
        lambda: TrainableNormal(lambda parameter_name, **_: -1.0),
        ValueError,
        "TrainableNormal, initial value of 'scale': expected values in its support (greater than "
        "1.1920929e-07), got -1.",
    ),
    "a string": (
        lambda: TrainableNormal({"loc": "zero"}),
        TypeError,
        "TrainableNormal, initial value of 'loc': expected numbers, got 'zero'",
    ),
    "a shape that does not broadcast": (
        lambda: TrainableNormal({"loc": [1.0, 2.0]}, [3]),
        ValueError,
        "TrainableNormal, initial value of 'loc': expected a shape that broadcasts to (3,), "
        "got (2,)",
    ),
    "too few dimensions": (
        lambda: TrainableDirichlet(),
        ValueError,
        "TrainableDirichlet, argument 'batch_and_event_shape': expected at least 1 dimension, "
        "which the shape of 'concentration' follows from, got ()",
    ),
    "no shape": (
        lambda: TrainableNormal(batch_and_event_shape=[-1]),
        ValueError,
        "TrainableNormal, argument 'batch_and_event_shape': expected a static shape: an int or a "
        "sequence of ints, none negative, got [-1]",
    ),
    "an unknown shape": (
        lambda: TrainableNormal(batch_and_event_shape=tf.TensorShape([None])),
        TypeError,
        "TrainableNormal, argument 'batch_and_event_shape': expected a static shape: an int or a "
        "sequence of ints, none negative, got TensorShape([None])",
    ),
    "an integer dtype": (
        lambda: TrainableNormal(parameter_dtype=tf.int32),
        TypeError,
        "TrainableNormal, argument 'parameter_dtype': expected float16, float32 or float64, "
        "got int32",
    ),
    "no dtype": (
        lambda: TrainableNormal(parameter_dtype="floaty"),
        TypeError,
        "TrainableNormal, argument 'parameter_dtype': expected float16, float32 or float64, "
        "got 'floaty'",
    ),
    "fixed and initialised": (
        lambda: TrainableNormal({"scale": 1.0}, scale=2.0),
        ValueError,
        "TrainableNormal, parameter 'scale': expected a value that fixes it or an initial value "
        "to train from, got both",
    ),
    "an alternative and an initial value": (
        lambda: TrainableBernoulli({"logits": 1.0}, probs=0.5),
        ValueError,
        "TrainableBernoulli, parameter 'logits': expected a value that fixes it or an initial "
        "value to train from, got both",
    ),
    "a missing size": (
        lambda: TrainableCategorical(),
        ValueError,
        "TrainableCategorical, argument 'num_classes': expected an int of at least 1, which the "
        "shape of 'logits' follows from, got nothing",
    ),
    "a size that is no int": (
        lambda: TrainableCategorical(num_classes=2.5),
        TypeError,
        "TrainableCategorical, argument 'num_classes': expected an int of at least 1, which the "
        "shape of 'logits' follows from, got 2.5",
    ),
    "a size that a value contradicts": (
        lambda: TrainableCategorical(num_classes=3, logits=[1.0, 2.0]),
        ValueError,
        "TrainableCategorical, argument 'num_classes': expected 2 or nothing, for 'logits' has "
        "shape (2,), got 3",
    ),
    "no value": (
        lambda: TrainableNormal(scale=None),
        TypeError,
        "TrainableNormal, argument 'scale': expected a value, or TRAINABLE for a variable, "
        "got None",
    ),
    "no parts": (
        lambda: TrainableMixture(cat=tfp.distributions.Categorical([0.0]), components=[]),
        ValueError,
        "TrainableMixture, argument 'components': expected at least one part, got []",
    ),
    "no part": (
        lambda: TrainableMixture(cat=None, components=[EXP]),
        TypeError,
        "TrainableMixture, argument 'cat': expected a part, got None",
    ),
    "a class in the place of a part": (
        lambda: TrainableMixture(cat=tfp.distributions.Categorical, components=[EXP]),
        TypeError,
        "TrainableMixture, argument 'cat': expected an object, such as Categorical(...), got the "
        "class Categorical",
    ),
    "a class among parts": (
        lambda: TrainableChain(bijectors=[tfp.bijectors.Exp]),
        TypeError,
        "TrainableChain, argument 'bijectors': expected an object, such as Exp(...), got the class "
        "Exp",
    ),
    "a word for a seed": (
        lambda: TrainableNormal(seed="x"),
        ValueError,
        "TrainableNormal, argument 'seed': expected an int, two of them, a tensor of two, or None, "
        "got 'x'",
    ),
    "a seed of three": (
        lambda: TrainableNormal(seed=(1, 2, 3)),
        ValueError,
        "TrainableNormal, argument 'seed': expected an int, two of them, a tensor of two, or None, "
        "got (1, 2, 3)",
    ),
    "a part for a number": (
        lambda: TrainableNormal(loc=EXP),
        TypeError,
        "TrainableNormal, argument 'loc': expected numbers, a tensor or a variable, got "
        f"{EXP!r}",
    ),
    "a word for a number": (
        lambda: TrainableNormal(loc="1.0"),
        TypeError,
        "TrainableNormal, argument 'loc': expected numbers, a tensor or a variable, got '1.0'",
    ),
    "a function for a number": (
        lambda: TrainableNormal(loc=max),
        TypeError,
        "TrainableNormal, argument 'loc': expected numbers, a tensor or a variable, got <built-in "
        "function max>",
    ),
    "a complex initial value": (
        lambda: TrainableNormal({"loc": 1 + 2j}),
        TypeError,
        "TrainableNormal, initial value of 'loc': expected real numbers, got (1+2j)",
    ),
    "parts by position": (
        lambda: TrainableChain([EXP]),
        TypeError,
        "TrainableChain, argument 'initial_parameters': expected a dict from parameter name to "
        f"initial value, a callable or None, got [{EXP!r}]; parts are passed by name",
    ),
    "a missing argument": (
        lambda: TrainableBinomial(),
        TypeError,
        "TrainableBinomial.__init__() missing 1 required keyword-only argument: 'total_count'",
    ),
    "a matrix that has no inverse": (
        lambda: TrainableDeterminantalPointProcess(
            {"eigenvectors": [[0, 1], [1, 0]]}, [2], eigenvalues=[1.0, 2.0]
        ),
        ValueError,
        "TrainableDeterminantalPointProcess, initial value of 'eigenvectors': expected values in "
        "its support (a rotation matrix without the eigenvalue -1), got [[0. 1.]\n [1. 0.]]",
    ),
    "an unknown argument": (
        lambda: TrainableNormal(lok=1.0),
        TypeError,
        "TrainableNormal.__init__() got an unexpected keyword argument 'lok'",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_message(name, monkeypatch):
    call, error, message = CASES[name]
    created = []
    monkeypatch.setattr(tf, "Variable", lambda *_, **__: created.append(1))
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value).startswith(message)
    # Initial values are looked at one parameter after the other, all else before that.
    assert not created or "initial value of" in message


@pytest.mark.parametrize("shape", [3, [3], (3,), np.array([3]), tf.TensorShape([3])])
def test_shapes_of_all_kinds(shape):
    assert TrainableNormal(batch_and_event_shape=shape).batch_shape == [3]


@pytest.mark.parametrize("dtype", ["float64", np.float64, tf.float64, np.dtype("float64")])
def test_dtypes_of_all_kinds(dtype):
    assert TrainableNormal(parameter_dtype=dtype).dtype == tf.float64


def test_none_is_a_value_where_tfp_takes_it():
    model = TrainableMultivariateNormalTriL(batch_and_event_shape=2, loc=None)
    assert [variable.name for variable in model.trainable_variables] == ["scale_tril:0"]


def test_an_alternative_replaces_the_variable():
    model = TrainableGamma(rate=2.0)
    assert [variable.name for variable in model.trainable_variables] == ["concentration:0"]
    assert model.rate == 2.0


def test_a_callable_may_do_without_a_seed():
    def initialize(parameter_name, shape, dtype, constraining_bijector):
        del parameter_name, constraining_bijector
        return tf.fill(shape, tf.cast(2.0, dtype))

    assert TrainableNormal(initialize, [2]).stddev().numpy() == pytest.approx([2.0, 2.0])


def test_an_error_in_a_callable_is_the_users():
    def initialize(parameter_name, shape, dtype, seed, constraining_bijector):
        raise TypeError("mine")

    with pytest.raises(TypeError, match="mine"):
        TrainableNormal(initialize)


def test_another_tfp_version_warns(monkeypatch):
    monkeypatch.setattr("tfp_trainables_runtime.version.TFP_VERSION", "0.99.1")
    monkeypatch.setattr("tfp_trainables_runtime.version._mismatches", {})
    with pytest.warns(GeneratedFromAnotherTFPWarning, match="0.25.0.*0.99.1.*--output /a/b"):
        check_tfp_version(
            "0.25.0", package="tfp_trainables", path="/a/b/tfp_trainables/__init__.py"
        )


@pytest.mark.parametrize("with_tests", [False, True])
def test_another_tfp_version_warns_of_own_classes(monkeypatch, tmp_path, with_tests):
    if with_tests:
        (tmp_path / "test_trainables.py").touch()
    monkeypatch.setattr("tfp_trainables_runtime.version.TFP_VERSION", "0.99.1")
    monkeypatch.setattr("tfp_trainables_runtime.version._mismatches", {})
    options = f"--output {tmp_path} --package mypkg.trainable{' --with-tests' * with_tests}"
    command = f"tfp-trainables generate --module mypkg.a --module mypkg.b {options}$"
    with pytest.warns(GeneratedFromAnotherTFPWarning, match=command):
        check_tfp_version(
            "0.25.0",
            package="mypkg.trainable",
            path=str(tmp_path / "__init__.py"),
            sources=["mypkg.a", "mypkg.b"],
        )


OTHER_TFP = """
import tensorflow_probability as tfp

def __init__(self, loc, spread, validate_args=False, allow_nan_stats=True, name="Normal"):
    raise AssertionError

__init__.__qualname__ = "Normal.__init__"
tfp.__version__ = "0.99.0"
tfp.distributions.Normal.__init__ = __init__

from tfp_trainables.distributions import TrainableNormal

for build in (lambda: TrainableNormal(scal=1.0), TrainableNormal):
    try:
        build()
    except Exception as error:
        print(type(error).__name__, error)
"""


@pytest.mark.slow
def test_a_constructor_that_tfp_has_changed():
    result = subprocess.run(
        [sys.executable, "-c", OTHER_TFP], capture_output=True, text=True, check=True
    )
    assert result.stderr.count("GeneratedFromAnotherTFPWarning") == 1
    mistake, changed = result.stdout.splitlines()
    assert "generated" not in mistake, "the user's own"
    assert changed.startswith(
        "TypeError TrainableNormal, the constructor of Normal: expected the arguments that it was "
        "generated for, got Normal.__init__() got an unexpected keyword argument 'scale'. "
        "tfp_trainables was generated from TensorFlow Probability "
        f"{MANIFEST['versions']['tensorflow_probability']}, but 0.99.0 is installed"
    )
    assert "tfp-trainables generate --tfp --output" in changed


def test_a_patch_release_does_not_warn(monkeypatch):
    monkeypatch.setattr("tfp_trainables_runtime.version.TFP_VERSION", "0.25.7")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_tfp_version("0.25.0", package="tfp_trainables", path="")
    assert tfp.__version__ == untyped.TFP_VERSION


def test_an_initial_value_on_the_wrong_side_of_another_parameter():
    message = "initial value of 'high': expected values in its support .greater than 2.., got 1."
    with pytest.raises(ValueError, match=message):
        TrainableUniform({"high": 1.0}, low=2.0)
    message = "initial value of 'low': expected values in its support .below 'high', which is 1.., "
    with pytest.raises(ValueError, match=message):
        TrainableUniform({"high": 1.0, "low": 2.0})
