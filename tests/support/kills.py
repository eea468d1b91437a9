"""Kills real processes where they should be killed, and checks what they leave behind.

Not for Windows, which has neither SIGKILL nor SIGSTOP.
"""

import json
import os
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.order_import.lock import running_import
from kaufland_cli.simulator import Simulator, Switches, make_order
from kaufland_cli.store.disk_room import reserve_file
from kaufland_cli.store.store import Store
from support.clocks import HeldClock
from support.kill_driver import Plan, Series
from support.machine import Machine

DRIVER = Path(__file__).with_name("kill_driver.py")
PATIENCE_SECONDS = 60.0
IMPORT = ("import-orders",)
PICKUP = {"pickup_location_id": "145", "provider": "DHL", "carrier": "DHL", "services": "", "dhl_post_number": "9"}
# The tables of what a seller sees; a run that finds nothing new leaves them as they are.
CONTENT = ("orders", "order_units", "unit_history", "addresses", "products", "unreadable_units")


@dataclass
class Shop:
    """A seller's account whose orders fill several pages, on the real clock."""

    simulator: Simulator
    arrived: int = 0

    def open_for_business(self) -> None:
        """Let the orders of some weeks be there: 44 of five units, three to be shipped, a unit that is unreadable."""
        now = datetime.now(UTC)
        for number in range(44):
            moment = now - timedelta(days=1, hours=number * 12)
            times = {"ts_created_iso": moment, "ts_updated_iso": moment}
            self.add([{"status": "sent"} | times] * 5, storefront=("de", "at", "cz")[number % 3])
        for hours in (1, 2, 3):
            picked_up = PICKUP if hours != 2 else None
            self.add([{}], pickup_location=picked_up, ts_created_iso=now - timedelta(hours=hours))
        self.add([{"price": "twelve", "status": "sent"}, {"status": "sent"}])

    def add(self, units: Any = ({},), **fields: Any) -> None:
        """Let an order arrive."""
        self.arrived += 1
        self.simulator.marketplace.add_order(make_order(f"MK{self.arrived:05}", units, **fields))

    def change(self, every: int = 2, status: str = "received", price: int = 2999) -> None:
        """Let units change, some more orders arrive, and the unreadable unit become readable."""
        market = self.simulator.marketplace
        for number, unit in list(market.units.items()):
            if not isinstance(unit["price"], int):
                market.change_unit(number, price=1999)
            elif number % every == 0:
                market.change_unit(number, status=status, price=price)
        market.change_order("MK00002", shipping_address=unit["shipping_address"] | {"city": f"Ort {self.arrived}"})
        self.add([{}, {}], pickup_location=PICKUP)

    @property
    def served(self) -> dict[int, tuple[str, str, int]]:
        """What the server says of each readable unit."""
        held = self.simulator.marketplace.units.items()
        return {
            key: (unit["id_order"], unit["status"], unit["price"])
            for key, unit in held
            if isinstance(unit["price"], int)
        }

    @property
    def exit_code(self) -> int:
        """What an import of everything ends with: 6 while there is a unit that cannot be read."""
        return 0 if len(self.served) == len(self.simulator.marketplace.units) else 6


@contextmanager
def shop() -> Iterator[Shop]:
    """Open a shop."""
    switches = Switches(shipping_addresses="on")
    with Simulator(now=lambda: datetime.now(UTC), switches=switches) as simulator:
        found = Shop(simulator)
        found.open_for_business()
        yield found


def machine_of(found: Shop, folder: Path, data: Path | None = None) -> Machine:
    """Return a machine that imports from the shop, with a copy of the stores of another one."""
    machine = Machine(folder, clock=HeldClock(datetime.now(UTC)))
    machine.connect(found.simulator)
    machine.more["PYTHONDONTWRITEBYTECODE"] = "1"
    if data is not None:
        shutil.copytree(data, machine.data)
    return machine


