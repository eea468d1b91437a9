"""Whatever units Kaufland sends: they are imported or kept as unreadable, and every screen can show them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaufland_cli.simulator import Simulator, make_order
from kaufland_cli.simulator.exchange import Answer, Request
from kaufland_cli.simulator.faults import Proceed
from support.clocks import HeldClock
from support.machine import Machine
from support.openapi_strategies import JSON, SPECIFICATION, as_bytes, beyond, valid

QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
FEW = settings(max_examples=15, suppress_health_check=QUIET)
MANY = settings(max_examples=200, suppress_health_check=QUIET)
SHOWING = (
    ("orders", "list"),
    ("orders", "list", "--json"),
    ("orders", "list", "--csv"),
    ("orders", "list", "--search", "a", "--jsonl"),
    ("status",),
    ("status", "--json"),
)
GOOD = dict(make_order("M1", status="sent").units[0]) | {
    "ts_created_iso": "2026-11-20T09:30:00Z",
    "ts_updated_iso": "2026-11-24T09:00:00Z",
}
UNITS = beyond(valid("OrderUnit")) if SPECIFICATION.exists() else beyond(st.just(GOOD))
DETAILS = beyond(valid("ApiResponse_OrderDetails_")) if SPECIFICATION.exists() else JSON
PAGES = st.lists(UNITS | beyond(st.just(GOOD)) | JSON, max_size=4)


class Shop:
    """A server that gives just these units and this order, and machines that import from it."""

    def __init__(self, folder: Path, simulator: Simulator, clock: HeldClock) -> None:
        self._folder = folder
        self._simulator = simulator
        self._clock = clock
        self._units: list[Any] = []
        self._order: Any = None
        self._machines = 0
        simulator.misbehave(self._answer, times=None)

    def _answer(self, request: Request, proceed: Proceed) -> Answer:
        if request.path == "/order-units":
            rows = self._units if request.query["offset"] == ["0"] else []
            return Answer(200, raw=as_bytes({"data": rows, "pagination": {"total": len(self._units)}}))
        if request.path.startswith("/orders/"):
            return Answer(200, raw=as_bytes(self._order))
        return proceed(request)

    def live(self, units: list[Any], order: Any) -> None:
        """Import what is given, twice, and look at it in every way."""
        self._units, self._order = units, order
        self._machines += 1
        machine = Machine(self._folder / f"machine{self._machines}", clock=self._clock)
        machine.connect(self._simulator)
        for _ in range(2):
            done = machine.run("import-orders", "--json")
            assert done.code in {0, 6, 8}, done
            assert done.json()["units_failed"] + done.json()["units_seen"] <= len(units) + 20
        for words in SHOWING:
            shown = machine.run(*words)
            assert shown.code == 0 or words[0] == "status", shown
            assert shown.code != 1, shown
            shown.out.encode()
        for listed in machine.good("orders", "list", "--json").json()["orders"][:2]:
            for more in ((), ("--json",)):
                shown = machine.run("orders", "show", *more, "--", listed["id_order"])
                assert shown.code == 0 or not listed["id_order"].strip(), shown
                shown.out.encode()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Give one server to all examples."""
    clock = HeldClock()
    with Simulator(now=clock.now, storefronts=["de"]) as simulator:
        yield Shop(tmp_path_factory.mktemp("shop"), simulator, clock)


@FEW
@given(units=PAGES, order=DETAILS)
def test_any_units_are_imported_and_shown(shop: Shop, units: list[Any], order: Any) -> None:
    """No unit ends the import or a screen in a fault of the program."""
    shop.live(units, order)


@pytest.mark.long
@pytest.mark.timeout(600)
@MANY
@given(units=PAGES, order=DETAILS)
def test_many_units_are_imported_and_shown(shop: Shop, units: list[Any], order: Any) -> None:
    """The same for many more."""
    shop.live(units, order)
