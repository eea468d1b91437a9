"""What may still be missing of a stored order, because the list of units does not have it."""

from enum import StrEnum


class Detail(StrEnum):
    """One thing to fetch for an order; `GET /orders/{id_order}` has all of them."""

    PICKUP_POINT = "pickup point"
    """Whether the buyer picks the parcel up, and where; wanted for orders to be shipped."""
    ADDRESS = "address"
    """Kaufland withholds addresses at first."""
    OLDER_UNITS = "older units"
    """Units that were last updated before the window of the import that stored the order."""
    WHOLE_ORDER = "whole order"
    """Two responses contradict each other, or one lacked a unit."""
