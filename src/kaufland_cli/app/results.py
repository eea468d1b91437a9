"""The results of the use cases as values, from which `output/` makes a screen or a JSON record."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, Union

from kaufland_cli.domain.hint import NO_HINT, Hint
from kaufland_cli.errors import KauflandError

if TYPE_CHECKING:
    from kaufland_cli.doctor.check import Check, State
    from kaufland_cli.doctor.connection_test import ConnectionReport
    from kaufland_cli.domain.sales_order import SalesOrder
    from kaufland_cli.domain.target_values import TargetCheck
    from kaufland_cli.order_actions.plan import ActionPlan
    from kaufland_cli.order_actions.run import RunResult
    from kaufland_cli.order_import.reconcile import ReconcileResult
    from kaufland_cli.order_import.result import ImportResult
    from kaufland_cli.sales_orders.push import Pushed, PushResult
    from kaufland_cli.scheduling.backend import EntryText, ScheduleSummary
    from kaufland_cli.scheduling.plan import JobTarget
    from kaufland_cli.scheduling.verification import VerificationAnswer
    from kaufland_cli.store.buyers import BuyersOrder
    from kaufland_cli.store.reconciliation import DayDifferences, UnitDifference
    from kaufland_cli.store.sales_order_candidates import OlderOrder
    from kaufland_cli.store.sales_order_lists import ListedSalesOrder, SalesOrderEvent
    from kaufland_cli.store.sales_order_row import Reason
    from kaufland_cli.store.sync import Run


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """What `doctor` checked."""

    state: "State"
    """The worst state of the checks."""
    checks: "Sequence[Check]"
    file: Path | None
    """The support report, if one was written."""


@dataclass(frozen=True, slots=True)
class ChannelTrial:
    """The result of a test message on one channel."""

    channel: str
    message: str
    """What was sent where, or why it could not be."""
    error: KauflandError | None = None

    @property
    def state(self) -> Literal["passed", "failed"]:
        """Whether it could be sent."""
        return "passed" if self.error is None else "failed"

    @property
    def hint(self) -> Hint:
        """What to do if it could not."""
        return NO_HINT if self.error is None else self.error.hint


@dataclass(frozen=True, slots=True)
class ChannelTrials:
    """The results of a test message on every channel."""

    trials: Sequence[ChannelTrial]

    @property
    def exit_code(self) -> int:
        """The most serious one; 0 if all channels work."""
        return max(0 if one.error is None else int(one.error.exit_code) for one in self.trials)


@dataclass(frozen=True, slots=True)
class ReconcileReport:
    """What a comparison with Kaufland found, to be read while the store is open."""

    result: "ReconcileResult"
    days: "Sequence[DayDifferences]"
    """By the day in the seller's zone, the newest first."""
    units: "Iterator[UnitDifference]"
    """Each unit that differs, the newest first."""


@dataclass(frozen=True, slots=True)
class ScheduleReport:
    """What is installed in the system's scheduler, when it ran and when it will run."""

    summary: "ScheduleSummary"
    auto_import_orders: bool
    interval_minutes: int
    places: Sequence[str]
    """Where the entry is."""
    user: str
    """Whose jobs these are."""
    system: bool
    """Whether it is installed for the whole machine."""
    next_run: str
    """UTC text, or as the scheduler says it; empty if it does not."""
    last_run: "Run | None"
    notes: Sequence[Hint]
    """What a person should know about this scheduler."""


@dataclass(frozen=True, slots=True)
class ScheduleEntry:
    """An entry for a scheduler, as it is or would be installed."""

    scheduler: str
    """Its name."""
    target: "JobTarget"
    every_minutes: int
    texts: "Sequence[EntryText]"
    """What is written, and where."""


@dataclass(frozen=True, slots=True)
class PlannedSchedule:
    """What installing a schedule would do."""

    entry: ScheduleEntry
    commands: Sequence[str]
    """What would be run."""


@dataclass(frozen=True, slots=True)
class InstalledSchedule:
    """What installing a schedule has done."""

    entry: ScheduleEntry
    unchanged: bool
    """Whether the entry was there already."""
    removed: Sequence[str]
    """Where entries were that it replaces."""
    verification: "VerificationAnswer | None"
    """None without a test run."""


@dataclass(frozen=True, slots=True)
class RemovedSchedule:
    """Where the entries were that were removed."""

    places: Sequence[str]


