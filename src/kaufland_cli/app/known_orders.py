"""Which stored order a person means."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import NotFound, WrongUsage

if TYPE_CHECKING:
    from kaufland_cli.domain.orders import Order
    from kaufland_cli.store.store import Store

_MAX_ID = 100
"""Kaufland's ids have about seven characters."""
_SHOWN = 20


def insist_on_an_id(order: str) -> None:
    """Raise `WrongUsage` for what can be no order's id: an empty text, blanks, an option, a long text.

    A stored order is looked for first: an id that came from Kaufland is one, whatever it is.
    """
    if not order.strip():
        raise WrongUsage("The order id is empty.", hint=Hint("To see the ids: ", command("orders", "list")))
    if order.startswith("--"):
        raise WrongUsage(
            f"{order[:_SHOWN]} is an option, not an order id.", hint=Hint("To see the ids: ", command("orders", "list"))
        )
    if len(order) > _MAX_ID:
        raise WrongUsage(
            f"{order[:_SHOWN]!r}… is not an order id: it has {len(order)} characters.",
            hint=Hint("To see the ids: ", command("orders", "list")),
        )


def known(store: "Store", order: str) -> str:
    """Return the id of the order that is meant. Raises as `known_order` does."""
    return known_order(store, order).id_order


def known_order(store: "Store", order: str) -> "Order":
    """Return the order that is meant, also one that has lost all its units.

    Raises `NotFound`, or `WrongUsage` for what can be none.
    """
    found = store.queries.find_id(order)
    card = None if found is None else store.queries.order(found)
    if found is None or card is None or not (card.units or card.departed_units):
        insist_on_an_id(order)
        raise NotFound(
            f"The order {order} is not in the store, or could not be read at all.",
            hint=command("orders", "refresh", order),
        )
    return card


def known_all(store: "Store", orders: Sequence[str]) -> list[str]:
    """Return the ids of all of them, each once."""
    return list(dict.fromkeys(known(store, order) for order in orders))
