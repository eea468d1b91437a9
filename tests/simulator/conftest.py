"""A simulator at a fixed hour."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from kaufland_cli.simulator import Simulator
from support.clocks import HeldClock


@pytest.fixture
def clock() -> HeldClock:
    """Give a clock at noon (UTC) of a Monday."""
    return HeldClock(datetime(2026, 9, 14, 12, tzinfo=UTC))


@pytest.fixture
def simulator(clock: HeldClock) -> Iterator[Simulator]:
    """Run a simulator without orders."""
    with Simulator(now=clock) as running:
        yield running
