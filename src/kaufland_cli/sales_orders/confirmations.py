"""What a person must confirm before sales orders are created automatically: the first one, and each new currency.

Confirmations are kept in the store, per target. See docs/decisions/0013.
"""

from kaufland_cli.clock import Clock
from kaufland_cli.domain.bc_code import bc_code
from kaufland_cli.store.store import Store

FIRST = "first"


def confirm_currency(store: Store, target: str, currency: str, clock: Clock) -> None:
    """Record that sales orders in this currency may be created."""
    store.sales_orders.confirm(target, currency_key(currency), clock.now())


def confirm_first(store: Store, target: str, currency: str, clock: Clock) -> None:
    """Record that a person checked the first sales order and found it correct."""
    with store.database.transaction():
        store.sales_orders.confirm(target, FIRST, clock.now())
        store.sales_orders.confirm(target, currency_key(currency), clock.now())


def first_confirmed(store: Store, target: str) -> bool:
    """Return whether a person has confirmed the first sales order in this target."""
    return store.sales_orders.confirmed(target, FIRST)


def currency_key(code: str) -> str:
    """Return the key under which a currency is confirmed."""
    return f"currency {bc_code(code)}"
