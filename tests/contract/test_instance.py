"""A trainable is an instance of its TFP class, wherever TensorFlow and TFP take one.

The oracle is a plain instance over the same variables: where TFP's own class cannot do
what is asked, there is nothing to hold the trainable to.
"""

import contextlib
import functools

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from cases import CASES, NOT_COMPARABLE, Case

import tfp_trainables
from tfp_trainables import bijectors, distributions
from tfp_trainables_runtime.testing.comparison import assert_same, operation_by_operation

tfd = tfp.distributions
tfb = tfp.bijectors

# Only subclasses of it can be called, and only they know their parameters.
ABSTRACT = {"tfp.bijectors.Composition"}
# Densities that are series of thousands of operations: `test_parity` has them.
SLOW_DENSITIES = {"tfp.distributions.BetaQuotient"}
# Their constructors make networks, anew in each instance.
MAKES_NETWORKS = {"tfp.bijectors.BatchNormalization", "tfp.bijectors.Glow"}
DERIVABLE = [case for case in CASES if case.name not in ABSTRACT | MAKES_NETWORKS]

every_class = pytest.mark.parametrize("case", CASES, ids=str)
with_variables = pytest.mark.parametrize("case", [c for c in CASES if c.variables], ids=str)


def answers(case: Case, model):
    """Something that depends on all parameters of the model.

    Where no graph is under construction, it is computed operation by operation: draws
    depend on how they are compiled.
    """
    eagerly = tf.executing_eagerly()
    with operation_by_operation() if eagerly else contextlib.nullcontext():
        if case.name in SLOW_DENSITIES:
            return model.sample(2, seed=(3, 4)), model.mean()
        if case.is_distribution:
            return model.experimental_sample_and_log_prob(2, seed=(3, 4))
        return case.mapped(model)


def plain(case: Case, model):
    """An instance of TFP's own class over the same variables."""
    return case.tfp_class(**model.parameters)


def skip_unless(call):
    """Skips the test if TFP's own class cannot do what is asked of the trainable."""
    try:
        call()
    except Exception as error:
        pytest.skip(f"TFP's own class cannot: {type(error).__name__}: {error}")


def build_batched(case: Case):
    shape = (2, *case.shape)
    try:
        return case.build(batch_and_event_shape=shape)
    except ValueError:
        skip_unless(lambda: case.build_dynamic(batch_and_event_shape=shape).batch_shape)
        raise


@every_class
def test_is_an_instance(case):
    model = case.build()
    assert isinstance(model, case.tfp_class)
    assert isinstance(model, tfp_trainables.Trainable)
    assert type(model).__name__ == f"Trainable{case.tfp_class.__name__}"
    assert type(model).__module__.startswith("tfp_trainables.")
    assert model.name
    assert repr(model)


@with_variables
def test_own_variables_come_last_in_order(case):
    model = case.build()
    created = [name for name in case.variables if name not in case.arguments(np.float32)]
    own = model.trainable_variables[-len(created) :] if created else ()
    assert [variable.name.removesuffix(":0") for variable in own] == created


def attempt(call):
    """What a call answers; `None` if TFP's own class cannot."""
    try:
        return call()
    except Exception:
        return None


def rebuilt(it):
    """What `tf.nest` makes of the components of a composite tensor."""
    return tf.nest.map_structure(lambda part: part, it, expand_composites=True)


DERIVED = {  # Each with the oracle, of a plain object.
    "copy()": (lambda it: it.copy(), lambda it: it),
    "a slice": (lambda it: it[:1], lambda it: it[:1]),
    "the copy of a slice": (lambda it: it[:1].copy(), lambda it: it[:1].copy()),
    "what tf.nest rebuilds": (rebuilt, rebuilt),
}


