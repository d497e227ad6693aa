"""One edge case of the compiler each, executed."""

import enum

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from conftest import FakeDistribution
from tensorflow_probability.python.internal import parameter_properties

from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.read.classes import read
from tfp_trainables_generator.spec.classes import SkippedClass, SkipReason, from_json, to_json
from tfp_trainables_generator.spec.expressions import (
    BijectorSpec,
    Dimension,
    ParameterValue,
    Reference,
    Scalar,
    ShapeRule,
)
from tfp_trainables_generator.spec.parameters import Role
from tfp_trainables_generator.supplements.model import Constraint, Replacement, Supplements

tfb = tfp.bijectors
Properties = tfp.util.ParameterProperties
UNKNOWN = parameter_properties.BIJECTOR_NOT_IMPLEMENTED


def test_scalar_parameter_with_a_bound_that_depends_on_the_dtype(compile_class):
    class Bounded(FakeDistribution):
        def __init__(self, scale, validate_args=False, name="Bounded"):
            super().__init__({"scale": scale}, validate_args, name)

        @classmethod
        def _parameter_properties(cls, dtype, num_classes=None):
            eps = np.finfo(tf.as_dtype(dtype).as_numpy_dtype).eps
            return {
                "scale": Properties(
                    default_constraining_bijector_fn=lambda: tfb.Softplus(low=3 + 2 * eps)
                )
            }

    spec, trainable, source = compile_class(Bounded)
    (parameter,) = spec.trainable_parameters
    assert parameter.bijector.arguments == (("low", Scalar(3.0, 2.0, of_dtype=True)),)
    assert "Softplus(low=3 + 2 * eps)" in source
    for dtype in (np.float16, np.float32, np.float64):
        model = trainable(parameter_dtype=dtype, seed=(1, 2))
        assert model._scale.bijector.low.numpy() == dtype(3) + 2 * np.finfo(dtype).eps
        assert model.trainable_variables[0].dtype == dtype


def test_constant_bound_of_the_parameters_dtype(compile_class):
    class AboveTwo(FakeDistribution):
        def __init__(self, df):
            super().__init__({"df": df})

        @classmethod
        def _parameter_properties(cls, dtype, num_classes=None):
            low = tf.as_dtype(dtype).as_numpy_dtype(2)
            return {
                "df": Properties(default_constraining_bijector_fn=lambda: tfb.Softplus(low=low))
            }

    _, trainable, source = compile_class(AboveTwo)
    assert "Softplus(low=initializer.dtype.as_numpy_dtype(2))" in source
    assert trainable(parameter_dtype=tf.float64)._df.bijector.low.dtype == tf.float64


def test_variables_are_created_in_the_order_of_the_properties(compile_class):
    class Reordered(FakeDistribution):
        def __init__(self, first, second):
            super().__init__({"first": first, "second": second})

        @classmethod
        def _parameter_properties(cls, dtype, num_classes=None):
            return {"second": Properties(), "first": Properties()}

    spec, trainable, _ = compile_class(Reordered)
    assert spec.variables == ("second", "first")
    model = trainable(seed=(1, 2))
    dynamic = tfp.experimental.util.make_trainable(Reordered, seed=(1, 2))
    for left, right in zip(model.variables, dynamic.variables, strict=True):
        assert left.name == right.name
        assert left.numpy() == right.numpy()


@pytest.mark.parametrize(
    ("shape_fn", "rule", "expected"),
    [
        (lambda s: s, ShapeRule(), (5, 3)),
        (lambda s: s[:-1], ShapeRule(1), (5,)),
        (lambda s: s[:-2], ShapeRule(2), ()),
        (lambda s: [*s, s[-1]], ShapeRule(0, (Dimension(),)), (5, 3, 3)),
        (lambda s: [*s[:-1], s[-1], s[-1]], ShapeRule(0, (Dimension(),)), (5, 3, 3)),
        (lambda s: [*s[:-1], s[-1] - 1], ShapeRule(1, (Dimension(offset=-1),)), (5, 2)),
        (lambda s: [*s, 3], ShapeRule(0, (3,)), (5, 3, 3)),
        (lambda s: [*s[:-1], 2, 19], ShapeRule(1, (2, 19)), (5, 2, 19)),
        (lambda _: [], ShapeRule(is_scalar=True), ()),
    ],
)
def test_shape_rules(compile_class, shape_fn, rule, expected):
    class Shaped(FakeDistribution):
        def __init__(self, loc):
            super().__init__({"loc": loc})

        @classmethod
        def _parameter_properties(cls, dtype, num_classes=None):
            return {"loc": Properties(shape_fn=shape_fn)}

    spec, trainable, _ = compile_class(Shaped)
    assert spec.trainable_parameters[0].shape == rule
    assert trainable(batch_and_event_shape=(5, 3))._loc.shape == expected


