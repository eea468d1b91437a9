"""Units that leave an order, moved or gone from the whole of it: no import stops, and none is billed twice."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.domain.hint import Hint
from kaufland_cli.domain.target_values import ItemLookup
from kaufland_cli.order_import.refresh import refresh_order
from kaufland_cli.sales_orders.snapshot import look_for_changes
from kaufland_cli.simulator import faults
from kaufland_cli.store.sales_order_row import Reason
from support.business_central_fake import Asked
from support.push import Seller, seller
from support.stores import card

TWO = [{"id_offer": "KESSEL-17"}, {"id_offer": "KESSEL-17"}]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Seller]:
    """Give a seller whose bookkeeping is ready."""
    with seller(tmp_path) as opened:
        yield opened


def unit_of(shop: Seller, id_order: str, position: int = 0) -> int:
    """Return the id of a unit of an order at Kaufland."""
    return int(shop.shop.simulator.marketplace.order(id_order).units[position]["id_order_unit"])


def move(shop: Seller, id_order_unit: int, id_order: str) -> None:
    """Let a unit belong to another order from now on, and import."""
    shop.shop.clock.advance(minutes=1)
    shop.shop.simulator.marketplace.move_unit(id_order_unit, id_order)
    shop.collect()


def refresh(shop: Seller, id_order: str) -> None:
    """Read an order again, and look what that means for its sales order."""
    shop.shop.clock.advance(minutes=1)
    with shop.store() as store, shop.shop.api() as api:
        refresh_order(api, store, shop.shop.clock, id_order)
    shop.collect()


def texts(shop: Seller, id_order: str) -> str:
    """Return what the reasons of an order say, with what to do."""
    with shop.store() as store:
        row = store.sales_orders.row(id_order)
        return "" if row is None else "\n".join(f"{reason.text} {reason.fix!s}" for reason in row.reasons)


def prepared(shop: Seller, state: str, id_order: str) -> None:
    """Bring the order's sales order into a state."""
    now = shop.shop.clock.now()
    if state == "created":
        shop.push()
        return
    with shop.store() as store:
        orders = store.sales_orders
        if state == "held":
            orders.hold(id_order, now, [Reason("vat", "no VAT", Hint("look"))])
        elif state == "held by hand":
            orders.hold(id_order, now, [Reason("by_hand", "Held by hand.", Hint("retry"))], by_hand=True)
        elif state == "error":
            orders.fail(id_order, now, Reason("refused", "refused", Hint("retry")))
        elif state == "conflict":
            orders.mark_conflict(id_order, now, [Reason("several_documents", "two", Hint("delete one"))])


STATES = ["pending", "held", "held by hand", "error", "conflict", "created"]


@pytest.mark.parametrize("state", STATES)
def test_all_units_move_away(shop: Seller, state: str) -> None:
    """The import goes on; the old order stays, empty, in conflict, and says where its units are and what to type."""
    first = shop.arrive(TWO)
    shop.collect()
    prepared(shop, state, first)
    units = [unit_of(shop, first, position) for position in (0, 1)]
    for unit in units:
        move(shop, unit, "M777777")
    move(shop, units[0], "M777777")  # and every later import
    assert shop.states()[first] == "conflict"
    assert "M777777" in texts(shop, first) or state == "conflict"
    assert f"kaufland sales-orders resolve {first}" in texts(shop, first) or state == "conflict"
    with shop.store() as store:
        assert (card(store, first)["status"], card(store, first)["total_amount"]) == ("empty", 0)
        assert store.database.value("SELECT count(*) FROM pragma_foreign_key_check") == 0
        assert store.database.value("SELECT verdict FROM runs ORDER BY run_id DESC") == "success"


