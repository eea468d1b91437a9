"""What the settings say about sales orders, as the rules ask for it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Final, Literal, Protocol

from kaufland_cli.domain.sales_order import LineKind
from kaufland_cli.domain.target_values import Item

WHEN_SKU_UNKNOWN: Final = "when_sku_unknown"
MatchByEan = Literal["never", "when_no_sku", "when_sku_unknown"]
"""Whether an item may be found by its EAN: never, only for a unit without a SKU, or also where nobody knows the SKU."""


class ItemMap(Protocol):
    """Which item a SKU or EAN is, as the seller wrote it down."""

    def by_sku(self, sku: str) -> Sequence[Item]:
        """Return the different items that this SKU may be; nothing where nothing is written about it."""
        ...

    def by_gtins(self, gtins: Sequence[str]) -> Sequence[Item]:
        """Return the different items of these EANs, given as GTIN-14."""
        ...


class NoItemMap:
    """Nothing is written down."""

    def by_sku(self, sku: str) -> Sequence[Item]:  # noqa: ARG002 - the protocol's shape
        """Return nothing."""
        return ()

    def by_gtins(self, gtins: Sequence[str]) -> Sequence[Item]:  # noqa: ARG002 - as above
        """Return nothing."""
        return ()


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings say."""

    customer_for: Callable[[str, str], str]
    """Storefront and ship-to country to the customer's number; empty where there is none."""
    shipping_number: Callable[[str, float | None], str]
    """Storefront and VAT percent to the number of the shipping line; empty where there is none."""
    timezone: tzinfo
    """The company's: it decides about the day of an order."""
    wanted: Mapping[str, datetime | None] = field(default_factory=dict)
    """The storefronts for which sales orders are wanted (`""`: all without settings of their own), each with the moment
    from which on its orders become one by themselves, UTC; None: since it was switched on."""
    unwanted: Sequence[str] = ()
    """The storefronts for which they are not."""
    allow_zero_vat: Callable[[str], bool] = lambda _storefront: False
    takes_targets_vat: Callable[[str], bool] = lambda _storefront: False
    """Whether units of a storefront for which Kaufland names no VAT become lines with the target's own rate."""
    shipping_kind: LineKind = "account"
    companies_allowed: bool = False
    substitute_account: str = ""
    match_by_ean: MatchByEan = "when_no_sku"
    mapping: ItemMap = field(default_factory=NoItemMap)
    blocked_reason: str = ""
    """Why nothing may be created from this environment at all; empty where it may."""
    blocked_fix: str = ""

    def wants(self, storefront: str) -> bool:
        """Tell whether sales orders are wanted for a storefront."""
        return storefront in self.wanted or ("" in self.wanted and storefront not in self.unwanted)
