"""Settings of a project: what is taken, and what a mistake says."""

import inspect
import re
from pathlib import Path

import pytest

from tfp_trainables_generator.discover.classes import PublicClass
from tfp_trainables_generator.discover.namespaces import Namespace
from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.own.discover import Discovery
from tfp_trainables_generator.own.settings import settings_of
from tfp_trainables_generator.own.supplements import supplements_of, with_example
from tfp_trainables_generator.spec.classes import ClassSpec, Example
from tfp_trainables_generator.spec.expressions import Reference, ShapeRule
from tfp_trainables_generator.supplements.model import Constraint, Replacement

PAGE = (Path(__file__).parents[2] / "docs" / "own-classes.md").read_text()
MODELS = Namespace("mypkg.models", "mypkg.models", "distribution", "")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Writes a project's settings, and makes its folder the current one."""
    package = tmp_path / "src" / "mypkg"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    monkeypatch.chdir(tmp_path)

    def write(text="", head="[tool.tfp-trainables]\n"):
        (tmp_path / "pyproject.toml").write_text(head + text)
        return tmp_path

    return write


WHOLE = 'modules = ["mypkg.models"]\noutput = "src/mypkg/trainable"\n'


def test_without_settings_it_is_tfp_that_is_compiled(project):
    assert settings_of() is None
    project("[project]\nname = 'mypkg'\n", head="")
    assert settings_of() is None
    assert settings_of(output=Path("generated")) is None


def test_tfp_can_be_compiled_beside_settings(project):
    """Else the command that an outdated package asks for would write another one there."""
    folder = project(WHOLE)
    assert settings_of(output=Path("elsewhere"), tfp=True) is None
    assert settings_of(output=Path("elsewhere")).output == folder
    with pytest.raises(CompilationError, match="--tfp and --module"):
        settings_of(["mypkg.models"], tfp=True)


def test_options_of_own_classes_need_some(project):
    with pytest.raises(CompilationError, match="--package and --with-tests: expected a --module"):
        settings_of(with_tests=True)


def test_settings_of_the_file(project, monkeypatch):
    folder = project(WHOLE + 'with-tests = true\nexclude = ["Base"]\n')
    monkeypatch.chdir(folder / "src")
    own = settings_of()
    assert own.package.name == "mypkg.trainable"
    assert own.package.sources == ("mypkg.models",)
    assert own.output == folder / "src" / "mypkg"
    assert own.root == folder / "src"
    assert own.settings.with_tests
    assert own.settings.exclude == ("Base",)


def test_options_go_first_and_the_file_is_that_above_the_output(project, tmp_path_factory):
    folder = project(WHOLE + "with-tests = true\n")
    own = settings_of(["other"], folder / "src" / "mypkg" / "below", with_tests=False)
    assert own.package.name == "mypkg.below"
    assert own.settings.modules == ("other",)
    assert own.is_partial, "supplements of other modules are no mistakes"
    assert not own.settings.with_tests
    assert settings_of(["other"], folder / "src" / "mypkg" / "below").settings.with_tests
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "below"
    assert not settings_of(["other"], elsewhere).settings.with_tests


# Of each setting that is an option too: what the file says, what the option does, and what both
# come down to. Other modules are for another output, which holds no trainables of the file's.
ELSEWHERE = {"output": Path("src/mypkg/elsewhere")}
OPTIONS = {
    "modules": (
        'modules = ["mypkg.models"]',
        {"modules": ["mypkg.other"], **ELSEWHERE},
        lambda own: (own.settings.modules, own.package.sources),
        (("mypkg.models",),) * 2,
        (("mypkg.other",),) * 2,
    ),
    "output": (
        'output = "src/mypkg/trainable"',
        ELSEWHERE,
        lambda own: (own.package.name, own.output.name),
        ("mypkg.trainable", "mypkg"),
        ("mypkg.elsewhere", "mypkg"),
    ),
    "package": (
        'package = "trainable"',
        {"package": "src.mypkg.trainable"},
        lambda own: own.package.name,
        "trainable",
        "src.mypkg.trainable",
    ),
    "with-tests": (
        "with-tests = true",
        {"with_tests": False},
        lambda own: own.settings.with_tests,
        True,
        False,
    ),
    "without-tests": (
        "with-tests = false",
        {"with_tests": True},
        lambda own: own.settings.with_tests,
        False,
        True,
    ),
}


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_goes_before_a_setting(project, option):
    text, given, read, of_file, of_option = OPTIONS[option]
    stated = dict(line.split(" = ") for line in WHOLE.splitlines())
    stated.update([text.split(" = ")])
    project("".join(f"{key} = {value}\n" for key, value in stated.items()))
    assert read(settings_of()) == of_file
    assert read(settings_of(**given)) == of_option
    project()
    alone = {"modules": ["mypkg.models"], "output": Path("src/mypkg/trainable"), **given}
    assert read(settings_of(**alone)) == of_option


def test_every_option_is_one_of_these():
    options = set(inspect.signature(settings_of).parameters) - {"tfp"}
    assert options == {option.replace("-", "_") for option in OPTIONS} - {"without_tests"}


