"""Models and processes that several suites use."""

import os
import subprocess
import sys
import textwrap

import tensorflow_probability as tfp

from tfp_trainables import bijectors, distributions

tfb = tfp.bijectors


def normal(seed=(1, 2), **arguments):
    return distributions.TrainableNormal(seed=seed, **arguments)


def flow(seed):
    """A distribution of trainables in trainables."""
    return distributions.TrainableTransformedDistribution(
        distribution=distributions.TrainableIndependent(
            distribution=normal(seed, batch_and_event_shape=[2]), reinterpreted_batch_ndims=1
        ),
        bijector=bijectors.TrainableChain(
            bijectors=[
                tfb.Softplus(),
                bijectors.TrainableScaleMatvecTriL(batch_and_event_shape=[2], seed=seed),
                bijectors.TrainableShift(batch_and_event_shape=[2], seed=seed),
            ]
        ),
    )


def run_python(source, *arguments, **environment):
    """Runs a program of its own; returns what it prints."""
    completed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(source), *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
    )
    assert completed.returncode == 0, completed.stderr
    return completed.stdout
