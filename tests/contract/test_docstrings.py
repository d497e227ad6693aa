"""What the docstrings of generated classes say is so, of instances.

The sentences are read back: names, shapes, supports, constraints and defaults. Each is held
to instances of several shapes and dtypes, and to TFP's annotations where no instance has a
value: so a sentence is true, and not only what the compiler meant to write.
"""

import functools
import inspect
import re
import textwrap
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from cases import CASES, DISTRIBUTIONS, Case

import tfp_trainables_runtime.constraints

pytestmark = pytest.mark.usefixtures("operation_by_operation")

OF_ALL = ["initial_parameters", "batch_and_event_shape", "parameter_dtype", "seed"]


# The supports: the words, the rank of one value, and what holds of values.


def diagonal(x: Any) -> Any:
    return np.diagonal(x, axis1=-2, axis2=-1)


def is_lower_triangular(x: Any) -> bool:
    return bool((np.triu(x, 1) == 0).all())


def is_close(x: Any, y: Any) -> bool:
    return np.allclose(x, y, rtol=100 * np.finfo(x.dtype).eps, atol=100 * np.finfo(x.dtype).eps)


def is_symmetric_positive_definite(x: Any) -> bool:
    return is_close(x, np.swapaxes(x, -1, -2)) and bool((np.linalg.eigvalsh(x) > 0).all())


def is_orthogonal(x: Any) -> bool:
    return is_close(x @ np.swapaxes(x, -1, -2), np.eye(x.shape[-1]))


def same_sum(x: Any, other: Any) -> bool:
    return is_close(x.sum(-1), other.sum(-1)) and bool((x > 0).all())


SUPPORTS: dict[str, tuple[int, Callable[..., Any]]] = {
    r"any finite real number but 0": (0, lambda x: (np.isfinite(x) & (x != 0)).all()),
    r"any finite real number": (0, lambda x: np.isfinite(x).all()),
    r"positive": (0, lambda x: (x > 0).all()),
    r"greater than (.*)": (0, lambda x, low: (x >= low).all() and (x > low).any()),
    # Closed: in floating point the sigmoid of a large number is 1.
    r"between (.*) and (.*)": (0, lambda x, low, high: ((low <= x) & (x <= high)).all()),
    r"of an absolute value below (.*)": (0, lambda x, bound: (abs(x) < bound).all()),
    r"strictly increasing along the last dimension": (1, lambda x: (np.diff(x) > 0).all()),
    r"a probability vector: positive, with sum 1 along the last dimension": (
        1,
        lambda x: (x > 0).all() and is_close(x.sum(-1), np.ones(x.shape[:-1])),
    ),
    r"a vector of unit length": (1, lambda x: is_close((x**2).sum(-1), np.ones(x.shape[:-1]))),
    r"a vector of positive numbers with the sum of (.*)": (1, same_sum),
    r"a lower-triangular matrix": (2, is_lower_triangular),
    r"a lower-triangular matrix with a positive diagonal": (
        2,
        lambda x: is_lower_triangular(x) and (diagonal(x) > 0).all(),
    ),
    r"a lower-triangular matrix with ones on its diagonal": (
        2,
        lambda x: is_lower_triangular(x) and (diagonal(x) == 1).all(),
    ),
    r"a matrix with no 0 on its diagonal": (2, lambda x: (diagonal(x) != 0).all()),
    r"a symmetric positive-definite matrix": (2, is_symmetric_positive_definite),
    r"an orthogonal matrix": (2, is_orthogonal),
}


@dataclass(frozen=True)
class Support:
    """A support, as a docstring states it."""

    rank: int
    holds: Callable[..., Any]
    bounds: tuple[str, ...]


def support_of(words: str) -> Support:
    for pattern, (rank, holds) in SUPPORTS.items():
        if match := re.fullmatch(pattern, words):
            return Support(rank, holds, tuple(bound.strip("`") for bound in match.groups()))
    raise AssertionError(f"no support: {words}")


# The sentences.


@functools.cache
def entries(function: Callable[..., Any]) -> dict[str, str]:
    """The arguments that a docstring documents, in order, with what it says of each."""
    doc = inspect.getdoc(function) or ""
    section = re.search(r"^Args:\n(.*?)\n\n", doc, flags=re.DOTALL | re.MULTILINE)
    assert section, doc
    found = re.split(r"^(?:\*\*)?(\w+): ", textwrap.dedent(section[1]), flags=re.MULTILINE)
    assert found[0] == ""
    return {
        name: " ".join(text.split()) for name, text in zip(found[1::2], found[2::2], strict=True)
    }


