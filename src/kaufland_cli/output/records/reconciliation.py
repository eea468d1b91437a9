"""JSON records of comparisons with Kaufland."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from kaufland_cli.output.records.interchange import fields_of

if TYPE_CHECKING:
    from kaufland_cli.app.results import ReconcileReport
    from kaufland_cli.store.reconciliation import UnitDifference


def reconcile_record(report: "ReconcileReport") -> dict[str, Any]:
    """Return a comparison without its units."""
    result = report.result
    return {
        "run_id": result.run_id,
        "verdict": result.verdict,
        "environment": result.environment,
        "since": result.since,
        "storefront": result.storefront,
        "fix": result.fix,
        "complete": result.complete,
        **asdict(result.counts),
        "requests": result.requests,
        "seconds": round(result.seconds, 3),
        "message": result.message,
        "notes": result.notes,
        "days": [asdict(day) for day in report.days],
    }


def difference_record(unit: "UnitDifference") -> dict[str, Any]:
    """Return a unit that differs."""
    known = fields_of(unit)
    return known | {"fields": {name: one._asdict() for name, one in unit.fields.items()}}