@pytest.mark.parametrize("case", DERIVABLE, ids=str)
def test_what_is_derived_is_plain_and_answers_as_if_derived_of_a_plain_object(case):
    """At once, and after the variables have changed: what was derived before, and what is then."""
    model = build_batched(case) if case.has_batch else case.build()
    skip_unless(lambda: answers(case, plain(case, model)))
    variables = {id(variable) for variable in model.variables}
    compared = []

    def compare():
        for how, (derive, derive_oracle) in DERIVED.items():
            if derive is rebuilt and not case.entry["composite"]:
                continue
            if "slice" in how and not (case.has_batch and model.batch_shape.rank):
                continue
            oracle = attempt(lambda derive_oracle=derive_oracle: derive_oracle(plain(case, model)))
            if oracle is not None:
                compared.append((how, derive(model), oracle))
        for how, derived, oracle in compared:
            assert isinstance(derived, case.tfp_class), how
            # Of arguments that a class has computed of others, TFP's type spec knows nothing.
            is_ours = "tf.nest" in how and any(it.startswith("_") for it in model.parameters)
            assert isinstance(derived, tfp_trainables.Trainable) == is_ours, how
            known, found = (
                attempt(lambda it=it: set(map(id, it.variables))) for it in (oracle, derived)
            )
            if known is not None and found is not None and case.name not in NOT_COMPARABLE:
                assert known <= found <= variables, how
            assert_same(
                lambda derived=derived: answers(case, derived),
                lambda oracle=oracle: answers(case, oracle),
                ulps=True,
            )

    compare()
    move(model.variables)
    compare()


def move(variables, seed=0):
    """Gives variables other values, near those that they have."""
    random = np.random.default_rng(seed)
    for variable in variables:
        if variable.dtype.is_floating:
            variable.assign(variable * (1 + 0.1 * random.uniform(size=variable.shape)) + 0.01)


@with_variables
@pytest.mark.usefixtures("operation_by_operation")
def test_gradients_reach_variables_through_copies_and_slices(case):
    model = build_batched(case) if case.has_batch else case.build()

    def reached(derive, value):
        with tf.GradientTape() as tape:
            derived = derive()
            if case.is_distribution:
                loss = tf.reduce_sum(derived.log_prob(value))
            else:
                loss = tf.reduce_sum(case.mapped(derived))
        found = tape.gradient(loss, model.trainable_variables)
        return [gradient is not None for gradient in found]

    if not case.is_distribution:
        expected = reached(lambda: model, None)
        assert reached(model.copy, None) == expected
        if case.has_batch and model.batch_shape == [2]:
            skip_unless(lambda: plain(case, model)[0])
            assert reached(lambda: model[0], None) == expected
        return
    skip_unless(lambda: plain(case, model).copy().variables)
    skip_unless(lambda: plain(case, model).sample())
    # A new tensor, for TFP's cache of what a plain bijector made of a draw.
    value = tf.identity(model.sample(seed=(1, 2)))
    expected = reached(lambda: model, value)
    assert reached(model.copy, value) == expected
    if model.batch_shape == [2]:
        assert reached(lambda: model[0], value[0]) == expected


class Subclass(distributions.TrainableNormal):
    """A user's, without a constructor of its own."""


class WithMixin(distributions.TrainableNormal, tf.Module):
    """A user's, with a mixin that is a module too."""


class WithConstructor(distributions.TrainableNormal):
    """A user's, with another signature."""

    def __init__(self, offset):
        super().__init__(loc=offset)


def logged(constructor):
    @functools.wraps(constructor)
    def wrapper(self, *arguments, **keywords):
        constructor(self, *arguments, **keywords)
        self.logged = True

    return wrapper


class WithDecorator(distributions.TrainableNormal):
    """A user's, whose constructor is decorated."""

    @logged
    def __init__(self):
        super().__init__(seed=(1, 2))


class BijectorWithDecorator(bijectors.TrainableShift):
    """The same of a bijector, whose metaclass wraps nothing."""

    @logged
    def __init__(self):
        super().__init__(seed=(1, 2))


@pytest.mark.parametrize("cls", [WithDecorator, BijectorWithDecorator])
def test_a_users_decorator_stays(cls):
    assert all(cls().logged for _ in range(3))


@pytest.mark.parametrize("cls", [Subclass, WithMixin])
def test_subclasses_of_a_trainable(cls):
    model = cls(seed=(1, 2))
    assert type(model.copy()) is cls
    assert tf.function(lambda it: it.log_prob(0.0))(model) == model.log_prob(0.0)


def doubled(x, count):
    return x[..., :count], tf.zeros_like(x[..., :count])


