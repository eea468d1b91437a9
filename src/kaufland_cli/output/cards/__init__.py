"""What each screen shows, as blocks: made from domain objects and records, without a terminal and without rich.

See docs/decisions/0021.
"""

from importlib import import_module

from kaufland_cli.output.blocks import Card, Record

_PLACES = {
    "buyers_orders": ("order_card", "BUYERS_ORDERS"),
    "connection": ("checks", "CONNECTION"),
    "import": ("import_summary", "IMPORT"),
    "older_orders": ("sales_order_card", "OLDER_ORDERS"),
    "push": ("sales_order_card", "PUSH"),
    "sales_order_check": ("checks", "SALES_ORDER_CHECKS"),
    "sales_order_documents": ("sales_order_card", "SALES_ORDER_DOCUMENTS"),
}


def card_named(name: str) -> Card[Record]:
    """Return the card of a result that a use case shows by its name (`app.person.Result`)."""
    module, constant = _PLACES[name]
    found = getattr(import_module(f"{__name__}.{module}"), constant)
    if not isinstance(found, Card):
        raise TypeError(name)
    return found
