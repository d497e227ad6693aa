"""Fixtures of the contract suite."""

import pytest

from tfp_trainables_runtime.programs import programs
from tfp_trainables_runtime.testing.comparison import operation_by_operation


@pytest.fixture(name="operation_by_operation")
def fixture_operation_by_operation():
    """Runs a test without programs, for draws that depend on how they are compiled."""
    with operation_by_operation():
        yield


@pytest.fixture(name="traces")
def fixture_traces(monkeypatch):
    """The methods that are traced, in order."""
    traced = []

    def counting(key, *arguments, **keywords):
        traced.append(key.method)
        return trace(key, *arguments, **keywords)

    trace = programs.trace
    monkeypatch.setattr(programs, "trace", counting)
    monkeypatch.setattr(programs, "_SHARED", {})
    return traced


@pytest.fixture(name="graphs")
def fixture_graphs(monkeypatch):
    """Programs without XLA, which takes its time, and knows but one 0."""

    def traced(key, *arguments, xla):
        return trace(key, *arguments, xla=False)

    trace = programs.trace
    monkeypatch.setattr(programs, "trace", traced)
    monkeypatch.setattr(programs, "_SHARED", {})
