"""The status card: last import, stored orders, schedule and connection; and the schedule on its own.

The records come from `app.status` and `app.schedule_state`.
"""

from collections.abc import Sequence

from kaufland_cli.domain.hint import NO_HINT, Hint, command
from kaufland_cli.output.blocks import Block, Card, Fact, Record, facts, heading, hint, marked
from kaufland_cli.output.moments import age_in_words
from kaufland_cli.output.stream import Stream

_GREEN = "green"
_MAX_UNREADABLE = 10
_LIST_FAILED = command("orders", "list", "--failed")


def status_card(status: Record, stream: Stream) -> list[Block]:
    """Return the lines of the status card."""
    environments: Sequence[Record] = status.get("environments") or []
    return [
        *_last_import(status, stream),
        *heading("Orders"),
        *facts(_stored(status, stream)),
        *_unreadable(status.get("failed") or [], stream),
        *heading("Schedule"),
        *facts(_schedule(status, stream)),
        *heading("Connection"),
        *facts(_connection(status, stream)),
        *_others(environments, stream),
    ]


def _when(status: Record, stream: Stream) -> str:
    at = status.get("last_order_sync")
    if at is None:
        return "never"
    age = status.get("age_seconds")
    return stream.moment(at) + (f", {age_in_words(age)}" if isinstance(age, int | float) else "")


def _light(status: Record, stream: Stream) -> tuple[str, str]:
    """Return the mark and the colour of the last import."""
    colour = status.get("last_order_sync_status")
    if colour is None:
        return stream.marks.skipped, "yellow"
    return (stream.marks.passed, "green") if colour == _GREEN else (stream.marks.failed, "red")


def _last_import(status: Record, stream: Stream) -> list[Block]:
    mark, style = _light(status, stream)
    never = status.get("last_order_sync") is None
    title = f"Last Order Sync {_when(status, stream)}"
    complete = status.get("complete")
    incomplete = status.get("last_order_sync_verdict") == "incomplete"
    not_read = "not everything could be read: run again" if incomplete else "no"
    read = None if complete is None else "yes" if complete else not_read
    running = status.get("running")
    message = stream.text(status.get("last_order_sync_message"))
    sync = [
        None if never else Fact("Last Order Sync Status", "OK" if style == "green" else "failed", style),
        Fact("Last Order Sync Message", message, "red" if style == "red" else ""),
    ]
    rows = [
        Fact("Environment", stream.text(status.get("environment"))),
        Fact("Complete", read, "" if complete else "yellow") if read else None,
        Fact("Checked at", stream.moment(status.get("last_complete_sync"), unknown="")),
        Fact("Newest change", newest_change(status.get("checked_up_to"), stream))
        if status.get("checked_up_to")
        else None,
        *_health(status, stream),
        Fact("Running now", _running(running, stream), "cyan") if running else None,
    ]
    return [*marked(mark, title, style=f"bold {style}"), *facts(sync), *facts(rows)]


def newest_change(watermark: object, stream: Stream) -> str:
    """Return the newest change of an order at Kaufland that is in the store."""
    return "not known yet" if watermark is None else f"{stream.moment(watermark)} at Kaufland"


def _health(status: Record, stream: Stream) -> list[Fact]:
    """Return a warning if scheduled imports fail or no longer run."""
    if status.get("health") == "old":
        return [Fact("Scheduled", "no complete import for too long; is the schedule still running?", "red")]
    if status.get("health") != "failing":
        return []
    count = stream.counted(status.get("failures_in_a_row"), "run")
    text = f"failing since {stream.moment(status.get('failing_since'))}, {count} in a row"
    return [Fact("Scheduled", [text, stream.text(" ".join(str(status.get("failure_message") or "").split()))], "red")]


def _running(running: Record, stream: Stream) -> str:
    command = stream.text(running.get("command"))
    start = f"since {stream.moment(running.get('since'))}, process {stream.text(running.get('pid')) or '?'}"
    return f"{start}: {command}" if command else start


