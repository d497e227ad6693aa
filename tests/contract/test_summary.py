"""What a trainable shows of itself: printed, in one line, in a notebook, to completion."""

import copy
import html.parser
import pickle
import re
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from cases import CASES, Case

import tfp_trainables
from tfp_trainables import bijectors, distributions, kernels
from tfp_trainables_runtime.showing.completion import keys_to_complete
from tfp_trainables_runtime.showing.rows import rows_of

tfb, tfd = tfp.bijectors, tfp.distributions
SHOWN = [case for case in CASES if case.name != "tfp.bijectors.Composition"]


def numbers_in(text):
    return [float(number) for number in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", text)]


def value_of(parameter):
    if isinstance(parameter, tf.linalg.LinearOperator):
        parameter = next(iter(parameter.parameters.values()))
    return np.asarray(tf.convert_to_tensor(parameter))


@pytest.mark.parametrize("case", SHOWN, ids=str)
def test_every_parameter_is_shown_with_its_value_within_100_columns(case: Case):
    model = case.build()
    text = str(model)
    first, *lines, last = text.splitlines()
    assert first.split()[0] == case.trainable_class.__name__
    assert max(map(len, text.splitlines())) <= 100
    assert last.startswith("Trained: ")
    rows = {row.name: row for row in rows_of(model) if row.depth == 0}
    for name, parameter in model.parameters.items():
        role = case.entry["parameters"].get(name, {}).get("role", "option")
        if role == "option" or parameter is None or isinstance(parameter, (list, dict, tuple)):
            continue
        assert any(line.split()[0].strip(":") == name for line in lines if line.startswith("  "))
        is_operator = isinstance(parameter, tf.linalg.LinearOperator)
        if name in model._creation.variables and not is_operator:
            value = value_of(parameter)
            assert rows[name].state == "trained"
            assert rows[name].type == f"{value.dtype}{list(value.shape)}"
            shown = numbers_in(rows[name].value.partition("...")[0])
            assert shown
            np.testing.assert_allclose(shown[0], value.flatten()[0], rtol=1e-3, atol=1e-4)
            assert rows[name].constraint


@pytest.mark.parametrize("case", SHOWN, ids=str)
def test_one_line_has_class_and_parameters(case: Case):
    model = case.build()
    line = repr(model)
    assert "\n" not in line
    assert line.startswith(f"<{case.trainable_class.__name__} ")
    for name in model._creation.variables:
        assert f" {name}=" in line


def test_a_scalar_model_reads_as_it_is():
    model = distributions.TrainableGamma({"concentration": 2.5}, rate=3.0, name="prior")
    assert str(model).splitlines() == [
        "TrainableGamma 'prior' batch_shape=[] event_shape=[] dtype=float32",
        "  concentration  2.5  float32[]  trained  positive: Softplus(low=eps)",
        "  rate           3    float32[]  fixed",
        "Trained: 1 number in 1 variable.",
    ]
    assert repr(model) == (
        "<TrainableGamma 'prior' concentration=2.5 rate=3 batch_shape=[] event_shape=[] "
        "dtype=float32>"
    )
    model.concentration.assign(7.0)
    assert " 7 " in str(model)


def test_parts_are_nested_and_shared_variables_are_said_to_be_the_same():
    base = distributions.TrainableNormal(batch_and_event_shape=[2], name="base")
    model = distributions.TrainableTransformedDistribution(
        distribution=base,
        bijector=bijectors.TrainableChain(
            bijectors=[tfb.Exp(), bijectors.TrainableScale(scale=base.scale)]
        ),
    )
    lines = str(model).splitlines()
    assert lines[1] == "  distribution: TrainableNormal 'base'"
    assert lines[2].startswith("    loc ")
    assert "  bijector: TrainableChain" in lines
    assert "    bijectors[0]: Exp" in lines
    assert lines[-2].startswith("      scale ")
    assert lines[-2].endswith("the same as distribution.scale")
    twice = bijectors.TrainableJointMap(bijectors=[base_shift := bijectors.TrainableShift()] * 2)
    assert str(twice).splitlines()[-2] == (
        "  bijectors[1]: TrainableShift, the same as bijectors[0]"
    )
    assert len(base_shift.variables) == 1


def test_state_tells_what_is_trained():
    frozen = tf.Variable(2.0, trainable=False)
    model = distributions.TrainableStudentT(df=frozen, loc=[1.0, 2.0])
    states = {row.name: row.state for row in rows_of(model)}
    assert states == {"df": "not trained", "loc": "fixed", "scale": "trained"}
    assert "Variables that are not trained: 1 number in 1 variable." in str(model)


def test_supports_are_tfp_s_and_constraints_those_of_the_variables():
    model = distributions.TrainableTriangular({"low": -1.0, "high": 4.0, "peak": 2.0})
    rows = {row.name: row for row in rows_of(model)}
    assert (rows["low"].support, rows["low"].constraint) == ("", "unconstrained")
    assert (rows["high"].support, rows["high"].constraint) == (
        "greater than -1",
        "GreaterThan(low=-1)",
    )
    assert rows["peak"].support == "between -1 and 4"
    wishart = distributions.TrainableWishartTriL(batch_and_event_shape=[3, 3])
    assert "FillScaleTriL(diag_shift=eps)" in str(wishart)
    zipf = distributions.TrainableZipf()
    (row,) = (row for row in rows_of(zipf) if row.state)
    assert (row.support, row.constraint) == ("greater than 1", "Softplus(low=1 + eps)")


def test_networks_and_what_is_in_no_argument_are_shown():
    network = tfb.AutoregressiveNetwork(params=2, hidden_units=[3], event_shape=[2])
    network(tf.zeros([1, 2]))
    flow = bijectors.TrainableMaskedAutoregressiveFlow(shift_and_log_scale_fn=network)
    assert "  shift_and_log_scale_fn: AutoregressiveNetwork" in str(flow).splitlines()
    assert len(rows_of(flow)) == 1 + len(network.variables)
    model = distributions.TrainableNormal()
    model.noise = tf.Variable([1.0, 2.0], name="noise")
    assert "  variables: in no argument" in str(model).splitlines()
    assert any(row.name == "noise" and row.value == "[1. 2.]" for row in model.summary().rows)
    assert "noise" not in repr(model)


def test_options_are_shown_where_they_are_not_as_by_default():
    plain = distributions.TrainableNormal()
    assert "validate_args" not in str(plain)
    assert "validate_args: True" in str(distributions.TrainableNormal(validate_args=True))


FIXED_TOO = {
    "trained": lambda: distributions.TrainableNormal({"loc": 1.0, "scale": 2.0}),
    "fixed": lambda: distributions.TrainableNormal(scale=0.5),
    "mixture": lambda: tfd.MixtureSameFamily(
        tfd.Categorical(logits=[0.0, 1.0]),
        distributions.TrainableNormal(loc=[0.0, 1.0], batch_and_event_shape=[2]),
    ),
    "bijector": lambda: tfb.Scale(2.0),
    "kernel": lambda: kernels.TrainableLinear(shift=0.5),
    "joint": lambda: tfd.JointDistributionSequential([distributions.TrainableNormal(loc=0.0)]),
}


@pytest.mark.parametrize("what", FIXED_TOO)
def test_a_graph_that_is_under_construction_gets_no_operations(what):
    model = FIXED_TOO[what]()
    seen = []

    @tf.function
    def traced(x):
        graph = tf.compat.v1.get_default_graph()
        before = len(graph.get_operations())
        seen.extend((str(tfp_trainables.summary(model)), repr(model)))
        assert len(graph.get_operations()) == before or what == "joint"  # TFP's own repr.
        return x

    traced.get_concrete_function(1.0)
    if what == "trained":
        assert "known when it runs" in seen[0]
        assert "positive: Softplus(low=eps)" in seen[0]
    if what == "fixed":
        assert "  scale  0.5 " in seen[0]


def test_reading_is_watched_by_no_tape():
    model = distributions.TrainableNormal()
    with tf.GradientTape() as tape:
        str(model), repr(model), model.summary()
        assert not tape.watched_variables()
        loss = model.log_prob(1.0)
    assert all(g is not None for g in tape.gradient(loss, model.trainable_variables))


def test_what_is_stateless_shows_its_constraints():
    init_fn, apply_fn = distributions.TrainableNormal.stateless({"scale": 2.0})
    assert "  scale  2 " in str(apply_fn(init_fn(seed=1)))
    assert "positive: Softplus(low=eps)" in str(apply_fn(init_fn(seed=1)))


def test_parts_that_are_attributes_are_shown_as_parts():
    model = distributions.TrainableNormal()
    model.noise = distributions.TrainableGamma({"concentration": 2.0}, rate=1.0)
    lines = str(model).splitlines()
    assert "  noise: TrainableGamma" in lines
    assert any(line.split()[:2] == ["concentration", "2"] for line in lines)
    assert "noise" not in repr(model)


def test_raw_variables_are_not_said_to_be_unconstrained():
    noise = distributions.TrainableNormal({"scale": 0.5}, loc=0.0, name="noise")
    joint = tfd.JointDistributionSequential([tfd.Normal(0.0, 1.0), lambda x: noise])
    (line,) = (it for it in str(tfp_trainables.summary(joint)).splitlines() if "noise/" in it)
    assert line.endswith("trained")


def test_one_line_has_what_is_not_among_the_parameters():
    assert "dtype=int32" in repr(distributions.TrainableBernoulli())
    assert "feature_ndims=1" in repr(kernels.TrainableLinear())


@pytest.mark.parametrize("depth", [30, 60])
def test_what_is_deeply_nested_stays_within_100_columns(depth):
    model = distributions.TrainableNormal(batch_and_event_shape=[1] * 3, name="n" * 150)
    for _ in range(depth):
        model = tfd.Independent(model, 0)
    joint = tfd.JointDistributionNamed({"k" * 120: distributions.TrainableNormal()})
    for text in (str(tfp_trainables.summary(it)) for it in (model, joint)):
        assert max(map(len, text.splitlines())) <= 100


def test_unusual_values_are_shown():
    half = distributions.TrainableNormal(
        loc=tf.constant(1.5, tf.bfloat16), scale=tf.constant(2.0, tf.bfloat16)
    )
    assert "  loc    1.5 " in str(half)


def test_an_object_of_make_trainable_is_told_apart():
    dynamic = tfp.experimental.util.make_trainable(tfd.Normal)
    with pytest.raises(TypeError, match=r"got an object of TFP's make_trainable; tfp_trainables\."):
        tfp_trainables.summary(dynamic)


def test_nan_and_large_values_are_readable():
    model = distributions.TrainableMultivariateNormalTriL(batch_and_event_shape=[50, 20])
    model.loc.assign(tf.fill([50, 20], np.nan))
    assert "nan" in str(model)
    assert max(map(len, str(model).splitlines())) <= 100


def test_a_value_that_cannot_be_read_is_said_to_be_so():
    def fail(_):
        raise ValueError("never")

    broken = tfp.util.DeferredTensor(tf.Variable(1.0), fail, shape=[], dtype=tf.float32)
    model = distributions.TrainableNormal(loc=broken)
    assert "ValueError when it is read" in str(model)
    assert "ValueError when it is read" in repr(model) or "loc=float32[]" in repr(model)


def test_an_object_whose_constructor_fails_can_be_shown():
    class Failing(distributions.TrainableNormal):
        def __init__(self):
            self.shown = repr(self), str(self), self._repr_html_()
            super().__init__()

    assert all("Failing" in text for text in Failing().shown)


def test_a_class_of_the_user_s_is_shown_under_its_name():
    class Mine(distributions.TrainableNormal):
        _secret = 1

        def double(self):
            return 2 * self.loc

    assert str(Mine()).startswith("Mine batch_shape=[]")
    assert {"double", "_secret", "log_prob"} <= set(dir(Mine()))


class Balanced(html.parser.HTMLParser):
    """Reads HTML and fails if a tag is not closed."""

    def __init__(self):
        super().__init__()
        self.open, self.cells = [], []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        if tag == "td":
            self.cells.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1] == "td":
            self.cells[-1] += data


