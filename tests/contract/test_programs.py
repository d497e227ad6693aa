"""Programs are shared by what agrees in structure, and live no longer than that."""

import gc
import threading
import weakref

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from models import flow, normal, run_python

from tfp_trainables import distributions
from tfp_trainables_runtime import programs

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
        from tfp_trainables import distributions

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
    assert len(programs._SHARED) == 2


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
        for seed in range(100):
            use(seed)
        before = megabytes()
        for seed in range(9900):
            use(seed)
        print(megabytes() - before)
        """)
    assert float(printed) < 10
