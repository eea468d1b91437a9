"""Invented sales orders."""

from dataclasses import replace
from datetime import date
from typing import Any

from kaufland_cli.domain.sales_order import DocumentAddress, SalesOrder, SalesOrderLine

KETTLE = SalesOrderLine("item", "KESSEL-17", "Wasserkessel", 2, 1299, 19.0, units=(1, 2))
BOOK = SalesOrderLine("item", "BUCH-1", "", 1, 1505, 7.0, units=(3,))
SHIPPING = SalesOrderLine("account", "8400", "Versand 19 %", 1, 495, 19.0, shipping=True)


def sample_order(**changes: Any) -> SalesOrder:
    """Return a mixed German basket with shipping, or that with changes."""
    order = SalesOrder(
        external_no="MV7ABC1",
        storefront="de",
        order_date=date(2026, 11, 23),
        currency="EUR",
        customer_no="D00010",
        bill_to=DocumentAddress(
            name="Ada Beispiel", line_1="Lindenweg 4", post_code="10115", city="Berlin", country="DE", line_2="Hof"
        ),
        ship_to=DocumentAddress(
            name="Muster GmbH",
            contact="Ben Beispiel",
            line_1="Packstation 145",
            line_2="1234567",
            post_code="01067",
            city="Dresden",
            country="DE",
        ),
        phone="+49 30 1234",
        email="",
        lines=(KETTLE, BOOK, SHIPPING),
    )
    return replace(order, **changes)
