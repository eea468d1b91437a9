"""JSON records of actions at Kaufland: lists, one in full, what is planned, and what came of it."""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from kaufland_cli.app.results import ActionsReport
    from kaufland_cli.domain.actions import Action
    from kaufland_cli.order_actions.plan import Planned
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
        "stopped": None if result is None or result.stopped_by is None else result.stopped_by.message,
        "notes": list(report.notes),
        "actions": [_planned(one) for one in plan.planned]
        if result is None
        else [action_record(action) for action in result.actions],
        "faults": [{"place": one.place, "problem": one.text, "fix": one.fix or None} for one in plan.faults],
    }


def _planned(one: "Planned") -> dict[str, Any]:
    intent = one.intent
    return {
        "kind": intent.kind,
        "id_order": intent.id_order,
        "id_order_unit": intent.id_order_unit,
        "state": "planned",
        **{name: intent.details.get(name) for name in _OF_DETAILS},
        "place": one.place,
        "buyer_pays": one.amount,
        "unit_currency": one.currency,
    }
