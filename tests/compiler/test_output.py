"""Writing and comparing: whole files, our files, and nothing else."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path, PurePosixPath

import pytest

from tfp_trainables_generator.errors import OutputError
from tfp_trainables_generator.naming import HEADER, MANIFEST_BEGINNING
from tfp_trainables_generator.output.files import Changes, compare, diff, write

OLD = {PurePosixPath("tfp_trainables/a.py"): f"{HEADER}\na = 1\n"}
NEW = {
    PurePosixPath("tfp_trainables/a.py"): f"{HEADER}\na = 2\n",
    PurePosixPath("tfp_trainables/sub/b.py"): f"{HEADER}\nb = 1\n",
}


def test_stale_then_fresh_then_perturbed(tmp_path):
    assert compare(NEW, tmp_path).missing == tuple(NEW)
    write(NEW, tmp_path)
    assert not compare(NEW, tmp_path)
    path = tmp_path / "tfp_trainables" / "a.py"
    path.write_text(path.read_text().replace("2", "3"))
    changes = compare(NEW, tmp_path)
    assert [str(part) for part in changes.differing] == ["tfp_trainables/a.py"]
    lines = "".join(diff(NEW, tmp_path, changes))
    assert "--- a/tfp_trainables/a.py" in lines
    assert "-a = 3\n+a = 2\n" in lines


def test_only_what_differs_is_written(tmp_path):
    write(NEW, tmp_path)
    path = tmp_path / "tfp_trainables" / "a.py"
    os.utime(path, (1, 1))
    assert not write(NEW, tmp_path)
    assert path.stat().st_mtime == 1


def test_orphans_are_deleted_and_strangers_are_not(tmp_path):
    write(NEW, tmp_path)
    stranger = tmp_path / "tfp_trainables" / "mine.py"
    stranger.write_text("mine = 1\n")
    changes = write(OLD, tmp_path)
    assert [str(path) for path in changes.orphaned] == ["tfp_trainables/sub/b.py"]
    assert not (tmp_path / "tfp_trainables" / "sub").exists()
    assert stranger.read_text() == "mine = 1\n"


def test_a_strangers_file_in_the_way_stops_everything(tmp_path):
    stranger = tmp_path / "tfp_trainables" / "sub" / "b.py"
    stranger.parent.mkdir(parents=True)
    stranger.write_text("mine = 1\n")
    with pytest.raises(OutputError, match=r"b\.py: expected a file with the header"):
        write(NEW, tmp_path)
    assert stranger.read_text() == "mine = 1\n"
    assert not (tmp_path / "tfp_trainables" / "a.py").exists()


def test_a_package_below_is_not_touched(tmp_path):
    below = tmp_path / "tfp_trainables" / "below"
    below.mkdir(parents=True)
    (below / "manifest.json").write_text(MANIFEST_BEGINNING)
    (below / "a.py").write_text(f"{HEADER}\n")
    strange = tmp_path / "tfp_trainables" / "sub" / "manifest.json"
    strange.parent.mkdir()
    strange.write_text("{}")
    orphan = strange.with_name("orphan.py")
    orphan.write_text(f"{HEADER}\n")
    write(NEW, tmp_path)
    assert not compare(NEW, tmp_path)
    assert not orphan.exists(), "that is no package of ours"
    assert {path.name for path in below.iterdir()} == {"manifest.json", "a.py"}


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "tfp_trainables").write_text("a file, not a folder")
    with pytest.raises(OutputError, match=str(tmp_path)):
        write(NEW, tmp_path)


_WRITER = """
import sys
from pathlib import Path, PurePosixPath
from tfp_trainables_generator.naming import HEADER
from tfp_trainables_generator.output.files import write
output = Path(sys.argv[1])
print("ready", flush=True)
while True:
    for version in ("1", "2"):
        body = f"{HEADER}\\n" + f"value = {version}\\n" * 20000
        names = [f"tfp_trainables/{n}.py" for n in range(20)]
        write({PurePosixPath(name): body for name in names}, output)