def test_a_notebook_shows_a_table():
    model = distributions.TrainableGamma({"concentration": 2.5}, name="<b>&")
    page = Balanced()
    page.feed(model._repr_html_())
    assert not page.open
    assert "<b>&" not in model._repr_html_()
    assert page.cells[:6] == [
        "concentration",
        "2.5",
        "float32[]",
        "trained",
        "positive",
        "Softplus(low=eps)",
    ]
    assert model.summary()._repr_html_() == model._repr_html_()


def test_tfp_s_own_objects_have_a_summary():
    prior = distributions.TrainableNormal(name="prior")
    joint = tfd.JointDistributionSequential([prior, lambda x: tfd.Normal(x, prior.scale)])
    text = str(tfp_trainables.summary(joint))
    assert "  model[0]: TrainableNormal 'prior'" in text
    assert text.endswith("Trained: 2 numbers in 2 variables.")
    total = kernels.TrainableLinear() + kernels.TrainableConstant()
    assert str(tfp_trainables.summary(total)).startswith("SumKernel ")
    with pytest.raises(TypeError, match="summary, argument 'model': expected a distribution"):
        tfp_trainables.summary(3)


# Names.


def test_variables_are_named_by_the_object_if_it_has_a_name():
    named = distributions.TrainableNormal(name="prior")
    assert [v.name for v in named.variables] == ["prior/loc:0", "prior/scale:0"]
    plain = tfp.experimental.util.make_trainable(tfd.Normal)
    assert [v.name for v in distributions.TrainableNormal().variables] == [
        v.name for v in plain.variables
    ]
    shift = bijectors.TrainableShift(name="first")
    assert [v.name for v in shift.variables] == ["first/shift:0"]