TRAINABLE = re.compile(
    r"(?P<support>.*?); shape `(?P<shape>[^`]*)`\. By default a variable, "
    r"(?:constrained by `(?P<bijector>[^`]*)`|unconstrained)(?:: .*?)?\."
    r"(?: It starts (?P<place>.*), where that is passed or has an initial value\.)?"
)
OPERATOR = re.compile(
    r"a square linear operator with a diagonal of shape `(?P<shape>[^`]*)`\. By default over a "
    r"variable, of the structure `(?P<structure>\w+)`\."
)
ALTERNATIVE = re.compile(
    r"(?P<support>.*?); shape `(?P<shape>[^`]*)`\. "
    r"(?:Stands in for `(?P<replaces>\w+)`, which then gets no variable|"
    r"Optional, and not trained)\."
)


def stated(case: Case, pattern: re.Pattern[str]) -> dict[str, dict[str, str]]:
    """The parameters whose sentence has a form, with its parts."""
    matches = {
        name: pattern.fullmatch(text)
        for name, text in entries(case.trainable_class.__init__).items()
    }
    return {name: match.groupdict() for name, match in matches.items() if match}


# The instances.


BY_NAME = {case.name: case for case in CASES}


def built(case: Case, shape: tuple[int, ...], dtype: type) -> Any:
    """An instance, or `None` if the arguments of its example have another shape."""
    return _built(case.name, shape, dtype)


@functools.cache
def _built(name: str, shape: tuple[int, ...], dtype: type) -> Any:
    case = BY_NAME[name]
    try:
        model = case.build(dtype, batch_and_event_shape=shape)
        if case.has_batch:
            model.batch_shape  # noqa: B018 - looks at the shapes
    except Exception:
        if shape == case.shape and dtype is np.float32:
            raise
        return None
    return model


def instances(case: Case) -> list[Any]:
    """Instances of several shapes, and in double precision."""
    shapes = [case.shape, (2, *case.shape), (3, 2, *case.shape)]
    if case.shape:
        shapes.append((*case.shape[:-1], case.shape[-1] + 1))
    models = [built(case, shape, np.float32) for shape in shapes]
    models.append(built(case, case.shape, np.float64))
    return [model for model in models if model is not None]


def value_of(parameter: Any) -> Any:
    if isinstance(parameter, tf.linalg.LinearOperator):
        parameter = next(iter(parameter.parameters.values()))
    return np.asarray(tf.convert_to_tensor(parameter))


def names_of(model: Any) -> dict[str, Any]:
    """What an expression in the docstring of a constructor may name."""
    creation = model._creation
    given = {
        name: value
        for name, value in model.parameters.items()
        if isinstance(value, (int, float, np.ndarray, tf.Tensor, tf.Variable))
        or hasattr(value, "pretransformed_input")
    }
    return {
        **vars(tfp.bijectors),
        **vars(tfp_trainables_runtime.constraints),
        **{
            name: value if isinstance(value, int) else value_of(value)
            for name, value in given.items()
        },
        **creation.sizes,
        "batch_and_event_shape": creation.shape,
        "eps": np.finfo(creation.dtype.as_numpy_dtype).eps,
    }


def spread(variable: tf.Variable) -> None:
    """Moves a variable to values that are neither small nor all of one sign."""
    random = np.random.default_rng(len(variable.name))
    signs = random.choice([-1, 1], variable.shape)
    variable.assign(signs * random.uniform(0.2, 2, variable.shape))


# The tests.


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_argument_is_documented_and_no_other(case):
    signature = inspect.signature(case.trainable_class).parameters
    documented = entries(case.trainable_class.__init__)
    assert list(documented)[:4] == OF_ALL
    assert set(documented) == set(signature)
    assert all(text.endswith(".") for text in documented.values())
    required = {name for name, it in signature.items() if it.default is inspect.Parameter.empty}
    unconstrained = {name for name, text in documented.items() if " Required, for " in text}
    assert unconstrained <= required
    in_its_place = {
        name: parts["replaces"]
        for name, parts in stated(case, ALTERNATIVE).items()
        if parts["replaces"]
    }
    operators = stated(case, OPERATOR)
    own = [*stated(case, TRAINABLE), *operators]
    assert set(own) == set(case.variables)
    assert set(in_its_place.values()) <= set(own)
    assert {parts["structure"] for parts in operators.values()} <= set(signature)


