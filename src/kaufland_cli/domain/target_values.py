"""What a merchandise system has and knows of a sales order: values only, the same for every one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from kaufland_cli.domain.bc_code import bc_code
from kaufland_cli.errors import KauflandError

DocumentKind = Literal["order", "invoice", "shipment"]
KINDS: Mapping[DocumentKind, str] = {"order": "sales order", "invoice": "sales invoice", "shipment": "shipment"}
"""What each is called in the middle of a sentence."""
CheckState = Literal["passed", "failed", "warning", "skipped"]


@dataclass(frozen=True, slots=True)
class LineTax:
    """What the target made of one line."""

    number: str
    quantity: int
    amount: int | None
    """Gross, in minor units."""
    vat: float | None
    """Percent."""
    tax: int | None = None
    """The VAT within the amount, in minor units; None where the target does not tell."""


@dataclass(frozen=True, slots=True)
class TargetDocument:
    """A document as the target has it."""

    number: str
    id: str
    """By which the target itself names it; empty where it has no other name than its number."""
    kind: DocumentKind
    customer_no: str
    total: int | None = None
    """The sum over the lines, gross, in minor units; None where the target does not tell what each comes to."""
    tax: int | None = None
    """The VAT within it, likewise."""
    lines: tuple[LineTax, ...] = ()
    """In the order in which they were sent; empty where the target tells nothing of them."""
    differences: tuple[str, ...] = ()
    """What differs from what was sent and could not be fixed, one sentence each."""
    fixed: tuple[str, ...] = ()
    """What the target had made of it at first and what was set right, one sentence each."""
    parts: tuple[str, ...] = ()
    """The ids of the further documents that it was posted as, part by part; amounts and lines are those of all."""
    seen: bool = True
    """Whether it could be looked at after it was created; if not, nothing of it was compared yet."""


@dataclass(frozen=True, slots=True)
class Item:
    """An item (or account) that a unit is sold as."""

    number: str
    variant: str = ""
    kind: Literal["item", "account"] = "item"
    unit: str = ""
    """Code of the unit of measure; empty: the item's base unit."""


def same_item(one: Item, other: Item) -> bool:
    """Tell whether two items are the same to the target, which keeps their numbers and codes in capitals."""
    return all(bc_code(mine) == bc_code(theirs) for mine, theirs in zip(_key(one), _key(other), strict=True))


def _key(item: Item) -> tuple[str, ...]:
    return item.kind, item.number, item.variant, item.unit


@dataclass(frozen=True, slots=True)
class ItemLookup:
    """What the target knows for a number or for EANs: one item, or why there is none."""

    item: Item | None
    reason: str = ""
    """Why not, for the middle of a sentence: `there is no item KESSEL-17`, `no item has its EAN`."""
    known: bool = True
    """Whether the target has what was asked for, usable or not; a folder takes any number without knowing it."""
    ambiguous: bool = False
    """Whether different items fit, so that none of them may be taken."""


@dataclass(frozen=True, slots=True)
class TargetCheck:
    """One thing that was checked in the target."""

    what: str
    state: CheckState
    message: str
    hint: str = ""
    error: KauflandError | None = field(default=None, compare=False)
    """What was raised where it failed."""

    def record(self) -> dict[str, str]:
        """Return the record of the JSON output."""
        return {"what": self.what, "state": self.state, "message": self.message, "hint": self.hint}


@dataclass(frozen=True, slots=True)
class Expectations:
    """What the settings name and `check` looks up in the target."""

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