@dataclass(frozen=True)
class Strike:
    """Where a process was killed."""

    series: str
    number: int
    name: str


def start(machine: Machine, plan: Plan, *words: str) -> "subprocess.Popen[str]":
    """Start a command by a plan; what it prints is only kept where nothing is sent through the pipe."""
    return subprocess.Popen(
        [sys.executable, str(DRIVER), *words],
        env=machine.environ | plan.environ(),
        pass_fds=(plan.pipe,) if plan.pipe >= 0 else (),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if plan.pipe >= 0 else subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_by_plan(machine: Machine, plan: Plan, *words: str) -> tuple[int, str, str]:
    """Run a command by a plan to its end; return exit code, stdout and stderr."""
    process = start(machine, plan, *words)
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode, out, err


def names_of_steps(machine: Machine, plan: Plan | None = None, *words: str) -> dict[Series, list[str]]:
    """Run a command to its end and return the names of its steps, in order, by series."""
    reading, writing = os.pipe()
    process = start(machine, replace(plan or Plan(), pipe=writing), *(words or IMPORT))
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode in {0, 6}, err
    found: dict[Series, list[str]] = json.loads(told)
    return found


def strike(
    machine: Machine, plan: Plan, *words: str, blow: signal.Signals | None = None, patience: float = PATIENCE_SECONDS
) -> Strike | None:
    """Run a command until it says that it stands at the step of the plan, and kill it there.

    Insists that the step is the one that was wanted, that the process was alive, and that this blow killed it.
    Returns None where the run ended before that step.
    """
    if sys.platform != "linux":
        pytest.skip("only Linux says whether a process stands or has ended")
    reading, writing = os.pipe()
    process = start(machine, replace(plan, pipe=writing), *(words or IMPORT))
    os.close(writing)
    try:
        with os.fdopen(reading, "rb", buffering=0) as pipe:
            assert select.select([pipe], [], [], patience)[0], "no handshake in time"
            told = pipe.readline().decode()
        if not told:
            process.communicate(timeout=patience)
            assert process.returncode in {0, 6}, "it ended by itself before the step, and not well"
            return None
        series, number, name = told.strip().split(" ", 2)
        where = name if plan.names else int(number)
        assert (series, where) == (plan.series, plan.names[-1] if plan.names else plan.number), (
            f"it stands elsewhere: {told}"
        )
        state = os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        assert state is not None
        assert state.si_code == os.CLD_STOPPED, "it had ended by itself"
        process.send_signal(blow) if blow else process.kill()
        process.communicate(timeout=patience)
        assert process.returncode == -9, f"it was not killed but ended with {process.returncode}"
        return Strike(series, int(number), name)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def kill_after(machine: Machine, shop: Shop, seconds: float, *, first_request: bool) -> bool:
    """Run the real import and kill it so long after its start or its first request.

    Tells whether it was killed before it ended by itself.
    """
    asked = threading.Event()
    shop.simulator.before_each("", lambda _: asked.set())
    process = machine.start(*IMPORT)
    if first_request:
        assert asked.wait(PATIENCE_SECONDS), "it never asked for anything"
    time.sleep(seconds)
    process.kill()
    process.communicate(timeout=PATIENCE_SECONDS)
    shop.simulator.behave()
    assert process.returncode in {-9, 0, 6}
    return process.returncode == -9


# --- what must hold ---


def store_of(machine: Machine) -> Path | None:
    """Return the store, if there is one yet; copies of it do not count."""
    found = machine.data.rglob("*.sqlite3") if machine.data.exists() else iter(())
    return next((path for path in found if path.parent.name != "backups"), None)


def machine_store(machine: Machine) -> Path:
    """Return the store that must be there."""
    found = store_of(machine)
    assert found is not None
    return found


def stored(path: Path) -> dict[Any, tuple[Any, ...]]:
    """Return what a store says of each unit, read with nothing but SQLite."""
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT id_order_unit, id_order, status, price FROM v_order_units").fetchall()
    assert len({str(row[0]) for row in found}) == len(found), "a unit is there twice"
    return {row[0]: row[1:] for row in found}


WRONG_SUMMARIES = """
SELECT id_order, o.units, u.units, o.status, u.status, o.total_amount, u.amount, o.updated_at, u.updated_at
FROM v_orders AS o FULL JOIN (
  SELECT id_order, count(*) AS units, min(status) AS status, count(DISTINCT status) AS statuses,
    sum(iif(status = 'cancelled', 0, price + coalesce(shipping_rate, 0))) AS amount, max(updated_at) AS updated_at
  FROM v_order_units GROUP BY id_order
) AS u USING (id_order)
WHERE o.units IS NOT u.units OR o.updated_at IS NOT u.updated_at
  OR (u.statuses = 1 AND o.status IS NOT u.status)
  OR (o.units_failed = 0 AND o.total_amount IS NOT u.amount)
"""


def check_left_behind(machine: Machine, shop: Shop) -> None:
    """Insist that what a killed process left is sound: file, references, summaries, watermark, lock."""
    path = store_of(machine)
    if path is None:
        return
    assert running_import(path) is None, "the lock is still held"
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == [], "a reference leads nowhere"
        if connection.execute("PRAGMA user_version").fetchone() == (0,):
            assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,), "half a schema"
            return
        summaries = WRONG_SUMMARIES
        if sqlite3.sqlite_version_info < (3, 39):  # without FULL JOIN, which only adds units without an order
            summaries = summaries.replace("FULL JOIN", "LEFT JOIN")
        assert connection.execute(summaries).fetchall() == [], "an order's summary differs from its units"
        watermark = connection.execute("SELECT watermark FROM sync_state").fetchone()[0]
    if watermark is not None:
        have, served = stored(path), shop.served
        for key, unit in shop.simulator.marketplace.units.items():
            if key in served and unit["ts_updated_iso"] < watermark:
                assert have.get(key) == served[key], "the watermark passed an update that is not stored"


