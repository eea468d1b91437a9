"""The work at the end of each import: old buyers' data goes, nothing that is needed does, and no run takes long."""

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.domain.missing_details import Detail
from kaufland_cli.errors import StoreFull
from kaufland_cli.simulator import unit_id
from kaufland_cli.store import connection as store_connection
from kaufland_cli.store.request_log import RequestLogQueries
from kaufland_cli.upkeep import after_import
from kaufland_cli.upkeep.after_import import Limits, upkeep
from support.erasure import of_the_buyer, traces
from support.imports import World, world
from support.push import seller

LIMITS = Limits(
    log_retention_days=3650,
    log_max_megabytes=50,
    raw_retention_days=90,
    raw_max_megabytes=20,
    delete_after_days=180,
)


def work(own: World, limits: Limits = LIMITS, **later: float) -> list[str]:
    """Do the work at a later time."""
    with own.store() as store:
        return upkeep(store, limits, own.clock.now() + timedelta(**later))


def buyers(own: World) -> list[str | None]:
    """Return the buyers of the stored orders, in the order of their ids."""
    connection = sqlite3.connect(own.store_file)
    try:
        return [row[0] for row in connection.execute("SELECT buyer_name FROM orders ORDER BY id_order")]
    finally:
        connection.close()


def test_upkeep_stops_while_another_program_holds_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first step waits and says so, the rest is left to the next import; where the import waited itself, all is."""
    monkeypatch.setattr(store_connection, "BUSY_SECONDS", 0.05)
    with world(tmp_path) as own:
        own.add(status="sent")
        own.run()
        with own.store() as store, own.store() as other, other.database.transaction():
            (problem,) = upkeep(store, LIMITS, own.clock.now())
            assert "Another program is using" in problem
            assert upkeep(store, LIMITS, own.clock.now()) == []


def test_old_buyers_are_forgotten_and_young_ones_are_not(tmp_path: Path) -> None:
    """180 days after an order's last change its buyer's data goes, once; amounts and the country stay."""
    with world(tmp_path) as own:
        own.add(status="sent", **of_the_buyer())
        own.run()
        assert work(own, days=179) == []
        assert traces(tmp_path)
        own.clock.advance(days=100)
        own.add(status="sent")
        own.run()
        young = buyers(own)[1]
        assert work(own, days=81) == []
        assert buyers(own) == [None, young]
        with own.store() as store:
            card = store.queries.order("M000001")
            store.erasure.rewrite()
        assert card is not None
        assert card.summary.total_amount
        assert card.shipping_address is not None
        assert card.shipping_address.country == "DE"
        assert card.erased_at
        assert traces(tmp_path) == []
        own.clock.advance(days=82)
        own.simulator.marketplace.change_unit(unit_id("M000001", 0), status="returned")
        own.run()
        assert traces(tmp_path) == []


def test_never_means_never(tmp_path: Path) -> None:
    """With privacy.delete_after_days 0 buyers' data stays."""
    with world(tmp_path) as own:
        own.add(status="sent", **of_the_buyer())
        own.run()
        work(own, Limits(3650, 50, 90, 20, delete_after_days=0), days=5_000)
        assert traces(tmp_path)


@pytest.mark.parametrize("pending", ["open", "need_to_be_sent", "unit", "details"])
def test_pending_order_keeps_its_buyer(tmp_path: Path, pending: str) -> None:
    """While a unit is to be sent, cannot be read, or details are to be fetched, the buyer is still needed."""
    units: list[dict[str, Any]] = [
        {"status": "sent"},
        {"status": pending if "_" in pending or pending == "open" else "sent"},
    ]
    if pending == "unit":
        units[1]["price"] = "much"
    with world(tmp_path) as own:
        own.add(units=units, **of_the_buyer())
        own.run()
        if pending == "details":
            with own.store() as store, store.database.transaction():
                store.details_wanted.want("M000001", Detail.ADDRESS, own.clock.now())
        work(own, days=400)
        assert buyers(own) != [None]


def test_unit_that_was_set_aside_keeps_nothing(tmp_path: Path) -> None:
    """Once nothing is expected of a unit that cannot be read, its order's buyer goes like any other."""
    with world(tmp_path) as own:
        own.add(units=[{"status": "sent"}, {"status": "sent", "price": "much"}], **of_the_buyer())
        own.run()
        with own.store() as store:
            store.database.execute("UPDATE unreadable_units SET set_aside = 'dismissed'")
        work(own, days=400)
        assert buyers(own) == [None]


