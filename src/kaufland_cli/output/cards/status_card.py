"""The status card: last import, stored orders, schedule and connection; and the schedule on its own."""

from typing import TYPE_CHECKING

from kaufland_cli.domain.due import Due
from kaufland_cli.domain.hint import NO_HINT, Hint, command
from kaufland_cli.output.blocks import Block, Card, Fact, facts, heading, hint, marked
from kaufland_cli.output.moments import age_in_words
from kaufland_cli.output.records.schedule import (
    installed_schedule_record,
    planned_schedule_record,
    removed_schedule_record,
    schedule_record,
)
from kaufland_cli.output.records.status import status_record
from kaufland_cli.output.stream import Stream
from kaufland_cli.output.values import DUE_WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from kaufland_cli.app.results import ScheduleReport
    from kaufland_cli.domain.orders import FailedUnit
    from kaufland_cli.monitoring.health import Health
    from kaufland_cli.monitoring.status import LastSync, OtherStore, Status
    from kaufland_cli.order_import.lock import Holder
    from kaufland_cli.scheduling.backend import ScheduleSummary
    from kaufland_cli.store.past_reconciliations import Reconciled
    from kaufland_cli.store.sync import Run

_MAX_UNREADABLE = 10
_LIST_FAILED = command("orders", "list", "--failed")


def status_card(status: "Status", stream: Stream) -> list[Block]:
    """Return the lines of the status card."""
    return [
        *_last_import(status, stream),
        *heading("Orders"),
        *facts(_stored(status, stream)),
        *_unreadable(status.failed, stream),
        *heading("Schedule"),
        *facts(_schedule(status, stream)),
        *heading("Connection"),
        *facts(_connection(status, stream)),
        *_others(status.environments, stream),
    ]


def _when(last: "LastSync", stream: Stream) -> str:
    if last.at is None:
        return "never"
    return stream.moment(last.at) + ("" if last.age_seconds is None else f", {age_in_words(last.age_seconds)}")


def _light(last: "LastSync", stream: Stream) -> tuple[str, str]:
    """Return the mark and the colour of the last import."""
    if last.status is None:
        return stream.marks.skipped, "yellow"
    return (stream.marks.passed if last.status == "green" else stream.marks.failed), last.status


def _last_import(status: "Status", stream: Stream) -> list[Block]:
    last = status.last_sync
    mark, style = _light(last, stream)
    not_read = "not everything could be read: run again" if status.last_verdict == "incomplete" else "no"
    read = "" if last.complete is None else "yes" if last.complete else not_read
    sync = [
        None if last.at is None else Fact("Last Order Sync Status", "OK" if style == "green" else "failed", style),
        Fact("Last Order Sync Message", stream.text(last.message), "red" if style == "red" else ""),
    ]
    rows = [
        Fact("Environment", stream.text(status.environment)),
        Fact("Complete", read, "" if last.complete else "yellow"),
        Fact("Checked at", stream.moment(status.last_complete, unknown="")),
        None if status.watermark is None else Fact("Newest change", newest_change(status.watermark, stream)),
        *_health(status.health, stream),
        None if status.running is None else Fact("Running now", _running(status.running, stream), "cyan"),
    ]
    title = f"Last Order Sync {_when(last, stream)}"
    return [*marked(mark, title, style=f"bold {style}"), *facts(sync), *facts(rows)]


def newest_change(watermark: "datetime | str | None", stream: Stream) -> str:
    """Return the newest change of an order at Kaufland that is in the store."""
    return "not known yet" if watermark is None else f"{stream.moment(watermark)} at Kaufland"


def _health(health: "Health", stream: Stream) -> list[Fact]:
    """Return a warning if scheduled imports fail or no longer run."""
    if health.state == "old":
        return [Fact("Scheduled", "no complete import for too long; is the schedule still running?", "red")]
    if health.failure is None:
        return []
    count = stream.counted(health.failure.runs, "run")
    text = f"failing since {stream.moment(health.failure.since)}, {count} in a row"
    return [Fact("Scheduled", [text, stream.text(" ".join(health.failure.what.split()))], "red")]


def _running(running: "Holder", stream: Stream) -> str:
    start = f"since {stream.moment(running.since)}, process {stream.text(running.pid)}"
    return f"{start}: {stream.text(running.command)}" if running.command else start


