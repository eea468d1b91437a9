"""What each screen shows, as blocks: made from the values of the domain and of the use cases, without rich.

See docs/decisions/0021.
"""

from importlib import import_module
from typing import Any

from kaufland_cli.output.blocks import Card

_PLACES = {
    "ActionsReport": ("action_card", "ACTIONS_REPORT"),
    "BuyersOrders": ("order_card", "BUYERS_ORDERS"),
    "ConnectionReport": ("checks", "CONNECTION"),
    "DocumentPreviews": ("sales_order_card", "SALES_ORDER_DOCUMENTS"),
    "ImportReport": ("import_summary", "IMPORT"),
    "InstalledSchedule": ("status_card", "SCHEDULE_INSTALL"),
    "OlderOrders": ("sales_order_card", "OLDER_ORDERS"),
    "PlannedSchedule": ("status_card", "SCHEDULE_PLAN"),
    "ProfileImports": ("import_summary", "PROFILE_IMPORTS"),
    "PushReport": ("sales_order_card", "PUSH"),
    "RemovedSchedule": ("status_card", "SCHEDULE_REMOVE"),
    "TargetChecks": ("checks", "SALES_ORDER_CHECKS"),
}
"""By the class of the result, which need not be imported: each use case loads its own card only."""


def card_of(result: object) -> Card[Any]:
    """Return the card of a result that a use case shows itself (`app.results.Result`)."""
    module, constant = _PLACES[type(result).__name__]
    found = getattr(import_module(f"{__name__}.{module}"), constant)
    if not isinstance(found, Card):
        raise TypeError(constant)
    return found