def snapshot(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row that a seller could see, without the attempts of failed units, which belong to the run."""
    with closing(sqlite3.connect(path)) as connection:
        found = {name: list(connection.execute(f"SELECT * FROM {name}")) for name in CONTENT}  # noqa: S608
        kept = "unreadable_key, id_order_unit, id_order, reason, raw, first_seen_at, last_seen_at, set_aside"
        found["unreadable_units"] = list(connection.execute(f"SELECT {kept} FROM unreadable_units"))  # noqa: S608
    return {name: sorted(rows, key=repr) for name, rows in found.items()}


def check_finished(machine: Machine, shop: Shop) -> None:
    """Insist that one clean run makes the store equal to the server, and that a second one writes nothing."""
    before: dict[str, list[tuple[Any, ...]]] = {}
    for turn in range(2):
        machine.clock.present = datetime.now(UTC)
        done = machine.run("import-orders", "--json")
        assert done.code == shop.exit_code, done
        check_left_behind(machine, shop)
        now = snapshot(machine_store(machine))
        assert now == before or not turn, "a repeated run wrote"
        before = now
    path = machine_store(machine)
    assert stored(path) == shop.served
    left = {one.name for one in machine.data.rglob("*") if one.is_file() and one.parent.name != "backups"}
    belong = {path.name, f"{path.name}.lock", f"{path.name}.record.json"}
    assert left - {"filler", reserve_file(path).name} == belong, "a killed process left something for ever"
    with Store.open(path, machine.clock.present) as store:
        for id_order in shop.simulator.marketplace.orders:
            order = shop.simulator.marketplace.order(id_order)
            if order.pickup_location and any(unit["status"] == "need_to_be_sent" for unit in order.units):
                card = store.queries.order(id_order)
                assert card is not None
                assert card.pickup_location, f"the pickup point of {id_order} was never read"