def test_where_variables_start_is_said():
    places = {
        f"{case.tfp_class.__name__}.{name}": parts["place"]
        for case in CASES
        for name, parts in stated(case, TRAINABLE).items()
        if parts["place"]
    }
    assert places["Uniform.low"] == "below `high`"
    assert places["Triangular.low"] == "below `peak` and below `high`"
    assert places["PERT.high"] == "above `peak`"
    assert places["NormalInverseGaussian.tailweight"] == "above the absolute value of `skewness`"
    assert len(places) == 11


@pytest.mark.parametrize("case", CASES, ids=str)
def test_variables_are_those_that_the_class_says_it_creates(case):
    lines = (inspect.getdoc(case.trainable_class) or "").splitlines()
    assert lines[0] == f"Trainable `{case.name}`."
    paragraph = " ".join(" ".join(lines[2:]).split("```")[0].split())
    own, _, _ = paragraph.partition(", in this order")
    own, _, _ = own.partition(", where no value is passed")
    names = re.findall(r"`(\w+)`", own) if "no variables" not in own else []
    given = case.arguments(np.float32)
    created = list(built(case, case.shape, np.float32)._creation.variables)
    assert created == [name for name in names if name not in given]
    assert names == case.variables
    components = [it for it in case.entry["parameters"].values() if it["role"] == "component"]
    assert ("Those of its parts are trained" in paragraph) == bool(components)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_example_runs(case):
    (source,) = re.findall(r"```python\n(.*?)```", inspect.getdoc(case.trainable_class), re.DOTALL)
    cls = case.trainable_class
    names = {"np": np, "tf": tf, "tfp": tfp, "tfd": tfp.distributions, "tfb": tfp.bijectors}
    names[cls.__name__] = cls
    exec(source, names)
    assert type(names[case.kind]) is cls


@pytest.mark.parametrize("case", [case for case in CASES if case.variables], ids=str)
def test_a_trainable_parameter_is_as_documented(case):
    """Its shape, its support, and the constraint that makes it of the variable, bit for bit."""
    for model in instances(case):
        for variable in model._creation.variables.values():
            spread(variable)
        names = names_of(model)
        for name, parts in stated(case, TRAINABLE).items():
            if name not in model._creation.variables:
                continue
            value = value_of(model.parameters[name])
            dtype = model._creation.dtype.as_numpy_dtype
            assert value.dtype == dtype
            assert value.shape == shape_of(parts["shape"], names)
            support = support_of(parts["support"])
            bounds = [np.asarray(eval(bound, dict(names))) for bound in support.bounds]
            assert support.holds(value, *bounds), f"{name} = {value}"
            bijector = eval(typed(parts["bijector"], dtype), dict(names) | {"number": dtype})
            made = bijector.forward(tf.convert_to_tensor(model._creation.variables[name]))
            np.testing.assert_array_equal(made, value, err_msg=name)
        for name, parts in stated(case, OPERATOR).items():
            operator = model.parameters[name]
            assert operator.domain_dimension == operator.range_dimension
            assert operator.diag_part().shape == shape_of(parts["shape"], names)


def shape_of(source: str, names: dict[str, Any]) -> tuple[int, ...]:
    return tuple(map(int, eval(source, dict(names))))


def typed(bijector: str | None, dtype: type) -> str:
    """A bijector's source in which numbers have the dtype of the parameter."""
    source = bijector or "Identity()"
    return re.sub(r"=([\d.]+)", r"=number(\1)", source)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_supports_and_shapes_are_those_that_tfp_annotates(case):
    """Of what no instance has a value of, and the rank of one value of what it has."""
    sizes = {name: 4 for name in case.entry["sizes"] if name == "num_classes"}
    try:
        annotated = case.properties(np.float32, **sizes)
    except NotImplementedError:
        return
    model = built(case, case.shape, np.float32)
    for name, parts in (stated(case, TRAINABLE) | stated(case, ALTERNATIVE)).items():
        properties = annotated.get(name)
        if properties is None or "source" in case.entry["parameters"][name]:
            continue  # TFP does not say, or the compiler says that it is wrong.
        bijector = bijector_of(properties)
        if bijector is None:
            continue
        support = support_of(parts["support"])
        is_number = properties.event_ndims == 0
        assert support.rank == (0 if is_number else bijector.inverse_min_event_ndims), name
        shape = shape_of(parts["shape"], names_of(model) | sizes)
        assert shape == tuple(map(int, properties.shape_fn(case.shape))), name
        if is_number and bijector.inverse_min_event_ndims:
            bijector = tfp.bijectors.Sigmoid()  # TFP's, of a vector, does not fit a number.
        draw = np.random.default_rng(1).normal(size=bijector.inverse_event_shape(shape))
        value = np.asarray(bijector.forward(draw.astype("f")))
        bounds = [eval(bound, names_of(model)) for bound in support.bounds]
        assert support.holds(value, *bounds), name


