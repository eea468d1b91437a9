"""Where sales orders are created: one small interface, behind which any merchandise system can stand.

The store decides what is created and when; a target only does what it is told and says what it found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from kaufland_cli.domain.bc_code import bc_code
from kaufland_cli.errors import KauflandError
from kaufland_cli.sales_orders.document import SalesOrder

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
class Check:
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


class Target(Protocol):
    """A merchandise system.

    Each method raises `TargetUnavailable`, `TargetCredentialsRefused` or `SettingsError` where it cannot do its work;
    nothing was created then.
    """

    @property
    def name(self) -> str:
        """Where that is, for the middle of a sentence and as the key of confirmations; stable."""
        ...

    @property
    def may_finish_after_disconnect(self) -> bool:
        """Whether a request may still come to something after its sender has hung up."""
        ...

    def check(self, expected: Expectations) -> Sequence[Check]:
        """Look at everything that creating needs, and name each fault."""
        ...

    def find(self, external_no: str) -> Sequence[TargetDocument]:
        """Return the documents under this external number, whichever customer's and of whichever kind.

        Orders first. Of one document in several forms (order, shipment, invoice) only the first counts.
        """
        ...

    def item(self, number: str) -> ItemLookup:
        """Look up the item of that number."""
        ...

    def item_by_gtin(self, gtins: Sequence[str]) -> ItemLookup:
        """Look up the only item that has one of these EANs, given as GTIN-14."""
        ...

    def create(self, order: SalesOrder) -> TargetDocument:
        """Create it, read it back, and fix what the target made of the addresses.

        Raises `TargetRefused` where it was surely not created, `TargetDoubtful` where it may have been.
        """
        ...

    def complete(self, order: SalesOrder, found: TargetDocument, *, fix: bool) -> TargetDocument:
        """Do for a document that was found what `create` does after creating: read it and compare it.

        Addresses are fixed only where `fix` says that this program made it; what a person typed is left alone.
        """
        ...

    def rendered(self, order: SalesOrder) -> Mapping[str, Any]:
        """Return the document in the target's own words, as `create` sends or writes it."""
        ...