def test_size_that_the_shape_does_not_tell(compile_class):
    class Sized(FakeDistribution):
        def __init__(self, cutpoints=None):
            super().__init__({"cutpoints": cutpoints})

        @classmethod
        def _parameter_properties(cls, dtype, num_classes=None):
            return {
                "cutpoints": Properties(event_ndims=1, shape_fn=lambda s: [*s, num_classes - 1])
            }

    spec, trainable, _ = compile_class(Sized)
    assert spec.sizes == ("num_classes",)
    assert trainable(batch_and_event_shape=(5,), num_classes=4)._cutpoints.shape == (5, 3)
    assert trainable(cutpoints=[0.0])._cutpoints == [0.0]
    with pytest.raises(ValueError, match=r"TrainableSized, argument 'num_classes': expected"):
        trainable()
    with pytest.raises(ValueError, match="at least 2"):
        trainable(num_classes=1)


@pytest.mark.parametrize(
    "shape_fn",
    [
        lambda s, size: [2 * n for n in s],
        lambda s, size: [*s, 2 * size],
        lambda s, size: [3],
        lambda s, size: [*s, len(s)],
        lambda s, size: [*s, *s],
    ],
)
def test_shape_rule_that_has_no_expression(public_class, shape_fn):
    class Strange(FakeDistribution):
        def __init__(self, loc):
            super().__init__({"loc": loc})

        @classmethod
        def _parameter_properties(cls, dtype, num_classes=None):
            return {"loc": Properties(shape_fn=lambda shape: shape_fn(shape, num_classes))}

    with pytest.raises(CompilationError, match=r"Strange, parameter 'loc': shape_fn: expected"):
        read(public_class(Strange), Supplements())


def test_bijector_whose_class_depends_on_the_dtype(public_class):
    class Fickle(FakeDistribution):
        def __init__(self, loc):
            super().__init__({"loc": loc})

        @classmethod
        def _parameter_properties(cls, dtype, num_classes=None):
            bijector = tfb.Exp if dtype == tf.float64 else tfb.Softplus
            return {"loc": Properties(default_constraining_bijector_fn=bijector)}

    with pytest.raises(CompilationError, match="depends on the dtype"):
        read(public_class(Fickle), Supplements())


def test_composed_bijector(compile_class):
    class Composed(FakeDistribution):
        def __init__(self, scale):
            super().__init__({"scale": scale})

        @classmethod
        def _parameter_properties(cls, dtype, num_classes=None):
            return {
                "scale": Properties(
                    default_constraining_bijector_fn=lambda: tfb.Chain(
                        [tfb.Shift(1.0), tfb.Softplus(hinge_softness=2.0)]
                    )
                )
            }

    _, trainable, source = compile_class(Composed)
    expected = "Chain(bijectors=[Shift(shift=1.0), Softplus(hinge_softness=2.0)])"
    assert expected in "".join(line.strip() for line in source.splitlines()).replace(",S", ", S")
    assert np.asarray(trainable({"scale": 3.0})._scale) == pytest.approx(3.0)


def test_parameter_without_a_constraint_must_be_passed(compile_class):
    class Unconstrained(FakeDistribution):
        def __init__(self, low=0.0, high=1.0):
            super().__init__({"low": low, "high": high})

        @classmethod
        def _parameter_properties(cls, dtype, num_classes=None):
            def missing():
                raise NotImplementedError

            return {
                "low": Properties(),
                "high": Properties(default_constraining_bijector_fn=missing),
            }

    spec, trainable, _ = compile_class(Unconstrained)
    assert spec.parameter("high").role is Role.UNCONSTRAINED
    with pytest.raises(TypeError, match=r"TrainableUnconstrained.__init__\(\) missing .* 'high'"):
        trainable()
    assert trainable(high=2.0)._high == 2.0


def test_default_that_is_no_literal(compile_class, public_class):
    def callback(x):
        return x

    class WithCallback(FakeDistribution):
        def __init__(self, loc, map_fn=callback, inverse_fn=tf.linalg.inv):
            super().__init__({"loc": loc, "map_fn": map_fn, "inverse_fn": inverse_fn})

        @classmethod
        def _parameter_properties(cls, dtype, num_classes=None):
            return {"loc": Properties()}

    with pytest.raises(CompilationError, match="has no name to import it by"):
        read(public_class(WithCallback), Supplements())


