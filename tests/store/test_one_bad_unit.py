"""One unit that cannot be stored, for whatever reason, stops neither its page nor any import."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.domain.orders import OrderUnit
from kaufland_cli.domain.statuses import order_status
from kaufland_cli.errors import StoreBusy, StoreDamaged, StoreFull, StoreUnusable
from kaufland_cli.seller_api.parsers import read_order_unit
from kaufland_cli.simulator import unit_id
from kaufland_cli.store.orders import raw_unit
from kaufland_cli.store.store import Store
from kaufland_cli.store.unit_rows import unit_row
from support.imports import world
from support.stores import column, content, keep, new_store, order_unit
from support.stores import raw_unit as as_given

BAD = 2


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give an empty store."""
    with new_store(tmp_path) as opened:
        yield opened


def refuse_bad(monkeypatch: pytest.MonkeyPatch, where: str, error: Exception, bad: int = BAD) -> None:
    """Let a step of storing fail for one unit as nobody has foreseen."""
    if where == "row":
        make_row = unit_row

        def broken_row(unit: OrderUnit, *rest: Any) -> Any:
            if unit.id_order_unit == bad:
                raise error
            return make_row(unit, *rest)

        monkeypatch.setattr("kaufland_cli.store.page_writer.unit_row", broken_row)
    else:
        sum_up = order_status

        def broken_summary(statuses: Any) -> str:
            if "odd" in statuses:
                raise error
            return sum_up(statuses)

        monkeypatch.setattr("kaufland_cli.store.order_summaries.order_status", broken_summary)


@pytest.mark.parametrize("error", [ValueError("x"), TypeError("x"), StoreUnusable("FOREIGN KEY constraint failed")])
@pytest.mark.parametrize("where", ["row", "summary"])
def test_others_are_stored(store: Store, monkeypatch: pytest.MonkeyPatch, where: str, error: Exception) -> None:
    """The bad one is kept as it came, with the reason, and is stored as soon as that is possible."""
    refuse_bad(monkeypatch, where, error)
    keep(store, order_unit(9, "M9"))
    page = keep(
        store,
        order_unit(1),
        order_unit(3, "M2", status="sent"),
        order_unit(BAD, "M2", status="odd"),
        order_unit(4, "M3"),
        request_seq=2,
    )
    assert [unit.change for unit in page.units] == ["new", "new", "failed", "new"]
    assert page.orders_new == {"M1", "M2", "M3"}
    assert column(store, "SELECT id_order_unit FROM order_units ORDER BY 1") == [1, 3, 4, 9]
    (kept,) = store.queries.unreadable_units()
    assert (kept.id_order_unit, kept.id_order) == (BAD, "M2")
    assert type(error).__name__ in kept.reason
    assert store.queries.counts().orders == 4
    monkeypatch.undo()
    again = keep(store, order_unit(BAD, "M2", status="odd"), request_seq=3)
    assert [unit.change for unit in again.units] == ["new"]
    assert list(store.queries.unreadable_units()) == []


@pytest.mark.parametrize("bad", [BAD, None])
def test_two_versions_of_one_update_are_reported_for_pages_and_single_units(
    store: Store, monkeypatch: pytest.MonkeyPatch, bad: int | None
) -> None:
    """A bad unit of the same page hides no contradiction."""
    refuse_bad(monkeypatch, "row", ValueError("x"), bad or 0)
    page = keep(store, order_unit(1), order_unit(BAD, "M2"), order_unit(1, price=1), order_unit(3, "M3"))
    assert page.contradicted == {"M1"}


@pytest.mark.parametrize("error", [StoreFull("x"), StoreBusy("x"), StoreDamaged("x")])
def test_store_error_is_no_fault_of_a_unit(store: Store, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """A full disk makes no unit unreadable: nothing is written, and the error is reported."""
    before = content(store)
    refuse_bad(monkeypatch, "row", error)
    with pytest.raises(type(error)):
        keep(store, order_unit(1), order_unit(BAD))
    assert content(store) == before


def test_import_goes_on_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Partial and listed as long as it lasts; complete by itself afterwards, with nothing lost."""
    with world(tmp_path) as own:
        own.add(3)
        bad = unit_id("M000002", 0)
        refuse_bad(monkeypatch, "row", ValueError("x"), bad)
        for _ in range(2):
            result = own.run()
            assert (result.verdict, [one.id_order_unit for one in result.failed]) == ("partial", [bad])
            assert set(own.stored()) == set(own.served()) - {bad}
        monkeypatch.undo()
        assert own.run().verdict == "success"
        assert own.stored() == own.served()


@pytest.mark.parametrize(
    "fields",
    [{}, {"buyer": None, "product": None, "billing_address": None}, {"eco_fee": 1, "storefront": None, "vat": None}],
)
def test_unit_is_read_again_from_what_is_kept(fields: dict[str, Any]) -> None:
    """What is written back is what was read."""
    unit = read_order_unit(as_given(1, **fields))
    assert isinstance(unit, OrderUnit)
    assert read_order_unit(raw_unit(unit)) == unit
