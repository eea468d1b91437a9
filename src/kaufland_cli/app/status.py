"""`kaufland status`: from the store, the settings and the scheduler to one record of how the imports are doing."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from kaufland_cli.app.context import Context
from kaufland_cli.app.first_steps import next_import
from kaufland_cli.app.stores import glance
from kaufland_cli.domain.hint import NO_HINT, Hint, command
from kaufland_cli.errors import KauflandError

if TYPE_CHECKING:
    from kaufland_cli.errors import StoreDamaged
    from kaufland_cli.monitoring.memory import Memory


def status_record(context: Context, memory: "Memory | None" = None) -> dict[str, Any]:
    """Return the record of the JSON output; `memory`: what scheduled imports remember, if already read."""
    from kaufland_cli.app.schedule_state import schedule_record
    from kaufland_cli.app.watching import health_of
    from kaufland_cli.domain.moments import as_text, read_moment
    from kaufland_cli.order_import.lock import running_import
    from kaufland_cli.settings import masked
    from kaufland_cli.store.record import known_damage, read_record
    from kaufland_cli.store.sync import shown_time

    settings, path = context.settings, context.loaded.store_file
    plan = settings.order_import
    with glance(context) as store:
        state = store.sync.state()
        last = store.sync.last_run()
        good = store.sync.last_complete_run()
        begun = store.sync.last_run(finished=False)
        entries, size = store.request_log.size()
        counts = store.queries.counts()
        reconciled = store.past_reconciliations.last()
        accepted = store.accepted_totals.accepted()
        failed = [dict(list(unit._asdict().items())[:5]) for unit in store.queries.unreadable_units()]
        sales_orders = store.queries.sales_order_counts()
        first_confirmed = store.queries.first_sales_order_confirmed()
        health = health_of(context, store, memory)
    failure, looked_through, damage = health.failure, read_record(path), known_damage(path)
    waiting = state.waiting_until(context.clock.now())
    holder = running_import(path)
    started = read_moment(begun["started_at"]) if begun else None
    next_due = None
    if plan.auto_import_orders:
        next_due = (started + timedelta(minutes=plan.interval_minutes)) if started else context.clock.now()
        next_due = max(next_due, waiting or next_due)
    return {
        "environment": settings.api.environment,
        **_sync(last, context.clock.now()),
        **_as_damaged(damage),
        "last_order_sync_verdict": last["verdict"] if last else None,
        "last_complete_sync": good["finished_at"] if good else None,
        "health": health.state,
        "failing_since": None if failure is None else as_text(failure.since),
        "failures_in_a_row": 0 if failure is None else failure.runs,
        "failure_message": None if failure is None else failure.what,
        "checked_up_to": shown_time(state.watermark),
        "accepted_total": None if accepted is None else accepted.record(),
        "times_ahead": state.times_ahead(context.clock.now()),
        **counts,
        "failed": failed,
        "last_reconciliation": reconciled,
        "auto_import_orders": plan.auto_import_orders,
        "interval_minutes": plan.interval_minutes,
        "schedule": schedule_record(context),
        "retry_after": shown_time(waiting),
        "next_due": None if next_due is None else as_text(next_due),
        "create_sales_orders": settings.creates_any_sales_orders,
        "sales_orders": sales_orders,
        "first_sales_order_confirmed": first_confirmed,
        "confirm_first_sales_order": settings.sales_orders.confirm_first,
        "log_api_requests": settings.debug.log_api_requests,
        "log_entries": entries,
        "log_bytes": size,
        "store": str(path),
        "store_damage": None if damage is None else damage.message,
        "store_checked_at": None if looked_through is None else looked_through.checked_at,
        "client_key": masked(settings.api.client_key),
        "base_url": settings.api.url,
        "running": None if holder is None else {"pid": holder.pid, "since": holder.since, "command": holder.command},
        "environments": [_other(context, found) for found in sorted(path.parent.glob("*.sqlite3")) if found != path],
    }


def _sync(last: dict[str, Any] | None, now: datetime) -> dict[str, Any]:
    """Return the fields of the last import: green if everything was read, red if not, None without an import."""
    from kaufland_cli.domain.moments import read_moment

    finished = read_moment(last["finished_at"]) if last else None
    return {
        "last_order_sync": last["finished_at"] if last else None,
        "last_order_sync_status": None if last is None else "green" if last["verdict"] == "success" else "red",
        "last_order_sync_message": last["message"] if last else "no import yet",
        "age_seconds": None if finished is None else max(0, round((now - finished).total_seconds())),
        "complete": None if last is None else last["verdict"] in {"success", "partial"},
    }


def _as_damaged(damage: "StoreDamaged | None") -> dict[str, Any]:
    """Return what makes the last import red if the store is damaged, even if it succeeded."""
    if damage is None:
        return {}
    return {"last_order_sync_status": "red", "last_order_sync_message": damage.message}


def _other(context: Context, path: Path) -> dict[str, Any]:
    """Return a few fields of another environment's store, or why it cannot be read."""
    from kaufland_cli.store.store import Store

    short: dict[str, Any] = {"environment": path.stem, "store": str(path)}
    try:
        with Store.open(path, context.clock.now()) as store:
            short |= _sync(store.sync.last_run(), context.clock.now())
            short["orders"] = store.queries.counts()["orders"]
    except KauflandError as error:
        short |= {"last_order_sync": None, "last_order_sync_status": "red", "last_order_sync_message": error.message}
    return short


def was_stopped(context: Context) -> bool:
    """Return whether the last import that began has not ended."""
    with glance(context) as store:
        begun = store.sync.last_run(finished=False)
    return begun is not None and begun["finished_at"] is None


def is_fresh(record: dict[str, Any], now: datetime, limit: timedelta) -> bool:
    """Return whether the last complete import ended within the limit."""
    from kaufland_cli.domain.moments import read_moment
    from kaufland_cli.monitoring.health import is_recent

    return is_recent(read_moment(record["last_complete_sync"]), limit, now)


class Advice(NamedTuple):
    """What somebody should know or do after a look at the status."""

    warnings: list[str]
    next_command: Hint
    """Empty if there is nothing to do."""


def advice(context: Context, record: dict[str, Any]) -> Advice:
    """Return what follows from a status record."""
    again = context.typed(command("import-orders"))
    warnings = []
    if record["times_ahead"]:
        warnings.append(
            f"Times in the store lie in the future ({', '.join(record['times_ahead'])}): a clock was wrong, or this "
            f"computer's is wrong now. The next import corrects them: {again}"
        )
    if record["running"] is None and was_stopped(context):
        warnings.append(f"The last import was stopped early. The next one continues: {again}")
        return Advice(warnings, NO_HINT)
    if context.damage is not None:
        return Advice(warnings, NO_HINT)  # the error that follows says it
    if record["last_order_sync"] is None:
        return Advice(warnings, next_import(context) if context.stderr.isatty() else NO_HINT)
    failing = record["last_order_sync_status"] == "red" or record["health"] in {"old", "failing"}
    return Advice(warnings, command("doctor") if failing else NO_HINT)
