"""Settings for classes of somebody's own: of the command line and of `pyproject.toml`.

The table `[tool.tfp-trainables]` there says which modules to compile, and where to. What
classes do not annotate stands below it, by class and by parameter, in the notation that
the docstrings of trainables have.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    ValidationError,
    model_validator,
)

from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.spec.packages import Package
from tfp_trainables_generator.toml import parse_toml

_FILE = "pyproject.toml"
TABLE = "tool.tfp-trainables"


def _kebab(name: str) -> str:
    return name.replace("_", "-")


class _Table(BaseModel):
    """A table of the file: its keys have hyphens, and no others are taken."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=_kebab)


class ParameterSettings(_Table):
    """What there is to say of a parameter beyond its annotation.

    Attributes:
      constraint: a constraining bijector, in place of the one that its class states.
      shape: a shape, in place of the one that its class states.
      event_ndims: rank of one value, where its class annotates nothing.
      reason: why it has this constraint, or this shape.
      not_trained: why it is no variable, though its annotation would make it one.
      replaces: the trainable parameter that this alternative stands in for.
      conversion: how a value of this alternative becomes one of that parameter.
      description: what it does, for docstrings.
    """

    constraint: str = ""
    shape: str = ""
    event_ndims: int | None = None
    reason: str = Field("", min_length=1)
    not_trained: str = Field("", min_length=1)
    replaces: str = ""
    conversion: str = ""
    description: str = Field("", min_length=1)

    @model_validator(mode="after")
    def _says_one_thing(self) -> ParameterSettings:
        given = {_kebab(key) for key in self.model_fields_set} - {"description"}
        if self.description and not given:
            return self
        if not any(given >= needs and given <= takes for needs, takes in _KEYS):
            expected = "; or ".join(
                ", ".join(sorted(needs))
                + (f" (and {', '.join(sorted(takes - needs))})" * (takes > needs))
                for needs, takes in _KEYS
            )
            raise ValueError(f"the keys {expected}; and beside them, or alone, description")
        return self


_OF_CONSTRAINTS = {"constraint", "shape", "reason", "event-ndims"}
_KEYS: tuple[tuple[set[str], set[str]], ...] = (
    ({"constraint", "reason"}, _OF_CONSTRAINTS),
    ({"shape", "reason"}, _OF_CONSTRAINTS),
    ({"not-trained"}, {"not-trained"}),
    ({"replaces", "conversion"}, {"replaces", "conversion"}),
)
"""Of what is said of a parameter, the keys that it needs, and those that it takes."""


class ExampleSettings(_Table):
    """Arguments to build a class with, as source.

    Attributes:
      shape: a `batch_and_event_shape`; by default one of as many dimensions as are needed.
      arguments: what the class cannot be built without, besides sizes.
      input: an input for the methods of a bijector.
    """

    shape: tuple[int, ...] | None = None
    arguments: Mapping[str, str] = Field(default_factory=dict[str, str])
    input: str = ""


class ClassSettings(_Table):
    """What there is to say of a class beyond its annotations.

    Attributes:
      example: arguments to build it with, if `batch_and_event_shape` and sizes are not all.
      parts: without annotations, the arguments that hold variables.
      one_of: arguments of which one of each group has to be passed, though all have
        defaults.
      parameters: what there is to say of each parameter.
    """

    example: ExampleSettings | None = None
    parts: tuple[str, ...] | None = None
    one_of: tuple[tuple[str, ...], ...] = ()
    parameters: Mapping[str, ParameterSettings] = Field(
        default_factory=dict[str, ParameterSettings]
    )


class Settings(_Table):
    """The table `[tool.tfp-trainables]`.

    Attributes:
      modules: what to compile the public classes of.
      output: the folder of the generated package, relative to that of the file.
      package: what that is imported as; by default as the `__init__.py` around it tell.
      with_tests: whether to write a module of tests.
      exclude: classes to leave out.
      supplements: what there is to say of classes beyond their annotations.
      supplements_module: a module whose `SUPPLEMENTS` say it in Python.
    """

    modules: tuple[str, ...] = ()
    output: Path | None = None
    package: str = ""
    with_tests: StrictBool = False
    exclude: tuple[str, ...] = ()
    supplements: Mapping[str, ClassSettings] = Field(default_factory=dict[str, ClassSettings])
    supplements_module: str = ""


@dataclass(frozen=True)
class OwnPackage:
    """What to compile of somebody's own, and where to.

    Attributes:
      package: the generated package.
      output: the folder that its own is in, or will be.
      root: the folder to import it from.
      settings: the other settings.
      file: where they stand, for messages.
      is_partial: whether the modules are others than those that the file is about.
    """

    package: Package
    output: Path
    root: Path
    settings: Settings = field(default_factory=Settings)
    file: Path = Path(_FILE)
    is_partial: bool = False


