"""A machine and a simulator for each test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest

from kaufland_cli.app import bare_environment
from kaufland_cli.clock import SystemClock
from kaufland_cli.simulator import SimulatedOrder, Simulator, make_order, seller_month
from support.bookkeeper import Bookkeeper, opened_books
from support.clocks import HeldClock, RunningClock
from support.fault_scene import Scene, five_pages, scene_before
from support.machine import Machine, run_as_job
from support.sellers import Sellers, never_due
from support.small_pages import small_pages


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Give a machine on which nothing is set up."""
    return Machine(tmp_path / "machine")


@pytest.fixture(autouse=True)
def jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in this process what a command in this process tries out as a job; overridden where real ones matter."""
    monkeypatch.setattr(bare_environment, "run_as_job", run_as_job)


@pytest.fixture
def simulator(machine: Machine) -> Iterator[Simulator]:
    """Give a month of a seller, on the clock of the machine; nothing is ever overdue."""
    with Simulator(orders=month_before(machine.clock.now()), now=machine.clock.now) as found:
        never_due(found)
        yield found


@cache
def month_before(now: datetime) -> tuple[SimulatedOrder, ...]:
    """Return the same month to every test at the same time; a marketplace changes its own copy."""
    return tuple(seller_month(now))


@pytest.fixture
def connected(machine: Machine, simulator: Simulator) -> Machine:
    """Give a machine whose environment names the simulator and its keys."""
    machine.connect(simulator)
    return machine


@pytest.fixture
def real_simulator() -> Iterator[Simulator]:
    """Give a month of a seller on the real clock, for processes of their own; nothing is overdue, at any hour."""
    now = SystemClock().now
    with Simulator(orders=seller_month(now()), now=now) as found:
        never_due(found)
        yield found


@pytest.fixture
def real(tmp_path: Path, real_simulator: Simulator) -> Machine:
    """Give a machine connected to the simulator on the real clock."""
    found = Machine(tmp_path / "machine", clock=HeldClock(real_simulator.marketplace._now()))
    found.connect(real_simulator)
    return found


@pytest.fixture
def start() -> Iterator[Callable[..., Simulator]]:
    """Give a way to start simulators on the real clock."""
    now = SystemClock().now
    with ExitStack() as stack:
        yield lambda orders=(): stack.enter_context(Simulator(orders=orders, now=now))


@pytest.fixture
def sellers(tmp_path: Path, start: Callable[..., Simulator]) -> Sellers:
    """Give two sellers who import by themselves."""
    found = Sellers(tmp_path)
    found.add("default", start(seller_month(SystemClock().now())))
    found.add("second", start([make_order("MSECOND")]))
    return found


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Bookkeeper]:
    """Give a machine whose settings name a Business Central, with sales orders switched on."""
    with opened_books(tmp_path) as opened:
        yield opened


# --- a server that misbehaves ---


@pytest.fixture(scope="module")
def clock() -> HeldClock:
    """Give the one clock of the server and of all machines."""
    return RunningClock()


@pytest.fixture(scope="module")
def seller(clock: HeldClock) -> Iterator[Simulator]:
    """Give a server with five pages."""
    with five_pages(clock) as simulator:
        yield simulator


@pytest.fixture
def scene(tmp_path: Path, seller: Simulator, clock: HeldClock, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Give a machine of its own before a server that behaves."""
    small_pages(monkeypatch, 10)
    return scene_before(seller, tmp_path, clock)
