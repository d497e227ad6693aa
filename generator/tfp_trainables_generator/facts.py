"""What a manifest tells of the generated classes that their users see.

A manifest of an earlier compiler lacks what was added later. `None` stands for what it
does not tell; an empty string or tuple, for what there is none of.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError

from tfp_trainables_generator.errors import OutputError

__all__ = [
    "ClassFacts",
    "GeneratedFacts",
    "ManifestFacts",
    "MethodFacts",
    "ParameterFacts",
    "SkippedFacts",
    "parse_manifest",
]

_LATER_KEYS = ("source", "replaces", "conversion")
"""Of parameters, and only of some: that none of a manifest has it tells that it is older."""


@dataclass(frozen=True)
class ParameterFacts:
    """An argument of the constructor; for the fields, see `spec.ParameterSpec`."""

    role: str
    type: str
    constraining_bijector: str = ""
    shape: str = ""
    minimum_ndims: int = 0
    required: bool = False
    default: str | None = None
    source: str | None = None
    replaces: str | None = None
    conversion: str | None = None


@dataclass(frozen=True)
class MethodFacts:
    """A method; for the fields, see `spec.MethodSpec`."""

    runs: str
    reason: str = ""
    has_gradient: bool | None = None


@dataclass(frozen=True)
class GeneratedFacts:
    """A class with a trainable; for the fields, see `spec.ClassSpec`."""

    status: Literal["generated"]
    trainable: str
    tfp_module: str
    kind: str
    composite: bool
    variables: tuple[str, ...]
    sizes: tuple[str, ...]
    parameters: Mapping[str, ParameterFacts]
    structures: tuple[str, ...] | None = None
    refused_defaults: tuple[tuple[str, ...], ...] | None = None
    from_samples: bool | None = None
    methods: Mapping[str, MethodFacts] = field(default_factory=dict[str, MethodFacts])


@dataclass(frozen=True)
class SkippedFacts:
    """A class without a trainable."""

    status: Literal["skipped"]
    reason: str
    detail: str


ClassFacts: TypeAlias = GeneratedFacts | SkippedFacts


@dataclass(frozen=True)
class _Versions:
    tensorflow_probability: str


@dataclass(frozen=True)
class ManifestFacts:
    """A manifest: the version of TFP, and every public class by its public name."""

    versions: _Versions
    classes: Mapping[str, Annotated[ClassFacts, Field(discriminator="status")]]

    @property
    def tfp_version(self) -> str:
        """The version of TFP that the classes were generated from."""
        return self.versions.tensorflow_probability


_MANIFEST = TypeAdapter(ManifestFacts)


def parse_manifest(text: str, *, where: str) -> ManifestFacts:
    """Returns what the text of a manifest tells.

    Args:
      text: the text, as this compiler or an earlier one wrote it.
      where: where it is from, for the error.

    Raises:
      OutputError: if it is no manifest, or has a format that is not known here.
    """
    expected = f"{where}: expected the manifest that `tfp-trainables generate` writes, got"
    try:
        document = json.loads(text)
    except ValueError as error:
        raise OutputError(f"{expected} what is no JSON: {error}") from error
    try:
        return _completed(_MANIFEST.validate_python(document))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise OutputError(f"{expected} another format: {place}: {first['msg']}") from error


def _completed(manifest: ManifestFacts) -> ManifestFacts:
    """Returns the manifest with an empty string where a parameter has none of a known key."""
    classes = {
        name: facts for name, facts in manifest.classes.items() if isinstance(facts, GeneratedFacts)
    }
    parameters = [part for facts in classes.values() for part in facts.parameters.values()]
    known = [key for key in _LATER_KEYS if any(getattr(part, key) for part in parameters)]
    completed = {
        name: replace(
            facts,
            parameters={key: _filled(part, known) for key, part in facts.parameters.items()},
        )
        for name, facts in classes.items()
    }
    return replace(manifest, classes={**manifest.classes, **completed})


def _filled(parameter: ParameterFacts, keys: Sequence[str]) -> ParameterFacts:
    absent: dict[str, Any] = {key: "" for key in keys if getattr(parameter, key) is None}
    return replace(parameter, **absent)
