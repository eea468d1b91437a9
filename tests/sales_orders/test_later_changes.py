"""What changes at Kaufland after a sales order was created: reported by number, line, quantities and meaning."""

import json
import unicodedata
from dataclasses import replace

import pytest

from kaufland_cli.domain.actions import Action
from kaufland_cli.domain.order_snapshot import read_snapshot
from kaufland_cli.domain.orders import Order
from kaufland_cli.domain.sales_order import SalesOrder
from kaufland_cli.domain.target_values import Item
from kaufland_cli.sales_orders.prepare import prepare
from kaufland_cli.sales_orders.snapshot import changes, resolved, snapshot_now, snapshot_of
from support.orders import ADDRESS, card, unit
from support.sales_order_rules import AnyItem, rules


def document_of(order: Order) -> SalesOrder:
    """Return the sales order of a card."""
    found = prepare(order, rules(), AnyItem(Item("K17"))).document
    assert found is not None
    return found


BEFORE = card(unit(1), unit(2), unit(3), unit(4, id_offer="TEA", vat=7.0))
SOLD = snapshot_of(BEFORE, document_of(BEFORE))


def test_normal_progress_is_no_change() -> None:
    """To be sent, sent, received: the document stays right."""
    for status in ("need_to_be_sent", "sent", "sent_and_autopaid", "received"):
        assert (
            changes(card(*[unit(n, status=status) for n in (1, 2, 3)], unit(4, id_offer="TEA", vat=7.0)), SOLD, "1001")
            == []
        )


@pytest.mark.parametrize(
    "fields",
    [
        {"street": "Lindenallee "},
        {"street": "Lindenallee 12", "house_number": None},
        {"city": "Leipzig\u200b", "first_name": " Marlene"},
        {"company_name": "."},
        {"company_name": "Kleinschmidt, Marlene"},
        {"additional_field": "***", "phone": None},
    ],
)
def test_address_written_otherwise_is_no_change(fields: dict[str, object]) -> None:
    """Other blanks, empty parts, the name twice: the parcel goes to the same place, by old and by new records."""
    units = (unit(1), unit(2), unit(3), unit(4, id_offer="TEA", vat=7.0))
    assert changes(card(*units, shipping_address={**ADDRESS, **fields}), SOLD, "1001") == []
    written = replace(SOLD, ship_to="., Marlene  Kleinschmidt, Lindenallee 12 , 04107 Leipzig, DE")
    assert changes(card(*units, shipping_address={**ADDRESS, **fields}), written, "1001") == []


def test_decomposed_address_is_no_change() -> None:
    """A name is the same however its umlauts are composed."""
    units = (unit(1), unit(2), unit(3), unit(4, id_offer="TEA", vat=7.0))
    home = {**ADDRESS, "first_name": "Jörg", "city": "Görlitz", "street": "Große Gasse"}
    before = card(*units, shipping_address=home)
    now = {name: value and unicodedata.normalize("NFD", str(value)) for name, value in home.items()}
    assert changes(card(*units, shipping_address=now), snapshot_of(before, document_of(before)), "1001") == []


def test_cancelled_before_shipping_says_do_not_ship() -> None:
    """Number, line, old and new quantity, and what it means."""
    now = card(unit(1), unit(2, status="cancelled"), unit(3, status="cancelled"), unit(4, id_offer="TEA", vat=7.0))
    (reason,) = changes(now, SOLD, "1001")
    assert reason.text == "Sales order 1001, line 1 (KESSEL-17): quantity 3, now 1: cancelled: do not ship."
    assert str(reason.fix).endswith("kaufland sales-orders resolve M1")


