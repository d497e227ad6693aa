"""Parameters as attributes, and what supplements say of how they start; one edge case each."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from conftest import FakeDistribution

from tfp_trainables import TRAINABLE
from tfp_trainables_generator.spec.parameters import Attribute, Order

tfb = tfp.bijectors
Properties = tfp.util.ParameterProperties


class Places(FakeDistribution):
    """Keeps one parameter as a property, one as an attribute of the object, one to itself."""

    def __init__(self, at, spread, mean=0.0, name="Places"):
        self.spread = spread
        super().__init__({"at": at, "spread": spread, "mean": mean}, name=name)

    @property
    def at(self):
        return self._at

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {"at": Properties(), "spread": Properties(), "mean": Properties()}


def test_a_parameter_is_what_the_class_has_by_its_name(compile_class):
    spec, trainable, source = compile_class(Places)
    kinds = {parameter.name: parameter.attribute for parameter in spec.parameters}
    assert kinds == {
        "at": Attribute.PROPERTY,
        "spread": Attribute.MISSING,
        "mean": Attribute.OTHER,  # A method that all distributions have.
        "name": Attribute.OTHER,
    }
    assert source.count("return self._parameter(") == 2
    assert "def mean(" not in source
    model = trainable(spread=[1.0, 2.0])
    assert model.at is model.trainable_variables[0]
    assert model.spread == [1.0, 2.0]  # As the constructor has set it.


def test_what_the_class_keeps_to_itself_is_read_of_the_arguments(compile_class):
    class Kept(FakeDistribution):
        def __init__(self, rate, other=None):
            super().__init__({"rate": rate, "other": other})

        @classmethod
        def _parameter_properties(cls, dtype, num_classes=None):
            return {"rate": Properties(), "other": Properties(is_preferred=False)}

    _, trainable, source = compile_class(Kept)
    assert "def rate(self) -> Parameter:" in source
    assert "def other(self) -> Parameter | None:" in source
    model = trainable(rate=[1, 2])
    assert tf.is_tensor(model.rate)
    assert model.other is None


class Ends(FakeDistribution):
    def __init__(self, low, high, count=1.0):
        super().__init__({"low": low, "high": high, "count": count})

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {"low": Properties(), "high": Properties(), "count": Properties()}


def entry(name):
    return f"tfp.distributions.Ends.{name}"


def test_a_variable_starts_in_order(compile_class):
    orders = {entry("low"): Order(below=("high",)), entry("high"): Order(above=("low",))}
    _, trainable, source = compile_class(Ends, orders=orders)
    assert 'below={"high": high},' in source
    said = " ".join(source.split())
    assert "It starts below `high`, where that is passed or has an initial value." in said
    assert trainable(high=-5.0, seed=1).parameters["low"] < -5
    assert trainable(low=5.0, seed=1).parameters["high"] > 5
    for given in (
        {"low": 3.0},
        lambda name, shape, dtype, **_: tf.fill(shape, dtype.as_numpy_dtype(3)),
    ):
        with pytest.raises(ValueError, match=r"'low': .* \(below 'high', which is 2\.\), got 3"):
            trainable(given, high=2.0)
    both = trainable(seed=(1, 2))
    other = trainable(high=1e6, seed=(1, 2))
    np.testing.assert_array_equal(both.parameters["low"], other.parameters["low"])


def test_integers_that_are_meant_as_reals(compile_class):
    table = {entry("count"): "a count"}
    _, trainable, source = compile_class(Ends, naturally_integers=table)
    assert "count=initializer.as_real(count)" in source
    variable = tf.Variable(3)
    for passed, dtype in (
        (np.int64(3), tf.float32),
        (tf.constant([3, 4]), tf.float32),
        (np.float64(3), np.float64),
        (3, int),
    ):
        found = trainable(count=passed).parameters["count"]
        assert getattr(found, "dtype", type(found)) == dtype
    assert trainable(count=variable).parameters["count"] is variable
    mixed = trainable(low=np.float64(0), count=np.int64(3), parameter_dtype=tf.float64)
    assert mixed.parameters["count"].dtype == tf.float64
    assert trainable(low=np.float64(0), count=np.int64(3)).parameters["count"].dtype == tf.float64


class Noise(FakeDistribution):
    def __init__(self, noise, later=None):
        super().__init__({"noise": noise, "later": later})

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {
            "later": Properties(default_constraining_bijector_fn=tfb.Softplus),
            "noise": Properties(default_constraining_bijector_fn=tfb.Softplus),
        }


def test_what_follows_another_is_created_on_request(compile_class):
    table = {"tfp.distributions.Noise.later": "noise"}
    spec, trainable, source = compile_class(Noise, follows=table)
    assert "later: TensorLike | Omitted | None = None" in source
    assert spec.created_by_make_trainable == ("later", "noise")
    assert trainable._created_by_make_trainable == ("later", "noise")
    model = trainable()
    assert model.parameters["later"] is None
    assert [variable.name for variable in model.trainable_variables] == ["noise:0"]
    asked = trainable({"later": 2.0}, later=TRAINABLE)
    assert asked.parameters["later"].numpy() == pytest.approx(2)
    # In a checkpoint of the dynamic object, the one that is not created has the first place.
    places = model._by_position()
    assert not hasattr(places, "0")
    assert getattr(places, "1") is model._creation.variables["noise"]


def test_a_value_is_required_where_the_class_takes_no_none(compile_class):
    _, trainable, source = compile_class(Noise)
    assert 'optional=("later",)' in source
    assert trainable(later=None).parameters["later"] is None
    with pytest.raises(TypeError, match=r"'noise': expected a value, or TRAINABLE .* got None"):
        trainable(noise=None)
