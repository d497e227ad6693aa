"""The probe: what it finds, and that it finds it once."""

import importlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
import tensorflow as tf
import tensorflow_probability as tfp

import tfp_trainables
from tfp_trainables_generator.discover.classes import discover
from tfp_trainables_generator.discover.namespaces import TFP_PACKAGE
from tfp_trainables_generator.probe import fingerprints
from tfp_trainables_generator.probe.fingerprints import fingerprint_of, modules_behind
from tfp_trainables_generator.probe.methods import probe as probe_class
from tfp_trainables_generator.probe.pool import known_capabilities, probe_all
from tfp_trainables_generator.read.classes import read
from tfp_trainables_generator.spec.capabilities import Capabilities, Execution, MethodSpec
from tfp_trainables_generator.spec.classes import ClassSpec, Example
from tfp_trainables_generator.spec.expressions import Reference
from tfp_trainables_generator.spec.packages import Package
from tfp_trainables_generator.supplements.tfp import TFP_SUPPLEMENTS

pytestmark = pytest.mark.slow

NAMES = ("tfp.bijectors.AbsoluteValue", "tfp.bijectors.Exp", "tfp.bijectors.Shift")


MANIFEST = Path(tfp_trainables.__file__).with_name("manifest.json")
GENERATED = {
    name
    for name, entry in json.loads(MANIFEST.read_text())["classes"].items()
    if entry["status"] == "generated"
}


def specs_of(*names):
    return [
        read(public, TFP_SUPPLEMENTS) for public in discover() if public.qualified_name in names
    ]


@pytest.fixture(scope="module")
def specs():
    return specs_of(*NAMES)


@pytest.fixture
def probe(tmp_path):
    """Runs the probe on specs; returns what it finds, and how many classes it probed."""

    def run(specs, known=None):
        lines = []
        found = probe_all(TFP_PACKAGE, specs, known or {}, lines.append, tmp_path).specs
        return {spec.qualified_name: spec.capabilities for spec in found}, len(lines)

    return run


def killer(spec):
    """The class, with an example that ends the process which builds it."""
    example = Example(arguments=(("name", "__import__('os')._exit(1)"),))
    return replace(spec, example=example)


def test_findings(specs, probe):
    found, probed = probe(specs)
    assert probed == 3
    methods = {method.name: method for method in found["tfp.bijectors.Shift"].methods}
    assert methods["forward"] == MethodSpec("forward", Execution.COMPILED, has_gradient=True)
    assert methods["forward_log_det_jacobian"].has_gradient is False
    methods = {method.name: method for method in found["tfp.bijectors.AbsoluteValue"].methods}
    assert methods["forward_log_det_jacobian"].runs is Execution.NOT_IMPLEMENTED


def findings_in_process(name):
    """What the probe finds of a class, here, where a test has broken it."""
    (spec,) = specs_of(name)
    return {method.name: method.runs for method in probe_class(TFP_PACKAGE, spec, "").methods}


def raises(*arguments, **keywords):
    raise TypeError


def test_a_density_needs_no_draw(monkeypatch):
    monkeypatch.setattr(tfp.distributions.Gumbel, "_call_sample_n", raises)
    runs = findings_in_process("tfp.distributions.Gumbel")
    assert runs["sample"] is Execution.FAILS
    assert runs["log_prob"] is Execution.COMPILED


def test_an_inverse_that_fails_is_not_remembered_from_the_forward_mapping(monkeypatch):
    monkeypatch.setattr(tfp.bijectors.Shift, "_inverse", raises)
    runs = findings_in_process("tfp.bijectors.Shift")
    assert (runs["forward"], runs["inverse"]) == (Execution.COMPILED, Execution.FAILS)


# How a method behaves that runs in each way, and no better.


def in_a_graph(x):
    return tf.py_function(tf.exp, [x], x.dtype)  # Which XLA has no kernel for.


def op_by_op(x):
    if not tf.executing_eagerly():
        raise ValueError
    return tf.exp(x)