def settings_of(
    modules: Sequence[str] = (),
    output: Path | None = None,
    package: str = "",
    *,
    with_tests: bool | None = None,
    tfp: bool = False,
) -> OwnPackage | None:
    """Returns what to compile, by the command line first and by the file then.

    The file is the nearest one above the output, if that is stated, or above the current
    folder. Where neither names modules, it is TFP that is compiled.

    Args:
      modules: the modules of the command line.
      output: the folder of the generated package.
      package: what that is imported as.
      with_tests: whether to write a module of tests; `None` if that is not stated.
      tfp: whether to compile TFP whatever the file says.

    Returns:
      `None` if the classes to compile are those of TFP.

    Raises:
      CompilationError: if settings are missing, unknown or of the wrong kind.
    """
    if tfp:
        given = {"--module": modules, "--package": package, "--with-tests": with_tests}
        for option, value in given.items():
            if value:
                raise CompilationError([f"--tfp and {option}: expected one of them, got both"])
        return None
    file = _nearest_file((output or Path()).resolve())
    stated = (_read(file) if file else None) or Settings()
    if not modules and not stated.modules:
        if package or with_tests:
            raise CompilationError(["--package and --with-tests: expected a --module, got none"])
        return None
    file = file or Path(_FILE)
    is_partial = bool(modules) and set(modules) != set(stated.modules)
    changes: dict[str, Any] = {"modules": tuple(modules)} if modules else {}
    if with_tests is not None:
        changes["with_tests"] = with_tests
    settings = stated.model_copy(update=changes)
    if output is None and stated.output is not None:
        output = file.parent / stated.output
    if output is None:
        _check_found(modules)
    for key, value in (("modules", settings.modules), ("output", output)):
        if not value:
            place = f"--{key.removesuffix('s')}, or the key {key!r} of [{TABLE}] in {file.name}"
            raise CompilationError([f"{place}: expected a value, got none"])
    if output is None:
        raise AssertionError
    missing = sorted(set(stated.modules) - set(settings.modules))
    if missing and stated.output and output.resolve() == (file.parent / stated.output).resolve():
        raise CompilationError(
            [
                (
                    f"--module: expected {', '.join(missing)} too, for {stated.output} holds the "
                    f"trainables of all modules of {file.name}; or another --output"
                )
            ]
        )
    own = _own_package(output.resolve(), package or settings.package, settings, file)
    return replace(own, is_partial=is_partial)


def _check_found(modules: Sequence[str]) -> None:
    """Raises if a module is nowhere to be found, which matters more than what else is missing."""
    missing = [
        name
        for name in modules
        if importlib.util.find_spec(top := name.partition(".")[0]) is None
        and not any((Path(folder) / top).exists() for folder in (".", "src"))
        and not Path(f"{top}.py").exists()
    ]
    if missing:
        raise CompilationError(
            [f"--module {name}: cannot be imported: there is no such module" for name in missing]
        )


def _own_package(output: Path, package: str, settings: Settings, file: Path) -> OwnPackage:
    root = output.parent
    while (root / "__init__.py").is_file():
        root = root.parent
    parts = output.relative_to(root).parts
    if package:
        parts = tuple(package.split("."))
        if output.parts[-len(parts) :] != parts:
            raise CompilationError(
                [f"package {package}: expected the end of the path {output}, with dots for slashes"]
            )
        root = output.parents[len(parts) - 1]
    for part in parts:
        if not part.isidentifier():
            raise CompilationError([f"output {output}: expected names to import, got {part!r}"])
    own = Package(".".join(parts), sources=settings.modules)
    return OwnPackage(own, output.parent, root, settings, file)


def _nearest_file(start: Path) -> Path | None:
    return next(
        (folder / _FILE for folder in (start, *start.parents) if (folder / _FILE).is_file()), None
    )


def _read(file: Path) -> Settings | None:
    """Returns the settings of a file, `None` if it has none."""
    try:
        document = parse_toml(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # It is not there, not UTF-8, or no TOML.
        raise CompilationError([f"{file}: cannot be read: {error}"]) from error
    table: Any = document.get("tool", {}).get("tfp-trainables")
    if table is None:
        return None
    if not isinstance(table, dict):
        raise CompilationError([f"{file}, [{TABLE}]: expected one table, got another kind"])
    try:
        return Settings.model_validate(table)
    except ValidationError as error:
        raise CompilationError(list(_problems(file, error))) from error


def _problems(file: Path, error: ValidationError) -> Iterator[str]:
    for part in error.errors():
        *parents, key = map(str, part["loc"])
        place = f"{file}, [{'.'.join((TABLE, *parents))}]"
        if part["type"] == "extra_forbidden":
            known = ", ".join(map(repr, _keys(parents)))
            yield f"{place}: expected keys among {known}, got {key!r}"
        else:
            said = part["msg"]
            for beginning in ("Input should be ", "Value error, ", "String should have "):
                said = said.removeprefix(beginning)
            if part["type"] == "bool_type":
                said = "true or false, without quotes"
            if part["type"] == "path_type":
                said = 'a path, such as "src/mypkg/trainable"'
            if part["type"] == "tuple_type":
                said = f"an array, such as {_as_array(part['input'])}"
            yield f"{place}, key {key!r}: expected {said}, got {part['input']!r}"


def _as_array(value: object) -> str:
    """Returns what TOML has for a value that may be meant as an array."""
    if isinstance(value, str) and set(value) <= set("()[], 0123456789"):
        return str([int(number) for number in re.findall(r"\d+", value)])
    return f"[{json.dumps(value, default=str)}]"


def _keys(parents: Sequence[str]) -> list[str]:
    """Returns the keys that a table takes, by the path to it."""
    table: type[_Table] = Settings
    match parents:  # Classes and parameters have any names.
        case [_, _, "parameters", _]:
            table = ParameterSettings
        case [_, _, "example"]:
            table = ExampleSettings
        case [_, _]:
            table = ClassSettings
        case _:
            pass
    return list(map(_kebab, table.model_fields))
