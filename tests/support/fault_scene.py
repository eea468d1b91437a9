"""A seller of five pages before a server that misbehaves, and what is to be seen there."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from kaufland_cli.simulator import Simulator, make_order
from kaufland_cli.simulator.exchange import Answer, Request, deliver_whole
from kaufland_cli.simulator.faults import Proceed
from kaufland_cli.store.store import Store
from support.clocks import START, HeldClock
from support.fault_table import ELSEWHERE, LAST_BEGINS, UNITS, Row, offset_of, strikes_at
from support.machine import Done, Machine

PIECES = 3
ENVIRONMENT = {"KAUFLAND_API_TIMEOUT_SECONDS": "0.3"}
MAX_REQUESTS = 100
MAX_SECONDS = 30
MAX_WAITING = timedelta(seconds=310)
"""The budget of a run for waiting, and what the limiter adds."""


@dataclass
class Witness:
    """Stands before the server and notes what was asked for and which pages were answered well, in order."""

    told: list[tuple[int, frozenset[int] | None]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: Request, proceed: Proceed) -> Answer:
        """Let the request through, and note it and its answer."""
        self._note(offset_of(request), None)
        answer = proceed(request)
        rows = answer.content.get("data") if isinstance(answer.content, dict) else None
        if answer.status == 200 and answer.deliver is deliver_whole and isinstance(rows, list):
            self._note(offset_of(request), frozenset(row["id_order_unit"] for row in rows))
        return answer

    def _note(self, offset: int, units: frozenset[int] | None) -> None:
        with self._lock:
            self.told.append((offset, units))

    def good_before(self, last: int) -> frozenset[int]:
        """Return the units of all pages that were answered well before that note."""
        return frozenset().union(*(units for _, units in self.told[:last] if units is not None))


@dataclass
class Scene:
    """A seller of five pages, and a machine that has imported nothing yet."""

    machine: Machine
    simulator: Simulator
    witness: Witness = field(default_factory=Witness)

    def strike(self, row: Row, place: str, times: int | None) -> Any:
        """Let the row's fault strike at that place."""
        if row.in_real_time:
            self.machine.more |= ENVIRONMENT
        return self.simulator.misbehave(row.fault, times=times, where=strikes_at(place, row))

    def run(self) -> Done:
        """Import, and see to it that the run stays within its bounds."""
        began, before = self.machine.clock.now(), len(self.simulator.requests)
        really_began = time.monotonic()
        done = self.machine.run("import-orders", "--json")
        assert "Traceback" not in done.err
        assert len(self.simulator.requests) - before <= MAX_REQUESTS
        assert self.machine.clock.now() - began <= MAX_WAITING
        assert time.monotonic() - really_began < MAX_SECONDS
        assert all(ELSEWHERE not in asked.target for asked in self.simulator.requests)
        return done

    def stored(self) -> dict[int, tuple[str, str]]:
        """Return what the store holds; nothing is in it twice."""
        with Store.open(self.machine.store, self.machine.clock.now()) as store:
            rows = [
                tuple(row) for row in store.database.rows("SELECT id_order_unit, id_order, status FROM v_order_units")
            ]
        found = {row[0]: (row[1], row[2]) for row in rows}
        assert len(rows) == len(found)
        return found

    def checked_up_to(self) -> Any:
        """Return the watermark."""
        with Store.open(self.machine.store, self.machine.clock.now()) as store:
            return store.sync.state().watermark

    def served(self) -> dict[int, tuple[str, str]]:
        """Return what the server holds."""
        held = self.simulator.marketplace.units.values()
        return {unit["id_order_unit"]: (unit["id_order"], unit["status"]) for unit in held}

    def recover(self) -> None:
        """Let the server behave; the next run has to make the store equal to it."""
        self.simulator.behave()
        assert self.machine.run("import-orders").code == 0
        assert self.stored() == self.served()
        assert self.checked_up_to() is not None


def sent_orders(latest: Any, units: int = UNITS) -> list[Any]:
    """Return the orders of this many units, the latest about an hour old; all are sent, so nothing else is fetched."""
    return [
        make_order(
            f"M{number:05}",
            [{}] * PIECES,
            status="sent",
            ts_created_iso=latest - timedelta(hours=number, minutes=9),
            ts_updated_iso=latest - timedelta(hours=number, minutes=5),
        )
        for number in range(units // PIECES)
    ]


@contextmanager
def five_pages(clock: HeldClock) -> Iterator[Simulator]:
    """Start a server with five pages."""
    with Simulator(orders=sent_orders(START), storefronts=["de"], now=clock.now) as simulator:
        assert len(simulator.marketplace.units) == UNITS > LAST_BEGINS
        yield simulator


def scene_before(simulator: Simulator, folder: Path, clock: HeldClock) -> Scene:
    """Return a machine of its own before that server, which behaves."""
    clock.present = START
    simulator.behave()
    simulator.clear_requests()
    witness = Witness()
    simulator.misbehave(witness, times=None, path="/order-units")
    machine = Machine(folder / "machine", clock=clock)
    machine.connect(simulator)
    machine.more["KAUFLAND_API_REQUESTS_PER_SECOND"] = "100000"  # so that pages really are asked for side by side
    return Scene(machine, simulator, witness)
