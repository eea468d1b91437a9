"""Switches for what the real marketplace may do differently."""

from dataclasses import dataclass
from typing import Literal


@dataclass(slots=True)
class Switches:
    """Each can be changed at any time, even while a client is reading."""

    from_is_inclusive: bool = True
    """Whether `ts_…_from_iso` includes that second; Kaufland does not say."""
    equal_times_shuffled: bool = False
    """Give rows of the same second in another order with each request, as a database does that has no tie-breaker."""
    upper_case_storefronts: bool = False
    """Answer `DE` for `de`, as some of Kaufland's examples do."""
    left_out: Literal["", "pagination", "total"] = ""
    """What lists leave out; `pagination` is optional by the specification."""
    inactive_account: bool = False
    """Refuse every request with 403 /problems/inactive-account."""
    orders_refused: bool = False
    """Refuse orders, units and invoices with 403 /problems/forbidden; ping still answers."""
    requests_per_second: int | None = None
    """Above this rate answer 429; Kaufland allows 111."""
