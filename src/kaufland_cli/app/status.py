"""`kaufland status`: from the store, the settings and the scheduler to how the imports are doing."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kaufland_cli.app.context import Context
from kaufland_cli.app.first_steps import next_import
from kaufland_cli.app.stores import glance
from kaufland_cli.domain.hint import NO_HINT, Hint, command
from kaufland_cli.errors import KauflandError

if TYPE_CHECKING:
    from kaufland_cli.errors import StoreDamaged
    from kaufland_cli.monitoring.memory import Memory
    from kaufland_cli.monitoring.status import LastSync, OtherStore, Status
    from kaufland_cli.store.sync import Run


def status_of(context: Context, memory: "Memory | None" = None) -> "Status":
    """Return how the imports are doing; `memory`: what scheduled imports remember, if already read."""
    from kaufland_cli.app.import_health import health_of
    from kaufland_cli.app.schedule_state import schedule_summary
    from kaufland_cli.domain.due import units_due
    from kaufland_cli.monitoring.status import Status
    from kaufland_cli.order_import.lock import running_import
    from kaufland_cli.settings import masked
    from kaufland_cli.store.record import known_damage, read_record

    settings, path, now = context.settings, context.loaded.store_file, context.clock.now()
    looked_through, damage = read_record(path), known_damage(path)
    with glance(context) as store:
        state = store.sync.state()
        last, good, begun = store.sync.last_run(), store.sync.last_complete_run(), store.sync.last_run(finished=False)
        waiting = state.waiting_until(now)
        return Status(
            environment=settings.api.environment,
            last_sync=_last_sync(last, now, damage),
            last_verdict=last.verdict if last else None,
            last_complete=good.finished_at if good else None,
            health=health_of(context, store, memory),
            watermark=state.watermark,
            accepted_total=store.accepted_totals.accepted(),
            times_ahead=state.times_ahead(now),
            counts=store.queries.counts(),
            to_ship=units_due(store.queries.deadlines(), now),
            unfinished_actions=store.queries.unfinished_actions(),
            failed=list(store.queries.unreadable_units()),
            last_reconciliation=store.past_reconciliations.last(),
            auto_import_orders=settings.order_import.auto_import_orders,
            interval_minutes=settings.order_import.interval_minutes,
            schedule=schedule_summary(context),
            retry_after=waiting,
            next_due=_next_due(context, begun, waiting),
            create_sales_orders=settings.creates_any_sales_orders,
            sales_orders=store.queries.sales_order_counts(),
            first_sales_order_confirmed=store.queries.first_sales_order_confirmed(),
            confirm_first_sales_order=settings.sales_orders.confirm_first,
            log_api_requests=settings.debug.log_api_requests,
            log=store.request_log.size(),
            store=path,
            store_damage=None if damage is None else damage.message,
            store_checked_at=None if looked_through is None else looked_through.checked_at,
            client_key=masked(settings.api.client_key),
            base_url=settings.api.url,
            running=running_import(path),
            was_stopped=begun is not None and begun.finished_at is None,
            environments=[_other(context, found) for found in sorted(path.parent.glob("*.sqlite3")) if found != path],
        )


def _next_due(context: Context, begun: "Run | None", waiting: datetime | None) -> datetime | None:
    """Return when a scheduled import is due next; None without auto import."""
    from kaufland_cli.domain.moments import read_moment

    plan = context.settings.order_import
    if not plan.auto_import_orders:
        return None
    started = read_moment(begun.started_at) if begun else None
    due = (started + timedelta(minutes=plan.interval_minutes)) if started else context.clock.now()
    return max(due, waiting or due)


def _last_sync(last: "Run | None", now: datetime, damage: "StoreDamaged | None" = None) -> "LastSync":
    """Return the last import: red if not everything was read, or if the store is damaged whatever its result was."""
    from kaufland_cli.domain.moments import read_moment
    from kaufland_cli.monitoring.status import LastSync

    finished = read_moment(last.finished_at) if last else None
    status = None if last is None else last.status
    message = "no import yet" if last is None else last.message
    return LastSync(
        at=last.finished_at if last else None,
        status=status if damage is None else "red",
        message=message if damage is None else damage.message,
        age_seconds=None if finished is None else max(0, round((now - finished).total_seconds())),
        complete=None if last is None else last.is_complete,
    )


def _other(context: Context, path: Path) -> "OtherStore":
    """Return a few facts about another environment's store, or why it cannot be read."""
    from kaufland_cli.monitoring.status import LastSync, OtherStore
    from kaufland_cli.store.record import known_damage
    from kaufland_cli.store.store import Store

    now, damage = context.clock.now(), known_damage(path)
    try:
        with Store.open_for_reading(path, now) as store:
            last = _last_sync(store.sync.last_run(), now, damage)
            return OtherStore(path.stem, path, last, store.queries.counts().orders)
    except KauflandError as error:
        return OtherStore(path.stem, path, LastSync(None, "red", error.message), None)


def is_fresh(status: "Status", now: datetime, limit: timedelta) -> bool:
    """Return whether the last complete import ended within the limit."""
    from kaufland_cli.monitoring.health import is_recent

    return is_recent(status.health.last_complete, limit, now)


class Advice(NamedTuple):
    """What somebody should know or do after a look at the status."""

    warnings: list[str | Hint]
    next_command: Hint
    """Empty if there is nothing to do."""


def advice(context: Context, status: "Status") -> Advice:
    """Return what follows from the status."""
    again = command("import-orders")
    warnings: list[str | Hint] = []
    if status.times_ahead:
        warnings.append(
            Hint(
                f"Times in the store lie in the future ({', '.join(status.times_ahead)}): a clock was wrong, or "
                "this computer's is wrong now. The next import corrects them: ",
                again,
            )
        )
    if status.running is None and status.was_stopped:
        warnings.append(Hint("The last import was stopped early. The next one continues: ", again))
        return Advice(warnings, NO_HINT)
    if context.state.damage is not None:
        return Advice(warnings, NO_HINT)  # the error that follows says it
    if status.last_sync.at is None:
        return Advice(warnings, next_import(context) if context.streams.stderr.isatty() else NO_HINT)
    return Advice(warnings, command("doctor") if status.failing else NO_HINT)
