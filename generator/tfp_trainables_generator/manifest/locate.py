"""Where manifests are: in a generated package, in a file, in a revision of a repository."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path, PurePosixPath

from tfp_trainables_generator.errors import OutputError
from tfp_trainables_generator.manifest.schema import ManifestFacts, parse_manifest
from tfp_trainables_generator.naming import MANIFEST_BEGINNING, PACKAGE

_NAME = "manifest.json"
_EXPECTED = "expected the manifest that `tfp-trainables generate` writes, got"


def read_manifest(output: Path) -> ManifestFacts:
    """Reads the manifest of a generated package.

    Args:
      output: the folder that holds the package.

    Raises:
      OutputError: if there is none.
    """
    path = output / PACKAGE / _NAME
    text = _text_of(path)
    if not text.startswith(MANIFEST_BEGINNING):
        raise OutputError(f"{path}: {_EXPECTED} another file")
    return parse_manifest(text, where=str(path))


def load_manifest(place: str, folder: Path = Path()) -> ManifestFacts:
    """Reads a manifest.

    Args:
      place: its path, that of the generated package, or that of a folder that holds the
        package; or else, where there is no such path, a git revision.
      folder: a folder of the repository that the revision is of; by default the current one.

    Raises:
      OutputError: if there is none, or has a format that is not known here.
    """
    return parse_manifest(_load_text(place, folder), where=place)


def _load_text(place: str, folder: Path) -> str:
    path = Path(place)
    if not _exists(path):
        return _text_at(place, folder)
    if not path.is_dir():
        return _text_of(path)
    candidates = (path / PACKAGE / _NAME, path / _NAME)
    return _text_of(next(filter(Path.is_file, candidates), candidates[0]))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # Such as a name that is too long for one.
        return False


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise OutputError(f"{path}: {_EXPECTED} none: {reason}") from error


def _text_at(revision: str, folder: Path) -> str:
    """Returns the text of the manifest that is tracked at a revision."""
    try:
        commit = _git(
            folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
        ).strip()
    except OutputError as error:
        raise OutputError(
            f"{revision}: expected a manifest, a folder that holds {PACKAGE}, a git revision or "
            f"`installed`, got none of these: there is no such path{error!s}"
        ) from error
    tracked = _git(folder, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit)
    paths = [
        path for path in tracked.split("\0") if PurePosixPath(path).parts[-2:] == (PACKAGE, _NAME)
    ]
    if len(paths) != 1:
        raise OutputError(
            f"{revision}: expected a revision that tracks one {PACKAGE}/{_NAME}, "
            f"got {', '.join(paths) or 'none'}"
        )
    return _git(folder, "show", f"{commit}:{paths[0]}")


def _git(folder: Path, *arguments: str) -> str:
    """Runs git and returns what it prints.

    Raises:
      OutputError: if it fails; with what it says, as the end of a sentence.
    """
    git = shutil.which("git")
    if git is None:
        raise OutputError(", and git is not installed")
    # There is no shell, and git is told where its options end.
    result = subprocess.run(  # noqa: S603
        [git, *arguments], cwd=folder, capture_output=True, check=False
    )
    if result.returncode:
        said = result.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise OutputError(f"; git: {said}" if said else ", and no such revision")
    return result.stdout.decode(errors="replace")
