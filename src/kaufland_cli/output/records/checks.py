"""JSON records of checks: connection test, doctor, the target of sales orders, monitoring. Hints stay values."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kaufland_cli.app.results import ChannelTrials, DoctorReport, TargetChecks
    from kaufland_cli.doctor.connection_test import ConnectionReport


def connection_record(report: "ConnectionReport") -> dict[str, Any]:
    """Return a connection test with all its steps."""
    return {
        "success": report.success,
        "environment": report.environment,
        "base_url": report.base_url,
        "client_key": report.client_key,
        "storefronts": report.storefronts,
        "skew_seconds": report.skew_seconds,
        "round_trip_ms": report.round_trip_ms,
        "steps": [
            {"step": one.step, "state": one.state, "message": one.message, "hint": one.hint} for one in report.steps
        ],
    }


def doctor_record(report: "DoctorReport") -> dict[str, Any]:
    """Return what doctor checked."""
    return {
        "state": report.state,
        "checks": [
            {"name": one.name, "state": one.state, "message": one.message, "hint": one.hint} for one in report.checks
        ],
        "report": None if report.file is None else str(report.file),
    }


def target_checks_record(found: "TargetChecks") -> dict[str, Any]:
    """Return what was checked for sales orders."""
    return {
        "checks": [
            {"what": one.what, "state": one.state, "message": one.message, "hint": one.hint} for one in found.checks
        ]
    }


def channel_trials_record(found: "ChannelTrials") -> dict[str, Any]:
    """Return which channels could be used."""
    return {
        "checks": [
            {"what": one.channel, "state": one.state, "message": one.message, "hint": one.hint} for one in found.trials
        ]
    }
