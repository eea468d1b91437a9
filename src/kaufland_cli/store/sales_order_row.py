"""Where the sales order of one order stands, and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from kaufland_cli.domain.order_snapshot import OrderSnapshot

State = Literal["none", "pending", "held", "sending", "created", "error", "conflict"]
STATES: Final[tuple[State, ...]] = ("none", "pending", "held", "sending", "created", "error", "conflict")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an order is held, in error or in conflict."""

    code: str
    """A stable word, for example `no_customer`."""
    text: str
    """What happened and why, in sentences."""
    fix: str = ""
    """The command or setting that fixes it."""


@dataclass(frozen=True, slots=True)
class SalesOrderRow:
    """Where the sales order of one order stands."""

    id_order: str
    state: State
    storefront: str
    reasons: tuple[Reason, ...]
    target: str
    number: str
    target_id: str
    customer_by_hand: str
    """A customer that a person named for this order only; empty otherwise."""
    held_by_hand: bool
    snapshot: OrderSnapshot | None
    """What the document was made from; None before anything was sent or linked."""
    not_before: datetime | None
    """Until when a doubtful attempt may still come to something, UTC."""
    asked: bool
    """Whether a request to create it ever went out."""
    attempts: int
    """How many did."""
