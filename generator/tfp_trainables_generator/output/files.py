"""Writes the rendered files, or compares them with those on disk."""

from __future__ import annotations

import difflib
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from tfp_trainables_generator.errors import OutputError
from tfp_trainables_generator.naming import HEADER, MANIFEST_BEGINNING

Files = Mapping[PurePosixPath, str]

_TEMPORARY_SUFFIX = ".tfp-trainables-tmp"


@dataclass(frozen=True)
class Changes:
    """How the output on disk differs from what was rendered.

    Attributes:
      missing: rendered, and not on disk.
      differing: on disk with another text.
      orphaned: on disk with our header, and no longer rendered.
    """

    missing: tuple[PurePosixPath, ...] = ()
    differing: tuple[PurePosixPath, ...] = ()
    orphaned: tuple[PurePosixPath, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.missing or self.differing or self.orphaned)


def compare(files: Files, output: Path) -> Changes:
    """Compares the rendered files with those below `output`.

    Raises:
      OutputError: if a file on disk cannot be read.
    """
    missing: list[PurePosixPath] = []
    differing: list[PurePosixPath] = []
    for path, text in files.items():
        existing = _read(output / path)
        if existing is None:
            missing.append(path)
        elif existing != text.encode():
            differing.append(path)
    orphaned = [path for path in _ours(files, output) if path not in files]
    return Changes(tuple(missing), tuple(differing), tuple(orphaned))


def diff(files: Files, output: Path, changes: Changes) -> Iterator[str]:
    """Yields the lines of a unified diff, from what is on disk to what is rendered."""
    for path in sorted({*changes.missing, *changes.differing, *changes.orphaned}):
        existing = (_read(output / path) or b"").decode(errors="replace")
        yield from unified_diff(
            existing,
            files.get(path, ""),
            "/dev/null" if path in changes.missing else f"a/{path}",
            "/dev/null" if path in changes.orphaned else f"b/{path}",
        )


def unified_diff(before: str, after: str, old: str, new: str) -> Iterator[str]:
    """Yields the lines of a unified diff of two texts, which go by these names."""
    first, second = (text.splitlines(keepends=True) for text in (before, after))
    return difflib.unified_diff(first, second, old, new)


def write(files: Files, output: Path, *, keep_orphans: bool = False) -> Changes:
    """Makes the files below `output` the rendered ones; returns what it changed.

    Each file is replaced in one step, so that whoever interrupts this finds every file
    either old or new. Only files with our header are replaced or deleted.

    Args:
      files: the text of each, by relative path.
      output: the folder.
      keep_orphans: whether what is no longer rendered stays, for it may be again.

    Raises:
      OutputError: if a file would have to be replaced that is not ours (then nothing is
        written), or if the folder cannot be written to.
    """
    changes = compare(files, output)
    if keep_orphans:
        changes = replace(changes, orphaned=())
    foreign = [path for path in changes.differing if not _is_ours(output / path)]
    if foreign:
        listed = ", ".join(str(output / path) for path in foreign)
        raise OutputError(
            f"{listed}: expected a file with the header of tfp-trainables, got another. "
            "Nothing was written; move it away or choose another --output."
        )
    try:
        for leftover in _leftovers(files, output):
            leftover.unlink(missing_ok=True)
        for path in (*changes.missing, *changes.differing):
            replace_file(output / path, files[path])
        for path in changes.orphaned:
            (output / path).unlink()
            _remove_empty_folders((output / path).parent, output)
    except OSError as error:
        raise OutputError(
            f"{error.filename or output}: cannot be written: {error.strerror}"
        ) from error
    return changes


def replace_file(path: Path, text: str) -> None:
    """Writes a file in one step: whoever interrupts this finds it either old or new.

    Raises:
      OSError: if it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}{_TEMPORARY_SUFFIX}")
    try:
        temporary.write_bytes(text.encode())
        if path.exists():
            shutil.copymode(path, temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _packages(files: Files, output: Path) -> list[Path]:
    """Returns the folders of the generated packages."""
    return [output / name for name in sorted({path.parts[0] for path in files})]


def _leftovers(files: Files, output: Path) -> list[Path]:
    """Returns the temporary files of writers that are no more."""
    return [
        path
        for package in _packages(files, output)
        for path in package.rglob(f"*{_TEMPORARY_SUFFIX}")
        if path.is_file() and not _is_running(path.name.split(".")[-2])
    ]


def _is_running(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:  # Somebody else's, but there.
        pass
    return True


def _remove_empty_folders(folder: Path, output: Path) -> None:
    while folder != output and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _ours(files: Files, output: Path) -> Iterator[PurePosixPath]:
    for package in _packages(files, output):
        manifests = filter(_is_ours, package.rglob("manifest.json"))
        nested = {path.parent for path in manifests} - {package}
        for path in sorted(package.rglob("*")):
            if "__pycache__" in path.parts or nested.intersection(path.parents):
                continue  # A package below is another one, with its own manifest.
            if path.is_file() and _is_ours(path):
                yield PurePosixPath(path.relative_to(output).as_posix())


def _is_ours(path: Path) -> bool:
    if path.name.endswith(_TEMPORARY_SUFFIX):
        return False
    text = _read(path) or b""
    return text.startswith((f"{HEADER}\n".encode(), MANIFEST_BEGINNING.encode()))


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OutputError(f"{path}: cannot be read: {error.strerror}") from error
