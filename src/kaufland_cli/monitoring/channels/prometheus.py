"""Writes the state of imports for the textfile collector of Prometheus' node_exporter (text format 0.0.4).

Times are values and never timestamps of samples, which the collector rejects.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from kaufland_cli.domain.due import Due
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.moments import read_moment
from kaufland_cli.domain.sales_order_states import STATES
from kaufland_cli.errors import KauflandError, NotificationFailed
from kaufland_cli.files import fault_of, write_public_file
from kaufland_cli.monitoring.channels import Channel, RunEnd, Sources
from kaufland_cli.monitoring.memory import Memory
from kaufland_cli.monitoring.status import Status
from kaufland_cli.settings import LoadedSettings


class PrometheusChannel(Channel):
    """Writes the file at the end of every scheduled run."""

    name = "prometheus"
    trial_notifies = False
    reports_runs = True

    def __init__(self, sources: Sources, path: Path) -> None:
        self._sources = sources
        self._path = path
        self.trial = f"{path} is written"

    def run_ended(self, end: RunEnd, /) -> KauflandError | None:
        """Write the file."""
        try:
            write_metrics(self._sources, self._path, end.memory)
        except KauflandError as error:
            return error
        return None

    def send_trial(self) -> None:
        write_metrics(self._sources, self._path, self._sources.memory())


def open_channel(sources: Sources) -> Channel | None:
    """Return the channel if the settings name a file."""
    path = sources.loaded.prometheus_file
    return None if path is None else PrometheusChannel(sources, path)


def write_metrics(sources: Sources, path: Path, memory: Memory) -> None:
    """Write the file. Raises `NotificationFailed`."""
    try:
        write_readable(path, metrics_text(sources, memory))
    except OSError as error:
        raise NotificationFailed(
            f"{path} {fault_of(error, 'could not be written')}.",
            hint=Hint(
                "Choose a file in a folder this user may write to, for example: ",
                command("status", "--prometheus", "FILE"),
            ),
        ) from None


def metrics_text(sources: Sources, memory: Memory) -> str:
    """Return the metrics; if the store cannot be read, those known without it."""
    status = None
    with suppress(KauflandError):
        status = sources.status(memory)
    loaded = sources.loaded
    labels = {"profile": loaded.locations.profile, "environment": loaded.settings.api.environment}
    return exposition(metrics_of(status, memory, loaded), labels)


class Sample(NamedTuple):
    """One value of a metric, with its labels in addition to the common ones."""

    value: float
    labels: Mapping[str, str] = {}


class Metric(NamedTuple):
    """A metric: name without `kaufland_`, meaning and samples; one without samples is left out."""

    name: str
    meaning: str
    samples: Sequence[Sample]


def one(name: str, meaning: str, value: float | None) -> Metric:
    """Return a metric with one value, or without samples if the value is unknown."""
    return Metric(name, meaning, [] if value is None else [Sample(float(value))])


_VERDICTS = ("success", "partial", "incomplete", "error")


def metrics_of(status: Status | None, memory: Memory, loaded: LoadedSettings) -> list[Metric]:
    """Return all metrics; `status` is None if the store cannot be read."""
    return [
        *(_of_imports(status) if status is not None else []),
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
        *(_of_store(status) if status is not None else []),
        one("store_bytes", "Size of the store with its journal.", _size(loaded.store_file)),
    ]


def _of_imports(status: Status) -> list[Metric]:
    verdict, health = status.last_verdict, status.health.state
    return [
        one("import_last_run_timestamp_seconds", "When the last import ended.", _at(status.last_sync.at)),
        one("import_last_complete_timestamp_seconds", "When an import was last complete.", _at(status.last_complete)),
        Metric(
            "import_last_verdict",
            "Which verdict the last import has.",
            [Sample(float(verdict == name), {"verdict": name}) for name in _VERDICTS] if verdict else [],
        ),
        one(
            "import_healthy",
            "Whether imports are neither old nor failing; absent without auto import.",
            None if health == "off" else float(health == "good" and not status.store_damage),
        ),
    ]


def _of_store(status: Status) -> list[Metric]:
    by_state = {state: status.sales_orders.get(state, 0) for state in STATES if state != "none"}
    return [
        one("orders", "Orders in the store.", status.counts.orders),
        one("order_units", "Order units in the store.", status.counts.units),
        one("order_units_failed", "Order units that could not be read.", status.counts.units_failed),
        Metric(
            "units_to_ship",
            "Order units that you have to ship, by when they are due.",
            [Sample(float(status.to_ship.get(due, 0)), {"due": due.value}) for due in Due],
        ),
        Metric(
            "sales_orders",
            "Sales orders by state.",
            [Sample(float(count), {"state": state}) for state, count in by_state.items()],
        ),
        one(
            "retry_after_timestamp_seconds",
            "Until when Kaufland asked us to back off; 0: it did not.",
            0.0 if status.retry_after is None else status.retry_after.timestamp(),
        ),
        one("log_bytes", "Size of the API log.", status.log.bytes),
    ]


def _at(text: str | None) -> float | None:
    moment = read_moment(text)
    return None if moment is None else moment.timestamp()


def _size(store: Path) -> int | None:
    """Return the size of the store in bytes; None if there is none."""
    found = []
    for suffix in ("", "-wal"):
        try:
            found.append(store.with_name(store.name + suffix).stat().st_size)
        except OSError:
            continue
    return sum(found) if found else None


def exposition(metrics: Sequence[Metric], labels: Mapping[str, str]) -> str:
    """Return the text format; all metrics are gauges with these common labels."""
    return "".join(line + "\n" for metric in metrics for line in _lines(metric, labels))


def write_readable(path: Path, text: str) -> None:
    """Write the file atomically and readable for the collector, which runs as another user. Raises OSError.

    The temporary name does not end in `.prom`, so the collector never reads half a file.
    """
    write_public_file(path, text.encode())


def _lines(metric: Metric, labels: Mapping[str, str]) -> Iterator[str]:
    if not metric.samples:
        return
    name = f"kaufland_{metric.name}"
    yield f"# HELP {name} {_escaped(metric.meaning, quote=False)}"
    yield f"# TYPE {name} gauge"
    for sample in metric.samples:
        pairs = ",".join(f'{key}="{_escaped(text)}"' for key, text in {**labels, **sample.labels}.items())
        yield f"{name}{{{pairs}}} {_number(sample.value)}"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _escaped(text: str, *, quote: bool = True) -> str:
    text = text.replace("\\", r"\\").replace("\n", r"\n")
    return text.replace('"', r"\"") if quote else text