def chain():
    """A chain of a bijector that is no composite tensor: TFP has no type spec of it."""
    parts = [
        tfb.RealNVP(num_masked=1, shift_and_log_scale_fn=doubled),
        bijectors.TrainableShift(seed=(1, 2)),
    ]
    return bijectors.TrainableChain(bijectors=parts)


def test_a_chain_of_what_tensorflow_does_not_take_apart():
    first, second = chain(), chain()
    x = tf.constant([[1.0, 2.0]])
    model = distributions.TrainableTransformedDistribution(
        distribution=tfd.Sample(tfd.Normal(0.0, 1.0), [2]), bijector=first
    )
    assert model.trainable_variables == first.trainable_variables
    rebuilt_chain = rebuilt(first)
    assert isinstance(rebuilt_chain, tfb.Chain)
    np.testing.assert_array_equal(rebuilt_chain.forward(x), first.forward(x))
    traced = []

    @tf.function
    def through(it, x):
        traced.append(it)
        return it.forward(x), it

    second.bijectors[1].shift.assign(3.0)
    for it in (first, second, first):
        with tf.GradientTape() as tape:
            mapped, returned = through(it, x)
        np.testing.assert_allclose(mapped, it.forward(x), rtol=1e-6)
        assert tape.gradient(mapped, it.trainable_variables)[0] is not None
        np.testing.assert_allclose(returned.forward(x), it.forward(x), rtol=1e-6)
    assert len(traced) == 1


def holders(model):
    """What may hold a distribution."""
    return {
        "a joint distribution": tfd.JointDistributionSequential([model]),
        "Independent": tfd.Independent(model, 0),
        "TrainableIndependent": distributions.TrainableIndependent(
            distribution=model, reinterpreted_batch_ndims=0
        ),
        "a module": Holding(model),
    }


