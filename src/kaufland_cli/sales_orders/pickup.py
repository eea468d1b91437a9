"""Where a parcel goes that its buyer fetches: a DHL Packstation, or another provider's pickup point.

Facts: `delivery.pickup_location` of the Seller API (`GET /orders/{id_order}`). DHL delivers to a Packstation by the
station's number and the buyer's post number; the street in which it stands means nothing to it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kaufland_cli.sales_orders.field_texts import Notes, cleaned

_STATION = re.compile(r"\b(packstation|postfiliale|paketshop)\b", re.IGNORECASE)
_STATION_NUMBER = re.compile(rf"{_STATION.pattern}\D{{0,6}}(\d+)", re.IGNORECASE)
_POST_NUMBER = re.compile(r"(?<!\d)\d{6,12}(?!\d)")
_SAID_ANYWAY = ("packstation", "postfiliale", "paketshop", "postnummer", "postnr", "nummer", "post", "dhl", "nr")
"""What an addition may say besides the numbers without meaning another place; longer ones before their parts."""


@dataclass(frozen=True, slots=True)
class PickupPoint:
    """A place from which the buyer fetches the parcel; what is not known is empty."""

    provider: str
    location: str
    """Its number at the provider."""
    post_number: str = ""
    """The buyer's own number at DHL."""
    carrier: str = ""
    station: str = ""
    """How DHL calls such a place, `Packstation` or `Postfiliale`; empty where it is not DHL's in Germany."""

    @property
    def name(self) -> str:
        """What a carrier knows it by."""
        return f"{self.station or self.provider} {self.location}".strip()

    def unsaid(self, text: str) -> str:
        """Return what a text says beyond this place and the buyer's post number; nothing where it only repeats them."""
        left = _compact(text)
        own = [_compact(part) for part in (self.post_number, self.location, self.provider, self.carrier)]
        for part in sorted(filter(None, own), key=len, reverse=True):
            left = left.replace(part, "")
        for word in _SAID_ANYWAY:
            left = left.replace(word, "")
        return left

    def look_at(self, street: str, addition: str, notes: Notes) -> None:
        """Note what is missing, and what in the shipping address means another place."""
        if not self.provider:
            notes.stop("The pickup point has no provider.")
        if not self.location:
            notes.stop(f"The pickup point of {self.provider or 'an unknown provider'} has no number.")
        if self.station == "Packstation" and not self.post_number:
            notes.stop(f"DHL delivers to {self.name} only with the buyer's post number, and there is none.")
        if not self.station and self.post_number:
            notes.stop(f"There is a DHL post number ({self.post_number}) for a pickup point of {self.provider}.")
        if self.unsaid(addition):
            notes.stop(
                f"The addition to the address, {addition}, says something else than the pickup point {self.name}."
            )
        if _STATION.search(street) and self.unsaid(street):
            notes.stop(f"The street, {street}, names another place than the pickup point {self.name}.")
        elif self.station and self.unsaid(street):
            notes.warn(f"The parcel goes to {self.name}; the street of the shipping address was left out: {street}")
        if self.carrier and self.carrier.casefold() != self.provider.casefold():
            notes.warn(f"The pickup point {self.name} is {self.provider}'s; {self.carrier} delivers there.")


def pickup_point(
    location: Mapping[str, Any] | None, street: str, addition: str, company: str, country: str
) -> PickupPoint | None:
    """Return the pickup point of an order; None where the parcel goes to an ordinary address.

    `street` is street and house number. A buyer may also have typed a Packstation as the street, without Kaufland
    naming a pickup point.
    """
    typed = _STATION.search(street)
    if location is None and (typed is None or typed[1].casefold() != "packstation"):
        return None
    if location is None:
        beside = _STATION_NUMBER.search(street)
        number = beside[2] if beside else ""
        return PickupPoint("DHL", number, _post_number(addition, company), station="Packstation")
    carrier = cleaned(location.get("carrier"))
    provider = cleaned(location.get("provider")) or carrier
    given = cleaned(location.get("dhl_post_number"))
    number = cleaned(location.get("pickup_location_id"))
    if "dhl" not in provider.casefold() or (country not in {"DE", ""} and not given):
        return PickupPoint(provider, number, given, carrier)
    station = "Postfiliale" if typed and typed[1].casefold() != "packstation" else "Packstation"
    number = re.sub(rf"^(dhl )?{_STATION.pattern} *", "", number, flags=re.IGNORECASE)
    return PickupPoint(provider, number, given or _post_number(addition, company), carrier, station)


def _post_number(*texts: str) -> str:
    """Return the post number that stands in one of these, where buyers write it."""
    for text in texts:
        found = _POST_NUMBER.search(re.sub(r"(?<=\d) (?=\d)", "", text))
        if found:
            return found[0]
    return ""


def _compact(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())