@pytest.mark.parametrize("state", ["pending", "held by hand", "created"])
def test_units_that_move_back_end_the_conflict(shop: Seller, state: str) -> None:
    """There and back again: the sales order is where it was, and the order with it."""
    first = shop.arrive(TWO)
    shop.collect()
    prepared(shop, state, first)
    before = shop.states()[first]
    units = [unit_of(shop, first, position) for position in (0, 1)]
    for _ in range(2):
        for unit in units:
            move(shop, unit, "M777777")
        assert shop.states()[first] == "conflict"
        for unit in units:
            move(shop, unit, first)
        assert shop.states()[first] == before
    with shop.store() as store:
        assert card(store, first)["units"] != []
        assert card(store, first)["departed_units"] == []
    shop.push()
    assert shop.created() == ([] if state == "held by hand" else [first])


def test_unit_moves_after_the_document_was_created(shop: Seller) -> None:
    """The old order says which line has one too many; the new one waits, since its unit is in that document."""
    first = shop.arrive(TWO)
    shop.collect()
    shop.push()
    moved = unit_of(shop, first)
    move(shop, moved, "M777777")
    assert (shop.states()[first], shop.reasons(first)) == ("conflict", ["unit_left"])
    assert "line 1 (KESSEL-17): quantity 2, now 1: now in order M777777" in texts(shop, first)
    shop.push()
    assert (shop.states()["M777777"], shop.reasons("M777777")) == ("held", ["billed_already"])
    assert f"resolve {first}" in texts(shop, "M777777")
    assert shop.created() == [first]
    with shop.store() as store:
        (elsewhere,) = card(store, "M777777")["in_other_sales_orders"]
        assert elsewhere == {"id_order_unit": moved, "id_order": first, "number": shop.numbers()[first]}


def test_unit_that_moves_on_and_on_is_still_billed_once(shop: Seller) -> None:
    """By way of a third order, and back to the first."""
    first = shop.arrive()
    shop.collect()
    shop.push()
    unit = unit_of(shop, first)
    for where in ("M777777", "M888888"):
        move(shop, unit, where)
        shop.push()
    assert shop.created() == [first]
    assert shop.reasons("M888888") == ["billed_already"]
    move(shop, unit, first)
    shop.push()
    assert shop.created() == [first]
    assert shop.states()[first] == "created"


def test_unit_moves_before_the_document_is_created(shop: Seller) -> None:
    """Each order is billed for what it has then."""
    first = shop.arrive(TWO)
    shop.collect()
    move(shop, unit_of(shop, first), "M777777")
    shop.push()
    assert shop.states() == {first: "created", "M777777": "created"}
    assert [len(lines) for lines in (order["salesOrderLines"] for order in shop.fake.orders)] == [1, 1]


def in_doubt(shop: Seller, kind: str) -> str:
    """Let an order be sent whose answer is lost, whether a document came of it or not; return the order."""

    def lose(asked: Asked) -> None:
        if asked.method == "POST" and "salesOrders" in asked.path:
            shop.fake.fail("503", times=20, path="sales", method="GET")

    first = shop.arrive()
    shop.collect()
    shop.fake.fail(kind, path="salesOrders", method="POST")
    shop.fake.after = lose
    shop.push()
    shop.fake.after = None
    shop.fake.forget_failures()
    assert shop.states()[first] == "sending"
    return first


def test_unit_moves_while_its_document_is_in_doubt(shop: Seller) -> None:
    """Until it is found, the other order waits; once it is found, the old one is in conflict by its number."""
    first = in_doubt(shop, "hang_up_after")
    move(shop, unit_of(shop, first), "M777777")
    shop.push("M777777")
    assert shop.reasons("M777777") == ["billed_already"]
    shop.push()
    shop.collect()
    shop.push()
    assert shop.created() == [first]
    assert (shop.states()[first], shop.reasons(first)) == ("conflict", ["unit_left"])
    assert shop.reasons("M777777") == ["billed_already"]


