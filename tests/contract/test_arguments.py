"""Every argument reaches TFP's constructor, or TFP's method, under its own name.

TFP's own function is replaced by one that records what it is handed, so that values can be
objects of no meaning, a different one for each argument: what is exchanged, dropped or left
at a default is seen, for all classes, all methods and all arguments.
"""

import contextlib
import inspect
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from cases import CASES, Case

from tfp_trainables import execution
from tfp_trainables_runtime import TrainableBijector, TrainableDistribution, TrainableKernel
from tfp_trainables_runtime.programs import records
from tfp_trainables_runtime.testing.comparison import operation_by_operation

BASES = {
    "distribution": TrainableDistribution,
    "bijector": TrainableBijector,
    "kernel": TrainableKernel,
}
# It calls the constructor above, with what that one takes.
DERIVED = {
    "tfp.distributions.MultivariateNormalFullCovariance": (
        tfp.distributions.MultivariateNormalTriL,
        {"covariance_matrix": "scale_tril"},
    ),
}


class Marker:
    """A value that nothing else is."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<what was passed for {self.name}>"


def markers(names: Any) -> dict[str, Marker]:
    return {name: Marker(name) for name in names}


class RecordedError(Exception):
    """Raised in place of what TFP would do with the arguments."""


def own_arguments(function: Any) -> dict[str, inspect.Parameter]:
    """The arguments of a function by name, without `self` and those that collect others."""
    parameters = list(inspect.signature(function).parameters.values())
    if parameters[0].name == "self":
        del parameters[0]
    collecting = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return {part.name: part for part in parameters if part.kind not in collecting}


@contextlib.contextmanager
def recorded(subject: type, owner: type, method: str) -> Any:
    """Replaces a method, for instances of one class; afterwards has its arguments, by name."""
    original = getattr(owner, method)
    signature = inspect.signature(original)
    received: dict[str, Any] = {}

    def record(self: Any, *arguments: Any, **keywords: Any) -> Any:
        if not isinstance(self, subject):  # Such as a constraint, which has the same class.
            return original(self, *arguments, **keywords)
        bound = signature.bind(self, *arguments, **keywords)
        bound.apply_defaults()
        for name, value in bound.arguments.items():
            if signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
                received.update(value)
            elif name != "self":
                received[name] = value
        raise RecordedError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, method, record)
        yield received


def constructed(case: Case, **arguments: Any) -> dict[str, Any]:
    """What TFP's constructor is handed, by the names of the arguments of the class."""
    owner, names = DERIVED.get(case.name, (case.tfp_class, {}))
    cls = case.trainable_class
    with recorded(cls, owner, "__init__") as received, pytest.raises(RecordedError):
        cls(**arguments)
    return {name: received[names.get(name, name)] for name in expected_names(case)}


def expected_names(case: Case) -> list[str]:
    """The arguments of the TFP class's constructor, with those that it passes on to another."""
    parameters = own_arguments(case.tfp_class.__init__).values()
    names = [part.name for part in parameters if not is_bookkeeping(part)]
    if collects(case.tfp_class.__init__):
        names += [name for name in case.entry["parameters"] if name not in names]
    return names


def is_bookkeeping(argument: inspect.Parameter) -> bool:
    """Whether TFP alone passes an argument, from one of its classes to the next."""
    is_record = argument.name == "parameters" and argument.default is None
    return is_record or argument.name.startswith("_")


def collects(function: Any) -> bool:
    kinds = {part.kind for part in inspect.signature(function).parameters.values()}
    return inspect.Parameter.VAR_KEYWORD in kinds


def equal(left: Any, right: Any) -> bool:
    return left is right or (type(left) is type(right) and bool(np.all(left == right)))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_passed_to_a_constructor(case):
    names = expected_names(case)
    assert set(names) == set(case.entry["parameters"])
    passed: dict[str, Any] = markers(names)
    if case.name in DERIVED:
        passed["covariance_matrix"] = np.diag([4.0, 9.0])
    received = constructed(case, **passed)
    if case.name in DERIVED:
        factor = tf.convert_to_tensor(received["covariance_matrix"])
        np.testing.assert_array_equal(factor, np.diag([2.0, 3.0]))
        received["covariance_matrix"] = passed["covariance_matrix"]
    assert received == passed


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_not_passed_to_a_constructor(case):
    given = case.arguments(np.float32)
    received = constructed(case, batch_and_event_shape=case.shape, **given)
    signature = inspect.signature(case.tfp_class.__init__).parameters
    for name in case.entry["parameters"]:
        if name in given:
            assert received[name] is given[name]
        elif name in case.variables:
            assert variable_names(received[name]) == [f"{name}:0"]
        else:
            default = inspect.signature(case.trainable_class).parameters[name].default
            assert default is received[name]
            if name in signature:
                assert equal(default, signature[name].default), name


def variable_names(value: Any) -> list[str]:
    """The variables that a parameter is made of."""
    if isinstance(value, tf.linalg.LinearOperator):
        value = next(iter(value.parameters.values()))
    while hasattr(value, "pretransformed_input"):
        value = value.pretransformed_input
    return [value.name] if isinstance(value, tf.Variable) else []


