"""JSON records of what has to be shipped, made from `domain.due`."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from kaufland_cli.domain.addresses import lines_of
from kaufland_cli.domain.due import Article, Due, DueUnit
from kaufland_cli.domain.orders import OrderUnit, PickupLocation
from kaufland_cli.domain.text import meaningful

DUE_FIELDS: Final = (
    "due",
    "hours_left",
    "ship_by",
    "id_order",
    "id_order_unit",
    "ean",
    "title",
    "id_offer",
    "condition",
    "note",
    "storefront",
    "ship_to_postcode",
    "ship_to_city",
    "ship_to_country",
    "pickup_point",
    "carrier",
    "created_at",
)
PICK_FIELDS: Final = ("quantity", "id_offer", "ean", "title", "condition", "orders", "ship_by", "unit_ids")
PACK_FIELDS: Final = (
    "id_order",
    "ship_by",
    "quantity",
    "id_offer",
    "ean",
    "title",
    "condition",
    "note",
    "ship_to",
    "pickup_point",
    "carrier",
    "unit_ids",
)


def due_record(one: DueUnit) -> dict[str, Any]:
    """Return a unit with the time that is left for it."""
    unit, address = one.unit, one.unit.shipping_address
    return {
        "due": one.due.value,
        "hours_left": one.hours_left,
        "ship_by": unit.ship_by,
        "id_order": unit.id_order,
        "id_order_unit": unit.id_order_unit,
        **_article(unit),
        "note": unit.note,
        "storefront": unit.storefront,
        "ship_to_postcode": None if address is None else address.postcode,
        "ship_to_city": None if address is None else address.city,
        "ship_to_country": None if address is None else address.country,
        "pickup_point": pickup_point(one.pickup_location),
        "carrier": one.carrier,
        "created_at": unit.created_at,
    }


def due_totals_record(units: Iterable[DueUnit]) -> dict[str, Any]:
    """Return how many units and orders are in each group; groups without any are left out."""
    found: dict[Due, list[str]] = {}
    for one in units:
        found.setdefault(one.due, []).append(one.unit.id_order)
    return {due.value: {"units": len(found[due]), "orders": len(set(found[due]))} for due in Due if due in found}


def pick_record(article: Article) -> dict[str, Any]:
    """Return one article for the shelf."""
    unit = article.units[0].unit
    return {
        **_article(unit),
        "quantity": len(article.units),
        "orders": article.orders,
        "ship_by": unit.ship_by,
        "unit_ids": [one.unit.id_order_unit for one in article.units],
    }


def pack_record(line: Article) -> dict[str, Any]:
    """Return one line of an order's parcel."""
    first = line.units[0]
    address = first.unit.shipping_address
    return {
        **pick_record(line),
        "id_order": first.unit.id_order,
        "note": first.unit.note,
        "ship_to": "" if address is None else ", ".join(lines_of(address)),
        "pickup_point": pickup_point(first.pickup_location),
        "carrier": first.carrier,
    }


def pickup_point(location: PickupLocation | None) -> str:
    """Return provider and number of a pickup point; empty if the parcel goes to the address."""
    parts: Iterator[str] = map(meaningful, () if location is None else (location.provider, location.number))
    return " ".join(part for part in parts if part)


def _article(unit: OrderUnit) -> dict[str, Any]:
    return {
        "ean": next(iter(unit.eans), None),
        "title": unit.title,
        "id_offer": unit.id_offer,
        "condition": unit.condition,
    }
