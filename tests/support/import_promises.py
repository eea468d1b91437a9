"""What has to be true of a store whatever happened before: each promise raises AssertionError where it is broken."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from kaufland_cli.domain.moments import read_moment
from kaufland_cli.domain.statuses import order_status
from support.import_shop import OVERLAP, Outcome, Shop


def always(shop: Shop) -> None:
    """Check all that holds after every step."""
    no_unit_comes_twice(shop)
    watermark_passes_nothing_unseen(shop)
    orders_are_the_sum_of_their_units(shop)
    counts_add_up(shop)


def no_unit_comes_twice(shop: Shop) -> None:
    """Each unit is there once, also where its id came as a number once and as text another time."""
    ids = [str(unit[0]) for unit in shop.kept.units]
    assert len(ids) == len(set(ids)), "a unit is stored twice"


def watermark_passes_nothing_unseen(shop: Shop) -> None:
    """Every update before the watermark is stored; those dated back are at least still asked for.

    Exempt is what was updated before the first import's start: nobody asked for it. An update in the watermark's own
    second may be unseen, since times have no finer parts.
    """
    watermark, begin = shop.kept.watermark, shop.checked_from
    if watermark is None or begin is None:
        return
    stored = {str(unit[0]): unit[1:] for unit in shop.kept.units}
    for key, unit in shop.served().items():
        updated = _moment(unit[-1])
        back = (key, unit[-1]) in shop.dated_back
        if updated <= begin or updated >= (watermark - OVERLAP if back else watermark):
            continue
        if key in shop.unreadable:
            assert str(key) in shop.kept.unreadable, f"unreadable {key} is not kept, the watermark is {watermark}"
        else:
            assert stored.get(str(key)) == unit, f"{key} is stored as {stored.get(str(key))}, watermark {watermark}"


def orders_are_the_sum_of_their_units(shop: Shop) -> None:
    """Status, number, total and times of an order are those of its units, and there is no order without any."""
    units: dict[str, list[tuple[Any, ...]]] = {}
    for id_order, *rest in shop.kept.priced:
        units.setdefault(id_order, []).append(tuple(rest))
    assert {order["id_order"] for order in shop.kept.orders} == set(units)
    for order in shop.kept.orders:
        own = units[order["id_order"]]
        standing = [unit for unit in own if unit[0] != "cancelled"]
        total = sum(price + (shipping or 0) for _, price, shipping, _, _ in standing)
        assert order["units"] == len(own)
        assert order["status"] == order_status([unit[0] for unit in own])
        assert order["created_at"] == min(unit[4] for unit in own)
        # With a unit that could not be read the total is unknown.
        assert order["total_amount"] == (None if order["units_failed"] else total)


def counts_add_up(shop: Shop) -> None:
    """Of every run, seen = new + changed + unchanged; at most the last one can be unfinished."""
    for run in shop.kept.runs:
        if run["units_seen"] is not None:
            assert run["units_seen"] == run["units_new"] + run["units_changed"] + run["units_unchanged"], run
    assert all(run["finished_at"] for run in shop.kept.runs[:-1])


def watermark_only_moves_on(before: datetime | None, after: datetime | None) -> None:
    """See that it never moves back and is never lost."""
    assert before is None or (after is not None and after >= before), f"the watermark went from {before} to {after}"


def start_holds(before: datetime | None, shop: Shop) -> None:
    """Where the first import begins never becomes later, until one is complete."""
    kept = shop.kept
    if before is not None and kept.watermark is None:
        assert kept.start_at is not None
        assert kept.start_at <= before, f"the start went from {before} to {kept.start_at}"


def store_is_sound(shop: Shop) -> None:
    """SQLite finds nothing wrong in the file."""
    with shop.store() as store:
        assert store.database.value("PRAGMA integrity_check") == "ok"
        assert list(store.database.rows("PRAGMA foreign_key_check")) == []


def equal_to_the_server(shop: Shop) -> None:
    """Everything updated since the first import's start is stored as the server has it, and nothing else differs."""
    assert shop.checked_from is not None
    served = shop.served()
    stored = {unit[0]: unit[1:] for unit in shop.kept.units}
    expected = {key for key, unit in served.items() if _is_asked_for(shop, _moment(unit[-1]))}
    missing = expected - stored.keys() - shop.unreadable.keys()
    assert not missing, f"missing: {[(key, served[key]) for key in missing]} since {shop.checked_from}"
    assert not stored.keys() - served.keys(), "stored, but not at the server"
    differing = [key for key in stored if key not in shop.unreadable and stored[key] != served[key]]
    assert not differing, f"differing: {[(stored[key], served[key]) for key in differing]}"
    kept = {str(key) for key in expected & shop.unreadable.keys()}
    assert kept <= shop.kept.unreadable, "an unreadable unit is not kept"
    wrongly = {str(key) for key in served.keys() - shop.unreadable.keys()} & shop.kept.unreadable
    assert not wrongly, "a unit that can be read again is still listed as unreadable"


