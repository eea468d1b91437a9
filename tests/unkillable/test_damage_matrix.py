"""Damage anywhere in a store: whatever the doctor calls damaged is never imported into, copied or called done.

A real store is damaged in one place of each kind (header, schema, tables, indexes, free pages, write-ahead log, its
end), by seeded chance. Then its commands are run as a seller and a job would run them.
"""

import random
import shutil
import sqlite3
import struct
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from kaufland_cli.doctor.check import Task, examined
from kaufland_cli.doctor.store_checks import store_checks
from kaufland_cli.simulator import Simulator, make_order
from support.clocks import HeldClock
from support.machine import Machine
from support.sampling import sampled

PAGE = 4096
SAMPLE = 1
WIDE = 40
Damage = Callable[[random.Random, bytearray, dict[str, list[int]]], None]


@dataclass
class Scene:
    """A seller's machine whose store is about to be damaged."""

    simulator: Simulator
    data: Path
    """The folder of its stores, at rest, with one copy."""
    with_log: Path
    """The same in the middle of work: part of what is stored lies in the write-ahead log."""
    roots: dict[str, list[int]]
    """The first pages of tables and of indexes."""
    served: dict[int, tuple[str, str]]
    clock: HeldClock


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Give a store of 90 orders with a log, sales orders, history and free pages."""
    folder = tmp_path_factory.mktemp("scene")
    clock = HeldClock()
    with Simulator(now=clock.now) as simulator:
        machine = machine_in(folder / "machine", simulator, clock)
        for number in range(90):
            simulator.marketplace.add_order(make_order(f"MD{number:04}", [{}, {}]))
        machine.have_imported(simulator)
        clock.advance(minutes=30)
        for number in list(simulator.marketplace.units)[::3]:
            simulator.marketplace.change_unit(number, status="sent")
        machine.good("import-orders")
        with closing(sqlite3.connect(machine.store_file(simulator))) as connection:
            connection.execute("DELETE FROM request_log")  # `log clear` would return the free pages
            connection.commit()
        machine.good("import-orders")
        machine.good("backup")
        with closing(sqlite3.connect(machine.store_file(simulator))) as connection:
            assert connection.execute("PRAGMA freelist_count").fetchone()[0], "there are free pages to be damaged"
            assert connection.execute("PRAGMA page_size").fetchone()[0] == PAGE
            roots: dict[str, list[int]] = {"table": [], "index": []}
            for kind, page in connection.execute("SELECT type, rootpage FROM sqlite_master WHERE rootpage > 1"):
                roots[kind].append(page)
        shutil.copytree(machine.data, folder / "at rest")
        reader = sqlite3.connect(machine.store_file(simulator))  # as long as somebody has it open, the log stays
        reader.execute("SELECT count(*) FROM orders").fetchone()
        reader.execute("PRAGMA wal_autocheckpoint = 0")
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM orders").fetchone()
        clock.advance(minutes=30)
        for number in list(simulator.marketplace.units)[::4]:
            simulator.marketplace.change_unit(number, status="received")
        machine.good("import-orders")
        shutil.copytree(machine.data, folder / "at work")
        reader.close()
        served = {key: (unit["id_order"], unit["status"]) for key, unit in simulator.marketplace.units.items()}
        yield Scene(simulator, folder / "at rest", folder / "at work", roots, served, clock)


def machine_in(folder: Path, simulator: Simulator, clock: HeldClock) -> Machine:
    """Return a machine that keeps its API log and creates sales orders as files."""
    machine = Machine(folder, clock=clock)
    machine.connect(simulator)
    machine.more |= {
        "KAUFLAND_DEBUG_LOG_API_REQUESTS": "true",
        "KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS": "true",
        "KAUFLAND_ORDER_IMPORT_CREATE_SALES_ORDERS": "true",
        "KAUFLAND_ORDER_IMPORT_DEFAULT_CUSTOMER_NO": "D1",
        "KAUFLAND_SALES_ORDERS_SHIPPING_NUMBER": "8400",
    }
    return machine


# --- damage ---


def flip(chance: random.Random, content: bytearray, begin: int, end: int) -> None:
    """Change some bytes of a part."""
    for _ in range(chance.choice((1, 1, 2, 8, 64))):
        place = chance.randrange(begin, max(begin + 1, min(end, len(content))))
        content[place] ^= chance.randrange(1, 256)


def ruin(chance: random.Random, content: bytearray, page: int) -> None:
    """Damage a page: bytes of it, its head, or the whole of it."""
    begin = (page - 1) * PAGE
    match chance.randrange(4):
        case 0:
            flip(chance, content, begin, begin + PAGE)
        case 1:
            flip(chance, content, begin, begin + 12)
        case 2:
            content[begin : begin + PAGE] = bytes(PAGE)
        case _:
            other = chance.randrange(1, len(content) // PAGE) * PAGE
            content[begin : begin + PAGE] = content[other : other + PAGE]


def free_page(chance: random.Random, content: bytearray) -> None:
    """Damage the list of free pages."""
    (trunk,) = struct.unpack(">I", content[32:36])
    begin = (trunk - 1) * PAGE
    flip(chance, content, begin, begin + 64)


def any_page(chance: random.Random, content: bytearray) -> None:
    """Damage any page but the first."""
    ruin(chance, content, chance.randrange(2, len(content) // PAGE + 1))


def cut(chance: random.Random, content: bytearray) -> None:
    """Lose the end, by whole pages or in the middle of one."""
    place = chance.randrange(PAGE if len(content) > PAGE else 1, len(content))
    del content[place - chance.choice((0, place % PAGE)) :]


ON_THE_STORE: dict[str, Damage] = {
    "header": lambda chance, content, _: flip(chance, content, 0, 100),
    "schema": lambda chance, content, _: flip(chance, content, 100, PAGE),
    "table": lambda chance, content, roots: ruin(chance, content, chance.choice(roots["table"])),
    "index": lambda chance, content, roots: ruin(chance, content, chance.choice(roots["index"])),
    "any page": lambda chance, content, _: any_page(chance, content),
    "free pages": lambda chance, content, _: free_page(chance, content),
    "cut": lambda chance, content, _: cut(chance, content),
}
ON_THE_LOG: dict[str, Damage] = {
    "log header": lambda chance, content, _: flip(chance, content, 0, 32),
    "log": lambda chance, content, _: flip(chance, content, 32, len(content)),
    "log cut": lambda chance, content, _: cut(chance, content),
    "store under a log": lambda chance, content, _: any_page(chance, content),
}
KINDS = [*ON_THE_STORE, *ON_THE_LOG]


def damage(scene: Scene, kind: str, seed: int, folder: Path) -> Machine:
    """Return a machine whose store is damaged in that way."""
    chance = random.Random(f"{kind} {seed}")
    machine = machine_in(folder, scene.simulator, scene.clock)
    shutil.copytree(scene.data if kind in ON_THE_STORE else scene.with_log, machine.data)
    path = machine.store_file(scene.simulator)
    victim = path.with_name(f"{path.name}-wal") if kind.startswith("log") else path
    content = bytearray(victim.read_bytes())
    (ON_THE_STORE | ON_THE_LOG)[kind](chance, content, scene.roots)
    victim.write_bytes(content)
    return machine


def is_damaged(machine: Machine, path: Path) -> bool:
    """Tell whether the doctor calls the store damaged."""
    now = machine.clock.now()
    found = examined([Task("store", lambda: store_checks(path, now, machine.clock.monotonic), 60.0)])
    return any(check.state == "failed" for check in found)


# --- what must hold ---


def examine(scene: Scene, kind: str, seed: int, folder: Path) -> str:
    """Damage a store, run its commands, and say what became of it: whole, damaged, or not noticed."""
    machine = damage(scene, kind, seed, folder / "work")
    path = machine.store_file(scene.simulator)
    shutil.copytree(machine.data, folder / "looked at")
    damaged = is_damaged(machine, folder / "looked at" / path.relative_to(machine.data))
    (good_copy,) = (path.parent / "backups").glob("*.sqlite3")
    before = good_copy.read_bytes()
    machine.clock.advance(days=1, minutes=5)
    ran = {
        words: machine.run(*words)
        for words in (
            ("import-orders", "--scheduled"),
            ("import-orders", "--json"),
            ("backup", str(good_copy), "--force", "--json"),
            ("orders", "list", "--csv"),
            ("orders", "show", "MD0007"),
            ("status", "--json"),
            ("sales-orders", "push"),
            ("orders", "erase", "MD0009", "--yes"),
        )
    }
    for words, done in ran.items():
        assert "Traceback" not in done.err + done.out, (words, done)
        assert done.code in {0, 2, 6, 8, 9}, (words, done)
    if damaged:
        for words in (
            ("import-orders", "--json"),
            ("backup", str(good_copy), "--force", "--json"),
            ("sales-orders", "push"),
        ):
            assert ran[words].code == 9, (words, ran[words])
        assert good_copy.read_bytes() == before, "a good copy was replaced"
        assert "kaufland restore" in ran["import-orders", "--json"].error()["hint"]
        back = machine.run("restore", str(good_copy), "--yes")
        assert back.code == 0, back
    imported = machine.run("import-orders", "--since", "2026-11-01", "--json")
    if imported.code == 0 and (damaged or kind in {"index", "free pages"}):
        with closing(sqlite3.connect(path)) as connection:
            rows = connection.execute("SELECT id_order_unit, id_order, status FROM v_order_units").fetchall()
        assert {key: (id_order, status) for key, id_order, status in rows} == scene.served
    assert imported.code in ({0} if damaged else {0, 9}), imported
    return "damaged" if damaged else "unnoticed by the doctor"


@pytest.mark.parametrize("kind", sampled(KINDS, "header", "any page", "index", next(iter(ON_THE_LOG))))
def test_damage_is_never_built_upon(scene: Scene, kind: str, tmp_path: Path) -> None:
    """A sample: what the doctor calls damaged ends with exit 9 everywhere, with a way out that works."""
    for seed in range(SAMPLE):
        examine(scene, kind, seed, tmp_path / str(seed))


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", KINDS)
def test_damage_is_never_built_upon_wherever_it_is(scene: Scene, kind: str, tmp_path: Path) -> None:
    """The wide matrix."""
    for seed in range(SAMPLE, WIDE):
        try:
            examine(scene, kind, seed, tmp_path / str(seed))
        except AssertionError as error:
            error.add_note(f"{kind}, seed {seed}")
            raise
        shutil.rmtree(tmp_path / str(seed))


def test_sample_is_worth_something(scene: Scene, tmp_path: Path) -> None:
    """Most of what is damaged is seen to be damaged, so the promise is put to the test."""
    seen = 0
    for kind in ON_THE_STORE:
        for seed in range(SAMPLE):
            machine = damage(scene, kind, seed, tmp_path / f"{kind} {seed}")
            seen += is_damaged(machine, machine.store_file(scene.simulator))
    assert seen >= len(ON_THE_STORE) * SAMPLE // 2, "hardly anything was damaged"
