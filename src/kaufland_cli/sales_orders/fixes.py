"""The commands offered as fixes for held orders; the program accepts each of them, whatever Kaufland sent."""

from kaufland_cli.domain.codes import country_code, storefront_code
from kaufland_cli.domain.hint import NO_HINT, Hint, command


def link_command(id_order: str) -> Hint:
    """Return the command that links an order to a document created by hand."""
    return command("sales-orders", "link", id_order, "DOCUMENT_NUMBER")


def or_link_by_hand(first: Hint, id_order: str) -> Hint:
    """Return what to try first, and what always works: a document created by hand."""
    return Hint(first, "; or create the document by hand and link it: ", link_command(id_order))


def refetch_or_link(id_order: str) -> Hint:
    """Return what to do when Kaufland left out something that is needed."""
    return or_link_by_hand(Hint("Fetch it again: ", command("orders", "refresh", id_order)), id_order)


def set_customer(country: str, id_order: str = "ORDER") -> Hint:
    """Return the command that sets the customer for a country, or for this order alone if `country` is not a code."""
    if code := country_code(country):
        return command("config", "set", f"sales_orders.customers.{code}", "NUMBER")
    return command("sales-orders", "push", id_order, "--customer", "NUMBER")


def set_for_storefront(storefront: str, name: str, value: str) -> Hint:
    """Return the command that changes a storefront's setting; empty if `storefront` is not a code."""
    code = storefront_code(storefront)
    return command("config", "set", f"storefronts.{code}.{name}", value) if code else NO_HINT