def test_any_name_that_tfp_takes_names_variables():
    for name, scope in {"my prior": "my_prior", "a/b": "a/b", "_x": "x", "a:b": "a_b"}.items():
        model = distributions.TrainableNormal(name=name)
        assert model.variables[0].name == f"{scope}/loc:0"

    made = []

    @tf.function
    def in_a_graph():
        if not made:
            made.append(distributions.TrainableNormal(name="prior", seed=(1, 2)))
        return made[0].log_prob(0.0)

    assert np.isfinite(in_a_graph())
    assert made[0].variables[0].name == "prior/loc:0"


def test_copies_and_pickles_keep_the_names():
    model = distributions.TrainableNormal(name="prior")
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert [v.name for v in other.variables] == [v.name for v in model.variables]


def test_a_name_does_not_change_where_variables_start():
    named, plain = (
        distributions.TrainableNormal(seed=(1, 2), **name) for name in ({"name": "prior"}, {})
    )
    for one, other in zip(named.variables, plain.variables, strict=True):
        np.testing.assert_array_equal(one, other)


# What completion finds.


def test_dir_has_what_is_public():
    model = distributions.TrainableNormal()
    names = set(dir(model))
    assert not [name for name in names if name.startswith("_")]
    assert {"loc", "scale", "log_prob", "sample", "summary", "trainable_variables"} <= names


