"""Rules for postal addresses: which are withheld, when two are the same, which company names are real.

Addresses come from the Seller API (`seller_api`) or the store; the import and the sales orders use these rules.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from kaufland_cli.domain.known import agree, known_spelling_kept, known_unless_masked
from kaufland_cli.domain.orders import ADDRESS_FIELDS, Address
from kaufland_cli.domain.text import is_empty, is_masked, meaningful, search_form

STATION = re.compile(r"(pack[ -]?station|paketstation|post[ -]?filiale|paket[ -]?shop)(?![^\W\d_])", re.IGNORECASE)
"""The words for a DHL station: a place where the buyer picks up the parcel."""
_STATION_TOO = re.compile(rf"(?:{STATION.pattern})|post[ -]?(?:nummer|nr)\b|\b(?:dhl|nr|nummer)\b", re.IGNORECASE)
_LINES = (
    ("first_name", "last_name"),
    ("street", "house_number"),
    ("additional_field",),
    ("postcode", "city"),
    ("country",),
)
"""The lines of an address on a parcel label, below the company."""
_WHO = ("first_name", "last_name", "company_name")
_WHERE = ("street", "house_number", "postcode", "city", "country")
"""The fields that identify a person and a place; the others are details."""
_PLACE = (*_WHERE, "additional_field")
Fields = Mapping[str, Any]


def field(address: Address | None, name: str) -> str:
    """Return a field in its comparable form (`text.normalize`); empty if it is empty, masked or not text."""
    value = None if address is None else getattr(address, name) if name in ADDRESS_FIELDS else address.more.get(name)
    return meaningful(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def joined(address: Address | None, *names: str) -> str:
    """Return these fields on one line, separated by spaces; empty ones are left out."""
    return " ".join(text for name in names if (text := field(address, name)))


def is_withheld(address: Address | None) -> bool:
    """Return whether an address has neither a street nor a name: Kaufland has not provided it (yet).

    Kaufland withholds addresses for the first minutes of an order (source: page=orders); some keep only the country.
    """
    return address is None or names_no_place(
        address.street, address.first_name, address.last_name, address.company_name
    )


def names_no_place(street: object, *names: object) -> bool:
    """Return whether a street and names are all empty, as in a withheld address."""
    return is_empty(street) and all(is_empty(name) for name in names)


def latest(new: Fields, known: Fields) -> Fields:
    """Return the fields of an address that was `known` before `new` arrived.

    A known value is never replaced by an unknown one. A different place replaces the old one completely, without
    keeping its details, but only if it has a street or a station and nothing in it is masked. A different name without
    a place is what Kaufland leaves of a deleted address (`Deleted User`) and replaces nothing.
    """
    elsewhere = not _agree_in(_WHERE, new, known)
    complete = _names_place(new) and not (elsewhere and any(is_masked(new.get(name)) for name in _PLACE))
    if complete and elsewhere:
        return dict(known_unless_masked(new, known))
    if not complete and _names_place(known) and (elsewhere or not _agree_in(_WHO, new, known)):
        return known
    return dict(known_spelling_kept(new, known))


def same_spot(one: Address, other: Address) -> bool:
    """Return whether two addresses do not contradict each other about the place; unknown parts contradict nothing."""
    return _agree_in(_WHERE, one.fields, other.fields)


def _names_place(fields: Fields) -> bool:
    return not is_empty(fields.get("street")) or names_station(Address.of(fields))


def _agree_in(names: Iterable[str], one: Fields, other: Fields) -> bool:
    return all(agree(one.get(name), other.get(name)) for name in names)


def person_of(address: Address | None) -> str:
    """Return the person's name; empty if there is none."""
    return joined(address, "first_name", "last_name")


def is_own_name(address: Address | None) -> bool:
    """Return whether the company field holds the person's own name."""
    return same_words(field(address, "company_name"), person_of(address))


def company_of(address: Address | None, *, at_station: bool = False) -> str:
    """Return the company; empty if the company field holds something else.

    The buyer's own name is not a company. If the parcel goes to a DHL station, by this address or by the order
    (`at_station`), neither are the name of the station and the buyer's post number.
    """
    company = field(address, "company_name")
    if not company or is_own_name(address):
        return ""
    if (at_station or names_station(address)) and not _more_than_station(company):
        return ""
    return company


def names_station(address: Address | None) -> bool:
    """Return whether an address names a DHL station."""
    return any(STATION.search(field(address, name)) for name in ("street", "additional_field", "company_name"))


def in_one_line(address: Address | None) -> str:
    """Return an address on one line, without empty fields; empty if there is no address."""
    return ", ".join(lines_of(address))


def lines_of(address: Address | None) -> list[str]:
    """Return the lines of an address as on a parcel label; a name that is also the company appears once."""
    company = "" if is_own_name(address) else field(address, "company_name")
    return [line for line in (company, *(joined(address, *names) for names in _LINES)) if line]


def same_place(one: str, other: str) -> bool:
    """Return whether two results of `in_one_line` are one address to a carrier, ignoring spaces and empty parts."""
    return _parts(one) == _parts(other)


def _parts(line: str) -> list[str]:
    """Return the parts of a line; a name given twice in a row, as company and as person, appears once."""
    found: list[str] = []
    for part in map(meaningful, line.split(",")):
        if part and not (found and same_words(part, found[-1])):
            found.append(part)
    return found


def same_words(one: str, other: str) -> bool:
    """Return whether two names have the same words in any order (`Muster, Max` and `Max Muster`)."""
    words = [sorted(re.findall(r"\w+", search_form(name))) for name in (one, other)]
    return bool(words[0]) and words[0] == words[1]


def _more_than_station(text: str) -> bool:
    """Return whether a text says more than a station and its numbers."""
    return any(char.isalpha() for char in _STATION_TOO.sub(" ", text))
