"""Classes of a user's own with something wrong with each."""

import tensorflow as tf
import tensorflow_probability as tfp

from .models import Base, Properties, arguments

tfb = tfp.bijectors

__all__ = [
    "Cube",
    "Distribution",
    "Failing",
    "Fickle",
    "Heir",
    "Hidden",
    "Identity",
    "Instance",
    "Misspelled",
    "NoExample",
    "Once",
    "RaisingBijector",
    "RaisingProperties",
    "RaisingShape",
    "Reserved",
    "Seeded",
    "SizedTwice",
    "Unannotated",
    "UnimportableBijector",
    "Unrecorded",
    "UnrenderableBijector",
]


class OfLoc(Base):
    """A base whose subclasses say what `loc` is."""

    facts = None

    def __init__(self, loc, name="OfLoc"):
        super().__init__(arguments(locals()))

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {"loc": cls.facts}


class Unannotated(tfp.distributions.Distribution):
    def __init__(self, loc):
        super().__init__(tf.float32, tfp.distributions.NOT_REPARAMETERIZED, False, True)


class RaisingProperties(OfLoc):
    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        raise KeyError("loc")


class RaisingShape(OfLoc):
    facts = Properties(shape_fn=lambda shape: [1 // 0])


class RaisingBijector(OfLoc):
    facts = Properties(default_constraining_bijector_fn=lambda: tfb.Softplus(low="a"))


class UnrenderableBijector(OfLoc):
    facts = Properties(
        default_constraining_bijector_fn=lambda: tfb.Inline(
            forward_fn=tf.exp, forward_min_event_ndims=0
        )
    )


class UnimportableBijector(OfLoc):
    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        class Local(tfb.Exp):
            pass

        return {"loc": Properties(default_constraining_bijector_fn=Local)}


class Seeded(Base):
    def __init__(self, loc, seed, name="Seeded"):
        super().__init__(arguments(locals()))

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {"loc": Properties(), "seed": Properties()}


class Reserved(Base):
    def __init__(self, eps, name="Reserved"):
        super().__init__(arguments(locals()))

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {"eps": Properties()}


class Heir(tfp.distributions.Normal):
    def __init__(self, location):
        super().__init__(location, 1.0)


class Misspelled(OfLoc):
    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {"lok": Properties()}


class NoExample(Base):
    def __init__(self, loc, table, name="NoExample"):
        super().__init__(arguments(locals()))

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {"loc": Properties()}


class SizedTwice(Base):
    def __init__(self, loc, num_classes=3, name="SizedTwice"):
        super().__init__(arguments(locals()))

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {"loc": Properties(event_ndims=1, shape_fn=lambda shape: [*shape, num_classes])}


class Fickle(OfLoc):
    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        high = float(num_classes or 5)
        return {"loc": Properties(default_constraining_bijector_fn=lambda: tfb.Sigmoid(0.0, high))}


class Hidden(OfLoc):
    facts = Properties()

    def __init__(self, loc, **keywords):
        super().__init__(loc, **keywords)

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {"loc": Properties()}


class Failing(OfLoc):
    facts = Properties()

    def __init__(self, loc, name="Failing"):
        raise RuntimeError("never\nbuilt")

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {"loc": Properties()}


class Once(tfp.distributions.Normal):
    def __init__(self, loc, variance, name="Once"):
        parameters = arguments(locals())
        super().__init__(loc, tf.sqrt(variance), name=name)
        self._parameters = parameters

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {
            "loc": Properties(),
            "variance": Properties(default_constraining_bijector_fn=tfb.Exp),
        }


class Unrecorded(tfb.Bijector):
    def __init__(self, loc, name="unrecorded"):
        self._loc = loc
        super().__init__(forward_min_event_ndims=0, name=name)

    @classmethod
    def _parameter_properties(cls, dtype):
        return {"loc": Properties()}


class Instance(OfLoc):
    facts = Properties(default_constraining_bijector_fn=tfb.Exp())


class Distribution(OfLoc):
    facts = Properties()

    def __init__(self, loc, name="Distribution"):
        super().__init__(loc, name)

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {"loc": Properties()}


class Identity(tfb.Identity):
    """Of the name of the bijector that constrains another class of this module."""


class Cube(tfb.Exp):
    """Of the name of another class."""
