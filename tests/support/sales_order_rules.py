"""Rules of sales orders as settings would give them, and items that are always there."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from kaufland_cli.domain.sales_order import SalesOrder
from kaufland_cli.domain.target_values import Expectations, Item, ItemLookup, TargetCheck, TargetDocument
from kaufland_cli.sales_orders.rules import Rules

CUSTOMERS = {"DE": "D-DE", "AT": "D-AT", "CZ": "D-CZ", "PL": "D-PL"}


def rules(**fields: Any) -> Rules:
    """Return rules for customers of some countries, with one account for shipping."""
    given: dict[str, Any] = {
        "customer_for": lambda _storefront, country: CUSTOMERS.get(country, ""),
        "shipping_number": lambda _storefront, _vat: "8400",
        "timezone": ZoneInfo("Europe/Berlin"),
        "wanted": {"": None},
    }
    return Rules(**{**given, **fields})


class AnyItem:
    """A target that knows one item for everything, or none, and creates nothing."""

    name = "nowhere"

    def __init__(self, item: Item | None, reason: str = "") -> None:
        self._item = item
        self._reason = reason

    @property
    def may_finish_after_disconnect(self) -> bool:
        """Whether a request goes on without its sender."""
        return True

    def check(self, expected: Expectations) -> Sequence[TargetCheck]:
        """Check nothing."""
        return []

    def find(self, external_no: str) -> Sequence[TargetDocument]:
        """Find nothing."""
        return []

    def item(self, number: str) -> ItemLookup:
        """Return the item."""
        return ItemLookup(self._item, self._reason, known=self._item is not None)

    def item_by_gtin(self, gtins: Sequence[str]) -> ItemLookup:
        """Return the item."""
        return ItemLookup(self._item, self._reason, known=self._item is not None)

    def create(self, order: SalesOrder) -> TargetDocument:
        """Never called."""
        raise NotImplementedError(order.external_no)

    def complete(self, order: SalesOrder, found: TargetDocument, *, fix: bool) -> TargetDocument:
        """Return it as it is."""
        return found

    def rendered(self, order: SalesOrder) -> dict[str, Any]:
        """Return its record."""
        return order.record()
