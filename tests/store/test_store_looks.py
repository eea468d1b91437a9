"""A store too large for one look is looked through in several: each goes on where the last one stopped."""

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kaufland_cli.domain.moments import read_moment
from kaufland_cli.errors import StoreDamaged
from kaufland_cli.store import connection as store_connection
from kaufland_cli.store.checking import check_if_due
from kaufland_cli.store.record import StoreRecord, read_record, record_file
from support.stores import NOW, keep, new_store, order_unit

MAX_LOOKS = 100


class Time:
    """A clock on which each look at it takes as long as set: SQLite asks it again and again while it works."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        self._now += self._seconds
        return self._now


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a store that is large compared with what fits between two looks at the clock."""
    monkeypatch.setattr(store_connection, "STEPS_BETWEEN_CHECKS", 50)
    with new_store(tmp_path) as store:
        keep(store, *(order_unit(number, f"M{number % 100}") for number in range(300)))
        found = store.database.path
    assert found is not None
    return found


def changed(path: Path, statement: str) -> None:
    """Change the store behind the program's back."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(statement)
        connection.commit()


def looks(path: Path, seconds: float, until: Callable[[StoreRecord], bool]) -> int:
    """Look at the store once a day until that is so; return how many looks it took."""
    for number in range(1, MAX_LOOKS):
        with suppress(StoreDamaged):
            check_if_due(path, day(number), Time(seconds))
        record = read_record(path)
        assert record is not None
        if until(record):
            return number
    raise AssertionError("never")


def day(number: int) -> datetime:
    """Return the moment of a look."""
    return NOW + timedelta(days=2 * number)


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM orders WHERE order_no = 1",
        "UPDATE row_counts SET units = units + 1",
        "ALTER TABLE sync_state DROP COLUMN decided_by",
        "UPDATE orders SET sales_order_state = 'held' WHERE order_no = 1",
    ],
)
def test_damage_is_found_wherever_it_is(path: Path, damage: str) -> None:
    """Links and counts come last, and no look is long enough for all: they are reached all the same."""
    changed(path, damage)
    assert looks(path, 0.1, lambda record: record.damage != "") > 1


def test_whole_look_is_one_that_saw_everything(path: Path) -> None:
    """A look cut short is no check; the last of several that together saw everything is one."""
    before = read_record(path)
    assert before is not None
    needed = looks(path, 0.05, lambda record: record.checked_at != before.checked_at)
    record = read_record(path)
    assert record is not None
    assert needed > 1
    assert read_moment(record.checked_at) == day(needed)
    assert (record.next_step, record.is_partial) == ("", False)


def test_table_that_takes_longer_than_a_look_hides_no_other(path: Path) -> None:
    """What comes after it is looked at; that the whole was never seen stays known."""
    before = read_record(path)
    assert before is not None
    looks(path, 11.0, lambda record: record.is_partial)
    looks(path, 11.0, lambda record: record.next_step == "")
    record = read_record(path)
    assert record is not None
    assert record.checked_at == before.checked_at
    changed(path, "UPDATE row_counts SET units = units + 1")
    changed(path, "DELETE FROM orders WHERE order_no = 1")
    assert looks(path, 2.5, lambda one: one.damage != "") > 1


def test_record_of_an_earlier_version_keeps_the_time_of_its_last_session(path: Path) -> None:
    """The field was called `looked_at`; a store that was checked under that name is not checked again at once."""
    check_if_due(path, day(1), Time(0.0))
    file = record_file(path)
    file.write_text(file.read_text(encoding="utf-8").replace('"last_session_at"', '"looked_at"'), encoding="utf-8")
    record = read_record(path)
    assert record is not None
    assert read_moment(record.last_session_at) == day(1)