class Holding(tf.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model


def over(bijector):
    return distributions.TrainableTransformedDistribution(
        distribution=tfd.Sample(tfd.Normal(0.0, 1.0), [2]), bijector=bijector
    )


def network():
    made = tfb.AutoregressiveNetwork(params=2, hidden_units=[4])
    made(tf.ones([1, 2]))
    return tfb.MaskedAutoregressiveFlow(made)


def averages():
    made = tfb.BatchNormalization(training=False)
    made.forward(tf.ones([1, 2]))
    made.batchnorm.gamma.assign([3.0, 3.0])
    return made


FLOWS = {
    "a network": lambda: over(network()),
    "a network in a chain": lambda: over(
        bijectors.TrainableChain(bijectors=[network(), tfb.Shift(tf.Variable([1.0, 2.0]))])
    ),
    "an inverted network": lambda: over(bijectors.TrainableInvert(bijector=network())),
    "averages": lambda: over(averages()),
    "averages in a chain": lambda: over(bijectors.TrainableChain(bijectors=[averages()])),
}


@pytest.mark.parametrize("what", FLOWS)
def test_what_holds_a_network_finds_its_variables(what):
    model = FLOWS[what]()
    of_plain = tfd.TransformedDistribution(model.distribution, model.bijector)
    expected = set(map(id, of_plain.trainable_variables))
    assert len(expected) >= 2
    assert set(map(id, model.trainable_variables)) == expected
    for how, holder in holders(model).items():
        assert set(map(id, holder.trainable_variables)) == expected, how


@pytest.mark.parametrize("what", FLOWS)
def test_what_holds_a_network_is_an_argument_of_a_function(what):
    model, x = FLOWS[what](), tf.constant([[0.5, 0.6]])
    expected = model.log_prob(x)
    np.testing.assert_allclose(rebuilt(model).log_prob(x), expected, rtol=1e-5)

    @tf.function
    def density(it, x):
        return it.log_prob(x)

    for _ in range(2):
        with tf.GradientTape() as tape:
            loss = density(model, x)
        np.testing.assert_allclose(loss, expected, rtol=1e-5)
        found = tape.gradient(loss, model.trainable_variables)
        assert all(part is not None for part in found)
    assert len(density._list_all_concrete_functions()) == 1


class Halved(distributions.TrainableNormal):
    """A user's, that computes otherwise than its TFP class."""

    def _log_prob(self, value):
        return super()._log_prob(value) / self.by


def test_a_subclass_that_computes_otherwise_does_so_in_a_function():
    model = Halved(loc=0.0, seed=(1, 2))
    model.by = 2.0
    density = tf.function(lambda it: it.log_prob(1.0))
    expected = tfd.Normal(0.0, model.scale).log_prob(1.0) / 2
    for holder in (model, tfd.Independent(model, 0), holders(model)["TrainableIndependent"]):
        np.testing.assert_allclose(density(holder), expected, rtol=1e-6)
        np.testing.assert_allclose(holder.log_prob(1.0), expected, rtol=1e-6)
    assert len(model.trainable_variables) == 1


@pytest.mark.parametrize("arguments", [{}, {"initial_parameters": {"scale": 2.0}}])
def test_construction_inside_of_a_function(arguments):
    made = []

    @tf.function
    def density(x):
        if not made:
            made.append(distributions.TrainableNormal(seed=(1, 2), **arguments))
        return made[0].log_prob(x)

    expected = distributions.TrainableNormal(seed=(1, 2), **arguments).log_prob(0.5)
    assert density(0.5).numpy() == pytest.approx(expected.numpy())
    assert made[0].log_prob(0.5).numpy() == pytest.approx(expected.numpy())


@pytest.mark.parametrize("case", [c for c in CASES if c.entry["composite"]], ids=str)
def test_is_a_composite_tensor(case):
    model = case.build()
    variables = {id(variable) for variable in model.variables}
    skip_unless(
        lambda: tf.nest.map_structure(lambda it: it, plain(case, model), expand_composites=True)
    )
    rebuilt = tf.nest.map_structure(lambda part: part, model, expand_composites=True)
    assert isinstance(rebuilt, case.tfp_class)
    components = tf.nest.flatten(model, expand_composites=True)
    assert variables <= {id(part) for part in components}


@pytest.mark.parametrize("case", [c for c in CASES if c.entry["composite"]], ids=str)
def test_goes_into_and_out_of_a_function(case):
    model = case.build()
    traces = []

    @tf.function
    def through(argument):
        traces.append(argument)
        return argument, answers(case, argument)

    skip_unless(lambda: through(plain(case, model)))
    del traces[:]
    through(plain(case, model))
    retraces = len(traces)  # As some TFP classes do, each time.
    del traces[:]
    returned, inside = through(model)
    assert isinstance(returned, case.tfp_class)
    assert_same(lambda: inside, lambda: answers(case, model), ulps=True)
    assert len(traces) == retraces, "a trainable is the same argument as a plain object"


@with_variables
def test_checkpoint_restores_into_another_instance(case, tmp_path):
    model = case.build(seed=(1, 2))
    other = case.build(seed=(5, 6))
    path = tf.train.Checkpoint(model=model).write(str(tmp_path / "model"))
    tf.train.Checkpoint(model=other).read(path).assert_consumed()
    for left, right in zip(other.variables, model.variables, strict=True):
        np.testing.assert_array_equal(left.numpy(), right.numpy())


@pytest.mark.parametrize("case", [c for c in CASES if c.name not in ABSTRACT], ids=str)
def test_saved_model(case, tmp_path):
    class Served(tf.Module):
        def __init__(self, model):
            super().__init__()
            self.model = model

        @tf.function(input_signature=[])
        def serve(self):
            if not case.is_distribution:
                return case.mapped(self.model)
            if value is None:
                return self.model.mean()
            return self.model.log_prob(value)

        @tf.function(input_signature=[])
        def draw(self):
            return self.model.sample(2, seed=(3, 4)) if case.is_distribution else ()

    def save(model):
        served = Served(model)
        tf.saved_model.save(served, str(tmp_path / "saved"))
        return served

    model = case.build()
    value = None
    if case.is_distribution and case.name not in SLOW_DENSITIES:
        skip_unless(lambda: answers(case, plain(case, model)))
        value, _ = answers(case, model)
    try:
        served = save(model)
    except Exception:
        skip_unless(lambda: save(plain(case, model)))
        raise
    loaded = tf.saved_model.load(str(tmp_path / "saved"))
    assert_same(loaded.serve, served.serve, ulps=True)
    # TensorFlow chooses one of two samplers for some classes, whatever has been saved.
    drawn, expected = (tf.nest.flatten(it.draw()) for it in (loaded, served))
    assert [(it.shape, it.dtype) for it in drawn] == [(it.shape, it.dtype) for it in expected]
