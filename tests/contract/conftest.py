"""Fixtures of the contract suite."""

import pytest
from comparison import operation_by_operation


@pytest.fixture(name="operation_by_operation")
def fixture_operation_by_operation():
    """Runs a test without programs, for draws that depend on how they are compiled."""
    with operation_by_operation():
        yield
