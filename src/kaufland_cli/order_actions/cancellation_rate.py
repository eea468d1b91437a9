"""How many of this month's units were cancelled because of the seller, which costs a fee from 1 % on.

Source: seller university, order management: from 1 % of units a month 5 % of the cancelled value, from 3 % 10 %.
Kaufland counts by itself; this is the same from the stored orders, by the month in which they were placed (unverified).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from kaufland_cli.domain.actions import NOT_CAUSED_BY_SELLER
from kaufland_cli.domain.moments import as_text, zone_named
from kaufland_cli.domain.numbers import PLAIN, NumberForm, percent
from kaufland_cli.domain.statuses import CANCELLED
from kaufland_cli.store.actions import Actions

FEES: Final = ((3.0, "10 % of the cancelled value"), (1.0, "5 % of the cancelled value"))
"""From which rate on (percent), and what Kaufland charges."""


@dataclass(frozen=True, slots=True)
class CancellationRate:
    """Cancellations that the seller caused, of the units ordered this month."""

    units: int
    before: int
    after: int
    """With those that are to be cancelled now."""

    def sentence(self, form: NumberForm = PLAIN) -> str:
        """Return the rate before and after, and what it costs."""
        if not self.units:
            return "No unit of this month is stored, so the rate of cancellations is not known."
        rates = [100 * count / self.units for count in (self.before, self.after)]
        before, after = (percent(round(rate, 2), form) for rate in rates)
        fee = next((fee for bound, fee in FEES if rates[1] >= bound), "nothing below 1 %")
        return (
            f"Cancelled by you this month: {before} of units before, {after} after"
            f" ({self.after} of {self.units}). Kaufland then charges {fee}."
        )


def cancellation_rate(ledger: Actions, units: Iterable[str], reason: str, now: datetime) -> CancellationRate:
    """Return this month's rate, and the rate with these units cancelled for this reason. Months are Berlin's."""
    first = now.astimezone(zone_named("Europe/Berlin")).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    since = as_text(first)
    known = ledger.ordered_since(since)
    cancelled = {unit for unit, status, why in known if status == CANCELLED and why and why not in NOT_CAUSED_BY_SELLER}
    ids = {unit for unit, _, _ in known}
    here = {unit for unit, why in ledger.cancelled_since(since).items() if why not in NOT_CAUSED_BY_SELLER}
    before = cancelled | (here & ids)
    new = set() if reason in NOT_CAUSED_BY_SELLER else {*units} & ids
    return CancellationRate(len(ids), len(before), len(before | new))
