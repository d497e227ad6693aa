"""A trainable is an instance of its TFP class, wherever TensorFlow and TFP take one.

The oracle is a plain instance over the same variables: where TFP's own class cannot do
what is asked, there is nothing to hold the trainable to.
"""

import copy
import pickle

import numpy as np
import pytest
import tensorflow as tf
from cases import CASES, DISTRIBUTIONS, Case
from comparison import assert_same

import tfp_trainables

# Their constructors create networks with weights of their own, anew in each instance.
CREATES_WEIGHTS = {"tfp.bijectors.Glow"}
# Only subclasses of it can be called, and only they know their parameters.
ABSTRACT = {"tfp.bijectors.Composition"}
COPYABLE = [case for case in CASES if case.name not in CREATES_WEIGHTS | ABSTRACT]

every_class = pytest.mark.parametrize("case", CASES, ids=str)
with_variables = pytest.mark.parametrize("case", [c for c in CASES if c.variables], ids=str)


def answers(case: Case, model):
    """Something that depends on all parameters of the model."""
    if case.is_distribution:
        return model.experimental_sample_and_log_prob(2, seed=(3, 4))
    return model.forward(case.input())


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


@pytest.mark.parametrize("case", COPYABLE, ids=str)
def test_copy_is_plain_and_shares_variables(case):
    model = case.build()
    copied = model.copy()
    assert isinstance(copied, case.tfp_class)
    assert not isinstance(copied, tfp_trainables.Trainable)
    assert {id(v) for v in copied.variables} == {id(v) for v in model.variables}
    assert_same(lambda: answers(case, copied), lambda: answers(case, model), ulps=True)


@with_variables
def test_gradients_reach_variables_through_copies_and_slices(case):
    model = build_batched(case) if case.is_distribution else case.build()

    def reached(derive, value):
        with tf.GradientTape() as tape:
            derived = derive()
            if case.is_distribution:
                loss = tf.reduce_sum(derived.log_prob(value))
            else:
                loss = tf.reduce_sum(derived.forward(value))
        found = tape.gradient(loss, model.trainable_variables)
        return [gradient is not None for gradient in found]

    if not case.is_distribution:
        assert reached(model.copy, case.input()) == reached(lambda: model, case.input())
        return
    skip_unless(lambda: plain(case, model).sample())
    # A new tensor, for TFP's cache of what a plain bijector made of a draw.
    value = tf.identity(model.sample(seed=(1, 2)))
    expected = reached(lambda: model, value)
    assert reached(model.copy, value) == expected
    if model.batch_shape == [2]:
        assert reached(lambda: model[0], value[0]) == expected


@pytest.mark.parametrize("case", DISTRIBUTIONS, ids=str)
def test_slice_is_plain(case):
    model = build_batched(case)
    skip_unless(lambda: plain(case, model).sample())
    if not model.batch_shape.rank:
        pytest.skip("the example has no batch")
    skip_unless(lambda: plain(case, model)[:1])
    sliced = model[:1]
    assert isinstance(sliced, case.tfp_class)
    assert not isinstance(sliced, tfp_trainables.Trainable)
    assert sliced.batch_shape == plain(case, model)[:1].batch_shape


@pytest.mark.parametrize("case", COPYABLE, ids=str)
@pytest.mark.parametrize("how", ["copy", "deepcopy", "pickle"])
def test_copies_and_pickles(case, how):
    model = case.build()
    unpicklable = ("lambda", "bound method")
    if how == "pickle" and any(word in str(model.parameters) for word in unpicklable):
        pytest.skip("the example holds functions, which Python cannot pickle")
    if how == "copy":
        other = copy.copy(model)
    elif how == "deepcopy":
        other = copy.deepcopy(model)
    else:
        other = pickle.loads(pickle.dumps(model))
    assert type(other) is type(model)
    for left, right in zip(other.variables, model.variables, strict=True):
        assert (left.name, left.trainable) == (right.name, right.trainable)
        assert (left is right) == (how == "copy")
        np.testing.assert_array_equal(left.numpy(), right.numpy())
    assert_same(lambda: answers(case, other), lambda: answers(case, model), ulps=True)


def test_deepcopy_keeps_what_is_shared_shared():
    loc = tf.Variable(1.0)
    pair = [tfp_trainables.distributions.TrainableNormal(loc=loc) for _ in range(2)]
    left, right = copy.deepcopy(pair)
    assert left.loc is right.loc
    assert left.loc is not loc


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
    through(plain(case, model))
    expected = 2 * [None] if len(traces) > 1 else [None]  # Some TFP classes trace each time.
    del traces[:]
    returned, inside = through(model)
    assert isinstance(returned, case.tfp_class)
    assert_same(lambda: inside, lambda: answers(case, model), ulps=True)
    assert len(traces) < len(expected), "a trainable is the same argument as a plain object"


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
            return answers(case, self.model)

    def save(model):
        served = Served(model)
        tf.saved_model.save(served, str(tmp_path / "saved"))
        return served

    model = case.build()
    try:
        served = save(model)
    except Exception:
        skip_unless(lambda: save(plain(case, model)))
        raise
    loaded = tf.saved_model.load(str(tmp_path / "saved"))
    assert_same(loaded.serve, served.serve, ulps=True)