"""


@pytest.mark.parametrize("delay", [0.05, 0.12, 0.31])
def test_killed_at_any_moment_every_file_is_old_or_new(tmp_path, delay):
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    process.stdout.readline()
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    whole = [f"{HEADER}\n" + f"value = {version}\n" * 20000 for version in "12"]
    files = list((tmp_path / "tfp_trainables").glob("*.py"))
    assert all(path.read_text() in whole for path in files)
    write(NEW, tmp_path)  # Cleans up what the other left behind.
    left = {path.name for path in Path(tmp_path / "tfp_trainables").rglob("*") if path.is_file()}
    assert left == {"a.py", "b.py"}


SUFFIX = ".tfp-trainables-tmp"


def dead_process():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.fixture
def running_process():
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process.pid
    process.kill()
    process.wait()


def test_only_the_temporary_files_of_writers_that_are_no_more_are_deleted(
    tmp_path, running_process, monkeypatch
):
    write(NEW, tmp_path)
    package = tmp_path / "tfp_trainables"
    stays = [
        package / f"a.py.{running_process}{SUFFIX}",
        package / "sub" / f"b.py.{os.getpid()}{SUFFIX}",
        package / "a.py.tmp",
        package / f"a.py.{dead_process()}{SUFFIX}.mine",
        tmp_path / f"a.py.{dead_process()}{SUFFIX}",  # Beside the packages it is not ours.
    ]
    goes = [
        package / f"a.py.{dead_process()}{SUFFIX}",
        package / "sub" / f"gone.py.{dead_process()}{SUFFIX}",
        package / f"a.py.no-number{SUFFIX}",
    ]
    for path in (*stays, *goes):
        path.write_text(f"{HEADER}\n" if path.name.endswith(SUFFIX) else "mine\n")
    folder = package / f"folder.{dead_process()}{SUFFIX}"
    folder.mkdir()
    assert not compare(NEW, tmp_path), "what is half written is no output, of whomever"
    write(NEW, tmp_path)
    assert [path for path in (*stays, *goes, folder) if path.exists()] == [*stays, folder]

    def kill(process, signal):
        assert signal == 0, "only asks"
        raise PermissionError

    monkeypatch.setattr(os, "kill", kill)
    write(NEW, tmp_path)
    assert stays[0].exists(), "that of somebody else's process"


def test_a_leftover_that_another_writer_deletes_first(tmp_path, monkeypatch):
    write(NEW, tmp_path)
    leftover = tmp_path / "tfp_trainables" / f"a.py.{dead_process()}{SUFFIX}"
    leftover.touch()

    def kill(process, signal):
        leftover.unlink()
        raise ProcessLookupError

    monkeypatch.setattr(os, "kill", kill)
    assert not write(NEW, tmp_path)


@pytest.mark.parametrize("error", [OSError(28, "full"), KeyboardInterrupt()])
def test_a_writer_that_is_interrupted_cleans_up(tmp_path, monkeypatch, error):
    write(OLD, tmp_path)
    path = tmp_path / "tfp_trainables" / "a.py"
    sources = []

    def fail(source, target):
        assert source.read_text() == f"{HEADER}\na = 2\n"
        sources.append((source.parent, source.name, target))
        raise error

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(type(error) if isinstance(error, KeyboardInterrupt) else OutputError):
        write({PurePosixPath("tfp_trainables/a.py"): f"{HEADER}\na = 2\n"}, tmp_path)
    assert sources == [(path.parent, f"a.py.{os.getpid()}{SUFFIX}", path)]
    assert path.read_text() == f"{HEADER}\na = 1\n"
    assert [it.name for it in path.parent.iterdir()] == ["a.py"]


def test_what_cannot_be_written_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "write_bytes", lambda path, _: (_ for _ in ()).throw(full(path)))
    expected = rf"^{tmp_path}/tfp_trainables/a\.py\..*: cannot be written: No space left$"
    with pytest.raises(OutputError, match=expected):
        write(OLD, tmp_path)
    monkeypatch.setattr(Path, "write_bytes", lambda *_: (_ for _ in ()).throw(full(None)))
    with pytest.raises(OutputError, match=f"^{tmp_path}: cannot be written: No space left$"):
        write(OLD, tmp_path)


def full(path):
    return OSError(28, "No space left", *([] if path is None else [str(path)]))


def test_what_cannot_be_read_is_named(tmp_path):
    path = tmp_path / "tfp_trainables" / "a.py"
    path.mkdir(parents=True)
    with pytest.raises(OutputError, match=rf"^{path}: cannot be read: Is a directory$"):
        compare(OLD, tmp_path)


def test_a_file_keeps_its_mode(tmp_path):
    write(OLD, tmp_path)
    path = tmp_path / "tfp_trainables" / "a.py"
    path.chmod(0o640)
    write(NEW, tmp_path)
    assert path.stat().st_mode & 0o777 == 0o640
    assert path.read_text() == NEW[PurePosixPath("tfp_trainables/a.py")]


@pytest.mark.parametrize("field", ["missing", "differing", "orphaned"])
def test_changes_of_any_kind_are_some(field):
    assert Changes(**{field: (PurePosixPath("a"),)})
    assert not Changes()


def test_every_kind_of_difference_is_told(tmp_path):
    files = {
        PurePosixPath("tfp_trainables/new.py"): f"{HEADER}\nnew = 1\n",
        PurePosixPath("tfp_trainables/sub/changed.py"): f"{HEADER}\nb = 1\n",
        PurePosixPath("tfp_trainables/manifest.json"): MANIFEST_BEGINNING,
    }
    package = tmp_path / "tfp_trainables"
    (package / "sub").mkdir(parents=True)
    (package / "sub" / "changed.py").write_bytes(f"{HEADER}\nb = ".encode() + b"\xff\n")
    (package / "manifest.json").write_text(MANIFEST_BEGINNING)
    for name in ("z.py", "gone.py"):
        (package / name).write_text(f"{HEADER}\n")
    changes = compare(files, tmp_path)
    assert {
        field: list(map(str, getattr(changes, field)))
        for field in ("missing", "differing", "orphaned")
    } == {
        "missing": ["tfp_trainables/new.py"],
        "differing": ["tfp_trainables/sub/changed.py"],
        "orphaned": ["tfp_trainables/gone.py", "tfp_trainables/z.py"],
    }
    assert "".join(diff(files, tmp_path, changes)) == (
        f"--- a/tfp_trainables/gone.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-{HEADER}\n"
        f"--- /dev/null\n+++ b/tfp_trainables/new.py\n@@ -0,0 +1,2 @@\n+{HEADER}\n+new = 1\n"
        "--- a/tfp_trainables/sub/changed.py\n+++ b/tfp_trainables/sub/changed.py\n"
        f"@@ -1,2 +1,2 @@\n {HEADER}\n-b = \ufffd\n+b = 1\n"
        f"--- a/tfp_trainables/z.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-{HEADER}\n"
    )
    assert write(files, tmp_path) == changes


def test_what_is_no_longer_rendered_may_stay(tmp_path):
    write(NEW, tmp_path)
    assert write(OLD, tmp_path, keep_orphans=True) == Changes(differing=tuple(OLD))
    assert (tmp_path / "tfp_trainables" / "sub" / "b.py").exists()
    assert write(OLD, tmp_path).orphaned == (PurePosixPath("tfp_trainables/sub/b.py"),)


@pytest.mark.parametrize("text", [HEADER, f"{HEADER} not\n", f"\n{HEADER}\n", ""])
def test_a_file_is_ours_by_its_first_line_alone(tmp_path, text):
    path = tmp_path / "tfp_trainables" / "mine.py"
    path.parent.mkdir()
    path.write_text(text)
    assert not compare(OLD, tmp_path).orphaned
    files = {PurePosixPath("tfp_trainables/mine.py"): f"{HEADER}\n"}
    with pytest.raises(OutputError) as error:
        write(files, tmp_path)
    assert str(error.value) == (
        f"{path}: expected a file with the header of tfp-trainables, got another. "
        "Nothing was written; move it away or choose another --output."
    )
    assert path.read_text() == text


def test_all_files_of_others_are_named(tmp_path):
    paths = [tmp_path / path for path in NEW]
    paths[1].parent.mkdir(parents=True)
    for path in paths:
        path.write_text("mine\n")
    with pytest.raises(OutputError, match=f"^{paths[0]}, {paths[1]}: expected a file with"):
        write(NEW, tmp_path)


def test_folders_that_become_empty_are_removed_and_others_are_not(tmp_path):
    deep = {
        PurePosixPath("tfp_trainables/a.py"): f"{HEADER}\n",
        PurePosixPath("tfp_trainables/one/two/b.py"): f"{HEADER}\n",
        PurePosixPath("tfp_trainables/other/three/c.py"): f"{HEADER}\n",
        PurePosixPath("whole/d.py"): f"{HEADER}\n",
    }
    write(deep, tmp_path)
    package = tmp_path / "tfp_trainables"
    (package / "other" / "mine.txt").write_text("mine")
    cached = package / "__pycache__" / "a.py"
    cached.parent.mkdir()
    cached.write_text(f"{HEADER}\n")
    write({PurePosixPath("tfp_trainables/e.py"): f"{HEADER}\n"}, tmp_path)
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    assert found == {
        "tfp_trainables",
        "tfp_trainables/__pycache__",
        "tfp_trainables/__pycache__/a.py",
        "tfp_trainables/e.py",
        "tfp_trainables/other",
        "tfp_trainables/other/mine.txt",
        "whole",  # Another package, which was not rendered now.
        "whole/d.py",
    }
