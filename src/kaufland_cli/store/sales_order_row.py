"""Where the sales order of one order stands, and why; kept by `store.sales_orders`. See docs/decisions/0013."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kaufland_cli.domain.hint import NO_HINT, Hint, command, read_hint
from kaufland_cli.domain.order_snapshot import OrderSnapshot
from kaufland_cli.domain.sales_order_states import State


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an order is held, in error or in conflict."""

    code: str
    """A stable word, for example `no_customer`."""
    text: str
    """What happened and why, in sentences."""
    fix: Hint = NO_HINT
    """The command or setting that fixes it."""

    def record(self) -> dict[str, Any]:
        """Return it as plain values, to be kept; `fix` is the text that `v_sales_orders` shows."""
        return {"code": self.code, "text": self.text, "fix": str(self.fix), "hint": self.fix.record()}


# Every command that a reason named while a store kept its fix as text only.
_COMMAND_IN_TEXT = re.compile(
    r"\bkaufland (?=(?:setup|test-connection|import-orders|orders|sales-orders|config|secret|monitoring)\b)"
)


def read_reason(record: Mapping[str, Any]) -> Reason:
    """Return the reason that `Reason.record` wrote down, or a store that kept its fix as text only."""
    if "hint" in record:
        return Reason(record["code"], record["text"], read_hint(record["hint"]))
    first, *others = _COMMAND_IN_TEXT.split(record["fix"])
    # Where such a command ends nobody can tell: its words stay text behind the name of the program.
    return Reason(record["code"], record["text"], Hint(first, *(Hint(command(), f" {words}") for words in others)))


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
