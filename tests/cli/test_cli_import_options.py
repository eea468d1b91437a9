"""Scheduled imports, narrower ones, a changed client key, separate accounts and environments."""

from pathlib import Path

import pytest

from kaufland_cli.order_import.lock import Holder, run_lock
from kaufland_cli.simulator import Simulator, faults, make_order, seller_month
from kaufland_cli.store.store import Store
from support.clocks import HeldClock
from support.machine import Machine, units_held


@pytest.fixture
def scheduled(connected: Machine) -> Machine:
    """Give a machine with auto import every 15 minutes."""
    connected.more |= {
        "KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS": "true",
        "KAUFLAND_ORDER_IMPORT_INTERVAL_MINUTES": "15",
    }
    return connected


def ran(machine: Machine, simulator: Simulator) -> bool:
    """Run a scheduled import; tell whether it asked Kaufland for anything.

    It is silent either way, but for the end of a failure that was reported.
    """
    simulator.clear_requests()
    done = machine.good("import-orders", "--scheduled")
    assert done.out == ""
    assert done.err == "" or done.err.startswith("Scheduled imports work again")
    return bool(simulator.requests)


def test_schedule_imports_when_it_is_due(scheduled: Machine, simulator: Simulator) -> None:
    """The first time at once, then not before the interval less 30 seconds has passed since the last start."""
    assert ran(scheduled, simulator)
    assert not ran(scheduled, simulator)
    scheduled.clock.advance(minutes=14, seconds=25)
    assert not ran(scheduled, simulator)
    scheduled.clock.advance(seconds=5)
    assert ran(scheduled, simulator)


def test_schedule_does_nothing_while_auto_import_is_off(connected: Machine, simulator: Simulator) -> None:
    """Without auto import a scheduled run does nothing at all, and leaves no file."""
    assert not ran(connected, simulator)
    assert connected.files() == []


def test_start_in_the_future_counts_as_none(scheduled: Machine, simulator: Simulator) -> None:
    """A clock that was ahead once does not stop the imports until that time has come."""
    assert ran(scheduled, simulator)
    scheduled.clock.advance(days=-2)
    assert ran(scheduled, simulator)


def test_hour_of_retry_after_is_kept_by_the_schedule(scheduled: Machine, simulator: Simulator) -> None:
    """Asked to come back in an hour, the run ends at once and says when; a scheduled one before that asks nothing.

    One by hand tries at once; `status` tells until when; a clock that was put back ends the wait.
    """
    simulator.misbehave(faults.too_many_requests(3600), times=None)
    done = scheduled.run("import-orders", "--scheduled")
    assert (done.code, "try again after 2026-11-24 10:30:00 UTC" in done.err) == (5, True)
    assert scheduled.good("status", "--json").json()["retry_after"] == "2026-11-24T10:30:00Z"
    assert "no requests before" in scheduled.good("status").out
    simulator.behave()
    scheduled.clock.advance(minutes=59, seconds=59)
    assert not ran(scheduled, simulator)
    scheduled.clock.advance(seconds=1)
    assert ran(scheduled, simulator)
    assert scheduled.good("status", "--json").json()["retry_after"] is None
    simulator.misbehave(faults.too_many_requests(90 * 24 * 3600), times=1)
    assert scheduled.run("import-orders").code == 5
    assert scheduled.good("import-orders").code == 0, "by hand it is tried at once"
    simulator.misbehave(faults.too_many_requests(90 * 24 * 3600), times=1)
    assert scheduled.run("import-orders").code == 5
    scheduled.clock.advance(hours=23, minutes=59)
    assert not ran(scheduled, simulator)
    scheduled.clock.advance(minutes=1)
    assert ran(scheduled, simulator), "a slip of the server's never stops the imports for months"
    simulator.misbehave(faults.too_many_requests(3600), times=1)
    assert scheduled.run("import-orders").code == 5
    scheduled.clock.advance(days=-2)
    assert ran(scheduled, simulator)


def test_held_lock_keeps_a_schedule_silent(scheduled: Machine, simulator: Simulator) -> None:
    """Where an import runs already a scheduled one leaves in silence with 0; one by hand says who runs, with 7."""
    scheduled.have_imported(simulator)
    scheduled.clock.advance(hours=1)
    with run_lock(scheduled.store, Holder(4711, "2026-11-24T09:00:00Z", "kaufland import-orders")):
        assert not ran(scheduled, simulator)
        by_hand = scheduled.run("import-orders")
        assert (by_hand.code, "4711" in by_hand.err, "2026-11-24 09:00:00 UTC" in by_hand.err) == (7, True, True)
        assert scheduled.run("orders", "refresh", "MABC").code == 7


