"""What a person has to look at before sales orders follow by themselves: the first one, and the first in a currency."""

from kaufland_cli.clock import Clock
from kaufland_cli.domain.bc_code import bc_code
from kaufland_cli.store.store import Store

FIRST = "first"


def confirm_currency(store: Store, target: str, currency: str, clock: Clock) -> None:
    """Write down that orders in this currency may be created."""
    store.sales_order_confirmations.confirm(target, currency_key(currency), clock.now())


def confirm_first(store: Store, target: str, currency: str, clock: Clock) -> None:
    """Write down that a person has looked at the first sales order and found it right."""
    with store.database.transaction():
        store.sales_order_confirmations.confirm(target, FIRST, clock.now())
        store.sales_order_confirmations.confirm(target, currency_key(currency), clock.now())


def first_confirmed(store: Store, target: str) -> bool:
    """Tell whether a person has confirmed the first sales order in this target."""
    return store.sales_order_confirmations.confirmed(target, FIRST)


def currency_key(code: str) -> str:
    """Return under which name a currency is confirmed."""
    return f"currency {bc_code(code)}"
