"""How it stands: connection, last import, what is stored, what comes next."""

from collections.abc import Mapping, Sequence
from typing import Any

from kaufland_cli.output.blocks import Fact, facts, heading, marked
from kaufland_cli.output.moments import age_in_words
from kaufland_cli.output.schedule_card import entered_in
from kaufland_cli.output.screen import Screen
from kaufland_cli.output.values import size_in_words

_GREEN = "green"
_MAX_UNREADABLE = 10


def status_card(status: Mapping[str, Any], screen: Screen) -> list[str]:
    """Return the lines of the status card."""
    environments: Sequence[Mapping[str, Any]] = status.get("environments") or []
    return [
        *_last_import(status, screen),
        *heading("Orders", screen),
        *facts(_stored(status, screen), screen),
        *_unreadable(status.get("failed") or [], screen),
        *heading("Schedule", screen),
        *facts(_schedule(status, screen), screen),
        *heading("Connection", screen),
        *facts(_connection(status, screen), screen),
        *_others(environments, screen),
    ]


def _when(status: Mapping[str, Any], screen: Screen) -> str:
    at = status.get("last_order_sync")
    if at is None:
        return "never"
    age = status.get("age_seconds")
    return screen.moment(at) + (f", {age_in_words(age)}" if isinstance(age, int | float) else "")


def _light(status: Mapping[str, Any], screen: Screen) -> tuple[str, str]:
    """Return the mark and the colour of the last import."""
    colour = status.get("last_order_sync_status")
    if colour is None:
        return screen.marks.skipped, "yellow"
    return (screen.marks.passed, "green") if colour == _GREEN else (screen.marks.failed, "red")


def _last_import(status: Mapping[str, Any], screen: Screen) -> list[str]:
    mark, style = _light(status, screen)
    never = status.get("last_order_sync") is None
    title = f"Last import {_when(status, screen)}" if not never else "No import yet"
    complete = status.get("complete")
    incomplete = status.get("last_order_sync_verdict") == "incomplete"
    not_read = "not everything could be read: run again" if incomplete else "no"
    read = None if complete is None else "yes" if complete else not_read
    earlier = status.get("last_complete_sync") if complete is False else None
    running = status.get("running")
    rows = [
        Fact("Environment", screen.text(status.get("environment"))),
        Fact("Message", screen.text(status.get("last_order_sync_message")), "red" if style == "red" else ""),
        Fact("Complete", read, "" if complete else "yellow") if read else None,
        Fact("Last complete", screen.moment(earlier)) if earlier else None,
        *_health(status, screen),
        Fact("Checked up to", screen.moment(status.get("checked_up_to"), unknown="")),
        Fact("Running now", _running(running, screen), "cyan") if running else None,
    ]
    return [*marked(mark, title, screen, style=f"bold {style}"), *facts(rows, screen)]


def _health(status: Mapping[str, Any], screen: Screen) -> list[Fact]:
    """Return that scheduled imports fail or no longer run, where they do."""
    if status.get("health") == "old":
        return [Fact("Scheduled", "no import was complete for too long: does the schedule still run?", "red")]
    if status.get("health") != "failing":
        return []
    count = screen.counted(status.get("failures_in_a_row"), "run")
    text = f"failing since {screen.moment(status.get('failing_since'))}, {count} in a row"
    return [Fact("Scheduled", [text, screen.text(" ".join(str(status.get("failure_message") or "").split()))], "red")]


def _running(running: Mapping[str, Any], screen: Screen) -> str:
    command = screen.text(running.get("command"))
    start = f"since {screen.moment(running.get('since'))}, process {screen.text(running.get('pid')) or '?'}"
    return f"{start}: {command}" if command else start


def _stored(status: Mapping[str, Any], screen: Screen) -> list[Fact | None]:
    failed = status.get("units_failed")
    aside = status.get("units_set_aside")
    waiting = status.get("details_waiting")
    checked, damage = status.get("store_checked_at"), status.get("store_damage")
    return [
        Fact("Orders", screen.number(status.get("orders"))),
        Fact("Units", screen.number(status.get("units"))),
        Fact("Failed", f"{screen.counted(failed, 'unit')} could not be read", "red") if failed else None,
        Fact("Set aside", f"{screen.counted(aside, 'unit')}: kaufland orders list --failed") if aside else None,
        Fact("Details", f"{screen.counted(waiting, 'order')} waiting for details") if waiting else None,
        _reconciled(status.get("last_reconciliation"), screen),
        _sales_orders(status, screen),
        Fact("Checked", f"{screen.moment(checked)}, the whole store: no damage") if checked and not damage else None,
        Fact("Kept in", screen.text(status.get("store")), whole=True),
    ]