def bijector_of(properties: Any) -> Any:
    try:
        return properties.default_constraining_bijector_fn()
    except NotImplementedError:
        return None


# Values that TFP takes near the ends of a support, where no variable goes.
NEAR_THE_ENDS: dict[str, Callable[..., list[Any]]] = {
    "any finite real number": lambda: [-1e20, 0.0, 1e20],
    "any finite real number but 0": lambda: [-1e20, 1e-30, 1e20],
    "positive": lambda: [1e-30, 1e30],
    r"greater than ([\d.]+)": lambda low: [np.nextafter(np.float32(low), np.inf), 1e20],
    r"between ([\d.]+) and ([\d.]+)": lambda low, high: [
        max(np.nextafter(np.float32(low), np.inf), np.float32(1e-30)),
        np.nextafter(np.float32(high), -np.inf),
    ],
}


@pytest.mark.parametrize("case", [case for case in CASES if case.variables], ids=str)
def test_tfp_takes_every_value_of_a_support(case):
    """Also those that the constraint keeps the variable away from: both are said apart."""
    given = case.arguments(np.float32)
    for name, parts in stated(case, TRAINABLE).items():
        if name in given:
            continue
        for pattern, ends in NEAR_THE_ENDS.items():
            match = re.fullmatch(pattern, parts["support"])
            if match is None:
                continue
            for value in ends(*map(float, match.groups())):
                fixed = {name: np.float32(value), "validate_args": True}
                if "validate_args" not in inspect.signature(case.tfp_class.__init__).parameters:
                    del fixed["validate_args"]
                parameter = built(case, case.shape, np.float32).parameters[name]
                fixed[name] = np.full(parameter.shape, value, np.float32)
                model = case.build(**fixed)
                np.testing.assert_array_equal(value_of(model.parameters[name]), fixed[name])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_least_number_of_dimensions_is_said(case):
    sentence = entries(case.trainable_class.__init__)["batch_and_event_shape"]
    found = re.search(r"At least (\d) dimensions?, which (.*) needs? where no value", sentence)
    if found is None:
        if not set(case.variables) & set(case.arguments(np.float32)):
            case.build(batch_and_event_shape=())
        return
    least = int(found[1])
    if set(re.findall(r"`(\w+)`", found[2])) & set(case.arguments(np.float32)):
        return
    fitting = case.shape[-least:] if len(case.shape) >= least else (3,) * least
    case.build(batch_and_event_shape=fitting)
    with pytest.raises(ValueError, match=r"'batch_and_event_shape'.* dimension"):
        case.build(batch_and_event_shape=fitting[1:])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_class_without_variables_does_not_speak_of_them(case):
    documented = entries(case.trainable_class.__init__)
    of_variables = " ".join(documented[name] for name in OF_ALL).replace("creates no variables", "")
    creates = bool(case.variables) or any(
        it.get("follows") for it in case.entry["parameters"].values()
    )
    assert ("variable" in of_variables) == creates


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_argument_is_described(case):
    for name, text in entries(case.trainable_class.__init__).items():
        assert "option of `" not in text, name
        assert len(text.split()) > 1, name


@pytest.mark.parametrize("case", DISTRIBUTIONS, ids=str)
def test_letters_in_shapes_are_defined(case):
    used = set()
    for name in vars(case.trainable_class).keys() & case.entry["methods"].keys():
        sentence = inspect.getdoc(getattr(case.trainable_class, name)) or ""
        used |= set(re.findall(r"\b([SBE])\b", sentence)) | set(
            re.findall(r"\[[a-z, ]+\]", sentence)
        )
    overview = " ".join(inspect.getdoc(case.trainable_class).partition("```")[0].split())
    legend = overview.partition("In the shapes")[2]
    if "[d] the shape" in legend:
        used.discard("[d, d]")
    for letters in used:
        assert re.search(rf"(?<!\w){re.escape(letters)}(?!\w)", legend), letters


