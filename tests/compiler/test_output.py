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
from tfp_trainables_generator.output import compare, diff, write

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
from tfp_trainables_generator.output import write
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
