"""Fixtures of the contract suite."""

import collections
import contextlib

import pytest

from tfp_trainables import set_execution
from tfp_trainables_runtime.programs import programs, records
from tfp_trainables_runtime.testing.comparison import operation_by_operation


@pytest.fixture(autouse=True)
def fixture_execution(request):
    """Methods run as `--execution` has it."""
    how = request.config.getoption("--execution")
    with process_wide(how) if how != "auto" else contextlib.nullcontext():
        yield


@pytest.fixture(name="bits")
def fixture_bits(request):
    """Two calls of equal objects answer the same, to the last bit."""
    if request.config.getoption("--execution") == "xla":
        pytest.skip("the first call of what holds a network is TensorFlow's, the others are XLA's")


@pytest.fixture(name="operation_by_operation")
def fixture_operation_by_operation():
    """Runs a test without programs, for draws that depend on how they are compiled."""
    with operation_by_operation():
        yield


@pytest.fixture(autouse=True)
def fixture_as_many_programs_as_wanted(monkeypatch):
    """A process of tests makes more programs than one of a user's is to make."""
    monkeypatch.setattr(records, "_MADE", collections.Counter())


@pytest.fixture(name="anew")
def fixture_anew(monkeypatch):
    """Records of nothing: what other tests have called does not count."""
    monkeypatch.setattr(records, "_SHARED", {})


@pytest.fixture(name="traces")
def fixture_traces(monkeypatch, anew):
    """The methods that are traced, in order, each as a graph at its first call."""
    traced = []

    def counting(key, *arguments, **keywords):
        traced.append(key.method)
        return trace(key, *arguments, **keywords)

    trace = programs.trace
    monkeypatch.setattr(programs, "trace", counting)
    with process_wide("graph"):
        yield traced


@pytest.fixture(name="graphs")
def fixture_graphs(anew):
    """Methods run as graphs."""
    with process_wide("graph"):
        yield


@contextlib.contextmanager
def process_wide(how):
    """Has all threads run methods in a way."""
    set_execution(how)
    try:
        yield
    finally:
        set_execution("auto")
