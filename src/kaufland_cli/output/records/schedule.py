"""JSON records of `kaufland schedule install / status / show / remove`. Hints stay values."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kaufland_cli.app.results import (
        InstalledSchedule,
        PlannedSchedule,
        RemovedSchedule,
        ScheduleEntry,
        ScheduleReport,
    )
    from kaufland_cli.scheduling.backend import EntryText, InstalledJob, Scheduler, ScheduleSummary


def schedule_summary_record(found: "ScheduleSummary") -> dict[str, Any]:
    """Return what is installed, and whether it is what the settings say."""
    return {
        "installed": found.installed,
        "with": found.scheduler,
        "every_minutes": found.every_minutes,
        "in_sync": found.in_sync,
        "differences": list(found.differences),
        "fix": found.fix,
        "all_profiles": found.all_profiles,
        "verified": found.verified,
    }


def schedule_record(report: "ScheduleReport") -> dict[str, Any]:
    """Return what is installed, when it ran and when it will run."""
    last = report.last_run
    return {
        **schedule_summary_record(report.summary),
        "auto_import_orders": report.auto_import_orders,
        "interval_minutes": report.interval_minutes,
        "places": list(report.places),
        "user": report.user,
        "system": report.system,
        "next_run": report.next_run,
        "last_run": None if last is None else last.started_at,
        "last_run_verdict": None if last is None else last.verdict,
        "notes": list(report.notes),
    }


def planned_schedule_record(plan: "PlannedSchedule") -> dict[str, Any]:
    """Return what installing a schedule would write and run."""
    entry = plan.entry
    return {**_entry(entry), "would_write": _texts(entry.texts), "would_run": list(plan.commands)}


def installed_schedule_record(done: "InstalledSchedule") -> dict[str, Any]:
    """Return what installing a schedule has written, what it replaces, and how its test run ended."""
    answer = done.verification
    return {
        **_entry(done.entry),
        "installed": _texts(done.entry.texts),
        "unchanged": done.unchanged,
        "removed": list(done.removed),
        "verification": None if answer is None else {"exit_code": answer.exit_code, "message": answer.message},
    }


def removed_schedule_record(done: "RemovedSchedule") -> dict[str, Any]:
    """Return where the entries were."""
    return {"removed": list(done.places)}


def entries_record(found: "Iterable[tuple[Scheduler, InstalledJob]]") -> dict[str, Any]:
    """Return every entry that is installed."""
    return {
        "entries": [
            {
                "with": scheduler.name,
                "system": installed.target.system,
                "all_profiles": installed.target.all_profiles,
                "texts": _texts(installed.texts),
            }
            for scheduler, installed in found
        ]
    }


def _entry(entry: "ScheduleEntry") -> dict[str, Any]:
    target = entry.target
    return {
        "with": entry.scheduler,
        "system": target.system,
        "user": target.user,
        "profile": None if target.all_profiles else target.profile,
        "all_profiles": target.all_profiles,
        "every_minutes": entry.every_minutes,
    }


def _texts(texts: "Iterable[EntryText]") -> list[dict[str, str]]:
    return [{"place": one.place, "text": one.text} for one in texts]
