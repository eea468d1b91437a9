"""Units as they are stored: each once, what changed written down, nothing that is known ever lost."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.domain.missing_details import Detail
from kaufland_cli.domain.orders import OrderInvoice, PickupLocation
from kaufland_cli.seller_api.parsers import read_order_unit
from kaufland_cli.simulator import MISSING, example_address, example_product, seller_month
from kaufland_cli.store.page_writer import StoredPage
from kaufland_cli.store.store import Store
from kaufland_cli.store.unit_rows import UnitRow
from support.stores import CREATED, NOW, card, column, content, keep, new_store, order_unit

EXTRAS_NO = UnitRow._fields.index("extras_no")
LATER = NOW + timedelta(minutes=15)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give an empty store."""
    with new_store(tmp_path) as opened:
        yield opened


def changes(page: StoredPage) -> list[str]:
    """Return what became of each unit."""
    return [unit.change for unit in page.units]


def change(field: str, value: object) -> dict[str, Any]:
    """Return one field of a unit."""
    return {field: value}


def history(store: Store) -> list[tuple[Any, ...]]:
    """Return what changed, the earliest first."""
    return [tuple(row) for row in store.database.rows("SELECT field, old, new FROM unit_history ORDER BY history_no")]


def more_of(store: Store, id_order_unit: int = 1) -> Any:
    """Return the fields without a column."""
    return json.loads(store.database.value("SELECT more FROM v_order_units WHERE id_order_unit = ?", (id_order_unit,)))


def test_new_then_unchanged_then_changed(store: Store) -> None:
    """A unit is new once; the same answer is unchanged; another status is changed, for unit and order."""
    first = keep(store, order_unit(1), order_unit(2), order_unit(3, "M2"))
    assert (changes(first), first.orders_new, first.orders_changed) == (["new"] * 3, {"M1", "M2"}, set())
    again = keep(store, order_unit(1), order_unit(2), order_unit(3, "M2"), request_seq=2)
    assert (changes(again), again.orders_new, again.orders_changed) == (["unchanged"] * 3, set(), set())
    third = keep(store, order_unit(1, status="sent"), order_unit(2), request_seq=3)
    assert (changes(third), third.orders_new, third.orders_changed) == (["changed", "unchanged"], set(), {"M1"})
    assert (third.units[0].status_before, third.units[0].status) == ("need_to_be_sent", "sent")


def test_same_answer_again_writes_nothing(store: Store, tmp_path: Path) -> None:
    """A month of orders read a second time, by a later question, leaves database and write-ahead log as they were."""
    units = [read_order_unit(unit) for order in seller_month(NOW) for unit in order.arrived(NOW).units]
    keep(store, *units)
    files = [path.read_bytes() for path in sorted((tmp_path / "data").glob("store.sqlite3*")) if "shm" not in path.name]
    page = keep(store, *units, request_seq=2, run_id=2, at=LATER)
    assert set(changes(page)) == {"unchanged"}
    assert len(page.units) == len(units) > 50
    assert files == [
        path.read_bytes() for path in sorted((tmp_path / "data").glob("store.sqlite3*")) if "shm" not in path.name
    ]


@pytest.mark.parametrize(
    ("field", "old", "new"),
    [
        ("status", "open", "sent"),
        ("price", 2999, -100),
        ("shipping_rate", 0, 495),
        ("shipping_rate", None, 495),
        ("revenue_gross", 100, 200),
        ("revenue_net", None, 200),
        ("vat", 19.0, 7.0),
        ("currency", "EUR", "CZK"),
        ("cancel_reason", None, "NoInventory"),
    ],
)
def test_status_and_amounts_leave_a_history(store: Store, field: str, old: object, new: object) -> None:
    """What changed is written down with old and new value, when, and in which run."""
    keep(store, order_unit(1, **change(field, old)))
    assert history(store) == []
    keep(store, order_unit(1, **change(field, new)), request_seq=2, run_id=7, at=LATER)
    assert history(store) == [(field, old, new)]
    (row,) = store.database.rows("SELECT * FROM unit_history")
    assert (row["id_order_unit"], row["id_order"], row["run_id"], row["at"]) == (1, "M1", 7, "2026-11-20T12:15:00Z")


