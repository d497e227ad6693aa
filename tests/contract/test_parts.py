"""An object, taken apart and put together again, is the object again."""

import collections

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from cases import CASES
from test_instance import ABSTRACT, MAKES_NETWORKS, answers

from tfp_trainables import bijectors, distributions, kernels
from tfp_trainables_runtime.parts.data import data_of, tree_of
from tfp_trainables_runtime.parts.hiding import hidden, hides
from tfp_trainables_runtime.parts.putting import Reads, as_it_was, put_together
from tfp_trainables_runtime.parts.taking import Numbers, take_apart
from tfp_trainables_runtime.parts.tree import Again, Constant, Input, Kept, Made, Read, nodes_of

tfd = tfp.distributions
tfb = tfp.bijectors

WHOLE = [case for case in CASES if case.name not in MAKES_NETWORKS | ABSTRACT]


def mixture():
    return distributions.TrainableMixture(
        cat=tfd.Categorical(logits=tf.Variable([0.0, 0.0])),
        components=[
            distributions.TrainableNormal(loc=0.5, seed=(1, 2), name="first"),
            tfd.Laplace(tf.constant(1.0), tf.Variable(2.0)),
        ],
    )


def of_one_class(tree, cls):
    return [node for node in nodes_of(tree) if isinstance(node, cls)]


@pytest.mark.parametrize("case", WHOLE, ids=str)
def test_what_is_put_together_as_it_was_is_the_object_again(case):
    model = case.build()
    expected = answers(case, model)
    parts = take_apart(model)
    assert not hidden(model, (*parts.leaves, *parts.kept))
    tree = parts.tree
    other = put_together(tree, parts.leaves, classes=as_it_was, reads=Reads.LATER)
    assert type(other) is type(model)
    assert list(map(id, other.variables)) == list(map(id, model.variables))
    assert other.name == model.name
    again = take_apart(other)
    assert again.tree == tree
    assert again.paths == parts.paths
    assert list(map(id, again.leaves)) == list(map(id, parts.leaves))
    if case.name != "tfp.bijectors.FFJORD":  # Which draws at every call.
        actual = answers(case, other)
        for left, right in zip(*map(tf.nest.flatten, (actual, expected)), strict=True):
            np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("case", WHOLE, ids=str)
def test_what_is_put_together_plain_holds_tensors_alone(case):
    model = case.build()
    parts = take_apart(model)
    tensors = [tf.convert_to_tensor(leaf) for leaf in parts.leaves]
    other = put_together(parts.tree, tensors)
    assert isinstance(other, case.tfp_class)
    assert "tfp_trainables" not in type(other).__module__
    known = {id(variable) for part in parts.kept for variable in getattr(part, "variables", ())}
    assert {*map(id, other.variables)} <= known


def test_leaves_have_the_paths_of_their_parameters():
    parts = take_apart(mixture())
    assert parts.paths == (
        ("cat", "logits"),
        ("components", 0, "loc"),
        ("components", 0, "scale"),
        ("components", 1, "loc"),
        ("components", 1, "scale"),
    )
    assert [isinstance(leaf, tf.Variable) for leaf in parts.leaves] == [1, 0, 1, 0, 1]


def test_a_leaf_that_is_there_twice_is_one_and_has_its_first_path():
    scale = tf.Variable(1.0)
    parts = take_apart(distributions.TrainableNormal(loc=scale, scale=scale))
    assert parts.leaves == (scale,)
    assert parts.paths == (("loc",),)


def test_a_tensor_that_is_passed_twice_is_two_leaves():
    x = tf.constant([1.0])
    parts = take_apart(((x, x), {}), Numbers.LEAVES)
    assert len(parts.leaves) == 2
    assert take_apart(((x, tf.constant([2.0])), {}), Numbers.LEAVES).tree == parts.tree