def _stored(status: Record, stream: Stream) -> list[Fact | None]:
    failed = status.get("units_failed")
    aside = status.get("units_set_aside")
    waiting = status.get("details_waiting")
    checked, damage = status.get("store_checked_at"), status.get("store_damage")
    return [
        Fact("Orders", stream.number(status.get("orders"))),
        Fact("Units", stream.number(status.get("units"))),
        Fact("Failed", f"{stream.counted(failed, 'unit')} could not be read", "red") if failed else None,
        Fact("Set aside", f"{stream.counted(aside, 'unit')}: {stream.typed(_LIST_FAILED)}") if aside else None,
        Fact("Details", f"{stream.counted(waiting, 'order')} waiting for details") if waiting else None,
        _reconciled(status.get("last_reconciliation"), stream),
        _sales_orders(status, stream),
        Fact("Checked", f"{stream.moment(checked)}, the whole store: no damage") if checked and not damage else None,
        Fact("Kept in", stream.text(status.get("store")), whole=True),
    ]


def _sales_orders(status: Record, stream: Stream) -> Fact | None:
    """Return the number of sales orders in each state, and what to type if one needs attention."""
    counts: Record = status.get("sales_orders") or {}
    words = ", ".join(f"{stream.number(count)} {state}" for state, count in counts.items() if count)
    style = "red" if counts.get("error") or counts.get("conflict") else "yellow" if counts.get("held") else ""
    if not words:
        return None
    next_step = NO_HINT
    if counts.get("error") or counts.get("conflict"):
        next_step = command("sales-orders", "list", "--state", "error", "--state", "conflict")
    elif (
        status.get("create_sales_orders")
        and status.get("confirm_first_sales_order")
        and not status.get("first_sales_order_confirmed")
    ):
        confirm = command("sales-orders", "push", "--confirm-first")
        next_step = Hint("nothing is created automatically until you run: ", confirm)
    return Fact("Sales orders", [words, stream.typed(next_step)] if next_step else words, style)


def _reconciled(last: Record | None, stream: Stream) -> Fact | None:
    """Return when the store was last compared with Kaufland, and what that found."""
    if last is None:
        return None
    found = [
        f"{stream.number(last.get(name))} {name}" for name in ("missing", "surplus", "differing") if last.get(name)
    ]
    start = f"{stream.moment(last.get('at'))}, orders since {stream.day(last.get('since'))}"
    if last.get("storefront"):
        start += f", only {stream.text(last['storefront'])}"
    if not last.get("complete"):
        return Fact("Compared", f"{start}: not everything could be read", "yellow")
    left = sum(last.get(name) or 0 for name in ("missing", "surplus", "differing")) - (last.get("fixed") or 0)
    if not found:
        return Fact("Compared", f"{start}: all {stream.counted(last.get('units_compared'), 'unit')} agree")
    fixed = last.get("fixed")
    stored = "; all now stored" if left <= 0 else f"; {stream.number(fixed)} now stored" if fixed else ""
    return Fact("Compared", f"{start}: {', '.join(found)}{stored}", "yellow")


def _unreadable(failed: Sequence[Record], stream: Stream) -> list[Block]:
    """Return the unreadable units, latest first, as many as fit on a screen."""
    rows = [
        Fact(
            f"order {stream.text(one.get('id_order')) or '?'}",
            f"unit {stream.text(one.get('id_order_unit')) or '?'}: {stream.text(one.get('reason'))}",
            "red",
        )
        for one in failed[:_MAX_UNREADABLE]
    ]
    if len(failed) > _MAX_UNREADABLE:
        rows.append(Fact("and more", f"{stream.number(len(failed) - _MAX_UNREADABLE)}, all of them with --json"))
    return [*heading("Could not be read"), *facts(rows)] if rows else []


def _schedule(status: Record, stream: Stream) -> list[Fact | None]:
    automatic = status.get("auto_import_orders")
    retry_after = status.get("retry_after")
    interval = status.get("interval_minutes")
    return [
        Fact("Auto import", f"on, every {stream.counted(interval, 'minute')}" if automatic else "off"),
        _installed(status.get("schedule") or {}, stream),
        Fact("Asked to wait", f"no requests before {stream.moment(retry_after)}", "yellow") if retry_after else None,
        Fact("Next due", stream.moment(status.get("next_due"), unknown="")) if automatic else None,
    ]


