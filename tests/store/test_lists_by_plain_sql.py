"""What lists find by kept columns and indexes is what plain SQL over the units and sales orders finds."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.domain.sales_order_states import STATES, State
from kaufland_cli.domain.statuses import DERIVED_STATUSES, UNIT_STATUSES
from kaufland_cli.store.order_queries import OrderFilter
from kaufland_cli.store.sales_order_row import Reason
from kaufland_cli.store.store import Store
from support.sampling import sampled
from support.stores import NOW, column, keep, new_store, order_unit

STATUSES = (*UNIT_STATUSES, "lost", "sent later")
ORDERS = 40
STARTS = {"": NOW - timedelta(days=3), "at": NOW - timedelta(days=20)}
PLAIN = {
    "status": (
        "status = ?1 OR EXISTS (SELECT 1 FROM order_units AS unit WHERE unit.id_order = v_orders.id_order"
        " AND unit.status = ?1 AND absent_since IS NULL)"
    ),
    "without": "sales_order_no IS NULL",
    "state": "coalesce((SELECT state FROM sales_orders WHERE sales_orders.id_order = v_orders.id_order), 'none') = ?1",
    "imported": "imported_at >= ?1",
}
READY = """
SELECT id_order FROM orders WHERE created_at >= iif(storefront = 'at', ?1, ?2) AND coalesce(storefront, '') <> 'sk'
 AND fulfillment_type IS NOT 'fulfilled_by_kaufland'
 AND NOT EXISTS (SELECT 1 FROM sales_orders WHERE sales_orders.id_order = orders.id_order)
 AND NOT EXISTS (SELECT 1 FROM order_units AS u
  WHERE u.id_order = orders.id_order AND u.status = 'open' AND absent_since IS NULL)
 AND EXISTS (SELECT 1 FROM order_units AS u WHERE u.id_order = orders.id_order
  AND u.status IN ('need_to_be_sent', 'sent', 'sent_and_autopaid', 'received') AND absent_since IS NULL)"""


def some_units(chance: random.Random, among: int = ORDERS) -> list[Any]:
    """Return units of some orders, each with a status of its own, as a page has them."""
    return [
        order_unit(
            number := chance.randrange(3 * among),
            f"M{number % among if chance.random() < 0.95 else chance.randrange(among)}",
            status=chance.choice(STATUSES),
            storefront=chance.choice(("de", "at", "sk")),
            fulfillment_type=chance.choice(("fulfilled_by_merchant",) * 5 + ("fulfilled_by_kaufland",)),
            ts_created_iso=f"2026-11-{number % among % 19 + 1:02}T08:00:00Z",
        )
        for _ in range(20)
    ]


def one_run(
    store: Store, at: datetime, number: int, units: list[Any], chance: random.Random, whole: str | None = None
) -> None:
    """Let a run store one response; some are killed before they end."""
    run_id = store.sync.start_run("import", at, None)
    store.run_tally.begin()
    keep(store, *units, run_id=run_id, request_seq=number + 2, at=at, whole_order=whole)
    if chance.random() < 0.8:
        store.sync.finish_run(run_id, at, {"verdict": "success"}, None)


def one_event(store: Store, chance: random.Random, number: int) -> None:
    """Let an import, a response with a whole order, or a step of a sales order come."""
    now = NOW + timedelta(minutes=number)
    id_order, sales_orders = f"M{chance.randrange(ORDERS)}", store.sales_orders
    known = column(store, "SELECT id_order FROM orders WHERE id_order = ?", [id_order])
    match chance.randrange(6):
        case 0 | 1:
            one_run(store, now, number, some_units(chance), chance)
        case 2:
            units = [one for one in some_units(chance) if one.id_order == id_order]
            one_run(store, now, number, units, chance, id_order)
        case 3 if known:
            sales_orders.hold(id_order, now, [Reason("no_customer", "There is none.")])
        case 4 if known:
            sales_orders.wait(id_order, now)
        case 5 if known:
            sales_orders.drop(id_order, now, "not yet")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give an empty store."""
    with new_store(tmp_path) as opened:
        yield opened


def differing(store: Store, chosen: OrderFilter, plain: str, *values: object) -> list[str]:
    """Return the ids that only one of both finds; what a list finds is also counted, and sorted."""
    found = [one.id_order for one in store.queries.orders(chosen)]
    assert len(found) == store.queries.count(chosen)
    sql = f"SELECT id_order FROM v_orders WHERE {plain} ORDER BY created_at DESC, id_order DESC"  # noqa: S608 - our own text
    expected = column(store, sql, values)
    return sorted({*found} ^ {*expected}) or [one for one, other in zip(found, expected, strict=True) if one != other]


@pytest.mark.parametrize("seed", sampled(range(30), 0, 1))
def test_lists_find_what_plain_sql_finds(store: Store, seed: int) -> None:
    """Whatever came in whatever order: by status, state of the sales order, and time of the import."""
    chance = random.Random(seed)
    for number in range(40):
        one_event(store, chance, number)
    for status in (*STATUSES, *DERIVED_STATUSES):
        assert differing(store, OrderFilter(statuses=[status]), PLAIN["status"], status) == []
        assert store.queries.has_status(status) == bool(store.queries.count(OrderFilter(statuses=[status])))
    for state in STATES:
        assert differing(store, OrderFilter(sales_order_states=[state]), PLAIN["state"], state) == []
        assert_same_state(store, state)
    assert differing(store, OrderFilter(without_sales_order=True), PLAIN["without"]) == []
    for minutes in range(-1, 41, 6):
        since = f"{NOW + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}"
        assert differing(store, OrderFilter(imported_since=since), PLAIN["imported"], since) == []


def assert_same_state(store: Store, state: State) -> None:
    """Check which sales orders are in a state, and their number."""
    found = [one.id_order for one in store.sales_order_lists.listed([state])]
    assert sorted(found) == column(
        store, "SELECT id_order FROM sales_orders WHERE state = ? ORDER BY id_order", [state]
    )
    assert state == "none" or store.sales_order_lists.counts()[state] == len(found)


@pytest.mark.parametrize("seed", sampled(range(30), 0, 1))
def test_looking_at_what_changed_queues_what_a_look_at_all_would(store: Store, seed: int) -> None:
    """After any events the orders that become ready are those that plain SQL finds among all orders."""
    chance = random.Random(seed)
    candidates = store.sales_order_candidates
    queued = 0
    for number in range(60):
        one_event(store, chance, number)
        if chance.random() < 0.5:
            at, general = (f"{STARTS[code]:%Y-%m-%dT%H:%M:%SZ}" for code in ("at", ""))
            expected = column(store, READY, [at, general])
            assert sorted(candidates.ready(STARTS, ["sk"])) == sorted(expected)
            queued += (count := candidates.collect(STARTS, ["sk"], NOW))
            assert count == len(expected)
            assert column(store, READY, [at, general]) == []
    assert queued


def test_other_starts_are_looked_for_among_all_orders(store: Store) -> None:
    """Who lets sales orders begin earlier, or in one more storefront, gets those of orders that were looked at."""
    keep(store, order_unit(1, "M1", status="sent"), order_unit(2, "M2", status="sent", storefront="at"))
    candidates, late, early = store.sales_order_candidates, {"": NOW}, {"": NOW - timedelta(days=9)}
    assert [candidates.collect(late, ["at"], NOW), candidates.collect(early, ["at"], NOW)] == [0, 1]
    assert [candidates.collect(early, [], NOW), candidates.collect(early, [], NOW)] == [1, 0]
