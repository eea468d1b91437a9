"""No sales order is created before everything about its order was fetched: pickup point, older units, address."""

# ruff: noqa: D401 - a rule tells what happens

import shutil
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from kaufland_cli.domain.missing_details import Detail
from kaufland_cli.simulator import faults
from support.imports import PACKSTATION, START
from support.orders import card
from support.push import Seller, seller
from support.sampling import examples
from support.small_pages import small_pages


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Seller]:
    """Give a seller whose sales orders were switched on just now."""
    with seller(tmp_path) as opened:
        yield opened


def orders_fail(shop: Seller, status: int = 500) -> None:
    """Let Kaufland list orders, but not answer for a single one."""
    shop.shop.simulator.misbehave(faults.status(status, b'{"message":"no"}'), times=None, path="/orders/*")


def preview(shop: Seller, id_order: str) -> list[str]:
    """Return the reasons that a preview gives."""
    with shop.store() as store:
        push = shop.new_push(store, lambda _id_order: None)
        return [reason.code for reason in push.preview(id_order).reasons]


def test_pickup_point_is_waited_for(shop: Seller) -> None:
    """While Kaufland does not name it there is no sales order, and the list says why; then it goes by itself."""
    id_order = shop.arrive(pickup_location=PACKSTATION)
    orders_fail(shop)
    shop.collect()
    assert preview(shop, id_order) == ["details_missing"]
    shop.push()
    assert shop.created() == []
    assert shop.states() == {id_order: "pending"}
    assert shop.reasons(id_order) == ["details_missing", "unavailable"]
    shop.shop.simulator.behave()
    shop.push()
    assert shop.states() == {id_order: "created"}
    assert shop.fake.orders[0]["shipToAddressLine1"] == "Packstation 146"


def test_details_still_missing_after_a_fetch_hold_the_order(shop: Seller) -> None:
    """Until it is there: the next import fetches it, and the next push goes on."""
    id_order = shop.arrive(pickup_location=PACKSTATION)
    orders_fail(shop)
    shop.collect()
    shop.shop.simulator.behave()
    with shop.store() as store:
        shop.new_push(store, lambda _id_order: None).run()
    assert (shop.states(), shop.reasons(id_order)) == ({id_order: "held"}, ["details_missing"])
    shop.shop.clock.advance(hours=1)
    shop.collect()
    shop.push()
    assert shop.states() == {id_order: "created"}


def test_text_says_what_is_missing_and_how_to_fetch_it() -> None:
    """A missing address, or a missing unit, has a reason of its own."""
    from kaufland_cli.sales_orders.holds import missing_details  # noqa: PLC0415 - next to what it says

    (reason,) = missing_details(card(missing_details={Detail.OLDER_UNITS, Detail.PICKUP_POINT, Detail.ADDRESS}))
    assert reason.text.endswith("Missing: pickup point, older units.")
    assert "kaufland orders refresh M1" in str(reason.fix)
    assert list(missing_details(card(missing_details={Detail.ADDRESS}))) == []


@pytest.mark.parametrize(("status", "code"), [(404, "unknown_at_kaufland"), (400, "refused_by_kaufland")])
def test_order_that_kaufland_does_not_give_is_held_with_a_way_out(shop: Seller, status: int, code: str) -> None:
    """It waits for nothing that never comes: Kaufland's refusal is the reason, and a document made by hand the end."""
    id_order = shop.arrive(pickup_location=PACKSTATION)
    orders_fail(shop, status)
    shop.collect()
    shop.push()
    assert (shop.states(), shop.reasons(id_order)) == ({id_order: "held"}, [code])
    with shop.store() as store:
        row = store.sales_orders.row(id_order)
        assert row is not None
        assert "sales-orders link" in str(row.reasons[0].fix)
    shop.shop.simulator.behave()
    shop.push()
    assert shop.states() == {id_order: "created"}


def test_older_units_are_in_the_sales_order(shop: Seller, monkeypatch: pytest.MonkeyPatch) -> None:
    """A unit that was last changed long before the import's window is billed with the others."""
    small_pages(monkeypatch, 5)
    old = START - timedelta(days=60)
    units: list[dict[str, Any]] = [{"ts_updated_iso": START, "price": 1000}, {"price": 2000}]
    id_order = shop.arrive(units, ts_created_iso=old, ts_updated_iso=old)
    orders_fail(shop)
    shop.collect()
    assert shop.push(id_order) is not None
    assert shop.created() == []
    shop.shop.simulator.behave()
    shop.push(id_order)
    assert sum(line["quantity"] * line["unitPrice"] for line in shop.fake.orders[0]["salesOrderLines"]) == 30


