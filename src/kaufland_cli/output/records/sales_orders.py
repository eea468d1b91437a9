"""JSON records of sales orders: lists, one in full, previews and pushes. Hints stay values."""

from typing import TYPE_CHECKING, Any

from kaufland_cli.output.records.interchange import fields_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kaufland_cli.app.results import DocumentPreviews, PushReport, SalesOrderChange, SalesOrderDetails
    from kaufland_cli.store.sales_order_lists import ListedSalesOrder
    from kaufland_cli.store.sales_order_row import Reason


def listed_sales_order_record(order: "ListedSalesOrder") -> dict[str, Any]:
    """Return a sales order of a list."""
    return fields_of(order)


def sales_order_record(details: "SalesOrderDetails") -> dict[str, Any]:
    """Return one sales order with its document and what happened to it."""
    return {
        **listed_sales_order_record(details.listed),
        "reasons": _reasons(details.reasons),
        "document": None if details.document is None else details.document.record(),
        "events": [{"at": one.at, "state": one.state, "text": one.text} for one in details.events],
    }


def previews_record(previews: "DocumentPreviews") -> dict[str, Any]:
    """Return the documents that a push would send."""
    return {
        "documents": [
            {
                "id_order": one.id_order,
                "document": None if one.document is None else one.document.record(),
                "request": None if one.request is None else dict(one.request),
                "reasons": _reasons(one.reasons),
            }
            for one in previews.documents
        ]
    }


def push_record(report: "PushReport") -> dict[str, Any]:
    """Return the result of a push."""
    result = report.result
    return {
        "target": result.target,
        "by_hand": report.by_hand,
        "named": report.named,
        "created": result.count("created"),
        "found": result.count("found"),
        "held": result.count("held"),
        "errors": result.count("error"),
        "conflicts": result.count("conflict"),
        "in_doubt": result.count("in_doubt", "waiting"),
        "dropped": result.count("dropped"),
        "waiting": report.waiting,
        "needs_attention": result.needs_attention,
        "stopped": None if result.stopped_by is None else result.stopped_by.message,
        "orders": [
            {
                "id_order": one.pushed.id_order,
                "outcome": one.pushed.outcome,
                "changed": one.pushed.changed,
                "number": one.number,
                "reasons": _reasons(one.reasons),
            }
            for one in report.orders
        ],
    }


def change_record(change: "SalesOrderChange") -> dict[str, Any]:
    """Return a change after the sales order was created."""
    return {"id_order": change.id_order, "number": change.number, "reasons": _reasons(change.reasons)}


def _reasons(reasons: "Iterable[Reason]") -> list[dict[str, Any]]:
    return [{"code": one.code, "text": one.text, "fix": one.fix} for one in reasons]
