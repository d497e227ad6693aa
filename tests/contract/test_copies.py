"""Copies, deep copies and pickles are the object again, with all that it holds."""

import copy
import os
import pickle
import pickletools
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras
from cases import CASES, NOT_COMPARABLE
from test_instance import ABSTRACT, MAKES_NETWORKS, answers, move, plain

from tfp_trainables import bijectors, distributions, kernels
from tfp_trainables_runtime import pickles
from tfp_trainables_runtime.testing.comparison import assert_same, operation_by_operation

tfd = tfp.distributions
tfb = tfp.bijectors
tfk = tfp.math.psd_kernels

COPYABLE = [case for case in CASES if case.name not in ABSTRACT]


def shared_parts(model):
    """Which of an object's parts are one and the same: for each, where it is first found."""
    found = {}
    places = []

    def visit(value):
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, (list, tuple)):
            for part in value:
                visit(part)
        elif isinstance(value, (tf.Module, tf.Variable)):
            is_known = id(value) in found
            places.append(found.setdefault(id(value), len(found)))
            if not is_known and hasattr(value, "parameters"):
                visit(value.parameters)
            elif not is_known and hasattr(value, "pretransformed_input"):
                visit(value.pretransformed_input)

    visit(model)
    return places


COPIES = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
}


def assert_bits(actual, expected):
    """Asserts that two answers agree in every bit, and in dtype."""
    for left, right in zip(tf.nest.flatten(actual), tf.nest.flatten(expected), strict=True):
        assert left.dtype == right.dtype
        np.testing.assert_array_equal(left, right)


def picklable(model):
    """Whether Python finds the functions that a model holds."""
    return "lambda" not in str(model.parameters)


@pytest.mark.parametrize("case", COPYABLE, ids=str)
def test_copies_of_what_has_been_used_and_trained(case):
    """One model is asked for all of its copies: what takes time is to ask it."""
    model = case.build()
    answers(case, model)
    move(model.variables)
    copies = {how: make(model) for how, make in COPIES.items() if how != "pickle"}
    if picklable(model):
        copies["pickle"] = COPIES["pickle"](model)
    else:
        with pytest.raises(Exception, match="pickle"):
            pickle.dumps(model)
    for how, other in copies.items():
        assert type(other) is type(model), how
        assert shared_parts(other) == shared_parts(model), how
        for left, right in zip(other.variables, model.variables, strict=True):
            if case.name not in MAKES_NETWORKS:  # Keras numbers their layers as it goes.
                assert left.name == right.name, how
            assert left.trainable == right.trainable, how
            assert (left is right) == (how == "copy")
            np.testing.assert_array_equal(left.numpy(), right.numpy())
        own, copied = (it._creation for it in (model, other))
        assert copied.record == own.record, how
        assert list(copied.variables) == list(own.variables), how
        held = set(map(id, other.variables))
        assert {id(variable) for variable in copied.variables.values()} <= held, how
    if case.name == "tfp.bijectors.FFJORD":  # Which draws at every call.
        return
    before = answers(case, model)
    for other in copies.values():
        assert_bits(answers(case, other), before)
    # A copy shares its variables with the original; a deep copy has its own.
    move(model.variables)
    after = answers(case, model)
    for how, other in copies.items():
        assert_bits(answers(case, other), after if how == "copy" else before)
    if case.name in NOT_COMPARABLE:
        return
    other = copies["deepcopy"]
    move(other.variables, seed=1)
    assert_same(lambda: answers(case, other), lambda: answers(case, plain(case, other)), ulps=True)