def test_changed_address_leaves_both_in_the_history(store: Store) -> None:
    """The card shows the address from before and the one of now, in one line each."""
    keep(store, order_unit(1))
    moved = example_address(street="Am Markt", house_number="3", postcode="01067", city="Dresden")
    keep(store, order_unit(1, shipping_address=moved), request_seq=2)
    (change,) = card(store)["history"]
    assert change["field"] == "shipping_address"
    assert change["old"] == "Marlene Kleinschmidt, Lindenallee 12, 04107 Leipzig, DE"
    assert change["new"] == "Marlene Kleinschmidt, Am Markt 3, 01067 Dresden, DE"
    assert card(store)["billing_address"]["city"] == "Leipzig"
    assert card(store)["ship_to_city"] == "Dresden"


@pytest.mark.parametrize("nothing", [None, MISSING, {}, dict.fromkeys(example_address(), ""), {"city": None}])
@pytest.mark.parametrize("field", ["billing_address", "shipping_address"])
def test_address_is_never_replaced_by_an_empty_one(store: Store, field: str, nothing: object) -> None:
    """Kaufland withholds addresses for a while and drops them later; what is known stays."""
    keep(store, order_unit(1))
    before = content(store)
    assert changes(keep(store, order_unit(1, **change(field, nothing)), request_seq=2)) == ["unchanged"]
    assert content(store) == before


def test_address_that_comes_late_is_taken(store: Store) -> None:
    """An address that was withheld at first is stored when it appears, also without a new update time."""
    keep(store, order_unit(1, billing_address=None, shipping_address=None))
    assert (card(store)["buyer_name"], card(store)["shipping_address"]) == (None, None)
    keep(store, order_unit(1), request_seq=2)
    assert (card(store)["buyer_name"], card(store)["ship_to_city"]) == ("Marlene Kleinschmidt", "Leipzig")
    assert {(change["field"], change["old"]) for change in card(store)["history"]} == {
        ("billing_address", None),
        ("shipping_address", None),
    }


@pytest.mark.parametrize(
    "silent",
    [
        {"buyer": None},
        {"buyer": MISSING},
        {"buyer": {}},
        {"buyer": {"id_buyer": None, "email": None}},
        {"buyer": {"id_buyer": 21631426, "email": ""}},
        {"product": None},
        {"product": MISSING},
        {"product": {}},
        {"product": {"id_product": None, "title": None, "eans": [], "url": None}},
        {"storefront": None},
        {"currency": None},
        {"ts_created_iso": None},
    ],
)
def test_known_values_are_never_replaced_by_nothing(store: Store, silent: dict[str, Any]) -> None:
    """An answer that is silent about buyer, product, storefront, currency or age takes nothing away."""
    keep(store, order_unit(1))
    before = content(store)
    keep(store, order_unit(1, **silent), request_seq=2)
    after = content(store)
    assert after["orders"] == before["orders"]
    units = [row[:EXTRAS_NO] for row in before["order_units"]]
    assert [row[:EXTRAS_NO] for row in after["order_units"]] == units, "all but the extra fields and the question"


def test_answer_asked_for_earlier_changes_nothing(store: Store) -> None:
    """Answers come out of order: the one asked for later stays, whichever came first."""
    keep(store, order_unit(1, status="sent"), request_seq=5)
    before = content(store)
    page = keep(store, order_unit(1, status="open", price=1), request_seq=4)
    assert changes(page) == ["unchanged"]
    assert content(store) == before
    assert changes(keep(store, order_unit(1, status="received"), request_seq=6)) == ["changed"]


def test_answer_that_changed_nothing_still_counts_as_later(store: Store) -> None:
    """Asked 1 and 3 said the same; what was asked for as number 2 and comes last is older than both."""
    keep(store, order_unit(1, status="sent"), request_seq=1)
    keep(store, order_unit(1, status="sent"), request_seq=3)
    assert changes(keep(store, order_unit(1, status="open"), request_seq=2)) == ["unchanged"]
    assert card(store)["status"] == "sent"
    assert changes(keep(store, order_unit(1, status="received"), request_seq=3)) == ["changed"]


