"""Which stored order, status or state of a sales order somebody means who typed it."""

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from kaufland_cli.domain.codes import KNOWN_STOREFRONTS
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.nearest import did_you_mean, nearest
from kaufland_cli.domain.sales_order_states import STATES
from kaufland_cli.domain.statuses import DERIVED_STATUSES, UNIT_STATUSES
from kaufland_cli.errors import NotFound, StorefrontUnknown, WrongUsage

if TYPE_CHECKING:
    from kaufland_cli.domain.orders import Order
    from kaufland_cli.store.order_queries import OrderQueries
    from kaufland_cli.store.store import Store

Again: TypeAlias = Callable[..., Hint]
"""Returns the command of this call with other options (`Context.again`)."""
KNOWN_STATUSES: Final = (*UNIT_STATUSES, *DERIVED_STATUSES)
_MAX_ID: Final = 100
"""Kaufland's ids have about seven characters."""
_SHOWN: Final = 20
"""Characters of it that an error repeats."""


def require_order_id(order: str) -> None:
    """Raise `WrongUsage` for what cannot be an order id: an empty text, blanks, an option, a long text.

    Look for a stored order first: whatever Kaufland sent as an id is one.
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
    """Return the order that is meant, even if it has lost all its units.

    Raises `NotFound`, or `WrongUsage` for what cannot be an order id.
    """
    found = store.queries.find_id(order)
    card = None if found is None else store.queries.order(found)
    if found is None or card is None or not (card.units or card.departed_units):
        require_order_id(order)
        raise NotFound(
            f"The order {order} is not in the store, or could not be read at all.",
            hint=command("orders", "refresh", order),
        )
    return card


def known_all(store: "Store", orders: Sequence[str]) -> list[str]:
    """Return the ids of all of them, each once."""
    return list(dict.fromkeys(known(store, order) for order in orders))


SHORT_STATUSES: Final = {
    "to_be_sent": "need_to_be_sent",
    "autopaid": "sent_and_autopaid",
    "canceled": "cancelled",
    "part_sent": "partially_sent",
    "part_cancelled": "partially_cancelled",
    "part_canc.": "partially_cancelled",
    "part_returned": "partially_returned",
    "part_ret.": "partially_returned",
}
"""Statuses as screens shorten them."""


def status_named(text: str, stored: Callable[[str], bool], again: Again) -> str:
    """Return the status of an order or unit that is meant, as programs write it.

    `stored` says whether the store has a status that Kaufland has added since. Raises `WrongUsage` for an unknown one.
    """
    name = "_".join(text.lower().replace("_", " ").split())
    name = SHORT_STATUSES.get(name, name)
    if name in KNOWN_STATUSES or stored(name):
        return name
    near = nearest(name, (*KNOWN_STATUSES, *SHORT_STATUSES))
    near = SHORT_STATUSES.get(near, near)
    raise WrongUsage(
        f"There is no status {text!r}.{did_you_mean(near)} Valid: {', '.join(KNOWN_STATUSES)}.",
        hint=again("--status", near, in_place_of=text) if near else command("orders", "list", "--help"),
    )


def storefront_named(text: str, queries: "OrderQueries", in_settings: Collection[str], again: Again) -> str:
    """Return the storefront that is meant: one of the stored orders or of the settings.

    While there is neither, each of Kaufland's storefronts is accepted. Raises `StorefrontUnknown` for any other.
    """
    code = text.strip().lower()
    if code in in_settings or queries.has_storefront(code):
        return code
    known = sorted({*queries.storefronts(), *in_settings})
    if not known and code in KNOWN_STOREFRONTS:
        return code
    known = known or sorted(KNOWN_STOREFRONTS)
    near = nearest(code, known)
    raise StorefrontUnknown(
        f"No stored order is from storefront {text!r}, and no setting names it. Known: {', '.join(known)}."
        f"{did_you_mean(near)}",
        hint=again("--storefront", near, in_place_of=text) if near else None,
    )


def state_named(text: str, option: str, again: Again) -> str:
    """Return the state of a sales order that is meant, given by this option. Raises `WrongUsage`."""
    name = text.strip().lower()
    if name not in STATES:
        near = nearest(name, STATES)
        raise WrongUsage(
            f"There is no state {text!r}.{did_you_mean(near)} Valid: {', '.join(STATES)}.",
            hint=again(option, near, in_place_of=text) if near else command("sales-orders", "list", "--help"),
        )
    return name
