"""The table of all classes: what it says, and where it is put."""

import manifests
import pytest
from manifests import SKIPPED, argument, facts_of, variable
from test_command_line import ROOT, run

from tfp_trainables_generator.errors import OutputError
from tfp_trainables_generator.manifest.locate import read_manifest
from tfp_trainables_generator.manifest.table import needed_here, needed_in_tfp, table_of
from tfp_trainables_generator.output.markers import BEGINNING, END, embed

DOCUMENT = f"# Mine\n\n{BEGINNING}\nold\n{END}\n\nMore of mine.\n"


def entry(builds=True, needs=(), variables=(), required=(), refused=(), sizes=()):
    return manifests.entry(
        sizes=list(sizes),
        refused_defaults=[list(group) for group in refused],
        make_trainable={"builds": builds, "needs": list(needs)},
        parameters={
            **{name: variable() for name in variables},
            **{name: argument("component") for name in required},
            "name": argument(default="'Name'"),
        },
    )


ENTRIES = {
    "tfp.a.Plain": entry(variables=["loc", "scale"]),
    "tfp.a.Sized": entry(needs=["logits"], variables=["logits"], sizes=["num_classes"]),
    "tfp.a.Whole": entry(needs=["part"], required=["part"]),
    "tfp.b.Base": SKIPPED,
    "tfp.b.Broken": entry(builds=False, needs=["x"], variables=["y"]),
    "tfp.b.c.Either": entry(refused=[["x", "y"], ["z"]]),
}


@pytest.fixture(scope="module")
def lines():
    return table_of(facts_of(ENTRIES)).splitlines()


@pytest.mark.parametrize(
    "line",
    [
        "| `Plain` | yes | yes | `loc`, `scale` |",
        "| `Sized` | with `logits` | with `num_classes` | `logits` |",
        "| `Whole` | with `part` | with `part` |  |",
        "| `Base` | no | no: a base |  |",
        "| `Broken` | no | yes | `y` |",
        "| `Either` | with `x` or `y`, `z` | with `x` or `y`, `z` |  |",
        "| `tfp.a` | 3 | 1 | 2 | 0 | 1 | 2 | 0 |",
        "| `tfp.b` | 2 | 0 | 0 | 2 | 1 | 0 | 1 |",
        "| `tfp.b.c` | 1 | 0 | 1 | 0 | 0 | 1 | 0 |",
        "| all | 6 | 1 | 3 | 2 | 2 | 3 | 1 |",
        "<summary><code>tfp.b.c</code>: 1 class</summary>",
    ],
)
def test_a_line_of_the_table(lines, line):
    assert lines.count(line) == 1


def test_cells_are_as_many_as_columns(lines):
    widths = {line.count("|") for line in lines if line.startswith("| `")}
    assert widths == {5, 9}


def test_the_checked_in_manifest_has_all_that_the_table_asks_for():
    manifest = read_manifest(ROOT / "generated")
    lines = table_of(manifest).splitlines()
    for name, facts in manifest.classes.items():
        assert any(line.startswith(f"| `{name.rpartition('.')[2]}` |") for line in lines)
        assert (needed_here(facts) is None) == (facts.status == "skipped")
        if needed_here(facts) is None:
            assert needed_in_tfp(facts) is None


def test_the_text_goes_between_the_markers(tmp_path):
    path = tmp_path / "README.md"
    path.write_text(DOCUMENT)
    embedding = embed("new\ntext\n", path)
    assert embedding
    assert "-old\n" in embedding.diff()
    embedding.write()
    assert path.read_text() == DOCUMENT.replace("old", "\nnew\ntext\n")
    assert not embed("new\ntext\n", path)
    assert [child.name for child in tmp_path.iterdir()] == ["README.md"]


def test_ends_of_lines_permissions_and_links_stay(tmp_path):
    path = tmp_path / "target.md"
    path.write_bytes(DOCUMENT.replace("\n", "\r\n").encode())
    path.chmod(0o600)
    link = tmp_path / "link.md"
    link.symlink_to(path)
    embed("new\ntext\n", link).write()
    assert b"\r\n\r\nnew\r\ntext\r\n\r\n" in path.read_bytes()
    assert b"\n" not in path.read_bytes().replace(b"\r\n", b"")
    assert path.stat().st_mode & 0o777 == 0o600
    assert link.is_symlink()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nothing", "got the first 0 times, the second 0 times"),
        (BEGINNING, "got the first once, the second 0 times"),
        (DOCUMENT * 2, "got the first 2 times, the second 2 times"),
        (f"{END}\n{BEGINNING}", "in this order, once each.*the other way round"),
    ],
)
def test_a_file_without_its_markers_is_an_error(tmp_path, text, expected):
    path = tmp_path / "README.md"
    path.write_text(text)
    with pytest.raises(OutputError, match=rf"(?s)README\.md: expected the markers.*{expected}"):
        embed("new", path)


def test_a_file_that_is_no_text_is_an_error(tmp_path):
    path = tmp_path / "README.md"
    path.write_bytes(b"\xff")
    with pytest.raises(OutputError, match="got none: it is not UTF-8"):
        embed("new", path)
    with pytest.raises(OutputError, match="got none: No such file"):
        embed("new", tmp_path / "other.md")


def test_the_page_of_classes_is_up_to_date():
    result = run("table", "--check", "docs/classes.md")
    assert result.returncode == 0, result.stdout
    printed = run("table").stdout
    assert printed == table_of(read_manifest(ROOT / "generated"))
    assert printed in (ROOT / "docs" / "classes.md").read_text()


def test_stale_then_updated_then_fresh(tmp_path):
    path = tmp_path / "my notes.md"
    path.write_text(DOCUMENT)
    stale = run("table", "--check", path)
    assert stale.returncode == 1
    assert "\n-old\n" in stale.stdout
    assert f"tfp-trainables table --update '{path}'" in stale.stderr
    assert path.read_text() == DOCUMENT
    assert "is new" in run("table", "--update", path).stdout
    assert run("table", "--check", path).returncode == 0
    assert "was up to date" in run("table", "--update", path).stdout


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--update", "missing.md"], "missing.md: expected a file with markers, got none"),
        (["--output", "missing"], "manifest.json: expected the manifest that"),
        (["--update", "a.md", "--check", "a.md"], "one of --update and --check"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, arguments, expected):
    result = run("table", *arguments, cwd=tmp_path)
    assert result.returncode == 2
    assert expected in result.stderr
    assert "Traceback" not in result.stderr


def test_the_manifest_of_something_else_is_an_error(tmp_path):
    path = tmp_path / "tfp_trainables" / "manifest.json"
    path.parent.mkdir()
    path.write_text("{}")
    with pytest.raises(OutputError, match=r"manifest\.json: expected .*, got another file"):
        read_manifest(tmp_path)


def test_without_a_checkout_it_is_the_installed_package(tmp_path):
    assert run("table", cwd=tmp_path).stdout == run("table").stdout