@pytest.mark.parametrize(
    ("before", "then"),
    [
        ("need_to_be_sent", "take it out of the sales order; once invoiced, write a credit memo"),
        ("sent", "credit memo"),
    ],
)
def test_cancelled_from_here_says_which_document_follows(before: str, then: str) -> None:
    """A cancellation that this program sent is no surprise: it says so, with the reason, and what to write."""
    sold = card(unit(1, status=before), unit(2, status=before))
    snapshot = snapshot_of(sold, document_of(sold))
    action = Action(
        action_no=1,
        kind="cancel",
        id_order="M1",
        id_order_unit=2,
        state="done",
        details={"reason": "NoInventory"},
        once="cancel:2",
        source="",
        planned_at="",
        sent_at=None,
        ended_at=None,
        attempts=1,
        status_code=204,
        text=None,
    )
    now = replace(card(unit(1, status=before), unit(2, status="cancelled")), actions=(action,))
    (reason,) = changes(now, snapshot, "1001")
    assert "cancelled by you (NoInventory): " in reason.text
    assert then in reason.text


@pytest.mark.parametrize("status", ["cancelled", "returned", "returned_paid"])
def test_taken_back_after_shipping_needs_a_credit_memo(status: str) -> None:
    """What was sent when it was last looked at has left the warehouse."""
    sent = snapshot_now(card(*[unit(n, status="sent") for n in (1, 2, 3)], unit(4, id_offer="TEA", vat=7.0)), SOLD)
    now = card(unit(1, status="sent"), unit(2, status=status), unit(3, status="sent"), unit(4, id_offer="TEA", vat=7.0))
    (reason,) = changes(now, sent, "1001")
    assert "quantity 3, now 2" in reason.text
    assert "credit memo needed" in reason.text


def test_resolved_change_is_not_reported_again_but_the_next_one_is() -> None:
    """After `resolve` the order as it is now is the measure."""
    now = card(unit(1, status="cancelled"), unit(2), unit(3), unit(4, id_offer="TEA", vat=7.0))
    seen = resolved(now, SOLD)
    assert changes(now, seen, "1001") == []
    later = card(unit(1, status="cancelled"), unit(2), unit(3), unit(4, id_offer="TEA", vat=7.0, status="cancelled"))
    (reason,) = changes(later, seen, "1001")
    assert "line 2 (TEA): quantity 1, now 0" in reason.text


def test_changed_price_and_unit_are_reported() -> None:
    """They are not in the document."""
    now = card(unit(1), unit(2), unit(3, price=2000), unit(4, id_offer="TEA", vat=7.0), unit(5, id_offer="NEW"))
    texts = [reason.text for reason in changes(now, SOLD, "1001")]
    assert texts == [
        "Sales order 1001, line 1 (KESSEL-17): price 29.99, now 20.00 EUR.",
        "Sales order 1001 lacks a unit that is now in the order: NEW.",
    ]


def test_changed_shipping_vat_and_address_are_reported() -> None:
    """Whatever the document says is compared, not only its units."""
    address = {**ADDRESS, "street": "Neue Gasse"}
    now = card(
        unit(1), unit(2), unit(3, shipping_rate=490), unit(4, id_offer="TEA", vat=19.0), shipping_address=address
    )
    texts = [reason.text for reason in changes(now, SOLD, "1001")]
    assert texts == [
        "Sales order 1001, line 1 (KESSEL-17): shipping 0.00, now 4.90 EUR.",
        "Sales order 1001, line 2 (TEA): VAT 7 %, now 19 %.",
        (
            "Sales order 1001: the shipping address has changed to: Marlene Kleinschmidt, Neue Gasse 12, 04107 "
            "Leipzig, DE."
        ),
    ]


def test_snapshot_comes_back_from_the_store_as_it_was() -> None:
    """Units, address and document are the same after JSON; units without a document have no line."""
    assert read_snapshot(json.loads(json.dumps(SOLD.record()))) == SOLD
    alone = snapshot_of(BEFORE, None)
    assert read_snapshot(json.loads(json.dumps(alone.record()))) == alone
    assert {kept.line for kept in alone.units.values()} == {None}


def test_snapshot_without_address_and_document_is_still_read() -> None:
    """A snapshot that an older version stored has units only; address and document are unknown then."""
    record = json.loads(json.dumps(SOLD.record()))
    older = read_snapshot({"units": record["units"]})
    assert (older.units, older.ship_to, older.document) == (SOLD.units, "", None)