def _sales_orders(status: Mapping[str, Any], screen: Screen) -> Fact | None:
    """Return how many sales orders there are in each state, and what to type where one needs a person."""
    counts: Mapping[str, Any] = status.get("sales_orders") or {}
    words = ", ".join(f"{screen.number(count)} {state}" for state, count in counts.items() if count)
    style = "red" if counts.get("error") or counts.get("conflict") else "yellow" if counts.get("held") else ""
    if not words:
        return None
    next_command = ""
    if counts.get("error") or counts.get("conflict"):
        next_command = "kaufland sales-orders list --state error --state conflict"
    elif status.get("create_sales_orders") and not status.get("first_sales_order_confirmed"):
        next_command = "none is created by itself before: kaufland sales-orders push --confirm-first"
    return Fact("Sales orders", [words, next_command] if next_command else words, style)


def _reconciled(last: Mapping[str, Any] | None, screen: Screen) -> Fact | None:
    """Return when the store was last compared with Kaufland, and what that found."""
    if last is None:
        return None
    found = [
        f"{screen.number(last.get(name))} {name}" for name in ("missing", "surplus", "differing") if last.get(name)
    ]
    start = f"{screen.moment(last.get('at'))}, orders since {screen.day(last.get('since'))}"
    if last.get("storefront"):
        start += f", only {screen.text(last['storefront'])}"
    if not last.get("complete"):
        return Fact("Compared", f"{start}: not everything could be read", "yellow")
    left = sum(last.get(name) or 0 for name in ("missing", "surplus", "differing")) - (last.get("fixed") or 0)
    if not found:
        return Fact("Compared", f"{start}: all {screen.counted(last.get('units_compared'), 'unit')} agree")
    fixed = last.get("fixed")
    stored = "; all stored then" if left <= 0 else f"; {screen.number(fixed)} stored then" if fixed else ""
    return Fact("Compared", f"{start}: {', '.join(found)}{stored}", "yellow")


def _unreadable(failed: Sequence[Mapping[str, Any]], screen: Screen) -> list[str]:
    """Return the units that could not be read, the latest first, as far as a screen has room for them."""
    rows = [
        Fact(
            f"order {screen.text(one.get('id_order')) or '?'}",
            f"unit {screen.text(one.get('id_order_unit')) or '?'}: {screen.text(one.get('reason'))}",
            "red",
        )
        for one in failed[:_MAX_UNREADABLE]
    ]
    if len(failed) > _MAX_UNREADABLE:
        rows.append(Fact("and more", f"{screen.number(len(failed) - _MAX_UNREADABLE)}, all of them with --json"))
    return [*heading("Could not be read", screen), *facts(rows, screen)] if rows else []


def _schedule(status: Mapping[str, Any], screen: Screen) -> list[Fact | None]:
    automatic = status.get("auto_import_orders")
    retry_after = status.get("retry_after")
    interval = status.get("interval_minutes")
    return [
        Fact("Auto import", f"on, every {screen.counted(interval, 'minute')}" if automatic else "off"),
        _entered(status.get("schedule") or {}, screen),
        Fact("Asked to wait", f"Kaufland wants no request before {screen.moment(retry_after)}", "yellow")
        if retry_after
        else None,
        Fact("Next due", screen.moment(status.get("next_due"), unknown="")) if automatic else None,
    ]


def _entered(schedule: Mapping[str, Any], screen: Screen) -> Fact | None:
    """Return what the system's scheduler has entered, and what to type where that is not what the settings say."""
    if schedule.get("differences"):
        said = [screen.text(one) for one in schedule["differences"]]
        return Fact("Scheduler", [*said, screen.text(schedule.get("fix"))], "yellow")
    return entered_in(schedule, screen)


def _connection(status: Mapping[str, Any], screen: Screen) -> list[Fact | None]:
    logged = status.get("log_api_requests")
    size = status.get("log_bytes")
    extent = f"{screen.counted(status.get('log_entries'), 'call')}" + (
        f", {size_in_words(size)}" if isinstance(size, int | float) else ""
    )
    return [
        Fact("Base URL", screen.text(status.get("base_url")), whole=True),
        Fact("Client key", screen.text(status.get("client_key")) or "none yet"),
        Fact("API log", f"{'on' if logged else 'off, failed calls are kept'}; {extent}"),
    ]


def _others(environments: Sequence[Mapping[str, Any]], screen: Screen) -> list[str]:
    if not environments:
        return []
    lines = heading("Other environments", screen)
    for other in environments:
        mark, style = _light(other, screen)
        never = other.get("last_order_sync") is None
        text = f"{screen.text(other.get('environment'))}: " + (
            "no import yet" if never else f"last import {_when(other, screen)}"
        )
        message = screen.text(other.get("last_order_sync_message"))
        lines += marked(mark, f"{text}; {message}" if message else text, screen, style=style, indent=2)
    return lines
