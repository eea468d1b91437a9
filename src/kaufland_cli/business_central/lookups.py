"""Finds documents, items, variants and units in Business Central; used by the target and by `check`."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from kaufland_cli.business_central.client import Json
from kaufland_cli.business_central.company import Company
from kaufland_cli.business_central.filters import one_of
from kaufland_cli.business_central.reading import LINES, document_of, text_of, together
from kaufland_cli.domain.bc_code import bc_code
from kaufland_cli.domain.gtin import gtin14, gtin_forms
from kaufland_cli.domain.hint import Hint
from kaufland_cli.domain.target_values import Item, ItemLookup, TargetDocument
from kaufland_cli.errors import TargetRefused

MAX_NUMBER = 20
GTINS_AT_ONCE = 10
"""Per request, so that the URL stays short."""
ITEM = "id,number,blocked,gtin,baseUnitOfMeasureCode"
ORDER = "id,number,externalDocumentNumber,customerNumber"
INVOICE = "id,number,externalDocumentNumber,customerNumber,orderId,orderNumber"
SHIPMENT = "id,number,externalDocumentNumber,customerNumber,orderNumber"


def documents(company: Company, external_no: str) -> Iterator[TargetDocument]:
    """Yield the documents with this external number, each in its first form: order, invoice, shipment.

    The customer is not part of the search, since a document may have a different one. Orders are read first: an order
    posted in the meantime is an invoice by the time invoices are read.
    """
    wanted = {"externalDocumentNumber": external_no}
    numbers: set[str] = set()
    for row in company.rows_with("salesOrders", wanted, ORDER, expand=LINES["order"]):
        numbers.add(text_of(row.get("number")))
        yield document_of(row, "order")
    invoices: dict[str, list[Json]] = {}
    for row in company.rows_with("salesInvoices", wanted, INVOICE, expand=LINES["invoice"]):
        order = text_of(row.get("orderNumber"))
        if order not in numbers:
            invoices.setdefault(order or f"invoice {text_of(row.get('id'))}", []).append(row)
    for order, parts in invoices.items():
        numbers.add(order)
        first, *rest = (text_of(row.get("id")) for row in parts)
        yield replace(document_of(together(parts), "invoice"), id=first, parts=tuple(rest))
    for row in company.rows_with("salesShipments", wanted, SHIPMENT):
        if _new(row, numbers):
            yield document_of(row, "shipment")


def _new(row: Json, numbers: set[str]) -> bool:
    """Return whether this is a separate document, not a later form of an order already seen."""
    order = text_of(row.get("orderNumber"))
    if order and order in numbers:
        return False
    numbers.add(order)
    return True


class Items:
    """Items with their variants and units; each is looked up once. Raises what `Company` raises."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._rows: dict[str, Json | None] = {}
        self._by_gtin: dict[tuple[str, ...], ItemLookup] = {}
        self._variants: dict[tuple[str, str], str] = {}

    def by_number(self, number: str) -> ItemLookup:
        """Return the item with this number; a blocked item cannot be used, and the reason says so."""
        row = self._row(number)
        if row is None:
            return ItemLookup(None, f"there is no item {bc_code(number)}", known=False)
        return _usable(row)

    def by_gtin(self, gtins: Sequence[str]) -> ItemLookup:
        """Return the only item whose GTIN is one of these (GTIN-14); a blocked item cannot be used."""
        key = tuple(sorted(set(gtins)))
        if key not in self._by_gtin:
            self._by_gtin[key] = self._look_up_gtins(key)
        return self._by_gtin[key]

    def _look_up_gtins(self, wanted: tuple[str, ...]) -> ItemLookup:
        found: dict[str, Json] = {}
        for start in range(0, len(wanted), GTINS_AT_ONCE):
            some = wanted[start : start + GTINS_AT_ONCE]
            # The field holds what a person typed, with or without leading zeros.
            any_form = one_of("gtin", (form for gtin in some for form in gtin_forms(gtin)))
            for row in self._company.rows("items", [("$filter", any_form), ("$select", ITEM)]):
                if gtin14(row.get("gtin")) in wanted and (number := bc_code(row.get("number"))):
                    found.setdefault(number, row)
        self._rows |= found
        if len(found) > 1:
            return ItemLookup(None, f"more than one item has its EAN: {', '.join(sorted(found))}", ambiguous=True)
        return _usable(next(iter(found.values()))) if found else ItemLookup(None, "no item has its EAN", known=False)

    def base_unit(self, number: str) -> str:
        """Return the code of an item's base unit of measure; raises TargetRefused if there is no item or no unit."""
        row = self._row(number)
        if row is None:
            raise TargetRefused(
                f"There is no item {number} in Business Central.",
                fix=Hint("Correct sales_orders.item_mapping_file"),
            )
        unit = bc_code(row.get("baseUnitOfMeasureCode"))
        if not unit:
            raise TargetRefused(
                f"The item {number} has no base unit of measure in Business Central.",
                fix=Hint("Enter one on the item's card"),
            )
        return unit

    def _row(self, number: str) -> Json | None:
        code = bc_code(number)
        if code not in self._rows:
            fits = len(code) <= MAX_NUMBER
            found = self._company.rows_with("items", {"number": code}, ITEM) if fits else []
            self._rows[code] = found[0] if found else None
        return self._rows[code]

    def variant(self, number: str, code: str) -> str:
        """Return the id of an item's variant; raises TargetRefused if there is none."""
        key = bc_code(number), bc_code(code)
        if key not in self._variants:
            wanted = {"itemNumber": number, "code": code}
            rows = self._company.rows_with("itemVariants", wanted, "id,itemNumber,code")
            ids = [text_of(row.get("id")) for row in rows]
            if not any(ids):
                raise TargetRefused(
                    f"The item {number} has no variant {code} in Business Central.",
                    fix=Hint("Correct sales_orders.item_mapping_file"),
                )
            self._variants[key] = ids[0]
        return self._variants[key]


def _usable(row: Json) -> ItemLookup:
    number = text_of(row.get("number"))
    if row.get("blocked"):
        return ItemLookup(None, f"the item {number} is blocked")
    return ItemLookup(Item(number))