def missing(*arguments):
    raise NotImplementedError


BEHAVIOURS = {
    "compiled": tf.exp,
    "graph": in_a_graph,
    "operation by operation": op_by_op,
    "fails in TFP": raises,
    "not implemented": missing,
}
FROM_BEST_TO_WORST = ("compiled", "graph", "operation by operation")


def expected(single, double):
    """What holds of a method: the worst of where it works, if it does anywhere."""
    found = {single, double}
    works = [runs for runs in FROM_BEST_TO_WORST if runs in found]
    if works:
        return works[-1]
    return "not implemented" if "not implemented" in found else "fails in TFP"


@pytest.mark.parametrize("single", BEHAVIOURS)
@pytest.mark.parametrize("double", BEHAVIOURS)
def test_what_is_found_holds_for_all_structures(monkeypatch, single, double):
    """The probe builds a class as a scalar in float32, and as a batch in float64."""
    behaviours = {tf.float32: BEHAVIOURS[single], tf.float64: BEHAVIOURS[double]}
    monkeypatch.setattr("tfp_trainables_generator.probe.methods._OF_A_BIJECTOR", ("forward",))
    monkeypatch.setattr(tfp.bijectors.Exp, "_forward", lambda _, x: behaviours[x.dtype](x))
    (spec,) = specs_of("tfp.bijectors.Exp")
    (method,) = probe_class(TFP_PACKAGE, spec, "").methods
    assert (method.name, method.runs.value) == ("forward", expected(single, double))
    assert bool(method.reason) is (method.runs.value not in ("compiled", "not implemented"))


def test_the_reason_is_that_of_the_worst(monkeypatch):
    behaviours = {tf.float32: in_a_graph, tf.float64: tf.exp}
    for dtypes in (behaviours, dict(zip(behaviours, reversed(behaviours.values()), strict=True))):
        monkeypatch.setattr(tfp.bijectors.Exp, "_forward", lambda _, x, d=dtypes: d[x.dtype](x))
        (spec,) = specs_of("tfp.bijectors.Exp")
        forward, *_ = probe_class(TFP_PACKAGE, spec, "").methods
        assert forward.reason == "XLA has no kernel for EagerPyFunc"


def test_networks_are_compiled(probe):
    found, _ = probe(specs_of("tfp.bijectors.Glow"))
    assert {method.runs for method in found["tfp.bijectors.Glow"].methods} == {Execution.COMPILED}


def test_what_is_known_is_not_probed_again(specs, probe):
    found, _ = probe(specs[:1])
    assert probe(specs[:1]) == (found, 0), "from the cache"
    known = {spec.qualified_name: found.get(spec.qualified_name) for spec in specs[:1]}
    assert (
        probe_all(TFP_PACKAGE, specs[:1], known, pytest.fail).specs[0].capabilities
        in known.values()
    )


def test_what_has_changed_is_probed_again(specs, probe):
    found, _ = probe(specs[:1])
    changed = [replace(specs[0], example=Example((2,)))]
    assert fingerprint_of(TFP_PACKAGE, changed[0]) != fingerprint_of(TFP_PACKAGE, specs[0])
    assert probe(changed, known=found)[1] == 1


def test_an_interrupted_probe_is_resumed(specs, tmp_path):
    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        probe_all(TFP_PACKAGE, specs, {}, interrupt, tmp_path)
    lines = []
    probe_all(TFP_PACKAGE, specs, {}, lines.append, tmp_path)
    assert len(lines) == 2


def test_a_process_that_ends_is_reported_and_the_rest_is_kept(specs, tmp_path):
    findings = probe_all(TFP_PACKAGE, [killer(specs[0]), *specs[1:]], {}, lambda _: None, tmp_path)
    assert [spec.name for spec in findings.specs] == [spec.name for spec in specs[1:]]
    (problem,) = findings.problems
    assert problem.startswith(f"{specs[0].qualified_name}: the probe's process ended")
    assert len(list(tmp_path.glob("*.json"))) == 2


