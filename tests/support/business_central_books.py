"""The books of an invented company in Business Central: what its API reads and writes, with its rules and messages."""

import copy
import re
import uuid
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

from kaufland_cli.domain.bc_code import bc_code, same_code

Row = dict[str, Any]
# Percent of VAT: what the customer's regime makes of the group of an item or account.
REGIMES: dict[str, dict[str, float]] = {
    "de": {"standard": 19, "reduced": 7, "zero": 0},
    "at": {"standard": 20, "reduced": 10, "zero": 0},
    "cz": {"standard": 21, "reduced": 12, "zero": 0},
    "sk": {"standard": 23, "reduced": 19, "zero": 0},
    "pl": {"standard": 23, "reduced": 8, "zero": 0},
    "fr": {"standard": 20, "reduced": 5.5, "zero": 0},
    "it": {"standard": 22, "reduced": 10, "zero": 0},
    "export": {"standard": 0, "reduced": 0, "zero": 0},
}
ADDRESS = {"AddressLine1": 100, "AddressLine2": 50, "City": 30, "Country": 10, "State": 30, "PostCode": 20}
# In the order of the page (APIV2SalesOrders.Page.al), with the longest text; 0: no text.
WRITABLE: dict[str, int] = {
    "externalDocumentNumber": 35,
    "orderDate": 10,
    "postingDate": 10,
    "customerNumber": 20,
    "shipToName": 100,
    "shipToContact": 100,
    **{f"sellTo{name}": length for name, length in ADDRESS.items()},
    **{f"shipTo{name}": length for name, length in ADDRESS.items()},
    "currencyCode": 10,
    "pricesIncludeTax": 0,
    "salesOrderLines": 0,
    "phoneNumber": 30,
    "email": 80,
}
READ_ONLY = {"id", "number", "status", "customerName", "totalAmountIncludingTax", "totalTaxAmount", "fullyShipped"}
LINE_WRITABLE = {
    *("lineType", "lineObjectNumber", "itemVariantId", "description", "unitOfMeasureCode", "quantity", "unitPrice"),
}
CODES = {
    *("customerNumber", "externalDocumentNumber", "currencyCode"),
    *("sellToPostCode", "sellToCountry", "shipToPostCode", "shipToCountry"),
}
COMPARED_WITH_THE_OLD_ONE = {"shipToName", "shipToContact"}
"""Taken over only where they differ from the record that was there: on create from an empty one (lines 174, 187)."""
NO_ID = str(uuid.UUID(int=0))


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, message: str, code: str = "Application_DialogException", status: int = 400) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


