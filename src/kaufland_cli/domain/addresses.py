"""Postal addresses: which is withheld, when two are the same, what is a company, and what beside a station is none."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from kaufland_cli.domain.known import agree, known_spelling_kept, known_unless_told
from kaufland_cli.domain.orders import ADDRESS_FIELDS, Address
from kaufland_cli.domain.text import is_empty, is_masked, meaningful, search_form

STATION = re.compile(r"(pack[ -]?station|paketstation|post[ -]?filiale|paket[ -]?shop)(?![^\W\d_])", re.IGNORECASE)
"""The word for a place of DHL's at which a parcel is fetched."""
_STATION_TOO = re.compile(rf"(?:{STATION.pattern})|post[ -]?(?:nummer|nr)\b|\b(?:dhl|nr|nummer)\b", re.IGNORECASE)
_LINES = (
    ("first_name", "last_name"),
    ("street", "house_number"),
    ("additional_field",),
    ("postcode", "city"),
    ("country",),
)
"""The lines of an address as it stands on a parcel, below the company."""
_WHO = ("first_name", "last_name", "company_name")
_WHERE = ("street", "house_number", "postcode", "city", "country")
"""What tells one person and one place from another; the rest is detail."""
_PLACE = (*_WHERE, "additional_field")
Fields = Mapping[str, Any]


def field(address: Address | None, name: str) -> str:
    """Return a field in its comparable form; nothing where it is empty, masked or no text."""
    value = None if address is None else getattr(address, name) if name in ADDRESS_FIELDS else address.more.get(name)
    return meaningful(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def joined(address: Address | None, *names: str) -> str:
    """Return some fields in one line."""
    return " ".join(text for name in names if (text := field(address, name)))


def is_withheld(address: Address | None) -> bool:
    """Tell whether an address says neither a street nor whom it is for: Kaufland has not told it (yet).

    Source: page=orders (addresses are withheld for the first minutes of an order); of some only the country is left.
    """
    return address is None or says_nowhere(address.street, address.first_name, address.last_name, address.company_name)


def says_nowhere(street: object, *names: object) -> bool:
    """Tell the same of the street and the names that an address has."""
    return is_empty(street) and all(is_empty(name) for name in names)


def latest(new: Fields, known: Fields) -> Fields:
    """Return the fields of an address of which `known` was known before `new` was told.

    Known is never replaced by unknown. Another place is taken as it is, without details of the old one, but only where
    it is told: by its street or station, and with nothing of it masked. What names somebody else and no place is
    what is left of an address (`Deleted User`), and replaces none.
    """
    elsewhere = not _agree_in(_WHERE, new, known)
    told = _names_place(new) and not (elsewhere and any(is_masked(new.get(name)) for name in _PLACE))
    if told and elsewhere:
        return dict(known_unless_told(new, known))
    if not told and _names_place(known) and (elsewhere or not _agree_in(_WHO, new, known)):
        return known
    return dict(known_spelling_kept(new, known))


def _names_place(fields: Fields) -> bool:
    return not is_empty(fields.get("street")) or names_station(Address.of(fields))


def _agree_in(names: Iterable[str], one: Fields, other: Fields) -> bool:
    return all(agree(one.get(name), other.get(name)) for name in names)


def person_of(address: Address | None) -> str:
    """Return the person's name; nothing where there is none."""
    return joined(address, "first_name", "last_name")


def is_own_name(address: Address | None) -> bool:
    """Tell whether the person's own name stands as the company."""
    return _same_words(field(address, "company_name"), person_of(address))


def company_of(address: Address | None, *, at_station: bool = False) -> str:
    """Return the company; nothing where what stands there is none.

    The buyer's own name is no company. Beside a station of DHL's, in this address or (`at_station`) in the order,
    neither are the station and the buyer's post number there.
    """
    company = field(address, "company_name")
    if not company or is_own_name(address):
        return ""
    if (at_station or names_station(address)) and not _beside_station(company):
        return ""
    return company


def names_station(address: Address | None) -> bool:
    """Tell whether an address is one of a station of DHL's."""
    return any(STATION.search(field(address, name)) for name in ("street", "additional_field", "company_name"))


def in_one_line(address: Address | None) -> str:
    """Return an address in one line, with what it says and no more; nothing where there is none."""
    return ", ".join(lines_of(address))


def lines_of(address: Address | None) -> list[str]:
    """Return the lines of an address as it stands on a parcel; a name that stands as the company too is there once."""
    company = "" if is_own_name(address) else field(address, "company_name")
    return [line for line in (company, *(joined(address, *names) for names in _LINES)) if line]


def same_place(one: str, other: str) -> bool:
    """Tell whether two lines of `in_one_line` are the same address to a carrier, whatever blanks and empty parts."""
    return _parts(one) == _parts(other)


def _parts(line: str) -> list[str]:
    """Return the parts of a line; of a name that stands twice in a row, as company and as person, one."""
    found: list[str] = []
    for part in map(meaningful, line.split(",")):
        if part and not (found and _same_words(part, found[-1])):
            found.append(part)
    return found


def _same_words(one: str, other: str) -> bool:
    """Tell whether two names have the same words, in whatever order (`Muster, Max` and `Max Muster`)."""
    words = [sorted(re.findall(r"\w+", search_form(name))) for name in (one, other)]
    return bool(words[0]) and words[0] == words[1]


def _beside_station(text: str) -> bool:
    """Tell whether a text says more than a station, its words and numbers."""
    return any(char.isalpha() for char in _STATION_TOO.sub(" ", text))
