"""What the methods of a TFP class can do: which exist, which XLA compiles, which have a gradient.

The only phase, with read, that touches TFP objects. It builds each class from its example
and runs its methods, as programs of the runtime, for several structures.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf

from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.probe.instances import build_subject, in_support, input_of
from tfp_trainables_generator.probe.own_contract import check_contract
from tfp_trainables_generator.spec.capabilities import Capabilities, Execution, MethodSpec
from tfp_trainables_generator.spec.classes import ClassSpec
from tfp_trainables_generator.spec.packages import Package
from tfp_trainables_runtime.calls.sizes import specs_of
from tfp_trainables_runtime.parts.putting import put_together
from tfp_trainables_runtime.parts.taking import Numbers, Parts, take_apart
from tfp_trainables_runtime.programs.programs import Key, asserts, trace
from tfp_trainables_runtime.programs.structure import Structure
from tfp_trainables_runtime.programs.xla_operations import less_accurate_in_xla
from tfp_trainables_runtime.testing.inputs import DRAWS, OF_A_VALUE, STATISTICS

_OF_A_BIJECTOR = ("forward", "inverse", "forward_log_det_jacobian", "inverse_log_det_jacobian")
_OF_A_KERNEL: Mapping[str, Mapping[str, int]] = {
    "apply": {"example_ndims": 1},
    "matrix": {},
    "tensor": {"x1_example_ndims": 1, "x2_example_ndims": 1},
}

_WITH_GRADIENT = ("sample", "log_prob", *_OF_A_BIJECTOR, *_OF_A_KERNEL)
_STRUCTURES: Sequence[tuple[tuple[int, ...], type]] = (((), np.float32), ((2,), np.float64))
"""Batch shapes and dtypes to try: a scalar and a batch, single and double precision."""

_SEED = (3, 4)

Values: TypeAlias = Any
_tf: Any = tf


def probe(package: Package, spec: ClassSpec, fingerprint: str) -> Capabilities:
    """Finds out what a class's methods can do.

    Args:
      package: the package that its trainable goes to.
      spec: the class, with an example to build it from.
      fingerprint: of all that the findings depend on.

    Raises:
      CompilationError: if TFP cannot build the class from its example.
    """
    findings: dict[str, list[MethodSpec]] = {}
    event_ndims: int | None = None
    problems: list[str] = []
    refused: list[tuple[str, str]] = []
    for batch, dtype in _STRUCTURES:
        try:
            subject = build_subject(spec, batch, dtype)
        except Exception as error:  # Not every example takes a batch.
            said = f"{type(error).__name__}: {' '.join(str(error).split())}"
            problems.append(f"{spec.qualified_name}: cannot be built from its example: {said}")
            if batch and _fails_without_batch(spec, dtype):
                refused.append((dtype.__name__, said))
            continue
        if package.is_own:
            check_contract(spec, subject, dtype)
        if spec.kind == "distribution" and event_ndims is None:
            with suppress(Exception):
                event_ndims = subject.event_shape.rank
        for finding in _methods(spec, subject, dtype):
            findings.setdefault(finding.name, []).append(finding)
    if not findings:
        raise CompilationError(list(dict.fromkeys(problems)))
    methods = tuple(map(_in_all, findings.values()))
    return Capabilities(fingerprint, event_ndims, methods, tuple(refused))


def _fails_without_batch(spec: ClassSpec, dtype: type) -> bool:
    try:
        build_subject(spec, (), dtype)
    except Exception:
        return True
    return False


def _in_all(findings: Sequence[MethodSpec]) -> MethodSpec:
    """Returns what holds for all structures for which the TFP class itself works."""
    works = [finding for finding in findings if finding.is_implemented]
    if not works:
        return min(findings, key=lambda finding: finding.runs is not Execution.NOT_IMPLEMENTED)
    order = list(Execution)
    return max(works, key=lambda finding: order.index(finding.runs))


def _methods(spec: ClassSpec, subject: Values, dtype: type) -> Iterator[MethodSpec]:
    """Yields what is found of each method of one instance."""
    if spec.kind != "distribution":
        of_kind = _bijector_methods if spec.kind == "bijector" else _kernel_methods
        yield from of_kind(spec, subject, dtype)
        return
    for name in DRAWS:
        yield _try(subject, name, (2, _tf.constant(_SEED)))
    value: Values = None
    with suppress(Exception):
        value = subject.sample(2, seed=_tf.constant(_SEED))
    if value is None:
        with suppress(Exception):  # Such as that it is discrete.
            value = in_support(subject, dtype)
    if value is not None:
        for name in OF_A_VALUE:
            yield _try(subject, name, (value,))
    yield _try(subject, "quantile", (_tf.constant(0.3, dtype),))
    for name in STATISTICS:
        yield _try(subject, name, ())


def _bijector_methods(spec: ClassSpec, subject: Values, dtype: type) -> Iterator[MethodSpec]:
    x = input_of(spec, dtype)
    input_dtype = subject.inverse_dtype()
    if isinstance(input_dtype, tf.DType):  # Some networks know single precision alone.
        x = _tf.nest.map_structure(partial(_tf.cast, dtype=input_dtype), x)
    y = x
    with suppress(Exception):
        # TFP's bijectors remember which tensor came of which: this is another one.
        y = _tf.nest.map_structure(_tf.identity, subject.forward(x))
    for name in _OF_A_BIJECTOR:
        yield _try(subject, name, (x if name.startswith("forward") else y,))


def _kernel_methods(spec: ClassSpec, subject: Values, dtype: type) -> Iterator[MethodSpec]:
    x = _tf.constant(input_of(spec, dtype))
    for name, ndims in _OF_A_KERNEL.items():
        others = x if name == "apply" else x[1:]
        yield _try(subject, name, (x, others), ndims)


def _try(
    subject: Values,
    name: str,
    arguments: tuple[Values, ...],
    keywords: Mapping[str, int] | None = None,
) -> MethodSpec:
    """Makes a program of a method, or as much of one as can be had."""
    structure = _structure(subject, name, arguments)
    keywords = keywords or {}
    call = take_apart((arguments, keywords), Numbers.LEAVES)
    key = Key(name, structure.tree, call.tree)
    refusals: list[str] = []
    for xla, runs in ((True, Execution.COMPILED), (False, Execution.GRAPH)):
        try:
            program: Values = trace(key, structure.leaves, call.leaves, xla=xla)
            if xla and structure.validates and asserts(program.graph):
                refusals.append("by default it asserts that its result is defined")
                continue
            has_gradient = (_lower if xla else _run)(program, structure, call, name)
        except NotImplementedError:
            return MethodSpec(name, Execution.NOT_IMPLEMENTED)
        except Exception as error:
            refusals.append(_in_words(error))
        else:
            on_request = _on_request(subject, key, structure, call) if xla else ""
            return MethodSpec(name, runs, "".join(refusals[:1]), has_gradient, on_request)
    try:
        getattr(subject, name)(*arguments, **keywords)
    except NotImplementedError:
        return MethodSpec(name, Execution.NOT_IMPLEMENTED)
    except Exception as error:
        return MethodSpec(name, Execution.FAILS, f"{type(error).__name__}")
    return MethodSpec(name, Execution.OP_BY_OP, refusals[-1])


def _on_request(subject: Values, key: Key, structure: Structure, call: Parts) -> str:
    """Returns why a method that XLA takes goes to it only where that is asked for, or nothing."""
    if key.method in DRAWS:
        return "XLA draws other numbers"
    _, keywords = put_together(call.tree, call.leaves)
    relaxed = specs_of(subject, key.method, keywords, call.leaves, draws=False)
    refusal = ""
    for specs in (relaxed, call.leaves):  # Some need to know the sizes of samples.
        try:
            program: Values = trace(key, structure.leaves, specs, xla=False)
        except Exception as error:
            refusal = _in_words(error)
        else:
            operation = less_accurate_in_xla(program.graph)
            return f"XLA may compute {operation} less accurately" if operation else ""
    return f"as a graph, it is refused: {refusal}"


def _structure(subject: Values, name: str, arguments: tuple[Values, ...]) -> Structure:
    """Takes an instance apart as its trainable would be."""
    structure = Structure.of(subject)
    if structure.is_its_own:  # A network creates its weights when it is first called.
        with suppress(Exception):
            getattr(subject, name)(*arguments)
        structure = Structure.of(subject)
    try:
        put_together(structure.tree, structure.leaves)
    except Exception:  # Its parameters do not make another.
        return Structure.opaque(subject)
    return structure


def _lower(
    program: Callable[..., Values], structure: Structure, call: Parts, name: str
) -> bool | None:
    """Has XLA take a program in, with the gradient of its result, if that is to be tried.

    No machine code is made, which takes most of the time, and of which nothing would run.

    Returns:
      Whether a gradient reaches a variable.

    Raises:
      Exception: if XLA refuses the program or the gradient.
    """
    inputs = (*structure.leaves, *call.leaves)
    differentiates = _differentiates(name, structure)
    function = partial(_with_gradients, program) if differentiates else partial(_call, program)
    whole = _tf.function(function, jit_compile=True, autograph=False)
    traced = whole.get_concrete_function(*inputs)
    calls: list[Values] = [it for it in traced.graph.get_operations() if it.type in _CALLS]
    if any(output.dtype == _tf.variant for it in calls for output in it.outputs):
        raise _CrossingError
    whole.experimental_get_compiler_ir(*inputs)(stage="hlo_serialized")
    return bool(traced.structured_outputs[1]) if differentiates else None


_CALLS = ("PartitionedCall", "StatefulPartitionedCall")


class _CrossingError(Exception):
    """A gradient that is taken outside of a program needs a list that is made inside."""


def _call(program: Callable[..., Values], *inputs: Values) -> Values:
    return program(*inputs)


def _run(
    program: Callable[..., Values], structure: Structure, call: Parts, name: str
) -> bool | None:
    """Runs a graph; tells whether a gradient of its result reaches a variable, if that is tried."""
    inputs = (*structure.leaves, *call.leaves)
    if _differentiates(name, structure):
        return bool(_with_gradients(program, *inputs)[1])
    program(*inputs)
    return None


def _differentiates(name: str, structure: Structure) -> bool:
    return name in _WITH_GRADIENT and any(isinstance(it, tf.Variable) for it in structure.leaves)


def _with_gradients(program: Callable[..., Values], *inputs: Values) -> tuple[Values, Values]:
    """Returns the result of a program, and its gradients for the variables that they reach."""
    with _tf.GradientTape() as tape:
        result = program(*inputs)
        parts = [part for part in _tf.nest.flatten(result) if part.dtype.is_floating]
        loss = _tf.add_n([_tf.reduce_sum(part) for part in parts]) if parts else None
    if loss is None:
        return result, []
    variables = [it for it in inputs if isinstance(it, tf.Variable)]
    return result, [it for it in tape.gradient(loss, variables) if it is not None]


def _in_words(error: Exception) -> str:
    """Returns why XLA or TensorFlow refuses, in words that every run finds again."""
    missing = re.search(r"\b(\w+) \(No registered '\w+' OpKernel for XLA", str(error))
    if missing:
        return f"XLA has no kernel for {missing[1]}"
    if isinstance(error, _CrossingError):
        return "XLA keeps no record of a loop for a gradient that is taken outside"
    return f"TensorFlow raises {type(error).__name__}"
