"""What is missing of stored orders is remembered until it is fetched, each thing by itself."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaufland_cli.domain.missing_details import Detail
from kaufland_cli.store.store import Store
from support.sampling import examples
from support.stores import NOW, column, keep, new_store, order_unit

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give an empty store."""
    with new_store(tmp_path) as opened:
        yield opened


def want(store: Store, *names: str, at: datetime = NOW, detail: Detail = Detail.PICKUP_POINT) -> None:
    """Wish for a detail of orders, which are stored first."""
    for name in names:
        keep(store, order_unit(f"U-{name}", name))
        with store.database.transaction():
            store.details_wanted.want(name, detail, at)


def due(store: Store, at: datetime, limit: int = 9) -> list[str]:
    """Return the orders that are due, in their order."""
    return list(store.details_wanted.due(at, limit))


def fail(store: Store, name: str, at: datetime) -> None:
    """Let the fetching of details fail."""
    with store.database.transaction():
        store.details_wanted.try_again(name, at, "no answer")


def test_details_are_due_until_they_are_done(store: Store) -> None:
    """What waited longest comes first, as many as asked for; what is done is forgotten."""
    want(store, "B", at=NOW)
    want(store, "A", at=NOW - MINUTE)
    want(store, "C", at=NOW + MINUTE)
    assert due(store, NOW - HOUR) == []
    assert due(store, NOW) == ["A", "B"]
    assert due(store, NOW + HOUR, 2) == ["A", "B"]
    with store.database.transaction():
        store.details_wanted.done("A")
    assert due(store, NOW + HOUR) == ["B", "C"]


def test_wanted_details_are_remembered_once(store: Store) -> None:
    """Wishing again for what is waiting adds nothing."""
    want(store, "A", "A")
    assert store.queries.counts().details_waiting == 1
    with store.database.transaction():
        store.details_wanted.want("UNKNOWN", Detail.PICKUP_POINT, NOW)
    assert store.queries.counts().details_waiting == 1, "nobody waits for an order that is not stored"


def test_failing_details_are_asked_for_ever_less_often(store: Store) -> None:
    """15 minutes, then twice as long each time, never more than a day, and never given up."""
    want(store, "A")
    waits = []
    now = NOW
    for _ in range(12):
        fail(store, "A", now)
        (waits_until,) = column(store, "SELECT next_try_at FROM details_wanted")
        next_try = datetime.fromisoformat(waits_until)
        waits.append((next_try - now) / MINUTE)
        assert due(store, next_try - MINUTE) == []
        assert due(store, next_try) == ["A"]
        now = next_try
    assert waits == [15, 30, 60, 120, 240, 480, 960, 1440, 1440, 1440, 1440, 1440]
    assert column(store, "SELECT attempts || last_error FROM details_wanted") == ["12no answer"]


def test_something_new_ends_the_waiting(store: Store) -> None:
    """An order that changes while its details wait is tried at once, and then waits as long as it would have."""
    want(store, "A")
    for _ in range(4):
        fail(store, "A", NOW)
    assert due(store, NOW + MINUTE) == []
    want(store, "A", at=NOW + MINUTE)
    assert due(store, NOW + MINUTE) == ["A"]
    fail(store, "A", NOW + MINUTE)
    assert due(store, NOW + 3 * HOUR) == []


def test_missing_addresses_are_wanted(store: Store) -> None:
    """Units to be sent, old enough, without a shipping address; each order once; nothing else."""
    late = {"ts_created_iso": "2026-11-20T11:50:00Z"}
    bare = {"shipping_address": None}
    keep(
        store,
        order_unit(1, "OPEN", status="open", **bare),
        order_unit(2, "OPEN", status="need_to_be_sent", **bare),
        order_unit(3, "SENT", status="sent", **bare),
        order_unit(4, "FRESH", status="open", **bare, **late),
        order_unit(5, "GOOD", status="open"),
    )
    for _ in range(2):
        store.details_wanted.want_missing_addresses(NOW, NOW - 15 * MINUTE)
    assert due(store, NOW) == ["OPEN"]
    found = {name: store.details_wanted.address_missing(name) for name in ("OPEN", "SENT", "FRESH", "GOOD")}
    assert found == {"OPEN": True, "SENT": False, "FRESH": True, "GOOD": False}


def test_missing_addresses_do_not_end_the_waiting(store: Store) -> None:
    """An address that stays away is asked for ever less often, though each import notices that it is missing."""
    keep(store, order_unit(1, status="open", shipping_address=None))
    store.details_wanted.want_missing_addresses(NOW, NOW)
    fail(store, "M1", NOW)
    store.details_wanted.want_missing_addresses(NOW + MINUTE, NOW)
    assert due(store, NOW + MINUTE) == []


