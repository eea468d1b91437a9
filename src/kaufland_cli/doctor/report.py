"""Writes the support report of `kaufland doctor --report`: JSON without secrets or personal data.

It contains only fields known to be harmless. Text from outside (messages, bodies, text settings) is left out; the sweep
at the end is for what we did not think of.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from kaufland_cli.doctor.check import Check, worst
from kaufland_cli.doctor.masking import Sweep, shared_settings
from kaufland_cli.doctor.surroundings import versions
from kaufland_cli.domain.moments import as_text
from kaufland_cli.errors import KauflandError
from kaufland_cli.http.path_template import path_template
from kaufland_cli.http.redaction import SECRETS
from kaufland_cli.scheduling.backend import ScheduleSummary
from kaufland_cli.settings import LoadedSettings
from kaufland_cli.store.inspection import NEWEST_VERSION, Inspection, inspection
from kaufland_cli.store.request_log import LogFilter

SCHEMA: Final = "kaufland.doctor_report/1"
RUNS: Final = 50
ENTRIES: Final = 300
ABOUT: Final = (
    "Made by kaufland doctor --report, to be read before it is sent. It holds the checks, versions, settings by their "
    "kind, counts and sizes of the store, the last runs, and the API log without addresses and bodies. Texts that "
    "could name a person, a company, a path, an account or a secret are left out."
)
ENTRY_FIELDS: Final = ("entry_no", "at", "method", "status_code", "success", "duration_ms", "attempt", "run_id")


@dataclass(frozen=True, slots=True)
class ReportParts:
    """The content of a report before it is written."""

    at: datetime
    checks: Sequence[Check]
    loaded: LoadedSettings | None
    store: Path | None
    """Path of the store; None if there is none."""
    schedule: ScheduleSummary | None
    words: Iterable[str] = field(repr=False)
    """Words to remove in addition to `SECRETS`: accounts, addresses, the user name, the home folder."""


def report(parts: ReportParts) -> bytes:
    """Return the report as UTF-8."""
    content = {
        "schema": SCHEMA,
        "about": ABOUT,
        "at": as_text(parts.at),
        "versions": versions(),
        "state": worst(parts.checks),
        "checks": [{"name": one.name, "state": one.state, "message": one.shared} for one in parts.checks],
        "settings": [] if parts.loaded is None else shared_settings(parts.loaded),
        "schedule": _schedule(parts.schedule),
        "store": {} if parts.store is None else _store(parts.store),
    }
    swept = {**Sweep(parts.words).clean(content), "schema": SCHEMA, "about": ABOUT}
    return (SECRETS.text(_written(swept)) + "\n").encode("utf-8", "replace")


def _written(value: Any, indent: str = "") -> str:
    """Return JSON for people: each record of a list on one line."""
    inner = f"{indent}  "
    if isinstance(value, Mapping) and value:
        rows = [f"{inner}{json.dumps(name)}: {_written(one, inner)}" for name, one in value.items()]
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(inner + json.dumps(one, ensure_ascii=False) for one in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False)


def _schedule(found: ScheduleSummary | None) -> dict[str, Any]:
    """Return what is installed, without the fix, which names paths and users."""
    if found is None:
        return {}
    return {
        "installed": found.installed,
        "with": found.scheduler,
        "every_minutes": found.every_minutes,
        "in_sync": found.in_sync,
        "all_profiles": found.all_profiles,
        "differences": list(found.differences),
    }


def _store(path: Path) -> dict[str, Any]:
    """Return the facts about the store, or the kind of the error if it cannot be read."""
    try:
        with inspection(path) as found:
            return _inspected(found)
    except KauflandError as error:
        return {"error": error.code_name()}


def _inspected(found: Inspection) -> dict[str, Any]:
    content: dict[str, Any] = {
        "version": found.version,
        "sizes": asdict(found.sizes()),
        "rows": found.row_counts(),
        "runs": found.last_runs(RUNS),
    }
    if found.version == NEWEST_VERSION:
        entries = found.store.request_log.entries(LogFilter(limit=ENTRIES))
        content["log"] = [
            {**{name: getattr(entry, name) for name in ENTRY_FIELDS}, "endpoint": path_template(entry.endpoint)}
            for entry in entries
        ]
    return content
