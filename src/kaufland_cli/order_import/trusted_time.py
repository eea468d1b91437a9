"""The time to go by when Kaufland's clock and this computer's may differ.

Whatever is wrong, the earlier time is the safe one: from there on, more is read again and nothing is left out.
"""

from datetime import datetime

from kaufland_cli.clock import CLOCKS_MAY_DIFFER
from kaufland_cli.domain.moments import as_text

CLOCKS_DIFFER = "Kaufland's clock and this computer's differ."


def trusted_time(server: datetime | None, local: datetime) -> datetime:
    """Return Kaufland's time (the `Date` header), unless it is missing or minutes ahead of this computer's."""
    return local if server is None or server > local + CLOCKS_MAY_DIFFER else server


def clock_note(server: datetime | None, local: datetime) -> str | None:
    """Return what the user should know about the two clocks; None if they agree."""
    if server is None:
        return "Kaufland did not send the time, so this computer's clock was used."
    if abs(server - local) <= CLOCKS_MAY_DIFFER:
        return None
    clocks = f"Kaufland's clock says {as_text(server)}, this computer's {as_text(local)}."
    if server > local:
        return (
            f"{clocks} Kaufland's was not used. Nothing is lost, but imports fetch too much until both agree;"
            " if this computer's clock is wrong, set it."
        )
    return f"{clocks} The earlier one was used: nothing is lost, but imports may fetch more than necessary."
