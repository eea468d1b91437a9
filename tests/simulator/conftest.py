"""A simulator at a fixed hour."""

from collections.abc import Iterator

import pytest

from kaufland_cli.simulator import Simulator
from simulator.held_clock import HeldClock


@pytest.fixture
def clock() -> HeldClock:
    """Give a clock at noon (UTC) of a Monday."""
    return HeldClock()


@pytest.fixture
def simulator(clock: HeldClock) -> Iterator[Simulator]:
    """Run a simulator without orders."""
    with Simulator(now=clock) as running:
        yield running
