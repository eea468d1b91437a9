"""JSON records of imports."""

import json
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from kaufland_cli.output.records.sales_orders import change_record, push_record

if TYPE_CHECKING:
    from kaufland_cli.app.results import ImportReport, ProfileImports
    from kaufland_cli.order_import.result import StorefrontResult


def import_record(report: "ImportReport") -> dict[str, Any]:
    """Return an import with the push that followed it."""
    result, counts = report.result, report.result.counts
    return {
        "run_id": result.run_id,
        "verdict": result.verdict,
        "environment": result.environment,
        "since": result.since,
        "watermark": result.watermark,
        "orders_new": counts.orders_new,
        "orders_changed": counts.orders_changed,
        "orders_cancelled": counts.orders_cancelled,
        "units_seen": counts.units_seen,
        "units_new": counts.units_new,
        "units_changed": counts.units_changed,
        "units_unchanged": counts.units_unchanged,
        "units_failed": counts.units_failed,
        "requests": result.requests,
        "seconds": round(result.seconds, 3),
        "message": result.message,
        "complete": result.complete,
        "dry_run": result.dry_run,
        "undelivered": None if result.undelivered is None else asdict(result.undelivered),
        "details_waiting": result.details_waiting,
        "storefronts": [_storefront_record(one) for one in result.storefronts],
        "failed": [
            {"id_order_unit": one.id_order_unit, "id_order": one.id_order, "reason": one.reason}
            for one in result.failed
        ],
        "notes": result.notes,
        "sales_orders": None if report.sales_orders is None else push_record(report.sales_orders),
        "sales_order_changes": [change_record(one) for one in report.sales_order_changes],
    }


def _storefront_record(found: "StorefrontResult") -> dict[str, Any]:
    totals = [one._asdict() for one in found.totals]
    return {"storefront": found.storefront, "orders": found.orders, "units": found.units, "totals": totals}


def profile_imports_record(imports: "ProfileImports") -> dict[str, Any]:
    """Return the imports of all profiles, each with what its process wrote."""
    return {
        "profiles": [
            {"profile": one.profile, "exit_code": one.code, "result": _read(one.out), "error": _read(one.err)}
            for one in imports.ended
        ]
    }


def _read(text: str) -> Any:
    """Return what a process wrote, parsed from JSON; None if it wrote nothing, the text itself if it is not JSON."""
    with suppress(ValueError):
        return json.loads(text)
    return text.strip() or None
