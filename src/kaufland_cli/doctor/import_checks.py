"""Checks from the store: whether imports run, what needs attention, and how large the API log is."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from kaufland_cli.clock import CLOCKS_MAY_DIFFER
from kaufland_cli.doctor.check import Check, State, plain
from kaufland_cli.doctor.store_checks import MEGABYTE
from kaufland_cli.domain.hint import command
from kaufland_cli.domain.numbers import NumberForm, counted_in, size_text, whole_number
from kaufland_cli.domain.text import counted
from kaufland_cli.monitoring.health import Health, is_recent, oldest_allowed
from kaufland_cli.monitoring.memory import Failure
from kaufland_cli.settings import Settings
from kaufland_cli.store.store import Store
from kaufland_cli.store.sync import Run

IMPORT: Final = command("import-orders")
TOO_MUCH: Final = 1.5
"""Factor over the configured limit before we warn: the next import trims what is a little over it."""
WAITING: Final = {"held": "held back", "error": "refused", "conflict": "in conflict with the order"}


def last_import_checks(store: Store, health: Health, settings: Settings, now: datetime) -> Iterator[Check]:
    """Yield whether the last import succeeded and whether imports still run."""
    last, complete = store.sync.last_run(), health.last_complete
    automatic = settings.order_import.auto_import_orders
    if complete is None:
        yield _last_import("failed" if automatic else "warning", "There has been no complete import yet", last)
        return
    text = f"The last complete one ended {_ago(now - complete)}"
    if health.failure is not None:
        runs = counted(health.failure.runs, "scheduled run")
        text += f", and {runs} failed since then, the first one {_ago(now - health.failure.since)}"
        yield _last_import("failed", text, health.failure)
    elif automatic and not is_recent(complete, longest_age(settings), now):
        yield _last_import("failed", f"{text}, and automatic imports are on", last)
    elif last is not None and not last.is_complete:
        yield _last_import("warning", f"{text}, and one since then was incomplete", last)
    else:
        yield plain("last import", "ok", text if automatic else f"{text}; automatic imports are off")


def times_check(store: Store, now: datetime) -> Check:
    """Return whether a time that imports depend on is in the future."""
    ahead = store.sync.state().times_ahead(now)
    if not ahead:
        return plain("times in the store", "ok", "none is in the future")
    message = f"In the future: {', '.join(ahead)}. A clock was wrong, or this computer's is wrong now"
    return plain("times in the store", "failed" if "watermark" in ahead else "warning", message, IMPORT)


def leftover_checks(store: Store, numbers: NumberForm) -> Iterator[Check]:
    """Yield units that could not be read, what was not ended at Kaufland, and sales orders that need attention."""
    if unfinished := store.queries.unfinished_actions():
        words = ", ".join(
            f"{whole_number(count, numbers)} {state.replace('_', ' ')}" for state, count in unfinished.items()
        )
        message = f"What was to be sent to Kaufland has not ended: {words}"
        yield plain("actions", "warning", message, command("actions", "retry"))
    failed = store.failed_units.count()
    if failed:
        message = f"{counted_in(numbers, failed, 'unit')} could not be read; each import tries again"
        yield plain("unreadable units", "warning", message, command("orders", "list", "--failed"))
    else:
        yield plain("unreadable units", "ok", "none")
    counts = store.queries.sales_order_counts()
    for state, words in WAITING.items():
        if counts.get(state):
            hint = command("sales-orders", "list", "--state", state)
            yield plain("sales orders", "warning", f"{counted_in(numbers, counts[state], 'order')} {words}", hint)
    if counts and not any(counts.get(state) for state in WAITING):
        yield plain(
            "sales orders",
            "ok",
            ", ".join(f"{whole_number(count, numbers)} {state}" for state, count in counts.items()),
        )


def log_checks(store: Store, settings: Settings, raw_bytes: int, numbers: NumberForm) -> Iterator[Check]:
    """Yield the sizes of the API log and of the raw data of unreadable units."""
    entries, size = store.request_log.size()
    text = f"{counted_in(numbers, entries, 'entry', 'entries')}, {size_text(size, numbers)}"
    if size > TOO_MUCH * settings.debug.log_max_megabytes * MEGABYTE:
        allowed = f"{settings.debug.log_max_megabytes} MB are allowed"
        yield plain("API log", "warning", f"{text}, and {allowed}", command("log", "prune"))
    else:
        yield plain("API log", "ok", text)
    raw = f"{size_text(raw_bytes, numbers)} of unreadable units"
    if raw_bytes > TOO_MUCH * settings.privacy.raw_max_megabytes * MEGABYTE:
        message = f"{raw}, and {settings.privacy.raw_max_megabytes} MB are allowed (privacy.raw_max_megabytes)"
        yield plain("raw data", "warning", message, IMPORT)
    else:
        yield plain("raw data", "ok", raw)


def longest_age(settings: Settings) -> timedelta:
    """Return how old the last complete import may be."""
    return oldest_allowed(settings.order_import.interval_minutes, settings.monitoring.max_age_minutes)


def _last_import(state: State, text: str, last: Run | Failure | None) -> Check:
    """Return the check with the message of the last import, which a report omits because it may quote Kaufland."""
    said, verdict = ("", "") if last is None else _said(last)
    shared = f"{text} (verdict {verdict})" if verdict else text
    return Check("last import", state, f"{text}. Its message: {said}" if said else text, IMPORT, shared)


def _said(last: Run | Failure) -> tuple[str, str]:
    """Return the message on one line, and the verdict or the kind of failure."""
    message, verdict = (last.message, last.verdict) if isinstance(last, Run) else (last.what, last.kind)
    return " ".join((message or "").split()), verdict or ""


def _ago(age: timedelta) -> str:
    if age < -CLOCKS_MAY_DIFFER:
        return "at a time in the future: a clock was wrong"
    minutes = max(0, int(age.total_seconds() // 60))
    if minutes < 120:  # noqa: PLR2004 - minutes up to two hours
        return f"{counted(minutes, 'minute')} ago"
    hours = minutes // 60
    return f"{hours} hours ago" if hours < 48 else f"{hours // 24} days ago"  # noqa: PLR2004 - two days
