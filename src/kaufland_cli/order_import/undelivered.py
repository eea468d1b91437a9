"""Units that Kaufland counts and does not deliver, however often it is asked: found, told, and accepted on request."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from kaufland_cli.errors import command
from kaufland_cli.order_import.walk import MAX_READINGS, WalkEnd
from kaufland_cli.seller_api.moments import as_text
from kaufland_cli.store.accepted_totals import AcceptedTotals

ACCEPT: Final = command("import-orders", "--accept-total")


@dataclass(slots=True)
class Undelivered:
    """What the walks of one run found missing, against what is accepted."""

    totals: AcceptedTotals
    accept: bool = False
    """The seller accepts what this run finds."""
    units: int = 0
    """The most that one walk found missing."""
    counted: int = 0
    """The total that Kaufland named there."""
    accepted: bool = False
    """It is no more than what is accepted."""

    def judged(self, end: WalkEnd) -> WalkEnd:
        """Return the end of a walk: complete also where all that is missing is accepted."""
        if not end.undelivered:
            return end
        if end.undelivered > self.units:
            self.units, self.counted = end.undelivered, end.total or 0
        known = self.totals.accepted()
        self.accepted = self.accept or (known is not None and self.units <= known.units)
        return replace(end, complete=True) if self.accepted else end

    def record(self, since: datetime, until: datetime) -> dict[str, Any] | None:
        """Return the record of the JSON output; None where nothing is missing."""
        if not self.units:
            return None
        return {"units": self.units, "since": as_text(since), "until": as_text(until), "accepted": self.accepted}

    def sentence(self, since: datetime, until: datetime, what: str = "changed") -> str:
        """Say exactly what is missing."""
        text = (
            f"Kaufland counts {_units(self.counted)} {what} from {as_text(since)} to {as_text(until)} and delivers "
            f"{self.counted - self.units}: {MAX_READINGS} passes over the whole list met the same ones. "
            f"{_units(self.units)} {'is' if self.units == 1 else 'are'} missing."
        )
        known = self.totals.accepted()
        return text if known is None else f"{text} Accepted on {known.at[:10]}: {known.units}."

    def way_out(self) -> str:
        """Say how to go on without them."""
        return f"If Kaufland cannot deliver them, go on without: {ACCEPT}"


def compared_daily(found: Undelivered, *, complete: bool, import_found: int, sentence: str) -> list[str]:
    """Remember what the comparison of the last days found; return what a person has to know where that changed.

    `import_found`: how many the import before it found missing.
    """
    known = found.totals.accepted()
    if known is None:
        return [f"{sentence} {found.way_out()}"] if found.units else []
    if not complete and not found.units:
        return []  # nobody knows
    if not found.units and not import_found:
        found.totals.forget()
        return ["Kaufland delivers again what it counts: no missing units are accepted any more."]
    before = known.units if known.seen_units is None else known.seen_units
    found.totals.seen(found.units)
    if not found.accepted and found.units:
        return [f"{sentence} That is more than before. {found.way_out()}"]
    if found.units != before and known.seen_units is not None:
        return [f"{sentence} At the last comparison it was {before}."]
    return []


def _units(number: int) -> str:
    return "1 unit" if number == 1 else f"{number} units"
