"""The small hand-written library that generated trainable classes stand on."""

from tfp_trainables_runtime.bijector import TrainableBijector
from tfp_trainables_runtime.creation import TRAINABLE, Omitted
from tfp_trainables_runtime.deferred import deferred
from tfp_trainables_runtime.distribution import TrainableDistribution
from tfp_trainables_runtime.initializer import ParameterInitializer
from tfp_trainables_runtime.kernel import TrainableKernel
from tfp_trainables_runtime.lookup import find_trainable_class, register_package
from tfp_trainables_runtime.programs import CompilationWarning
from tfp_trainables_runtime.rebuilding import rebuildable
from tfp_trainables_runtime.stateless import ApplyFn, InitFn
from tfp_trainables_runtime.trainable import Trainable, trainable
from tfp_trainables_runtime.version import GeneratedFromAnotherTFPWarning, check_tfp_version

__all__ = [
    "TRAINABLE",
    "ApplyFn",
    "CompilationWarning",
    "GeneratedFromAnotherTFPWarning",
    "InitFn",
    "Omitted",
    "ParameterInitializer",
    "Trainable",
    "TrainableBijector",
    "TrainableDistribution",
    "TrainableKernel",
    "check_tfp_version",
    "deferred",
    "find_trainable_class",
    "rebuildable",
    "register_package",
    "trainable",
]
