"""Uploading invoices: once each, and a second one for an order only to replace the first."""

import base64
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from kaufland_cli.domain.actions import Intent
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.moments import read_moment
from kaufland_cli.domain.orders import Order, OrderInvoice
from kaufland_cli.domain.statuses import OF_KAUFLAND
from kaufland_cli.order_actions.invoices_there import CLOCKS_DIFFER, invoices_since
from kaufland_cli.order_actions.plan import Planner, body_of
from kaufland_cli.seller_api.endpoints import SellerApi

PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class InvoiceFile:
    """A checked PDF, and the order that it is for."""

    place: str
    """The file, or the document it comes from."""
    ident: str
    """The order as typed, or as the file's name has it."""
    file_name: str
    content: bytes
    source: str

    @property
    def digest(self) -> str:
        """The SHA-256 of the content, by which a file is known."""
        return sha256(self.content).hexdigest()


def plan_invoices(planner: Planner, api: SellerApi, files: Sequence[InvoiceFile], *, replace: bool) -> None:
    """ActionPlan that these files are uploaded, each once.

    An order that has an invoice gets another one only with `replace`. What Kaufland has now is asked for, since a
    seller may upload in the portal too. Raises a `KauflandError`.
    """
    orders = {one.place: order for one in files if (order := planner.order(one.place, one.ident)) is not None}
    there = _there(api, orders)
    for one in files:
        order = orders.get(one.place)
        if order is None:
            continue
        known = planner.uploaded(one.digest)
        if known is not None and known.id_order != order.id_order:
            planner.fault(one.place, f"This very file was uploaded for order {known.id_order} already.")
            continue
        if known is None and (fault := _fault(order, there[order.id_order], replace=replace)) is not None:
            planner.fault(one.place, *fault)
            continue
        planner.add(one.place, [(_intent(order, one), None)])


def _there(api: SellerApi, orders: Mapping[str, Order]) -> Mapping[str, list[OrderInvoice]]:
    found: dict[str, list[OrderInvoice]] = defaultdict(list)
    created = [moment for order in orders.values() if (moment := read_moment(order.summary.created_at)) is not None]
    if created:
        for invoice in invoices_since(api, min(created) - CLOCKS_DIFFER - timedelta(days=1)):
            found[invoice.id_order].append(invoice)
    return found


def _fault(order: Order, there: Sequence[OrderInvoice], *, replace: bool) -> tuple[str, Hint] | None:
    if order.summary.is_marketplace_deemed_supplier:
        return "Kaufland issues the invoice of this order itself (deemed supplier).", command("invoices", "list")
    if order.summary.fulfillment_type == OF_KAUFLAND:
        return "Kaufland ships and bills this order itself.", command("invoices", "list")
    own = [one for one in there if not one.is_marketplace_deemed_supplier]
    if own and not replace:
        names = ", ".join(one.original_name or str(one.id_invoice) for one in own)
        return f"The order has an invoice at Kaufland already: {names}.", Hint("To add another one: --replace")
    return None


def _intent(order: Order, one: InvoiceFile) -> Intent:
    return Intent(
        kind="invoice",
        id_order=order.id_order,
        id_order_unit=None,
        once=f"invoice:{one.digest}",
        details={"file_name": one.file_name, "digest": one.digest, "bytes": len(one.content)},
        body=body_of(
            {
                "original_name": one.file_name,
                "mime_type": PDF,
                "data": base64.b64encode(one.content).decode("ascii"),
            }
        ),
        source=one.source,
    )