@dataclass
class Books:
    """What the company has; every list holds rows as the API shows them."""

    customers: list[Row] = field(default_factory=list)
    items: list[Row] = field(default_factory=list)
    variants: list[Row] = field(default_factory=list)
    accounts: list[Row] = field(default_factory=list)
    currencies: list[Row] = field(default_factory=list)
    rates: list[Row] = field(default_factory=list)
    countries: list[Row] = field(default_factory=list)
    measures: list[Row] = field(default_factory=list)
    orders: list[Row] = field(default_factory=list)
    invoices: list[Row] = field(default_factory=list)
    shipments: list[Row] = field(default_factory=list)
    local_currency: str = "EUR"
    post_codes: dict[str, str] = field(default_factory=dict)
    """The city that validating a post code puts into an address."""
    counties: frozenset[str] = frozenset()
    """The countries whose addresses have a state; setting any other country clears it."""
    field_order: Literal["json", "page"] = "json"
    """In which order a request's properties are taken: as they were sent, or as the page has them; both may be."""
    rolls_back: bool = True
    """Whether the header goes when a line is refused; what the real one does is not known."""
    stubborn: bool = False
    """Whether that happens again with every change."""
    created: int = 0
    """How many orders were ever created."""
    _changes: int = 0

    def create(self, body: Row) -> Row:
        """Create an order with its lines, or nothing."""
        if not body.get("customerNumber"):
            raise Refused('A "customerNumber" or a "customerId" must be provided.')
        order: Row = {"id": str(uuid.uuid4()), "number": f"S-ORD{101001 + self.created}", "status": "Draft"}
        order |= {name: "" for name, length in WRITABLE.items() if length} | {"pricesIncludeTax": False}
        order |= {"totalAmountIncludingTax": 0.0, "totalTaxAmount": 0.0, "discountAmount": 0.0, "salesOrderLines": []}
        order |= {"sellToContact": "", "shipToPhone": "", "shipToName2": ""}
        self._apply(order, {name: value for name, value in body.items() if name != "salesOrderLines"}, creating=True)
        self._stamp(order)
        self.created += 1
        self.orders.append(order)
        try:
            for line in body.get("salesOrderLines", []):
                order["salesOrderLines"].append(self._line(order, line))
                self._refresh_totals(order, order["salesOrderLines"][-1])
        except Refused:
            if self.rolls_back:
                self.created -= 1
                self.orders.remove(order)
            raise
        return order

    def change(self, order: Row, body: Row) -> None:
        """Change fields of an order's head; its totals stay what they were."""
        changed = copy.deepcopy(order)
        self._apply(changed, body, creating=False)
        if self.stubborn:
            for side in ("sellTo", "shipTo"):
                self._look_up_post_code(changed, side)
        self._stamp(changed)
        order.update(changed)

    def post(self, number: str) -> None:
        """Ship and invoice an order: it is gone, and its number stands in both."""
        self.ship(number)
        order = self._order(number)
        self.invoices.append(self._posted(order, "PS-INV") | {"orderId": order["id"], "status": "Open"})
        self.orders.remove(order)

    def ship(self, number: str) -> None:
        """Ship an order; it stays until it is invoiced."""
        self.shipments.append(self._posted(self._order(number), "S-SHPT"))

    def _order(self, number: str) -> Row:
        return next(order for order in self.orders if order["number"] == number)

    def _posted(self, order: Row, series: str) -> Row:
        """Return what was posted of an order: its lines as they are, and the totals of all of them."""
        count = len(self.invoices) + len(self.shipments)
        posted: Row = {
            "id": str(uuid.uuid4()),
            "number": f"{series}{102001 + count}",
            "orderNumber": order["number"],
            **{name: order[name] for name in ("externalDocumentNumber", "customerNumber", "pricesIncludeTax")},
            "currencyCode": order["currencyCode"],
        }
        lines = copy.deepcopy(order["salesOrderLines"])
        if series == "PS-INV":
            return posted | totals_of(lines) | {"salesInvoiceLines": lines}
        shipped = ("id", "sequence", "lineType", "lineObjectNumber", "description", "unitOfMeasureCode", "quantity")
        return posted | {"salesShipmentLines": [{name: line[name] for name in shipped} for line in lines]}

    def _apply(self, order: Row, body: Row, *, creating: bool) -> None:
        """Take over what was sent as TypeHelper does: property by property, leaving out what is equal already."""
        sent = {name: _understood(name, value) for name, value in body.items()}
        names = list(sent) if self.field_order == "json" else [name for name in WRITABLE if name in sent]
        for name in names:
            ignored = creating and name in COMPARED_WITH_THE_OLD_ONE and sent[name] == ""
            if not ignored and order[name] != sent[name]:
                self._validate(order, name, sent[name])
        order |= {name: sent[name] for name in ("orderDate", "postingDate") if name in sent}

    def _validate(self, order: Row, name: str, value: Any) -> None:
        """Set one field of the header with all that follows from it."""
        side, part = name[:6], name[6:]
        self._check(name, part, value)
        if name == "customerNumber":
            self._set_customer(order, value)
        follows = name == "phoneNumber" or (side == "sellTo" and part in ADDRESS)
        together = follows and _one_address(order)
        order[name] = value
        if name == "phoneNumber" and together:
            order["shipToPhone"] = value
        elif together:
            order[f"shipTo{part}"] = value
        if part == "Country" and value not in self.counties:
            for place in {side, "shipTo" if together else side}:
                order[f"{place}State"] = ""
        if part == "PostCode":
            self._look_up_post_code(order, side)

    def _check(self, name: str, part: str, value: Any) -> None:
        """Refuse what the header does not take."""
        if part == "Country" and value and not _by(self.countries, "code", value):
            raise Refused(
                f"The field Ship-to Country/Region Code of table Sales Header contains a value ({value}) that cannot "
                "be found in the related table (Country/Region).",
                "Internal_InvalidTableRelation",
            )
        if name == "currencyCode" and value != self.local_currency and not _by(self.currencies, "code", value):
            raise Refused('The "currencyCode" does not match to a Currency.')  # a missing rate is only mentioned
        if name == "phoneNumber" and any(char.isalpha() for char in value):
            raise Refused("Phone No. must not contain letters.", "Application_FieldValidationException")
        if name == "email" and value and not re.fullmatch(r"[^@\s]+@[^@\s]+", value):
            raise Refused(f'The email address "{value}" is not valid.')

    def _set_customer(self, order: Row, number: str) -> None:
        """Validate the customer: it brings its own address, currency and prices with it, over what is there."""
        customer = _by(self.customers, "number", number)
        if customer is None:
            raise Refused("The sell-to customer cannot be found.")
        if customer["privacyBlocked"]:
            raise Refused(f"You cannot create this type of document when Customer {number} is blocked for privacy.")
        if customer["blocked"] != "_x0020_":
            raise Refused(
                f"You cannot create this type of document when Customer {number} is blocked with type "
                f"{customer['blocked']}."
            )
        for side in ("sellTo", "shipTo"):
            order[f"{side}AddressLine1"], order[f"{side}AddressLine2"] = "Kundenweg 1", "Haus B"
            order[f"{side}City"], order[f"{side}PostCode"] = "Sammelstadt", "99999"
            order[f"{side}Country"], order[f"{side}State"] = customer["country"], "Land"
        order |= {"shipToName": customer["displayName"], "customerName": customer["displayName"]}
        order |= {"sellToContact": "Frau Sammel", "shipToContact": "Frau Sammel", "shipToName2": customer["name2"]}
        order |= {"phoneNumber": customer["phoneNumber"], "shipToPhone": customer["phoneNumber"]}
        order |= {"email": "sammel@example.com", "customerNumber": number}
        order |= {"pricesIncludeTax": False, "currencyCode": customer["currencyCode"] or self.local_currency}

    def _look_up_post_code(self, order: Row, side: str) -> None:
        city = self.post_codes.get(order[f"{side}PostCode"])
        if city is not None:
            order[f"{side}City"] = city

    def _line(self, order: Row, sent: Row) -> Row:
        for name in sent:
            if name not in LINE_WRITABLE:
                raise Refused(
                    f"The property '{name}' does not exist on type 'Microsoft.NAV.salesOrderLine'.", "BadRequest"
                )
        if "lineObjectNumber" in sent and next(iter(sent)) != "lineType":
            raise Refused("The line type has to be known before the number.")
        kind = sent.get("lineType", "Comment")
        known = self._sold(kind, str(sent.get("lineObjectNumber", "")))
        foreign = order["currencyCode"] != self.local_currency
        if foreign and not any(rate["currencyCode"] == order["currencyCode"] for rate in self.rates):
            raise Refused(
                f"Currency Factor must have a value in Sales Header: Document Type=Order, No.={order['number']}. It "
                "cannot be zero or empty."
            )
        if "itemVariantId" in sent and _by(self.variants, "id", sent["itemVariantId"]) is None:
            raise Refused("The variant does not exist.")
        unit = self._unit(known if kind == "Item" else None, sent.get("unitOfMeasureCode", ""))
        customer = _by(self.customers, "number", order["customerNumber"]) or {}
        percent = REGIMES[customer["regime"]][known["vat"]]
        quantity, price = _number(sent["quantity"]), _number(sent["unitPrice"])
        amount = _cents(quantity * price)
        factor = 1 + Decimal(str(percent)) / 100
        gross, net = (
            (amount, _cents(amount / factor)) if order["pricesIncludeTax"] else (_cents(amount * factor), amount)
        )
        return {
            "id": str(uuid.uuid4()),
            "sequence": 10000 * (len(order["salesOrderLines"]) + 1),
            "lineType": kind,
            "lineObjectNumber": known["number"],
            "itemVariantId": sent.get("itemVariantId", NO_ID),
            "description": sent.get("description") or known["displayName"],
            "unitOfMeasureCode": unit,
            "quantity": float(quantity),
            "unitPrice": float(price),
            "taxPercent": percent,
            "amountExcludingTax": float(net),
            "totalTaxAmount": float(gross - net),
            "amountIncludingTax": float(gross),
            "discountPercent": 0.0,
            "discountAmount": 0.0,
            "invoiceDiscountAllocation": 0.0,
            "netAmount": float(net),
            "netTaxAmount": float(gross - net),
            "netAmountIncludingTax": float(gross),
        }

    def _sold(self, kind: str, number: str) -> Row:
        """Return the item or account of that number; in place of one that cannot be used, one that is like it.

        FindRecordManagement: the number is searched for as the beginning of another one, then of a name.
        """
        rows = {"Item": self.items, "Account": self.accounts}.get(kind, [])
        known = _by(rows, "number", number)
        if known is None:
            raise Refused(f"{kind} does not exist.")
        reason = _why_unusable(known, kind, number)
        if not reason:
            return known
        usable = [row for row in rows if not _why_unusable(row, kind, row["number"])]
        for name in ("number", "displayName"):
            for row in usable:
                if bc_code(row[name]).startswith(bc_code(number)):
                    return row
        raise Refused(reason)

    def _unit(self, item: Row | None, sent: str) -> str:
        """Return the unit of measure of a line: the one that was sent, else the item's sales unit, else its base unit.

        SalesLine.Table.al 4849; sales unit and further units are on the item's card, and the API does not show them.
        """
        code = bc_code(sent)
        if item is None:
            if code:
                raise Refused("The Unit of Measure can be set only for lines with type Item.")
            return ""
        if code and code not in {item["baseUnitOfMeasureCode"], item["salesUnitOfMeasureCode"], *item["units"]}:
            raise Refused(
                f"The field Unit of Measure Code of table Sales Line contains a value ({code}) that cannot be found in "
                "the related table (Item Unit of Measure).",
                "Internal_InvalidTableRelation",
            )
        return code or str(item["salesUnitOfMeasureCode"] or item["baseUnitOfMeasureCode"])

    def _refresh_totals(self, order: Row, line: Row) -> None:
        """Take over the totals of the lines so far where the new line asks for it: an account's never does.

        GraphMgtSalesOrderBuffer.Codeunit.al 366ff: the buffer is refreshed only for lines that allow an invoice
        discount, so what stands behind the last one of them is in no total.
        """
        if line["lineType"] == "Item" and self._sold("Item", line["lineObjectNumber"])["allowInvoiceDisc"]:
            order |= totals_of(order["salesOrderLines"])

    def _stamp(self, order: Row) -> None:
        self._changes += 1
        order["@odata.etag"] = f'W/"{self._changes}"'
        order["lastModifiedDateTime"] = f"2026-11-20T12:{self._changes // 60 % 60:02}:{self._changes % 60:02}Z"


