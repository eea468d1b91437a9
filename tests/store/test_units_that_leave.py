"""Units that move to another order or that a whole answer lacks: every table that tells of them holds."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kaufland_cli.domain.missing_details import Detail
from kaufland_cli.domain.orders import OrderInvoice, PickupLocation
from kaufland_cli.store.store import Store
from support.stores import NOW, card, column, content, keep, new_store, order_unit

LATER = NOW + timedelta(hours=1)
LATER_TEXT = "2026-11-20T13:00:00Z"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give an empty store."""
    with new_store(tmp_path) as opened:
        yield opened


def refer(store: Store, what: str, id_order: str = "M1") -> None:
    """Let something in the store tell of an order."""
    with store.database.transaction():
        if what == "sales order":
            store.sales_orders.wait(id_order, NOW)
        elif what == "details":
            store.details_wanted.want(id_order, Detail.PICKUP_POINT, NOW)
        elif what == "history":
            keep(store, order_unit(1, status="open"), request_seq=1)
        elif what == "unreadable":
            keep(store, order_unit(9, id_order, price="abc"))
        elif what == "erased":
            store.database.execute("INSERT INTO erased_orders VALUES (?, ?, 'request')", (id_order, "2026-11-20"))
        elif what == "invoice":
            store.orders.store_invoices([OrderInvoice(7, id_order, "invoice.pdf", None, None)])
        elif what == "pickup point":
            store.orders.store_details(id_order, PickupLocation.of({"provider": "DHL"}), run_id=1, at=NOW)


def referring(store: Store) -> dict[str, list[str]]:
    """Return, of each table with orders in it, the orders that it names."""
    tables = column(store, "SELECT name FROM sqlite_master WHERE type = 'table'")
    found = {}
    for table in tables:
        columns = [row["name"] for row in store.database.rows(f"PRAGMA table_info({table})")]
        if "id_order" in columns:
            found[table] = sorted(set(column(store, f"SELECT id_order FROM {table}")))  # noqa: S608 - our own tables
    return found


@pytest.mark.parametrize(
    "what",
    ["nothing", "sales order", "details", "history", "unreadable", "erased", "invoice", "pickup point"],
)
def test_records_of_an_order_never_stop_a_page(store: Store, what: str) -> None:
    """All units move away, and back: the page is stored, nothing points to nothing, and nothing known is lost."""
    keep(store, order_unit(1), order_unit(2))
    refer(store, what)
    before = referring(store)
    for request_seq, (first, second) in enumerate([("M2", "M1"), ("M2", "M2"), ("M3", "M2"), ("M1", "M1")], 3):
        page = keep(store, order_unit(1, first), order_unit(2, second), order_unit(3, "M4"), request_seq=request_seq)
        assert "failed" not in {unit.change for unit in page.units}
        assert column(store, "PRAGMA foreign_key_check") == []
        after = referring(store)
        gone = {table: set(orders) - set(after[table]) for table, orders in before.items()}
        # Units are where they are now, and an order without any has nothing to ask for.
        assert {table for table, orders in gone.items() if orders} <= {"order_units", "details_wanted"}
    assert [unit["id_order_unit"] for unit in card(store)["units"]] == [1, 2]
    assert card(store)["departed_units"] == []
    assert card(store)["total_amount"] == (None if what == "unreadable" else 2 * 2999)


def test_mark_of_an_erased_buyer_goes_along(store: Store) -> None:
    """A unit that moves brings no name to the order that it moves to."""
    keep(store, order_unit(1))
    refer(store, "erased")
    keep(store, order_unit(1, "M2"), request_seq=2)
    assert sorted(column(store, "SELECT id_order FROM erased_orders")) == ["M1", "M2"]


