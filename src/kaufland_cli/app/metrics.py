"""What Prometheus gets to know: the record of `kaufland status`, and what scheduled imports remember, as numbers."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kaufland_cli.app.context import Context
from kaufland_cli.errors import KauflandError, NotificationFailed
from kaufland_cli.monitoring.prometheus import Metric, Sample, one
from kaufland_cli.seller_api.moments import read_moment

if TYPE_CHECKING:
    from kaufland_cli.monitoring.memory import Memory
    from kaufland_cli.settings import LoadedSettings
from kaufland_cli.app.watching import remembered

if TYPE_CHECKING:
    from kaufland_cli.monitoring.memory import Memory
    from kaufland_cli.settings import LoadedSettings

_VERDICTS = ("success", "partial", "incomplete", "error")


def metrics_of(status: Mapping[str, Any], memory: "Memory", loaded: "LoadedSettings") -> list[Metric]:
    """Return all metrics; `status` is empty where the store cannot be read."""
    verdict = status.get("last_order_sync_verdict")
    health = status.get("health")
    return [
        one("import_last_run_timestamp_seconds", "When the last import ended.", _at(status.get("last_order_sync"))),
        one(
            "import_last_complete_timestamp_seconds",
            "When an import was last complete.",
            _at(status.get("last_complete_sync")),
        ),
        Metric(
            "import_last_verdict",
            "Which verdict the last import has.",
            [Sample(float(verdict == name), {"verdict": name}) for name in _VERDICTS] if verdict else [],
        ),
        one(
            "import_healthy",
            "Whether imports are neither old nor failing; absent without auto import.",
            None if health in {None, "off"} else float(health == "good" and not status.get("store_damage")),
        ),
        one(
            "scheduled_last_run_timestamp_seconds",
            "When the last scheduled import ended, whatever it came to.",
            None if memory.ended_at is None else memory.ended_at.timestamp(),
        ),
        one("scheduled_last_exit_code", "Exit code of the last scheduled import.", memory.exit_code),
        one(
            "scheduled_failures_in_a_row",
            "Scheduled imports that failed since one worked.",
            0 if memory.failure is None else memory.failure.runs,
        ),
        one("orders", "Orders in the store.", status.get("orders")),
        one("order_units", "Order units in the store.", status.get("units")),
        one("order_units_failed", "Order units that could not be read.", status.get("units_failed")),
        Metric(
            "sales_orders",
            "Sales orders by state.",
            [Sample(float(count), {"state": state}) for state, count in _by_state(status).items()],
        ),
        one(
            "retry_after_timestamp_seconds",
            "Until when Kaufland asked to be left alone; 0: it did not.",
            (_at(status.get("retry_after")) or 0.0) if status else None,
        ),
        one("log_bytes", "Size of the API log.", status.get("log_bytes")),
        one("store_bytes", "Size of the store with its journal.", _size(loaded.store_file)),
    ]


def _by_state(status: Mapping[str, Any]) -> dict[str, int]:
    from kaufland_cli.store.sales_order_row import STATES

    if not status:
        return {}
    counts: Mapping[str, int] = status.get("sales_orders") or {}
    return {state: counts.get(state, 0) for state in STATES if state != "none"}


def _at(text: str | None) -> float | None:
    moment = read_moment(text)
    return None if moment is None else moment.timestamp()


def _size(store: Path) -> int | None:
    """Return how much room the store takes; None where there is none."""
    found = []
    for suffix in ("", "-wal"):
        try:
            found.append(store.with_name(store.name + suffix).stat().st_size)
        except OSError:
            continue
    return sum(found) if found else None


def metrics_text(context: Context, loaded: "LoadedSettings", memory: "Memory") -> str:
    """Return the state for Prometheus; where the store cannot be read, what is known without it."""
    from kaufland_cli.app.status import status_record
    from kaufland_cli.monitoring.prometheus import exposition

    record: dict[str, Any] = {}
    try:
        record = status_record(context, memory)
        environment = str(record["environment"])
    except KauflandError:
        environment = loaded.settings.api.environment
    labels = {"profile": loaded.locations.profile, "environment": environment}
    return exposition(metrics_of(record, memory, loaded), labels)


def write_metrics(context: Context, path: Path) -> None:
    """Write the file for Prometheus. Raises `NotificationFailed`."""
    from kaufland_cli.monitoring.prometheus import write_readable

    try:
        write_readable(path, metrics_text(context, context.loaded, remembered(context)))
    except OSError as error:
        raise NotificationFailed(
            f"{path} could not be written: {error.strerror or type(error).__name__}.",
            hint="Name a file in a folder that this user may write, for example: kaufland status --prometheus FILE",
        ) from None