class Sellers(RuleBasedStateMachine):
    """Orders arrive and change, imports and pushes come, and Kaufland answers for single orders, or does not."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="kaufland-details-"))
        self.opened = seller(self.folder)
        self.shop = self.opened.__enter__()
        self.points: dict[str, Any] = {}
        self.sizes: dict[str, int] = {}

    def teardown(self) -> None:
        """In the end everything is created."""
        try:
            self.kaufland_answers()
            self.open_orders_are_to_be_shipped(hours=25)
            self.imports()
            self.pushes()
            self.shop.shop.clock.advance(hours=1)
            self.imports()
            self.pushes()
            self.documents_are_whole()
            assert set(self.shop.created()) == set(self.sizes)
        finally:
            self.opened.__exit__(None, None, None)
            shutil.rmtree(self.folder, ignore_errors=True)

    @rule(
        point=st.sampled_from([None, PACKSTATION]),
        units=st.integers(1, 3),
        status=st.sampled_from(["open", "need_to_be_sent"]),
    )
    def an_order_arrives(self, point: Any, units: int, status: str) -> None:
        """Some are picked up."""
        self.shop.shop.clock.advance(minutes=1)
        rows = [{"status": status}, *[{"status": "need_to_be_sent"}] * (units - 1)]
        id_order = self.shop.arrive(rows, pickup_location=point)
        self.points[id_order], self.sizes[id_order] = point, units

    @rule(hours=st.sampled_from([0, 1, 24]))
    def open_orders_are_to_be_shipped(self, hours: int) -> None:
        """All that are open."""
        self.shop.shop.clock.advance(minutes=1)
        for id_order in self.sizes:
            self.shop.change(id_order, 0, status="need_to_be_sent")
        self.shop.shop.clock.advance(hours=hours)

    @rule(status=st.sampled_from([500, 400]), times=st.integers(1, 5))
    def kaufland_does_not_answer_for_single_orders(self, status: int, times: int) -> None:
        """For a while, or a few times."""
        self.shop.shop.simulator.misbehave(faults.status(status, b"{}"), times=3 * times, path="/orders/*")

    @rule(switch=st.sampled_from(["on", "on", 404, 422]), hours=st.sampled_from([0, 1, 24 * 7]))
    def list_of_addresses_comes_or_goes(self, switch: Any, hours: int) -> None:
        """It says of many orders at once which have no pickup point, where Kaufland has it."""
        self.shop.shop.simulator.switches.shipping_addresses = switch
        self.shop.shop.clock.advance(hours=hours)

    @rule(kept=st.integers(0, 3), times=st.integers(1, 3))
    def list_of_addresses_is_cut(self, kept: int, times: int) -> None:
        """It has only its first rows."""
        cut = faults.edited(lambda told: {**told, "data": told["data"][:kept]} if "data" in told else told)
        self.shop.shop.simulator.misbehave(cut, times=times, path="/shipping-addresses")

    @rule()
    def kaufland_answers(self) -> None:
        """Everything works again."""
        self.shop.shop.simulator.behave()

    @rule()
    def imports(self) -> None:
        """An import, and what is ready waits for its sales order."""
        self.shop.collect()

    @rule()
    def pushes(self) -> None:
        """A push of all that waits."""
        self.shop.push()

    @invariant()
    def documents_are_whole(self) -> None:
        """Whatever was created goes to the pickup point, if there is one, and has every unit."""
        for document in self.shop.fake.orders:
            id_order = document["externalDocumentNumber"]
            picked_up = document["shipToAddressLine1"] == "Packstation 146"
            assert picked_up == (self.points[id_order] is not None), document
            assert sum(line["quantity"] for line in document["salesOrderLines"]) == self.sizes[id_order]


@pytest.mark.slow
def test_sales_order_never_lacks_its_pickup_point_or_a_unit() -> None:
    """In any order of events, and in the end each order has one."""
    course = settings(
        max_examples=examples(5),
        stateful_step_count=25,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Sellers, settings=course)
