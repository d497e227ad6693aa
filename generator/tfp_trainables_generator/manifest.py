"""The manifest: what became of every public class of TFP, for tools and tests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tfp_trainables_generator.capabilities import MethodSpec
from tfp_trainables_generator.documentation import shape_words, support_words
from tfp_trainables_generator.naming import MANIFEST_HEADER
from tfp_trainables_generator.packages import Package
from tfp_trainables_generator.parameters import ParameterSpec, Role
from tfp_trainables_generator.source import bijector_source
from tfp_trainables_generator.spec import ClassSpec, SkippedClass

__all__ = ["manifest_entries", "manifest_text"]


def manifest_text(
    package: Package,
    specs: Sequence[ClassSpec],
    skipped: Sequence[SkippedClass],
    *,
    tfp_version: str,
) -> str:
    """Returns the text of `manifest.json`."""
    document = {
        "_": MANIFEST_HEADER,
        "versions": {"tensorflow_probability": tfp_version},
        "classes": manifest_entries(package, specs, skipped),
    }
    return json.dumps(document, indent=1) + "\n"


def manifest_entries(
    package: Package, specs: Sequence[ClassSpec], skipped: Sequence[SkippedClass]
) -> dict[str, dict[str, Any]]:
    """Returns one entry for each public class, by its public name, sorted."""
    entries = {spec.qualified_name: _generated(package, spec) for spec in specs}
    for part in skipped:
        entries[part.qualified_name] = {
            "status": "skipped",
            "reason": part.reason.value,
            "detail": part.detail,
        }
    return dict(sorted(entries.items()))


def _generated(package: Package, spec: ClassSpec) -> dict[str, Any]:
    return {
        "status": "generated",
        "trainable": f"{package.subpackage_of(spec)}.Trainable{spec.name}",
        "tfp_module": spec.reference.module,
        "kind": spec.kind,
        "composite": spec.is_composite,
        "variables": list(spec.variables),
        "sizes": list(spec.sizes),
        "structures": list(spec.structures),
        "refused_defaults": [list(group) for group in spec.refused_defaults],
        "from_samples": spec.has_estimates,
        "make_trainable": {
            "builds": spec.make_trainable_builds,
            "needs": list(spec.needed_by_make_trainable),
        },
        "parameters": {parameter.name: _parameter(parameter) for parameter in spec.parameters},
        **_capabilities(package, spec),
        "example": {
            "batch_and_event_shape": list(spec.example.batch_and_event_shape),
            "arguments": dict(spec.example.arguments),
            "fixed": dict(spec.example.fixed),
            "input": spec.example.input,
        },
    }


def _capabilities(package: Package, spec: ClassSpec) -> dict[str, Any]:
    found = spec.capabilities
    if found is None:
        return {}
    # TFP's changes when TFP is upgraded, that of a package under development at every edit.
    fingerprint = {} if package.sources else {"fingerprint": found.fingerprint}
    return {
        "probe": {**fingerprint, "event_ndims": found.event_ndims},
        "methods": {method.name: _method(method) for method in found.methods},
    }


def _method(method: MethodSpec) -> dict[str, Any]:
    facts: dict[str, Any] = {"runs": method.runs.value}
    if method.reason:
        facts["reason"] = method.reason
    if method.has_gradient is not None:
        facts["has_gradient"] = method.has_gradient
    return facts


def _parameter(parameter: ParameterSpec) -> dict[str, Any]:
    facts: dict[str, Any] = {"role": parameter.role.value, "type": parameter.annotation}
    if parameter.bijector is not None:
        facts["support"] = support_words(parameter)
        facts["constraining_bijector"] = bijector_source(parameter.bijector, dtype="")
    if parameter.shape is not None:
        facts["shape"] = shape_words(parameter)
        facts["minimum_ndims"] = parameter.minimum_ndims
    if parameter.reason:
        facts["reason"] = parameter.reason
    if parameter.source:
        facts["source"] = parameter.source
    if parameter.replaces:
        facts["replaces"] = parameter.replaces
        facts["conversion"] = parameter.conversion
    if parameter.role is not Role.TRAINABLE:
        facts["required"] = parameter.default is None
        if parameter.default is not None:
            facts["default"] = parameter.default
    return facts