def with_one_part_twice():
    """Trainables that hold one and the same part in two places, by the kinds of parts."""
    scale = tf.Variable(0.7)
    normal = tfd.Independent(tfd.Normal(tf.Variable(0.0), 1.0), 0)
    trained = distributions.TrainableNormal(seed=(1, 2))
    shift = bijectors.TrainableShift(seed=(1, 2))
    kernel = kernels.TrainableLinear(seed=(1, 2))
    cat = tfd.Categorical([0.0, 0.0])
    return {
        "a distribution": distributions.TrainableMixture(cat=cat, components=[normal, normal]),
        "a trainable": distributions.TrainableMixture(cat=cat, components=[trained, trained]),
        "a distribution in parts of two kinds": distributions.TrainableMixture(
            cat=cat, components=[normal, tfd.Independent(normal, 0)]
        ),
        "a bijector": bijectors.TrainableChain(bijectors=[shift, tfb.Softplus(), shift]),
        "a bijector of two parts": bijectors.TrainableChain(
            bijectors=[shift, bijectors.TrainableInvert(bijector=shift)]
        ),
        "a kernel": distributions.TrainableGaussianProcess(
            kernel=kernels.TrainableChangePoint(kernels=[kernel, kernel], locs=[0.5], slopes=[1.0]),
            index_points=np.ones([3, 1], "f"),
        ),
        "a variable": distributions.TrainableNormal(loc=scale, scale=scale),
        "a variable of parts": distributions.TrainableMixture(
            cat=cat, components=[tfd.Normal(0.0, scale), tfd.Laplace(scale, 1.0)]
        ),
    }


@pytest.mark.parametrize("what", with_one_part_twice())
@pytest.mark.parametrize("how", COPIES)
def test_a_part_that_is_there_twice_is_one_in_copies(what, how):
    model = with_one_part_twice()[what]
    places = shared_parts(model)
    assert len(places) > len(set(places)), "the example has nothing twice"
    assert shared_parts(COPIES[how](model)) == places
    assert len(COPIES[how](model).variables) == len(model.variables)


@pytest.mark.parametrize("how", COPIES)
def test_attributes_of_the_user_are_copied(how):
    part = tfd.Normal(0.0, tf.Variable(1.0))
    part.note = "of a part"
    model = distributions.TrainableIndependent(distribution=part, reinterpreted_batch_ndims=0)
    model.note = "mine"
    model._hidden = ["private"]
    model.temperature = tf.Variable(3.0, name="temperature")
    other = COPIES[how](model)
    assert (other.note, other._hidden, other.distribution.note) == (
        "mine",
        ["private"],
        "of a part",
    )
    assert other.temperature.numpy() == 3
    assert (other.temperature is model.temperature) == (how == "copy")
    assert {variable.name for variable in other.variables} == {"Variable:0", "temperature:0"}
    assert other.log_prob(0.5) == model.log_prob(0.5)


def test_attributes_of_the_user_are_no_hindrance_to_what_is_derived():
    model = distributions.TrainableNormal(batch_and_event_shape=[2], seed=(1, 2))
    model.temperature = tf.Variable(3.0)
    assert model[0].log_prob(0.5) == model.copy().log_prob(0.5)[0]
    assert model.copy(loc=[1.0, 1.0]).loc[0] == 1


@pytest.mark.parametrize("how", ["deepcopy", "pickle"])
def test_an_option_that_was_changed_later_stays_changed(how):
    model = bijectors.TrainableBatchNormalization()
    y = tf.random.stateless_normal([8, 2], (1, 2))
    model.inverse(y)
    model._training = False
    other = COPIES[how](model)
    with operation_by_operation():  # A program does not see what changes an object.
        assert_bits(other.inverse(y), model.inverse(y))


class Averaging(tfb.Bijector):
    """A user's, with a variable of its own that its parameters do not tell of."""

    def __init__(self, name="averaging"):
        super().__init__(forward_min_event_ndims=0, parameters={"name": name}, name=name)
        self.average = tf.Variable(1.0)

    def _forward(self, x):
        return x + self.average

    def _inverse(self, y):
        return y - self.average

    def _forward_log_det_jacobian(self, x):
        return tf.zeros_like(x)


def flow(bijector):
    return distributions.TrainableTransformedDistribution(
        distribution=distributions.TrainableSample(
            distribution=distributions.TrainableNormal(seed=(1, 2)), sample_shape=[2]
        ),
        bijector=bijector,
    )


def autoregressive():
    return tfb.MaskedAutoregressiveFlow(network())


