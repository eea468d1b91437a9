"""Cards of orders, invoices known and unknown, and the views for people who bring a program of their own."""

import csv
import io
import json
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.domain.orders import OrderInvoice, PickupLocation
from kaufland_cli.output.records.orders import UNIT_FIELDS
from kaufland_cli.seller_api.parsers import read_order_unit
from kaufland_cli.simulator import example_address, example_product, seller_month
from kaufland_cli.store.order_queries import OrderFilter
from kaufland_cli.store.store import Store
from support.stores import CREATED, NOW, card, keep, new_store, order_unit


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give an empty store."""
    with new_store(tmp_path) as opened:
        yield opened


# --- cards ---


def test_equal_units_are_one_line(store: Store) -> None:
    """Three equal units are one line of three, with all ids; what differs in anything shown is a line of its own."""
    keep(
        store,
        *[order_unit(number, price=1000, shipping_rate=100 * number) for number in (1, 2, 3)],
        order_unit(4, price=1000, status="cancelled"),
        order_unit(5, price=900),
        order_unit(6, price=1000, vat=7),
        order_unit(7, price=1000, id_offer="OTHER"),
    )
    lines = {tuple(line["unit_ids"]): line for line in card(store)["lines"]}
    assert sorted(lines) == [(1, 2, 3), (4,), (5,), (6,), (7,)]
    assert lines[1, 2, 3] == {
        "id_order": "M1",
        "status": "need_to_be_sent",
        "ean": "4006381333931",
        "title": "Wasserkocher Edelstahl 1,7 l",
        "id_offer": "KESSEL-17",
        "quantity": 3,
        "unit_price": 1000,
        "line_amount": 3000,
        "shipping_amount": 600,
        "vat": 19.0,
        "currency": "EUR",
        "cancelled": False,
        "unit_ids": [1, 2, 3],
    }
    assert card(store)["lines"][-1]["cancelled"] is True, "what was cancelled stands last"
    assert (card(store)["lines"][0]["cancelled"], len(card(store)["units"]), card(store)["units"][0]["price"]) == (
        False,
        7,
        1000,
    )


def test_card_holds_everything(store: Store) -> None:
    """Addresses with all their fields, pickup point, totals, units with the promised names, and the history."""
    where = example_address(company_name="Café GmbH", additional_field="Tor 3", phone="+49 30 23125 118")
    keep(store, order_unit(1, status="open", billing_address=where, shipping_rate=495))
    keep(
        store,
        order_unit(1, status="sent", billing_address=where, shipping_rate=495),
        request_seq=2,
        at=NOW + timedelta(1),
    )
    with store.database.transaction():
        store.orders.store_details("M1", PickupLocation.of({"provider": "DHL"}), run_id=1, at=NOW)
    found = card(store)
    assert found["billing_address"] == where
    assert found["shipping_address"] == example_address()
    assert found["pickup_location"] == {"provider": "DHL"}
    assert found["totals"] == {"goods": 2999, "shipping": 495, "total": 3494}
    assert tuple(found["units"][0]) == UNIT_FIELDS
    assert found["history"] == [
        {"at": "2026-11-21T12:00:00Z", "id_order_unit": 1, "field": "status", "old": "open", "new": "sent"}
    ]
    assert found["failed"] == []
    assert json.loads(json.dumps(found)) == found, "a card is plain JSON"


def test_history_begins_with_the_latest(store: Store) -> None:
    """The last change stands first, also among changes of one second."""
    for request_seq, status in enumerate(("open", "need_to_be_sent", "sent", "received"), 1):
        keep(store, order_unit(1, status=status), request_seq=request_seq)
    assert [change["new"] for change in card(store)["history"]] == ["received", "sent", "need_to_be_sent"]


def test_unit_that_cannot_be_read_makes_the_total_unknown(store: Store) -> None:
    """An order is never shown with a total that lacks a unit: unknown, with the number of units that failed."""
    keep(store, order_unit(1, "M7", price=1000), order_unit(2, "M7", price="abc"))
    (listed,) = (order for order in store.queries.orders(OrderFilter()) if order.id_order == "M7")
    assert (listed.total_amount, listed.total, listed.units, listed.units_failed) == (None, None, 1, 1)
    assert card(store, "M7")["totals"] == {"goods": None, "shipping": None, "total": None}
    keep(store, order_unit(2, "M7", price=500), request_seq=2)
    assert card(store, "M7")["total_amount"] == 1500


def test_order_of_which_nothing_could_be_read_is_still_found(store: Store) -> None:
    """Its card says the reason."""
    keep(store, order_unit(1, "M8", price=None))
    assert store.queries.find_id("m8") == "M8"
    found = card(store, "M8")
    assert (found["id_order"], found["lines"], found["failed"][0]["reason"]) == ("M8", [], "the price is missing")


def test_order_is_found_in_either_case(store: Store) -> None:
    """People type ids as they like; an exact one counts first; one that is not there is not there."""
    keep(store, order_unit(1, "M845EA5"), order_unit(2, "m845ea5"), order_unit(3, "ÄB"))
    assert store.queries.find_id("m845ea5") == "m845ea5"
    assert store.queries.find_id("M845EA5") == "M845EA5"
    assert store.queries.find_id("m845Ea5") == "M845EA5"
    assert store.queries.find_id("nothing") is None


@pytest.mark.parametrize("blank", [" ", "\t", "\u00a0", "\n"])
def test_blank_at_an_id_finds_no_other_order(store: Store, blank: str) -> None:
    """What a person typed around an id goes; an id that came with a blank is met only by itself."""
    keep(store, order_unit(1, "M845EA5"), order_unit(2, f"M845EA5{blank}"), order_unit(3, f"M7{blank}"))
    find = store.queries.find_id
    assert [find(text) for text in ("M845EA5", f"{blank}M845EA5", f"{blank}m845ea5{blank}")] == ["M845EA5"] * 3
    assert find(f"M845EA5{blank}") == f"M845EA5{blank}"
    assert (find("M7"), find(f"M7{blank}")) == (None, f"M7{blank}")


def test_blank_at_an_id_dismisses_no_other_order(store: Store) -> None:
    """The units that could not be read are found in the same way."""
    keep(
        store,
        order_unit(1, "M845EA5", price="?"),
        order_unit(2, "M845EA5 ", price="?"),
        order_unit(3, "M7 ", price="?"),
    )

    def found(text: str) -> list[Any]:
        return [one.id_order_unit for one in store.failed_units.found(text)]

    assert [found(text) for text in ("M845EA5", " m845ea5", "M845EA5 ", "M7", "M7 ", " 1 ")] == [
        [1],
        [1],
        [2],
        [],
        [3],
        [1],
    ]
    assert store.queries.order("nothing") is None


# --- invoices ---


def read_invoices(store: Store, *, read_from: datetime, at: datetime, orders: tuple[str, ...] = ()) -> None:
    """Tell the store that invoices were read, and of which orders there were some."""
    with store.database.transaction():
        store.orders.store_invoices(
            [OrderInvoice(number, name, None, None, None) for number, name in enumerate(orders)]
        )
        store.sync.invoices_read(read_from=read_from, at=at, widely=False)


def test_without_reading_invoices_are_unknown(store: Store) -> None:
    """Never no without having been read."""
    keep(store, order_unit(1))
    assert card(store)["invoice_uploaded"] is None


def test_invoices_yes_no_and_unknown(store: Store) -> None:
    """Yes where there is one; no where invoices were read far enough back and after the order came; else unknown."""
    keep(store, order_unit(1, "YES"), order_unit(2, "NO"))
    keep(store, order_unit(3, "OLD", ts_created_iso="2026-10-01T00:00:00Z"), order_unit(4, "ODD", ts_created_iso=None))
    keep(store, order_unit(5, "OLD-YES", ts_created_iso="2026-10-01T00:00:00Z"))
    read_invoices(
        store, read_from=datetime(2026, 11, 1, tzinfo=UTC), at=NOW + timedelta(hours=1), orders=("YES", "OLD-YES")
    )
    keep(store, order_unit(6, "LATE"), at=NOW + timedelta(hours=2))
    found = {name: card(store, name)["invoice_uploaded"] for name in ("YES", "NO", "OLD", "ODD", "OLD-YES", "LATE")}
    assert found == {"YES": True, "NO": False, "OLD": None, "ODD": None, "OLD-YES": True, "LATE": None}


def test_reading_further_back_makes_more_known(store: Store) -> None:
    """The earliest reading counts for how far back is known, the last for up to when."""
    keep(store, order_unit(1, ts_created_iso="2026-10-01T00:00:00Z"))
    read_invoices(store, read_from=datetime(2026, 9, 1, tzinfo=UTC), at=NOW + timedelta(hours=1))
    read_invoices(store, read_from=datetime(2026, 11, 1, tzinfo=UTC), at=NOW + timedelta(hours=2))
    assert card(store)["invoice_uploaded"] is False
    state = store.sync.state()
    assert (state.invoices_from, state.invoices_read_at) == (datetime(2026, 9, 1, tzinfo=UTC), NOW + timedelta(hours=2))


# --- views ---


def sqlite_program(path: Path, sql: str) -> list[dict[str, str]]:
    """Ask the `sqlite3` program, as a person does."""
    program = shutil.which("sqlite3")
    if program is None:
        pytest.skip("there is no sqlite3 program here")
    command = [program, "-readonly", "-csv", "-header", str(path), sql]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=30, check=True)
    return list(csv.DictReader(io.StringIO(done.stdout)))


@pytest.mark.parametrize(
    ("view", "columns"),
    [
        (
            "v_orders",
            """id_order status storefront buyer_name ship_to_city total_amount currency lines units sales_order_no
            invoice_uploaded created_at imported_at fulfillment_type is_marketplace_deemed_supplier""",
        ),
        (
            "v_order_lines",
            "id_order status ean title id_offer quantity unit_price line_amount vat currency cancelled unit_ids",
        ),
        ("v_order_units", "id_order_unit id_order status ean title id_offer price shipping_rate vat currency"),
    ],
)
def test_views_have_the_promised_columns(store: Store, view: str, columns: str) -> None:
    """More may be added, none may go."""
    found = {row["name"] for row in store.database.rows(f"PRAGMA table_info({view})")}
    assert set(columns.split()) <= found


def test_views_answer_to_other_programs(store: Store, tmp_path: Path) -> None:
    """`select * from v_orders` works in the sqlite3 program while the store is open in ours, and says the same."""
    keep(store, *[read_order_unit(unit) for order in seller_month(NOW) for unit in order.arrived(NOW).units])
    path = tmp_path / "data" / "store.sqlite3"
    orders = sqlite_program(path, "select * from v_orders")
    counts = store.queries.counts()
    assert len(orders) == counts.orders > 30
    lines = sqlite_program(path, "select * from v_order_lines")
    assert sum(int(line["quantity"]) for line in lines) == counts.units
    assert len(lines) == sum(int(order["lines"]) for order in orders)
    assert len(sqlite_program(path, "select * from v_order_units")) == counts.units
    amounts = [order for order in orders if order["total_amount"]]
    assert all(order["total"].replace(".", "").lstrip("0") == order["total_amount"].lstrip("0") for order in amounts)
    assert sqlite_program(path, "select id_order from v_orders where invoice_uploaded is not null") == []


def test_views_need_nothing_of_this_program(store: Store, tmp_path: Path) -> None:
    """Any SQLite reads them, without functions that only this program has."""
    keep(store, order_unit(1))
    with closing(sqlite3.connect(f"file:{tmp_path / 'data' / 'store.sqlite3'}?mode=ro", uri=True)) as connection:
        for view in ("v_orders", "v_order_lines", "v_order_units"):
            assert len(connection.execute(f"SELECT * FROM {view}").fetchall()) == 1  # noqa: S608 - our own views
        assert connection.execute("SELECT total, created_at FROM v_orders").fetchone() == ("29.99", CREATED)


def test_view_has_what_else_kaufland_gives_of_a_unit(store: Store) -> None:
    """Deadline, condition, note and all EANs are columns, as in JSON; what is not there is empty."""
    keep(store, order_unit(1, delivery_time_expires_iso="2026-11-27T22:59:59Z", unit_condition="new", note="B-ware"))
    keep(store, order_unit(2, product=example_product(eans=["4006381333931", "4006381333948"]), eco_fee=12))
    sql = "SELECT ship_by, condition, note, eans, eco_fee, discounts FROM v_order_units ORDER BY id_order_unit"
    first, second = store.database.tuples(sql)
    assert first == ("2026-11-27T22:59:59Z", "new", "B-ware", '["4006381333931"]', None, None)
    assert second[3:5] == ('["4006381333931","4006381333948"]', 12)


def test_product_and_offer_that_change_are_lines_of_their_own(store: Store) -> None:
    """They are stored together; the history names only what changed, and an offer that is withheld is none."""
    other = example_product(title="Another")
    units: list[dict[str, Any]] = [
        {"id_offer": "OLD"},
        {"id_offer": "NEW"},
        {"id_offer": "NEW", "product": other},
        {"product": other},
    ]
    for request_seq, unit in enumerate(units, start=1):
        keep(store, order_unit(1, **({"id_offer": None, "product": example_product()} | unit)), request_seq=request_seq)
    order = store.queries.order("M1")
    assert order is not None
    assert [change.field for change in order.history] == ["product", "id_offer"]
    assert (order.history[-1].old, order.history[-1].new) == ("OLD", "NEW")
    assert (order.units[0].id_offer, order.units[0].title) == ("NEW", "Another")