def orders_are_whole(shop: Shop) -> None:
    """Of each stored order all units are stored, however old they are, as far as they can be read."""
    known = {order["id_order"] for order in shop.kept.orders}
    stored = {str(unit[0]) for unit in shop.kept.units}
    left_out = {
        key: unit
        for key, unit in shop.served().items()
        if unit[0] in known and str(key) not in stored and key not in shop.unreadable
    }
    assert not left_out, f"of stored orders units are missing: {left_out}"


def addresses_are_there(shop: Shop) -> None:
    """Of each stored order the address that the server shows is stored too, as far as its units can be read."""
    served = shop.simulator.marketplace.units
    spoilt = {served[key]["id_order"] for key in shop.unreadable}
    for id_order in {order["id_order"] for order in shop.kept.orders} - spoilt:
        with shop.store() as store:
            card = store.queries.order(id_order)
        assert card is not None
        units = [unit for unit in served.values() if unit["id_order"] == id_order]
        shown = [unit["shipping_address"]["city"] for unit in units if isinstance(unit["shipping_address"], dict)]
        if shown:
            assert card.shipping_address is not None, f"{id_order} has no address, the server shows {shown}"
            assert card.shipping_address.city in shown, f"{id_order}: {card.shipping_address}, {shown}"


def invoices_are_there(shop: Shop) -> None:
    """Each invoice of the last four weeks is stored."""
    market = shop.simulator.marketplace
    begin = shop.clock.now() - timedelta(weeks=4)
    uploaded = {
        invoice["id_invoice"]: invoice["ts_created_iso"]
        for name in market.orders
        for invoice in market.order(name).invoices
    }
    with shop.store() as store:
        stored = {row[0] for row in store.database.rows("SELECT id_invoice FROM order_invoices")}
    missing = {key: at for key, at in uploaded.items() if key not in stored and _moment(at) > begin}
    assert not missing, f"invoices are missing: {missing}"


def nothing_was_written(before: Mapping[str, Collection[Any]], now: Mapping[str, Collection[Any]]) -> None:
    """No table holds another row than before."""
    differing = {
        name: [row for row in now[name] if row not in before[name]] for name in now if now[name] != before[name]
    }
    assert not differing, f"written: {differing}"


def comparing_by_creation_finds_nothing(shop: Shop, since_run: int) -> None:
    """From this run on the daily comparison, which asks in another way, found nothing that an import missed."""
    for found in shop.kept.reconciliations:
        if found["run_id"] >= since_run:
            assert (found["missing"], found["surplus"], found["differing"]) == (0, 0, 0), found


def complete(shop: Shop, outcome: Outcome) -> None:
    """See that a run that nothing disturbed claims that it read everything."""
    assert outcome.result is not None, outcome.error
    assert outcome.complete, outcome.result.message
    assert outcome.result.verdict in ({"partial", "success"} if shop.kept.unreadable else {"success"})


def _is_asked_for(shop: Shop, updated: datetime) -> bool:
    assert shop.checked_from is not None
    return updated > shop.checked_from or (updated == shop.checked_from and shop.simulator.switches.from_is_inclusive)


def _moment(text: object) -> datetime:
    found = read_moment(text)
    assert found is not None, text
    return found