def _stored(status: "Status", stream: Stream) -> list[Fact | None]:
    counts = status.counts
    aside = f"{stream.counted(counts.units_set_aside, 'unit')}: {stream.typed(_LIST_FAILED)}"
    waiting = f"{stream.counted(counts.details_waiting, 'order')} waiting for details"
    checked = f"{stream.moment(status.store_checked_at)}, the whole store: no damage"
    return [
        Fact("Orders", stream.number(counts.orders)),
        Fact("Units", stream.number(counts.units)),
        Fact("Failed", f"{stream.counted(counts.units_failed, 'unit')} could not be read", "red")
        if counts.units_failed
        else None,
        Fact("Set aside", aside) if counts.units_set_aside else None,
        Fact("Details", waiting) if counts.details_waiting else None,
        _to_ship(status, stream),
        _actions(status, stream),
        _reconciled(status.last_reconciliation, stream),
        _sales_orders(status, stream),
        Fact("Checked", checked) if status.store_checked_at and not status.store_damage else None,
        Fact("Kept in", stream.text(status.store)),
    ]


def _to_ship(status: "Status", stream: Stream) -> Fact | None:
    """Return how many units have to be shipped by when, and what lists them if one is overdue."""
    found = status.to_ship
    if not found:
        return None
    late = bool(found.get(Due.OVERDUE))
    words = ", ".join(f"{stream.number(units)} {DUE_WORDS.get(due, due)}" for due, units in found.items())
    return Fact(
        "To ship",
        [words, stream.typed(command("orders", "due"))] if late else words,
        "red" if late else "yellow" if found.get(Due.TODAY) else "",
    )


def _actions(status: "Status", stream: Stream) -> Fact | None:
    """Return how much of what was to be sent to Kaufland has not ended, and what goes on with it."""
    found = status.unfinished_actions
    if not found:
        return None
    words = ", ".join(f"{stream.number(count)} {state.replace('_', ' ')}" for state, count in found.items())
    return Fact("Not done yet", [f"at Kaufland: {words}", stream.typed(command("actions", "retry"))], "yellow")


def _sales_orders(status: "Status", stream: Stream) -> Fact | None:
    """Return the number of sales orders in each state, and what to type if one needs attention."""
    counts = status.sales_orders
    words = ", ".join(f"{stream.number(count)} {state}" for state, count in counts.items() if count)
    if not words:
        return None
    refused = counts.get("error") or counts.get("conflict")
    style = "red" if refused else "yellow" if counts.get("held") else ""
    next_step = NO_HINT
    if refused:
        next_step = command("sales-orders", "list", "--state", "error", "--state", "conflict")
    elif status.create_sales_orders and status.confirm_first_sales_order and not status.first_sales_order_confirmed:
        confirm = command("sales-orders", "push", "--confirm-first")
        next_step = Hint("nothing is created automatically until you run: ", confirm)
    return Fact("Sales orders", [words, stream.typed(next_step)] if next_step else words, style)


def _reconciled(last: "Reconciled | None", stream: Stream) -> Fact | None:
    """Return when the store was last compared with Kaufland, and what that found."""
    if last is None:
        return None
    kinds = (("missing", last.missing), ("surplus", last.surplus), ("differing", last.differing))
    found = [f"{stream.number(count)} {name}" for name, count in kinds if count]
    start = f"{stream.moment(last.at)}, orders since {stream.day(last.since)}"
    if last.storefront:
        start += f", only {stream.text(last.storefront)}"
    if not last.complete:
        return Fact("Compared", f"{start}: not everything could be read", "yellow")
    if not found:
        return Fact("Compared", f"{start}: all {stream.counted(last.units_compared, 'unit')} agree")
    all_stored = sum(count for _, count in kinds) <= last.fixed
    some = f"; {stream.number(last.fixed)} now stored" if last.fixed else ""
    stored = "; all now stored" if all_stored else some
    return Fact("Compared", f"{start}: {', '.join(found)}{stored}", "yellow")


def _unreadable(failed: "Sequence[FailedUnit]", stream: Stream) -> list[Block]:
    """Return the unreadable units, latest first, as many as fit on a screen."""
    rows = [failed_unit(one, stream) for one in failed[:_MAX_UNREADABLE]]
    if len(failed) > _MAX_UNREADABLE:
        rows.append(Fact("and more", f"{stream.number(len(failed) - _MAX_UNREADABLE)}, all of them with --json"))
    return [*heading("Could not be read"), *facts(rows)] if rows else []


def failed_unit(unit: "FailedUnit", stream: Stream) -> Fact:
    """Return a unit that could not be read, and why."""
    named = f"unit {stream.text(unit.id_order_unit) or '?'}: {stream.text(unit.reason)}"
    return Fact(f"order {stream.text(unit.id_order) or '?'}", named, "red")


