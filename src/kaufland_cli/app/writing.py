"""Whatever is written to Kaufland goes through here: allowed, planned, shown, agreed to, carried out, reported."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kaufland_cli.app.connection import open_api
from kaufland_cli.app.context import Context
from kaufland_cli.app.request_log import log_of_calls, log_writer, prune_log
from kaufland_cli.app.results import ActionsReport
from kaufland_cli.app.secret import api_secrets
from kaufland_cli.app.stores import claim_store, open_store
from kaufland_cli.domain.actions import PERMISSION_OF
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.numbers import counted_in
from kaufland_cli.errors import (
    ActionsInvalid,
    ActionsRunning,
    ExitCode,
    ImportRunning,
    KauflandError,
    KauflandUnavailable,
    SettingsProblem,
    WritingNotAllowed,
)

if TYPE_CHECKING:
    from kaufland_cli.domain.actions import Kind
    from kaufland_cli.order_actions.plan import ActionPlan, Planner
    from kaufland_cli.order_actions.run import RunResult
    from kaufland_cli.seller_api.endpoints import SellerApi
    from kaufland_cli.store.store import Store


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How to go about it, as typed by a person."""

    dry_run: bool = False
    yes: bool = False
    skip_invalid: bool = False
    accept_client_key: bool = False


@dataclass(frozen=True, slots=True)
class Writing:
    """An open store and connection."""

    context: Context
    store: "Store"
    api: "SellerApi"
    options: WriteOptions

    def planner(self, kind: "Kind") -> "Planner":
        """Return what plans actions of this kind."""
        from kaufland_cli.order_actions.plan import Planner

        return Planner(kind, self.store, self.api)

    def carriers(self) -> tuple[str, ...] | None:
        """Return the names of Kaufland's carriers; None if it does not say."""
        from kaufland_cli.order_actions.carriers import known_carriers

        now = self.context.clock.now()
        return known_carriers(self.store.actions, self.api, now, writing=not self.options.dry_run)


def require_allowed(context: Context, kind: "Kind") -> None:
    """Raise `WritingNotAllowed` unless the settings allow actions of this kind."""
    permission, allowed = PERMISSION_OF[kind], context.settings.writes.allow
    if permission not in allowed:
        value = ",".join([*allowed, permission])
        raise WritingNotAllowed(
            f"The settings do not allow this program to {_WORDS[permission]} at Kaufland: writes.allow does not name "
            f"{permission}.",
            hint=Hint("To allow it: ", command("config", "set", "writes.allow", value), "; to only look: --dry-run"),
        )


_WORDS = {
    "ship": "mark units as sent",
    "invoice": "upload invoices",
    "cancel": "cancel units",
    "refund": "refund buyers",
    "release": "release orders",
}


@contextmanager
def writing(context: Context, kind: "Kind", options: WriteOptions) -> Iterator[Writing]:
    """Open the store and the connection for actions of this kind, one command at a time.

    A dry run changes nothing, neither in the store nor at Kaufland, and needs no permission.
    """
    if not options.dry_run:
        require_allowed(context, kind)
    secrets = api_secrets(context)  # before anything is created
    if options.dry_run:  # of the store only the log is written
        with open_store(context) as store, log_of_calls(context) as log, open_api(context, secrets, log) as api:
            yield Writing(context, store, api, options)
        return
    with actions_lock(context), open_store(context, writing=True) as store:
        claim_store(context, store, accept=options.accept_client_key)
        with open_api(context, secrets, log_writer(context, store)) as api:
            yield Writing(context, store, api, options)


@contextmanager
def actions_lock(context: Context) -> Iterator[None]:
    """Hold the lock of everything that writes to Kaufland. Raises `ActionsRunning`."""
    from kaufland_cli.order_import.lock import holder_now, run_lock

    place = context.loaded.store_file
    try:
        holder = holder_now(context.process.pid, context.clock.now(), context.again())
        with run_lock(place.with_name(f"{place.name}.actions"), holder):
            yield
    except ImportRunning as error:
        raise ActionsRunning(
            f"Another command is writing to Kaufland. {error.message.replace('import', 'command')}"
        ) from None