@pytest.mark.parametrize("case", DISTRIBUTIONS, ids=str)
def test_what_is_said_of_dtype_is_so(case):
    text = entries(case.trainable_class.__init__).get("dtype")
    if text is None:
        return
    wanted = tf.float64 if tf.as_dtype(case.build().dtype).is_floating else tf.int64
    assert re.match("(floating-point )?dtype of draws", text), text
    try:
        model = case._build(lambda **it: case.trainable_class(**it | {"dtype": wanted}), np.float32)
    except (TypeError, ValueError):
        return  # One that has to be the dtype of the parameters.
    assert model.sample(seed=(1, 2)).dtype == wanted


# The keys of initial values.


def keys_of(case: Case) -> set[str]:
    """The keys of the type of `initial_parameters`."""
    annotation = typing.get_type_hints(case.trainable_class.__init__)["initial_parameters"]
    (dictionary,) = (part for part in typing.get_args(annotation) if typing.is_typeddict(part))
    assert not dictionary.__required_keys__
    return set(dictionary.__annotations__)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_type_of_initial_parameters_has_the_keys_that_are_taken(case):
    """And the docstring names them; all other arguments are refused."""
    keys = keys_of(case)
    facts = case.entry["parameters"]
    alternatives = {name for name, it in facts.items() if it.get("replaces")}
    on_request = {name for name, it in facts.items() if it.get("follows")}
    assert keys == {*case.variables, *alternatives, *on_request}
    sentence = entries(case.trainable_class.__init__)["initial_parameters"]
    named = re.findall(r"`(\w+)`", sentence.partition("; or a callable")[0])
    assert sorted(named) == sorted(keys)
    variables = case.build()._creation.variables
    values = {name: value_of(case.build().parameters[name]) for name in variables}
    started = case.build(initial_parameters=values).parameters
    for name, value in values.items():
        np.testing.assert_allclose(value_of(started[name]), value, rtol=1e-4, atol=1e-5)
    for name in alternatives:
        replaced = case.entry["parameters"][name]["replaces"]
        if replaced not in variables:
            continue  # Its example passes it.
        is_vector = "probability vector" in entries(case.trainable_class.__init__)[name]
        value = np.full(3, 1 / 3) if is_vector else 0.25
        case.build(initial_parameters={name: value})
    for name in {*case.entry["parameters"], *case.entry["sizes"], "no_such"} - keys:
        with pytest.raises(ValueError, match=f"'initial_parameters': expected .*, got '{name}'"):
            case.build(initial_parameters={name: 0.5})


# The shapes of methods.

SHAPE = r"[SB](?: \+ (?:B|E|\[[a-z, ]+\]))*"
FORMS = [
    (rf"Draws of shape ({SHAPE}) and their log [\w() ]+ of shape ({SHAPE})\.", False),
    (rf"Draws of shape ({SHAPE})\.", False),
    (rf".*: shape ({SHAPE}) to shape ({SHAPE})\.", True),
    (rf"The inverse of `cdf` at the probability `value`, of shape ({SHAPE})\.", False),
    (rf".* Shape ({SHAPE})\.", False),
]
DENSITIES = {"log_prob", "prob", "unnormalized_log_prob", "experimental_sample_and_log_prob"}
DISCRETE = {
    "Bernoulli",
    "BetaBinomial",
    "Binomial",
    "Categorical",
    "DeterminantalPointProcess",
    "Deterministic",
    "DirichletMultinomial",
    "Empirical",
    "FiniteDiscrete",
    "Geometric",
    "Hypergeometric",
    "Multinomial",
    "NegativeBinomial",
    "OneHotCategorical",
    "OrderedLogistic",
    "PlackettLuce",
    "Poisson",
    "PoissonLogNormalQuadratureCompound",
    "ProbitBernoulli",
    "QuantizedDistribution",
    "Skellam",
    "StoppingRatioLogistic",
    "VectorDeterministic",
    "ZeroInflatedNegativeBinomial",
    "Zipf",
}


def shapes_in(sentence: str) -> tuple[list[str], list[str]]:
    """The shapes of the input and of the results that a method's docstring states."""
    for pattern, has_input in FORMS:
        if match := re.match(pattern, sentence):
            shapes = list(match.groups())
            return (shapes[:1], shapes[1:]) if has_input else ([], shapes)
    raise AssertionError(f"no shapes: {sentence}")


