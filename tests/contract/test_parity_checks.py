"""The checks that users get for their own classes refuse what is wrong, and say what it is."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from tfp_trainables import bijectors, distributions, kernels
from tfp_trainables_runtime.testing import parity

tfd = tfp.distributions
tfb = tfp.bijectors
Properties = tfp.util.ParameterProperties


class Wrong(distributions.TrainableNormal):
    """A trainable, of which each test makes something else wrong."""


class WrongScale(bijectors.TrainableScale):
    """Likewise."""


class WrongKernel(kernels.TrainableExponentiatedQuadratic):
    """Likewise."""


@dataclass(frozen=True)
class Altered(parity.Case):
    """A case of which something is altered after the oracle has been made of its arguments.

    Attributes:
      rebuilt: further arguments of the trainable alone.
      alter: what is done to the trainable.
    """

    rebuilt: Any = None
    alter: Any = None

    def build(self, dtype, **overrides):
        model = super().build(dtype, **{**overrides, **(self.rebuilt or dict)()})
        if self.alter is not None:
            self.alter(model)
        return model


def case(methods=("log_prob", "mean"), **facts):
    return Altered(
        **{
            "tfp_class": tfd.Normal,
            "trainable_class": Wrong,
            "methods": methods,
            **facts,
        }
    )


def of_scale(methods=("forward", "inverse"), **facts):
    return case(methods, **{"tfp_class": tfb.Scale, "trainable_class": WrongScale, **facts})


def of_kernel(methods=("matrix", "tensor"), **facts):
    tfp_class = tfp.math.psd_kernels.ExponentiatedQuadratic
    given = {"inverse_length_scale": None}
    base = {"tfp_class": tfp_class, "trainable_class": WrongKernel, "arguments": lambda _: given}
    return case(methods, **{**base, **facts})


def answering(method, change, base=Wrong):
    """A class one of whose methods answers what `change` makes of the right answer."""

    def changed(self, *arguments, **keywords):
        return change(getattr(super(cls, self), method)(*arguments, **keywords))

    cls = type(base.__name__, (base,), {method: changed})
    return cls


def instead(method, answer, base=Wrong):
    """A class one of whose methods answers something else."""
    return type(base.__name__, (base,), {method: answer})


@tf.custom_gradient
def with_scaled_gradient(x):
    return x, lambda upstream: upstream * (1 + 1e-4)


def nudged(x):
    return x * (1 + 1e-4)


def not_op_by_op(x):
    """Wrong where programs run."""
    return x if tf.config.functions_run_eagerly() else nudged(x)


def raising(error):
    def call(self, *_, **__):
        raise error

    return call


def remembering(method, base=Wrong):
    """A class one of whose methods answers for ever what it has answered first."""

    def remembered(self, *arguments, **keywords):
        known = self.__dict__.setdefault("_remembered", {})
        if method not in known:
            known[method] = getattr(super(cls, self), method)(*arguments, **keywords)
        return known[method]

    cls = type(base.__name__, (base,), {method: remembered})
    return cls


def variable(value, name, **rest):
    return tf.Variable(value, name=name, **rest)


def constrained(value, bijector, name="scale"):
    return tfp.util.TransformedVariable(value, bijector, name=name)


class Reversed(Wrong):
    @property
    def trainable_variables(self):
        return super().trainable_variables[::-1]


class OfAnotherKind(bijectors.TrainableScale):
    """No normal distribution."""


class CopyOfItself(Wrong):
    def copy(self, **_):
        return self


class CopyOfOthers(Wrong):
    def copy(self, **_):
        return tfd.Normal(tf.Variable(self.loc), tf.Variable(self.scale))


class CopyWithOneOther(Wrong):
    def copy(self, **_):
        return tfd.Normal(self.loc, tf.Variable(self.scale))


class FrozenCopy(Wrong):
    def copy(self, **_):
        plain = super().copy()
        plain._parameters = {**plain._parameters, "scale": tf.convert_to_tensor(self.scale)}
        return plain


def assign_nan(model):
    model.loc.assign(np.nan)


DRAWN = "experimental_sample_and_log_prob"
JACOBIAN = "forward_log_det_jacobian"
FLOAT = r"-?[\d.]+(e-?\d+)?"
OFF = rf"expected np\.float32\({FLOAT}\), got np\.float32\({FLOAT}\), [\d.e+]+ ulps off where "
MOVED = ", after a change of the variables: "

VARIABLES = {
    "a seed": (case(rebuilt=lambda: {"seed": (5, 6)}), r"Wrong, variable 'loc:0', initial value: "),
    "a seed that nothing is made of": (
        case(has_oracle=False, rebuilt=lambda: {"seed": None}),
        r"Wrong, initial value of variable 'loc:0', twice of one seed: expected -?\d.*, got -?\d",
    ),
    "a dtype": (
        case(rebuilt=lambda: {"parameter_dtype": np.float64}),
        r"Wrong, variable 'loc:0', dtype: expected .*float32.*, got .*float64",
    ),
    "a dtype that nothing is compared with": (
        case(has_oracle=False, rebuilt=lambda: {"parameter_dtype": np.float64}),
        r"Wrong, initial value of variable 'loc:0', dtype: expected float32, got float64",
    ),
    "a shape": (
        case(rebuilt=lambda: {"batch_and_event_shape": [2]}),
        r"Wrong, variable 'loc:0', shape: expected \(\), got \(2,\)",
    ),
    "a value": (
        case(alter=lambda model: model.loc.assign_add(1e-6)),
        rf"Wrong, variable 'loc:0', initial value: {OFF}0 are allowed",
    ),
    "a name": (
        case(rebuilt=lambda: {"loc": variable(0.0, "location")}),
        r"Wrong.trainable_variables: expected \['loc:0', 'scale:0'\], got \['location:0', 's",
    ),
    "an order": (
        case(trainable_class=Reversed),
        r"Reversed.trainable_variables: expected \['loc:0', 'scale:0'\], got \['scale:0', 'loc",
    ),
    "a number of variables": (
        case(rebuilt=lambda: {"loc": 0.0}),
        r"Wrong.trainable_variables: expected \['loc:0', 'scale:0'\], got \['scale:0'\]",
    ),
    "a variable that is not trained": (
        case(rebuilt=lambda: {"loc": variable(0.0, "loc", trainable=False)}),
        r"Wrong.trainable_variables: expected \['loc:0', 'scale:0'\], got \['scale:0'\]",
    ),
    "a start that is no number": (
        case(has_oracle=False, alter=assign_nan),
        r"Wrong, initial value of variable 'loc:0': expected finite numbers, got nan",
    ),
}
METHODS = {
    "a density": (case(trainable_class=answering("log_prob", nudged)), rf"Wrong.log_prob.*: {OFF}"),
    "a density slightly": (
        case(trainable_class=answering("log_prob", lambda x: x * (1 + 1e-5))),
        r"Wrong.log_prob\[1\]: .* \(1 of 2 elements are off\)",
    ),
    "a statistic": (
        case(trainable_class=answering("mean", nudged)),
        rf"Wrong.mean: {OFF}\d\d are allowed$",
    ),
    "the upper tail": (
        case(trainable_class=answering("survival_function", nudged)),
        r"Wrong.survival_function",
    ),
    "quantiles": (case(trainable_class=answering("quantile", nudged)), r"Wrong.quantile: "),
    "a draw": (
        case(trainable_class=answering("sample", lambda x: x * (1 + 2e-7))),
        rf"Wrong.sample.*: {OFF}0 are allowed",
    ),
    "a draw with its density": (
        case(trainable_class=answering(DRAWN, lambda x: (x[0], -x[1]))),
        r"Wrong.experimental_sample_and_log_prob, part 1\[0\]: ",
    ),
    "a tuple": (
        case(trainable_class=answering(DRAWN, list)),
        r"expected tuple\(one value, one value\), got list\(one value, one value\)",
    ),
    "a gradient": (
        case(trainable_class=answering("log_prob", with_scaled_gradient)),
        rf"Wrong.log_prob, gradients, part 0: {OFF}",
    ),
    "a gradient of a statistic": (
        case(trainable_class=answering("mean", with_scaled_gradient)),
        r"Wrong.mean, gradients, part 0: ",
    ),
    "no gradient": (
        case(trainable_class=answering("log_prob", tf.stop_gradient)),
        r"Wrong.log_prob, gradients, part 0: expected one, -?[\d.]+, got none",
    ),
    "a gradient where there is none": (
        case(trainable_class=instead("mean", lambda self: self.loc + 0 * self.scale)),
        r"Wrong.mean, gradients, part 1: expected none, got one, 0\.",
    ),
    "a shape": (
        case(trainable_class=answering("mean", lambda x: x[tf.newaxis])),
        r"Wrong.mean: expected shape \(\), got \(1,\)",
    ),
    "a dtype": (
        case(trainable_class=answering("mean", lambda x: tf.cast(x, tf.float64))),
        r"Wrong.mean: expected dtype float32, got float64",
    ),
    "an error": (
        case(trainable_class=instead("mean", raising(KeyError("no mean")))),
        r"Wrong.mean: expected -?[\d.]+, got KeyError: 'no mean'",
    ),
    "no error": (
        case(trainable_class=instead("covariance", lambda self: self.loc)),
        r"Wrong.covariance: expected NotImplementedError: .*, got -?[\d.]+",
    ),
    "another error": (
        case(trainable_class=instead("covariance", raising(KeyError("none")))),
        r"Wrong.covariance: expected NotImplementedError: .*, got KeyError: 'none'",
    ),
    "a constant": (
        case(["log_prob"], trainable_class=remembering("mean")),
        rf"Wrong.mean{MOVED}{OFF}",
    ),
    "a constant, without an oracle": (
        case(["log_prob"], trainable_class=remembering("mean"), has_oracle=False),
        rf"Wrong.mean{MOVED}{OFF}",
    ),
    "a gradient, without an oracle": (
        case(trainable_class=answering("log_prob", with_scaled_gradient), has_oracle=False),
        rf"Wrong.log_prob, gradients, part 0: {OFF}",
    ),
    "a map": (
        of_scale(trainable_class=answering("forward", nudged, WrongScale)),
        rf"WrongScale.forward\[0\]: {OFF}",
    ),
    "an inverse": (
        of_scale(trainable_class=answering("inverse", nudged, WrongScale)),
        rf"WrongScale.inverse\[0\]: {OFF}",
    ),
    "a Jacobian": (
        of_scale(trainable_class=answering(JACOBIAN, lambda x: x + 1, WrongScale)),
        r"WrongScale.forward_log_det_jacobian: ",
    ),
    "a Jacobian of the inverse": (
        of_scale(trainable_class=answering("inverse_log_det_jacobian", lambda x: -x, WrongScale)),
        r"WrongScale.inverse_log_det_jacobian: ",
    ),
    "a gradient of a map": (
        of_scale(trainable_class=answering("forward", with_scaled_gradient, WrongScale)),
        rf"WrongScale.forward, gradients: {OFF}",
    ),
    "a constant map": (
        of_scale(["inverse"], trainable_class=remembering("forward", WrongScale)),
        rf"WrongScale.forward{MOVED[:-2]}",
    ),
    "a kernel": (
        of_kernel(trainable_class=answering("matrix", nudged, WrongKernel)),
        r"WrongKernel.matrix\[0, 0\]: ",
    ),
    "a kernel of pairs": (
        of_kernel(trainable_class=answering("apply", nudged, WrongKernel)),
        r"WrongKernel.apply\[0\]: ",
    ),
    "a kernel of all pairs": (
        of_kernel(trainable_class=answering("tensor", nudged, WrongKernel)),
        r"WrongKernel.tensor\[0, 0\]: ",
    ),
    "a gradient of a kernel": (
        of_kernel(trainable_class=answering("matrix", tf.stop_gradient, WrongKernel)),
        r"WrongKernel.matrix, gradients, part 0: expected one, ",
    ),
}
PROGRAMS = {
    "a density": (
        case(["log_prob"], trainable_class=answering("log_prob", not_op_by_op)),
        rf"Wrong.log_prob, as a graph, as probabilities\[0\]: {OFF}",
    ),
    "a density far out": (
        case(["log_prob"], trainable_class=answering("log_prob", lambda x: x + 1e-3)),
        r"Wrong.log_prob, as a graph, as probabilities\[0\]: ",
    ),
    "a statistic": (
        case(["mean"], trainable_class=answering("mean", not_op_by_op)),
        rf"Wrong.mean, as a graph: {OFF}",
    ),
    "a draw": (
        case(["sample"], trainable_class=answering("sample", not_op_by_op)),
        rf"Wrong.sample, as a graph\[0\]: {OFF}",
    ),
    "a draw with its density": (
        case(
            [DRAWN],
            trainable_class=answering(DRAWN, lambda x: (x[0], x[1] + 1e-3)),
        ),
        r"Wrong.experimental_sample_and_log_prob, as a graph, as probabilities, part 1\[0\]: ",
    ),
    "a constant": (
        case(["mean"], trainable_class=remembering("mean")),
        rf"Wrong.mean, as a graph{MOVED}{OFF}",
    ),
    "an error": (
        case(["mean"], trainable_class=instead("mean", raising(KeyError("a")))),
        r"Wrong.mean, as a graph: expected -?[\d.]+, got KeyError: 'a'",
    ),
    "no error": (
        case(["covariance"], trainable_class=instead("covariance", lambda self: self.loc)),
        r"Wrong.covariance, as a graph: expected NotImplementedError: .*, got ",
    ),
    "another error": (
        case(["covariance"], trainable_class=instead("covariance", raising(KeyError("a")))),
        r"Wrong.covariance, as a graph: expected NotImplementedError: .*, got KeyError: 'a'",
    ),
    "a method that is not run": (
        case(["mean", "median"]),
        r"Wrong.median, as a graph: expected a method that can be called, got no arguments for it$",
    ),
    "a map": (
        of_scale(["inverse"], trainable_class=answering("inverse", not_op_by_op, WrongScale)),
        rf"WrongScale.inverse, as a graph\[0\]: {OFF}",
    ),
    "a kernel": (
        of_kernel(["tensor"], trainable_class=answering("tensor", not_op_by_op, WrongKernel)),
        r"WrongKernel.tensor, as a graph\[0, 0\]: ",
    ),
}
COPIES = {
    "of another class": (
        case(tfp_class=tfd.Laplace),
        r"Wrong: expected a subclass of Laplace, got .*Normal",
    ),
    "itself": (
        case(trainable_class=CopyOfItself),
        r"CopyOfItself.copy\(\): expected a Normal, got",
    ),
    "of other variables": (
        case(trainable_class=CopyOfOthers),
        r"CopyOfOthers.copy\(\): expected the 2 variables of .*, got 2, of which it shares 0",
    ),
    "of another variable": (
        case(trainable_class=CopyWithOneOther),
        r"CopyWithOneOther.copy\(\): expected the 2 .*, got 2, of which it shares 1$",
    ),
    "frozen": (
        case(trainable_class=FrozenCopy),
        rf"FrozenCopy.copy\(\), parameter 'scale'{MOVED}{OFF}0 are allowed",
    ),
}


def of_matrix(**facts):
    return case(
        tfp_class=tfd.MultivariateNormalTriL,
        trainable_class=distributions.TrainableMultivariateNormalTriL,
        batch_and_event_shape=(3,),
        **facts,
    )


def of_probability(**facts):
    return case(tfp_class=tfd.Bernoulli, trainable_class=distributions.TrainableBernoulli, **facts)


def of_size(**facts):
    return case(
        tfp_class=tfd.OrderedLogistic,
        trainable_class=distributions.TrainableOrderedLogistic,
        arguments=lambda _: {"num_classes": 4},
        sizes=["num_classes"],
        passed=["cutpoints"],
        **facts,
    )


CONSTRAINTS = {
    "none": (
        case(rebuilt=lambda: {"scale": variable(1.0, "scale")}),
        r"Wrong, parameter 'scale' for variables of -30: expected greater than 1\.19\S+, got -30\.",
    ),
    "a lower end": (
        case(rebuilt=lambda: {"scale": constrained(1.0, tfb.Softplus())}),
        r"parameter 'scale' for variables of -30: expected greater than 1\.19\S+, got 9\.\S+e-14",
    ),
    "an upper end": (
        of_probability(rebuilt=lambda: {"probs": constrained(1.0, tfb.Softplus(), "probs")}),
        r"'probs' for variables of 1: expected between 0 and 1, got 1\.3",
    ),
    "a far upper end": (
        of_probability(rebuilt=lambda: {"probs": constrained(1.0, tfb.Sigmoid(0.0, 1.1), "probs")}),
        r"'probs' for variables of 30: expected between 0 and 1, got 1\.1",
    ),
    "an infinite value": (
        case(
            rebuilt=lambda: {
                "scale": constrained(1.0, tfb.Chain([tfb.Shift(1.0), tfb.Exp(), tfb.Scale(9.0)]))
            }
        ),
        r"Wrong, parameter 'scale' for variables of 30: expected finite numbers, got inf",
    ),
    "a matrix": (
        of_matrix(
            rebuilt=lambda: {"scale_tril": constrained(np.eye(3, dtype="f"), tfb.FillTriangular())}
        ),
        r"'scale_tril' for variables of -30: expected a lower-triangular matrix with a positive "
        r"diagonal, got \[\[-30\.,",
    ),
    "all of a matrix": (
        of_matrix(rebuilt=lambda: {"scale_tril": variable(np.eye(3, dtype="f"), "scale_tril")}),
        r"'scale_tril' for variables of -30: expected a lower-triangular matrix",
    ),
    "a matrix that is almost right": (
        of_matrix(
            rebuilt=lambda: {
                "scale_tril": constrained(np.eye(3, dtype="f"), tfb.FillScaleTriL(diag_shift=None))
            }
        ),
        r"'scale_tril' for variables of -30: expected a lower-triangular matrix",
    ),
    "a simplex": (
        case(
            tfp_class=tfd.Multinomial,
            trainable_class=distributions.TrainableMultinomial,
            batch_and_event_shape=(3,),
            arguments=lambda _: {"total_count": 2.0},
            rebuilt=lambda: {
                "logits": None,
                "probs": constrained(np.ones(3, "f"), tfb.Softplus(), "probs"),
            },
        ),
        r"'probs' for variables of -30: expected a probability vector",
    ),
    "an order": (
        of_size(rebuilt=lambda: {"cutpoints": variable(np.ones(3, "f"), "cutpoints")}),
        r"'cutpoints' for variables of -1: expected strictly increasing .*, got \[-1\., 1\.",
    ),
}
TABLES = {
    "variables": VARIABLES,
    "methods": METHODS,
    "programs": PROGRAMS,
    "copies": COPIES,
    "constraints": CONSTRAINTS,
}


@pytest.mark.parametrize(
    ("check", "name"), [(check, name) for check, table in TABLES.items() for name in table]
)
def test_what_is_wrong_is_refused(check, name):
    wrong, message = TABLES[check][name]
    with pytest.raises(AssertionError, match=message) as error:
        getattr(parity, f"check_{check}")(wrong, np.float32)
    assert str(error.value).startswith(wrong.trainable_class.__name__)
    assert len(str(error.value)) < 300


def test_what_is_wrong_in_double_precision_is_refused():
    wrong = case(trainable_class=answering("log_prob", lambda x: x * (1 + 1e-13)))
    with pytest.raises(AssertionError, match=r"Wrong.log_prob\[0\]: expected np\.float64"):
        parity.check_methods(wrong, np.float64)


class Law(tfd.Distribution):
    """Does not draw; has no annotation for one of its parameters, nor a default for the other."""

    def __init__(self, power, limit=1.0, name="Law"):
        self._power = tf.convert_to_tensor(power)
        super().__init__(
            dtype=self._power.dtype,
            reparameterization_type=tfd.NOT_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            parameters={"power": power, "limit": limit, "name": name},
            name=name,
        )

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {"power": Properties(default_constraining_bijector_fn=tfb.Exp)}

    def _event_shape(self):
        return tf.TensorShape([])

    def _log_prob(self, x):
        return tf.math.log(x) * self._power


ALL = {
    "distribution": case(
        [
            *("sample", "log_prob", "prob", "cdf", "quantile", "mean", "entropy"),
            DRAWN,
        ],
        trainable_class=distributions.TrainableNormal,
    ),
    "without an oracle": case(trainable_class=distributions.TrainableNormal, has_oracle=False),
    "batch": case(batch_and_event_shape=(2, 3)),
    "matrix": of_matrix(),
    "a matrix times its transpose": case(
        ["log_prob"],
        tfp_class=tfd.MultivariateNormalFullCovariance,
        trainable_class=distributions.TrainableMultivariateNormalFullCovariance,
        batch_and_event_shape=(2,),
        dtypes=(np.float64,),
    ),
    "of a size": of_size(),
    "bijector": of_scale(["forward", "inverse", "forward_log_det_jacobian"]),
    "bijector of an input": of_scale(input=lambda dtype: np.array([[2, 3]], dtype)),
    "kernel": of_kernel(["apply", "matrix", "tensor"]),
    "without variables": case(
        ["forward"], tfp_class=tfb.Exp, trainable_class=bijectors.TrainableExp, has_oracle=False
    ),
    "of parts": case(
        ["log_prob"],
        tfp_class=tfd.Independent,
        trainable_class=distributions.TrainableIndependent,
        arguments=lambda dtype: {
            "distribution": tfd.Normal(tf.zeros(2, dtype), tf.ones(2, dtype)),
            "reinterpreted_batch_ndims": 1,
        },
        has_oracle=False,
    ),
}


@pytest.mark.parametrize("check", TABLES)
@pytest.mark.parametrize("name", ALL)
def test_what_is_right_is_accepted(check, name):
    for dtype in ALL[name].dtypes:
        getattr(parity, f"check_{check}")(ALL[name], dtype)


X = np.array([[0.5], [0.7]], "f")
COMPARED = {
    "compare_distribution": (tfd.Normal, Wrong, "log_prob", ()),
    "compare_bijector": (tfb.Scale, WrongScale, "forward", (X,)),
    "compare_bijector, of the Jacobian": (tfb.Scale, WrongScale, JACOBIAN, (X,)),
    "compare_kernel": (tfp.math.psd_kernels.ExponentiatedQuadratic, WrongKernel, "matrix", (X,)),
}


@pytest.mark.parametrize("name", COMPARED)
@pytest.mark.usefixtures("operation_by_operation")
def test_comparisons_ask_for_the_gradients_of_what_one_trains_with(name):
    tfp_class, base, method, arguments = COMPARED[name]
    compare = getattr(parity, name.partition(",")[0])
    given = {"inverse_length_scale": None} if base is WrongKernel else {}
    right = base(seed=(1, 2), **given)
    oracle = tfp_class(**right.parameters)
    compare(right, oracle, *arguments)
    wrong = answering(method, with_scaled_gradient, base)(seed=(1, 2), **given)
    with pytest.raises(AssertionError, match=rf"{base.__name__}.{method}, gradients"):
        compare(wrong, oracle, *arguments)
    wrong = answering(method, nudged, base)(seed=(1, 2), **given)
    with pytest.raises(AssertionError, match=rf"{base.__name__}.{method}(\[[\d, ]+\])?: "):
        compare(wrong, oracle, *arguments)