def test_a_table_that_is_none(project):
    project(head="[[tool.tfp-trainables]]\n")
    with pytest.raises(CompilationError, match="expected one table, got another kind"):
        settings_of()


def test_a_package_is_not_made_of_a_part_of_its_modules(project):
    folder = project(WHOLE.replace('["mypkg.models"]', '["mypkg.models", "mypkg.others"]'))
    with pytest.raises(CompilationError, match=r"--module: expected mypkg.others too, for src/"):
        settings_of(["mypkg.models"])
    assert settings_of(["mypkg.models"], folder / "src" / "mypkg" / "below").is_partial
    assert settings_of(["mypkg.models", "mypkg.others", "mypkg.more"]).is_partial


@pytest.mark.parametrize("options", [{"modules": ["a"]}, {"package": "a"}, {"with_tests": True}])
def test_options_that_tfp_does_not_take(options):
    with pytest.raises(CompilationError, match=r"--tfp and --.*: expected one of them, got both"):
        settings_of(**options, tfp=True)


def test_the_package_of_a_namespace_has_to_be_named(project):
    folder = project(WHOLE)
    (folder / "src" / "mypkg" / "__init__.py").unlink()
    assert settings_of().package.name == "trainable"
    own = settings_of(package="mypkg.trainable")
    assert own.package.name == "mypkg.trainable"
    assert own.root == folder / "src"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('modules = ["a"]\n', "--output, or the key 'output'"),
        (WHOLE + "exclud = []\n", r"\[tool.tfp-trainables\]: expected keys among .*got 'exclud'"),
        (
            WHOLE + "with-tests = 3\n",
            "key 'with-tests': expected true or false, without quotes, got 3",
        ),
        ("modules = [", "pyproject.toml: cannot be read"),
        (WHOLE + 'package = "other.trainable"\n', "package other.trainable: expected the end of"),
        ('modules = ["a"]\noutput = "src/my-pkg"\n', "expected names to import, got 'my-pkg'"),
        (
            WHOLE + "[tool.tfp-trainables.supplements.A.parameters.b]\nconstrain = 'x'\n",
            r"supplements.A.parameters.b\]: expected keys among 'constraint', .*got 'constrain'",
        ),
        (
            WHOLE + "[tool.tfp-trainables.supplements.parameters]\npart = ['a']\n",
            r"supplements.parameters\]: expected keys among 'example', 'parts', .*got 'part'",
        ),
        (
            WHOLE + "[tool.tfp-trainables.supplements.A.parameters.example]\nconstrain = 'x'\n",
            r"A.parameters.example\]: expected keys among 'constraint', .*got 'constrain'",
        ),
        (
            WHOLE + "[tool.tfp-trainables.supplements.A.parameters.b]\nnot-trained = ''\n",
            "key 'not-trained': expected at least 1 character, got ''",
        ),
        (
            WHOLE + "[tool.tfp-trainables.supplements.A.example]\nargs = {}\n",
            r"A.example\]: expected keys among 'shape', 'arguments', 'input', got 'args'",
        ),
        (
            WHOLE + "[tool.tfp-trainables.supplements.A.parameters]\n"
            "b = { constraint = 'Exp()', reason = 'x', not-trained = 'y' }\n",
            r"key 'b': expected the keys constraint, reason \(and event-ndims, shape\); or reason",
        ),
        (
            WHOLE + "[tool.tfp-trainables.supplements.A.parameters.b]\nconstraint = 'Exp()'\n",
            "key 'b': expected the keys constraint, reason",
        ),
        (
            WHOLE + "[tool.tfp-trainables.supplements.A]\nexample.shape = '(3,)'\n",
            r"key 'shape': expected an array, such as \[3\], got '\(3,\)'",
        ),
        (
            "output = 3\n",
            r"key 'output': expected a path, such as \"src/mypkg/trainable\", got 3",
        ),
        (
            "exclude = 'Model'\n",
            r"key 'exclude': expected an array, such as \[\"Model\"\], got 'Model'",
        ),
        (
            WHOLE + "[tool.tfp-trainables.supplements.A.parameters.b]\ndescription = ''\n",
            "key 'description': expected at least 1 character, got ''",
        ),
    ],
)
def test_mistakes_are_named(project, text, message):
    project(text)
    with pytest.raises(CompilationError, match=message):
        settings_of()


def discovery(name, *, is_whole=True):
    classes = (PublicClass(MODELS, Reference("mypkg.models", name), object),)
    return Discovery(classes, (), (), frozenset({name, "Faulty"}), is_whole)


def supplements(project, text):
    project(WHOLE + text)
    found = supplements_of(settings_of(), discovery("Model"))
    assert not found.problems
    return found.supplements


MODEL = "[tool.tfp-trainables.supplements.Model"