def test_unit_moves_while_a_document_that_never_was_is_in_doubt(shop: Seller) -> None:
    """It is not sent again for an order without units; a person is notified, and then the other order goes on."""
    first = in_doubt(shop, "hang_up_before")
    move(shop, unit_of(shop, first), "M777777")
    shop.shop.clock.advance(hours=1)
    shop.push()
    assert (shop.states()[first], shop.reasons(first), shop.created()) == ("conflict", ["no_units_left"], [])


def test_emptied_order_does_not_stop_the_push(shop: Seller) -> None:
    """Others that wait become sales orders."""
    first, second = shop.arrive(), shop.arrive()
    shop.collect()
    shop.shop.simulator.marketplace.move_unit(unit_of(shop, first), "M777777")
    shop.shop.run()
    result = shop.push()
    assert result is not None
    assert result.stopped_by is None
    assert (shop.states()[first], shop.states()[second]) == ("conflict", "created")


# --- gone from the whole order ---


def test_unit_that_the_whole_order_lacks_is_not_billed(shop: Seller) -> None:
    """The order is read again before it is created; what it has not any more holds it, and is named."""
    first = shop.arrive(TWO)
    shop.collect()
    gone = unit_of(shop, first)
    shop.shop.simulator.marketplace.remove_unit(gone)
    shop.push()
    assert (shop.states()[first], shop.reasons(first), shop.created()) == ("held", ["unit_absent"], [])
    assert str(gone) in texts(shop, first)


def test_unit_that_comes_back_ends_the_hold(shop: Seller) -> None:
    """By an import or by another look at the order; then it is billed with the others."""
    first = shop.arrive(TWO)
    shop.collect()
    market = shop.shop.simulator.marketplace
    unit = market.unit(unit_of(shop, first))
    market.remove_unit(unit["id_order_unit"])
    shop.push()
    market.add_unit(unit)
    refresh(shop, first)
    shop.push()
    assert shop.states()[first] == "created"
    (line,) = shop.fake.orders[0]["salesOrderLines"]
    assert line["quantity"] == 2


def test_unit_that_leaves_a_document_is_a_conflict_until_it_is_back(shop: Seller) -> None:
    """Line, old and new quantity; and created again once the order is what it was."""
    first = shop.arrive(TWO)
    shop.collect()
    shop.push()
    market = shop.shop.simulator.marketplace
    unit = market.unit(unit_of(shop, first))
    market.remove_unit(unit["id_order_unit"])
    refresh(shop, first)
    assert (shop.states()[first], shop.reasons(first)) == ("conflict", ["unit_left"])
    assert "quantity 2, now 1: missing from the order at Kaufland" in texts(shop, first)
    market.add_unit(unit)
    refresh(shop, first)
    assert (shop.states()[first], shop.reasons(first)) == ("created", [])


