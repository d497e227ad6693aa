"""Settings that all tests share, and the options that choose among them."""

import fnmatch
import os

import hypothesis
import pytest

# Before TensorFlow is imported: its greetings would drown the reports.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# The same examples for everybody, so that no test fails by chance; `make explore` draws others.
hypothesis.settings.register_profile("default", deadline=None, max_examples=5, derandomize=True)
hypothesis.settings.register_profile(
    "explore",
    deadline=None,
    max_examples=25,
    print_blob=False,
    database=None,
    phases=[phase for phase in hypothesis.Phase if phase is not hypothesis.Phase.explain],
)
hypothesis.settings.load_profile("default")

REPRESENTATIVES = (
    # A class of each kind that the templates and the runtime treat in a way of its own.
    "tfp.distributions.Beta",  # Two variables of one constraint.
    "tfp.distributions.Categorical",  # A size, and an alternative.
    "tfp.distributions.GaussianProcess",  # A kernel as a part.
    "tfp.distributions.MixtureSameFamily",  # Parts that are distributions.
    "tfp.distributions.MultivariateNormalLinearOperator",  # A linear operator.
    "tfp.distributions.MultivariateNormalTriL",  # A matrix.
    "tfp.distributions.Normal",
    "tfp.distributions.TransformedDistribution",  # Parts of two kinds.
    "tfp.distributions.Uniform",  # One parameter bounds another.
    "tfp.bijectors.Chain",  # A list of parts.
    "tfp.bijectors.RationalQuadraticSpline",  # Constraints of the runtime's own.
    "tfp.bijectors.Shift",
    "tfp.math.psd_kernels.ExponentiatedQuadratic",
)
"""The classes of `--fast`."""


def pytest_addoption(parser):
    group = parser.getgroup("tfp-trainables")
    group.addoption(
        "--classes",
        metavar="PATTERN",
        help="only tests of generated classes whose TFP name matches, such as 'Wishart*'",
    )
    group.addoption(
        "--fast",
        action="store_true",
        help="leave out tests marked as slow, and most of the generated classes",
    )
    group.addoption(
        "--execution",
        choices=("auto", "op_by_op", "graph", "xla"),
        default="auto",
        help="how methods run in `tests/contract`, from the first call on",
    )


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes seconds that `--fast` has not got")


def pytest_collection_modifyitems(config, items):
    pattern, is_fast = config.getoption("--classes"), config.getoption("--fast")
    if pattern:
        _select(config, items, lambda item: _matches(_class_of(item), pattern))
        if not items:
            raise pytest.UsageError(
                f"--classes {pattern}: expected the name of a generated class, such as "
                "'Normal', 'Wishart*' or 'tfp.bijectors.*'; no test is about a class of that name"
            )
    if is_fast:
        _select(config, items, _is_fast)


def _select(config, items, is_selected):
    rest = [item for item in items if not is_selected(item)]
    items[:] = [item for item in items if is_selected(item)]
    config.hook.pytest_deselected(items=rest)


def _class_of(item):
    """Returns the public name of the TFP class that a test is about; empty if there is none."""
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    case = parameters.get("case") or getattr(parameters.get("entry"), "case", None)
    return getattr(case, "name", "")


def _matches(name, pattern):
    return bool(name) and any(
        fnmatch.fnmatchcase(part, pattern) for part in (name, name.rpartition(".")[2])
    )


def _is_fast(item):
    name = _class_of(item)
    return item.get_closest_marker("slow") is None and (not name or name in REPRESENTATIVES)
