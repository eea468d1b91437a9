"""The books of an invented company in Business Central: what its API reads and writes, with its rules and messages."""

import copy
import uuid
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from kaufland_cli.domain.bc_code import same_code

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
WRITABLE: dict[str, int] = {
    "customerNumber": 20,
    "externalDocumentNumber": 35,
    "orderDate": 10,
    "postingDate": 10,
    **{f"sellTo{name}": length for name, length in ADDRESS.items()},
    "shipToName": 100,
    "shipToContact": 100,
    **{f"shipTo{name}": length for name, length in ADDRESS.items()},
    "phoneNumber": 30,
    "email": 80,
    "currencyCode": 10,
    "pricesIncludeTax": 0,
    "salesOrderLines": 0,
}
READ_ONLY = {"id", "number", "status", "customerName", "totalAmountIncludingTax", "totalTaxAmount", "fullyShipped"}
LINE_WRITABLE = {
    *("lineType", "lineObjectNumber", "itemVariantId", "description", "unitOfMeasureCode", "quantity", "unitPrice"),
}
CODES = {"externalDocumentNumber", "sellToPostCode", "sellToCountry", "shipToPostCode", "shipToCountry", "currencyCode"}


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
        for name, value in body.items():
            if name != "salesOrderLines":
                self._set(order, name, value)
        self._validate_post_codes(order)
        order["salesOrderLines"] = [
            self._line(order, line, 10000 * number) for number, line in enumerate(body.get("salesOrderLines", []), 1)
        ]
        self._sum(order)
        self.created += 1
        self.orders.append(order)
        return order

    def change(self, order: Row, body: Row) -> None:
        """Change fields of an order's head."""
        changed = copy.deepcopy(order)
        for name, value in body.items():
            self._set(changed, name, value)
        if self.stubborn or any(changed[name] != order[name] for name in ("sellToPostCode", "shipToPostCode")):
            self._validate_post_codes(changed)
        self._sum(changed)
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
        names = ("externalDocumentNumber", "customerNumber", "totalAmountIncludingTax", "totalTaxAmount")
        count = len(self.invoices) + len(self.shipments)
        own = {"id": str(uuid.uuid4()), "number": f"{series}{102001 + count}", "orderNumber": order["number"]}
        return own | {name: order[name] for name in names}

    def _set(self, order: Row, name: str, value: Any) -> None:
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
        if isinstance(value, str):
            value = value.strip().upper() if name in CODES else value
            if len(value) > WRITABLE[name]:
                raise Refused(
                    f"The length of the string is {len(value)}, but it must be less than or equal to {WRITABLE[name]} "
                    f"characters. Value: {value}",
                    "Application_StringExceededLength",
                )
        if name == "customerNumber":
            self._set_customer(order, value)
        elif name.endswith("Country") and value and not _by(self.countries, "code", value):
            raise Refused(
                f"The field Ship-to Country/Region Code of table Sales Header contains a value ({value}) that cannot "
                "be found in the related table (Country/Region).",
                "Internal_InvalidTableRelation",
            )
        elif name == "currencyCode":
            self._check_currency(value)
        order[name] = value

    def _set_customer(self, order: Row, number: str) -> None:
        """Validate the customer: it brings its own address, currency and prices with it, over what is there."""
        customer = _by(self.customers, "number", number)
        if customer is None:
            raise Refused("The sell-to customer cannot be found.")
        if customer["blocked"] != "_x0020_":
            raise Refused(
                f"You cannot create this type of document when Customer {number} is blocked with type "
                f"{customer['blocked']}."
            )
        for side in ("sellTo", "shipTo"):
            order[f"{side}AddressLine1"], order[f"{side}AddressLine2"] = "Kundenweg 1", "Haus B"
            order[f"{side}City"], order[f"{side}PostCode"] = "Sammelstadt", "99999"
            order[f"{side}Country"], order[f"{side}State"] = customer["country"], "Land"
        order |= {"shipToName": customer["displayName"], "shipToContact": "Frau Sammel", "customerName": "Sammelkunde"}
        order |= {"phoneNumber": "0800 1", "email": "sammel@example.com", "customerNumber": number}
        order |= {"pricesIncludeTax": False, "currencyCode": customer["currencyCode"] or self.local_currency}

    def _check_currency(self, code: str) -> None:
        if code == self.local_currency:
            return
        if _by(self.currencies, "code", code) is None:
            raise Refused('The "currencyCode" does not match to a Currency.')
        if not any(rate["currencyCode"] == code for rate in self.rates):
            raise Refused(f"There is no Currency Exchange Rate within the filter. Filters: Currency Code: {code}")

    def _validate_post_codes(self, order: Row) -> None:
        for side in ("sellTo", "shipTo"):
            city = self.post_codes.get(order[f"{side}PostCode"])
            if city is not None:
                order[f"{side}City"] = city

    def _line(self, order: Row, sent: Row, sequence: int) -> Row:
        for name in sent:
            if name not in LINE_WRITABLE:
                raise Refused(
                    f"The property '{name}' does not exist on type 'Microsoft.NAV.salesOrderLine'.", "BadRequest"
                )
        if "lineObjectNumber" in sent and next(iter(sent)) != "lineType":
            raise Refused("The line type has to be known before the number.")
        number, kind = str(sent.get("lineObjectNumber", "")), sent.get("lineType", "Comment")
        known = _by(self.items if kind == "Item" else self.accounts, "number", number)
        if kind not in {"Item", "Account"} or known is None:
            raise Refused(f"{kind} does not exist.")
        if known["blocked"]:
            raise Refused(f"You cannot select {kind} {number} because the Blocked check box is selected.")
        if not known.get("directPosting", True):
            raise Refused(f"Direct Posting must be equal to 'Yes' in G/L Account: No.={number}.")
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
            "sequence": sequence,
            "lineType": kind,
            "lineObjectNumber": number,
            "itemVariantId": sent.get("itemVariantId", str(uuid.UUID(int=0))),
            "description": sent.get("description") or known["displayName"],
            "unitOfMeasureCode": unit,
            "quantity": float(quantity),
            "unitPrice": float(price),
            "taxPercent": percent,
            "amountExcludingTax": float(net),
            "totalTaxAmount": float(gross - net),
            "amountIncludingTax": float(gross),
        }

    def _unit(self, item: Row | None, sent: str) -> str:
        """Return the unit of measure of a line: the one that was sent, else the item's sales unit, else its base unit.

        SalesLine.Table.al 4849; sales unit and further units are on the item's card, and the API does not show them.
        """
        code = sent.strip().upper()
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

    def _sum(self, order: Row) -> None:
        self._changes += 1
        order["@odata.etag"] = f'W/"{self._changes}"'
        for total, part in (("totalAmountIncludingTax", "amountIncludingTax"), ("totalTaxAmount", "totalTaxAmount")):
            order[total] = float(sum(Decimal(str(line[part])) for line in order["salesOrderLines"]))


def _by(rows: list[Row], name: str, value: str) -> Row | None:
    return next((row for row in rows if same_code(row[name], value)), None)


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Refused("Cannot convert a value to target type 'Edm.Decimal'.", "BadRequest")
    return Decimal(value)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
