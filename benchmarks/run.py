"""Runs all benchmarks: `make bench`."""

from __future__ import annotations

import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

BENCHMARKS = ("importing", "construction", "copying", "calling", "loads", "plot")


def main() -> None:
    packages = ("tensorflow", "tensorflow-probability", "numpy")
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    print(f"{platform.machine()}, Python {platform.python_version()}, {versions}\n", flush=True)
    for name in BENCHMARKS:
        subprocess.run([sys.executable, Path(__file__).with_name(f"{name}.py")], check=True)


if __name__ == "__main__":
    main()