def test_both_orders_show_the_move(store: Store) -> None:
    """Where the unit was, and where it is."""
    keep(store, order_unit(1), order_unit(2))
    keep(store, order_unit(1, "M2"), request_seq=2, at=LATER)
    for id_order in ("M1", "M2"):
        assert [(one["field"], one["old"], one["new"]) for one in card(store, id_order)["history"]] == [
            ("id_order", "M1", "M2")
        ]
    assert card(store)["departed_units"] == [
        {
            "id_order_unit": 1,
            "ean": "4006381333931",
            "title": "Wasserkocher Edelstahl 1,7 l",
            "id_offer": "KESSEL-17",
            "since": LATER_TEXT,
            "moved_to": "M2",
        }
    ]


# --- absent from a whole answer ---


def absent(store: Store, id_order: str = "M1") -> list[tuple[int | str, str]]:
    """Return the units that the order's whole answer lacked, and since when."""
    return [(unit["id_order_unit"], unit["since"]) for unit in card(store, id_order)["departed_units"]]


def test_unit_that_a_whole_answer_lacks_is_absent(store: Store) -> None:
    """It counts in no line and no total, and is neither lost nor forgotten: history, card and view tell of it."""
    keep(store, order_unit(1, price=1000), order_unit(2, price=500, status="open"), order_unit(3, "M2"))
    page = keep(store, order_unit(1, price=1000), request_seq=2, at=LATER, whole_order="M1")
    assert (page.absent, page.orders_changed) == ([2], {"M1"})
    assert absent(store) == [(2, LATER_TEXT)]
    found = card(store)
    assert (found["status"], found["total_amount"], len(found["units"])) == ("need_to_be_sent", 1000, 1)
    assert [line["unit_ids"] for line in found["lines"]] == [[1]]
    assert [(one["id_order_unit"], one["field"], one["old"], one["new"]) for one in found["history"]] == [
        (2, "absent_since", None, LATER_TEXT)
    ]
    assert column(store, "SELECT absent_since FROM v_order_units ORDER BY id_order_unit") == [None, LATER_TEXT, None]
    assert absent(store, "M2") == []


def test_absence_is_noted_once(store: Store) -> None:
    """The same whole answer again changes nothing."""
    keep(store, order_unit(1), order_unit(2))
    keep(store, order_unit(1), request_seq=2, at=LATER, whole_order="M1")
    before = content(store)
    page = keep(store, order_unit(1), request_seq=3, at=LATER + timedelta(hours=1), whole_order="M1")
    assert page.absent == []
    assert content(store) == before


@pytest.mark.parametrize("units", [1, 2, 5])
def test_whole_answer_without_any_unit_empties_the_order(store: Store, units: int) -> None:
    """All its units are absent: status, history and card say so, and no other order is touched."""
    keep(store, *(order_unit(number) for number in range(1, units + 1)), order_unit(9, "M2"))
    page = keep(store, request_seq=2, at=LATER, whole_order="M1")
    assert (page.absent, page.orders_changed) == (list(range(1, units + 1)), {"M1"})
    assert absent(store) == [(number, LATER_TEXT) for number in range(1, units + 1)]
    found = card(store)
    assert (found["status"], found["total_amount"], found["units"], found["lines"]) == ("empty", 0, [], [])
    assert {(one["field"], one["old"], one["new"]) for one in found["history"]} == {("absent_since", None, LATER_TEXT)}
    assert len(found["history"]) == units
    assert card(store, "M2")["status"] == "need_to_be_sent"
    before = content(store)
    assert keep(store, request_seq=3, at=LATER, whole_order="M1").absent == []
    assert content(store) == before


def test_empty_answer_proves_nothing_of_what_was_asked_for_later_or_is_not_known(store: Store) -> None:
    """A unit that a later answer named stays; an order that the store does not have does not come of it; no list."""
    keep(store, order_unit(1), request_seq=5)
    for whole, request_seq in (("M1", 4), ("M2", 6), (None, 7)):
        assert keep(store, request_seq=request_seq, whole_order=whole).absent == []
    assert column(store, "SELECT id_order FROM orders WHERE status <> 'empty'") == ["M1"]


