"""Faults in details and invoices, several at once, over an hour, and as real processes see them."""

import gzip
import itertools
import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kaufland_cli.simulator import Simulator, faults, make_order
from kaufland_cli.simulator.exchange import Request
from kaufland_cli.simulator.faults import Fault
from support.clocks import START, HeldClock
from support.fault_scene import ENVIRONMENT, MAX_SECONDS, Scene, scene_before, sent_orders
from support.fault_table import BEGINS, IN_AN_HOUR, ROWS, Row, bomb
from support.machine import Machine, units_held
from support.sampling import sampled

BY_NAME = {row.name: row for row in ROWS}
MEGABYTE = 1_000_000


# --- details and invoices -------------------------------------------------------------------------------------------


@pytest.fixture
def shipping(tmp_path: Path, clock: HeldClock) -> Iterator[Scene]:
    """Give a seller with orders to be shipped and an invoice: both are asked for one by one after the walk."""
    clock.present = START
    orders = [make_order(f"MSHIP{number}", status="need_to_be_sent") for number in range(3)]
    orders.append(make_order("MBILL", status="sent", invoices=[{}]))
    with Simulator(orders=orders, storefronts=["de"], now=clock.now) as simulator:
        yield scene_before(simulator, tmp_path, clock)


def is_detail(request: Request) -> bool:
    """Tell whether a request asks for one whole order."""
    return request.path.startswith("/orders/")


def is_invoices(request: Request) -> bool:
    """Tell whether a request asks for invoices."""
    return request.path == "/order-invoices"


@pytest.mark.parametrize(
    ("row", "what"),
    [
        pytest.param(
            row, what, id=f"{row.name}-{what}", marks=() if row.sampled and number % 8 == position else pytest.mark.long
        )
        for number, row in enumerate(ROWS)
        for position, what in enumerate(("details", "invoices"))
        if what == "invoices" or not row.only_pages
    ],
)
def test_fault_next_to_the_pages_never_fails_an_import(row: Row, what: str, shipping: Scene) -> None:
    """The import is a success with all orders; what could not be fetched is reported, and fetched by a later run."""
    if row.in_real_time:
        shipping.machine.more |= ENVIRONMENT
    rule = shipping.simulator.misbehave(row.fault, times=None, where=is_detail if what == "details" else is_invoices)
    done = shipping.run()
    assert (done.code, done.err) == (0, ""), done
    assert rule.struck > 0
    summary = done.json()
    assert (summary["verdict"], summary["complete"]) == ("success", True)
    assert shipping.stored() == shipping.served()
    assert shipping.checked_up_to() is not None
    gone = what == "details" and row.name == "404"
    if what == "details":
        assert summary["details_waiting"] == (0 if gone else 3)
    if row.error and row.name not in {"400", "404"}:
        assert any(row.said in note for note in summary["notes"]), summary["notes"]
    shipping.simulator.behave()
    shipping.machine.clock.advance(days=2)
    assert shipping.machine.good("import-orders", "--json").json()["details_waiting"] == 0
    billed = shipping.machine.good("orders", "show", "MBILL", "--json").json()
    assert billed["invoice_uploaded"] is True


# --- several at once ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", BEGINS)
def test_faults_one_after_another(place: str, scene: Scene) -> None:
    """A page that fails in four ways and comes at the fifth attempt is stored like any other."""
    for name in ("503 empty", "502 with HTML", "200 cut", "reset"):
        scene.strike(BY_NAME[name], place, 1)
    assert scene.run().json()["verdict"] == "success"
    assert scene.stored() == scene.served()


def live_through_faults(scene: Scene, seed: int) -> None:
    """Strike by chance: passing faults all over, and often a lasting one; at the end everything has to be there."""
    chance = random.Random(seed)
    known = [row for row in ROWS if not row.in_real_time and row.name not in {"200 MB", "200 MB packed"}]
    passing = [row for row in known if row.passing]
    for place in BEGINS:
        for row in chance.sample(passing, chance.randrange(3)):
            scene.strike(row, place, 1)
    lasting = chance.sample(known, chance.randrange(3))
    for row in lasting:
        scene.strike(row, chance.choice(list(BEGINS)), None)
    done = scene.run()
    assert done.code in {0, 8, *(row.code for row in lasting)}, done
    assert (done.code == 0) == (scene.checked_up_to() is not None)
    assert scene.stored().items() <= scene.served().items()
    if done.code == 0:
        assert scene.stored() == scene.served()
    scene.recover()


@pytest.mark.parametrize("seed", sampled(range(5), 1, 3))
def test_faults_by_chance(seed: int, scene: Scene) -> None:
    """Passing and lasting faults here and there: no more is claimed than read, and one clean run fixes all."""
    live_through_faults(scene, seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5, 200))
def test_many_faults_by_chance(seed: int, scene: Scene) -> None:
    """The same for many more courses of events."""
    live_through_faults(scene, seed)


# --- asked to wait --------------------------------------------------------------------------------------------------


