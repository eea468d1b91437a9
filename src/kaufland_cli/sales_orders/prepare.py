"""Turns an order from the store into the sales order to create, or into the reasons why that is not possible yet.

The result goes to `push`, which hands the sales order to a `Target`, and to previews.
"""

from collections.abc import Collection
from dataclasses import dataclass

from kaufland_cli.domain.addresses import is_withheld
from kaufland_cli.domain.hint import command
from kaufland_cli.domain.moments import read_moment
from kaufland_cli.domain.orders import Order, OrderUnit
from kaufland_cli.domain.sales_order import SalesOrder
from kaufland_cli.sales_orders.addresses import addresses_of, ship_to_country
from kaufland_cli.sales_orders.field_texts import Notes
from kaufland_cli.sales_orders.fixes import refetch_or_link
from kaufland_cli.sales_orders.holds import active_units, holds
from kaufland_cli.sales_orders.items import find_items
from kaufland_cli.sales_orders.lines import goods_lines, shipping_amounts, shipping_lines
from kaufland_cli.sales_orders.rules import Rules
from kaufland_cli.sales_orders.target import Target
from kaufland_cli.store.sales_order_row import Reason


@dataclass(frozen=True, slots=True)
class Prepared:
    """The sales order, or the reasons why there is none."""

    document: SalesOrder | None
    reasons: tuple[Reason, ...] = ()


def prepare(
    order: Order,
    rules: Rules,
    target: Target,
    *,
    customer_by_hand: str = "",
    without: Collection[str] = (),
) -> Prepared:
    """Build the sales order for an order from the store (`OrderQueries.order`); for `without`, see `holds`.

    Returns all reasons against it together. Looks items up in the target only if nothing else holds the order, and
    raises what `Target.item` raises.
    """
    country = ship_to_country(order)
    reasons = list(holds(order, rules, country=country, customer_by_hand=customer_by_hand, without=without))
    addresses = addresses_of(order)
    if not is_withheld(order.shipping_address):
        reasons += [Reason("address", text, addresses.fix) for text in addresses.hold]
    units = active_units(order)
    reasons += _without_shipping_number(order, units, rules)
    if reasons:
        return Prepared(None, tuple(reasons))
    items, missing = find_items(units, rules, target)
    if missing:
        return Prepared(None, tuple(missing))
    storefront = order.storefront
    created = read_moment(order.summary.created_at)
    if created is None:
        return Prepared(
            None,
            (Reason("no_time", "The order has no creation time.", refetch_or_link(order.id_order)),),
        )
    notes = Notes()
    goods = goods_lines(units, items.__getitem__, notes)
    return Prepared(
        SalesOrder(
            external_no=order.id_order,
            storefront=storefront,
            order_date=created.astimezone(rules.timezone).date(),
            currency=order.currency,
            customer_no=customer_by_hand or rules.customer_for(storefront, country),
            bill_to=addresses.bill_to,
            ship_to=addresses.ship_to,
            phone=addresses.phone,
            email=addresses.email,
            lines=(
                *goods,
                *shipping_lines(units, lambda vat: rules.shipping_number(storefront, vat), rules.shipping_kind),
            ),
            warnings=(*addresses.warnings, *notes.warnings),
        )
    )


def _without_shipping_number(order: Order, units: list[OrderUnit], rules: Rules) -> list[Reason]:
    storefront = order.storefront
    if all(rules.shipping_number(storefront, vat) for vat in shipping_amounts(units)):
        return []
    return [
        Reason(
            "no_shipping_number",
            f"The order has shipping costs, but no {rules.shipping_kind} is set for them.",
            command("config", "set", "sales_orders.shipping_number", "NUMBER"),
        )
    ]