def _schedule(status: "Status", stream: Stream) -> list[Fact | None]:
    automatic, waiting = status.auto_import_orders, status.retry_after
    every = stream.counted(status.interval_minutes, "minute")
    return [
        Fact("Auto import", f"on, every {every}" if automatic else "off"),
        _installed(status.schedule, stream),
        Fact("Asked to wait", f"no requests before {stream.moment(waiting)}", "yellow") if waiting else None,
        Fact("Next due", stream.moment(status.next_due, unknown="")),
    ]


def _installed(schedule: "ScheduleSummary", stream: Stream) -> Fact | None:
    """Return what is installed in the scheduler, and what to type if it does not match the settings."""
    if schedule.differences:
        said = [stream.text(one) for one in schedule.differences]
        return Fact("Scheduler", [*said, stream.typed(schedule.fix)], "yellow")
    return installed_in(schedule, stream)


def _connection(status: "Status", stream: Stream) -> list[Fact | None]:
    logged = "on" if status.log_api_requests else "off, failed calls are kept"
    return [
        Fact("Base URL", stream.text(status.base_url)),
        Fact("Client key", stream.text(status.client_key) or "none yet"),
        Fact("API log", f"{logged}; {stream.counted(status.log.entries, 'call')}, {stream.size(status.log.bytes)}"),
    ]


def _others(environments: "Sequence[OtherStore]", stream: Stream) -> list[Block]:
    if not environments:
        return []
    lines = heading("Other environments")
    for other in environments:
        last = other.last_sync
        mark, style = _light(last, stream)
        if other.orders is None:
            when = "cannot be read"
        else:
            when = "no import yet" if last.at is None else f"last import {_when(last, stream)}"
        text, message = f"{stream.text(other.environment)}: {when}", stream.text(last.message)
        lines += marked(mark, f"{text}; {message}" if message else text, style=style, indent=2)
    return lines


def schedule_card(report: "ScheduleReport", stream: Stream) -> list[Block]:
    """Return what is installed in the system's scheduler, and whether it matches the settings."""
    summary = report.summary
    title = "The schedule is installed" if summary.installed else "Nothing is installed in a scheduler"
    if summary.differences:
        mark, style = stream.marks.failed, "bold red"
    elif summary.verified is False:
        mark, style = stream.marks.warning, "bold yellow"
    else:
        mark, style = (stream.marks.passed, "bold green") if summary.installed else (stream.marks.skipped, "bold")
    every = stream.counted(report.interval_minutes, "minute")
    rows = [
        Fact("Differs", [stream.text(one) for one in summary.differences], "red"),
        Fact("Auto import", f"on, every {every}" if report.auto_import_orders else "off"),
        installed_in(summary, stream),
        Fact("Runs as", stream.text(report.user)) if summary.installed else None,
        Fact("Entry", [stream.text(place) for place in report.places]),
        Fact("Next run", stream.moment(report.next_run)) if summary.installed else None,
        Fact("Last run", _last_run(report.last_run, stream)),
        Fact("Note", [stream.typed(note) for note in report.notes]),
    ]
    return [*marked(mark, title, style=style), *facts(rows), *hint(summary.fix, stream)]


def installed_in(schedule: "ScheduleSummary", stream: Stream) -> Fact | None:
    """Return which scheduler starts imports, and how often."""
    if not schedule.installed:
        return None
    every, unverified = schedule.every_minutes, schedule.verified is False
    parts = [
        stream.text(schedule.scheduler),
        f"every {stream.counted(every, 'minute')}" if every else "",
        "for all profiles" if schedule.all_profiles else "",
        "not verified: no run has come since it was installed" if unverified else "",
    ]
    return Fact("Scheduler", ", ".join(filter(None, parts)), "yellow" if unverified else "")


def _last_run(last: "Run | None", stream: Stream) -> str:
    if last is None:
        return "no import yet"
    return f"{stream.moment(last.started_at)}, {stream.text(last.verdict) or 'not finished'}"


STATUS = Card("status", status_card, record=status_record)
SCHEDULE = Card("schedule", schedule_card, record=schedule_record)
SCHEDULE_PLAN = Card("schedule_plan", record=planned_schedule_record)
SCHEDULE_INSTALL = Card("schedule_install", record=installed_schedule_record)
SCHEDULE_REMOVE = Card("schedule_remove", record=removed_schedule_record)