def test_unknown_fields_of_both_calls_are_kept(store: Store) -> None:
    """The list of units and the whole order have different extra fields; neither removes those of the other."""
    keep(store, order_unit(1, eco_fee=12, new_flag={"a": [1, 2]}, buyer={"id_buyer": 5, "email": "x", "vip": True}))
    keep(store, order_unit(1, kss_eligible=False, buyer={"id_buyer": 5, "email": "x"}), request_seq=2)
    more = more_of(store)
    assert (more["eco_fee"], more["new_flag"], more["kss_eligible"]) == (12, {"a": [1, 2]}, False)
    assert more["buyer"] == {"vip": True}
    keep(store, order_unit(1, eco_fee=13), request_seq=3)
    assert more_of(store)["eco_fee"] == 13


def test_extra_fields_without_a_value_take_no_room(store: Store) -> None:
    """A field that is null is not kept, and one that became null says what it said before."""
    keep(store, order_unit(1, note="bitte klingeln", eco_fee=None))
    assert more_of(store)["note"] == "bitte klingeln"
    assert "eco_fee" not in more_of(store)
    keep(store, order_unit(1, note=None), request_seq=2)
    assert more_of(store)["note"] == "bitte klingeln"


def test_unknown_fields_of_addresses_and_products_are_kept(store: Store) -> None:
    """Also what the API adds inside of them."""
    keep(store, order_unit(1, billing_address=example_address(floor="3"), product=example_product(weight_g=800)))
    assert card(store)["billing_address"]["floor"] == "3"
    assert json.loads(column(store, "SELECT more FROM product_extras")[0])["weight_g"] == 800


def test_storefronts_in_either_case_are_one(store: Store) -> None:
    """Kaufland writes storefronts in upper and lower case; the store has them in lower case."""
    keep(store, order_unit(1, storefront="DE", product=example_product(storefront="DE")))
    assert column(store, "SELECT storefront FROM v_orders") == ["de"]
    assert changes(keep(store, order_unit(1, storefront="de"), request_seq=2)) == ["unchanged"]


@pytest.mark.parametrize("given", [314567898654242, "314567898654242", "U-7/ä", 2**63 - 1, "007", "9" * 30, 0, -5])
def test_ids_are_kept_as_given(store: Store, given: int | str) -> None:
    """A number stays a number and a text a text, with its leading zeros."""
    keep(store, order_unit(given))
    (found,) = column(store, "SELECT id_order_unit FROM v_order_units")
    assert (found, type(found)) == (given, type(given))
    (line,) = card(store)["lines"]
    assert line["unit_ids"] == [given]
    assert changes(keep(store, order_unit(given), request_seq=2)) == ["unchanged"]


def test_id_too_big_for_the_store_becomes_text(store: Store) -> None:
    """It is kept to its last digit."""
    keep(store, order_unit(2**70))
    assert column(store, "SELECT id_order_unit FROM order_units") == [str(2**70)]


@pytest.mark.parametrize(("first", "then"), [(314567, "314567"), ("314567", 314567)])
def test_id_that_changes_its_form_is_the_same_unit(store: Store, first: int | str, then: int | str) -> None:
    """A number today and a text tomorrow do not make two units of one."""
    keep(store, order_unit(first))
    assert changes(keep(store, order_unit(then), request_seq=2)) == ["unchanged"]
    page = keep(store, order_unit(then, status="sent"), request_seq=3)
    assert [(unit.change, unit.key) for unit in page.units] == [("changed", first)]
    assert column(store, "SELECT id_order_unit FROM order_units") == [first]
    assert column(store, "SELECT id_order_unit FROM unit_history") == [first]


def test_different_ids_are_different_units(store: Store) -> None:
    """Only what is written alike is alike."""
    keep(store, order_unit(7), order_unit("07"), order_unit("7.0"), order_unit("+7"), order_unit(" 7"))
    assert store.queries.counts().units == 5


def test_unit_that_moves_to_another_order(store: Store) -> None:
    """Both orders say afterwards what their units say, and the unit's history says where it came from."""
    keep(store, order_unit(1, price=1000), order_unit(2, price=500), order_unit(3, "M2", price=100))
    keep(store, order_unit(1, "M2", price=1000), request_seq=2)
    totals = {
        row[0]: tuple(row)[1:] for row in store.database.rows("SELECT id_order, units, total_amount FROM v_orders")
    }
    assert totals == {"M1": (1, 500), "M2": (2, 1100)}
    assert [(change["field"], change["old"], change["new"]) for change in card(store, "M2")["history"]] == [
        ("id_order", "M1", "M2")
    ]