@pytest.mark.parametrize("what", ["leaves", "moves", "is cancelled"])
def test_changes_while_the_document_is_made_are_reported(
    shop: Seller, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """After the order was read for it, and before it is written down what it was made of."""
    first = shop.arrive(TWO)
    shop.collect()
    market, unit = shop.shop.simulator.marketplace, unit_of(shop, first)
    asked = 0
    look_up = shop.target.item

    def meanwhile(number: str) -> ItemLookup:
        nonlocal asked
        asked += 1
        if asked == 2:  # by what was stored first, and then by what was read again
            if what == "leaves":
                market.remove_unit(unit)
            elif what == "moves":
                market.move_unit(unit, "M777777")
            else:
                market.change_unit(unit, touch=False, status="cancelled")
            with shop.store() as store, shop.shop.api() as api:
                for id_order in ("M777777", first) if what == "moves" else (first,):
                    refresh_order(api, store, shop.shop.clock, id_order)
        return look_up(number)

    monkeypatch.setattr(shop.target, "item", meanwhile)
    shop.push()
    assert asked >= 2
    assert shop.states()[first] == "created"
    shop.collect()
    assert shop.states()[first] == "conflict"


def test_other_conflicts_stay_when_a_unit_comes_back(shop: Seller) -> None:
    """Only what has ended is taken back."""
    first = shop.arrive(TWO)
    shop.collect()
    shop.push()
    market = shop.shop.simulator.marketplace
    unit = market.unit(unit_of(shop, first))
    market.remove_unit(unit["id_order_unit"])
    shop.change(first, 0, status="cancelled")
    refresh(shop, first)
    assert sorted(shop.reasons(first)) == ["changed", "unit_left"]
    market.add_unit(unit)
    refresh(shop, first)
    assert (shop.states()[first], shop.reasons(first)) == ("conflict", ["changed"])


# --- gone with all its units ---


def answer_whole(shop: Seller, edit: Callable[[Any], Any], times: int | None = 1, path: str = "/orders/*") -> None:
    """Let Kaufland change what it says of whole orders."""
    fault = faults.edited(lambda said: {**said, "data": edit(said["data"])})
    shop.shop.simulator.misbehave(fault, times=times, path=path)


def without_units(order: dict[str, Any]) -> dict[str, Any]:
    """Return a whole order without any unit."""
    return {**order, "order_units": []}


def detail_requests(shop: Seller) -> int:
    """Count the whole orders that were asked for."""
    return sum(1 for request in shop.shop.simulator.requests if "/orders/" in request.target)


@pytest.mark.parametrize("units", [1, 2])
@pytest.mark.parametrize("state", ["pending", "error"])
def test_order_whose_whole_answer_has_no_unit_is_not_billed(shop: Seller, state: str, units: int) -> None:
    """It is read again before it is created, and then says what is missing; it is billed once all are back."""
    first = shop.arrive(TWO[:units])
    shop.collect()
    prepared(shop, state, first)
    answer_whole(shop, without_units)
    if state == "error":
        shop.push(first)
    shop.push()
    assert (shop.states()[first], shop.reasons(first), shop.created()) == ("conflict", ["no_units_left"], [])
    assert all(str(unit_of(shop, first, position)) in texts(shop, first) for position in range(units))
    with shop.store() as store:
        assert card(store, first)["status"] == "empty"
        assert [change["field"] for change in card(store, first)["history"]] == ["absent_since"] * units
    shop.shop.clock.advance(hours=1)
    shop.collect()  # the order is asked for once more, and has them
    shop.push()
    assert (shop.states()[first], shop.created()) == ("created", [first])


def test_order_that_stays_without_units_is_asked_for_once_more_and_stays_unbilled(shop: Seller) -> None:
    """Not for ever, and nobody has to agree to anything for the other orders to go on."""
    first, second = shop.arrive(), shop.arrive()
    shop.collect()
    answer_whole(shop, lambda order: without_units(order) if order["id_order"] == first else order, times=None)
    answer_whole(shop, lambda rows: [row for row in rows if row["id_order"] != first], times=None, path="/order-units")
    shop.push()
    shop.shop.simulator.clear_requests()
    for _ in range(4):
        shop.shop.clock.advance(hours=1)
        shop.collect()
        shop.push()
    assert detail_requests(shop) == 1
    assert shop.created() == [second]


def test_order_that_loses_all_units_after_its_document_is_a_conflict_until_they_are_back(shop: Seller) -> None:
    """Line, old and new quantity; and created again once the order is what it was."""
    first = shop.arrive(TWO)
    shop.collect()
    shop.push()
    answer_whole(shop, without_units)
    with shop.store() as store, shop.shop.api() as api:
        refresh_order(api, store, shop.shop.clock, first)
        assert look_for_changes(store, shop.shop.clock) == [first]
    assert (shop.states()[first], shop.reasons(first)) == ("conflict", ["unit_left"])
    assert "quantity 2, now 0: missing from the order at Kaufland" in texts(shop, first)
    refresh(shop, first)
    assert (shop.states()[first], shop.reasons(first)) == ("created", [])


@pytest.mark.parametrize("data", [None, [], "", {}, {"order_units": None}, {"order_units": {}}, {"order_units": 0}])
def test_malformed_whole_answer_is_no_proof_of_absence(shop: Seller, data: object) -> None:
    """Neither an object nor a list of units: the order waits as it is, and is billed once it can be read."""
    first = shop.arrive(TWO)
    shop.collect()
    answer_whole(shop, lambda _order: data, times=None)
    result = shop.push()
    assert result is not None
    assert (result.count("created"), shop.created()) == (0, [])
    with shop.store() as store:
        assert (len(card(store, first)["units"]), card(store, first)["history"]) == (2, [])
    shop.shop.simulator.behave()
    shop.push()
    assert shop.created() == [first]


@pytest.mark.parametrize("rows", [[None], [7, {}], [{"id_order_unit": None, "price": "?"}]])
def test_answer_of_unreadable_units_only_is_no_proof_of_absence(shop: Seller, rows: list[object]) -> None:
    """Each of them may be any unit of the order."""
    first = shop.arrive(TWO)
    shop.collect()
    answer_whole(shop, lambda order: {**order, "order_units": rows})
    refresh(shop, first)
    with shop.store() as store:
        assert card(store, first)["departed_units"] == []


# --- a person says that the order goes without it ---


def lacking(shop: Seller) -> tuple[str, int]:
    """Let an order of two units be held because one has disappeared; return it and that unit."""
    first = shop.arrive(TWO)
    shop.collect()
    gone = unit_of(shop, first)
    shop.shop.simulator.marketplace.remove_unit(gone)
    shop.push()
    assert shop.reasons(first) == ["unit_absent"]
    return first, gone


def test_order_goes_without_a_unit_that_stays_away_when_a_person_says_so(shop: Seller) -> None:
    """Not by itself, and not because the order was named; then with what is left, once."""
    first, _ = lacking(shop)
    assert f"kaufland sales-orders push {first} --without-absent" in texts(shop, first)
    shop.push(first)
    assert (shop.states()[first], shop.created()) == ("held", [])
    shop.push(first, without_absent=True)
    assert (shop.states()[first], shop.created()) == ("created", [first])
    assert [line["quantity"] for line in shop.fake.orders[0]["salesOrderLines"]] == [1]
    shop.collect()
    shop.push()
    assert (shop.states()[first], shop.created()) == ("created", [first])


def test_unit_that_disappears_after_a_person_looked_still_holds_the_order(shop: Seller) -> None:
    """Only what was known to be absent before the order is read once more was agreed to."""
    first = shop.arrive([*TWO, *TWO])
    shop.collect()
    market = shop.shop.simulator.marketplace
    market.remove_unit(unit_of(shop, first))
    shop.push()
    market.remove_unit(unit_of(shop, first))
    shop.push(first, without_absent=True)
    assert (shop.reasons(first), shop.created()) == (["unit_absent"], [])
    shop.push(first, without_absent=True)
    assert [line["quantity"] for line in shop.fake.orders[0]["salesOrderLines"]] == [2]


def test_unit_that_comes_back_after_the_order_went_without_it_is_reported(shop: Seller) -> None:
    """It is in no document: a conflict, until a person has added it there."""
    market = shop.shop.simulator.marketplace
    first = shop.arrive(TWO)
    shop.collect()
    unit = market.unit(unit_of(shop, first))
    market.remove_unit(unit["id_order_unit"])
    shop.push()
    shop.push(first, without_absent=True)
    market.add_unit(unit)
    refresh(shop, first)
    assert (shop.states()[first], shop.reasons(first)) == ("conflict", ["changed"])
    assert "lacks a unit that is now in the order" in texts(shop, first)


def test_agreement_is_for_absent_units_only(shop: Seller) -> None:
    """Whatever else holds the order holds it; so does a unit that is in the sales order of another order."""
    first, _ = lacking(shop)
    shop.change(first, 0, vat=0)
    shop.push(first, without_absent=True)
    assert (shop.reasons(first), shop.created()) == (["vat"], [])
