"""Uploading invoices: once each, and a second one for an order only to replace the first."""

import base64
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from kaufland_cli.domain.actions import Intent
from kaufland_cli.domain.hint import NO_HINT, Hint, command
from kaufland_cli.domain.moments import read_moment
from kaufland_cli.domain.orders import Order, OrderInvoice
from kaufland_cli.domain.statuses import CANCELLED, OF_KAUFLAND, OPEN
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
    """Plan that these files are uploaded, each once.

    An order that has an invoice gets another one only with `replace`. What Kaufland has now is asked for, since a
    seller may upload in the portal too. Raises a `KauflandError`.
    """
    orders = {one.place: order for one in files if (order := planner.order(one.place, one.ident)) is not None}
    there = _there(api, orders)
    taken: dict[str, str] = {}
    for one in files:
        order = orders.get(one.place)
        if order is None:
            continue
        known = planner.uploaded(one.digest)
        if known is not None and known.id_order != order.id_order:
            planner.fault(one.place, f"This very file was uploaded for order {known.id_order} already.")
            continue
        first = taken.setdefault(order.id_order, one.place)
        if first != one.place and not replace:
            planner.fault(one.place, f"{first} is for order {order.id_order} too.", Hint("To upload both: --replace"))
            continue
        if (other := planner.unfinished_upload(order, one.digest)) is not None:
            show = command("actions", "show", str(other.action_no))
            planner.fault(one.place, f"Another upload for order {order.id_order} is unfinished.", show)
            continue
        fault = _fault(order, there[order.id_order], replace=replace)
        if fault is not None and (known is None or known.state == "planned"):
            planner.fault(one.place, *fault)
            continue
        planner.add(one.place, [(_intent(order, one, there[order.id_order]), None)])


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
    if order.summary.status in {OPEN, CANCELLED}:
        return f"The order is {order.summary.status}; there is nothing to bill yet.", NO_HINT
    own = [one for one in there if not one.is_marketplace_deemed_supplier]
    if own and not replace:
        names = ", ".join(one.original_name or str(one.id_invoice) for one in own)
        return f"The order has an invoice at Kaufland already: {names}.", Hint("To add another one: --replace")
    return None


def _intent(order: Order, one: InvoiceFile, there: Sequence[OrderInvoice]) -> Intent:
    return Intent(
        kind="invoice",
        id_order=order.id_order,
        id_order_unit=None,
        once=f"invoice:{one.digest}",
        details={
            "file_name": one.file_name,
            "digest": one.digest,
            "bytes": len(one.content),
            # What was there before is none of ours, whatever its name.
            "there": [str(found.id_invoice) for found in there],
        },
        body=body_of(
            {
                "original_name": one.file_name,
                "mime_type": PDF,
                "data": base64.b64encode(one.content).decode("ascii"),
            }
        ),
        source=one.source,
    )