def test_order_that_lost_all_its_units_stays_empty(store: Store) -> None:
    """It is still found and shown, without an amount and without the buyer, and nothing waits for it."""
    keep(store, order_unit(1))
    with store.database.transaction():
        store.details_wanted.want("M1", Detail.PICKUP_POINT, NOW)
    page = keep(store, order_unit(1, "M2"), request_seq=2)
    assert (page.orders_new, page.orders_changed) == ({"M2"}, set())
    assert column(store, "SELECT id_order FROM v_orders ORDER BY id_order") == ["M1", "M2"]
    found = card(store)
    assert (found["status"], found["units"], found["lines"], found["total_amount"]) == ("empty", [], [], 0)
    assert (found["storefront"], found["currency"], found["created_at"]) == ("de", "EUR", CREATED)
    assert (found["buyer_name"], found["shipping_address"]) == (None, None)
    assert [(one["id_order_unit"], one["moved_to"]) for one in found["departed_units"]] == [(1, "M2")]
    assert [(change["field"], change["old"], change["new"]) for change in found["history"]] == [
        ("id_order", "M1", "M2")
    ]
    assert store.queries.counts() == (2, 1, 0, 0, 0)


def test_unit_twice_in_one_response(store: Store) -> None:
    """Rows that come twice are one unit, with the last of them; also under two orders, whose details are wanted."""
    page = keep(
        store, order_unit(1, status="open"), order_unit(1, status="sent"), order_unit(2, "M7"), order_unit(2, "M8")
    )
    assert changes(page) == ["new", "changed", "new", "changed"]
    assert sorted(column(store, "SELECT id_order FROM orders")) == ["M1", "M8"]
    assert page.orders_new == {"M1", "M8"}
    with store.database.transaction():
        for unit in page.units:
            assert unit.id_order is not None
            store.details_wanted.want(unit.id_order, Detail.PICKUP_POINT, NOW)
    assert sorted(column(store, "SELECT id_order FROM details_wanted")) == ["M1", "M8"]


def test_orders_that_were_cancelled_are_reported(store: Store) -> None:
    """Wholly cancelled now and known before: reported once. New and cancelled, or cancelled in part: not reported."""
    keep(store, order_unit(1), order_unit(2), order_unit(3, "M2"))
    assert keep(store, order_unit(1, status="cancelled"), request_seq=2).orders_cancelled == set()
    assert keep(store, order_unit(2, status="cancelled"), request_seq=3).orders_cancelled == {"M1"}
    assert keep(store, order_unit(2, status="cancelled", price=1), request_seq=4).orders_cancelled == set()
    assert keep(store, order_unit(4, "M3", status="cancelled"), request_seq=5).orders_cancelled == set()


def test_shared_addresses_and_products_are_stored_once(store: Store) -> None:
    """A hundred units to one address, of one product, hold both once."""
    keep(store, *[order_unit(number, f"M{number}") for number in range(100)])
    assert column(store, "SELECT count(*) FROM addresses") == column(store, "SELECT count(*) FROM products") == [1]


def located(fields: dict[str, Any] | None) -> PickupLocation | None:
    """Return the pickup point with these fields."""
    return None if fields is None else PickupLocation.of(fields)


def test_pickup_points_are_never_emptied(store: Store) -> None:
    """A known pickup point stays when a later answer says nothing about one."""
    keep(store, order_unit(1))
    point = {"provider": "DHL", "pickup_location_id": "145", "dhl_post_number": "4711"}
    silent = ({**point, "dhl_post_number": nothing} for nothing in (None, "", "***"))
    for given in (point, None, {}, {"provider": None}, *silent, {"pickup_location_id": "145"}):
        with store.database.transaction():
            store.orders.store_details("M1", located(given), run_id=1, at=NOW)
        assert card(store)["pickup_location"] == point


