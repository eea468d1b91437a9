"""The result of an import: verdict, counts and messages for the screen, JSON output and the store's run record.

Built by `run` from the walk and the store. What counts as complete: docs/decisions/0005.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from kaufland_cli.domain.hint import command
from kaufland_cli.domain.orders import FailedUnit
from kaufland_cli.domain.text import counted
from kaufland_cli.errors import ExitCode
from kaufland_cli.order_import.undelivered import UndeliveredUnits
from kaufland_cli.store.run_tally import RunCounts
from kaufland_cli.store.sync import IMPORT, NARROWED_IMPORT, shown_time

if TYPE_CHECKING:
    from kaufland_cli.store.store import Store

Verdict = Literal["success", "partial", "incomplete", "error"]

_NAMED = 5
"""How many orders a message lists."""
EXIT_CODES: dict[Verdict, ExitCode] = {
    "success": ExitCode.DONE,
    "partial": ExitCode.PARTLY,
    "incomplete": ExitCode.UNHEALTHY,
}


class CurrencyTotal(NamedTuple):
    """An amount in minor units."""

    currency: str
    amount: int | None
    """None if that of one order is not known."""


@dataclass(slots=True)
class StorefrontResult:
    """What a run brought from one storefront."""

    storefront: str | None
    orders: int = 0
    units: int = 0
    totals: list[CurrencyTotal] = field(default_factory=list)


@dataclass(slots=True)
class ImportResult:
    """The result of one run; times are UTC text, amounts minor units."""

    run_id: int | None
    verdict: Verdict
    environment: str
    since: str
    watermark: str | None
    requests: int
    seconds: float
    message: str
    complete: bool
    counts: RunCounts = field(default_factory=RunCounts)
    dry_run: bool = False
    undelivered: UndeliveredUnits | None = None
    """None if there are none."""
    details_waiting: int = 0
    storefronts: list[StorefrontResult] = field(default_factory=list)
    failed: list[FailedUnit] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> ExitCode:
        """The exit status of the process."""
        return EXIT_CODES.get(self.verdict, ExitCode.PROGRAM_FAULT)


def recorded_run(store: "Store", environment: str) -> ImportResult:
    """Return the result of the last run from the store, for a run that ended in an error."""
    run = store.sync.last_run(finished=False, kinds=(IMPORT, NARROWED_IMPORT))
    watermark = shown_time(store.sync.state().watermark)
    if run is None:
        return ImportResult(None, "error", environment, "", watermark, 0, 0.0, "", complete=False)
    return ImportResult(
        run_id=run.run_id,
        verdict=cast("Verdict | None", run.verdict) or "error",
        environment=environment,
        since=run.since or "",
        watermark=watermark,
        counts=RunCounts(**{one.name: getattr(run, one.name) or 0 for one in fields(RunCounts)}),
        requests=run.requests or 0,
        seconds=run.seconds or 0.0,
        message=run.message or "",
        complete=False,
    )


def verdict_of(*, complete: bool, failed: int) -> Verdict:
    """Return the verdict on a walk that was not interrupted."""
    if not complete:
        return "incomplete"
    return "partial" if failed else "success"


def message_of(verdict: Verdict, *, seen: int, total: int | None, failed: int, narrowed: bool) -> str:
    """Return the verdict as a sentence for the seller."""
    if verdict == "incomplete":
        known = "" if total is None else f" ({seen} of {counted(total, 'unit')})"
        return f"Not everything could be fetched{known}: run again. What was fetched is stored."
    if verdict == "partial":
        units = counted(failed, "unit")
        return f"Some orders failed: {units} could not be read. The rest is stored; the next import tries again."
    if narrowed:
        return "Everything requested is stored. This import covered less than usual; the next one checks the rest."
    return "Everything is stored."


def with_gone(message: str, orders: Sequence[str | None], chosen: Sequence[str] = ()) -> str:
    """Add to a message which failed units were set aside because Kaufland has not found them for days.

    `orders` has the order id of each such unit, None if unknown; `chosen` are the options that choose the settings.
    """
    if not orders:
        return message
    units = counted(len(orders), "failed unit")
    known = sorted({one for one in orders if one is not None})
    named = f" ({', '.join(known[:_NAMED])}{', …' if len(known) > _NAMED else ''})" if known else ""
    return (
        f"{message} Kaufland has not found {units}{named} for days, so later imports no longer count them. "
        f"See: {command('orders', 'list', '--failed').typed(chosen)}"
    )
