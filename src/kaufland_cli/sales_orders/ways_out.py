"""What to type where an order is held: only what the program accepts, whatever Kaufland says of the order."""

from kaufland_cli.domain.codes import country_code, storefront_code
from kaufland_cli.errors import command


def document_by_hand(id_order: str) -> str:
    """Return the command that names the document which a person has made."""
    return command("sales-orders", "link", id_order, "DOCUMENT_NUMBER")


def or_by_hand(first: str, id_order: str) -> str:
    """Return what to do first, and the way that is always open: the document made by hand."""
    return f"{first}; or create the document by hand and name its number: {document_by_hand(id_order)}"


def anew_or_by_hand(id_order: str) -> str:
    """Return what to do where Kaufland does not say what is needed."""
    return or_by_hand(f"Fetch it again: {command('orders', 'refresh', id_order)}", id_order)


def customer_for(country: str, id_order: str = "ORDER") -> str:
    """Return the command that names a customer for a country; of a text that is no country for this order alone."""
    if code := country_code(country):
        return command("config", "set", f"sales_orders.customers.{code}", "NUMBER")
    return command("sales-orders", "push", id_order, "--customer", "NUMBER")


def setting_of_storefront(storefront: str, name: str, value: str) -> str:
    """Return the command that changes a setting of a storefront; nothing where the order names no storefront."""
    code = storefront_code(storefront)
    return command("config", "set", f"storefronts.{code}.{name}", value) if code else ""
