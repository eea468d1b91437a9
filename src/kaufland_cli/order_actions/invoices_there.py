"""Which invoices Kaufland has: the only way to see whether an upload has arrived."""

from datetime import datetime, timedelta
from typing import Final

from kaufland_cli.domain.actions import Action
from kaufland_cli.domain.moments import read_moment
from kaufland_cli.domain.orders import OrderInvoice
from kaufland_cli.errors import ResponseUnreadable
from kaufland_cli.seller_api.endpoints import MAX_PAGE, SellerApi

MAX_PAGES: Final = 100
CLOCKS_DIFFER: Final = timedelta(minutes=10)
"""This machine's clock may be five minutes off, and is then refused."""


def invoices_since(api: SellerApi, since: datetime) -> list[OrderInvoice]:
    """Return the invoices created since then, of all orders; those that Kaufland made itself as well.

    Raises a `KauflandError`; `ResponseUnreadable` if the list never ends.
    """
    found: list[OrderInvoice] = []
    for page_no in range(MAX_PAGES):
        page = api.order_invoices(created_from=since, offset=page_no * MAX_PAGE)
        if page is None or not page.rows:
            return found
        found += page.invoices
        if page.rows < MAX_PAGE and len(found) >= (page.total or 0):
            return found
    raise ResponseUnreadable("Kaufland's list of invoices does not end.")


def uploaded_invoice(api: SellerApi, action: Action) -> OrderInvoice | None:
    """Return the invoice that an upload has made; None if there is none. The file's name tells it from others."""
    sent = read_moment(action.sent_at) or read_moment(action.planned_at)
    if sent is None:
        return None
    since = sent - CLOCKS_DIFFER
    before = action.details.get("there", ())
    for invoice in invoices_since(api, since):
        if str(invoice.id_invoice) in before:
            continue
        # An erased order keeps no names of files.
        name = action.details.get("file_name", invoice.original_name)
        if invoice.id_order == action.id_order and invoice.original_name == name:
            return invoice
    return None