def test_orders_to_be_shipped_come_first_and_older_units_last(store: Store) -> None:
    """However long the others have waited, and however many there are."""
    want(store, *(f"OLD{number}" for number in range(20)), at=NOW - 9 * HOUR, detail=Detail.OLDER_UNITS)
    want(store, "WHOLE", at=NOW - HOUR, detail=Detail.WHOLE_ORDER)
    want(store, "BOTH", at=NOW - HOUR, detail=Detail.OLDER_UNITS)
    want(store, "BOTH", "SHIP", at=NOW)
    assert due(store, NOW, 4) == ["BOTH", "SHIP", "WHOLE", "OLD0"]
    assert store.details_wanted.due(NOW, 1) == {"BOTH": {Detail.PICKUP_POINT, Detail.OLDER_UNITS}}


def test_reading_the_list_settles_older_units_and_nothing_else(store: Store) -> None:
    """Of orders created after the time from which everything was read; the pickup point is still missing."""
    for name, created in (("NEW", "2026-11-20T11:00:01Z"), ("OLD", "2026-11-20T11:00:00Z")):
        keep(store, order_unit(f"U-{name}", name, ts_created_iso=created))
        with store.database.transaction():
            for detail in (Detail.PICKUP_POINT, Detail.OLDER_UNITS):
                store.details_wanted.want(name, detail, NOW)
    with store.database.transaction():
        store.details_wanted.units_were_read(NOW - HOUR, None)
    assert store.details_wanted.due(NOW, 9) == {
        "NEW": {Detail.PICKUP_POINT},
        "OLD": {Detail.PICKUP_POINT, Detail.OLDER_UNITS},
    }


def read_whole(store: Store, name: str, **fields: Any) -> None:
    """Store an order as its own response gives it."""
    keep(store, order_unit(f"U-{name}", name, **fields))
    with store.database.transaction():
        store.orders.store_details(name, None, run_id=1, at=NOW)
        store.details_wanted.done(name)


def test_known_pickup_point_is_wanted_again_only_with_another_address(store: Store) -> None:
    """Kaufland said of this address that there is none; of another one it said nothing."""
    read_whole(store, "M1")
    want(store, "M1")
    assert due(store, NOW) == []
    elsewhere = {"street": "Hafenstraße", "house_number": "1", "postcode": "20095", "city": "Hamburg"}
    address = {"first_name": "Marlene", "last_name": "Kleinschmidt", "country": "DE", **elsewhere}
    keep(store, order_unit("U-M1", "M1", shipping_address=address, ts_updated_iso="2026-11-20T12:30:00Z"))
    with store.database.transaction():
        store.details_wanted.want("M1", Detail.PICKUP_POINT, NOW)
    assert due(store, NOW) == ["M1"]


@pytest.mark.parametrize("fields", [{"status": "open"}, {"shipping_address": None}])
def test_withheld_details_are_queued_again(store: Store, fields: dict[str, Any]) -> None:
    """While an order is open, or its address is withheld, no pickup point may mean not yet."""
    read_whole(store, "M1", **fields)
    want(store, "M1")
    assert due(store, NOW) == ["M1"]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["want", "fail", "done", "units"]),
        st.sampled_from("ABC"),
        st.sampled_from(list(Detail)),
    ),
    max_size=25,
)


@settings(max_examples=examples(40))
@given(steps=STEPS)
def test_missing_details_are_never_forgotten(
    steps: list[tuple[str, str, Detail]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever is wanted, settled and tried in whatever order: a day later exactly what was not settled is due."""
    with new_store(tmp_path_factory.mktemp("store")) as store:
        for name in "ABC":
            keep(store, order_unit(f"U-{name}", name))
        missing: set[tuple[str, Detail]] = set()
        for step, name, detail in steps:
            with store.database.transaction():
                if step == "want":
                    store.details_wanted.want(name, detail, NOW)
                    missing.add((name, detail))
                elif step == "done":
                    store.details_wanted.done(name, except_for=[detail])
                    missing = {one for one in missing if one[0] != name or one[1] == detail}
                elif step == "fail":
                    store.details_wanted.try_again(name, NOW, "no answer")
                elif step == "units":
                    store.details_wanted.units_were_read(NOW - 72 * HOUR, None)
                    missing = {one for one in missing if one[1] != Detail.OLDER_UNITS}
        found = store.details_wanted.due(NOW + 24 * HOUR, 9)
        assert {(name, detail) for name, details in found.items() for detail in details} == missing
