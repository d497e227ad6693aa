"""Parity of trainables with TFP's `make_trainable`: for tests, of classes of your own too.

`make_trainable` is the oracle: under the same arguments and the same seed, a trainable has
the same variables, and answers the same. The tests that `tfp-trainables generate
--with-tests` writes are made of the checks here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from tfp_trainables_runtime.bijector import TrainableBijector
from tfp_trainables_runtime.comparison import (
    assert_compiled_alike,
    assert_same,
    gradients,
    operation_by_operation,
)
from tfp_trainables_runtime.distribution import OF_A_VALUE, STATISTICS, TrainableDistribution
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
    "plain_input",
]

_JACOBIANS = ("forward_log_det_jacobian", "inverse_log_det_jacobian")

_SEED = (3, 4)
_FAR = 30.0
_np = untyped(np)
_tfp = untyped(tfp)


@dataclass(frozen=True)
class Case:
    """A trainable, and how to build it.

    Attributes:
      tfp_class: the class that it is a trainable of.
      trainable_class: the trainable's class.
      batch_and_event_shape: a shape that it takes.
      arguments: what it cannot be built without, from the NumPy scalar type of the variables.
      sizes: the arguments that are sizes, which `make_trainable` does not take.
      passed: parameters that `make_trainable` cannot create, or creates otherwise: it gets
        the values that the trainable has.
      has_oracle: whether `make_trainable` takes the class at all.
      input: an input for a bijector, or examples for a kernel, from the same scalar type.
      methods: the methods that it implements.
      dtypes: the NumPy scalar types of variables that it takes.
    """

    tfp_class: type[AnyStructure]
    trainable_class: type[AnyStructure]
    batch_and_event_shape: tuple[int, ...] = ()
    arguments: Callable[[type], Mapping[str, AnyStructure]] = lambda _: {}
    sizes: Sequence[str] = ()
    passed: Sequence[str] = ()
    has_oracle: bool = True
    input: Callable[[type], AnyStructure] | None = None
    methods: Sequence[str] = ()
    dtypes: Sequence[type] = (np.float32, np.float64)

    def __repr__(self) -> str:
        return self.tfp_class.__name__

    def build(self, dtype: type, **overrides: AnyStructure) -> AnyStructure:
        """Returns a trainable."""
        return self.trainable_class(**{**self._arguments(dtype), **overrides})

    def build_both(self, dtype: type) -> tuple[AnyStructure, AnyStructure]:
        """Returns a trainable and its oracle, of the same arguments."""
        values = self.build(dtype).parameters
        passed = {name: _value_of(values[name]) for name in self.passed}
        model = self.build(dtype, **passed)
        if not self.has_oracle:
            return model, self.tfp_class(**model.parameters)
        arguments = {**self._arguments(dtype), **passed}
        for name in self.sizes:
            arguments.pop(name, None)
        return model, _tfp.experimental.util.make_trainable(self.tfp_class, **arguments)

    def _arguments(self, dtype: type) -> dict[str, AnyStructure]:
        return {
            "batch_and_event_shape": self.batch_and_event_shape,
            "parameter_dtype": dtype,
            "seed": _SEED,
            **self.arguments(dtype),
        }

    def input_of(self, dtype: type) -> AnyStructure:
        """Returns an input for a bijector, or examples for a kernel."""
        if self.input is not None:
            return self.input(dtype)
        of_kernel = not issubclass(self.trainable_class, TrainableBijector)
        return plain_input(self.batch_and_event_shape, dtype, of_kernel=of_kernel)


def plain_input(
    batch_and_event_shape: tuple[int, ...], dtype: type, *, of_kernel: bool
) -> AnyStructure:
    """Returns numbers that most bijectors take, or examples of one feature dimension."""
    shape = batch_and_event_shape or (3,)
    if of_kernel:
        shape = (4, *(batch_and_event_shape[-1:] or (1,)))
    return _np.linspace(0.1, 0.7, int(np.prod(shape)), dtype=dtype).reshape(shape)


def check_variables(case: Case, dtype: type) -> None:
    """Asserts that the variables are those of the oracle, bit for bit."""
    model, oracle = case.build_both(dtype)
    if case.has_oracle:
        assert_same_variables(model, oracle)
    for variable in case.build(dtype).trainable_variables:
        assert _np.isfinite(variable.numpy()).all(), f"{variable.name} starts at {variable}"


def check_methods(case: Case, dtype: type) -> None:
    """Asserts that methods and gradients are those of the oracle, operation by operation."""
    with operation_by_operation():
        model, oracle = case.build_both(dtype)
        if isinstance(model, TrainableDistribution):
            compare_distribution(model, oracle)
        elif isinstance(model, TrainableBijector):
            compare_bijector(model, oracle, case.input_of(dtype))
        else:
            compare_kernel(model, oracle, case.input_of(dtype))


def check_programs(case: Case, dtype: type) -> None:
    """Asserts that programs answer what the class does operation by operation."""
    model = case.build(dtype)
    plain = case.tfp_class(**model.parameters)
    with operation_by_operation():
        calls = _calls(case, plain, dtype)
    for method, arguments in calls.items():
        if method not in case.methods:
            continue
        with operation_by_operation():
            expected = getattr(plain, method)(*arguments)
        compiled = getattr(model, method)(*arguments)
        assert_compiled_alike(compiled, expected, is_log="log" in method)


def check_copies(case: Case, dtype: type) -> None:
    """Asserts that a trainable is what its class is, and that copies share its variables."""
    model = case.build(dtype)
    assert isinstance(model, case.tfp_class)
    plain = model.copy()
    assert type(plain) is case.tfp_class
    if isinstance(plain, tf.Module):
        ids = {id(variable) for variable in untyped(plain).trainable_variables}
        assert ids == {id(variable) for variable in model.trainable_variables}


def check_constraints(case: Case, dtype: type) -> None:
    """Asserts that parameters are finite however far training drives their variables."""
    for far in (-_FAR, _FAR):
        model = case.build(dtype)
        for variable in model.trainable_variables:
            variable.assign(_np.full(variable.shape, far, dtype))
        for name, value in model.parameters.items():
            if isinstance(value, DeferredTensor):
                assert _np.isfinite(ops.convert_to_tensor(value)).all(), f"{name} is {value}"


def assert_same_variables(model: AnyStructure, oracle: AnyStructure) -> None:
    """Asserts that variables agree in number, order, names, dtypes, shapes and values."""
    assert len(model.trainable_variables) == len(oracle.trainable_variables)
    for left, right in zip(model.variables, oracle.variables, strict=True):
        assert left.name == right.name
        assert left.dtype == right.dtype
        assert left.shape == right.shape
        assert left.trainable == right.trainable
        _np.testing.assert_array_equal(left.numpy(), right.numpy())


def compare_distribution(model: AnyStructure, oracle: AnyStructure) -> None:
    """Asserts that draws agree bit for bit; densities, statistics and gradients to ulps."""
    drawn = assert_same(
        lambda: model.sample(2, seed=_SEED), lambda: oracle.sample(2, seed=_SEED), ulps=False
    )
    if drawn.error is not None:
        return
    value = _fresh(oracle.sample(2, seed=_SEED))
    _compare_calls(model, oracle, dict.fromkeys(OF_A_VALUE, (value,)))
    _compare_calls(model, oracle, dict.fromkeys(STATISTICS, ()))
    _compare_gradients(model, oracle, lambda it: ops.reduce_sum(it.log_prob(value)))


def compare_kernel(model: AnyStructure, oracle: AnyStructure, x: AnyStructure) -> None:
    """Asserts that the values of two kernels, and their gradients, agree to ulps."""
    _compare_calls(model, oracle, _calls_of_kernel(x))
    _compare_gradients(model, oracle, lambda it: ops.reduce_sum(it.matrix(x, x)))


def compare_bijector(model: AnyStructure, oracle: AnyStructure, x: AnyStructure) -> None:
    """Asserts that the maps of two bijectors, and their gradients, agree to ulps."""
    mapped = assert_same(lambda: model.forward(x), lambda: oracle.forward(x), ulps=True)
    if mapped.error is not None:
        return
    y = _fresh(oracle.forward(x))
    _compare_calls(model, oracle, {"inverse": (y,), _JACOBIANS[0]: (x,), _JACOBIANS[1]: (y,)})

    def loss(bijector: AnyStructure) -> tf.Tensor:
        jacobian = bijector.forward_log_det_jacobian(x)
        return ops.reduce_sum(bijector.forward(x)) + ops.reduce_sum(jacobian)

    _compare_gradients(model, oracle, loss)


def _compare_calls(
    model: AnyStructure, oracle: AnyStructure, calls: Mapping[str, tuple[AnyStructure, ...]]
) -> None:
    for method, arguments in calls.items():
        assert_same(
            lambda method=method, arguments=arguments: getattr(model, method)(*arguments),
            lambda method=method, arguments=arguments: getattr(oracle, method)(*arguments),
            ulps=True,
        )


def _compare_gradients(
    model: AnyStructure, oracle: AnyStructure, loss: Callable[[AnyStructure], tf.Tensor]
) -> None:
    if model.trainable_variables:
        assert_same(lambda: gradients(model, loss), lambda: gradients(oracle, loss), ulps=True)


def _calls(case: Case, plain: AnyStructure, dtype: type) -> Mapping[str, tuple[AnyStructure, ...]]:
    """Returns what to call each method with."""
    if issubclass(case.trainable_class, TrainableDistribution):
        value = _fresh(plain.sample(2, seed=_SEED)) if "sample" in case.methods else None
        quantile = {"quantile": (_np.asarray(0.3, dtype),)}
        densities = {} if value is None else dict.fromkeys(OF_A_VALUE, (value,))
        return {**densities, **quantile, **dict.fromkeys(STATISTICS, ())}
    x = case.input_of(dtype)
    if not issubclass(case.trainable_class, TrainableBijector):
        return _calls_of_kernel(x)
    if "forward" not in case.methods:
        return {}
    y = _fresh(plain.forward(x))
    return {"forward": (x,), "inverse": (y,), _JACOBIANS[0]: (x,), _JACOBIANS[1]: (y,)}


def _calls_of_kernel(x: AnyStructure) -> Mapping[str, tuple[AnyStructure, ...]]:
    return {"apply": (x, x, 1), "matrix": (x, x[1:]), "tensor": (x, x[1:], 1, 1)}


def _value_of(parameter: AnyStructure) -> AnyStructure:
    is_variable = isinstance(parameter, (DeferredTensor, tf.Variable))
    return ops.convert_to_tensor(parameter) if is_variable else parameter


def _fresh(value: AnyStructure) -> AnyStructure:
    """Returns new tensors, of which the oracle's bijectors remember nothing."""

    def copied(part: AnyStructure) -> AnyStructure:
        return ops.constant(_np.asarray(part))

    return ops.nest.map_structure(copied, value)