def test_a_trainable_and_a_plain_object_over_the_same_are_equal_trees():
    model = distributions.TrainableNormal(name="mine")
    assert take_apart(model).tree == take_apart(model.copy()).tree
    assert take_apart(model).tree == take_apart(distributions.TrainableNormal()).tree


def test_what_is_kept():
    def forward(x):
        return x

    flow = tfb.RealNVP(num_masked=1, shift_and_log_scale_fn=forward)
    parts = take_apart(tfd.TransformedDistribution(mixture(), flow))
    assert parts.kept == (forward,)
    assert [node.value for node in of_one_class(parts.tree, Kept)] == [forward]
    parts = take_apart(
        mixture(), keeps=lambda part: isinstance(part, distributions.TrainableNormal)
    )
    assert len(of_one_class(parts.tree, Kept)) == 1


def test_a_number_that_the_class_keeps_to_itself_has_no_dtype():
    """Only what TFP itself has made of it has the dtype that it computes in."""
    model = distributions.TrainableMultivariateNormalDiag(
        loc=np.zeros(2), scale_diag=[1.0, 2.0], parameter_dtype=tf.float64
    )
    assert model.scale_diag.dtype == tf.float64
    parts = take_apart(model)
    assert {leaf.dtype for leaf in parts.leaves} == {tf.float64}
    assert model.log_prob(np.zeros(2)).dtype == tf.float64


def test_what_marks_an_argument_that_was_not_passed_is_left_out():
    inline = tfb.Inline(tf.math.exp, tf.math.log, forward_min_event_ndims=0)
    parts = take_apart(inline)
    assert not parts.kept
    other = put_together(parts.tree, parts.leaves)
    assert other.inverse_min_event_ndims == 0
    assert other.forward(0.0) == 1


def test_objects_are_in_the_order_in_which_they_are_made():
    model = mixture()
    parts = take_apart(model)
    kinds = [type(part).__name__ for part in parts.objects]
    assert kinds == [
        "Categorical",
        "Softplus",
        "ConstrainedVariable",
        "TrainableNormal",
        "Laplace",
        "TrainableMixture",
    ]
    assert parts.objects[-1] is model


SELECTING = {
    "Chain": lambda name: tfb.Chain([tfb.Shift(1.0, name=name), tfb.Exp()]),
    "JointMap": lambda name: tfb.JointMap([tfb.Shift(1.0, name=name), tfb.Exp()]),
    "Blockwise": lambda name: tfb.Blockwise([tfb.Shift([1.0], name=name), tfb.Exp()], [1, 1]),
    "TrainableChain": lambda name: bijectors.TrainableChain(
        bijectors=[bijectors.TrainableShift(name=name), tfb.Exp()]
    ),
    "JointDistributionSequential": lambda name: tfd.JointDistributionSequential(
        [tfd.Normal(0.0, 1.0, name=name), tfd.Normal(0.0, 1.0)]
    ),
}
NOT_SELECTING = {
    "Normal": lambda name: tfd.Normal(0.0, 1.0, name=name),
    "Invert": lambda name: tfb.Invert(tfb.Shift(1.0, name=name)),
    "Independent": lambda name: tfd.Independent(tfd.Normal([0.0], 1.0, name=name), 1),
    "a sum of kernels": lambda name: tfp.math.psd_kernels.Linear(0.5, name=name)
    + kernels.TrainableLinear(name=name),
}


@pytest.mark.parametrize("what", SELECTING)
def test_names_are_part_of_a_tree_below_what_selects_by_them(what):
    make = SELECTING[what]
    first, second = take_apart(make("first")), take_apart(make("second"))
    assert first.tree == take_apart(make("first")).tree
    assert first.tree != second.tree
    made = put_together(second.tree, second.leaves)
    assert "second" in str(take_apart(made).tree)


@pytest.mark.parametrize("what", NOT_SELECTING)
def test_names_are_no_part_of_a_tree_elsewhere(what):
    make = NOT_SELECTING[what]
    assert take_apart(make("first")).tree == take_apart(make("second")).tree


