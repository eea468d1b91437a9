"""How many cases of a test run in `make test`, and which only in `make test-long`."""

import os
from collections.abc import Iterable
from typing import Any

import pytest
from _pytest.mark import ParameterSet

ALL_EXAMPLES = "KAUFLAND_TEST_ALL_EXAMPLES"


def sampled(cases: Iterable[Any], *chosen: Any) -> list[Any]:
    """Return all cases; those that are not chosen run with the long tests."""
    found = list(cases)
    missing = [one for one in chosen if one not in found]
    assert not missing, f"no such case: {missing}"
    return [case if case in chosen else _long(case) for case in found]


def examples(number: int) -> int:
    """Return how many examples a property test tries: in `make test` a quarter of those of `make test-long`."""
    return number if ALL_EXAMPLES in os.environ else max(number // 4, 4)


def _long(case: Any) -> ParameterSet:
    values = case if isinstance(case, tuple) else (case,)
    return pytest.param(*values, marks=pytest.mark.long)
