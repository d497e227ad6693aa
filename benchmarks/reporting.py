"""Writes results as JSON, with the machine and the versions that they were measured with."""

from __future__ import annotations

import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

__all__ = ["RESULTS", "environment", "write"]

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("tensorflow", "tensorflow-probability", "numpy", "jax")


def environment() -> dict[str, str]:
    """Returns what the figures depend on."""
    facts = {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "python": platform.python_version(),
    }
    for name in PACKAGES:
        try:
            facts[name] = version(name)
        except PackageNotFoundError:
            continue
    return facts


def write(name: str, results: dict[str, Any]) -> None:
    """Writes the results of one benchmark."""
    RESULTS.mkdir(exist_ok=True)
    document = {"environment": environment(), "results": results}
    (RESULTS / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")