HOLDING_MORE = {  # Than their own arguments tell.
    "a flow over a network": lambda: flow(autoregressive()),
    "an inverted flow over a network": lambda: flow(tfb.Invert(autoregressive())),
    "averages of a part": lambda: flow(tfb.BatchNormalization(training=False)),
    "a part of the user's": lambda: flow(tfb.Chain([Averaging(), tfb.Scale(2.0)])),
    "networks of a part": lambda: distributions.TrainableTransformedDistribution(
        distribution=tfd.Sample(distributions.TrainableNormal(seed=(1, 2)), [16]),
        bijector=tfb.Glow(
            output_shape=(2, 2, 4),
            num_glow_blocks=1,
            num_steps_per_block=1,
            coupling_bijector_fn=tfb.GlowDefaultNetwork,
            exit_bijector_fn=tfb.GlowDefaultExitNetwork,
        ),
    ),
    "a sum of kernels": lambda: distributions.TrainableGaussianProcess(
        kernel=kernels.TrainableExponentiatedQuadratic(seed=(1, 2))
        + tfk.Linear(bias_amplitude=tf.Variable(0.5)),
        index_points=np.linspace(0, 1, 2, dtype="f")[:, None],
    ),
    "bijectors of structures": lambda: flow(
        tfb.Blockwise([tfb.Exp(), tfb.Shift(tf.Variable([0.5]))], [1, 1])
    ),
    "a joint distribution": lambda: distributions.TrainableTransformedDistribution(
        distribution=tfd.JointDistributionSequential(
            [tfd.Normal(tf.Variable(0.5), 1.0), tfd.Normal(0.0, tf.Variable(2.0))]
        ),
        bijector=tfb.JointMap([tfb.Exp(), tfb.Softplus()]),
    ),
}


def density(model):
    """Something that depends on all variables of a model."""
    value = np.linspace(0.5, 0.6, 2, dtype="f")
    if isinstance(model.dtype, list):
        value = [*value]
    elif model.event_shape != [2]:
        value = np.linspace(0.5, 0.6, 16, dtype="f").reshape([1, *model.event_shape])
    with operation_by_operation():
        return model.log_prob(value)


@pytest.mark.parametrize("what", HOLDING_MORE)
@pytest.mark.parametrize("how", COPIES)
def test_what_no_argument_tells_of_is_copied_too(what, how):
    model = HOLDING_MORE[what]()
    density(model)
    move(model.variables)
    expected = density(model)
    other = COPIES[how](model)
    assert len(other.variables) == len(model.variables)
    assert_bits(density(other), expected)
    move(other.variables, seed=1)
    is_moved = not np.array_equal(density(model), expected)
    assert is_moved == (how == "copy")


IN_A_FRESH_PROCESS = """
import pickle, sys
import numpy as np
models, expected = pickle.load(open(sys.argv[1], "rb"))
from test_copies import density
for what, model in models.items():
    np.testing.assert_array_equal(density(model), expected[what], err_msg=what)
print(len(models))
"""


