"""A sales order in the form of Business Central's API (salesOrder, API v2.0).

Business Central applies the values in sequence: the customer fills in addresses, currency and whether prices include
VAT, so it comes first. The values that replace those come next, and the lines last.
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
    """Return addresses, phone and e-mail, including empty ones: a field that is not sent keeps the customer's value."""
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
        # A post code may fill in city, state and country, and a country clears the state: hence this sequence.
        "shipToPostCode": ship.post_code,
        "shipToCountry": ship.country,
        "shipToCity": ship.city,
        "shipToState": ship.state,
        "phoneNumber": order.phone,
        "email": order.email,
    }


def document(order: SalesOrder, variants: Variants) -> dict[str, Any]:
    """Return the body that creates the order; raises KeyError if the id of a variant is missing from `variants`."""
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
    """Return the body as JSON in UTF-8."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _line(line: SalesOrderLine, variants: Variants) -> dict[str, Any]:
    return {
        "lineType": LINE_TYPES[line.kind],  # decides what the number refers to
        "lineObjectNumber": line.number,
        **({"itemVariantId": variants[line.number, line.variant]} if line.variant else {}),
        **({"description": line.description} if line.description else {}),
        # Without it the item's sales unit would be used, and two units might become two cartons.
        **({"unitOfMeasureCode": line.unit} if line.unit else {}),
        "quantity": line.quantity,
        # A float is exact enough: up to 15 digits it is written as the same decimal.
        "unitPrice": line.unit_price / 100,
    }
