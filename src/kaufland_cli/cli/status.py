"""`kaufland status`."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kaufland_cli.cli.options import AsJson, age
from kaufland_cli.cli.session import Session, session_of
from kaufland_cli.errors import ExitCode, KauflandError, WrongUsage

if TYPE_CHECKING:
    from kaufland_cli.monitoring.memory import Memory


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("status")(status)


def status(
    context: typer.Context,
    max_age: Annotated[
        str | None,
        typer.Option(metavar="AGE", help="Exit with 8 unless an import was complete within this age, for example 45m."),
    ] = None,
    prometheus: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write it to this file too (NAME.prom), for Prometheus' textfile collector."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the last import and how it stands.

    What is stored, what is due next, the log, and the other environments.

    Example: kaufland status --max-age 45m
    """
    session = session_of(context)
    session.choose_format(as_json=as_json)
    limit = age(max_age, "--max-age") if max_age is not None else None
    session.show_warnings()
    if prometheus is not None:  # first, so that it tells of a store that cannot be read too
        from kaufland_cli.cli.watching import write_metrics

        if prometheus.suffix != ".prom":
            raise WrongUsage(
                f"The textfile collector reads files whose names end in .prom, not {prometheus.name!r}.",
                hint="Example: --prometheus kaufland.prom",
            )
        write_metrics(session, prometheus)
    record = status_record(session)
    session.output.status_card(record)
    if record["times_ahead"] and not session.as_json:
        session.output.warning(
            f"Times in the store lie in the future ({', '.join(record['times_ahead'])}): a clock was wrong, or this "
            f"computer's is wrong now. The next import puts them right: {session.command('import-orders')}"
        )
    if not session.as_json and record["running"] is None and _was_stopped(session):
        session.output.warning(
            f"The last import was stopped before its end. The next one goes on: {session.command('import-orders')}"
        )
    elif session.stderr.isatty() and not session.as_json and (command := _next_command(session, record)):
        session.output.note(f"Next: {command}")
    if limit is not None and not _fresh(record, session.clock.now(), limit):
        if not session.as_json:
            session.output.warning(f"No import was complete within {max_age}. Try: {session.next_import}")
        raise typer.Exit(ExitCode.UNHEALTHY)


def _next_command(session: Session, record: dict[str, Any]) -> str:
    """Return what a person may want to type now; empty where all is well."""
    if record["last_order_sync"] is None:
        return session.next_import
    failing = record["last_order_sync_status"] == "red" or record["health"] in {"old", "failing"}
    return session.command("doctor") if failing else ""


def status_record(session: Session, memory: "Memory | None" = None) -> dict[str, Any]:
    """Return the record of the JSON output; `memory` is what scheduled imports remember, where it is known already."""
    from kaufland_cli.cli.schedule_state import schedule_record
    from kaufland_cli.cli.watching import health_of
    from kaufland_cli.order_import.lock import running_import
    from kaufland_cli.seller_api.moments import as_text, read_moment
    from kaufland_cli.settings import masked
    from kaufland_cli.store.sync import shown_time

    settings, path = session.settings, session.loaded.store_file
    plan = settings.order_import
    with session.store() as store:
        state = store.sync.state()
        last = store.sync.last_run()
        good = store.sync.last_complete_run()
        begun = store.sync.last_run(finished=False)
        entries, size = store.request_log.size()
        counts = store.queries.counts()
        reconciled = store.past_reconciliations.last()
        accepted = store.accepted_totals.accepted()
        failed = list(store.queries.unreadable_units())
        sales_orders = store.queries.sales_order_counts()
        first_confirmed = store.queries.first_sales_order_confirmed()
        health = health_of(session, store, memory)
    failure = health.failure
    waiting = state.waiting_until(session.clock.now())
    holder = running_import(path)
    started = read_moment(begun["started_at"]) if begun else None
    next_due = None
    if plan.auto_import_orders:
        next_due = (started + timedelta(minutes=plan.interval_minutes)) if started else session.clock.now()
        next_due = max(next_due, waiting or next_due)
    return {
        "environment": settings.api.environment,
        **_sync(last, session.clock.now()),
        "last_order_sync_verdict": last["verdict"] if last else None,
        "last_complete_sync": good["finished_at"] if good else None,
        "health": health.state,
        "failing_since": None if failure is None else as_text(failure.since),
        "failures_in_a_row": 0 if failure is None else failure.runs,
        "failure_message": None if failure is None else failure.what,
        "checked_up_to": shown_time(state.watermark),
        "accepted_total": None if accepted is None else accepted.record(),
        "times_ahead": state.times_ahead(session.clock.now()),
        **counts,
        "failed": failed,
        "last_reconciliation": reconciled,
        "auto_import_orders": plan.auto_import_orders,
        "interval_minutes": plan.interval_minutes,
        "schedule": schedule_record(session),
        "not_before": shown_time(waiting),
        "next_due": None if next_due is None else as_text(next_due),
        "create_sales_orders": settings.creates_any_sales_orders,
        "sales_orders": sales_orders,
        "first_sales_order_confirmed": first_confirmed,
        "log_api_requests": settings.debug.log_api_requests,
        "log_entries": entries,
        "log_bytes": size,
        "store": str(path),
        "client_key": masked(settings.api.client_key),
        "base_url": settings.api.url,
        "running": None if holder is None else {"pid": holder.pid, "since": holder.since, "command": holder.command},
        "environments": [_other(session, found) for found in sorted(path.parent.glob("*.sqlite3")) if found != path],
    }


def _sync(last: dict[str, Any] | None, now: datetime) -> dict[str, Any]:
    """Describe the last import: green where everything was read, red otherwise, nothing where there was none."""
    from kaufland_cli.seller_api.moments import read_moment

    finished = read_moment(last["finished_at"]) if last else None
    return {
        "last_order_sync": last["finished_at"] if last else None,
        "last_order_sync_status": None if last is None else "green" if last["verdict"] == "success" else "red",
        "last_order_sync_message": last["message"] if last else "no import yet",
        "age_seconds": None if finished is None else max(0, round((now - finished).total_seconds())),
        "complete": None if last is None else last["verdict"] in {"success", "partial"},
    }


def _other(session: Session, path: Path) -> dict[str, Any]:
    """Describe the store of another environment in short; one that cannot be read says so."""
    from kaufland_cli.store.store import Store

    short: dict[str, Any] = {"environment": path.stem, "store": str(path)}
    try:
        with Store.open(path, session.clock.now()) as store:
            short |= _sync(store.sync.last_run(), session.clock.now())
            short["orders"] = store.queries.counts()["orders"]
    except KauflandError as error:
        short |= {"last_order_sync": None, "last_order_sync_status": "red", "last_order_sync_message": error.message}
    return short


def _was_stopped(session: Session) -> bool:
    """Tell whether the last import that began never came to an end."""
    with session.store() as store:
        begun = store.sync.last_run(finished=False)
    return begun is not None and begun["finished_at"] is None


def _fresh(record: dict[str, Any], now: datetime, limit: timedelta) -> bool:
    from kaufland_cli.monitoring.health import is_recent
    from kaufland_cli.seller_api.moments import read_moment

    return is_recent(read_moment(record["last_complete_sync"]), limit, now)
