"""Why an order cannot become a sales order yet: every reason found in the order itself and in the settings.

Reads an order from the store and the rules (`Rules`); the reasons go to `prepare` and from there to the store, JSON
and the screen. Why a country needs its own customer: docs/decisions/0014.
"""

from collections.abc import Collection, Iterator, Sequence

from kaufland_cli.domain import statuses
from kaufland_cli.domain.addresses import company_of, is_withheld
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.missing_details import Detail
from kaufland_cli.domain.orders import Order, OrderUnit
from kaufland_cli.domain.statuses import CANCELLED, OF_KAUFLAND, OPEN, RETURNED, SOLD, UNDECIDED
from kaufland_cli.domain.text import visible_code
from kaufland_cli.sales_orders.fixes import (
    link_command,
    or_link_by_hand,
    refetch_or_link,
    set_customer,
    set_for_storefront,
)
from kaufland_cli.sales_orders.pickup import at_station
from kaufland_cli.sales_orders.rules import Rules
from kaufland_cli.store.sales_order_row import Reason

MAX_ORDER_ID = 35
"""Characters of an external document number. Source: Business Central's metadata."""


def active_units(order: Order) -> list[OrderUnit]:
    """Return the units that are not cancelled."""
    return [unit for unit in order.units if unit.status != CANCELLED]


def absent_units(order: Order) -> frozenset[str]:
    """Return the ids of units missing from the order at Kaufland, except those that moved to another order."""
    return frozenset(str(unit.id_order_unit) for unit in order.departed_units if not unit.moved_to)


def qualifies(order: Order) -> bool:
    """Return whether the order should become a sales order."""
    return statuses.qualifies(order.summary.fulfillment_type, order.statuses)


def why_not_due(order: Order) -> str:
    """Return why the order gets no sales order, worded for the end of a sentence."""
    if order.summary.fulfillment_type == OF_KAUFLAND:
        return "Kaufland ships it"
    if order.statuses & UNDECIDED:
        return "a unit is still open"
    if order.statuses == {CANCELLED}:
        return "all its units are cancelled"
    if not order.units:
        return "it has no units left"
    return "none of its units was shipped or is waiting to be shipped"


def holds(
    order: Order, rules: Rules, *, country: str, customer_by_hand: str, without: Collection[str] = ()
) -> Iterator[Reason]:
    """Yield every reason to hold the order, except those that come from the target or the addresses.

    `country` is the ship-to country, `customer_by_hand` a customer chosen for this order alone. `without` has the ids
    of missing units (`absent_units`) that the user agreed to leave out.
    """
    if order.erased_at:
        yield Reason(
            "erased",
            "The buyer's data was erased, so the sales order would have no name or address.",
            Hint("If the document already exists: ", link_command(order.id_order)),
        )
    if rules.blocked_reason:
        yield Reason("environment", rules.blocked_reason, rules.blocked_fix)
    yield from missing_details(order)
    yield from _of_the_seller(order)
    yield from _of_the_units(order, rules, without)
    storefront = order.storefront
    if not customer_by_hand:
        company = company_of(order.billing_address, at_station=at_station(order))
        if company and not rules.companies_allowed:
            yield Reason(
                "company",
                f"The billing address belongs to a company ({company}), which may need another customer and VAT.",
                Hint(
                    command("sales-orders", "push", order.id_order, "--customer", "NUMBER"),
                    ", or, to allow all companies: ",
                    command("config", "set", "sales_orders.companies", "allow"),
                ),
            )
        if country and not rules.customer_for(storefront, country):
            yield Reason(
                "no_customer",
                f"No customer is set for storefront {storefront} and goods shipped to {country}. Each customer has one "
                "VAT treatment, so no other one is used instead.",
                set_customer(country, order.id_order),
            )


def missing_details(order: Order) -> Iterator[Reason]:
    """Yield what has not been fetched of the order; a missing address and missing units have reasons of their own.

    A pickup point that is not known yet would send the parcel to the wrong place, older units would not be billed.
    """
    with_own_reason = {Detail.ADDRESS, Detail.WHOLE_ORDER} if absent_units(order) else {Detail.ADDRESS}
    missing = [detail for detail in Detail if detail in order.missing_details - with_own_reason]
    if missing:
        yield Reason(
            "details_missing",
            f"Not everything about this order has been fetched from Kaufland yet. Missing: {', '.join(missing)}.",
            refetch_or_link(order.id_order),
        )


