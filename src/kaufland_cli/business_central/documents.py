"""A sales order as Business Central's API takes it.

Business Central applies the values in an order that matters: the customer fills in addresses, currency and whether
prices include VAT, so it comes first; what is to replace them comes after, and the lines last.
"""

import json
from collections.abc import Mapping
from typing import Any

from kaufland_cli.domain.bc_code import bc_code
from kaufland_cli.domain.sales_order import SalesOrder, SalesOrderLine

LINE_TYPES = {"item": "Item", "account": "Account"}
Variants = Mapping[tuple[str, str], str]
"""The ids of item variants by item number and variant code."""


def address_fields(order: SalesOrder) -> dict[str, str]:
    """Return addresses, phone and e-mail, the empty ones too: what is not sent stays the customer's."""
    bill, ship = order.bill_to, order.ship_to
    return {
        "sellToAddressLine1": bill.line_1,
        "sellToAddressLine2": bill.line_2,
        "sellToPostCode": bill.post_code,
        "sellToCountry": bill.country,
        "sellToCity": bill.city,
        "sellToState": bill.state,
        "shipToName": ship.name,
        "shipToContact": ship.contact,
        "shipToAddressLine1": ship.line_1,
        "shipToAddressLine2": ship.line_2,
        # A post code may bring its own city, state and country with it, and a country clears the state.
        "shipToPostCode": ship.post_code,
        "shipToCountry": ship.country,
        "shipToCity": ship.city,
        "shipToState": ship.state,
        "phoneNumber": order.phone,
        "email": order.email,
    }


def document(order: SalesOrder, variants: Variants) -> dict[str, Any]:
    """Return the body that creates the order; raises KeyError for a variant whose id is not given."""
    return {
        "customerNumber": order.customer_no,
        "externalDocumentNumber": order.external_no,
        "orderDate": order.order_date.isoformat(),
        **address_fields(order),
        "currencyCode": bc_code(order.currency),
        "pricesIncludeTax": True,
        "salesOrderLines": [_line(line, variants) for line in order.lines],
    }


def encoded(body: Mapping[str, Any]) -> bytes:
    """Write it as JSON."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _line(line: SalesOrderLine, variants: Variants) -> dict[str, Any]:
    return {
        "lineType": LINE_TYPES[line.kind],  # decides what the number means
        "lineObjectNumber": line.number,
        **({"itemVariantId": variants[line.number, line.variant]} if line.variant else {}),
        **({"description": line.description} if line.description else {}),
        # Without one it would be the item's sales unit, so that two units become two cartons.
        **({"unitOfMeasureCode": line.unit} if line.unit else {}),
        "quantity": line.quantity,
        # The shortest text that reads as this number is the decimal itself, up to 15 digits.
        "unitPrice": line.unit_price / 100,
    }