def test_narrower_import_says_nothing_about_the_rest(connected: Machine, simulator: Simulator) -> None:
    """`--storefront` stores what it reads and moves no watermark; the next import brings the rest."""
    first = connected.good("import-orders", "--storefront", "AT", "--json").json()
    assert first["watermark"] is None
    listed = connected.good("orders", "list", "--json").json()["orders"]
    assert {order["storefront"] for order in listed} == {"at"}
    assert connected.run("status", "--max-age", "1d").code == 8
    whole = connected.good("import-orders", "--json").json()
    assert whole["watermark"] is not None
    assert connected.good("status", "--json").json()["units"] == len(units_held(simulator))
    later = connected.good("import-orders", "--since", "2h", "--json").json()
    assert later["watermark"] == whole["watermark"]


def test_first_import_can_begin_earlier_or_later(connected: Machine) -> None:
    """`--since` takes lengths, dates and moments in the seller's zone; what is too long ago is wrong usage."""
    since = connected.good("import-orders", "--since", "2026-11-01", "--json").json()["since"]
    assert since == "2026-10-31T23:00:00Z"
    for text in ("999999w", "9999-12-31", "0001-01-01T00:00+14:00"):
        assert connected.run("import-orders", "--since", text).code == 2


def test_dry_run_stores_nothing(connected: Machine) -> None:
    """`--dry-run` says how much would be read and leaves no file."""
    done = connected.good("import-orders", "--dry-run", "--json").json()
    assert done["dry_run"] is True
    assert "units" in connected.good("import-orders", "--dry-run").out
    assert connected.files() == []


def test_changed_client_key_is_asked_about(connected: Machine, simulator: Simulator) -> None:
    """Orders of two accounts are not mixed: another client key is refused until it is said to be the same account."""
    connected.have_imported(simulator)
    simulator._keys = type(simulator._keys)("af51" * 8, simulator.secret_key)
    connected.more["KAUFLAND_API_CLIENT_KEY"] = "af51" * 8
    refused = connected.run("import-orders", "--json")
    assert (refused.code, refused.error()["error"]) == (3, "client_key_changed")
    assert "--accept-client-key" in refused.error()["hint"]
    assert connected.run("import-orders", "--scheduled").code == 0  # auto import is off
    connected.good("import-orders", "--accept-client-key")
    connected.good("import-orders")
    connected.more["KAUFLAND_API_CLIENT_KEY"] = "de30" * 8
    assert connected.run("import-orders", typed="n\n").code == 3
    assert connected.run("import-orders", typed="y\n").code == 4, "accepted here, and refused by the server"


def test_mistyped_client_key_claims_nothing(connected: Machine) -> None:
    """While the store holds no orders a corrected client key is no change of account."""
    right = connected.more["KAUFLAND_API_CLIENT_KEY"]
    connected.more["KAUFLAND_API_CLIENT_KEY"] = "de31" * 8
    assert connected.run("import-orders").code == 4
    connected.more["KAUFLAND_API_CLIENT_KEY"] = right
    connected.good("import-orders")


def test_complete_import_belongs_to_its_account(machine: Machine) -> None:
    """What was checked for one account is not checked for another, even where there was no order yet."""
    with Simulator(now=machine.clock.now) as quiet:
        machine.connect(quiet)
        machine.have_imported(quiet)
        machine.more["KAUFLAND_API_CLIENT_KEY"] = "af51" * 8
        assert machine.run("import-orders").code == 3


def test_failed_import_has_its_counts_as_json(connected: Machine, simulator: Simulator) -> None:
    """With --json the record of the run comes on stdout although it ended in an error, and the error on stderr."""
    simulator.misbehave(faults.status(500), times=None, path="/order-units")
    done = connected.run("import-orders", "--json")
    assert (done.code, done.json()["verdict"], done.json()["units_seen"]) == (5, "error", 0)
    assert done.json()["since"] == "2026-10-25T09:30:00Z"
    assert done.error()["error"] == "kaufland_failing"


def test_import_without_keys_creates_nothing(machine: Machine) -> None:
    """Where the client key or the secret is missing, no empty store is left behind."""
    assert machine.run("import-orders").code == 3
    machine.more["KAUFLAND_API_CLIENT_KEY"] = "a" * 32
    machine.more["KAUFLAND_SECRET_STORE"] = "file"
    assert machine.run("import-orders").code == 3
    assert list(machine.folder.rglob("*.sqlite3*")) == []


def test_missing_client_key_is_no_change(connected: Machine, simulator: Simulator) -> None:
    """Without a client key the error says so, not that another account is meant."""
    connected.have_imported(simulator)
    connected.more["KAUFLAND_API_CLIENT_KEY"] = ""
    assert "No client key is set" in connected.run("import-orders").err


