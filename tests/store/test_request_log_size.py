"""The API log is kept within its age and size, a little at a time."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kaufland_cli.store.request_log import ENTRY_FIELDS, RequestLogWriter
from kaufland_cli.store.store import Store
from support.request_logs import DAY, attempt, entries, good, record, writer
from support.stores import NOW, new_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give an empty store."""
    with new_store(tmp_path) as opened:
        yield opened


def fill(store: Store, count: int, size: int, at: datetime = NOW) -> None:
    """Write entries of a known size."""
    log = writer(store, personal_data=True)
    for _ in range(count):
        record(log, attempt(at=at), good(b"x" * size))


def test_old_entries_go(store: Store) -> None:
    """By age, to the second."""
    for age in (15 * DAY, 14 * DAY + timedelta(seconds=1), 14 * DAY, DAY):
        fill(store, 1, 10, NOW - age)
    assert store.request_log.prune(now=NOW, days=14, megabytes=50) == 2
    assert entries(store) == [4, 3]


def test_oldest_go_where_the_log_is_too_big(store: Store) -> None:
    """By size: the newest that fit stay."""
    fill(store, 12, 256 * 1024)
    assert store.request_log.prune(now=NOW, days=14, megabytes=2) == 5
    assert entries(store) == [12, 11, 10, 9, 8, 7, 6]
    assert store.request_log.size()[1] <= 2 * 1024 * 1024
    assert store.request_log.prune(now=NOW, days=14, megabytes=2) == 0
    assert store.request_log.prune(now=NOW, days=14, megabytes=0) == 7


def test_adding_up_the_size_reads_no_bodies(store: Store) -> None:
    """The size stands before the bodies in each row, so that each import can look at it quickly."""
    names = [row["name"] for row in store.database.rows("PRAGMA table_info(request_log)")]
    bodies = [names.index(name) for name in names if name.endswith(("_body", "_headers"))]
    assert names.index("bytes") < min(bodies)
    assert max(names.index(name) for name in ENTRY_FIELDS) < min(bodies)


def test_clearing(store: Store) -> None:
    """Everything goes, how many is reported, and numbers are not given twice."""
    fill(store, 3, 10)
    assert store.request_log.clear() == 3
    assert store.request_log.size() == (0, 0)
    fill(store, 1, 10)
    assert entries(store) == [4]


def test_run_prunes_no_more_than_is_quick(store: Store) -> None:
    """What a sudden wish for a smaller log leaves to do is done a part at a time, and by hand at once."""
    with store.database.transaction():
        store.database.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
            " INSERT INTO request_log (at, attempt, method, endpoint, url, bytes)"
            " SELECT '2026-11-20T12:00:00Z', 1, 'GET', '/', '/', 1000 FROM n"
        )
    assert store.request_log.prune(now=NOW, days=14, megabytes=1, most=2_000) == 2_000
    assert store.request_log.prune(now=NOW, days=14, megabytes=1) == 1_952
    assert store.request_log.size() == (1_048, 1_048_000)


def test_deletion_at_once_is_limited_in_bytes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large bodies go a few at a time, each time in a transaction of its own; in the end all that has to go is gone."""
    monkeypatch.setattr("kaufland_cli.store.request_log.BYTES_AT_ONCE", 1024 * 1024)
    begun = 0
    transaction = store.database.transaction

    def counted() -> object:
        nonlocal begun
        begun += 1
        return transaction()

    fill(store, 24, 256 * 1024)
    monkeypatch.setattr(store.database, "transaction", counted)
    assert store.request_log.prune(now=NOW, days=14, megabytes=1) == 21
    assert begun >= 4


def test_clock_that_was_wrong_keeps_nothing_for_ever(store: Store) -> None:
    """An entry dated years ahead is as good as old; what was written since stays, and does not hide behind it."""
    fill(store, 2, 10, NOW + 3000 * DAY)
    fill(store, 1, 10, NOW - 20 * DAY)
    fill(store, 1, 10, NOW + timedelta(minutes=5))
    assert store.request_log.prune(now=NOW, days=14, megabytes=50) == 3
    assert entries(store) == [4]


def test_long_run_stays_within_the_size(store: Store) -> None:
    """A first import of years makes more than the log may hold: it is cut while it is written, not at the end only."""
    log = RequestLogWriter(store.database, everything=True, personal_data=True, days=14, megabytes=2)
    for _ in range(60):
        record(log, attempt(), good(b"x" * 256 * 1024))
        assert store.request_log.size()[1] <= (2 + 9) * 1024 * 1024
    assert entries(store)[0] == 60
