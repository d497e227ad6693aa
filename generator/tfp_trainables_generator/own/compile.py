"""The line of phases for classes of somebody's own.

As in `pipeline`; but each step returns what it accepts together with its problems, so that a class
that something is wrong with keeps no other from being compiled.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.own.checks import check_all
from tfp_trainables_generator.own.discover import discover_own
from tfp_trainables_generator.own.printable import print_all
from tfp_trainables_generator.own.settings import OwnPackage
from tfp_trainables_generator.own.supplements import supplements_of
from tfp_trainables_generator.pipeline import Compilation, Progress
from tfp_trainables_generator.probe.pool import probe_all
from tfp_trainables_generator.read.classes import read_all
from tfp_trainables_generator.spec.classes import Outcome


def compile_own(own: OwnPackage, progress: Progress = lambda _: None) -> Compilation:
    """Compiles the public classes of modules of somebody's own.

    Classes that something is wrong with are left out; what that is, the result tells.

    Args:
      own: the modules, and where their trainables are to go.
      progress: called with a line on what is being done.

    Raises:
      CompilationError: if the settings are wrong, or if no class is left.
    """
    sys.path.insert(0, str(own.root))
    progress(f"Importing {', '.join(own.settings.modules)}")
    discovery = discover_own(own)
    stated = supplements_of(own, discovery)
    progress(f"Reading {len(stated.classes)} classes")
    reading = read_all(stated.classes, stated.supplements)
    checked = check_all(own, reading)
    findings = probe_all(own.package, checked.specs, {}, progress)
    printed = print_all(own, Outcome(findings.specs, skipped=discovery.excluded), progress)
    steps = (discovery, stated, reading, checked, findings, printed)
    problems = [problem for step in steps for problem in step.problems]
    if not printed.specs:
        raise CompilationError(problems or ["expected a class to compile, got none"])
    return replace(printed, problems=tuple(problems))
