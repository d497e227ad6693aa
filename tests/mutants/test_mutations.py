"""What counts as a mistake, and what does not."""

import sys
import textwrap
from pathlib import Path

import pytest

from mutants.mutations import mutants_of
from mutants.survivors import PROJECT, Equivalents, modules_called

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TABLE = Path(__file__).with_name("equivalent.toml")


def changes(source):
    """The mutants of a source text, as what was and what is then."""
    return {(mutant.before, mutant.after) for mutant in mutants_of(textwrap.dedent(source))}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = a < b", {"x = a <= b", "x = a > b"}),
        ("x = a == b", {"x = a != b"}),
        ("x = a not in b", {"x = a in b"}),
        ("x = a is None", {"x = a is not None"}),
        ("x = a and b or c", {"x = a or b or c", "x = a and b and c"}),
        ("x = not a", {"x = a"}),
        ("x = -a", {"x = a"}),
        ("x = a + b * c", {"x = a - b * c", "x = a + b / c"}),
        ("x = (a) + (b)", {"x = (a) - (b)"}),
        ("x += a", {"pass", "x -= a"}),
        ("x = a if b else c", {"x = a if (not (b)) else c"}),
        ("x = [a for a in b if c]", {"x = [a for a in b if (not (c))]"}),
        ("x = 3", {"x = 4"}),
        ("x = 0.5", {"x = 1.0"}),
        ("x = 0.0", {"x = 1.0"}),
        ("x = True", {"x = False"}),
        ("x = 'a'", {"x = 'a, changed'"}),
        ("x = ''", {"x = 'changed'"}),
        ("f(a)", {"pass"}),
        ("x = f(a, b=c, d=e)", {"x = f(a, d=e)", "x = f(a, b=c, )"}),
        ("x = {a: b, c: d}", {"x = { c: d}", "x = {a: b, }"}),
        ("raise a", {"pass"}),
        ("assert a", {"pass"}),
    ],
)
def test_mistakes(before, after):
    assert {made for was, made in changes(before) if was == before} == after


def test_a_mutant_knows_its_place():
    source = "class A:\n    def f(self):\n        return a(\n            b + c\n        )\n"
    result, add = sorted(mutants_of(source), key=lambda it: it.line)
    assert (result.function, result.line) == ("A.f", 3)
    assert (result.before, result.after) == ("return a( b + c )", "return None")
    assert (add.function, add.line) == ("A.f", 4)
    assert add.source == source.replace("+", "-")


def test_positions_are_those_of_characters():
    (mutant,) = mutants_of("x = f(ä) - g\n")
    assert mutant.source == "x = f(ä) + g\n"


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring."""',
        '__all__ = ["a", "b"]',
        "import a\nfrom b import c",
        'T = TypeVar("T", bound="A")',
        'Alias: TypeAlias = "A | B"',
        "if TYPE_CHECKING:\n    x = 1",
        'def f(a: "A" = b) -> "B":\n    """Says."""\n    return None',
        'x = cast("dict[int, str]", a)',
        'x = f"{a} is {b}"',
        "@decorator(a=1)\ndef f():\n    return x",
    ],
)
def test_what_nothing_depends_on_is_left_alone(source):
    assert {after for _, after in changes(source)} <= {"return None"}


def test_every_mutant_is_python():
    for mutant in mutants_of(EXAMPLE):
        compile(mutant.source, "example.py", "exec")
        assert mutant.source != EXAMPLE


EXAMPLE = textwrap.dedent("""
    def f(a, b=1, *, c="x"):
        while a < b:
            a += 1
            if not c:
                continue
            if a and (b or
                      c):
                break
        try:
            return {"a": a, **b}[c]
        except (KeyError, ValueError) as error:
            raise TypeError(c, key=a) from error
    """)


@pytest.mark.parametrize("module", tomllib.loads(TABLE.read_text(encoding="utf-8")))
def test_each_entry_of_the_table_is_of_a_mutant(module):
    (path,) = modules_called(module)
    mutants = list(mutants_of((PROJECT / path).read_text(encoding="utf-8")))
    equivalents = Equivalents.read(TABLE, path)
    assert equivalents.stale(mutants) == []
    assert all(entry.reason for entry in equivalents.entries)
