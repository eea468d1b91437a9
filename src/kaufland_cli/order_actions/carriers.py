"""Kaufland's carriers: exact names, asked for once a day."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from kaufland_cli.domain.moments import as_text
from kaufland_cli.domain.nearest import did_you_mean, nearest
from kaufland_cli.seller_api.endpoints import SellerApi
from kaufland_cli.store.actions import Actions

KEPT_FOR: Final = timedelta(days=1)


def known_carriers(ledger: Actions, api: SellerApi, now: datetime, *, writing: bool) -> tuple[str, ...] | None:
    """Return the names of all carriers; None where Kaufland has no such list (playground). Raises a `KauflandError`.

    `writing`: whether a list that was read may be kept.
    """
    known = ledger.carriers(as_text(now - KEPT_FOR))
    if known is None:
        known = api.carriers()
        if known is not None and writing:
            ledger.remember_carriers(known, now)
    return known


def carrier_fault(name: str, carriers: Sequence[str] | None) -> str | None:
    """Return why a carrier's name cannot be sent; None if it can. Kaufland takes exact names only."""
    if not name:
        return "There is no carrier: name one with --carrier, or in a column of the file."
    if carriers is None or name in carriers:
        return None
    by_case = {one.casefold(): one for one in carriers}
    near = by_case.get(name.casefold()) or nearest(name, carriers)
    return f"Kaufland knows no carrier {name!r}.{did_you_mean(near)}"
