"""Trees of files, to compare."""

from pathlib import Path


def contents(folder: Path) -> dict[Path, bytes]:
    """Returns the files below a folder, but for Python's caches."""
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