@dataclass(frozen=True, slots=True)
class ProfileImport:
    """The import of one profile, in a process of its own."""

    profile: str
    code: int
    """The exit code of the process."""
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class ProfileImports:
    """The imports of all profiles."""

    ended: Sequence[ProfileImport]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileState:
    """A seller account on this machine; None for what cannot be read or is not known."""

    profile: str
    has_settings: bool
    settings_file: str | None
    environment: str | None = None
    auto_import_orders: bool | None = None
    interval_minutes: int | None = None
    last_order_sync: str | None = None
    """UTC text."""
    last_order_sync_status: str | None = None
    last_order_sync_message: str | None = None
    last_complete_sync: str | None = None
    """UTC text."""
    schedule_installed: bool | None = None
    schedule_with: str | None = None
    schedule_in_sync: bool | None = None
    fault: str | None = None
    """What is wrong; None if nothing is."""


@dataclass(frozen=True, slots=True)
class TargetChecks:
    """What was checked for sales orders."""

    checks: "Sequence[TargetCheck]"


@dataclass(frozen=True, slots=True)
class SalesOrderDetails:
    """One sales order with everything that is known of it."""

    listed: "ListedSalesOrder"
    reasons: "Sequence[Reason]"
    document: "SalesOrder | None"
    """What was sent; None if nothing was."""
    events: "Sequence[SalesOrderEvent]"
    """The latest first."""


@dataclass(frozen=True, slots=True)
class DocumentPreview:
    """A document as it would be sent, or why it would not."""

    id_order: str
    document: "SalesOrder | None"
    reasons: "Sequence[Reason]" = ()
    request: Mapping[str, Any] | None = None
    """What the target would be sent."""


@dataclass(frozen=True, slots=True)
class DocumentPreviews:
    """The documents that a push would send."""

    documents: Sequence[DocumentPreview]


@dataclass(frozen=True, slots=True)
class OlderOrders:
    """Orders from before sales orders were switched on that would become some."""

    target: str
    orders: "Sequence[OlderOrder]"
    sums: Mapping[str, int | None]
    """The total of each currency in minor units; None if that of one order is not known."""
    there: Sequence[str]
    """Those that the target has already."""


@dataclass(frozen=True, slots=True)
class BuyersOrders:
    """A buyer's orders, before the buyer's data is erased."""

    orders: "Sequence[BuyersOrder]"
    erase: Sequence[str]
    """The ids of those that lose it."""
    with_names: bool
    """Whether the buyer's name and city may be shown."""


@dataclass(frozen=True, slots=True)
class PushedOrder:
    """One order of a push and where its sales order stands."""

    pushed: "Pushed"
    number: str | None
    reasons: "Sequence[Reason]"


@dataclass(frozen=True, slots=True)
class PushReport:
    """The result of a push of sales orders."""

    result: "PushResult"
    orders: Sequence[PushedOrder]
    waiting: int
    """How many orders still wait."""
    by_hand: bool
    """Whether a person started it; otherwise it followed an import."""
    named: bool = False
    """Whether orders were named, so that a screen lists each of them."""


@dataclass(frozen=True, slots=True)
class SalesOrderChange:
    """A change at Kaufland after the sales order of an order was created."""

    id_order: str
    number: str | None
    reasons: "Sequence[Reason]"


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The result of an import, and of the push of sales orders that followed it."""

    result: "ImportResult"
    sales_orders: PushReport | None = None
    """None if nothing was pushed."""
    sales_order_changes: Sequence[SalesOrderChange] = ()


@dataclass(frozen=True, slots=True)
class ActionsReport:
    """What will be done at Kaufland, or what came of it."""

    plan: "ActionPlan"
    result: "RunResult | None"
    """None before it is carried out."""
    dry_run: bool = False
    refused: bool = False
    """Whether nothing is done because of the rows that are not valid."""
    notes: Sequence[str] = ()
    """What a person should know before they agree."""


Result: TypeAlias = Union[
    ActionsReport,
    "ConnectionReport",
    BuyersOrders,
    ImportReport,
    TargetChecks,
    DocumentPreviews,
    OlderOrders,
    PushReport,
    PlannedSchedule,
    InstalledSchedule,
    RemovedSchedule,
    ProfileImports,
]
"""What can be shown as a whole: a card on a terminal, `kaufland.NAME/1` as JSON."""
