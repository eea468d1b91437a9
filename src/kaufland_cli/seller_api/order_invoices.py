"""Reads the list of invoices (`GET /order-invoices`): those of the seller and those that Kaufland wrote."""

from dataclasses import dataclass

from kaufland_cli.seller_api.moments import moment_text
from kaufland_cli.seller_api.order_units import read_id, yes_or_no
from kaufland_cli.seller_api.texts import clean


@dataclass(frozen=True, slots=True)
class OrderInvoice:
    """One invoice of an order; its document stays at Kaufland."""

    id_invoice: int | str
    id_order: str
    original_name: str | None
    created_at: str | None
    """UTC."""
    is_marketplace_deemed_supplier: bool | None


def read_order_invoice(raw: object) -> OrderInvoice | None:
    """Read one invoice; None where it names no order or no id. The address of the document holds a token: not kept."""
    if not isinstance(raw, dict):
        return None
    id_invoice, id_order = read_id(raw.get("id_invoice")), read_id(raw.get("id_order"))
    if id_invoice is None or id_order is None:
        return None
    name = raw.get("original_name")
    return OrderInvoice(
        id_invoice=id_invoice,
        id_order=str(id_order),
        original_name=clean(name) if isinstance(name, str) else None,
        created_at=moment_text(raw.get("ts_created_iso")),
        is_marketplace_deemed_supplier=yes_or_no(raw.get("is_marketplace_deemed_supplier")),
    )
