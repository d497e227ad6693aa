"""What a type checker makes of the classes where TFP itself is installed, as users have it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import tfp_trainables

pytestmark = pytest.mark.slow

MANIFEST = json.loads(Path(tfp_trainables.__file__).with_name("manifest.json").read_text())
CLASSES = {
    name: entry for name, entry in MANIFEST["classes"].items() if entry["status"] == "generated"
}

OF_ALL = {
    "distribution": (
        *("batch_shape", "event_shape", "batch_shape_tensor", "event_shape_tensor", "dtype"),
        *("reparameterization_type", "allow_nan_stats", "kl_divergence", "cross_entropy"),
        *("experimental_default_event_space_bijector", "is_scalar_event", "param_shapes"),
        *("experimental_fit", "experimental_local_measure", "parameter_properties"),
    ),
    "bijector": (
        *("forward_event_shape", "inverse_event_shape", "forward_dtype", "inverse_dtype"),
        *("forward_event_ndims", "inverse_event_ndims", "experimental_batch_shape"),
        *("forward_event_shape_tensor", "inverse_event_shape_tensor", "__call__", "dtype"),
        *("forward_min_event_ndims", "inverse_min_event_ndims", "is_constant_jacobian"),
        *("experimental_compute_density_correction", "graph_parents"),
    ),
    "kernel": ("feature_ndims", "batch_shape", "batch_shape_tensor", "__add__", "__mul__"),
}
"""What each has from TFP's base, beside the methods of the manifest."""

ORDINARY = """
import math

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
from tfp_trainables import TRAINABLE, bijectors, distributions, kernels


def takes_a_tensor(x: tf.Tensor) -> tf.Tensor:
    return x


model = distributions.TrainableNormal({"loc": 1.0, "scale": 2.0})
model.scale.assign(3.0)
model.loc.assign_add(1)
takes_a_tensor(model.scale)
joint = tfp.distributions.JointDistributionSequential([model, lambda x: shared])
shared = distributions.TrainableStudentT(loc=model.loc, scale=model.scale)
number: float = float(model.scale) + math.sqrt(model.scale)
text = f"{model.scale:.2f} {model.scale.numpy():.2f}"
array = np.array([model.loc, model.scale])
tensor = tf.exp(model.loc) + model.scale * 2 - model.loc[..., tf.newaxis]
is_large = bool(model.scale > 2.0) and model.scale == 3.0
gaussian = distributions.TrainableMultivariateNormalTriL(batch_and_event_shape=[2])
log_prob: tf.Tensor = gaussian.log_prob([0.0, 1.0])
mixture = distributions.TrainableMixtureSameFamily(
    mixture_distribution=distributions.TrainableCategorical(num_classes=2),
    components_distribution=distributions.TrainableNormal(batch_and_event_shape=[2]),
)
mixture.components_distribution.loc.assign([0.0, 1.0])
draws: tf.Tensor = mixture.sample(3)
flow = bijectors.TrainableChain(bijectors=[bijectors.TrainableScale(), tfp.bijectors.Exp()])
flow.forward(1.0).numpy()
flow(model).sample()
kernel = kernels.TrainableExponentiatedQuadratic()
process = distributions.TrainableGaussianProcess(kernel=kernel + kernel, index_points=[[0.0]])
process.kernel.matrix([[0.0]], [[1.0]])
restarted = distributions.TrainableNormal(loc=TRAINABLE, scale=np.float32(2))
variables: list[tf.Variable] = [*model.trainable_variables, *flow.variables]
init_fn, apply_fn = distributions.TrainableNormal.stateless({"scale": 2.0})
apply_fn(init_fn()).scale.numpy()
plain = model.copy(loc=0.0)
fitted = distributions.TrainableNormal.from_samples([1.0, 2.0])
fitted.scale.assign(1.0)
"""


OF_OTHERS = {
    *("reportMissingTypeStubs", "reportUnknownMemberType", "reportUnknownVariableType"),
    *("reportUnknownArgumentType", "reportUnknownLambdaType", "reportUnknownParameterType"),
}
"""What strict mode says of TensorFlow's and TFP's own functions, which have no types."""


def path_of(entry):
    return entry["trainable"].removeprefix("tfp_trainables.")


def program():
    """A line for each question, of which each is told by its number."""
    lines = ["import tfp_trainables", "import tfp_trainables.experimental", ""]
    questions = {}

    def ask(line, question):
        questions[len(lines)] = question
        lines.append(line)

    for name, entry in CLASSES.items():
        cls = f"tfp_trainables.{path_of(entry)}"
        ask(f"reveal_type({cls}(batch_and_event_shap=[2]))", (name, "a misspelled argument"))
        lines.append(f"def of_{cls.replace('.', '_')}(model: {cls}) -> None:")
        parameters = [key for key, it in entry["parameters"].items() if it["role"] != "option"]
        for member in (*parameters, *entry["methods"], *OF_ALL[entry["kind"]]):
            ask(f"    reveal_type(model.{member})", (name, member))
        for parameter in entry["variables"]:
            if entry["parameters"][parameter]["type"].removesuffix(" | None") == "TensorLike":
                ask(f"    model.{parameter}.assign(1.0)", (name, f"{parameter}.assign"))
    return "\n".join(lines) + "\n", questions


def check(folder, text, mode):
    (folder / "pyrightconfig.json").write_text(json.dumps({"typeCheckingMode": mode}))
    path = folder / "program.py"
    path.write_text(text)
    command = ("--pythonpath", sys.executable, "--outputjson", str(path))
    result = subprocess.run(
        [sys.executable, "-m", "pyright", *command],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(result.stdout)["generalDiagnostics"]


def test_every_class_keeps_its_type(tmp_path):
    text, questions = program()
    errors, types = {}, {}
    for found in check(tmp_path, text, "standard"):
        line = found["range"]["start"]["line"]
        if found["severity"] == "error":
            errors.setdefault(line, []).append(found["message"])
        elif match := re.match(r'Type of ".*?" is "(.*)"$', found["message"], re.DOTALL):
            types[line] = match[1]
    for line, (name, question) in questions.items():
        if question == "a misspelled argument":
            assert 'No parameter named "batch_and_event_shap"' in errors.pop(line), name
            assert types[line] == path_of(CLASSES[name]).rpartition(".")[2], name
        elif line in types:
            assert "Unknown" not in types[line], (name, question, types[line])
        else:
            assert question.endswith(".assign"), (name, question)
    assert not errors


@pytest.mark.parametrize("mode", ["basic", "standard", "strict"])
def test_ordinary_code_has_no_errors(tmp_path, mode):
    found = check(tmp_path, ORDINARY, mode)
    errors = [
        (it["range"]["start"]["line"], it["message"])
        for it in found
        if it["severity"] == "error" and it.get("rule") not in OF_OTHERS
    ]
    assert not errors