@pytest.mark.parametrize(
    "example", [Example(arguments=(("validate_args", "1 / 0"),)), Example(input="1 / 0")]
)
def test_an_example_that_fails_is_reported(specs, tmp_path, example):
    broken = replace(specs[0], example=example)
    findings = probe_all(TFP_PACKAGE, [broken], {}, lambda _: None, tmp_path)
    assert not findings.specs
    (problem,) = findings.problems
    assert "AbsoluteValue: " in problem
    assert "ZeroDivisionError: division by zero" in problem


def test_the_manifest_is_known(specs, tmp_path):
    known = known_capabilities(tmp_path)
    assert set(known) == GENERATED
    for spec in specs:
        capabilities = known[spec.qualified_name]
        assert isinstance(capabilities, Capabilities)
        assert capabilities.fingerprint == fingerprint_of(TFP_PACKAGE, spec)


def test_a_base_in_another_package_counts(tmp_path, monkeypatch):
    base = tmp_path / "mycore_of_test.py"
    (tmp_path / "mypkg_of_test.py").write_text(
        "from mycore_of_test import Core\n\n\nclass Own(Core):\n    pass\n"
    )
    base.write_text(
        "import tensorflow_probability as tfp\n\n\nclass Core(tfp.bijectors.Exp):\n    pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("mypkg_of_test")
    reference = Reference("mypkg_of_test", "Own")
    spec = ClassSpec("mypkg_of_test", reference, "bijector", (), (), False)
    package = Package("mypkg_of_test.trainable", sources=("mypkg_of_test",))
    before = fingerprint_of(package, spec)
    assert fingerprint_of(package, spec) == before
    base.write_text(f"{base.read_text()}\n    other = 3\n")
    assert fingerprint_of(package, spec) != before


def test_the_runtime_that_the_probe_stands_on_counts():
    modules = modules_behind("tfp_trainables_generator.probe.methods")
    runtime = {name.rpartition(".")[2] for name in modules if "runtime" in name}
    assert {"programs", "structure", "reformulated", "tree", "untyped"} <= runtime
    assert not [name for name in modules if name.startswith("tfp_trainables_generator.render")]


def test_only_what_a_module_does_counts(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(fingerprints, "_TAKING_PART", ("a_of_test", "b_of_test", "c_of_test"))
    (tmp_path / "a_of_test.py").write_text("def f():\n    from b_of_test import g, h\n")
    (tmp_path / "b_of_test.py").write_text("import a_of_test\nimport c_of_test\nimport json\n")
    module = tmp_path / "c_of_test.py"
    module.write_text('"""Says."""\n\nX = "# no"\n"""Of X."""\n\n\ndef f():\n    """Too."""\n')

    def digest():
        for function in (modules_behind, fingerprints._digest):
            function.cache_clear()
        return fingerprints._digest("c_of_test")

    before = digest()
    assert modules_behind("a_of_test") == ("a_of_test", "b_of_test", "c_of_test")
    module.write_text(
        '"""Says."""\nX = "# no"  # One.\n"""Of."""\ndef f():\n    """Y."""\n# End.\n'
    )
    assert digest() == before
    module.write_text('"""Says."""\nX = "# yes"\n')
    assert digest() != before


@pytest.mark.parametrize("text", ["", "{}", '{"classes": {"tfp.x": {"probe": 3}}}', "\xff"])
def test_a_manifest_of_something_else_is_not(text, tmp_path):
    package = tmp_path / "tfp_trainables"
    package.mkdir()
    (package / "manifest.json").write_bytes(text.encode("latin-1"))
    assert set(known_capabilities(tmp_path)) == GENERATED, "those of the installed package"


def test_a_method_that_is_not_compiled_has_a_reason():
    with pytest.raises(ValueError, match="mean: graph has a reason"):
        MethodSpec("mean", Execution.GRAPH)
