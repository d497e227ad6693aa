"""Renders a module of tests, which hold trainables to `make_trainable`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from tfp_trainables_generator.render.classes import trainable_name
from tfp_trainables_generator.render.templating import render_source
from tfp_trainables_generator.spec.classes import ClassSpec
from tfp_trainables_generator.spec.packages import Package
from tfp_trainables_generator.spec.parameters import ParameterSpec, Role
from tfp_trainables_generator.spec.printing import names_in_program
from tfp_trainables_runtime.version import PARITY_TESTS

_ALIASES = {"tfd": "tfp.distributions", "tfb": "tfp.bijectors"}


@dataclass(frozen=True)
class CaseView:
    """A class to test, as printed.

    Attributes:
      spec: its facts.
      trainable: what its trainable is called.
      passed: the parameters that `make_trainable` would not create as the trainable does.
      dtypes: those to test it in, if it does not take both.
    """

    spec: ClassSpec
    trainable: str
    passed: Sequence[str]
    dtypes: Sequence[str]


def parity_test_file(package: Package, specs: Sequence[ClassSpec]) -> dict[PurePosixPath, str]:
    """Returns the text of the module of tests, by its relative path.

    Args:
      package: the generated package.
      specs: the classes of which it has trainables.

    Raises:
      CompilationError: if what the template renders is no Python.
    """
    specs = sorted(specs, key=lambda spec: spec.name)
    cases = [
        CaseView(
            spec,
            trainable_name(spec),
            [parameter.name for parameter in spec.parameters if _is_passed(spec, parameter)],
            _dtypes(spec),
        )
        for spec in specs
    ]
    examples = [spec.example for spec in specs]
    sources = (
        source
        for example in examples
        for source in (*dict(example.arguments).values(), example.input or "None")
    )
    names = names_in_program("\n".join(sources))
    own = {spec.reference.module.partition(".")[0] for spec in specs}
    imports: dict[str, list[str]] = {}
    for spec in specs:
        imports.setdefault(spec.reference.module, []).append(spec.name)
    text = render_source(
        "parity_tests.py.jinja",
        PARITY_TESTS,
        package=package.name,
        aliases=[(name, value) for name, value in _ALIASES.items() if name in names],
        uses_tf="tf" in names,
        uses_tfp=bool(names & {"tfp", *_ALIASES}),
        packages=sorted(own & names),
        imports=sorted(imports.items()),
        trainables=[case.trainable for case in cases],
        cases=cases,
    )
    return {package.path_of(f"{package.name}.{PARITY_TESTS}").with_suffix(".py"): text}


def _is_passed(spec: ClassSpec, parameter: ParameterSpec) -> bool:
    """Tells whether `make_trainable` would not create what the trainable does."""
    if parameter.role is Role.STRUCTURAL:
        return parameter.default not in (None, "None")
    if not parameter.is_trainable:
        return False
    is_sized = parameter.shape is not None and bool(parameter.shape.sizes)
    is_needed = parameter.name in spec.needed_by_make_trainable
    return bool(parameter.source) or is_needed or is_sized


def _dtypes(spec: ClassSpec) -> list[str]:
    """Returns the dtypes to test a class in, if it does not take both."""
    refused = dict(spec.capabilities.refused) if spec.capabilities else {}
    taken = [name for name in ("float32", "float64") if name not in refused]
    return [f"np.{name}" for name in taken] if refused else []