INSTEAD = [
    (case, name, facts["replaces"])
    for case in CASES
    for name, facts in case.entry["parameters"].items()
    if facts.get("replaces")
]


@pytest.mark.parametrize(("case", "name", "replaced"), INSTEAD)
def test_what_is_passed_in_place_of_a_trainable_parameter(case, name, replaced):
    given = {**case.arguments(np.float32), name: Marker(name)}
    given.pop(replaced, None)
    received = constructed(case, batch_and_event_shape=case.shape, **given)
    assert received[name] is given[name]
    assert received[replaced] is None


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_an_instance_says_that_it_was_passed(case):
    values = {"validate_args": True, "allow_nan_stats": False, "name": "another"}
    left_out = NOT_RECORDED.get(case.name, ())
    passed = {
        name: value
        for name, value in values.items()
        if name in expected_names(case) and name not in left_out
    }
    parameters = case.build(**passed).parameters
    assert {name: parameters[name] for name in passed} == passed


# What a class of TFP does with an argument that it is handed.
NOT_RECORDED = {
    "tfp.bijectors.Composition": ("validate_args", "name"),  # Its `parameters` are an argument.
    "tfp.bijectors.MatvecLU": ("validate_args",),  # It does not pass it on.
    # It takes operators that say that they are not singular; those of the example do not.
    "tfp.bijectors.ScaleMatvecLinearOperatorBlock": ("validate_args",),
}


def methods_of(case: Case) -> list[str]:
    """The public methods that a generated class defines."""
    return [
        name
        for name, value in vars(case.trainable_class).items()
        if inspect.isfunction(value)
        and value.__code__.co_filename == inspect.getfile(case.trainable_class)
        and not name.startswith("_")
    ]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_method_is_handed(case):
    runs = {name: facts["runs"] for name, facts in case.entry["methods"].items()}
    implemented = {
        name for name, how in runs.items() if how not in ("not implemented", "fails in TFP")
    }
    assert set(methods_of(case)) == implemented
    model = case.build()
    base = BASES[case.kind]
    for name in runs:
        assert_handed_on(model, case.tfp_class, base, name)
    for name in implemented:
        assert_handed_on(model, case.tfp_class, case.trainable_class, name)


def assert_handed_on(model: Any, tfp_class: type, owner: type, name: str) -> None:
    """Asserts that a method of a class hands all that it is passed to that of TFP."""
    method, original = getattr(owner, name), getattr(tfp_class, name)
    arguments, of_tfp = own_arguments(method), own_arguments(original)
    # A few of TFP's take the name as one of their keyword arguments.
    expected = of_tfp if "name" in of_tfp else {**of_tfp, "name": arguments["name"]}
    assert list(arguments) == list(expected)
    assert collects(method) == collects(original)
    passed = markers(expected)
    if collects(method):
        passed["condition"] = Marker("condition")
    assert handed(model, tfp_class, method, **passed) == passed
    required = markers(
        part.name for part in expected.values() if part.default is inspect.Parameter.empty
    )
    by_default = {part.name: part.default for part in expected.values()} | required
    assert handed(model, tfp_class, method, **required) == by_default
    assert handed(model, tfp_class, method, *required.values()) == by_default


def handed(model: Any, tfp_class: type, method: Any, *arguments: Any, **keywords: Any) -> Any:
    record = recorded(type(model), tfp_class, method.__name__)
    with operation_by_operation(), record as received, pytest.raises(RecordedError):
        method(model, *arguments, **keywords)
    return received


@pytest.mark.parametrize("case", [case for case in CASES if case.kind == "kernel"], ids=str)
def test_numbers_of_dimensions_in_programs(case, monkeypatch):
    """Which is where they are part of the program, not of its arguments."""
    calls = []

    def tensor(self, x1, x2, x1_example_ndims, x2_example_ndims, name="tensor"):
        calls.append(("tensor", x1_example_ndims, x2_example_ndims))
        return tf.zeros([x1_example_ndims, x2_example_ndims])

    def apply(self, x1, x2, example_ndims=0, name="apply"):
        calls.append(("apply", example_ndims))
        return tf.zeros([example_ndims])

    model, x = case.build(), case.input()
    monkeypatch.setattr(records, "_SHARED", {})  # Others are not to be given such programs.
    monkeypatch.setattr(case.tfp_class, "tensor", tensor)
    monkeypatch.setattr(case.tfp_class, "apply", apply)
    with execution("graph"):
        if "tensor" in methods_of(case):
            assert model.tensor(x, x, 2, 3).shape == (2, 3)
            assert model.tensor(x, x, 3, 2).shape == (3, 2)
        if "apply" in methods_of(case):
            assert model.apply(x, x, 4).shape == 4
            assert model.apply(x, x).shape == 0
    assert set(calls) == {("tensor", 2, 3), ("tensor", 3, 2), ("apply", 4), ("apply", 0)}
