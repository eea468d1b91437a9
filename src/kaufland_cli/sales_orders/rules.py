"""The settings for sales orders, in the form that this package uses them.

`app/` builds `Rules` from the settings; nothing here reads a file. See docs/decisions/0014 and 0018.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Final, Literal

from kaufland_cli.domain.hint import NO_HINT, Hint
from kaufland_cli.domain.sales_order import LineKind
from kaufland_cli.sales_orders.item_mapping import ItemMapping

WHEN_SKU_UNKNOWN: Final = "when_sku_unknown"
MatchByEan = Literal["never", "when_no_sku", "when_sku_unknown"]
"""Whether an item may be found by its EAN: never, only if the unit has no SKU, or also if its SKU is unknown."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings for sales orders."""

    customer_for: Callable[[str, str], str]
    """From storefront and ship-to country to the customer number; empty if none is set."""
    shipping_number: Callable[[str, float | None], str]
    """From storefront and VAT percentage to the number of the shipping line; empty if none is set."""
    timezone: tzinfo
    """The company's; it determines the date of an order."""
    wanted: Mapping[str, datetime | None] = field(default_factory=dict)
    """The storefronts that get sales orders (`""`: all without their own settings), each with the time (UTC) from which
    on its orders become sales orders automatically; None: since it was switched on."""
    unwanted: Sequence[str] = ()
    """The storefronts that get none."""
    allow_zero_vat: Callable[[str], bool] = lambda _storefront: False
    takes_targets_vat: Callable[[str], bool] = lambda _storefront: False
    """Whether units of a storefront without a VAT rate from Kaufland become lines with the target's own rate."""
    shipping_kind: LineKind = "account"
    companies_allowed: bool = False
    substitute_account: str = ""
    match_by_ean: MatchByEan = "when_no_sku"
    confirm_first: bool = True
    """Whether nothing is created automatically before a person has confirmed the first one, and the first in each
    currency."""
    mapping: ItemMapping = field(default_factory=ItemMapping)
    blocked_reason: str = ""
    """Why nothing may be created from this environment; empty if it may."""
    blocked_fix: Hint = NO_HINT

    def wants(self, storefront: str) -> bool:
        """Return whether orders of a storefront become sales orders."""
        return storefront in self.wanted or ("" in self.wanted and storefront not in self.unwanted)