def test_busy_server_is_asked_less_and_less_often(scene: Scene) -> None:
    """429 without a word on how long: each wait is longer than the one before, and all of them fit in the budget."""
    asked: list[datetime] = []
    scene.simulator.before_each("/order-units", lambda request: asked.append(request.now))
    scene.strike(BY_NAME["429"], "first page", None)
    assert scene.run().code == 5
    waits = [later - earlier for earlier, later in itertools.pairwise(asked)]
    assert len(waits) >= 3
    assert waits == sorted(waits)
    assert waits[-1] > 2 * waits[0]


def test_hour_is_not_waited_for(scene: Scene) -> None:
    """The run ends at once and says when to try again."""
    scene.strike(BY_NAME["429 for an hour"], "middle page", None)
    began = scene.machine.clock.now()
    done = scene.machine.run("import-orders")
    assert (done.code, done.out) == (5, "")
    assert f"try again after {IN_AN_HOUR}" in done.err
    assert (scene.machine.clock.now() - began) < timedelta(seconds=2)


def test_hour_is_remembered(scene: Scene) -> None:
    """A scheduled run before that time asks nothing and exits 0, after it it runs; whoever types the command tries."""
    machine, simulator = scene.machine, scene.simulator
    machine.more["KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS"] = "true"
    scene.strike(BY_NAME["429 for an hour"], "middle page", None)
    assert scene.run().code == 5
    simulator.behave()
    simulator.clear_requests()
    machine.clock.advance(minutes=55)
    done = machine.run("import-orders", "--scheduled")
    assert (done.code, done.out, done.err) == (0, "", "")
    assert simulator.requests == []
    machine.clock.advance(minutes=6)
    assert machine.run("import-orders", "--scheduled").code == 0
    assert scene.stored() == scene.served()


def test_typed_command_tries_at_once(scene: Scene) -> None:
    """An hour that Kaufland asked for does not keep a person from trying."""
    scene.strike(BY_NAME["429 for an hour"], "first page", None)
    assert scene.run().code == 5
    scene.recover()


# --- real processes -------------------------------------------------------------------------------------------------


@pytest.fixture
def really(tmp_path: Path) -> Iterator[Scene]:
    """Give two pages of real size on the real clock."""
    now = datetime.now(UTC).replace(microsecond=0)
    with Simulator(orders=sent_orders(now, units=150), storefronts=["de"]) as simulator:
        machine = Machine(tmp_path / "machine", clock=HeldClock(now), more=dict(ENVIRONMENT))
        machine.connect(simulator)
        yield Scene(machine, simulator)


REAL = [("redirect", "last page"), ("401", "last page"), ("404", "first page")]


@pytest.mark.parametrize(("name", "place"), sampled(REAL, REAL[1]))
def test_real_process_ends_the_same_way(name: str, place: str, really: Scene) -> None:
    """Exit code and message of a process of its own; the next one finishes the work."""
    row = BY_NAME[name]
    really.strike(row, place, None)
    began = time.monotonic()
    done = really.machine.process("import-orders", "--json")
    assert time.monotonic() - began < MAX_SECONDS
    assert (done.code, done.error()["error"]) == (row.code, row.error)
    assert row.said in done.error()["message"]
    really.simulator.behave()
    assert really.machine.process("import-orders", "--json").json()["verdict"] == "success"
    assert really.stored() == units_held(really.simulator)


def test_real_process_gets_over_a_hang(really: Scene) -> None:
    """One request that is never answered costs a time-out, not the run."""
    really.strike(BY_NAME["hang"], "last page", 1)
    assert really.machine.process("import-orders", "--json").json()["verdict"] == "success"
    assert really.stored() == units_held(really.simulator)


PEAK = """
import pathlib, re, sys
from kaufland_cli.__main__ import main
try:
    main()
finally:
    status = pathlib.Path("/proc/self/status").read_text()
    print("peak", re.search(r"VmHWM:\\s+(\\d+) kB", status)[1], file=sys.stderr)
"""


def peak_of(machine: Machine) -> tuple[int, int, str]:
    """Import in a process of its own; return its exit code, the most memory it ever held in bytes, and what it said."""
    program = machine.folder / "measured.py"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(PEAK, encoding="utf-8")
    done = machine.process("import-orders", "--json", program=program)
    said, _, peak = done.err.rpartition("peak ")
    return done.code, int(peak) * 1024, said


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of a process exactly")
@pytest.mark.parametrize(
    ("name", "fault"),
    [
        pytest.param("plain", faults.huge_body(200), id="plain", marks=pytest.mark.long),
        pytest.param("packed", faults.status(200, bomb(400), {"Content-Encoding": "gzip"}), id="packed"),
        pytest.param(
            "packed twice",
            faults.status(200, gzip.compress(bomb(2000)), {"Content-Encoding": "gzip, gzip"}),
            id="packed twice",
            marks=pytest.mark.long,
        ),
    ],
)
def test_memory_of_a_real_process_is_bounded(name: str, fault: Fault, really: Scene) -> None:
    """However large an answer is or unpacks to, the process grows by little more than what it would read."""
    code, usual, _ = peak_of(really.machine)
    assert code == 0
    really.machine.clock.advance(minutes=20)
    really.simulator.misbehave(fault, times=None, path="/order-units")
    code, peak, said = peak_of(really.machine)
    assert (code, name != "packed twice") == (5, "larger than 32 MB" in said)
    assert peak - usual < 100 * MEGABYTE, (peak, usual)
