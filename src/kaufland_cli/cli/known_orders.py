"""Which stored order a person means."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kaufland_cli.errors import NotFound, command

if TYPE_CHECKING:
    from kaufland_cli.store.store import Store


def known(store: "Store", order: str) -> str:
    """Return the id of the order that is meant. Raises `NotFound`."""
    found = store.queries.find_id(order)
    card = None if found is None else store.queries.order(found)
    if found is None or card is None or not card["units"]:
        raise NotFound(
            f"The order {order} is not in the store, or none of it could be read.",
            hint=command("orders", "refresh", order),
        )
    return found


def known_all(store: "Store", orders: Sequence[str]) -> list[str]:
    """Return the ids of all of them, each once."""
    return list(dict.fromkeys(known(store, order) for order in orders))