def shape_in_words(words: str, sample: tuple[int, ...], model: Any) -> list[tuple[int, ...]]:
    """The shape that words mean, for each part of an event."""
    found = []
    batch = model.batch_shape
    batch = tuple(batch if batch.rank is not None else model.batch_shape_tensor().numpy())
    for event_shape in tf.nest.flatten(model.event_shape):
        is_known = event_shape.rank is not None
        event = tuple(event_shape if is_known else model.event_shape_tensor().numpy())
        is_square = len(event) == 2 and event[0] == event[1]
        rank = {"[d]": 1, "[n, m]": 2, "[d, d]": 2 if is_square else 1}
        meanings = {
            "S": sample,
            "B": batch,
            "E": event,
            "[d]": event,
            "[n, m]": event,
            "[d, d]": event if is_square else event * 2,
        }
        terms = words.split(" + ")
        assert all(len(event) == rank.get(term, len(event)) for term in terms), words
        found.append(tuple(int(size) for term in terms for size in meanings[term]))
    return found


# Results that TFP gives once where they are the same for a whole batch, or for all draws.
GIVEN_ONCE = {
    "tfp.distributions.FlatDirichlet": DENSITIES,
    "tfp.distributions.StudentTProcess": {"covariance", "variance", "stddev"},
}


@pytest.mark.parametrize("case", DISTRIBUTIONS, ids=str)
def test_methods_of_a_distribution_give_the_shapes_that_they_say(case):
    sample = (5, 4)
    model = built(case, (2, *case.shape), np.float32) or built(case, case.shape, np.float32)
    methods = {
        name
        for name, it in case.entry["methods"].items()
        if it["runs"] not in ("not implemented", "fails in TFP")
    }
    draws = model.sample(sample, seed=(1, 2))
    for name in sorted(methods):
        sentence = " ".join(inspect.getdoc(getattr(model, name)).split())
        inputs, results = shapes_in(sentence)
        if inputs:
            assert shape_in_words(inputs[0], sample, model) == shapes_of(draws), name
        answer = answer_of(model, name, sample, draws)
        parts = answer if len(results) == 2 else (answer,)
        for words, part in zip(results, parts, strict=True):
            expected = shape_in_words(words, sample, model)
            found = shapes_of(part)
            if name in GIVEN_ONCE.get(case.name, ()):
                expected = [shape[len(shape) - len(found[0]) :] for shape in expected]
            assert found == expected[: len(found)], f"{name}: {sentence}"


def shapes_of(value: Any) -> list[tuple[int, ...]]:
    return [tuple(part.shape) for part in tf.nest.flatten(value)]


def answer_of(model: Any, name: str, sample: tuple[int, ...], draws: Any) -> Any:
    method = getattr(model, name)
    if "sample" in name:
        return method(sample, seed=(1, 2))
    if name == "quantile":
        return method(np.full((*sample, *model.batch_shape), 0.3, np.float32))
    if "value" in inspect.signature(method).parameters:
        return method(draws)
    return method()


@pytest.mark.parametrize("case", DISTRIBUTIONS, ids=str)
def test_what_has_a_mass_is_not_said_to_have_a_density(case):
    """A distribution that is made of others, or of bijectors, may have either."""
    components = [it for it in case.entry["parameters"].values() if it["role"] == "component"]
    is_wrapper = any(
        re.search("Distribution|Bijector|AnyCallable", it["type"]) for it in components
    )
    name = case.name.rpartition(".")[2]
    word = "mass" if name in DISCRETE else "density (or mass)" if is_wrapper else "density"
    for name in DENSITIES:
        sentence = inspect.getdoc(getattr(case.trainable_class, name))
        said = re.search(r"density \(or mass\)|density|mass", sentence)
        assert said[0] == word, name


@pytest.mark.parametrize("case", [case for case in CASES if case.kind == "bijector"], ids=str)
def test_methods_of_a_bijector_say_what_they_map(case):
    cls = case.trainable_class
    for name, argument in (("forward", "x"), ("inverse", "y")):
        assert f"Maps `{argument}`" in inspect.getdoc(getattr(cls, name))
        method = getattr(cls, f"{name}_log_det_jacobian")
        sentence = " ".join(inspect.getdoc(method).split())
        if case.entry["methods"][method.__name__]["runs"] != "not implemented":
            ratio = "dy/dx" if name == "forward" else "dx/dy"
            assert sentence.startswith(f"Log |det {ratio}| at `{argument}`. Summed over the last")
            assert f"by default `{name}_min_event_ndims` of them." in sentence
