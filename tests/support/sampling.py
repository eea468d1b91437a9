"""Which cases of a test with many run in `make test`, and which in `make test-long` only."""

from collections.abc import Iterable
from typing import Any

import pytest
from _pytest.mark import ParameterSet


def sampled(cases: Iterable[Any], *chosen: Any) -> list[Any]:
    """Return all cases; those that are not chosen run with the long tests."""
    found = list(cases)
    missing = [one for one in chosen if one not in found]
    assert not missing, f"no such case: {missing}"
    return [case if case in chosen else _long(case) for case in found]


def _long(case: Any) -> ParameterSet:
    values = case if isinstance(case, tuple) else (case,)
    return pytest.param(*values, marks=pytest.mark.long)
