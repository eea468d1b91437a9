"""Switches for details in which the real marketplace may differ."""

from dataclasses import dataclass
from typing import Literal


@dataclass(slots=True)
class Switches:
    """Settings that can be changed at any time, even while a client is reading."""

    from_is_inclusive: bool = True
    """Whether `ts_…_from_iso` includes that second; Kaufland does not say."""
    equal_times_shuffled: bool = False
    """Return rows of the same second in a different order with each request, like a database without a tie-breaker."""
    upper_case_storefronts: bool = False
    """Answer `DE` for `de`, as some of Kaufland's examples do."""
    left_out: Literal["", "pagination", "total"] = ""
    """Fields that lists leave out; `pagination` is optional in the specification."""
    inactive_account: bool = False
    """Refuse every request with 403 /problems/inactive-account."""
    orders_refused: bool = False
    """Refuse orders, units, shipments and invoices with 403 /problems/forbidden; ping still answers."""
    duplicate_action_status: Literal[400, 403] = 403
    """The status of /problems/duplicate-action, for what was done before; Kaufland documents both, not which."""
    undocumented_refusal_status: Literal[400, 403] = 403
    """The status of refused refunds and invoices; the specification lists 403 for neither."""
    tracking_always_needed: bool = False
    """Refuse an empty tracking number with `Other` and `Other Hauler` too; they do not need one, by the manual."""
    requests_per_second: int | None = None
    """Answer 429 above this rate; Kaufland allows 111."""
    shipping_addresses: Literal["on", 404, 405, 422] = 404
    """Whether there is `GET /shipping-addresses`, which came after API 2.27; a number: refuse with this status."""
