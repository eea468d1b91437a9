"""What time it is, where Kaufland's clock and this computer's need not agree.

Whatever is wrong, the earlier time is the safe one: from there on, more is read again and nothing is left out.
"""

from datetime import datetime

from kaufland_cli.clock import CLOCKS_MAY_DIFFER
from kaufland_cli.seller_api.moments import as_text

CLOCKS_DIFFER = "Kaufland's clock and this computer's do not agree."


def trusted_time(server: datetime | None, local: datetime) -> datetime:
    """Return Kaufland's time (the `Date` header), unless it is missing or later than this computer's by minutes."""
    return local if server is None or server > local + CLOCKS_MAY_DIFFER else server


def clock_note(server: datetime | None, local: datetime) -> str | None:
    """Say what a person has to know of the two clocks; None where they agree."""
    if server is None:
        return "Kaufland did not say what time it is: this computer's clock was used."
    if abs(server - local) <= CLOCKS_MAY_DIFFER:
        return None
    clocks = f"Kaufland's clock says {as_text(server)}, this computer's {as_text(local)}."
    if server > local:
        return (
            f"{clocks} Kaufland's was not used. Nothing is lost, but imports read more than they need until both agree;"
            " if this computer's clock is wrong, set it."
        )
    return f"{clocks} The earlier one was used: nothing is lost, but imports may read more than they need."