def _of_the_seller(order: Order) -> Iterator[Reason]:
    deemed = order.summary.is_marketplace_deemed_supplier
    if deemed:
        yield Reason(
            "deemed_supplier",
            "Kaufland pays the VAT on this order; booking it gross would be wrong.",
            Hint("Book it by hand from Kaufland's statement, then: ", link_command(order.id_order)),
        )
    elif deemed is None:
        yield Reason(
            "deemed_supplier_unknown",
            "Kaufland does not say whether it pays the VAT on this order.",
            refetch_or_link(order.id_order),
        )
    if order.summary.fulfillment_type != "fulfilled_by_merchant":
        yield Reason(
            "fulfillment_unknown",
            "Kaufland does not say whether you ship this order yourself.",
            refetch_or_link(order.id_order),
        )
    if order.id_order != order.id_order.strip():
        yield Reason(
            "order_id",
            "The order id starts or ends with a space; a merchandise system would drop it.",
            Hint("Create the document by hand, then: ", link_command(order.id_order)),
        )
    if len(order.id_order) > MAX_ORDER_ID:
        yield Reason(
            "order_id",
            f"The order id is longer than {MAX_ORDER_ID} characters, the limit for an external document number.",
            Hint("Create the document by hand, then: ", link_command(order.id_order)),
        )


def _of_the_units(order: Order, rules: Rules, without: Collection[str]) -> Iterator[Reason]:
    again = refetch_or_link(order.id_order)
    if order.failed:
        yield Reason(
            "unreadable",
            "A unit of this order could not be read.",
            or_link_by_hand(Hint("See why: ", command("orders", "list", "--failed")), order.id_order),
        )
    found = order.statuses
    if found & RETURNED:
        yield Reason(
            "returned",
            "A unit was returned before the sales order was created.",
            Hint("Book it by hand, then: ", link_command(order.id_order)),
        )
    if strange := sorted(found - SOLD - RETURNED - {OPEN, CANCELLED}):
        yield Reason("unknown_status", f"A unit has an unknown status: {strange[0]}.", again)
    absent = absent_units(order)
    for unit in order.departed_units:
        if str(unit.id_order_unit) in absent.difference(without):
            sku = visible_code(unit.id_offer) or "no SKU"
            yield Reason(
                "unit_absent",
                f"Unit {unit.id_order_unit} ({sku}) is missing from the order at Kaufland. It may have been cancelled, "
                "or it may come back.",
                Hint(
                    command("orders", "refresh", order.id_order),
                    "; if it is still missing, bill the order without it: ",
                    command("sales-orders", "push", order.id_order, "--without-absent"),
                ),
            )
    for billed in order.in_other_sales_orders:
        document = f"sales order {billed.number}" if billed.number else "sales order"
        yield Reason(
            "billed_already",
            f"Unit {billed.id_order_unit} came from order {billed.id_order} and is already in its {document}.",
            Hint(
                "Correct that one in the merchandise system, then: ",
                command("sales-orders", "resolve", billed.id_order),
            ),
        )
    units = active_units(order)
    if any(unit.shipping_rate is None for unit in units):
        yield Reason("shipping_unknown", "Kaufland does not give the shipping cost of a unit.", again)
    if units and (len({unit.currency for unit in units}) != 1 or not order.currency):
        yield Reason("currency_unclear", "The units do not all have the same currency.", again)
    yield from _of_the_vat(order, units, rules)
    if is_withheld(order.shipping_address) and not order.erased_at:
        yield Reason("no_address", "Kaufland has not provided the shipping address yet.", again)


def _of_the_vat(order: Order, units: Sequence[OrderUnit], rules: Rules) -> Iterator[Reason]:
    storefront, by_hand = order.storefront, link_command(order.id_order)
    allow = set_for_storefront(storefront, "allow_zero_vat", "true")
    take = set_for_storefront(storefront, "unknown_vat", "use_target")
    if any(unit.vat == 0 for unit in units) and not rules.allow_zero_vat(storefront):
        yield Reason(
            "vat",
            "Kaufland gives 0 % VAT for a unit; for most goods that is a mistake in the offer.",
            Hint("If that is correct: ", allow) if allow else Hint("Book it by hand, then: ", by_hand),
        )
    if any(unit.vat is None for unit in units) and not rules.takes_targets_vat(storefront):
        yield Reason(
            "vat_unknown",
            "Kaufland gives no VAT rate for a unit.",
            Hint(
                command("orders", "refresh", order.id_order),
                "; to use the merchandise system's rate instead: " if take else "; or book it by hand: ",
                take or by_hand,
            ),
        )
