"""Parity of trainables with TFP's `make_trainable`: for tests, of classes of your own too.

`make_trainable` is the oracle: under the same arguments and the same seed, a trainable has
the same variables, and answers the same. The tests that `tfp-trainables generate
--with-tests` writes are made of the checks here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from tfp_trainables_runtime.classes.bijector import TrainableBijector
from tfp_trainables_runtime.classes.distribution import TrainableDistribution
from tfp_trainables_runtime.constraints.values import composed_name, image_in_words
from tfp_trainables_runtime.programs.execution import execution
from tfp_trainables_runtime.testing.cases import Case
from tfp_trainables_runtime.testing.comparison import (
    Outcome,
    assert_compiled_alike,
    assert_same,
    expect,
    operation_by_operation,
    shortly,
)
from tfp_trainables_runtime.testing.images import is_in_image
from tfp_trainables_runtime.testing.questions import (
    DRAWS,
    Calls,
    Question,
    calls_of,
    calls_of_bijector,
    calls_of_distribution,
    calls_of_kernel,
)
from tfp_trainables_runtime.typing import AnyStructure, DeferredTensor
from tfp_trainables_runtime.untyped import ops, untyped

__all__ = [
    "Case",
    "assert_same_variables",
    "check_constraints",
    "check_copies",
    "check_methods",
    "check_programs",
    "check_variables",
    "compare_bijector",
    "compare_distribution",
    "compare_kernel",
]

_MOVED = ", after a change of the variables"
_PLACES = (-30.0, -1.0, 1.0, 30.0)
"""Where the variables are put, to see whether parameters stay in their supports."""

_np = untyped(np)


def check_variables(case: Case, dtype: type) -> None:
    """Asserts that the variables are those of the oracle, bit for bit."""
    model, oracle = case.build_both(dtype)
    if case.has_oracle:
        assert_same_variables(model, oracle)
    model, again = case.build(dtype), case.build(dtype)
    pairs = zip(model.trainable_variables, again.trainable_variables, strict=True)
    for variable, same in pairs:
        where = f"{_name(model)}, initial value of variable {variable.name!r}"
        value = variable.numpy()
        expected: tf.DType = ops.as_dtype(dtype)
        is_of_it = variable.dtype == expected
        expect(is_of_it, f"{where}, dtype", expected.name, variable.dtype.name)
        expect(_np.isfinite(value).all(), where, "finite numbers", shortly(value))
        is_same = _np.array_equal(value, same.numpy())
        expect(is_same, f"{where}, twice of one seed", shortly(value), shortly(same.numpy()))


def check_methods(case: Case, dtype: type) -> None:
    """Asserts that methods and gradients are those of the oracle, operation by operation.

    They are compared at the initial values of the variables, and once more at others.
    """
    with operation_by_operation():
        model, oracle = case.build_both(dtype)
        _compare(case, model, oracle, dtype)
        if not model.trainable_variables:
            return
        _move(model, *([oracle] if case.has_oracle else []))
        if not case.has_oracle:  # What it has computed when it was made is outdated.
            oracle = case.tfp_class(**model.parameters)
        _compare(case, model, oracle, dtype, _MOVED)


def check_programs(case: Case, dtype: type) -> None:
    """Asserts that programs answer what the class does operation by operation.

    Graphs and XLA's programs are called twice, the second time for other values of the
    variables. A graph draws what the class does; of XLA, only what is no draw is compared.
    """
    model = case.build(dtype)
    for when in ("", _MOVED):
        with execution("graph"):
            _compare_programs(case, model, dtype, f", as a graph{when}")
        with execution("xla"):
            _compare_programs(case, model, dtype, f", under XLA{when}", draws=False)
        if not model.trainable_variables:
            return
        _move(model)


def check_copies(case: Case, dtype: type) -> None:
    """Asserts that a trainable is what its class is, and that copies share its variables."""
    model = case.build(dtype)
    name = _name(model)
    is_one = isinstance(model, case.tfp_class)
    bases = ", ".join(base.__name__ for base in type(model).__bases__)
    expect(is_one, name, f"a subclass of {case.tfp_class.__name__}", f"one of {bases}")
    plain = model.copy()
    # That of a subclass of somebody's own computes as it does.
    of_model: AnyStructure = untyped(model).__class__
    kinds = {case.tfp_class, of_model} - {of_model._generated_class()}
    is_plain = plain is not model and plain.__class__ in kinds
    expect(is_plain, f"{name}.copy()", f"a {case.tfp_class.__name__}", f"a {_name(plain)}")
    before = {id(variable) for variable in model.trainable_variables}
    shared = {id(variable) for variable in untyped(plain).trainable_variables}
    expected = f"the {len(before)} variables of the original"
    got = f"{len(shared)}, of which it shares {len(before & shared)}"
    expect(shared == before, f"{name}.copy()", expected, got)
    _move(model)
    for parameter, value in model.parameters.items():
        # Some TFP classes record other arguments than they were made of.
        is_held = parameter in plain.parameters
        if is_held and isinstance(value, (DeferredTensor, tf.Variable)):
            assert_same(
                lambda parameter=parameter: ops.convert_to_tensor(plain.parameters[parameter]),
                lambda value=value: ops.convert_to_tensor(value),
                ulps=False,
                where=f"{name}.copy(), parameter {parameter!r}{_MOVED}",
            )


def check_constraints(case: Case, dtype: type) -> None:
    """Asserts that parameters stay in their supports wherever training drives their variables.

    What a support is, the annotations of the class say: the image of the bijector that
    `parameter_properties` has for a parameter. A trainable may keep to a part of it.
    """
    model = case.build(dtype)
    supports = case.supports(dtype)
    for place in _PLACES:
        for variable in model.trainable_variables:
            # Not all the same, as elements of which one has to be above the other.
            signs = _np.where(_np.arange(variable.shape.num_elements()) % 3 == 1, -1, 1)
            value = place * signs.reshape(variable.shape) if abs(place) == 1 else place
            variable.assign(_np.broadcast_to(value, variable.shape).astype(dtype))
        for name, parameter in model.parameters.items():
            if not isinstance(parameter, (DeferredTensor, tf.Variable)):
                continue
            value = ops.convert_to_tensor(parameter).numpy()
            where = f"{_name(model)}, parameter {name!r} for variables of {place:g}"
            expect(_np.isfinite(value).all(), where, "finite numbers", shortly(value))
            support = supports.get(name)
            if support is not None and not (abs(place) > 1 and _is_product(support)):
                is_inside = is_in_image(value, support)
                expect(is_inside, where, image_in_words(support), shortly(value))


def assert_same_variables(model: AnyStructure, oracle: AnyStructure) -> None:
    """Asserts that variables agree in number, order, names, dtypes, shapes and values."""
    for kind in ("trainable_variables", "variables"):
        names, expected = (
            [variable.name for variable in getattr(it, kind)] for it in (model, oracle)
        )
        expect(names == expected, f"{_name(model)}.{kind}", expected, names)
    for left, right in zip(model.variables, oracle.variables, strict=True):
        where = f"{_name(model)}, variable {left.name!r}"
        for fact in ("dtype", "shape", "trainable"):
            value, expected = getattr(left, fact), getattr(right, fact)
            expect(value == expected, f"{where}, {fact}", expected, value)
        assert_same(left.numpy, right.numpy, ulps=False, where=f"{where}, initial value")


def compare_distribution(
    model: AnyStructure,
    oracle: AnyStructure,
    value: AnyStructure = None,
    *,
    differentiated: Sequence[str] = ("log_prob",),
    when: str = "",
) -> None:
    """Asserts that draws agree bit for bit; densities, statistics and gradients to ulps.

    Args:
      model: the trainable.
      oracle: what it is held to.
      value: what to ask the density of; by default, what the oracle draws.
      differentiated: the methods whose gradients are compared.
      when: further words for messages.
    """
    calls = calls_of_distribution(oracle, value)
    _compare_calls(model, oracle, calls, differentiated, when)


def compare_kernel(
    model: AnyStructure,
    oracle: AnyStructure,
    x: AnyStructure,
    *,
    differentiated: Sequence[str] = ("matrix",),
    when: str = "",
) -> None:
    """Asserts that the values of two kernels, and their gradients, agree to ulps.

    Args:
      model: the trainable.
      oracle: what it is held to.
      x: a list of examples.
      differentiated: the methods whose gradients are compared.
      when: further words for messages.
    """
    _compare_calls(model, oracle, calls_of_kernel(x), differentiated, when)


def compare_bijector(
    model: AnyStructure,
    oracle: AnyStructure,
    x: AnyStructure,
    *,
    differentiated: Sequence[str] = ("forward", "forward_log_det_jacobian"),
    when: str = "",
) -> None:
    """Asserts that the maps of two bijectors, and their gradients, agree to ulps.

    Args:
      model: the trainable.
      oracle: what it is held to.
      x: an input.
      differentiated: the methods whose gradients are compared.
      when: further words for messages.
    """
    _compare_calls(model, oracle, calls_of_bijector(oracle, x), differentiated, when)


def _compare(
    case: Case, model: AnyStructure, oracle: AnyStructure, dtype: type, when: str = ""
) -> None:
    if issubclass(case.trainable_class, TrainableDistribution):
        compare, value = compare_distribution, case.input and case.input(dtype)
    elif issubclass(case.trainable_class, TrainableBijector):
        compare, value = compare_bijector, case.input_of(dtype)
    else:
        compare, value = compare_kernel, case.input_of(dtype)
    compare(model, oracle, value, differentiated=case.methods, when=when)


def _compare_calls(
    model: AnyStructure,
    oracle: AnyStructure,
    calls: Calls,
    differentiated: Sequence[str],
    when: str,
) -> None:
    for method, arguments in calls.items():
        question = Question(method, arguments)
        where = f"{_name(model)}.{method}{when}"
        answered = assert_same(
            lambda question=question: question.ask(model),
            lambda question=question: question.ask(oracle),
            ulps=method != "sample",
            where=where,
            conditioning=question.conditioning(oracle),
        )
        if answered.error is None and method in differentiated:
            _compare_gradients(model, oracle, question, f"{where}, gradients")


def _compare_gradients(
    model: AnyStructure, oracle: AnyStructure, question: Question, where: str
) -> None:
    variables = model.trainable_variables
    if not variables:
        return
    has_the_same = {id(it) for it in variables} == {id(it) for it in oracle.trainable_variables}
    of_oracle = variables if has_the_same else oracle.trainable_variables
    assert_same(
        lambda: question.gradients(model, variables),
        lambda: question.gradients(oracle, of_oracle),
        ulps=True,
        where=where,
        conditioning=question.conditioning(oracle, of_oracle),
    )


def _compare_programs(
    case: Case, model: AnyStructure, dtype: type, how: str, *, draws: bool = True
) -> None:
    plain = case.tfp_class(**model.parameters)
    with operation_by_operation():
        calls = calls_of(case, plain, dtype)
    for method in case.methods:
        where = f"{_name(model)}.{method}{how}"
        expect(method in calls, where, "a method that can be called", "no arguments for it")
        question = Question(method, calls[method])
        with operation_by_operation():
            expected = Outcome(lambda question=question: question.ask(plain))
        Outcome(lambda question=question: question.ask(model))  # The first builds networks.
        actual = Outcome(lambda question=question: question.ask(model))
        expect(type(actual.error) is type(expected.error), where, expected, actual)
        # XLA has other random bits than TensorFlow.
        if expected.error is not None or (method in DRAWS and not draws):
            continue
        assert_compiled_alike(
            actual.answer,
            expected.answer,
            is_log="log" in method,
            where=where,
            conditioning=question.conditioning(plain),
        )


def _is_product(bijector: AnyStructure) -> bool:
    """Tells whether a bijector makes matrices that rounding may turn into singular ones."""
    return composed_name(bijector).startswith("Chain(") and bijector.forward_min_event_ndims > 0


def _move(model: AnyStructure, *others: AnyStructure) -> None:
    """Changes the variables of a model, and those of others to the same values."""
    for position, variable in enumerate(model.trainable_variables):
        signs = _np.where(_np.arange(variable.shape.num_elements()) % 2, -1, 1)
        step = (0.25 * signs.reshape(variable.shape)).astype(variable.dtype.as_numpy_dtype)
        value = variable.numpy() + step
        for it in (model, *others):
            it.trainable_variables[position].assign(value)


def _name(it: AnyStructure) -> str:
    return type(it).__name__
