"""JSON records of actions at Kaufland: lists, one in full, what is planned, and what came of it."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from kaufland_cli.app.results import ActionsReport
    from kaufland_cli.domain.actions import Action
    from kaufland_cli.order_actions.plan import ActionPlan, Planned
    from kaufland_cli.store.actions import InvoiceState

ACTION_FIELDS: Final = (
    "action_no",
    "kind",
    "id_order",
    "id_order_unit",
    "state",
    "carrier",
    "tracking_numbers",
    "reason",
    "amount",
    "currency",
    "file_name",
    "source",
    "planned_at",
    "sent_at",
    "ended_at",
    "attempts",
    "status_code",
    "text",
)
INVOICE_FIELDS: Final = (
    "id_order",
    "created_at",
    "status",
    "storefront",
    "buyer_name",
    "total_amount",
    "currency",
    "invoice",
    "file_name",
)
REPORTED_FIELDS: Final = tuple(name for name in ACTION_FIELDS if not name.endswith("_at") and name != "source")
_OF_DETAILS: Final = ("carrier", "tracking_numbers", "reason", "amount", "currency", "file_name")


def action_record(action: "Action") -> dict[str, Any]:
    """Return an action of the ledger."""
    return {name: action.details.get(name) if name in _OF_DETAILS else getattr(action, name) for name in ACTION_FIELDS}


def invoice_record(one: "InvoiceState") -> dict[str, Any]:
    """Return an order and whether it has an invoice."""
    return {name: one.state if name == "invoice" else getattr(one, name) for name in INVOICE_FIELDS}


def actions_report_record(report: "ActionsReport") -> dict[str, Any]:
    """Return what is planned, or what came of it."""
    plan, result = report.plan, report.result
    return {
        "kind": plan.kind,
        "dry_run": report.dry_run,
        "planned": len(plan.planned),
        "done": 0 if result is None else result.count("done"),
        "refused": 0 if result is None else result.count("refused"),
        "in_doubt": 0 if result is None else result.count("in_doubt"),
        "not_sent": 0 if result is None else result.count("planned"),
        "nothing_to_do": len(plan.already),
        "invalid": len(plan.faults),
        "amounts": dict(amounts_of(plan)),
        "stopped": None if result is None or result.stopped_by is None else result.stopped_by.message,
        "notes": list(report.notes),
        "actions": [_planned(one) for one in plan.planned]
        if result is None
        else [_reported(action_record(action)) for action in result.actions],
        "faults": [{"place": one.place, "problem": one.text, "fix": one.fix or None} for one in plan.faults],
    }


def amounts_of(plan: "ActionPlan") -> Counter[str]:
    """Return what it is about in all, in minor units by currency; nothing where there is no amount."""
    found: Counter[str] = Counter()
    for one in plan.planned:
        if one.currency is not None:
            found[one.currency] += one.amount or 0
    return found


def _planned(one: "Planned") -> dict[str, Any]:
    """Return an action that is not in the ledger yet, with the fields of one that is."""
    intent = one.intent
    known = {"action_no": one.going_on, "kind": intent.kind, "id_order": intent.id_order, "state": "planned"}
    return _reported({**known, "id_order_unit": intent.id_order_unit, **intent.details})


def _reported(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: record.get(name) for name in REPORTED_FIELDS}
