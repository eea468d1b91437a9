"""Statuses: the groups they form, and which orders qualify for a sales order, in Python and in SQL."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaufland_cli.domain.statuses import OF_KAUFLAND, RETURNED, SENT, SOLD, UNIT_STATUSES, WAITING, qualifies
from kaufland_cli.store.store import Store
from support.stores import keep, new_store, order_unit


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Give one store for all examples; each has an order of its own."""
    with new_store(tmp_path_factory.mktemp("statuses")) as opened:
        yield opened


NUMBERS = iter(range(1, 1_000_000))


@given(
    statuses=st.lists(st.sampled_from([*UNIT_STATUSES, "a status of tomorrow"]), min_size=1, max_size=4),
    fulfillment_type=st.sampled_from(["fulfilled_by_merchant", OF_KAUFLAND, None]),
)
def test_python_and_sql_agree_on_what_qualifies(
    store: Store, statuses: list[str], fulfillment_type: str | None
) -> None:
    """Whatever units an order has: the push of one order and the look through all of them decide alike."""
    id_order = f"M{next(NUMBERS)}"
    units = [
        order_unit(next(NUMBERS), id_order, status=status, fulfillment_type=fulfillment_type) for status in statuses
    ]
    keep(store, *units)
    card = store.queries.order(id_order)
    assert card is not None
    expected = qualifies(fulfillment_type, statuses)
    assert qualifies(card.summary.fulfillment_type, card.statuses) == expected
    assert store.sales_order_candidates.qualifies(id_order) == expected


def test_every_status_of_a_unit_is_in_one_group() -> None:
    """To be sent, sent, returned, cancelled: nothing is in two of them, nothing is forgotten."""
    groups = [WAITING, SENT, RETURNED, {"cancelled"}]
    assert sorted(status for group in groups for status in group) == sorted(UNIT_STATUSES)
    assert SENT | {"need_to_be_sent"} == SOLD
