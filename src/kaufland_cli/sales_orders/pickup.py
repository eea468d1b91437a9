"""Parcels that the buyer picks up: at a DHL Packstation, or at another provider's pickup point.

Source: `delivery.pickup_location` of the Seller API (`GET /orders/{id_order}`). DHL delivers to a Packstation by its
number and the buyer's post number; it ignores the street. The result goes into the ship-to address (`addresses`).
"""

import re
from dataclasses import dataclass

from kaufland_cli.domain.addresses import STATION, names_station
from kaufland_cli.domain.orders import Order, PickupLocation
from kaufland_cli.domain.text import meaningful
from kaufland_cli.sales_orders.field_texts import Notes

_STATION_NUMBER = re.compile(rf"{STATION.pattern}\D{{0,6}}(\d{{1,5}})(?!\d)", re.IGNORECASE)
_POST_NUMBER = re.compile(r"(?<!\d)(?:\d{6,10}|\d{2,4}(?: \d{2,4})+)(?!\d)")
"""Also in groups; a single digit next to it is a separate number."""
_CALLED_POST_NUMBER = re.compile(r"\bpost[ -]?(nummer|nr)\b", re.IGNORECASE)
_SHORTEST_POST_NUMBER, _MAX_POST_NUMBER = 6, 10
_TAKEN_OUT = "\n"
"""Replaces what was taken out of a text, so that the digits on either side do not become one number."""
_SAID_ANYWAY = ("postnummer", "postnr", "nummer", "post", "dhl", "nr")
"""Words that may stand next to the numbers without meaning another place; longer ones come before their parts."""
_SAID_OF = {
    "Packstation": re.compile(r"pack[ -]?station", re.IGNORECASE),
    "Postfiliale": re.compile(r"post[ -]?filiale|paket[ -]?shop", re.IGNORECASE),
    "": re.compile(r"paket[ -]?shop", re.IGNORECASE),
}
"""The words for each kind of station; any other word for one means another place."""


@dataclass(frozen=True, slots=True)
class PickupPoint:
    """A place where the buyer picks up the parcel; unknown fields are empty."""

    provider: str
    location: str
    """The provider's number for it."""
    post_number: str = ""
    """The buyer's customer number at DHL."""
    carrier: str = ""
    station: str = ""
    """DHL's word for such a place, `Packstation` or `Postfiliale`; empty unless it is DHL's and in Germany."""
    typed: bool = False
    """Whether it is only in the address the buyer typed, and Kaufland does not give it."""

    @property
    def name(self) -> str:
        """The name that a carrier knows."""
        return f"{self.station or self.provider} {self.location}".strip()

    def additions(self, text: str) -> str:
        """Return what a text adds to this place and the buyer's post number; empty if it only repeats them."""
        left = text.casefold()
        own = [_compact(part) for part in (self.post_number, self.location, self.provider, self.carrier)]
        for part in sorted(filter(None, own), key=len, reverse=True):
            left = _without(left, part)
        left = _compact(_SAID_OF[self.station].sub(_TAKEN_OUT, left))
        for word in _SAID_ANYWAY:
            left = left.replace(word, "")
        return left

    def look_at(self, street: str, addition: str, company: str, notes: Notes) -> None:
        """Note what is missing, and what in the shipping address points to another place."""
        self._check_complete(notes)
        if self.additions(addition):
            notes.stop(f"The additional address line, {addition}, does not match the pickup point {self.name}.")
        if (STATION.search(street) or self.typed) and self.additions(street):
            notes.stop(f"The street, {street}, does not match the pickup point {self.name}.")
        elif self.station and self.additions(street):
            notes.warn(f"The parcel goes to {self.name}; the street of the shipping address was left out: {street}")
        other = self.additions(company)
        if other and (STATION.search(company) or _POST_NUMBER.fullmatch(other)):
            notes.stop(f"The company, {company}, does not match the pickup point {self.name}.")
        if self.carrier and self.carrier.casefold() != self.provider.casefold():
            notes.warn(f"The pickup point {self.name} belongs to {self.provider}, but {self.carrier} delivers there.")

    def _check_complete(self, notes: Notes) -> None:
        if not self.provider:
            notes.stop("The pickup point has no provider.")
        if not self.location:
            notes.stop(f"The pickup point of {self.provider or 'an unknown provider'} has no number.")
        if (self.station == "Packstation" or self.typed) and not self.post_number:
            notes.stop(f"DHL delivers to {self.name} only with the buyer's post number, which is missing.")
        if not self.station and self.post_number:
            notes.stop(f"There is a DHL post number ({self.post_number}) for a pickup point of {self.provider}.")


def pickup_point(
    location: PickupLocation | None, street: str, addition: str, company: str, country: str
) -> PickupPoint | None:
    """Return the pickup point of an order; None if the parcel goes to an ordinary address.

    `location` is Kaufland's pickup point, `street` is street and house number. A buyer may also have typed a station in
    any of these fields without Kaufland giving a pickup point.
    """
    if location is None:
        return _typed(street, addition, company)
    typed = STATION.search(street)
    carrier = meaningful(location.carrier)
    provider = meaningful(location.provider) or carrier
    given = meaningful(location.post_number)
    number = meaningful(location.number)
    if "dhl" not in provider.casefold() or (country not in {"DE", ""} and not given):
        return PickupPoint(provider, number, given, carrier)
    station = _kind(typed) if typed else "Packstation"
    number = re.sub(rf"^(dhl )?{STATION.pattern} *", "", number, flags=re.IGNORECASE)
    return PickupPoint(provider, number, given or _post_number(addition, company), carrier, station)


def has_station_number(text: str) -> bool:
    """Return whether a text has a station or a post number, so that shortening it would misdirect the parcel."""
    return bool(STATION.search(text) or _CALLED_POST_NUMBER.search(text) or _post_number(text))


def at_station(order: Order) -> bool:
    """Return whether an order goes to a pickup point, given by Kaufland or typed by the buyer."""
    shipping, billing = order.shipping_address, order.billing_address
    return order.pickup_location is not None or names_station(shipping) or names_station(billing)


def _typed(street: str, addition: str, company: str) -> PickupPoint | None:
    """Return the station that the buyer typed; `PickupPoint.look_at` notes whatever else the fields say."""
    said = [found for text in (street, addition, company) if (found := STATION.search(text))]
    if not said:
        return None
    numbers = [found[2] for text in (street, addition, company) if (found := _STATION_NUMBER.search(text))]
    post_number = _post_number(addition, company, street)
    return PickupPoint("DHL", numbers[0] if numbers else "", post_number, station=_kind(said[0]), typed=True)


def _kind(station: re.Match[str]) -> str:
    """Return the kind of a station: DHL numbers its parcel shops together with its post offices."""
    return "Packstation" if station[1].casefold().endswith("station") else "Postfiliale"


def _post_number(*texts: str) -> str:
    """Return the post number found in one of these texts, where buyers write it."""
    for text in texts:
        for found in _POST_NUMBER.findall(_STATION_NUMBER.sub(_TAKEN_OUT, text)):
            number = str(found).replace(" ", "")
            if _SHORTEST_POST_NUMBER <= len(number) <= _MAX_POST_NUMBER:
                return number
    return ""


def _without(text: str, part: str) -> str:
    """Remove a part (letters and digits only) from a text, however it is spaced; never the start of a longer number."""
    divided = r"[ ./_-]*".join(map(re.escape, part))
    after = r"(?!\d)" if part[-1].isdigit() else ""
    return re.sub(divided + after, _TAKEN_OUT, text)


def _compact(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())
