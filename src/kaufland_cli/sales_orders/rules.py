"""What the settings say about sales orders, as the rules ask for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Protocol

from kaufland_cli.sales_orders.document import LineKind
from kaufland_cli.sales_orders.target import Item


class Mapping(Protocol):
    """Which item a SKU or EAN is, as the seller wrote it down."""

    def find(self, sku: str, ean: str) -> Item | None:
        """Return the item; None where nothing is written about it."""
        ...


class NoMapping:
    """Nothing is written down."""

    def find(self, sku: str, ean: str) -> Item | None:  # noqa: ARG002 - the protocol's shape
        """Return None."""
        return None


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings say."""

    customer_for: Callable[[str, str], str]
    """Storefront and ship-to country to the customer's number; empty where there is none."""
    shipping_number: Callable[[str, float | None], str]
    """Storefront and VAT percent to the number of the shipping line; empty where there is none."""
    timezone: tzinfo
    """The company's: it decides about the day of an order."""
    wanted: Callable[[str], bool] = lambda _storefront: True
    """Whether sales orders are wanted for a storefront."""
    unwanted: Sequence[str] = ()
    """The storefronts for which they are not."""
    allow_zero_vat: Callable[[str], bool] = lambda _storefront: False
    shipping_kind: LineKind = "account"
    companies_allowed: bool = False
    substitute_account: str = ""
    mapping: Mapping = field(default_factory=NoMapping)
    start_at: datetime | None = None
    """Orders created before go only by hand, UTC; None: since sales orders were switched on."""
    nowhere: str = ""
    """Why nothing may be created from this environment at all; empty where it may."""
