"""JSON record of `kaufland status`. Hints stay values."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from kaufland_cli.domain.moments import as_text
from kaufland_cli.output.records.orders import failed_record
from kaufland_cli.output.records.schedule import schedule_summary_record

if TYPE_CHECKING:
    from datetime import datetime

    from kaufland_cli.monitoring.status import LastSync, OtherStore, Status
    from kaufland_cli.store.past_reconciliations import Reconciled


def status_record(status: "Status") -> dict[str, Any]:
    """Return how the imports are doing."""
    accepted, running, failure = status.accepted_total, status.running, status.health.failure
    return {
        "environment": status.environment,
        **_last_sync(status.last_sync),
        "last_order_sync_verdict": status.last_verdict,
        "last_complete_sync": status.last_complete,
        "health": status.health.state,
        "failing_since": None if failure is None else as_text(failure.since),
        "failures_in_a_row": 0 if failure is None else failure.runs,
        "failure_message": None if failure is None else failure.what,
        "checked_up_to": _time(status.watermark),
        "accepted_total": None
        if accepted is None
        else {"units": accepted.units, "since": accepted.since, "at": accepted.at},
        "times_ahead": list(status.times_ahead),
        **status.counts._asdict(),
        "to_ship": {due.value: units for due, units in status.to_ship.items()},
        "unfinished_actions": dict(status.unfinished_actions),
        "failed": [failed_record(unit) for unit in status.failed],
        "last_reconciliation": _reconciled(status.last_reconciliation),
        "auto_import_orders": status.auto_import_orders,
        "interval_minutes": status.interval_minutes,
        "schedule": schedule_summary_record(status.schedule),
        "retry_after": _time(status.retry_after),
        "next_due": _time(status.next_due),
        "create_sales_orders": status.create_sales_orders,
        "sales_orders": dict(status.sales_orders),
        "first_sales_order_confirmed": status.first_sales_order_confirmed,
        "confirm_first_sales_order": status.confirm_first_sales_order,
        "log_api_requests": status.log_api_requests,
        "log_entries": status.log.entries,
        "log_bytes": status.log.bytes,
        "store": str(status.store),
        "store_damage": status.store_damage,
        "store_checked_at": status.store_checked_at,
        "client_key": status.client_key,
        "base_url": status.base_url,
        "running": None if running is None else asdict(running),
        "environments": [_other(one) for one in status.environments],
    }


def _last_sync(last: "LastSync") -> dict[str, Any]:
    return {
        "last_order_sync": last.at,
        "last_order_sync_status": last.status,
        "last_order_sync_message": last.message,
        "age_seconds": last.age_seconds,
        "complete": last.complete,
    }


def _other(found: "OtherStore") -> dict[str, Any]:
    record = {"environment": found.environment, "store": str(found.store), **_last_sync(found.last_sync)}
    if found.orders is not None:
        return record | {"orders": found.orders}
    del record["age_seconds"], record["complete"]  # of a store that cannot be read nothing is known
    return record


def _reconciled(last: "Reconciled | None") -> dict[str, Any] | None:
    if last is None:
        return None
    record = last._asdict() | {"at": as_text(last.at), "since": as_text(last.since)}
    del record["run_id"]
    return record


def _time(moment: "datetime | None") -> str | None:
    return None if moment is None else as_text(moment)