def _installed(schedule: Record, stream: Stream) -> Fact | None:
    """Return what is installed in the scheduler, and what to type if it does not match the settings."""
    if schedule.get("differences"):
        said = [stream.text(one) for one in schedule["differences"]]
        return Fact("Scheduler", [*said, stream.text(schedule.get("fix"))], "yellow")
    return installed_in(schedule, stream)


def _connection(status: Record, stream: Stream) -> list[Fact | None]:
    logged = status.get("log_api_requests")
    size = status.get("log_bytes")
    extent = f"{stream.counted(status.get('log_entries'), 'call')}" + (
        f", {stream.size(size)}" if isinstance(size, int | float) else ""
    )
    return [
        Fact("Base URL", stream.text(status.get("base_url")), whole=True),
        Fact("Client key", stream.text(status.get("client_key")) or "none yet"),
        Fact("API log", f"{'on' if logged else 'off, failed calls are kept'}; {extent}"),
    ]


def _others(environments: Sequence[Record], stream: Stream) -> list[Block]:
    if not environments:
        return []
    lines = heading("Other environments")
    for other in environments:
        mark, style = _light(other, stream)
        never = other.get("last_order_sync") is None
        text = f"{stream.text(other.get('environment'))}: " + (
            "no import yet" if never else f"last import {_when(other, stream)}"
        )
        message = stream.text(other.get("last_order_sync_message"))
        lines += marked(mark, f"{text}; {message}" if message else text, style=style, indent=2)
    return lines


def schedule_card(record: Record, stream: Stream) -> list[Block]:
    """Return what is installed in the scheduler, and whether it matches the settings."""
    differences: Sequence[str] = record.get("differences") or []
    installed = record.get("installed")
    title = "The schedule is installed" if installed else "Nothing is installed in a scheduler"
    unverified = record.get("verified") is False
    if differences:
        mark, style = stream.marks.failed, "bold red"
    elif unverified:
        mark, style = stream.marks.warning, "bold yellow"
    else:
        mark, style = (stream.marks.passed, "bold green") if installed else (stream.marks.skipped, "bold")
    lines = marked(mark, title, style=style)
    automatic, every = record.get("auto_import_orders"), record.get("interval_minutes")
    rows = [
        Fact("Differs", [stream.text(one) for one in differences], "red") if differences else None,
        Fact("Auto import", f"on, every {stream.counted(every, 'minute')}" if automatic else "off"),
        installed_in(record, stream),
        Fact("Runs as", stream.text(record.get("user"))) if installed else None,
        Fact("Entry", [stream.text(place) for place in record.get("places") or []], whole=True),
        Fact("Next run", stream.text(record.get("next_run"))) if installed else None,
        Fact("Last run", _last(record, stream)),
        Fact("Note", [stream.text(note) for note in record.get("notes") or []]),
    ]
    return [*lines, *facts(rows), *hint(stream.text(record.get("fix")), stream)]


def installed_in(record: Record, stream: Stream) -> Fact | None:
    """Return which scheduler starts imports, and how often."""
    if not record.get("installed"):
        return None
    every = record.get("every_minutes")
    parts = [stream.text(record.get("with")), f"every {stream.counted(every, 'minute')}" if every else ""]
    parts += ["for all profiles" if record.get("all_profiles") else ""]
    unverified = record.get("verified") is False
    parts += ["not verified: no run has come since it was installed"] if unverified else []
    return Fact("Scheduler", ", ".join(filter(None, parts)), "yellow" if unverified else "")


def _last(record: Record, stream: Stream) -> str:
    if record.get("last_run") is None:
        return "no import yet"
    verdict = record.get("last_run_verdict")
    return f"{stream.moment(record['last_run'])}, {stream.text(verdict) if verdict else 'not finished'}"


STATUS = Card("status", status_card)
SCHEDULE = Card("schedule", schedule_card)