def test_playground_and_production_never_share_a_store(connected: Machine, simulator: Simulator) -> None:
    """Each API host has a store of its own; status shows both."""
    connected.good("import-orders")
    clock = connected.clock
    with Simulator(orders=seller_month(clock.now())[:5], now=clock.now, playground=True) as playground:
        connected.more |= {
            "KAUFLAND_API_USE_PLAYGROUND": "true",
            "KAUFLAND_API_PLAYGROUND_BASE_URL": playground.base_url,
        }
        connected.good("test-connection")
        assert connected.good("orders", "list", "--json").json()["orders"] == []
        connected.good("import-orders")
        status = connected.good("status", "--json").json()
        assert (status["environment"], status["orders"]) == ("playground", 5)
        assert [other["orders"] for other in status["environments"]] == [40]
    assert len(list(connected.data.rglob("*.sqlite3"))) == 2
    assert simulator.requests


def test_profile_separates_everything(machine: Machine, simulator: Simulator) -> None:
    """A second account has its own settings, store and secret; the first never sees them."""
    machine.more |= {"KAUFLAND_CONFIG": "", "KAUFLAND_DATA_DIR": ""}
    words = ("setup", "--no-input", "--base-url", simulator.base_url, "--client-key", simulator.client_key)
    machine.good("--profile", "second", *words, "--secret-store", "file", "--secret-stdin", stdin=simulator.secret_key)
    machine.good("--profile", "second", "import-orders")
    assert machine.run("import-orders").code == 3
    assert machine.run("secret", "status").code == 3
    paths = [
        machine.good(*profile, "config", "path", place).out
        for profile in ((), ("--profile", "second"), ("--profile", "third"))
        for place in ("settings", "store", "secret")
    ]
    assert len(set(paths)) == 9
    machine.more["KAUFLAND_PROFILE"] = "second"
    assert len(machine.good("orders", "list", "--json").json()["orders"]) == 40


def test_status_turns_unhealthy_with_age(connected: Machine, simulator: Simulator) -> None:
    """`--max-age` exits 8 without an import, 0 after one, 8 again when it is too old; the card is shown each time."""
    assert connected.run("status", "--max-age", "30m").code == 8
    connected.have_imported(simulator)
    assert connected.good("status", "--max-age", "30m", "--json").json()["last_order_sync_status"] == "green"
    connected.clock.advance(minutes=31)
    late = connected.run("status", "--max-age", "30m", "--json")
    assert (late.code, late.json()["age_seconds"], late.err) == (8, 31 * 60, "")
    assert connected.run("status").code == 0


def test_log_is_pruned_and_cleared(connected: Machine, simulator: Simulator) -> None:
    """Old entries go by age at each import and by `log prune`; `log clear --yes` empties it."""
    connected.more["KAUFLAND_DEBUG_LOG_API_REQUESTS"] = "true"
    connected.have_imported(simulator)
    connected.clock.advance(days=15)
    connected.good("log", "prune")
    assert connected.good("log", "show", "--json").json()["entries"] == []
    connected.good("import-orders")
    assert connected.good("log", "show", "--json", "--since", "1h", "--method", "get").json()["entries"]
    assert connected.good("log", "show", "--json", "--failed").json()["entries"] == []
    connected.good("log", "clear", "--yes")
    assert connected.good("status", "--json").json()["log_entries"] == 0


def test_clock_of_the_tests_stands_still() -> None:
    """The clock handed in moves only when somebody waits, so that no test depends on the time of day."""
    clock = HeldClock()
    before = clock.now()
    clock.sleep(5)
    assert (clock.now() - before).total_seconds() == 5


def test_copy_of_a_first_import_is_what_an_import_leaves(tmp_path: Path, simulator: Simulator) -> None:
    """Tests that begin with `have_imported` begin with the store of a real import, and the next one goes on from it."""
    found = []
    for name in ("imports", "is kept", "is copied"):
        machine = Machine(tmp_path / name)
        machine.connect(simulator)
        if name == "imports":
            machine.good("import-orders")
        else:
            machine.have_imported(simulator)
        with Store.open(machine.store, machine.clock.now()) as store:
            found.append(
                [
                    sorted((tuple(row) for row in store.database.rows(f"SELECT * FROM {view}")), key=repr)  # noqa: S608
                    for view in ("v_orders", "v_order_lines", "v_order_units")
                ]
            )
    assert [len(rows) > 30 for rows in found[0]] == [True, True, True]
    assert found[1:] == [found[0], found[0]]
    simulator.marketplace.add_order(make_order("MNEXT"))
    assert machine.good("import-orders", "--json").json()["orders_new"] == 1
