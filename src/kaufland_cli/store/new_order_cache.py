"""What one answer brings of orders that are new: their summaries need no look into the store again."""

from typing import Any, NamedTuple

from kaufland_cli.domain.orders import OrderUnit
from kaufland_cli.store.unit_rows import BILLING, BUYER_EMAIL, PRODUCT_NO, SHIPPING, Row

NameAndCity = tuple[Any, ...]
"""First name, last name, company, city."""


class SummedUnit(NamedTuple):
    """What of a unit goes into the summary of its order."""

    id_order: str
    status: str
    storefront: str | None
    currency: str | None
    price: int
    shipping_rate: int | None
    vat: float | None
    id_offer: str | None
    ean: str | None
    title: str | None
    created_at: str | None
    updated_at: str | None
    fulfillment_type: str | None
    is_marketplace_deemed_supplier: int | None
    buyer_email: str | None
    billing_address_no: int | None
    shipping_address_no: int | None


class NewOrderCache:
    """What one answer brings that needs no look into the store again: orders all of whose units came just now."""

    def __init__(self) -> None:
        self._units: dict[str, list[tuple[tuple[Any, ...], SummedUnit]]] = {}
        self._stale: set[str] = set()
        self.addresses: dict[int, NameAndCity] = {}

    def note(self, unit: OrderUnit, row: Row) -> None:
        """Note what a new unit adds to its order."""
        product, billing_no, shipping_no = unit.product, row[BILLING], row[SHIPPING]
        sold = product if row[PRODUCT_NO] is not None else None
        self._add(
            row[0],
            SummedUnit(
                unit.id_order,
                unit.status,
                unit.storefront,
                unit.currency,
                unit.price,
                unit.shipping_rate,
                unit.vat,
                unit.id_offer,
                sold.eans[0] if sold is not None and sold.eans else None,
                None if sold is None else sold.title,
                unit.created_at,
                unit.updated_at,
                unit.fulfillment_type,
                unit.is_marketplace_deemed_supplier,
                row[BUYER_EMAIL],
                billing_no,
                shipping_no,
            ),
        )
        for number, address in ((billing_no, unit.billing_address), (shipping_no, unit.shipping_address)):
            if number is not None and address is not None and number not in self.addresses:
                self.addresses[number] = (
                    address.first_name,
                    address.last_name,
                    address.company_name,
                    address.city,
                )

    def _add(self, key: int | str, unit: SummedUnit) -> None:
        """Note a new unit."""
        age = (unit.updated_at is not None, unit.updated_at or "", isinstance(key, str), key)
        self._units.setdefault(unit.id_order, []).append((age, unit))

    def invalidate(self, id_order: str) -> None:
        """Note that the order's units are not only the new ones."""
        self._stale.add(id_order)

    def units(self, id_order: str) -> list[SummedUnit] | None:
        """Return the units of a new order, those updated last at the end; None where the store has to be asked."""
        found = self._units.get(id_order)
        if found is None or id_order in self._stale:
            return None
        return [unit for _, unit in (found if len(found) == 1 else sorted(found))]