@pytest.mark.slow
def test_pickles_are_read_in_a_fresh_process(tmp_path):
    models = {what: make() for what, make in HOLDING_MORE.items()}
    for model in models.values():
        density(model)
        move(model.variables)
    expected = {what: density(model).numpy() for what, model in models.items()}
    path = tmp_path / "models.pickle"
    path.write_bytes(pickle.dumps((models, expected)))
    done = subprocess.run(
        [sys.executable, "-c", IN_A_FRESH_PROCESS, str(path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split()[-1:] == [str(len(models))], done.stderr[-2000:]


def test_a_pickle_names_the_public_places_of_our_classes_alone():
    model = distributions.TrainableMixture(
        cat=tfd.Categorical(logits=tf.Variable([0.0, 0.0])),
        components=[distributions.TrainableUniform(), tfd.Uniform(0.0, tf.Variable(1.0))],
    )
    named = {
        argument.partition(" ")[0]
        for operation, argument, _ in pickletools.genops(pickle.dumps(model, protocol=2))
        if operation.name == "GLOBAL"
    }
    ours = {name for name in named if name.startswith("tfp_trainables_runtime")}
    assert ours == {"tfp_trainables_runtime.constraints", "tfp_trainables_runtime.pickles"}


def test_a_pickle_of_a_later_version_is_refused():
    with pytest.raises(ValueError, match="expected a version up to 1: a later tfp-trainables"):
        pickles.restore(2, ("constant", 1))


def test_parts_that_no_parameters_rebuild():
    class Doubling(tfb.Bijector):
        def __init__(self):
            super().__init__(forward_min_event_ndims=0)

        def _forward(self, x):
            return 2 * x

        def _inverse(self, y):
            return y / 2

        def _inverse_log_det_jacobian(self, y):
            return tf.zeros_like(y) - np.log(2)

    model = distributions.TrainableTransformedDistribution(
        distribution=tfd.Normal(0.0, 1.0), bijector=Doubling()
    )
    assert copy.copy(model).log_prob(1.0) == model.log_prob(1.0)
    assert copy.deepcopy(model).log_prob(1.0) == model.log_prob(1.0)


def test_deepcopy_keeps_what_is_shared_shared():
    loc = tf.Variable(1.0)
    pair = [distributions.TrainableNormal(loc=loc) for _ in range(2)]
    left, right = copy.deepcopy(pair)
    assert left.loc is right.loc
    assert left.loc is not loc


class WithConstructor(distributions.TrainableNormal):
    """A user's, with another signature and attributes of its own."""

    def __init__(self, offset):
        self._offset = offset
        super().__init__(loc=offset)
        self.doubled = 2 * offset


@pytest.mark.parametrize("how", COPIES)
def test_a_subclass_with_a_constructor_of_its_own(how):
    model = WithConstructor(1.5)
    other = COPIES[how](model)
    assert type(other) is WithConstructor
    assert (other._offset, other.doubled) == (1.5, 3.0)
    assert other.log_prob(0.5) == model.log_prob(0.5)
    assert type(model.copy()) is WithConstructor


def test_what_shares_a_trainable_shares_it_in_a_deep_copy():
    part = distributions.TrainableNormal()
    mixture = distributions.TrainableMixture(
        cat=tfd.Categorical([0.0, 0.0]), components=[part, tfd.Normal(0.0, 1.0)]
    )
    for both in (copy.deepcopy([mixture, part]), pickle.loads(pickle.dumps([mixture, part]))):
        assert both[0].components[0] is both[1]


def test_functions_stay_what_they_are():
    offset = tf.Variable(1.0)
    model = bijectors.TrainableInline(
        forward_fn=lambda x: x + offset, inverse_fn=lambda y: y - offset, forward_min_event_ndims=0
    )
    other = copy.deepcopy(model)
    offset.assign(2.0)
    assert other.forward(1.0).numpy() == 3


@pytest.mark.parametrize("case", [c for c in CASES if c.name in MAKES_NETWORKS], ids=str)
def test_a_plain_copy_of_what_makes_networks_shares_them(case):
    model = case.build()
    answers(case, model)
    move(model.variables)
    plain_copy = model.copy()
    assert type(plain_copy) is case.tfp_class
    assert list(map(id, plain_copy.variables)) == list(map(id, model.variables))
    assert_bits(answers(case, plain_copy), answers(case, model))
    name = case.trainable_class.__name__
    with pytest.raises(TypeError, match=f"{name}.copy: expected an object whose arguments tell"):
        model.copy(validate_args=True)


def network():
    tf_keras.utils.set_random_seed(1)
    made = tfb.AutoregressiveNetwork(params=2, hidden_units=[4], activation="tanh")
    made(tf.ones([1, 2]))
    return made


@pytest.mark.usefixtures("bits")
def test_a_network_that_is_held_twice_is_one_in_copies():
    net = network()
    flow = bijectors.TrainableMaskedAutoregressiveFlow(shift_and_log_scale_fn=net)
    flow.net = net
    count = len(flow.variables)
    for make in (copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))):
        other = make(flow)
        assert other.net is other.parameters["shift_and_log_scale_fn"]
        assert len(other.variables) == count
        assert_bits(other.forward([[0.5, 0.6]]), flow.forward([[0.5, 0.6]]))
    other, copied = copy.deepcopy((flow, net))
    assert copied is other.net


@pytest.mark.parametrize("how", ["deepcopy", "pickle"])
def test_settings_of_a_layer_that_a_constructor_has_made_are_copied(how):
    model = bijectors.TrainableBatchNormalization()
    model.inverse(tf.ones([3, 2]))
    model.batchnorm.momentum = 0.5
    model.batchnorm.trainable = False
    layer = COPIES[how](model).batchnorm
    assert (layer.momentum, layer.trainable, layer.axis) == (0.5, False, [1])
    assert layer.trainable_variables == []


def test_an_attribute_may_lead_back():
    model = distributions.TrainableNormal(seed=(1, 2))
    model.density = model.log_prob
    model.itself = model
    other = copy.deepcopy(model)
    assert other.density.__self__ is other.itself is other
    assert len(model.variables) == 2
    assert other.log_prob(0.5) == model.log_prob(0.5)


def test_an_attribute_may_be_called_as_what_tfp_keeps():
    model = distributions.TrainableNormal()
    model._cached_x = 1
    assert copy.deepcopy(model)._cached_x == 1


def test_shapes_that_a_deferred_tensor_was_told_are_kept():
    deferred = tfp.util.DeferredTensor(tf.Variable(0.0), tfb.Shift([1.0, 2.0]), shape=[2])
    model = distributions.TrainableNormal(loc=deferred, scale=1.0)
    assert copy.deepcopy(model).batch_shape == model.batch_shape == [2]


# Copies and slices of subclasses that compute otherwise.


class Tempered(distributions.TrainableNormal):
    """A subclass of a user's, with an attribute that a method needs."""

    def __init__(self, temperature, **arguments):
        super().__init__(**arguments)
        self.temperature = temperature

    def _log_prob(self, x):
        return super()._log_prob(x) / self.temperature


@pytest.fixture
def tempered():
    return Tempered(2.0, initial_parameters={"loc": [1.0, 2.0]}, batch_and_event_shape=[2], seed=1)


def test_a_slice_of_a_subclass_computes_as_it_does(tempered):
    part = tempered[1]
    assert type(part) is Tempered
    assert part.temperature == 2.0
    np.testing.assert_allclose(part.log_prob(0.3), tempered.log_prob(0.3)[1], rtol=1e-6)


def test_a_copy_of_a_subclass_computes_as_it_does(tempered):
    same = tempered.copy()
    assert type(same) is Tempered
    np.testing.assert_array_equal(same.log_prob(0.3), tempered.log_prob(0.3))
    assert [id(v) for v in same.variables] == [id(v) for v in tempered.variables]
    moved = tempered.copy(loc=[0.0, 0.0])
    assert type(moved) is Tempered
    plain = tfp.distributions.Normal(0.0, tempered.scale)
    np.testing.assert_allclose(moved.log_prob(0.3), plain.log_prob(0.3) / 2.0, rtol=1e-6)
    assert [v.name for v in moved.trainable_variables] == ["scale:0"]
    with tf.GradientTape() as tape:
        loss = moved.log_prob(0.3)
    assert tape.gradient(loss, tempered.scale.trainable_variables)[0] is not None


def test_a_slice_of_what_holds_a_subclass_computes_as_it_does(tempered):
    batch = Tempered(
        2.0, initial_parameters={"loc": [[1.0, 2.0], [3.0, 4.0]]}, batch_and_event_shape=[2, 2]
    )
    whole = tfp.distributions.Independent(batch, 1)
    x = [0.3, 0.1]
    np.testing.assert_allclose(whole[1].log_prob(x), whole.log_prob(x)[1], rtol=1e-6)


def test_a_slice_of_a_generated_class_is_plain():
    assert type(distributions.TrainableNormal(batch_and_event_shape=[2])[0]) is (
        tfp.distributions.Normal
    )