def test_functions_in_private_attributes_are_still_saved(tmp_path):
    model = distributions.TrainableNormal({"loc": 1.0, "scale": 2.0})
    model._density = tf.function(model.log_prob, input_signature=[tf.TensorSpec([])])
    tf.saved_model.save(model, str(tmp_path))
    loaded = tf.saved_model.load(str(tmp_path))
    np.testing.assert_allclose(loaded._density(0.5), model.log_prob(0.5), rtol=1e-6)


NAMES = {"TrainableNormal": distributions.TrainableNormal, "d": distributions, "f": dict}


@pytest.mark.parametrize(
    ("text", "keys"),
    {
        'TrainableNormal(initial_parameters={"': ["loc", "scale"],
        "TrainableNormal(initial_parameters={'s": ["scale"],
        'TrainableNormal({"': ["loc", "scale"],
        'x = d.TrainableGamma(rate=f(1), initial_parameters = {"con': ["concentration"],
        'd.TrainableNormal(\n    initial_parameters={\n  "loc": 1.0,\n  "': ["scale"],
        "d.TrainableCategorical(num_classes=3, initial_parameters={'": ["logits", "probs"],
        'TrainableNormal(initial_parameters={"loc": "': [],
        'TrainableNormal({"loc": values["': [],
        'TrainableNormal({"loc": values["a"], "': ["scale"],
        'TrainableNormal(loc=f(g(1), [2]), initial_parameters={"': ["loc", "scale"],
        'd.TrainableCategorical(3, {"probs": [0.5, 0.5], "': [],
        'd.TrainableCategorical({"logits": [0.5, 0.5], "': [],
        'd.TrainableGamma.stateless(initial_parameters={"con': ["concentration"],
        'f(initial_parameters={"': [],
        'TrainableNormal(name="': [],
        'unknown.TrainableNormal({"': [],
        '{"': [],
        "TrainableNormal({}, '": [],
        'd.TrainableExp({"': [],
        "": [],
    }.items(),
)
def test_keys_of_initial_parameters_are_completed(text, keys):
    assert keys_to_complete(text, NAMES)[1] == keys


def test_ipython_completes_them():
    pytest.importorskip("IPython")
    program = r"""
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("from tfp_trainables.distributions import TrainableNormal as N")
for text in ('N(initial_parameters={"', 'N(initial_parameters={"sc', 'N(\n  {"'):
    with provisionalcompleter():
        print([it.text for it in shell.Completer.completions(text, len(text))])
"""
    run = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert run.stdout.splitlines()[-3:] == ["['loc', 'scale']", "['scale']", "['loc', 'scale']"]