@pytest.mark.parametrize("case", [c for c in CASES if c.name in MAKES_NETWORKS], ids=str)
def test_what_hides(case):
    model = case.build()
    answers(case, model)
    parts = take_apart(model)
    assert hidden(model, (*parts.leaves, *parts.kept))
    assert hides(model, model.parameters)
    around = tfd.TransformedDistribution(tfd.Normal(0.0, 1.0), model)
    assert not hides(around, around.parameters)
    assert not hidden(around, [model])


def test_a_constraint_is_read_now_or_later():
    parts = take_apart(distributions.TrainableNormal(initial_parameters={"scale": 2.0}))
    now = put_together(parts.tree, parts.leaves)
    later = put_together(parts.tree, parts.leaves, reads=Reads.LATER)
    for variable in parts.leaves:
        variable.assign_add(1.0)
    assert now.scale.numpy() == pytest.approx(2.0)
    assert tf.convert_to_tensor(later.scale).numpy() > 2.5


@pytest.mark.parametrize(
    "tensor",
    [
        lambda: tfp.util.TransformedVariable(1.0, tfb.Exp(), name="rate"),
        lambda: tfp.util.DeferredTensor(tf.Variable(1.0), tfb.Exp()),
        lambda: tfp.util.DeferredTensor(tf.Variable(1.0), tf.math.exp, name="rate"),
        lambda: tfp.util.DeferredTensor(
            tf.Variable([1, 2]), lambda x: tf.cast(x[:1], tf.float32), dtype=tf.float32, shape=[1]
        ),
    ],
)
def test_deferred_tensors_of_every_kind(tensor):
    value = tensor()
    model = tfd.Exponential(value)
    parts = take_apart(model)
    other = put_together(parts.tree, parts.leaves, classes=as_it_was, reads=Reads.LATER).rate
    assert type(other) is type(value)
    assert (other.name, other.dtype, other.shape) == (value.name, value.dtype, value.shape)
    assert other.pretransformed_input is value.pretransformed_input
    np.testing.assert_array_equal(other.numpy(), value.numpy())


@pytest.mark.parametrize("case", WHOLE, ids=str)
def test_a_tree_as_plain_data(case):
    model = case.build()
    parts = take_apart(model, Numbers.CONSTANTS)
    tree = tree_of(data_of(parts.tree, kept=lambda part: part))
    other = put_together(tree, parts.leaves, classes=as_it_was, reads=Reads.LATER)
    again = take_apart(other, Numbers.CONSTANTS)
    assert again.tree == parts.tree
    assert type(other) is case.trainable_class
    assert list(map(id, other.variables)) == list(map(id, model.variables))


def test_data_of_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="expected a node of a kind that is known, got 'nothing'"):
        tree_of(("nothing", 1))


def test_the_record_of_a_trainable_is_kept():
    made, *_ = of_one_class(take_apart(distributions.TrainableNormal()).tree, Made)
    assert [name for name, _ in made.own] == ["loc", "scale"]
    assert all(isinstance(node, Input) for _, node in made.own)
    assert made.record["shape"] == ()


def test_a_part_that_is_there_twice_is_made_once():
    normal = tfd.Normal(tf.Variable(0.0), 1.0)
    parts = take_apart(tfd.Mixture(tfd.Categorical([0.0, 0.0]), [normal, normal]))
    assert [node.index for node in of_one_class(parts.tree, Again)] == [1]
    other = put_together(parts.tree, parts.leaves)
    assert other.components[0] is other.components[1]
    two = tfd.Mixture(tfd.Categorical([0.0, 0.0]), [normal, normal.copy()])
    assert take_apart(two).tree != parts.tree


Pair = collections.namedtuple("Pair", ["first", "second"])