def test_sales_order_that_waits_keeps_its_buyer(tmp_path: Path) -> None:
    """Until the sales order is created, the buyer is needed for it; afterwards the copy kept for it goes too."""
    with seller(tmp_path) as own:
        id_order = own.arrive(units=({"status": "need_to_be_sent"},), **of_the_buyer())
        own.collect()
        own.change(id_order, 0, status="sent")
        own.collect()
        work(own.shop, days=400)
        assert traces(tmp_path)
        own.push()
        assert own.states() == {id_order: "created"}
        work(own.shop, days=402)
        with own.store() as store:
            store.erasure.rewrite()
        assert traces(tmp_path) == []
        assert own.fake.orders, "what was created stays"


def test_orders_without_a_date_are_not_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An order without a creation time at Kaufland counts from its last change, also where there are many of them."""
    monkeypatch.setattr(after_import, "ERASED_AT_ONCE", 2)
    with world(tmp_path) as own:
        for _ in range(3):
            own.add(status="sent", **of_the_buyer())
        own.run()
        with own.store() as store:
            store.database.execute("UPDATE orders SET created_at = NULL")
        work(own, days=400)
        assert buyers(own).count(None) == 2
        work(own, days=400)
        assert buyers(own) == [None] * 3


@pytest.mark.parametrize(
    ("searched", "erased", "expected"), [(4, 3, [7, 4, 1, 0, 0]), (3, 4, [7, 4, 1, 0, 0]), (50, 4, [6, 2, 0, 0, 0])]
)
def test_each_run_does_a_bounded_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, searched: int, erased: int, expected: list[int]
) -> None:
    """However many old orders there are, one run looks at and erases some; the next ones go on to the end."""
    monkeypatch.setattr(after_import, "MAX_SEARCHED_PER_RUN", searched)
    monkeypatch.setattr(after_import, "ERASED_AT_ONCE", erased)
    with world(tmp_path) as own:
        for _ in range(10):
            own.add(status="sent", **of_the_buyer())
        own.run()
        left = []
        for _ in range(5):
            work(own, days=400)
            left.append(sum(name is not None for name in buyers(own)))
        assert left == expected
        monkeypatch.setattr(after_import, "MAX_SEARCHED_PER_RUN", 50)
        own.add(status="sent", **of_the_buyer())
        own.run()
        work(own, days=400, hours=23)
        assert buyers(own)[-1] is not None, "all were looked at less than a day ago"
        work(own, days=401, hours=1)
        assert buyers(own)[-1] is None


def test_raw_data_goes_by_age_and_size(tmp_path: Path) -> None:
    """What Kaufland sent of unreadable units is emptied when it is old or too large; the units stay listed."""
    with world(tmp_path) as own:
        own.add(price="much", id_offer="x" * 700_000)
        own.run()
        own.clock.advance(days=60)
        own.add(price="more", id_offer="y" * 700_000)
        own.run()

        def raw() -> list[bool]:
            with own.store() as store:
                return [
                    row[0] == "null"
                    for row in store.database.tuples("SELECT raw FROM unreadable_units ORDER BY 1 DESC")
                ]

        assert work(own) == []
        assert raw() == [False, False]
        work(own, Limits(14, 50, 90, 1, 180))
        assert raw() == [False, True]
        work(own, days=91)
        assert raw() == [True, True]
        with own.store() as store:
            assert store.failed_units.count() == 2
        own.clock.advance(hours=1)
        own.run()
        with own.store() as store:
            assert store.failed_units.count() == 2, "they are tried again, and still cannot be read"


def test_bodies_with_buyers_go_with_the_buyers(tmp_path: Path) -> None:
    """The log never keeps what may name buyers for longer than buyers' data is kept."""
    with world(tmp_path) as own:
        own.add()
        own.run()
        with own.store() as store:
            store.database.execute(
                "INSERT INTO request_log (at, attempt, method, endpoint, url, response_body)"
                " VALUES ('2020-01-01T00:00:00Z', 1, 'GET', '/order-units', '', 'Xquorbin')"
            )
        work(own)
        assert "Xquorbin" not in {word for _, word in traces(tmp_path)} or _log_entries(own) == 0
        assert _log_entries(own) == 0


def _log_entries(own: World) -> int:
    with own.store() as store:
        return store.request_log.size()[0]


def test_failing_step_is_reported_and_the_rest_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One step that fails fails nothing: it is a sentence, and the other steps are done."""

    def no_room(*_: object, **__: object) -> int:
        raise StoreFull("There is no room left.")

    with world(tmp_path) as own:
        own.add(status="sent", **of_the_buyer())
        own.run()
        monkeypatch.setattr(RequestLogQueries, "prune", no_room)
        assert work(own, days=400) == ["There is no room left."]
        assert buyers(own) == [None]
