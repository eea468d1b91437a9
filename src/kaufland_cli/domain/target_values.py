"""What a merchandise system knows about sales orders, items and settings: values only, the same for every target."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from kaufland_cli.domain.bc_code import bc_code
from kaufland_cli.domain.hint import NO_HINT, Hint

DocumentKind = Literal["order", "invoice", "shipment"]
KINDS: Mapping[DocumentKind, str] = {"order": "sales order", "invoice": "sales invoice", "shipment": "shipment"}
"""The name of each kind, for the middle of a sentence."""
CheckState = Literal["passed", "failed", "warning", "skipped"]


@dataclass(frozen=True, slots=True)
class LineTax:
    """One line as the target has it."""

    number: str
    quantity: int
    amount: int | None
    """Gross, in minor units."""
    vat: float | None
    """Percent."""
    tax: int | None = None
    """The VAT included in the amount, in minor units; None if the target does not give it."""


@dataclass(frozen=True, slots=True)
class TargetDocument:
    """A document as the target has it."""

    number: str
    id: str
    """The target's own id; empty if it has nothing but the number."""
    kind: DocumentKind
    customer_no: str
    total: int | None = None
    """The sum of the lines, gross, in minor units; None if the amount of any line is unknown."""
    tax: int | None = None
    """The VAT included in the total, in minor units; None if that of any line is unknown."""
    lines: tuple[LineTax, ...] = ()
    """In the order in which they were sent; empty if the target does not give them."""
    differences: tuple[str, ...] = ()
    """What differs from what was sent and could not be fixed, one sentence each."""
    fixed: tuple[str, ...] = ()
    """What the target had changed and this program changed back, one sentence each."""
    parts: tuple[str, ...] = ()
    """For an order posted in parts, the ids of the further documents; amounts and lines cover all of them."""
    seen: bool = True
    """Whether it could be read back after it was created; if not, nothing has been compared yet."""


@dataclass(frozen=True, slots=True)
class Item:
    """The item or account that a unit becomes in a sales order."""

    number: str
    variant: str = ""
    kind: Literal["item", "account"] = "item"
    unit: str = ""
    """Code of the unit of measure; empty: the item's base unit."""


def same_item(one: Item, other: Item) -> bool:
    """Return whether two items are the same to the target, which ignores upper and lower case (`bc_code`)."""
    return all(bc_code(mine) == bc_code(theirs) for mine, theirs in zip(_key(one), _key(other), strict=True))


def _key(item: Item) -> tuple[str, ...]:
    return item.kind, item.number, item.variant, item.unit


@dataclass(frozen=True, slots=True)
class ItemLookup:
    """The result of looking up a number or EANs in the target: one item, or why there is none."""

    item: Item | None
    reason: str = ""
    """Why not, for the middle of a sentence: `there is no item KESSEL-17`, `no item has its EAN`."""
    known: bool = True
    """Whether the target has such an item, usable or not; a folder accepts any number without knowing it."""
    ambiguous: bool = False
    """Whether several items match, so that none may be used."""


@dataclass(frozen=True, slots=True)
class TargetCheck:
    """The result of one check in the target."""

    what: str
    state: CheckState
    message: str
    hint: Hint = NO_HINT
    error: Exception | None = field(default=None, compare=False)
    """The error that made the check fail, if one was raised."""


@dataclass(frozen=True, slots=True)
class Expectations:
    """What the settings refer to and the target must have, for `Target.check`."""

    customers: tuple[tuple[str, str], ...] = ()
    """Customer number, and what it is for (`storefront at`, `country SK`)."""
    accounts: tuple[tuple[str, str], ...] = ()
    """Account number, and what it is for (`shipping of storefront at`)."""
    items: tuple[tuple[str, str, str], ...] = ()
    """Item number, variant, and what it is for (`line 3 of the mapping file`)."""
    currencies: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    units: tuple[tuple[str, str], ...] = ()
    """Code of a unit of measure, and what it is for (`line 3 of the mapping file`)."""