def carry_out(
    opened: Writing,
    plan: "ActionPlan",
    *,
    notes: Callable[["ActionPlan"], Sequence[str]] = lambda _plan: (),
    on_end: Callable[["ActionPlan", "RunResult | None"], None] = lambda _plan, _result: None,
) -> "tuple[RunResult | None, int]":
    """Show a plan, ask, carry it out and show what came of it; return that and the exit code.

    `notes` are said before the question; `on_end` is called when it is known what came of each row, not in a dry run.
    Raises `ActionsInvalid` if a row is not valid, unless those are to be skipped, and the error that stopped the run.
    """
    context, options = opened.context, opened.options
    if plan.faults and not options.skip_invalid:
        if not options.dry_run:
            on_end(plan, None)
        raise _invalid(context, plan)
    said = notes(plan)
    left_out = ExitCode.PARTLY if plan.faults else ExitCode.DONE
    if options.dry_run or not plan.planned:
        if not options.dry_run:
            on_end(plan, None)
        context.output.show_result(ActionsReport(plan, None, dry_run=options.dry_run, notes=said))
        return None, left_out
    if not options.yes:
        context.output.show_note(ActionsReport(plan, None, notes=said))
        if not context.questions(context.again("--yes")).yes_no(_question(context, plan), default=False):
            context.output.note("Nothing was sent.")
            return None, ExitCode.DONE
    result = _run(opened, plan)
    on_end(plan, result)
    context.output.show_result(ActionsReport(plan, result))
    prune_log(context, opened.store)
    if result.stopped_by is not None:
        raise going_on_later(result.stopped_by)
    done = result.count("done") == len(result.actions)
    return result, left_out if done else ExitCode.PARTLY


def going_on_later(error: KauflandError) -> KauflandError:
    """Return what ended a run, with the command that goes on where only time helps."""
    if isinstance(error, KauflandUnavailable):
        error.hint = Hint("Try again later: ", command("actions", "retry"))
    return error


def _run(opened: Writing, plan: "ActionPlan") -> "RunResult":
    from kaufland_cli.order_actions.plan import record

    opened.store.actions.after_interruption()
    return run_actions(opened, record(opened.store, plan, opened.context.clock.now()))


def run_actions(opened: Writing, numbers: Sequence[int]) -> "RunResult":
    """Carry out actions of the ledger, with progress on a terminal, and return how they stand."""
    from kaufland_cli.order_actions.run import ActionRun

    context = opened.context
    with context.output.progress() as progress:
        on_progress = (lambda _done, _total: None) if progress is None else progress.actions_ended
        return ActionRun(opened.store.actions, opened.api, context.clock, on_progress).carry_out(numbers)


def _question(context: Context, plan: "ActionPlan") -> str:
    numbers = context.forms.numbers
    units, orders = counted_in(numbers, len(plan.planned), "unit"), counted_in(numbers, len(plan.orders), "order")
    return {
        "ship": f"Mark {units} of {orders} as sent?",
        "parcel": f"Add {counted_in(numbers, len(plan.planned), 'parcel')} to {orders}?",
        "cancel": f"Cancel {units} of {orders}?",
        "refund": f"Refund {units}?",
        "release": f"Release {units} of {orders}?",
        "invoice": f"Upload {counted_in(numbers, len(plan.planned), 'invoice')}?",
    }[plan.kind]


def _invalid(context: Context, plan: "ActionPlan") -> ActionsInvalid:
    """Show every row that is not valid, and return the error that says so."""
    if not context.as_json:
        context.output.show_note(ActionsReport(plan, None, refused=True))
    problems = [SettingsProblem(one.place, "", one.text, hint=one.fix) for one in plan.faults]
    count = counted_in(context.forms.numbers, len(problems), "row")
    left_out = Hint("To do the others: ", context.again("--skip-invalid"))
    one = plan.faults[0]
    hint = left_out if plan.planned and plan.kind in {"ship", "parcel", "invoice"} else one.fix
    verb = "is" if len(problems) == 1 else "are"
    return ActionsInvalid(f"{count} {verb} not valid, so nothing was sent.", problems=problems, hint=hint)
