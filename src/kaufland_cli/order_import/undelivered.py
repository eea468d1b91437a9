"""Units that Kaufland counts but never delivers: found, reported, and accepted on request.

Walks report them here; accepted totals are kept in the store. See docs/decisions/0019.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from kaufland_cli.domain.hint import command
from kaufland_cli.domain.moments import as_text
from kaufland_cli.domain.text import counted
from kaufland_cli.order_import.walk import MAX_PASSES, WalkEnd
from kaufland_cli.store.accepted_totals import AcceptedTotals

ACCEPT: Final = command("import-orders", "--accept-total")


@dataclass(frozen=True, slots=True)
class UndeliveredUnits:
    """How many units of a window, UTC, Kaufland counts but does not deliver."""

    units: int
    since: str
    until: str
    accepted: bool
    """Whether the seller accepted that many."""


@dataclass(slots=True)
class Undelivered:
    """The units missing in one run, compared with what the seller accepted."""

    totals: AcceptedTotals
    accept: bool = False
    """Whether the seller accepts what this run finds missing."""
    units: int = 0
    """The highest number that one walk found missing."""
    counted: int = 0
    """The total that Kaufland reported there."""
    accepted: bool = False
    """Whether that is no more than accepted."""
    chosen: Sequence[str] = ()
    """The options that choose the settings of this call, for the command in `way_out`."""

    def with_accepted(self, end: WalkEnd) -> WalkEnd:
        """Return the end of a walk, as complete if all missing units are accepted."""
        if not end.undelivered:
            return end
        if end.undelivered > self.units:
            self.units, self.counted = end.undelivered, end.total or 0
        known = self.totals.accepted()
        self.accepted = self.accept or (known is not None and self.units <= known.units)
        return replace(end, complete=True) if self.accepted else end

    def within(self, since: datetime, until: datetime) -> UndeliveredUnits | None:
        """Return what is missing in that window; None if nothing is."""
        return UndeliveredUnits(self.units, as_text(since), as_text(until), self.accepted) if self.units else None

    def sentence(self, since: datetime, until: datetime, what: str = "changed") -> str:
        """Return what exactly is missing, as a sentence."""
        text = (
            f"Kaufland counts {counted(self.counted, 'unit')} {what} from {as_text(since)} to {as_text(until)} but "
            f"delivers {self.counted - self.units}: {MAX_PASSES} passes over the whole list returned the same ones. "
            f"{counted(self.units, 'unit')} {'is' if self.units == 1 else 'are'} missing."
        )
        known = self.totals.accepted()
        return text if known is None else f"{text} Accepted on {known.at[:10]}: {known.units}."

    def way_out(self) -> str:
        """Return how to continue without them."""
        return f"If Kaufland cannot deliver them, continue without them: {ACCEPT.typed(self.chosen)}"


def compared_daily(found: Undelivered, *, complete: bool, import_found: int, sentence: str) -> list[str]:
    """Remember what the comparison of the last days found; return what the user should know if that changed.

    `import_found`: how many the import before it found missing.
    """
    known = found.totals.accepted()
    if known is None:
        return [f"{sentence} {found.way_out()}"] if found.units else []
    if not complete and not found.units:
        return []  # unknown
    if not found.units and not import_found:
        found.totals.forget()
        return ["Kaufland delivers everything it counts again, so no missing units are accepted any more."]
    before = known.units if known.seen_units is None else known.seen_units
    found.totals.seen(found.units)
    if not found.accepted and found.units:
        return [f"{sentence} That is more than before. {found.way_out()}"]
    if found.units != before and known.seen_units is not None:
        return [f"{sentence} At the last comparison it was {before}."]
    return []
