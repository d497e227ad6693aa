"""Programs are shared by what agrees in structure, and live no longer than that."""

import collections
import gc
import threading
import warnings
import weakref

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from cases import CASES
from models import flow, normal, run_python

from tfp_trainables import bijectors, distributions, execution
from tfp_trainables_runtime.programs import records
from tfp_trainables_runtime.programs.programs import CompilationWarning
from tfp_trainables_runtime.testing.comparison import (
    Outcome,
    assert_compiled_alike,
    assert_same,
    operation_by_operation,
)

pytestmark = pytest.mark.slow

tfd = tfp.distributions
tfb = tfp.bijectors

STRUCTURES = {
    "normal": lambda seed: (normal(seed), tf.constant(0.5)),
    "gamma": lambda seed: (distributions.TrainableGamma(rate=2.0, seed=seed), tf.constant(0.5)),
    "multivariate normal": lambda seed: (
        distributions.TrainableMultivariateNormalTriL(batch_and_event_shape=[3], seed=seed),
        tf.ones([3]),
    ),
    "mixture": lambda seed: (
        distributions.TrainableMixtureSameFamily(
            mixture_distribution=distributions.TrainableCategorical(num_classes=2, seed=seed),
            components_distribution=normal(seed, batch_and_event_shape=[2]),
        ),
        tf.constant(0.5),
    ),
    "flow": lambda seed: (flow(seed), tf.constant([0.5, 0.6])),
}


@pytest.mark.parametrize("build", STRUCTURES.values(), ids=STRUCTURES)
def test_instances_of_one_structure_share_a_program(build, traces):
    answers = set()
    for seed in range(1000):
        model, value = build((0, seed))
        answers.add(float(model.log_prob(value)))
    assert traces == ["log_prob"]
    assert len(answers) > 990, "each has its own variables"


def test_instances_of_one_structure_compile_once(tmp_path):
    run_python(
        """
        import tensorflow as tf
        from tfp_trainables import distributions, set_execution

        set_execution("xla")
        value = tf.constant(0.5)
        for seed in range(100):
            model = distributions.TrainableMixtureSameFamily(
                mixture_distribution=distributions.TrainableCategorical(num_classes=2),
                components_distribution=distributions.TrainableNormal(batch_and_event_shape=[2]),
            )
            model.log_prob(value), model.sample(seed=(1, seed)), model.mean()
        """,
        XLA_FLAGS=f"--xla_dump_to={tmp_path} --xla_dump_hlo_as_text",
    )
    compiled = [path.name for path in tmp_path.glob("*MixtureSameFamily_*before_optimizations.txt")]
    for method in ("log_prob", "sample", "mean"):
        assert len([name for name in compiled if method in name]) == 1, compiled
    assert len(compiled) == 3


@pytest.mark.parametrize(
    "other",
    [
        lambda: normal(name="other"),
        lambda: normal(initial_parameters={"loc": 3.0}),
        lambda: normal(parameter_dtype="float32"),
        lambda: normal().__copy__(),
    ],
)
def test_what_changes_no_program(other, traces):
    normal().log_prob(0.0)
    other().log_prob(tf.constant(1.0))
    assert len(traces) == 1


def test_fixed_values_of_one_shape_share_a_program(traces):
    for scale in (0.5, 1, np.float32(2), tf.constant(3.0), 4.0):
        expected = tfd.Normal(0.0, float(scale)).log_prob(1.0)
        model = normal(loc=0.0, scale=scale)
        np.testing.assert_allclose(model.log_prob(1.0), expected, rtol=1e-6)
    assert len(traces) == 1


@pytest.mark.parametrize(
    "other",
    [
        lambda: normal(parameter_dtype=tf.float64),
        lambda: normal(batch_and_event_shape=[2]),
        lambda: normal(scale=2.0),
        lambda: normal(validate_args=True),
        lambda: normal(loc=tf.Variable(0.0, trainable=False)),
        lambda: distributions.TrainableLaplace(),
    ],
)
def test_what_needs_another_program(other, traces):
    normal().log_prob(0.0)
    other().log_prob(0.0)
    assert len(records._SHARED) == 2


def test_one_variable_in_two_places_is_one(traces):
    shared = tf.Variable(1.0)
    twice = normal(loc=shared, scale=shared)
    apart = normal(loc=tf.Variable(1.0), scale=tf.Variable(1.0))
    assert twice.log_prob(0.0) == apart.log_prob(0.0)
    assert len(traces) == 2
    with tf.GradientTape() as tape:
        loss = twice.log_prob(0.0)
    np.testing.assert_allclose(tape.gradient(loss, shared), -1.0, rtol=1e-6)


def test_an_instance_is_not_kept_alive(traces):
    model = normal()
    model.log_prob(0.0), model.sample(), model.mean()
    alive = weakref.ref(model), weakref.ref(model.loc)
    del model
    gc.collect()
    assert [reference() for reference in alive] == [None, None]


