"""Builds the lines of a sales order: identical units together, and one shipping line per VAT rate.

Takes order units (amounts in minor units) and their items; the lines go into `prepare`. Amounts: docs/decisions/0010.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from kaufland_cli.domain.orders import OrderUnit
from kaufland_cli.domain.sales_order import LineKind, SalesOrderLine
from kaufland_cli.domain.target_values import Item
from kaufland_cli.domain.text import meaningful, visible_code
from kaufland_cli.sales_orders.field_texts import Notes

MAX_DESCRIPTION = 100
SHIPPING = "Shipping"


class Goods(NamedTuple):
    """What an item is looked up by: the seller's SKU and every EAN of the product."""

    sku: str
    eans: tuple[str, ...]
    """As Kaufland gives them, in its order."""


class LineKey(NamedTuple):
    """What identical units have in common; `price` in minor units."""

    goods: Goods
    price: int
    vat: float | None


def goods_of(unit: OrderUnit) -> Goods:
    """Return what the item of a unit is looked up by."""
    return Goods(visible_code(unit.id_offer), tuple(dict.fromkeys(ean for ean in unit.eans if ean)))


def alike(units: Sequence[OrderUnit]) -> dict[LineKey, list[OrderUnit]]:
    """Group identical units: same SKU, EANs, price and VAT."""
    found: dict[LineKey, list[OrderUnit]] = {}
    for unit in units:
        found.setdefault(LineKey(goods_of(unit), unit.price, unit.vat), []).append(unit)
    return found


def goods_lines(units: Sequence[OrderUnit], item_of: Callable[[Goods], Item], notes: Notes) -> list[SalesOrderLine]:
    """Return a line for each group of identical units; shortened titles are noted as warnings."""
    lines = []
    for key, order_units in alike(units).items():
        item, ean = item_of(key.goods), next(iter(key.goods.eans), "")
        name = key.goods.sku or ean
        lines.append(
            SalesOrderLine(
                kind=item.kind,
                number=item.number,
                variant=item.variant,
                unit=item.unit,
                description=notes.fitted(
                    f"The title of {name}", meaningful(order_units[0].title) or name, MAX_DESCRIPTION
                ),
                quantity=len(order_units),
                unit_price=key.price,
                vat=key.vat,
                units=tuple(order_unit.id_order_unit for order_unit in order_units),
                id_offer=key.goods.sku,
                ean=ean,
            )
        )
    return lines


def shipping_amounts(units: Sequence[OrderUnit]) -> dict[float | None, int]:
    """Split the shipping cost (minor units) across the VAT rates of the units, in proportion to their prices.

    The parts add up exactly: what rounding leaves goes to the rates that lost most by it. Rates without a share are
    left out.
    """
    total = sum(unit.shipping_rate for unit in units if unit.shipping_rate is not None)
    weights: dict[float | None, int] = {}
    for unit in units:
        weights[unit.vat] = weights.get(unit.vat, 0) + unit.price
    whole = sum(weights.values())
    if not total or not weights:
        return {}
    if whole <= 0:  # free goods: each unit counts the same
        weights = {rate: sum(1 for unit in units if unit.vat == rate) for rate in weights}
        whole = len(units)
    shares = {rate: total * weight // whole for rate, weight in weights.items()}
    cut_off = sorted(weights, key=lambda rate: (-(total * weights[rate] % whole), -weights[rate], _highest_first(rate)))
    for rate in cut_off[: total - sum(shares.values())]:
        shares[rate] += 1
    return {rate: share for rate, share in shares.items() if share}


def shipping_lines(
    units: Sequence[OrderUnit], number_of: Callable[[float | None], str], kind: LineKind
) -> list[SalesOrderLine]:
    """Return a shipping line per VAT rate, highest rate first, unknown rate last.

    `number_of` returns the number (of an account or item, see `kind`) for a rate.
    """
    shares = sorted(shipping_amounts(units).items(), key=lambda share: _highest_first(share[0]))
    return [
        SalesOrderLine(
            kind=kind,
            number=number_of(rate),
            description=SHIPPING if len(shares) == 1 or rate is None else f"{SHIPPING} {rate:g} %",
            quantity=1,
            unit_price=amount,
            vat=rate,
            shipping=True,
        )
        for rate, amount in shares
    ]


def _highest_first(rate: float | None) -> tuple[bool, float]:
    """Return the sort key of a rate; an unknown one comes last."""
    return (True, 0.0) if rate is None else (False, -rate)
