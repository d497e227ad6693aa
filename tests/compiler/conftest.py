"""Tiny TFP classes, one edge case each, through the whole compiler."""

import sys
import types

import pytest
import tensorflow_probability as tfp

from tfp_trainables_generator.discover.classes import PublicClass
from tfp_trainables_generator.discover.namespaces import NAMESPACES, TFP_PACKAGE
from tfp_trainables_generator.read.classes import read
from tfp_trainables_generator.render.modules import render
from tfp_trainables_generator.spec.classes import ClassSpec
from tfp_trainables_generator.spec.expressions import Reference
from tfp_trainables_generator.supplements.model import Supplements

MODULE = "fake_tfp.fragments"


class FakeDistribution(tfp.distributions.Distribution):
    """A distribution that does nothing but hold its parameters."""

    def __init__(self, parameters, validate_args=False, name="Fake"):
        for key, value in parameters.items():
            setattr(self, f"_{key}", value)
        super().__init__(
            dtype=None,
            reparameterization_type=tfp.distributions.NOT_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=True,
            parameters=parameters,
            name=name,
        )


@pytest.fixture
def public_class(monkeypatch):
    """Turns a class into one that a module of TFP defines."""

    def make(cls, kind="distribution"):
        module = types.ModuleType(MODULE)
        setattr(module, cls.__name__, cls)
        monkeypatch.setitem(sys.modules, MODULE, module)
        namespace = next(part for part in NAMESPACES if part.kind == kind)
        return PublicClass(namespace, Reference(MODULE, cls.__name__), cls)

    return make


@pytest.fixture
def compile_class(public_class):
    """Compiles a class, with tables of supplements; returns spec, generated class and source."""

    def compile_it(cls, kind="distribution", **tables):
        spec = read(public_class(cls, kind), Supplements(**tables))
        assert isinstance(spec, ClassSpec)
        files = render(TFP_PACKAGE, [spec], tfp_version="0.25.0")
        source = next(text for path, text in files.items() if path.name == "fragments.py")
        module = types.ModuleType("generated_fragment")
        exec(compile(source, "fragments.py", "exec", dont_inherit=True), vars(module))
        return spec, getattr(module, f"Trainable{cls.__name__}"), source

    return compile_it