def spec_of(name, **facts):
    reference = Reference("mypkg.models", name)
    return ClassSpec("mypkg.models", reference, "distribution", (), (), False, **facts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Example((2,), (("num_classes", "3"),))),
        ("shape = []", Example((), (("num_classes", "3"),))),
        (
            'arguments = { num_classes = \' 4 # more\', part = """\n  tfd.Normal(\n 0, 1)""" }',
            Example((2,), (("num_classes", "4"), ("part", "tfd.Normal(0, 1)"))),
        ),
        (
            "arguments = { pair = '3, 4' }\ninput = 'np.ones( 3 )'",
            Example((2,), (("num_classes", "3"), ("pair", "(3, 4)")), input="np.ones(3)"),
        ),
    ],
)
def test_examples_are_completed(project, text, expected):
    project(WHOLE + f"{MODEL}.example]\n{text}\n")
    plain = Example((2,), (("num_classes", "3"),))
    assert with_example(spec_of("Model", example=plain), settings_of()).example == expected
    assert with_example(spec_of("Other", example=plain), settings_of()).example == plain


def test_supplements(project):
    found = supplements(
        project,
        f"""
{MODEL}]
one-of = [["a", "b"]]
{MODEL}.parameters]
low = {{ shape = "batch_and_event_shape[:-1]", reason = "one for all", event-ndims = 1 }}
probs = {{ replaces = "logits", conversion = "LOGIT" }}
count = {{ not-trained = "a count is discrete" }}
""",
    )
    name = "mypkg.models.Model"
    assert found.refused_defaults == {name: (("a", "b"),)}
    assert found.structural == {f"{name}.count": "a count is discrete"}
    assert found.replaces == {f"{name}.probs": Replacement("logits", "LOGIT")}
    constraint = Constraint("one for all", shape=ShapeRule(1), event_ndims=1, overrides=True)
    assert found.constraints == {f"{name}.low": constraint}
    assert found.classes == {name}
    assert found.parameters == {f"{name}.low", f"{name}.probs", f"{name}.count"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{MODEL}l.parameters.a]\nnot-trained = 'x'\n", "got 'Modell'; did you mean 'Model'"),
        (f"{MODEL}.parameters.a]\nconstraint = 'Ex()'\nreason = 'x'\n", "got Ex"),
        (
            f"{MODEL}.parameters.a]\nreplaces = 'b'\nconversion = 'LOGITS'\n",
            "key 'conversion': expected one of 'EXP', .* got 'LOGITS'",
        ),
        (f"{MODEL}]\nexample.arguments.a = 'tfd.Normal(0, 1'\n", "'tfd.Normal.0, 1': expected"),
    ],
)
def test_mistakes_in_supplements_are_named(project, text, message):
    project(WHOLE + text)
    found = supplements_of(settings_of(), discovery("Model"))
    (problem,) = found.problems
    assert re.search(message, problem)
    accepted = [public.qualified_name for public in found.classes]
    assert accepted == (["mypkg.models.Model"] if "Modell" in text else [])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no_such_module", "no_such_module: cannot be imported"),
        ("json", "json.SUPPLEMENTS: expected a Supplements"),
    ],
)
def test_mistakes_in_a_module_of_supplements_are_named(project, name, message):
    project(WHOLE + f"supplements-module = '{name}'\n")
    found = supplements_of(settings_of(), discovery("Model"))
    (problem,) = found.problems
    assert message in problem
    assert not found.classes


def test_supplements_of_classes_that_cannot_be_looked_at_are_no_mistakes(project):
    other = "[tool.tfp-trainables.supplements.{}.parameters.a]\nnot-trained = 'x'\n"
    project(WHOLE + other.format("Faulty"))
    assert not supplements_of(settings_of(), discovery("Model")).problems
    project(WHOLE + other.format("Other"))
    assert not supplements_of(settings_of(), discovery("Model", is_whole=False)).problems


def test_the_settings_of_the_documentation_are_taken(project):
    settings, facts = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    project(settings + facts, head="")
    own = settings_of()
    assert own.settings.with_tests
    found = supplements_of(own, discovery("Interval")).supplements
    names = {name.rpartition(".")[2] for name in found.parameters}
    assert names == {"high", "knots", "count", "probs"}
    assert with_example(spec_of("Interval"), own).example.arguments == (("count", "dtype(3)"),)


def test_supplements_in_python(project, monkeypatch):
    folder = project()
    (folder / "facts_of_mypkg.py").write_text(
        "from tfp_trainables_generator.own.notation import parse_bijector\n"
        "from tfp_trainables_generator.supplements.model import Constraint, Supplements\n"
        "above = Constraint('an interval', parse_bijector('GreaterThan(low=low)'))\n"
        "SUPPLEMENTS = Supplements(constraints={'mypkg.models.Model.high': above})\n"
    )
    monkeypatch.syspath_prepend(folder)
    found = supplements(
        project,
        "supplements-module = 'facts_of_mypkg'\n"
        f"{MODEL}.parameters.count]\nnot-trained = 'a count is discrete'\n",
    )
    assert found.constraints["mypkg.models.Model.high"].source == "an interval"
    assert found.structural == {"mypkg.models.Model.count": "a count is discrete"}