def totals_of(lines: list[Row]) -> Row:
    """Return the totals of lines under the names that a header has them."""
    names = {"totalAmountIncludingTax": "amountIncludingTax", "totalTaxAmount": "totalTaxAmount"}
    return {total: float(sum(Decimal(str(line[part])) for line in lines)) for total, part in names.items()}


def _understood(name: str, value: Any) -> Any:
    """Return a property of the header as it is kept; refuses what the contract does not allow."""
    if name in READ_ONLY:
        raise Refused(f"Control '{name}' is read-only.", "BadRequest_InvalidOperation")
    if name not in WRITABLE:
        raise Refused(
            f"The property '{name}' does not exist on type 'Microsoft.NAV.salesOrder'. Make sure to only use "
            "property names that are defined by the type.",
            "BadRequest",
        )
    if not isinstance(value, bool if name == "pricesIncludeTax" else str):
        raise Refused(f"Cannot convert a value to target type of '{name}'.", "BadRequest")
    if not isinstance(value, str):
        return value
    value = bc_code(value) if name in CODES else value
    if len(value) > WRITABLE[name]:
        raise Refused(
            f"The length of the string is {len(value)}, but it must be less than or equal to {WRITABLE[name]} "
            f"characters. Value: {value}",
            "Application_StringExceededLength",
        )
    return value


def _why_unusable(row: Row, kind: str, number: str) -> str:
    """Return why an item or account cannot be sold, in Business Central's words; empty where it can."""
    if row["blocked"]:
        return f"You cannot select {kind} {number} because the Blocked check box is selected."
    if row.get("salesBlocked"):
        return f"You cannot sell item {number} because the Sales Blocked check box is selected on the item card."
    if not row.get("directPosting", True):
        return f"Direct Posting must be equal to 'Yes' in G/L Account: No.={number}. Current value is 'No'."
    if row.get("accountType", "Posting") != "Posting":
        return f"Account Type must be equal to 'Posting' in G/L Account: No.={number}."
    return ""


def _one_address(order: Row) -> bool:
    """Tell whether the goods still go to the customer: all fields of both addresses and the contact are equal."""
    return order["sellToContact"] == order["shipToContact"] and all(
        order[f"sellTo{part}"] == order[f"shipTo{part}"] for part in ADDRESS
    )


def _by(rows: list[Row], name: str, value: str) -> Row | None:
    return next((row for row in rows if same_code(row[name], value)), None)


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Refused("Cannot convert a value to target type 'Edm.Decimal'.", "BadRequest")
    return Decimal(value)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
