"""Runs the probe over all classes: on all cores, and only where something has changed."""

from __future__ import annotations

import importlib
import importlib.util
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import platformdirs
from pydantic import TypeAdapter, ValidationError

from tfp_trainables_generator.errors import CompilationError, OutputError
from tfp_trainables_generator.manifest.schema import parse_manifest
from tfp_trainables_generator.naming import PACKAGE
from tfp_trainables_generator.probe.fingerprints import fingerprint_of
from tfp_trainables_generator.spec.capabilities import Capabilities, Execution, MethodSpec
from tfp_trainables_generator.spec.classes import ClassSpec, Outcome, from_json, to_json
from tfp_trainables_generator.spec.packages import Package

_CAPABILITIES = TypeAdapter(Capabilities)


def probe_all(
    package: Package,
    specs: Sequence[ClassSpec],
    known: Mapping[str, Capabilities],
    progress: Callable[[str], None],
    cache: Path | None = None,
) -> Outcome:
    """Returns the specs with what the probe finds, or has found, of each class.

    What is found is kept in a cache folder at once, so that whoever interrupts the probe
    loses the classes under way alone.

    Args:
      package: the package that their trainables go to.
      specs: the classes.
      known: earlier findings, by public name, such as those of the manifest. They count
        where the fingerprint is that of today.
      progress: called with a line for each class.
      cache: the folder; by default the user's, as the operating system has it.
    """
    cache = cache or platformdirs.user_cache_path("tfp-trainables") / "probe"
    results: dict[str, Capabilities] = {}
    missing: list[tuple[ClassSpec, str]] = []
    problems: Sequence[str] = ()
    sources: dict[str, str] = {}
    for spec in specs:
        fingerprint = fingerprint_of(package, spec, sources)
        found = known.get(spec.qualified_name)
        if found is None or found.fingerprint != fingerprint:
            found = _read(cache / f"{fingerprint}.json")
        if found is None:
            missing.append((spec, fingerprint))
        else:
            results[spec.qualified_name] = found
    if missing:
        probed, problems = _probe(package, missing, progress, cache)
        results.update(probed)
    return Outcome(
        tuple(
            replace(spec, capabilities=results[spec.qualified_name])
            for spec in specs
            if spec.qualified_name in results
        ),
        tuple(problems),
    )


def known_capabilities(output: Path) -> dict[str, Capabilities]:
    """Returns earlier findings: of the installed package, and of the one to be written.

    Args:
      output: the folder that holds (or will hold) the generated package.
    """
    installed = importlib.util.find_spec(PACKAGE)
    folders = (installed and installed.submodule_search_locations) or ()
    return {
        name: capabilities
        for folder in (*map(Path, folders), output / PACKAGE)
        for name, capabilities in _in_manifest(folder / "manifest.json").items()
    }


def _in_manifest(path: Path) -> dict[str, Capabilities]:
    try:
        manifest = parse_manifest(path.read_text(encoding="utf-8"), where=str(path))
        return {
            name: Capabilities(
                facts.probe.fingerprint,
                facts.probe.event_ndims,
                tuple(
                    MethodSpec(key, Execution(it.runs), it.reason, it.has_gradient, it.on_request)
                    for key, it in facts.methods.items()
                ),
            )
            for name, facts in manifest.generated.items()
            if facts.probe
        }
    except (OSError, ValueError, OutputError):
        return {}  # No manifest, or none of this compiler: everything is probed.


def _read(path: Path) -> Capabilities | None:
    try:
        return _CAPABILITIES.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _keep(path: Path, capabilities: Capabilities) -> None:
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary.write_bytes(_CAPABILITIES.dump_json(capabilities))
    temporary.replace(path)


def _probe(
    package: Package,
    missing: Sequence[tuple[ClassSpec, str]],
    progress: Callable[[str], None],
    cache: Path,
) -> tuple[dict[str, Capabilities], list[str]]:
    """Returns findings by class, and what was wrong with the others, sorted."""
    results: dict[str, Capabilities] = {}
    problems: list[str] = []
    processes = _Processes(package)
    workers = min(len(missing), os.cpu_count() or 1)
    with ThreadPoolExecutor(workers) as threads:
        futures = {
            threads.submit(processes.probe, spec, fingerprint): spec
            for spec, fingerprint in missing
        }
        try:
            for done, future in enumerate(as_completed(futures), start=1):
                name = futures[future].qualified_name
                try:
                    results[name] = future.result()
                except CompilationError as error:
                    problems.extend(error.problems)
                else:
                    _keep(cache / f"{results[name].fingerprint}.json", results[name])
                progress(f"Probed {done} of {len(missing)} classes, the last {name}")
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
            processes.end()
    return results, sorted(problems)


class _Processes:
    """One process for each thread, replaced now and then: compiled programs stay in memory."""

    _TASKS = 12
    """How many classes a process probes."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._of_thread = threading.local()
        self._all: list[ProcessPoolExecutor] = []

    def probe(self, spec: ClassSpec, fingerprint: str) -> Capabilities:
        """Probes a class in the thread's process."""
        process = self._process()
        try:
            text, problems = process.submit(
                _probe_one, self._package, to_json(spec), fingerprint
            ).result()
        except BrokenProcessPool as error:
            self._of_thread.tasks = self._TASKS
            raise CompilationError(
                [f"{spec.qualified_name}: the probe's process ended while it ran the methods"]
            ) from error
        if problems:
            raise CompilationError(problems)
        return _CAPABILITIES.validate_json(text)

    def _process(self) -> ProcessPoolExecutor:
        """Returns the thread's process for one more task."""
        own = self._of_thread
        if getattr(own, "tasks", self._TASKS) == self._TASKS:
            if hasattr(own, "process"):
                own.process.shutdown()
            # A fork of a process in which TensorFlow has started would not get far.
            own.process = ProcessPoolExecutor(
                1, multiprocessing.get_context("spawn"), initializer=_prepare_process
            )
            own.tasks = 0
            self._all.append(own.process)
        own.tasks += 1
        return own.process

    def end(self) -> None:
        """Ends all processes, at once."""
        for process in self._all:
            for worker in list(cast("dict[int, Any]", process._processes or {}).values()):
                worker.terminate()
            process.shutdown(wait=False, cancel_futures=True)


def _prepare_process() -> None:
    """Prepares a process for TensorFlow."""
    # Greetings and notes on deprecation would get in the way of the progress.
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stderr.fileno())


def _probe_one(package: Package, spec: str, fingerprint: str) -> tuple[bytes, Sequence[str]]:
    """Probes a class: the task of a process, with what can be sent to it and back."""
    from tfp_trainables_generator.probe.methods import probe

    subject = from_json(spec)
    try:
        return _CAPABILITIES.dump_json(probe(package, subject, fingerprint)), ()
    except CompilationError as error:
        return b"", error.problems
    except Exception as error:  # A broken class fails in any way it likes.
        return b"", [f"{subject.qualified_name}: {type(error).__name__}: {error}"]
