"""`kaufland reconcile` and `orders list --failed`, as a person, a pipe and a program meet them."""

from datetime import timedelta

import pytest

from kaufland_cli.order_import.lock import Holder, run_lock
from kaufland_cli.simulator import Simulator, faults, make_order
from support.machine import Machine


@pytest.fixture
def imported(connected: Machine, simulator: Simulator) -> Machine:
    """Give a machine that has imported everything, and let half a day pass."""
    connected.have_imported(simulator)
    connected.clock.advance(hours=12)
    return connected


def come_late(machine: Machine, simulator: Simulator) -> None:
    """Let an order become visible that is older than any import will look back."""
    old = machine.clock.now() - timedelta(days=3)
    order = make_order("MLATE01", [{}, {}], storefront="at", ts_created_iso=old, ts_updated_iso=old)
    simulator.marketplace.add_order(order)


def test_pipe_hears_nothing_when_nothing_differs(imported: Machine) -> None:
    """From cron it says nothing when all is well; a program gets a record all the same."""
    done = imported.good("reconcile")
    assert (done.out, done.err) == ("", "")
    record = imported.good("reconcile", "--json").json()
    assert (record["verdict"], record["missing"], record["days"], record["units"]) == ("equal", 0, [], [])


def test_differences_are_reported_in_full_with_exit_code_8(imported: Machine, simulator: Simulator) -> None:
    """Per day and storefront and unit by unit, with the next command; --fix stores it and ends with 8 as well."""
    come_late(imported, simulator)
    done = imported.run("reconcile", "--since", "30d")
    assert (done.code, done.out) == (8, "")
    assert all(part in done.err for part in ("MLATE01", "2 units at Kaufland, not in the store", "at", "--fix"))
    record = imported.run("reconcile", "--json").json()
    assert record["days"] == [
        {"day": "2026-11-21", "storefront": "at", "missing": 2, "surplus": 0, "differing": 0, "fixed": 0}
    ]
    assert imported.run("reconcile", "--fix").code == 8
    assert imported.good("orders", "list", "--search", "MLATE01", "--json").json()["total"] == 1
    assert imported.run("reconcile").code == 0


def test_lists_for_programs_hold_every_difference(imported: Machine, simulator: Simulator) -> None:
    """CSV and JSON lines: one row a unit, all fields."""
    come_late(imported, simulator)
    lines = imported.run("reconcile", "--csv").out.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("difference,id_order,id_order_unit")
    assert len(imported.run("reconcile", "--jsonl").out.splitlines()) == 2


def test_reconcile_reads_only_the_requested_window_and_storefront(imported: Machine, simulator: Simulator) -> None:
    """`--since` and `--storefront` narrow what is compared; one that the account lacks is refused."""
    come_late(imported, simulator)
    assert imported.run("reconcile", "--since", "1d").code == 0
    assert imported.run("reconcile", "--storefront", "de").code == 0
    assert imported.run("reconcile", "--storefront", "AT").code == 8
    assert imported.run("reconcile", "--storefront", "fr").code == 3
    assert imported.run("reconcile", "--since", "2030-01-01").code == 2


def test_reconcile_runs_one_at_a_time(imported: Machine) -> None:
    """While an import runs nothing is compared; the holder is named."""
    with run_lock(imported.store, Holder(1, "2026-11-24T09:00:00Z", "kaufland import-orders")):
        done = imported.run("reconcile")
    assert done.code == 7


@pytest.mark.parametrize(
    ("fault", "code"), [(faults.status(503), 5), (faults.status(401, b"{}"), 4), (faults.html_page(), 5)]
)
def test_failures_end_as_those_of_an_import(
    imported: Machine, simulator: Simulator, fault: faults.Fault, code: int
) -> None:
    """The same exit codes and messages; status goes on telling of the last import."""
    simulator.misbehave(fault, times=None, path="/order-units")
    assert imported.run("reconcile").code == code
    assert imported.good("status", "--json").json()["last_order_sync_status"] == "green"


def test_status_shows_the_last_comparison(imported: Machine, simulator: Simulator) -> None:
    """When it was and what it found, for people and for programs; before there was one, nothing."""
    assert imported.good("status", "--json").json()["last_reconciliation"] is None
    come_late(imported, simulator)
    imported.run("reconcile", "--fix")
    last = imported.good("status", "--json").json()["last_reconciliation"]
    assert (last["missing"], last["fixed"], last["complete"], last["by_hand"]) == (2, 2, True, True)
    assert "missing" in imported.good("status").out


def test_import_after_a_day_compares_by_itself(imported: Machine, simulator: Simulator) -> None:
    """What came late is stored, and a note says that imports had not seen it."""
    come_late(imported, simulator)
    imported.clock.advance(hours=13)
    record = imported.good("import-orders", "--json").json()
    assert any("2 missing. They are now stored." in note for note in record["notes"])
    assert imported.run("reconcile").code == 0


def test_failed_units_have_a_list(imported: Machine, simulator: Simulator) -> None:
    """Each with its reason, when it was first seen and how often it was tried; none: that is said."""
    assert imported.good("orders", "list", "--failed", "--json").json()["units"] == []
    simulator.marketplace.add_order(make_order("MBAD001", price="abc"))
    assert imported.run("import-orders").code == 6
    imported.clock.advance(minutes=15)
    assert imported.run("import-orders").code == 6
    (one,) = imported.good("orders", "list", "--failed", "--json").json()["units"]
    assert (one["id_order"], one["attempts"]) == ("MBAD001", 1)
    assert "the price is" in one["reason"]
    assert "MBAD001" in imported.good("orders", "list", "--failed").out
    assert imported.good("orders", "list", "--failed", "--csv").out.count("\n") == 2


def test_failed_units_cannot_be_filtered_as_orders_can(imported: Machine) -> None:
    """`--failed` with a filter of orders is refused with what to do, never ignored in silence."""
    done = imported.run("orders", "list", "--failed", "--status", "sent")
    assert done.code == 2
