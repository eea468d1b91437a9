"""The statuses that `kaufland orders list --status` takes: as programs write them and as screens show them."""

from collections.abc import Callable
from difflib import get_close_matches

from kaufland_cli.domain.hint import command
from kaufland_cli.domain.statuses import DERIVED_STATUSES, UNIT_STATUSES
from kaufland_cli.errors import WrongUsage

KNOWN = (*UNIT_STATUSES, *DERIVED_STATUSES)
SHOWN_SHORT = {
    "to_be_sent": "need_to_be_sent",
    "autopaid": "sent_and_autopaid",
    "canceled": "cancelled",
    "part_sent": "partially_sent",
    "part_cancelled": "partially_cancelled",
    "part_canc.": "partially_cancelled",
    "part_returned": "partially_returned",
    "part_ret.": "partially_returned",
}


def status_named(text: str, stored: Callable[[str], bool]) -> str:
    """Return the status that is meant; `stored` tells whether the store has one that Kaufland has added since.

    Raises `WrongUsage`, naming the nearest and all known ones, where there is no such status.
    """
    name = "_".join(text.lower().replace("_", " ").split())
    name = SHOWN_SHORT.get(name, name)
    if name in KNOWN or stored(name):
        return name
    near = get_close_matches(name, (*KNOWN, *SHOWN_SHORT), n=1)
    meant = f" Did you mean {SHOWN_SHORT.get(near[0], near[0])}?" if near else ""
    raise WrongUsage(
        f"There is no status {text!r}.{meant} Valid: {', '.join(KNOWN)}.",
        hint=command("orders", "list", "--help"),
    )