class Mode(enum.Enum):
    FAST = 1


def test_types_that_a_class_annotates(compile_class):
    class Typed(FakeDistribution):
        def __init__(self, loc: float, mode: Mode, precision: "float | None" = None):
            super().__init__({"loc": loc, "mode": mode, "precision": precision})

        @classmethod
        def _parameter_properties(cls, dtype, num_classes=None):
            return {"loc": Properties()}

    spec, trainable, source = compile_class(Typed)
    types = [parameter.annotation.source for parameter in spec.parameters]
    assert types == ["TensorLike", "Mode", "float | None"]
    assert from_json(to_json(spec)) == spec
    assert f"from {__name__} import Mode" in source
    assert trainable(mode=Mode.FAST)._mode is Mode.FAST


def test_hidden_arguments_need_a_supplement(public_class):
    class Hiding(FakeDistribution):
        def __init__(self, loc, **kwargs):
            super().__init__({"loc": loc, **kwargs})

        @classmethod
        def _parameter_properties(cls, dtype, num_classes=None):
            return {"loc": Properties()}

    with pytest.raises(CompilationError, match=r"where its \*\*kwargs go"):
        read(public_class(Hiding), Supplements())


def test_name_that_the_template_needs_itself(compile_class):
    class Clashing(FakeDistribution):
        def __init__(self, eps):
            super().__init__({"eps": eps})

        @classmethod
        def _parameter_properties(cls, dtype, num_classes=None):
            return {"eps": Properties()}

    with pytest.raises(
        CompilationError, match="parameter 'eps': generated constructors use this name"
    ):
        compile_class(Clashing)


def test_supplement_that_tfp_makes_superfluous(public_class):
    class Counting(FakeDistribution):
        def __init__(self, total_count):
            super().__init__({"total_count": total_count})

        @classmethod
        def _parameter_properties(cls, dtype, num_classes=None):
            return {"total_count": Properties(specifies_shape=True)}

    table = {"tfp.distributions.Counting.total_count": "a count is discrete"}
    with pytest.raises(CompilationError, match="remove the supplement"):
        read(public_class(Counting), Supplements(structural=table))


def test_supplement_of_a_default_that_is_none(public_class):
    class Whole(FakeDistribution):
        def __init__(self, part):
            super().__init__({"part": part})

        @classmethod
        def _parameter_properties(cls, dtype, num_classes=None):
            return {}

    table = {"tfp.distributions.Whole": (("part",),)}
    with pytest.raises(CompilationError, match="remove the supplement: it has no default"):
        read(public_class(Whole), Supplements(refused_defaults=table))


class Interval(FakeDistribution):
    """Of which TFP states no constraint of one bound to the other."""

    def __init__(self, low, high):
        super().__init__({"low": low, "high": high})

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {
            "low": Properties(),
            "high": Properties(default_constraining_bijector_fn=UNKNOWN),
        }


def above(parameter):
    bound = (("low", ParameterValue(parameter)),)
    return BijectorSpec(Reference("tfp_trainables_runtime.constraints", "GreaterThan"), bound)


def of_interval(**constraints):
    return {f"tfp.distributions.Interval.{name}": it for name, it in constraints.items()}


def test_constraint_that_binds_one_parameter_to_another(compile_class):
    table = of_interval(high=Constraint("an interval", above("low")))
    spec, trainable, source = compile_class(Interval, constraints=table)
    assert spec.needed_by_make_trainable == ("high",)
    assert spec.parameter("high").source == "an interval"
    assert "partial(GreaterThan, low=initializer.as_tensor(low))" in source
    assert "constrained by `GreaterThan(low=low)`: an interval" in " ".join(source.split())
    model = trainable(low=5, seed=(1, 2))
    assert model._high.numpy() > 5
    model = trainable(low=tf.Variable(3.0), initial_parameters={"high": 4.0})
    assert model._high.numpy() == pytest.approx(4)
    model._low.assign(10.0)
    assert model._high.numpy() == pytest.approx(11)


@pytest.mark.parametrize(
    ("constraints", "message"),
    [
        ({"low": Constraint("?", above("high"))}, "states a constraining bijector"),
        ({"high": Constraint("?", above("low"), ShapeRule())}, "states a shape rule"),
        ({"high": Constraint("?")}, "neither TFP nor the supplement"),
    ],
)
def test_constraint_that_does_not_fit_what_tfp_states(public_class, constraints, message):
    with pytest.raises(CompilationError, match=message):
        read(public_class(Interval), Supplements(constraints=of_interval(**constraints)))


