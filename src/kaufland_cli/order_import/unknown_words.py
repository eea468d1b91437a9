"""Finds statuses and storefronts that this version does not know: they are shown as they are and reported once."""

from collections.abc import Iterable

from kaufland_cli.domain.orders import OrderUnit, UnreadableUnit
from kaufland_cli.domain.statuses import UNIT_STATUSES

# Source: the enumerations of the OpenAPI documents 2.17 to 2.44.
KNOWN_STOREFRONTS = frozenset({"de", "sk", "cz", "pl", "at", "fr", "it", "es", "nl"})


def unknown_words(units: Iterable[OrderUnit | UnreadableUnit]) -> list[tuple[str, str]]:
    """Return the unknown statuses and storefronts of these units, each once, as (kind, word)."""
    found: dict[tuple[str, str], None] = {}
    for unit in units:
        if isinstance(unit, UnreadableUnit):
            continue
        if unit.status not in UNIT_STATUSES:
            found["status", unit.status] = None
        if unit.storefront and unit.storefront not in KNOWN_STOREFRONTS:
            found["storefront", unit.storefront] = None
    return list(found)