def test_another_pickup_point_is_taken_as_it_is(store: Store) -> None:
    """The post number that belongs to one point is not carried to another one."""
    keep(store, order_unit(1))
    points = ({"provider": "DHL", "pickup_location_id": "145", "dhl_post_number": "4711"}, {"pickup_location_id": "7"})
    for given in points:
        with store.database.transaction():
            store.orders.store_details("M1", located(given), run_id=1, at=NOW)
        assert card(store)["pickup_location"] == given


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"provider": "DHL", "pickup_location_id": "999", "dhl_post_number": "4711"}, ("DHL 145", "DHL 999")),
        ({"provider": "GLS", "pickup_location_id": "145"}, ("DHL 145", "GLS 145")),
        ({"pickup_location_id": "145", "dhl_post_number": "8"}, ("dhl_post_number 4711", "dhl_post_number 8")),
    ],
)
def test_another_pickup_point_is_in_the_history(store: Store, given: dict[str, str], told: tuple[str, str]) -> None:
    """Once, as a change of the order and of no unit; that it comes at first, again or with less is none."""
    keep(store, order_unit(1))
    point = {"provider": "DHL", "pickup_location_id": "145", "dhl_post_number": "4711"}
    for one in (None, {"provider": "DHL"}, point, {"provider": "DHL", "dhl_post_number": "***"}, given, given):
        with store.database.transaction():
            store.orders.store_details("M1", located(one), run_id=1, at=NOW)
    entry = {"at": "2026-11-20T12:00:00Z", "id_order_unit": None, "field": "pickup_location"}
    assert card(store)["history"] == [entry | dict(zip(("old", "new"), told, strict=True))]


@pytest.mark.parametrize("number", [None, "***", "."])
def test_pickup_point_without_a_number_replaces_none(store: Store, number: str | None) -> None:
    """Another provider alone is no point, and no mask takes the place of a number."""
    keep(store, order_unit(1))
    point = {"provider": "DHL", "pickup_location_id": "145", "dhl_post_number": "4711"}
    for one in (point, {"provider": "GLS", "pickup_location_id": number, "dhl_post_number": "***"}):
        with store.database.transaction():
            store.orders.store_details("M1", located(one), run_id=1, at=NOW)
    assert (card(store)["pickup_location"], card(store)["history"]) == (point, [])


def test_invoices_are_stored_once(store: Store) -> None:
    """An invoice that is known already, or whose order is not, harms nothing."""
    keep(store, order_unit(1))
    invoice = OrderInvoice(7, "M1", "r.pdf", CREATED, None)
    for _ in range(2):
        with store.database.transaction():
            store.orders.store_invoices([invoice, OrderInvoice("x", "M99", None, None, True)])
    assert column(store, "SELECT id_invoice FROM order_invoices ORDER BY id_order") == [7, "x"]


def test_whole_month_is_stored_as_it_was_served(store: Store) -> None:
    """Every unit of a seller's month is there with its order, status and amounts, whatever is odd about it."""
    raws = [unit for order in seller_month(NOW) for unit in order.arrived(NOW).units]
    keep(store, *[read_order_unit(raw) for raw in raws])
    names = ("id_order_unit", "id_order", "status", "price", "shipping_rate", "currency", "vat")
    stored = {row[0]: tuple(row) for row in store.database.rows(f"SELECT {', '.join(names)} FROM v_order_units")}  # noqa: S608 - our own names
    assert stored == {raw["id_order_unit"]: tuple(raw.get(name) for name in names) for raw in raws}


def test_lookups_do_not_grow_with_the_page(tmp_path: Path) -> None:
    """What new units point to is looked up together: a page of forty needs no more queries than a page of two."""

    def queries(units: int) -> int:
        sent: list[str] = []
        with new_store(tmp_path / str(units)) as store:
            keep(store, order_unit(900, "M900"))  # the first page also creates the tables of the run
            store.database._connection.set_trace_callback(sent.append)  # nothing else sees the statements
            own = [
                order_unit(
                    number,
                    f"M{number}",
                    status="sent",
                    id_offer=f"SKU-{number}",
                    product=example_product(id_product=number),
                    billing_address=example_address(street=f"Weg {number}"),
                    note=f"Note {number}",
                )
                for number in range(1, units + 1)
            ]
            assert len(keep(store, *own, request_seq=2).orders_new) == units
        return sum(statement.lstrip().startswith("SELECT") for statement in sent)

    assert queries(40) == queries(2)
