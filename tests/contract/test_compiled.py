"""Every method that the manifest calls compiled runs as XLA and answers what TFP does."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from cases import CASES, NOT_COMPARABLE, Case

from tfp_trainables import execution
from tfp_trainables_runtime.testing.comparison import (
    assert_compiled_alike,
    gradients,
    operation_by_operation,
)
from tfp_trainables_runtime.testing.conditioning import Conditioning, as_it_is
from tfp_trainables_runtime.testing.questions import Question

pytestmark = pytest.mark.slow

DENSITIES = ("log_prob", "prob", "unnormalized_log_prob")
PROBABILITIES = ("cdf", "log_cdf", "survival_function", "log_survival_function")
STATISTICS = ("mean", "mode", "variance", "stddev", "covariance", "entropy")
DRAWS = ("sample", "experimental_sample_and_log_prob")
# What runs in double precision too: the programs are the same but for the dtype.
IN_DOUBLE = ("log_prob", "mean", "forward", "inverse_log_det_jacobian")
REFORMULATED = {  # Whose draws TFP has no program for; see test_reformulated.py.
    "tfp.distributions.Bates",
    "tfp.distributions.NegativeBinomial",
    "tfp.distributions.PoissonLogNormalQuadratureCompound",
    "tfp.distributions.ZeroInflatedNegativeBinomial",
}
# Methods that draw inside: XLA has other random bits than TensorFlow operation by operation.
STOCHASTIC = {
    "tfp.distributions.Masked": {"mean", "mode", "quantile"},
    "tfp.experimental.distributions.ImportanceResample": {*DENSITIES},
}

METHODS_OF_LOSS = {
    "distribution": ["log_prob"],
    "bijector": ["forward", "forward_log_det_jacobian"],
    "kernel": ["matrix"],
}

WITH_METHODS = [case for case in CASES if case.name not in NOT_COMPARABLE]
every_class = pytest.mark.parametrize("case", WITH_METHODS, ids=str)
both_dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def compiled_methods(case: Case) -> list[str]:
    stochastic = STOCHASTIC.get(case.name, set())
    return [
        name
        for name, facts in case.entry["methods"].items()
        if facts["runs"] == "compiled" and name not in stochastic
    ]


def build(case: Case, dtype: type) -> tuple[Any, Any]:
    """Returns a trainable, and a plain instance of the TFP class over the same variables."""
    model = case.build(dtype)
    return model, case.tfp_class(**model.parameters)


def inputs(case: Case, plain: Any, dtype: type, names: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """Returns what to call each of the methods with, drawn operation by operation."""
    calls: dict[str, tuple[Any, ...]]
    if case.kind == "kernel":
        x = case.input(dtype)
        calls = {"apply": (x, x, 1), "matrix": (x, x[1:]), "tensor": (x, x[1:], 1, 1)}
        return {name: calls[name] for name in names}
    if case.kind == "bijector":
        x = case.input(dtype)
        y = tf.nest.map_structure(lambda part: np.asarray(part), plain.forward(x))
        return {name: (x if name.startswith("forward") else y,) for name in names}
    try:
        value = tf.nest.map_structure(np.asarray, plain.sample(2, seed=(3, 4)))
    except Exception as error:
        pytest.skip(f"TFP's own class cannot: {type(error).__name__}: {error}")
    calls = {}
    for name in names:
        if name in (*DENSITIES, *PROBABILITIES):
            calls[name] = (value,)
        elif name == "quantile":
            calls[name] = (np.asarray(0.3, dtype),)
        elif name in STATISTICS:
            calls[name] = ()
    return calls


def call_compiled(model: Any, method: str, *arguments: Any, **keywords: Any) -> Any:
    """Calls a method; asserts that it has run an XLA program, not a substitute."""
    with execution("xla"):
        getattr(model, method)(*arguments, **keywords)  # May run without: a network is built.
        result = getattr(model, method)(*arguments, **keywords)
    callers = model._programs.callers.values()
    records = [it.record for it in callers if it.record.key.method == method]
    assert records, f"{method} has run no program"
    assert all(it.program.calls for record in records for it in record.shapes.values())
    return result


def build_dynamic(case: Case, model: Any) -> Any:
    """Returns what `make_trainable` makes of the same.

    If it cannot, a plain instance of the TFP class over the variables of the model.
    """
    builds = case.entry["make_trainable"]["builds"] and not case.entry["sizes"]
    if builds and not case.fixed():
        return case.build_dynamic()
    return case.tfp_class(**model.parameters)


def test_nearly_all_methods_are_compiled():
    facts = [facts for case in CASES for facts in case.entry["methods"].values()]
    implemented = [it for it in facts if it["runs"] not in ("not implemented", "fails in TFP")]
    compiled = [it for it in implemented if it["runs"] == "compiled"]
    assert len(implemented) > 1600
    assert len(compiled) / len(implemented) > 0.99
    explained = [it for it in facts if it["runs"] not in ("compiled", "not implemented")]
    assert all(it["reason"] for it in explained)


@every_class
@both_dtypes
def test_answers(case, dtype):
    model, plain = build(case, dtype)
    with operation_by_operation():
        calls = inputs(case, plain, dtype, compiled_methods(case))
    for method, arguments in calls.items():
        if dtype is np.float64 and method not in IN_DOUBLE:
            continue
        try:
            with operation_by_operation():
                expected = getattr(plain, method)(*arguments)
        except Exception:  # Not in this dtype; the probe has found another that works.
            continue
        compiled = call_compiled(model, method, *arguments)
        assert_compiled_alike(
            compiled,
            expected,
            is_log="log" in method,
            where=f"{case}.{method}",
            conditioning=Question(method, arguments).conditioning(plain),
        )


@pytest.mark.parametrize("case", [c for c in WITH_METHODS if c.is_distribution], ids=str)
def test_draws(case):
    """Bit for bit those of the dynamic object, compiled the same way.

    A fixed parameter is an input of our program and a constant of the user's, which XLA
    folds: there the same random bits are rounded differently. So they are where there is no
    dynamic object, and the oracle is a plain one over the same variables.
    """
    has_fixed = bool(case.entry["example"]["arguments"] or case.fixed())
    same = assert_compiled_alike if has_fixed else np.testing.assert_array_equal
    model = case.build()
    dynamic = build_dynamic(case, model)
    methods = [name for name in DRAWS if name in compiled_methods(case)]
    actual = {name: call_compiled(model, name, 2, seed=(3, 4)) for name in methods}

    @tf.function(jit_compile=True, autograph=False)
    def draw(seed):
        return {name: getattr(dynamic, name)(2, seed=seed) for name in methods}

    try:
        expected = draw(tf.constant([3, 4])) if case.name not in REFORMULATED else {}
    except Exception as error:
        pytest.skip(f"TFP's own class cannot: {type(error).__name__}: {error}")
    for method, drawn in expected.items():
        if method == "experimental_sample_and_log_prob":
            (draws, density), (expected_draws, expected_density) = actual[method], drawn
            assert_compiled_alike(density, expected_density, is_log=True)
            tf.nest.map_structure(same, draws, expected_draws)
        else:
            tf.nest.map_structure(same, actual[method], drawn)


@pytest.mark.parametrize("case", [c for c in WITH_METHODS if c.variables], ids=str)
@pytest.mark.parametrize("how", ["graph", "xla"])
def test_gradients(case, how):
    if how == "xla" and not set(METHODS_OF_LOSS[case.kind]).issubset(compiled_methods(case)):
        pytest.skip("XLA refuses it")
    model = case.build()
    dynamic = build_dynamic(case, model)
    with operation_by_operation():
        value = inputs(case, dynamic, np.float32, METHODS_OF_LOSS[case.kind])

    def loss(it, nudge=as_it_is):
        nudged = {method: nudge(arguments) for method, arguments in value.items()}
        if case.is_distribution:
            return tf.reduce_sum(nudge(it).log_prob(*nudged["log_prob"]))
        if case.kind == "kernel":
            return tf.reduce_sum(nudge(it).matrix(*nudged["matrix"]))
        mapped = tf.nest.flatten(nudge(it).forward(*nudged["forward"]))
        jacobian = nudge(it).forward_log_det_jacobian(*nudged["forward_log_det_jacobian"])
        return sum(map(tf.reduce_sum, mapped)) + tf.reduce_sum(jacobian)

    variables = model.trainable_variables
    is_over_the_same = {id(v) for v in dynamic.variables} == {id(v) for v in model.variables}
    of_dynamic = variables if is_over_the_same else dynamic.trainable_variables

    def of_oracle(nudge=as_it_is):
        return gradients(dynamic, lambda it: loss(it, nudge), of_dynamic)

    with operation_by_operation():
        expected = of_oracle()
    with execution(how):
        gradients(model, loss, variables)  # A network creates its weights.
        actual = gradients(model, loss, variables)
    assert [part is None for part in actual] == [part is None for part in expected]
    assert_compiled_alike(
        together(actual),
        together(expected),
        where=f"{case}, gradients",
        conditioning=Conditioning(lambda nudge: together(of_oracle(nudge)), dynamic.variables),
    )


def together(parts: list[Any]) -> np.ndarray:
    """Returns gradients as one vector: the largest sets the scale for all."""
    return np.concatenate([np.ravel(part) for part in parts if part is not None] or [[]])
