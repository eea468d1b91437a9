"""Runs: one at a time, recorded from the first moment, and finished by the next one when they are killed."""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kaufland_cli.domain.hint import command
from kaufland_cli.errors import ImportRunning, KauflandError, KauflandFailing
from kaufland_cli.order_import.lock import holder_now, run_lock, running_import
from kaufland_cli.order_import.result import CurrencyTotal, StorefrontResult
from kaufland_cli.simulator import faults, unit_id
from kaufland_cli.store.run_tally import RunCounts
from kaufland_cli.store.store import Store
from support.clocks import HeldClock
from support.imports import World, world


def environment(own: World) -> dict[str, str]:
    """Return an environment in which the real program imports into the world's folder."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(own.folder),
        "KAUFLAND_CONFIG": str(own.folder / "config.toml"),
        "KAUFLAND_DATA_DIR": str(own.folder / "data"),
        "KAUFLAND_API_BASE_URL": own.simulator.base_url,
        "KAUFLAND_API_CLIENT_KEY": own.simulator.client_key,
        "KAUFLAND_SECRET_KEY": own.simulator.secret_key,
        "KAUFLAND_API_REQUESTS_PER_SECOND": "1000",
    }


def test_lock_names_its_holder_and_is_gone_with_it(tmp_path: Path) -> None:
    """A second import says who runs and since when; the lock is free as soon as the first has ended."""
    with world(tmp_path) as own:
        holder = holder_now(4711, own.clock.now(), command("import-orders"))
        with run_lock(own.store_file, holder):
            assert running_import(own.store_file) == holder
            with pytest.raises(ImportRunning, match=r"2026-11-20 12:00:00 UTC.*4711"), run_lock(own.store_file, holder):
                pass
        assert running_import(own.store_file) is None
        with run_lock(own.store_file, holder):
            pass


@pytest.mark.skipif(sys.platform == "win32", reason="a lock file has modes on POSIX only")
def test_lock_file_is_private(tmp_path: Path) -> None:
    """Only the owner can take the lock, so that nobody else can stop imports."""
    with world(tmp_path) as own, run_lock(own.store_file, holder_now(1, own.clock.now(), command("x"))):
        modes = {path.name: path.stat().st_mode & 0o777 for path in own.store_file.parent.iterdir()}
        assert modes == {"simulator.sqlite3.lock": 0o600, "simulator.sqlite3.running.json": 0o600}


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_killed_at_any_instant_the_next_run_finishes(tmp_path: Path) -> None:
    """A real import, killed with SIGKILL at one page after another, leaves a sound store; the next run is complete."""
    with world(tmp_path) as own:
        own.clock.advance(seconds=(datetime.now(UTC) - own.clock.now()).total_seconds())  # the program's own clock
        own.add(250)
        for offset in (0, 198):
            rule = own.simulator.misbehave(faults.slow(30), times=1, path="/order-units", offset=offset)
            process = subprocess.Popen(
                [sys.executable, "-m", "kaufland_cli", "import-orders"],
                env=environment(own),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            while not rule.struck:
                assert process.poll() is None, "the import must still run when it is killed"
                time.sleep(0.01)
            process.kill()
            assert process.wait() == -9
            own.simulator.behave()
        done = subprocess.run(
            [sys.executable, "-m", "kaufland_cli", "import-orders", "--json"],
            env=environment(own),
            capture_output=True,
            text=True,
            check=True,
        )
        assert '"verdict": "success"' in done.stdout
        [path] = (own.folder / "data").rglob("*.sqlite3")
        with Store.open(path, own.clock.now()) as store:
            rows = store.database.rows("SELECT id_order_unit, id_order, status, price FROM v_order_units")
            assert {row[0]: tuple(row)[1:] for row in rows} == own.served()
            assert store.database.value("PRAGMA integrity_check") == "ok"
            assert list(store.database.rows("PRAGMA foreign_key_check")) == []
            verdicts = [row["verdict"] for row in store.database.rows("SELECT verdict FROM runs ORDER BY run_id")]
            # A request of the process killed before may strike the next rule early: then that kill hits a start.
            assert verdicts[-1] == "success"
            assert set(verdicts[:-1]) == {"error"}


def test_failed_run_is_recorded_with_its_reason(tmp_path: Path) -> None:
    """What ended a run is there to be read afterwards, with the counts so far."""
    with world(tmp_path) as own:
        own.add(130)
        own.simulator.misbehave(faults.status(500), times=None, path="/order-units", offset=99)
        with pytest.raises(KauflandFailing):
            own.run()
        with own.store() as store:
            run = store.sync.last_run()
        assert run is not None
        assert (run.verdict, run.units_new) == ("error", 100)
        assert "HTTP 500" in (run.message or "")


def test_counts_add_up(tmp_path: Path) -> None:
    """Seen = new + changed + unchanged, each unit once, also where pages overlap; orders are counted by themselves."""
    with world(tmp_path) as own:
        own.add(3, units=[{}, {}])
        own.run()
        own.clock.advance(minutes=5)
        own.simulator.marketplace.change_unit(unit_id("M000001", 0), status="sent")
        own.simulator.marketplace.change_order("M000002", status="cancelled")
        own.add(2)
        counts = own.run().counts
        assert counts == RunCounts(
            orders_new=2,
            orders_changed=2,
            orders_cancelled=1,
            units_seen=8,
            units_new=2,
            units_changed=3,
            units_unchanged=3,
            units_failed=0,
        )


def test_summary_by_storefront_counts_what_came_in(tmp_path: Path) -> None:
    """The end of an import names orders, units and sums of what is new, storefront by storefront."""
    with world(tmp_path) as own:
        own.add(2, storefront="de", price=1000, shipping_rate=50)
        own.add(1, storefront="cz", price=30000, shipping_rate=0, currency="CZK")
        assert own.run().storefronts == [
            StorefrontResult("cz", 1, 1, [CurrencyTotal("CZK", 30000)]),
            StorefrontResult("de", 2, 2, [CurrencyTotal("EUR", 2100)]),
        ]
        own.clock.advance(minutes=1)
        assert own.run().storefronts == []


def test_unknown_status_and_storefront_are_stored_as_they_are_and_reported_once(tmp_path: Path) -> None:
    """What Kaufland adds tomorrow is imported like the rest; the first import that meets it says so."""
    with world(tmp_path) as own:
        own.add(status="frozen")
        own.add(2, storefront="ro")
        assert own.run().notes == [
            "Kaufland uses a storefront that this version does not know: ro.",
            "Kaufland uses a status that this version does not know: frozen.",
        ]
        assert own.stored() == own.served()
        assert own.run().notes == []


def test_a_first_import_asks_for_nothing_twice(tmp_path: Path) -> None:
    """A page and a look behind its last row, the storefronts, the invoices. Kaufland's time comes with the page."""
    with world(tmp_path) as own:
        for storefront in own.simulator.storefronts:
            own.add(status="sent", storefront=storefront)
        own.run()
        asked = [one.target.partition("?")[0].removeprefix("/v2") for one in own.simulator.requests]
        assert asked == ["/order-units", "/order-units", "/info/storefront", "/order-invoices"]


def test_a_first_page_that_fails_has_still_told_the_time(tmp_path: Path) -> None:
    """The start is remembered from the first try on, by Kaufland's clock where this computer's is ahead."""
    with world(tmp_path) as own:
        own.add(status="sent")
        own.local = HeldClock(own.clock.now() + timedelta(days=20))
        own.simulator.misbehave(faults.status(500), times=None, path="/order-units")
        with pytest.raises(KauflandError):
            own.run()
        assert own.state().start_at == own.clock.now() - timedelta(days=30)
