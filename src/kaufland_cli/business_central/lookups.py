"""Documents and items that Business Central has."""

from collections.abc import Iterator

from kaufland_cli.business_central.client import Json, text
from kaufland_cli.business_central.company import Company
from kaufland_cli.business_central.reading import document_of, text_of
from kaufland_cli.errors import TargetRefused
from kaufland_cli.sales_orders.target import Item, ItemLookup, TargetDocument

LONGEST_NUMBER, LONGEST_GTIN = 20, 14
TOTALS = "totalAmountIncludingTax,totalTaxAmount"
ORDER = f"id,number,externalDocumentNumber,customerNumber,{TOTALS}"
INVOICE = f"id,number,externalDocumentNumber,customerNumber,orderId,orderNumber,{TOTALS}"
SHIPMENT = "id,number,externalDocumentNumber,customerNumber,orderNumber"


def documents(company: Company, external_no: str) -> Iterator[TargetDocument]:
    """Yield what stands under this number, of each document its first form: order, invoice, shipment.

    Asked without the customer, since it may stand under another one. Orders come first: one that is posted meanwhile
    has become an invoice by the time that invoices are asked for.
    """
    wanted = external_no.strip().upper()  # as Business Central keeps it
    numbers: set[str] = set()
    for row in _under(company, "salesOrders", wanted, ORDER, expand="salesOrderLines"):
        numbers.add(text_of(row.get("number")))
        yield document_of(row, "order")
    for row in _under(company, "salesInvoices", wanted, INVOICE):
        if _new(row, numbers):
            yield document_of(row, "invoice")
    for row in _under(company, "salesShipments", wanted, SHIPMENT):
        if _new(row, numbers):
            yield document_of(row, "shipment")


def _under(company: Company, entity: str, wanted: str, select: str, expand: str = "") -> list[Json]:
    query = [("$filter", f"externalDocumentNumber eq {text(wanted)}"), ("$select", select)]
    rows = company.rows(entity, [*query, ("$expand", expand)] if expand else query)
    # A filter that is not understood is ignored, not refused.
    return [row for row in rows if str(row.get("externalDocumentNumber") or "").strip().upper() == wanted]


def _new(row: Json, numbers: set[str]) -> bool:
    """Tell whether it is a document of its own, and no later form of an order that was seen."""
    order = text_of(row.get("orderNumber"))
    if order and order in numbers:
        return False
    numbers.add(order)
    return True


class Items:
    """Items and their variants; each is asked for once."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._items: dict[tuple[str, str], ItemLookup] = {}
        self._variants: dict[tuple[str, str], str] = {}

    def look_up(self, sku: str, ean: str) -> ItemLookup:
        """Return the item of that number, else the only one with that EAN; a blocked one is none."""
        key = sku.strip().upper(), ean.strip()
        if key not in self._items:
            self._items[key] = self._look_up(*key)
        return self._items[key]

    def _look_up(self, number: str, ean: str) -> ItemLookup:
        reasons: list[str] = []
        if number:
            found = self._rows("number", number) if len(number) <= LONGEST_NUMBER else []
            if found:
                return _usable(found[0])
            reasons.append(f"there is no item {number}")
        if ean:
            found = self._rows("gtin", ean) if len(ean) <= LONGEST_GTIN else []
            if len(found) == 1:
                return _usable(found[0])
            reasons.append(f"{len(found)} items have the EAN {ean}" if found else f"no item has the EAN {ean}")
        return ItemLookup(None, " and ".join(reasons) or "the piece has neither a SKU nor an EAN")

    def _rows(self, name: str, value: str) -> list[Json]:
        query = [("$filter", f"{name} eq {text(value)}"), ("$select", "id,number,blocked,gtin")]
        return [row for row in self._company.rows("items", query) if str(row.get(name) or "").strip().upper() == value]

    def variant(self, number: str, code: str) -> str:
        """Return the id of an item's variant; raises TargetRefused where there is none."""
        key = number, code
        if key not in self._variants:
            query = f"itemNumber eq {text(number.upper())} and code eq {text(code.upper())}"
            rows = self._company.rows("itemVariants", [("$filter", query), ("$select", "id,itemNumber,code")])
            ids = [text_of(row.get("id")) for row in rows if str(row.get("code") or "").upper() == code.upper()]
            if not any(ids):
                raise TargetRefused(
                    f"The item {number} has no variant {code} in Business Central.",
                    hint="Correct sales_orders.item_mapping_file, then: kaufland sales-orders retry",
                )
            self._variants[key] = ids[0]
        return self._variants[key]


def _usable(row: Json) -> ItemLookup:
    number = text_of(row.get("number"))
    if row.get("blocked"):
        return ItemLookup(None, f"the item {number} is blocked")
    return ItemLookup(Item(number))