def test_threads_share_what_they_compile(traces):
    value = tf.constant([0.5, 0.6])
    models = [flow((0, seed)) for seed in range(8)]
    results = [None] * len(models)
    start = threading.Barrier(len(models))

    def call(position):
        start.wait()
        results[position] = [models[position].log_prob(value).numpy() for _ in range(5)]

    workers = [threading.Thread(target=call, args=[position]) for position in range(len(models))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert traces == ["log_prob"]
    for model, result in zip(models, results, strict=True):
        np.testing.assert_array_equal(result, [model.log_prob(value)] * 5)


def test_memory_stays_flat():
    printed = run_python("""
        import gc, resource
        import tensorflow as tf
        from tfp_trainables import distributions

        def use(seed):
            model = distributions.TrainableNormal(seed=(0, seed))
            model.log_prob(value), model.sample(seed=draw_seed), model.mean()

        def megabytes():
            gc.collect()
            pages = int(open("/proc/self/statm").read().split()[1])
            return pages * resource.getpagesize() / 2**20

        value, draw_seed = tf.constant(0.5), tf.constant([1, 2])
        for seed in range(3000):  # Until all is compiled.
            use(seed)
        before = megabytes()
        for seed in range(7000):
            use(seed)
        print(megabytes() - before)
        """)
    assert float(printed) < 10


# More than one input, one shape and one thread.

Pair = collections.namedtuple("Pair", "first second")
NUMBERS = (tf.constant(0.5), tf.constant([1.5, 2.5]))
KINDS = {
    "list": list,
    "tuple": tuple,
    "named tuple": lambda parts: Pair(*parts),
    "dict": lambda parts: dict(zip(("b", "a"), parts, strict=True)),
    "ordered dict": lambda parts: collections.OrderedDict(zip(("b", "a"), parts, strict=True)),
    "nested": lambda parts: {"pair": Pair(*parts), "rest": [(parts[0],)]},
}


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_a_structure_of_inputs_and_of_parts_stays_of_its_kind(make, traces):
    """Warnings are errors: what takes no structure of the kind would run without a program."""
    parts = make([tfb.Scale(2.0), tfb.Exp()])
    model = bijectors.TrainableJointMap(bijectors=parts)
    x = make(NUMBERS)
    for _ in range(2):
        assert_same(
            lambda: model.forward(x), lambda: tfb.JointMap(bijectors=parts).forward(x), ulps=True
        )
    assert traces == ["forward"]


def of_condition(x, c):
    """Of the user's: it takes what it is given for what it is."""
    return x * c.first - c.second, tf.zeros_like(x)


def test_a_named_tuple_among_the_keywords_is_one(traces):
    flow_of = bijectors.TrainableMaskedAutoregressiveFlow
    model = flow_of(shift_and_log_scale_fn=of_condition, is_constant_jacobian=True)
    plain = tfb.MaskedAutoregressiveFlow(of_condition, is_constant_jacobian=True)
    y = tf.constant([[0.5, 0.6]])
    for first in (0.25, 0.5):
        condition = Pair(tf.constant(first), tf.constant(2.0))
        expected = plain.inverse(tf.identity(y), c=condition)
        for _ in range(2):
            np.testing.assert_allclose(model.inverse(y, c=condition), expected, rtol=1e-6)
    assert traces == ["inverse"]


EQUAL = {
    "numbers": (0.0, -0.0),
    "complex numbers": (0j, -0j),
    "a number of each kind": (1, 1.0, True, np.float32(1), np.int64(1)),
    "arrays": (np.float32(0), np.float32(-0.0)),
    "tensors": (tf.constant(0.0), tf.constant(-0.0)),
}


@pytest.mark.parametrize("values", EQUAL.values(), ids=EQUAL)
def test_arguments_that_compare_equal_are_not_taken_for_each_other(values, graphs):
    def kind_and_sign(x, c):
        if isinstance(c, tf.Tensor):
            is_negative = 1 / c < 0
        else:
            is_negative = np.signbit(np.real(c)) or np.signbit(np.imag(c))
        kind = {int: 1.0, float: 2.0, bool: 3.0, complex: 4.0}.get(type(c), 0.0)
        return tf.zeros_like(x) + tf.where(is_negative, kind + 10, kind), tf.zeros_like(x)

    model = bijectors.TrainableMaskedAutoregressiveFlow(shift_and_log_scale_fn=kind_and_sign)
    x = tf.constant([[0.5, 0.6]])
    for _ in range(2):
        for value in values:
            with operation_by_operation():
                expected = model.inverse(x, c=value)
            np.testing.assert_array_equal(model.inverse(x, c=value), expected)


@pytest.mark.parametrize("zero", [0.0, np.float32(0.0), np.zeros(1, "f"), tf.constant(0.0)])
def test_constraints_over_0_and_over_minus_0_are_two(zero, graphs):
    """Divided by them, 1 is one infinity and the other."""
    for scale in (zero, -zero, zero):
        constraint = tfb.Invert(tfb.Scale(scale))
        shift = tfp.util.DeferredTensor(tf.Variable(tf.ones_like(scale)), constraint.forward)
        model = bijectors.TrainableShift(shift=shift)
        for _ in range(2):
            expected = np.where(np.signbit(scale), -np.inf, np.inf)
            np.testing.assert_array_equal(model.forward(tf.constant(0.0)), expected)


def test_a_thread_that_runs_operation_by_operation_leaves_others_alone(traces):
    has_started, may_end = threading.Event(), threading.Event()
    part = normal()

    def waiting(x):
        if threading.current_thread() is worker:
            has_started.set()
            assert may_end.wait(60)
        return part.log_prob(x) * 0, tf.zeros_like(x)

    model = bijectors.TrainableMaskedAutoregressiveFlow(shift_and_log_scale_fn=waiting)
    x = tf.constant([[0.5, 0.6]])
    # A function of the user's is first called operation by operation.
    worker = threading.Thread(target=model.inverse, args=[x])
    worker.start()
    assert has_started.wait(60)
    distributions.TrainableLaplace().log_prob(0.0)
    mode_of_others = list(traces)
    may_end.set()
    worker.join()
    assert mode_of_others == ["log_prob"]
    assert traces == ["log_prob"], "and so are the parts of what it calls"
    model.inverse(x)
    distributions.TrainableCauchy().log_prob(0.0)
    assert traces == ["log_prob", "inverse", "log_prob"], "no longer than that"


def test_what_cannot_be_traced_is_tried_once(traces, monkeypatch):
    def entropy(self):
        return tf.constant(float(self.scale.numpy()))

    monkeypatch.setattr(tfd.Normal, "_entropy", entropy)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for seed in range(3):
            model = normal((0, seed))
            for _ in range(2):
                assert model.entropy() == model.scale.numpy()
    (warning,) = seen
    assert warning.category is CompilationWarning
    assert "Normal.entropy runs operation by operation" in str(warning.message)
    assert traces == ["entropy"]
    distributions.TrainableCauchy().log_prob(0.0)
    assert traces == ["entropy", "log_prob"], "what runs operation by operation ends"


def test_what_xla_refuses_is_tried_once(traces, monkeypatch):
    def log_prob(self, index):
        known = tf.strings.length(tf.strings.as_string(tf.fill([3], self.scale)))
        return tf.cast(tf.gather(known, tf.cast(index, tf.int32)), tf.float32)

    monkeypatch.setattr(tfd.Normal, "_log_prob", log_prob)
    with execution("xla"), warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for seed in range(3):
            model = normal((0, seed))
            assert model.log_prob(tf.constant(1.0)) > 0
            # An error of the caller's is not XLA's refusal.
            for _ in range(2):
                with pytest.raises(tf.errors.InvalidArgumentError):
                    model.log_prob(tf.constant(7.0))
    (warning,) = seen
    assert warning.category is CompilationWarning
    assert "Normal.log_prob runs as a graph" in str(warning.message)
    assert traces == ["log_prob", "log_prob"]


WITH_BIJECTORS = [c for c in CASES if c.kind == "bijector" and c.variables]


@pytest.mark.parametrize("case", WITH_BIJECTORS, ids=str)
def test_a_change_of_what_is_not_trained_is_seen(case):
    """TFP's bijectors remember what they have made of a tensor."""
    values = case.build().parameters
    frozen = {
        name: tf.Variable(values[name], trainable=False)
        for name in case.variables
        if not isinstance(values[name], tf.linalg.LinearOperator)
    }
    if not frozen:
        pytest.skip("all of its variables are in linear operators")
    model = case.build(**frozen)
    x = tf.nest.map_structure(tf.constant, case.input())
    with operation_by_operation():
        before = model.forward(x)
        others = case.build(seed=(5, 6)).parameters
        for name, variable in frozen.items():
            variable.assign(others[name])
        after = model.forward(x)
        expected = case.tfp_class(**model.parameters).forward(tf.nest.map_structure(tf.identity, x))
    assert_same(lambda: after, lambda: expected, ulps=True)
    assert not np.array_equal(before, after), "it is no test where nothing changes"


KERNELS = [c for c in CASES if c.kind == "kernel"]


@pytest.mark.parametrize("case", KERNELS, ids=str)
def test_kernels_of_examples_of_several_shapes(case, graphs):
    """One after the other, for what differs only in the number of its dimensions is two."""
    model = case.build(batch_and_event_shape=(2, *case.shape))
    plain = case.tfp_class(**model.parameters)
    features = case.input().shape[1:]
    x1 = np.linspace(0.1, 0.9, 4 * int(np.prod(features)), dtype="f").reshape(2, 2, *features)
    x2 = x1[:, ::-1] * np.float32(0.75)
    calls = [
        *(("apply", (x1, x2, ndims)) for ndims in (1, 2)),
        *(("tensor", (x1, x2, *ndims)) for ndims in ((1, 2), (2, 1))),
    ]
    answered = 0
    for method, arguments in calls:
        where = f"{method} of {[getattr(it, 'shape', it) for it in arguments]}"
        with operation_by_operation():
            expected = Outcome(lambda: getattr(plain, method)(*arguments))  # noqa: B023
        if expected.error is None:
            actual = getattr(model, method)(*map(tf.constant, arguments[:2]), *arguments[2:])
            assert_compiled_alike(actual, expected.answer, where=where)
            answered += 1
    assert answered >= 2, "that differ in the number of dimensions"
