"""The small hand-written library that generated trainable classes stand on."""

from tfp_trainables_runtime.calls.gradients import ValueAndGradient, value_and_gradient
from tfp_trainables_runtime.classes.attributes import parameter
from tfp_trainables_runtime.classes.bijector import TrainableBijector
from tfp_trainables_runtime.classes.distribution import TrainableDistribution
from tfp_trainables_runtime.classes.kernel import TrainableKernel
from tfp_trainables_runtime.classes.stateless import ApplyFn, InitFn
from tfp_trainables_runtime.classes.trainable import Trainable, trainable
from tfp_trainables_runtime.construction.checks import check_parts
from tfp_trainables_runtime.construction.creation import TRAINABLE, Omitted
from tfp_trainables_runtime.construction.deferred import deferred
from tfp_trainables_runtime.construction.initializer import ParameterInitializer, no_variables
from tfp_trainables_runtime.construction.requirements import Requirements
from tfp_trainables_runtime.lookup import find_trainable_class, register_package
from tfp_trainables_runtime.parts.rebuilding import rebuildable
from tfp_trainables_runtime.programs.execution import execution, set_execution
from tfp_trainables_runtime.programs.programs import CompilationWarning
from tfp_trainables_runtime.programs.table import ProgramTable, programs
from tfp_trainables_runtime.showing.completion import complete_keys_in_ipython
from tfp_trainables_runtime.showing.summary import Summary, summary
from tfp_trainables_runtime.version import (
    GeneratedFromAnotherTFPWarning,
    __version__,
    check_tfp_version,
)

__all__ = [
    "TRAINABLE",
    "ApplyFn",
    "CompilationWarning",
    "GeneratedFromAnotherTFPWarning",
    "InitFn",
    "Omitted",
    "ParameterInitializer",
    "ProgramTable",
    "Requirements",
    "Summary",
    "Trainable",
    "TrainableBijector",
    "TrainableDistribution",
    "TrainableKernel",
    "ValueAndGradient",
    "__version__",
    "check_parts",
    "check_tfp_version",
    "deferred",
    "execution",
    "find_trainable_class",
    "no_variables",
    "parameter",
    "programs",
    "rebuildable",
    "register_package",
    "set_execution",
    "summary",
    "trainable",
    "value_and_gradient",
]

complete_keys_in_ipython()