@pytest.mark.parametrize(
    "nest",
    [
        [1.0, 2.0],
        (1.0, 2.0),
        {"b": 1.0, "a": 2.0},
        Pair(1.0, 2.0),
        collections.OrderedDict([("b", 1.0), ("a", 2.0)]),
        [(), {}, [Pair(1.0, [2.0])]],
    ],
    ids=lambda nest: type(nest).__name__,
)
def test_nests_of_every_kind(nest):
    module = tf.Module()
    module.nest = nest  # TensorFlow wraps it.
    for value in (nest, module.nest):
        parts = take_apart(value)
        again = put_together(parts.tree, parts.leaves)
        assert again == nest
        assert type(again) is type(nest)
    if isinstance(nest, dict):
        assert list(again) == list(nest)


def constants(value, numbers=Numbers.PARAMETERS):
    return [type(node.value) for node in of_one_class(take_apart(value, numbers).tree, Constant)]


def test_which_numbers_are_leaves():
    small, large = np.arange(64), np.arange(65)
    floats = np.arange(3.0)
    tensor, integers = tf.constant([1.0]), tf.constant([1, 2])
    values = [small, large, floats, tensor, integers]
    assert len(take_apart(values).leaves) == 3
    assert len(take_apart(values, Numbers.LEAVES).leaves) == 5
    leaves = take_apart(values, Numbers.CONSTANTS).leaves
    assert list(map(id, leaves)) == [id(tensor), id(integers)]
    assert constants([1, 2.0, "a", None, True, tf.float32, int]) == [
        *(int, float, str, type(None), bool),
        *(tf.DType, type),
    ]


@pytest.mark.parametrize(
    ("first", "second", "is_one"),
    [
        (0.0, -0.0, False),
        (1, True, False),
        (1, 1.0, False),
        (float("nan"), float("nan"), True),
        (np.array([1, 2]), np.array([1, 2]), True),
        (np.array([1, 2]), np.array([1, 3]), False),
        (np.array([1, 2]), np.array([1, 2], np.int32), False),
        (tf.TensorShape([2, 3]), tf.TensorShape([2, 3]), True),
        (tf.TensorShape([2, 3]), tf.TensorShape([2, 4]), False),
        (tf.TensorShape([2, 3]), (2, 3), False),
        (tf.math.exp, tf.math.exp, True),
        (tf.math.exp, tf.math.log, False),
        ([1], (1,), False),
        ({"a": 1}, {"b": 1}, False),
    ],
)
def test_which_constants_are_one(first, second, is_one):
    trees = [take_apart(value).tree for value in (first, second)]
    assert (trees[0] == trees[1]) is is_one
    assert not take_apart(first).kept
    again = put_together(trees[0], take_apart(first).leaves)
    assert type(again) is type(first)


def test_numbers_are_tensors_of_the_dtype_of_their_object():
    parts = take_apart(tfd.Normal(1, tf.constant(2.0, tf.float64)))
    assert [leaf.dtype for leaf in parts.leaves] == [tf.float64, tf.float64]
    assert take_apart(tfd.Normal(3, tf.constant(2.0, tf.float64))).tree == parts.tree
    uniform = take_apart(tfd.Uniform([0.0, 1], [2.0, 3.0]))
    assert [leaf.shape for leaf in uniform.leaves] == [[2], [2]]
    # An option is no parameter: what TFP keeps under its name is no tensor.
    assert constants(tfb.Softplus(low=None))[0] is type(None)


def test_what_has_been_read_before_is_one():
    scale = tfp.util.TransformedVariable(1.0, tfb.Exp())
    parts = take_apart(tfd.Normal(scale, scale))
    assert len(of_one_class(parts.tree, Read)) == 1
    other = put_together(parts.tree, parts.leaves, reads=Reads.LATER)
    assert other.loc is other.scale


def test_own_variables_are_those_of_their_parameters():
    model = distributions.TrainableMultivariateNormalLinearOperator(
        batch_and_event_shape=[2], scale_structure="diag"
    )
    parts = take_apart(model)
    own = {name: parts.leaves[node.index] for name, node in parts.tree.own}
    assert own == dict(model._creation.variables)
    assert parts.paths == (("loc",), ("scale", "diag"))