def test_constraint_that_is_bound_to_what_is_created_later(public_class):
    constraint = Constraint("?", above("high"), mistaken_bijector=IDENTITY)
    table = of_interval(low=constraint, high=Constraint("?", above("low")))
    message = "tfp.distributions.Interval: low is bound to what is created after it"
    with pytest.raises(CompilationError, match=message):
        read(public_class(Interval), Supplements(constraints=table))


def test_class_without_annotations_is_skipped(public_class):
    class Unannotated(FakeDistribution):
        def __init__(self, loc):
            super().__init__({"loc": loc})

        @classmethod
        def _parameter_properties(cls, dtype, num_classes=None):
            raise NotImplementedError

    skipped = read(public_class(Unannotated), Supplements())
    assert isinstance(skipped, SkippedClass)
    assert skipped.reason is SkipReason.NO_PARAMETER_PROPERTIES


IDENTITY = BijectorSpec(Reference("tensorflow_probability.python.bijectors.identity", "Identity"))


def test_class_without_annotations_that_supplements_describe(compile_class):
    class Unannotated(FakeDistribution):
        def __init__(self, count, loc, prior, flag=False):
            super().__init__({"count": count, "loc": loc, "prior": prior, "flag": flag})

        @classmethod
        def _parameter_properties(cls, dtype, num_classes=None):
            raise NotImplementedError

    name = "tfp.distributions.Unannotated"
    constraint = Constraint("any", IDENTITY, ShapeRule(), event_ndims=1)
    spec, trainable, _ = compile_class(
        Unannotated,
        parts={name: ("prior",)},
        constraints={f"{name}.loc": constraint},
        structural={f"{name}.count": "a count is discrete"},
    )
    roles = {parameter.name: parameter.role.value for parameter in spec.parameters}
    assert roles == {
        "count": "structural",
        "loc": "trainable",
        "prior": "component",
        "flag": "option",
    }
    assert spec.minimum_ndims == (), "its part may have the dimensions"
    assert spec.parameter("loc").minimum_ndims == 1
    assert not spec.make_trainable_builds
    model = trainable(None, [2], count=3, prior=None, seed=1)
    assert model._loc.shape == [2]


def test_parts_of_a_class_that_tfp_annotates(public_class):
    table = {"tfp.distributions.Interval": ("low",)}
    with pytest.raises(CompilationError, match="remove the supplement: TFP annotates"):
        read(public_class(Interval), Supplements(parts=table))


def test_alternative_that_tfp_prefers_by_mistake(compile_class):
    class Scaled(FakeDistribution):
        def __init__(self, scale=None, inverse_scale=None):
            super().__init__({"scale": scale, "inverse_scale": inverse_scale})

        @classmethod
        def _parameter_properties(cls, dtype, num_classes=None):
            return {"scale": Properties(), "inverse_scale": Properties()}

    name = "tfp.distributions.Scaled.inverse_scale"
    table = {name: Replacement("scale", "RECIPROCAL", is_mistakenly_preferred=True)}
    spec, trainable, _ = compile_class(Scaled, replaces=table)
    assert spec.variables == ("scale",)
    assert spec.needed_by_make_trainable == ("inverse_scale",)
    assert trainable({"inverse_scale": 4.0})._scale.numpy() == pytest.approx(0.25)
    assert trainable(inverse_scale=4.0).trainable_variables == ()


def test_generated_code_reads_no_properties(compile_class):
    calls = []

    class Counted(FakeDistribution):
        def __init__(self, loc):
            super().__init__({"loc": loc})

        @classmethod
        def _parameter_properties(cls, dtype, num_classes=None):
            calls.append(dtype)
            return {"loc": Properties()}

    _, trainable, _ = compile_class(Counted)
    del calls[:]
    trainable(seed=(1, 2))
    assert not calls


def test_specs_round_trip_through_json(compile_class):
    class Simple(FakeDistribution):
        def __init__(self, loc):
            super().__init__({"loc": loc})

        @classmethod
        def _parameter_properties(cls, dtype, num_classes=None):
            return {"loc": Properties(default_constraining_bijector_fn=tfb.Exp)}

    spec, _, _ = compile_class(Simple)
    assert from_json(to_json(spec)) == spec
