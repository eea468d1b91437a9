"""What an import remembers: where it stands, and its runs."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaufland_cli.errors import StoreUnusable
from kaufland_cli.store.store import Store
from kaufland_cli.store.sync import IMPORT, NARROWED_IMPORT, REFRESH, storefront_sums
from support.sampling import examples
from support.stores import NOW, column, keep, new_store, order_unit

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
SUCCESS = {"verdict": "success", "message": "done"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give an empty store."""
    with new_store(tmp_path) as opened:
        yield opened


def run(store: Store, watermark: datetime | None, at: datetime = NOW, kind: str = IMPORT) -> int:
    """Record a whole run."""
    run_id = store.sync.start_run(kind, at, None)
    store.sync.finish_run(run_id, at, SUCCESS, watermark)
    return run_id


# --- where it stands ---


def test_new_store_has_no_state(store: Store) -> None:
    """Nothing is known before the first import."""
    state = store.sync.state()
    assert (state.start_at, state.watermark, state.invoices_from, state.invoices_read_at) == (None,) * 4
    assert not state.each_storefront
    assert store.sync.client_key() is None
    assert store.sync.last_run() is None
    assert store.sync.last_complete_run() is None


@settings(max_examples=examples(25))
@given(marks=st.lists(st.none() | st.integers(-(10**6), 10**6), min_size=1, max_size=6))
def test_watermark_never_moves_back(marks: list[int | None], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever runs find, in whatever order, it stands at the latest that any of them reached."""
    with new_store(tmp_path_factory.mktemp("store")) as store:
        known: list[datetime] = []
        for seconds in marks:
            mark = None if seconds is None else NOW + timedelta(seconds=seconds)
            known += [] if mark is None else [mark]
            run(store, mark)
            assert store.sync.state().watermark == max(known, default=None)


def test_start_date_holds_until_a_run_is_complete(store: Store) -> None:
    """Runs that end early leave it; the one that completes has used it up."""
    start = NOW - timedelta(days=30)
    store.sync.set_start(start)
    run(store, None)
    store.sync.start_run(IMPORT, NOW, None)
    assert store.sync.state().start_at == start
    run(store, NOW)
    assert (store.sync.state().start_at, store.sync.state().watermark) == (None, NOW)


def test_small_things_are_remembered(store: Store, tmp_path: Path) -> None:
    """Client key, single storefronts, and when invoices were read widely, also after closing."""
    store.sync.set_client_key("k" * 32)
    store.sync.walk_each_storefront()
    with store.database.transaction():
        store.sync.invoices_read(read_from=NOW - HOUR, at=NOW, widely=True)
    with store.database.transaction():
        store.sync.invoices_read(read_from=NOW, at=NOW + HOUR, widely=False)
    with new_store(tmp_path) as again:
        assert again.sync.client_key() == "k" * 32
        state = again.sync.state()
        assert state.each_storefront
        assert (state.invoices_read_widely_at, state.invoices_read_at) == (NOW, NOW + HOUR)


# --- runs ---


def test_run_is_recorded_from_its_first_moment(store: Store) -> None:
    """It is there before it has a verdict, and is not the last finished one until it has."""
    first = run(store, None)
    second = store.sync.start_run(IMPORT, NOW + HOUR, NOW)
    last, begun = store.sync.last_run(), store.sync.last_run(finished=False)
    assert last is not None
    assert begun is not None
    assert (last.run_id, begun.run_id, begun.verdict) == (first, second, None)
    assert (begun.started_at, begun.since) == ("2026-11-20T13:00:00Z", "2026-11-20T12:00:00Z")


def test_unfinished_run_counts_as_interrupted(store: Store) -> None:
    """The next run finishes the record of one that was killed; finished ones keep theirs."""
    good = run(store, NOW)
    killed = store.sync.start_run(IMPORT, NOW + HOUR, None)
    store.sync.start_run(REFRESH, NOW + 2 * HOUR, None)
    verdicts = {
        row["run_id"]: tuple(row)[1:] for row in store.database.rows("SELECT run_id, verdict, message FROM runs")
    }
    assert verdicts[good] == ("success", "done")
    assert verdicts[killed] == ("error", "interrupted")
    last = store.sync.last_run()
    assert last is not None
    assert (last.run_id, last.finished_at) == (killed, "2026-11-20T14:00:00Z")


def test_runs_are_distinguished_by_kind_and_verdict(store: Store) -> None:
    """The last import is not the last refresh, and the last complete one is not one that fell short."""
    complete = run(store, NOW)
    partial = store.sync.start_run(IMPORT, NOW, None)
    store.sync.finish_run(partial, NOW, {"verdict": "partial"}, NOW)
    short = store.sync.start_run(IMPORT, NOW, None)
    store.sync.finish_run(short, NOW, {"verdict": "incomplete"}, None)
    narrowed = run(store, None, kind=NARROWED_IMPORT)
    run(store, None, kind=REFRESH)
    last, good = store.sync.last_run(), store.sync.last_complete_run()
    both = store.sync.last_run(kinds=(IMPORT, NARROWED_IMPORT))
    assert last is not None
    assert good is not None
    assert both is not None
    assert (last.run_id, good.run_id, both.run_id) == (short, partial, narrowed)
    assert complete < partial


def test_results_and_watermark_are_one_step(store: Store) -> None:
    """Where the watermark cannot be written, the run has no verdict either."""
    run_id = store.sync.start_run(IMPORT, NOW, None)
    store.database.execute("CREATE TRIGGER no BEFORE UPDATE ON sync_state BEGIN SELECT RAISE(ABORT, 'no'); END")
    with pytest.raises(StoreUnusable, match="no"):
        store.sync.finish_run(run_id, NOW, SUCCESS, NOW)
    assert column(store, "SELECT verdict FROM runs") == [None]


def test_sums_by_storefront(store: Store) -> None:
    """What came in since a run began: orders, units, amounts, apart by storefront and currency."""
    keep(store, order_unit(9, "M9"))
    store.run_tally.begin()
    keep(
        store,
        order_unit(1, price=100),
        order_unit(2, price=50),
        order_unit(3, "M2", price=1, currency="CZK", storefront="cz"),
    )
    keep(store, order_unit(4, "M3", price=7), order_unit(5, "M4", currency=None))
    assert list(storefront_sums(store.database, store.run_tally.last_order_no)) == [
        ("cz", "CZK", 1, 1, 1),
        ("de", None, 1, 1, None),
        ("de", "EUR", 2, 3, 157),
    ]
