"""The state of one order's sales order, and the reasons for it; see `store.sales_orders` and docs/decisions/0013."""

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
    """Why an order is held, failed or in conflict."""

    code: str
    """A stable word, for example `no_customer`."""
    text: str
    """What happened and why, in sentences."""
    fix: Hint = NO_HINT
    """The command or setting that fixes it."""

    def record(self) -> dict[str, Any]:
        """Return it as plain values to store; `fix` is the text that `v_sales_orders` shows."""
        return {"code": self.code, "text": self.text, "fix": str(self.fix), "hint": self.fix.record()}


# The commands in fixes that earlier versions stored as text.
_COMMAND_IN_TEXT = re.compile(
    r"\bkaufland (?=(?:setup|test-connection|import-orders|orders|sales-orders|config|secret|monitoring)\b)"
)


def read_reason(record: Mapping[str, Any]) -> Reason:
    """Return the reason from its stored record; earlier versions stored the fix as text only."""
    if "hint" in record:
        return Reason(record["code"], record["text"], read_hint(record["hint"]))
    first, *others = _COMMAND_IN_TEXT.split(record["fix"])
    # We cannot tell where such a command ends, so its words stay text after the program's name.
    return Reason(record["code"], record["text"], Hint(first, *(Hint(command(), f" {words}") for words in others)))


@dataclass(frozen=True, slots=True)
class SalesOrderRow:
    """The state of one order's sales order."""

    id_order: str
    state: State
    storefront: str
    reasons: tuple[Reason, ...]
    target: str
    number: str
    target_id: str
    customer_by_hand: str
    """The customer that a person chose for this order only; empty if none."""
    held_by_hand: bool
    snapshot: OrderSnapshot | None
    """The order as it was when the document was sent or linked; None before that."""
    not_before: datetime | None
    """UTC: until then an attempt in doubt may still create the document."""
    asked: bool
    """Whether a request to create it was ever sent."""
    attempts: int
    """How many were sent."""