@pytest.mark.parametrize("whole", [None, "M1"])
def test_unit_that_comes_back_is_there_again(store: Store, whole: str | None) -> None:
    """In the list or in a whole answer, unchanged in all else."""
    keep(store, order_unit(1), order_unit(2))
    keep(store, order_unit(1), request_seq=2, whole_order="M1")
    page = keep(store, order_unit(1), order_unit(2), request_seq=3, whole_order=whole)
    assert [unit.change for unit in page.units] == ["unchanged", "changed"]
    assert absent(store) == []
    assert len(card(store)["units"]) == 2
    assert [change["new"] for change in card(store)["history"]] == [None, "2026-11-20T12:00:00Z"]


@pytest.mark.parametrize(
    "answer",
    [
        [order_unit(1), order_unit(2)],
        [order_unit(1), order_unit(2, price="abc")],
        [order_unit(1), order_unit("2")],
        [order_unit(1), order_unit("2", price=None)],
        [order_unit(1), order_unit(None, price="abc")],  # type: ignore[arg-type]
        [order_unit(None, price="abc")],  # type: ignore[arg-type]
        [order_unit(1), order_unit(2, "M2")],
    ],
)
def test_responses_that_prove_nothing(store: Store, answer: list[object]) -> None:
    """All units, one that cannot be read, another form of the id, one without an id, one that has moved."""
    keep(store, order_unit(1), order_unit(2))
    page = keep(store, *answer, request_seq=2, whole_order="M1")  # type: ignore[arg-type]
    assert page.absent == []
    assert column(store, "SELECT id_order_unit FROM order_units WHERE absent_since IS NOT NULL") == []


def test_later_question_counts(store: Store) -> None:
    """What a page asked for later has named is not absent, in whatever order the answers come."""
    keep(store, order_unit(1), order_unit(2), request_seq=1)
    keep(store, order_unit(2, status="sent"), request_seq=5)
    assert keep(store, order_unit(1), request_seq=4, whole_order="M1").absent == []
    assert keep(store, order_unit(1), request_seq=6, whole_order="M1").absent == [2]
    newer = order_unit(2, status="received", ts_updated_iso="2026-11-19T08:00:00Z")
    keep(store, newer, request_seq=3)
    assert absent(store) != []
    keep(store, newer, request_seq=7)
    assert absent(store) == []


def test_list_is_no_whole_answer(store: Store) -> None:
    """A page may cut an order in two."""
    keep(store, order_unit(1), order_unit(2))
    keep(store, order_unit(1, status="sent"), request_seq=2)
    assert absent(store) == []


def test_order_may_lose_all_its_units_to_absence(store: Store) -> None:
    """The answer has only a new one, and that moves away: the order stays, empty."""
    keep(store, order_unit(1), order_unit(2))
    keep(store, order_unit(3), request_seq=2, whole_order="M1")
    assert [unit["id_order_unit"] for unit in card(store)["units"]] == [3]
    keep(store, order_unit(3, "M2"), request_seq=3)
    assert card(store)["status"] == "empty"
    assert [unit["moved_to"] for unit in card(store)["departed_units"]] == [None, None, "M2"]
    keep(store, order_unit(1), request_seq=4)
    assert (card(store)["status"], card(store)["buyer_name"]) == ("need_to_be_sent", "Marlene Kleinschmidt")


def test_absent_unit_holds_nothing_up(store: Store) -> None:
    """Nobody waits for its address, and it makes no order one that may become a sales order."""
    keep(store, order_unit(1, status="cancelled"), order_unit(2, shipping_address=None, status="need_to_be_sent"))
    assert store.sales_order_candidates.qualifies("M1")
    assert store.details_wanted.address_missing("M1")
    keep(store, order_unit(1, status="cancelled"), request_seq=2, whole_order="M1")
    assert not store.sales_order_candidates.qualifies("M1")
    assert not store.details_wanted.address_missing("M1")
