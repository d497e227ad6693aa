"""Small manifests, to compare."""

import json

from tfp_trainables_generator.manifest.schema import parse_manifest
from tfp_trainables_generator.naming import MANIFEST_HEADER

SKIPPED = {"status": "skipped", "reason": "abstract base", "detail": "a base"}


def variable(constraint="Softplus(low=eps)", shape="batch_and_event_shape", **facts):
    return {
        "role": "trainable",
        "type": "TensorLike",
        "constraining_bijector": constraint,
        "support": "words",
        "shape": shape,
        "minimum_ndims": 0,
        **facts,
    }


def argument(role="option", default=None, **facts):
    given = {} if default is None else {"default": default}
    return {"role": role, "type": "bool", "required": default is None, **given, **facts}


def alternative(replaces="scale", conversion="LOG", **facts):
    return {
        **variable(),
        **argument("alternative", "None", type="TensorLike | None"),
        "replaces": replaces,
        "conversion": conversion,
        **facts,
    }


def entry(methods=(), without=(), **facts):
    """Returns the entry of a class; its variables are the trainable parameters, in order."""
    facts.setdefault("parameters", {"loc": variable("Identity()"), "scale": variable()})
    trainable = [
        name for name, given in facts["parameters"].items() if given["role"] == "trainable"
    ]
    whole = {
        "status": "generated",
        "trainable": "tfp_trainables.a.TrainableX",
        "tfp_module": "tensorflow_probability.python.a.x",
        "kind": "distribution",
        "composite": True,
        "variables": trainable,
        "sizes": [],
        "structures": [],
        "refused_defaults": [],
        "from_samples": False,
        "make_trainable": {"builds": True, "needs": []},
        "probe": {"fingerprint": "0", "event_ndims": 0},
        "methods": {name: {"runs": runs} for name, runs in dict(methods).items()},
        "example": {"batch_and_event_shape": []},
        **facts,
    }
    return {key: value for key, value in whole.items() if key not in without}


OTHER = entry(parameters={"knots": variable(source="they ascend"), "rate": alternative("knots")})
"""A class with all keys that a parameter may have, so that a manifest with it knows them."""


def document(classes, version="0.25.0"):
    return {
        "_": MANIFEST_HEADER,
        "versions": {"tensorflow_probability": version},
        "classes": classes,
    }


def text_of(classes, version="0.25.0"):
    return json.dumps(document(classes, version), indent=1) + "\n"


def facts_of(classes, version="0.25.0"):
    return parse_manifest(text_of(classes, version), where="manifest.json")
