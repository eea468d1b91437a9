"""Actions: what the program asks Kaufland to do with an order or a unit, and where each of them stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal, get_args

from kaufland_cli.domain.statuses import CANCELLED, NEED_TO_BE_SENT, OPEN, RETURNED, SENT, WAITING

Kind = Literal["ship", "parcel", "cancel", "refund", "release", "invoice"]
"""Mark a unit as sent, add a parcel to one that was sent, cancel, refund, release an open one, upload an invoice."""
Permission = Literal["ship", "invoice", "cancel", "refund", "release"]
"""What `writes.allow` can name."""
State = Literal["planned", "sending", "done", "refused", "in_doubt"]
"""`sending`: a request is on its way; of a process that ended meanwhile it is as good as `in_doubt`."""

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
STATES: Final[tuple[State, ...]] = get_args(State)
PERMISSIONS: Final[tuple[Permission, ...]] = get_args(Permission)
UNFINISHED: Final[tuple[State, ...]] = ("planned", "sending", "in_doubt")
PERMISSION_OF: Final[Mapping[Kind, Permission]] = MappingProxyType(
    {
        "ship": "ship",
        "parcel": "ship",
        "cancel": "cancel",
        "refund": "refund",
        "release": "release",
        "invoice": "invoice",
    }
)

# Source: OpenAPI 2.27 and page=order-files.
CANCEL_REASONS: Final = (
    "NoInventory",
    "DelayedInventory",
    "BuyerCancelled",
    "NoReactionBuyer",
    "ShippingAddressUndeliverable",
    "UndeliverableRegion",
    "MerchandiseNotReceived",
    "WrongCatalogData",
    "WrongPrice",
    "GeneralAdjustment",
)
REFUND_REASONS: Final = (
    "delivery_damage",
    "delivery_delay",
    "incomplete_delivery",
    "incorrect_delivery",
    "refund_postage_fee",
    "defect",
    "other_refund",
    "refund_return_postage_fee",
)
NOT_CAUSED_BY_SELLER: Final = frozenset(
    {"BuyerCancelled", "NoReactionBuyer", "ShippingAddressUndeliverable", "UndeliverableRegion"}
)
"""Cancel reasons that say the buyer or the address was the cause. Kaufland publishes no such list (unverified)."""

WITHOUT_TRACKING: Final = ("Other", "Other Hauler")
"""Carriers that need no tracking number (source: page=order-files)."""

STATUSES_BEFORE: Final[Mapping[Kind, frozenset[str]]] = MappingProxyType(
    {
        "ship": frozenset({NEED_TO_BE_SENT}),
        "parcel": SENT,
        "cancel": WAITING,
        "refund": SENT | RETURNED,
        "release": frozenset({OPEN}),
    }
)
"""The statuses in which a unit takes an action (source: page=orders; for refunds unverified)."""
STATUSES_AFTER: Final[Mapping[Kind, frozenset[str]]] = MappingProxyType(
    {
        "ship": SENT | RETURNED,
        "cancel": frozenset({CANCELLED}),
        "release": frozenset({NEED_TO_BE_SENT}) | SENT | RETURNED,
    }
)
"""The statuses by which one sees that an action was carried out. Parcels and refunds cannot be seen (OpenAPI 2.27)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """An action to be planned."""

    kind: Kind
    id_order: str
    id_order_unit: int | str | None
    """None for what concerns a whole order, such as an invoice."""
    once: str
    """What must not happen twice: of all actions with the same text only one is ever carried out."""
    details: Mapping[str, Any]
    """What is sent, as lists show it: `carrier`, `tracking_numbers`, `reason`, `amount` (minor units), `file_name`."""
    body: bytes
    """The exact body of the request."""
    source: str
    """The command, or the file with the line, that asked for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An action in the ledger; times are UTC text."""

    action_no: int
    kind: Kind
    id_order: str
    id_order_unit: int | str | None
    state: State
    details: Mapping[str, Any]
    once: str
    source: str
    planned_at: str
    sent_at: str | None
    """When it was last sent; None if it never was."""
    ended_at: str | None
    attempts: int
    """How often it was sent."""
    status_code: int | None
    text: str | None
    """What Kaufland answered, or why it is not known whether it was carried out."""

    @property
    def amount(self) -> int:
        """What a refund pays back, in minor units."""
        return int(self.details.get("amount", 0))


def in_words(details: Mapping[str, Any]) -> str:
    """Return what is or was sent, for the end of a sentence: `DHL 00340434161094042557`."""
    parts = (str(details.get(name) or "") for name in ("carrier", "tracking_numbers", "reason", "file_name"))
    return " ".join(part for part in parts if part)


def sent_words(kind: Kind) -> str:
    """Return what was done, for the middle of a sentence: `marked as sent`."""
    return {
        "ship": "marked as sent",
        "parcel": "added",
        "cancel": "cancelled",
        "refund": "refunded",
        "release": "released",
        "invoice": "uploaded",
    }[kind]
