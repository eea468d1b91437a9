"""Times far from ours, wherever they come from, end in an answer or in a clear refusal, never in a crash."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from kaufland_cli.errors import ExitCode
from kaufland_cli.simulator import Simulator, make_order
from support.clocks import HeldClock
from support.machine import Machine
from support.sampling import sampled

YEARS = ("0001", "0002", "1000", "1900", "2262", "2901", "3001", "9998", "9999")
ZONES = ("Pacific/Kiritimati", "Etc/GMT+12")
CODES = {int(code) for code in ExitCode} - {1, 130}
SHOWING = (
    "orders list",
    "orders list --json",
    "orders list --since 0002-01-05",
    "orders list --until 9998-12-01",
    "orders show {order}",
    "sales-orders push --dry-run {order}",
    "sales-orders push --first 5 --yes",
    "sales-orders list",
    "status",
    "status --json",
    "reconcile --since 99999w",
    "metrics",
    "log show",
    "doctor",
)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Give a server with orders of all years."""
    clock = HeldClock()
    with Simulator(now=clock.now) as simulator:
        for place, year in enumerate(YEARS):
            for moment in (f"{year}-01-01T00:00:00Z", f"{year}-12-31T23:59:59Z"):
                unit = {"ts_created_iso": moment, "ts_updated_iso": moment, "delivery_time_expires_iso": moment}
                order = make_order(f"M{place}{moment[5:7]}", [unit])
                simulator.marketplace.add_order(order)
        simulator.marketplace.add_order(make_order("M9", [{}]))
        yield simulator


@pytest.mark.parametrize("zone", sampled(ZONES, ZONES[0]))
def test_orders_of_any_year_are_imported_and_shown(tmp_path: Path, simulator: Simulator, zone: str) -> None:
    """In the time zones at both ends of the day: every command comes to its end."""
    machine = Machine(tmp_path)
    machine.connect(simulator)
    machine.more |= {
        "KAUFLAND_UI_TIMEZONE": zone,
        "KAUFLAND_SALES_ORDERS_FOLDER": str(tmp_path / "orders"),
        "KAUFLAND_SALES_ORDERS_DEFAULT_CUSTOMER_NO": "10000",
        "KAUFLAND_ORDER_IMPORT_CREATE_SALES_ORDERS": "true",
        "KAUFLAND_ORDER_IMPORT_DEFAULT_CUSTOMER_NO": "10000",
    }
    machine.good("import-orders", "--since", "0002-01-05")
    ids = [one["id_order"] for one in machine.good("orders", "list", "--json").json()["orders"]]
    assert "M9" in ids
    for line in SHOWING:
        for order in ids if "{order}" in line else [""]:
            done = machine.run(*line.format(order=order).split())
            assert done.code in CODES, (line, order, done)


@pytest.mark.parametrize("year", sampled([1000, 2901, 9998], 2901))
def test_clock_of_any_year_ends_in_an_answer(tmp_path: Path, year: int) -> None:
    """If the machine's clock is wrong by centuries, its commands say so; none of them crashes."""
    clock = HeldClock(datetime.fromisoformat(f"{year}-11-24T09:30:00+00:00"))
    with Simulator(now=clock.now) as simulator:
        simulator.marketplace.add_order(make_order("M1", [{}]))
        machine = Machine(tmp_path, clock=clock)
        machine.connect(simulator)
        for line in ("import-orders", "import-orders --scheduled", *SHOWING):
            done = machine.run(*line.format(order="M1").split())
            assert done.code in CODES, (line, done)


@pytest.mark.parametrize(
    "words",
    [
        ("import-orders", "--since", "0001-01-01"),
        ("import-orders", "--since", "9999-12-31T23:59:59"),
        ("orders", "list", "--since", "9999-12-31"),
        ("orders", "list", "--until", "0001-01-01T00:00:00+14:00"),
        ("reconcile", "--since", "0001-01-01"),
        ("config", "set", "sales_orders.start_at", "9999-12-31T23:59:59Z"),
        ("config", "set", "sales_orders.start_at", "0001-01-01"),
    ],
)
def test_moment_at_the_end_of_all_calendars_is_refused(tmp_path: Path, words: tuple[str, ...]) -> None:
    """It could not be shown in another time zone: wrong usage, or a wrong setting, said clearly."""
    machine = Machine(tmp_path)
    machine.more |= {"KAUFLAND_API_CLIENT_KEY": "c" * 32, "KAUFLAND_SECRET_KEY": "s" * 64}
    done = machine.run(*words)
    assert done.code in {int(ExitCode.USAGE), int(ExitCode.SETTINGS)}, done
    assert "date or time" in done.err or "too long ago" in done.err
