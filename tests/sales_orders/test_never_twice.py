"""Never twice: killed between any two steps, answered too late or not at all, and two at once."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.domain.sales_order import SalesOrder
from kaufland_cli.domain.target_values import Expectations, ItemLookup, TargetCheck, TargetDocument
from kaufland_cli.sales_orders.push import STILL_POSSIBLE
from kaufland_cli.sales_orders.target import Target
from support.mortal_store import Killed
from support.push import Seller, seller
from support.sampling import sampled

STATEMENTS_ENOUGH = 200


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Seller]:
    """Give a seller."""
    with seller(tmp_path) as opened:
        yield opened


class MortalTarget:
    """A target whose user dies before or after one of the steps."""

    def __init__(self, target: Target, step: int) -> None:
        self._target = target
        self._left = step

    @property
    def name(self) -> str:
        """Where it is."""
        return self._target.name

    def _step(self) -> None:
        self._left -= 1
        if self._left == 0:
            raise Killed

    @property
    def may_finish_after_disconnect(self) -> bool:
        """Whether a request goes on without its sender."""
        return self._target.may_finish_after_disconnect

    def check(self, expected: Expectations) -> "list[TargetCheck]":
        """Check."""
        return list(self._target.check(expected))

    def find(self, external_no: str) -> "list[TargetDocument]":
        """Find, dying before or after."""
        self._step()
        found = list(self._target.find(external_no))
        self._step()
        return found

    def item(self, number: str) -> ItemLookup:
        """Look up, dying before."""
        self._step()
        return self._target.item(number)

    def item_by_gtin(self, gtins: Sequence[str]) -> ItemLookup:
        """Look up, dying before."""
        self._step()
        return self._target.item_by_gtin(gtins)

    def create(self, order: SalesOrder) -> TargetDocument:
        """Create, dying before or after."""
        self._step()
        created = self._target.create(order)
        self._step()
        return created

    def complete(self, order: SalesOrder, found: TargetDocument, *, fix: bool) -> TargetDocument:
        """Complete, dying before or after."""
        self._step()
        completed = self._target.complete(order, found, fix=fix)
        self._step()
        return completed

    def rendered(self, order: SalesOrder) -> "Mapping[str, Any]":
        """Render."""
        return self._target.rendered(order)


def finish(shop: Seller) -> None:
    """Let the next pushes finish the work, with time enough that no answer can come any more."""
    for _ in range(3):
        shop.collect()
        shop.push()
        shop.shop.clock.advance(seconds=STILL_POSSIBLE.total_seconds() + 1)


@pytest.mark.slow
def test_killed_at_any_step_of_the_target(shop: Seller) -> None:
    """Before and after each look-up and the creation itself: in the end each order has exactly one document."""
    for step in range(1, 30):
        id_order = shop.arrive()
        shop.collect()
        survived = shop.push(target=MortalTarget(shop.target, step)) is not None
        finish(shop)
        assert shop.created().count(id_order) == 1, step
        assert shop.states()[id_order] == "created", step
        if survived:
            assert step > 4, "no kill struck"
            return
    pytest.fail("the steps are not over yet")


@pytest.mark.slow
@pytest.mark.parametrize("first", sampled(range(8), 1))
def test_killed_at_any_statement_of_the_store(shop: Seller, first: int) -> None:
    """Whatever had been written when the process died: every eighth statement, each of them in the long run."""
    for statements in range(first, STATEMENTS_ENOUGH, 8):
        id_order = shop.arrive()
        shop.collect()
        survived = shop.push(dies=statements) is not None
        if shop.states()[id_order] != "created":
            finish(shop)
        assert shop.created().count(id_order) == 1, statements
        assert shop.states()[id_order] == "created", statements
        if survived:
            assert statements > 10
            return
    pytest.fail("the process died at every statement")


@pytest.mark.parametrize("kind", ["hang_up_after", "500_after", "deadlock_after", "page"])
def test_created_but_not_answered(shop: Seller, kind: str) -> None:
    """The server had created it: it is found at once, by its number, and completed."""
    id_order = shop.arrive()
    shop.collect()
    shop.fake.fail(kind, path="salesOrders", method="POST")
    shop.push()
    assert (shop.states(), shop.created()) == ({id_order: "created"}, [id_order])
    assert shop.numbers()[id_order] == shop.fake.orders[0]["number"]


@pytest.mark.parametrize("kind", ["hang_up_before", "500_before", "deadlock_before"])
def test_order_neither_created_nor_answered(shop: Seller, kind: str) -> None:
    """It is looked for, and sent again only after no answer to the first request can come any more."""
    id_order = shop.arrive()
    shop.collect()
    shop.fake.fail(kind, path="salesOrders", method="POST")
    shop.push()
    assert shop.states() == {id_order: "sending"}
    shop.push()
    assert shop.created() == []
    shop.shop.clock.advance(seconds=STILL_POSSIBLE.total_seconds() + 1)
    shop.push()
    assert (shop.states(), shop.created()) == ({id_order: "created"}, [id_order])


def test_created_long_after_the_request_was_given_up(shop: Seller) -> None:
    """The server was only slow: the next push finds the document and sends nothing."""
    id_order = shop.arrive()
    shop.collect()
    shop.fake.fail("hang_up_before", path="salesOrders", method="POST")
    shop.push()
    shop.fake.books.create({"customerNumber": "D-DE", "externalDocumentNumber": id_order})
    shop.shop.clock.advance(minutes=5)
    shop.push()
    assert shop.created() == [id_order]
    assert shop.numbers()[id_order]


def test_without_the_wait_a_slow_server_would_make_two(shop: Seller, monkeypatch: pytest.MonkeyPatch) -> None:
    """The promise would break without its protection: sent again at once, the order would be there twice."""
    monkeypatch.setattr("kaufland_cli.sales_orders.push.STILL_POSSIBLE", timedelta(0))
    id_order = shop.arrive()
    shop.collect()
    shop.fake.fail("hang_up_before", path="salesOrders", method="POST")
    shop.push()
    shop.push()
    shop.fake.books.create({"customerNumber": "D-DE", "externalDocumentNumber": id_order})  # the slow first request
    assert shop.created() == [id_order, id_order]
