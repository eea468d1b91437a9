"""Which column of a list has the order, the unit, the tracking number and the carrier."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.nearest import did_you_mean, nearest
from kaufland_cli.domain.text import all_of, one_of
from kaufland_cli.errors import WrongUsage

_MAX_DIGITS: Final = 5
"""Excel has 16,384 columns; a longer number can only be a header."""
_MAX_HEADERS: Final = 20
_MAX_HEADER: Final = 40
"""Headers that an error lists, and characters of each."""
FIELDS: Final = ("order", "unit", "tracking", "carrier")
_NAMES: Final = {"order": "order id", "unit": "unit id", "tracking": "tracking number", "carrier": "carrier"}


@dataclass(frozen=True, slots=True)
class CarrierFormat:
    """The export of a carrier's portal; not verified with a real file of the carrier."""

    carrier: str
    """As Kaufland names it; counts where the file names none."""
    columns: Mapping[str, tuple[str, ...]]
    """The possible headers of each field, the best first."""
    source: str
    """Where the headers come from."""


PRESETS: Final[Mapping[str, CarrierFormat]] = {
    "dhl": CarrierFormat(
        "DHL",
        {"order": ("Sendungsreferenz", "Referenz"), "tracking": ("Sendungsnummer",)},
        "unverified: the names that Post & DHL Geschäftskundenportal shows for a shipment",
    ),
    "dpd": CarrierFormat(
        "DPD",
        {
            "order": ("Referenz 1", "Referenz1", "Referenz", "Kundenreferenz", "Reference 1"),
            "tracking": ("Paketscheinnummer", "Paketschein-Nr.", "Paketnummer", "Parcel number"),
        },
        "unverified: DPD's own word for the number is Paketscheinnummer (DPD Paketschein-Spezifikation)",
    ),
    "gls": CarrierFormat(
        "GLS",
        {
            "order": ("Referenz", "Referenznummer", "Kundenreferenz", "Reference", "Customer reference"),
            "tracking": ("Paketnummer", "Track-ID", "TrackID", "Parcel number"),
        },
        "unverified: GLS calls the numbers Paketnummer and Track-ID (paketda.de/gls/gls-paketlabel.php)",
    ),
}
_KNOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "order": (
        *("order", "orders", "order id", "id_order", "order no", "order number", "Kaufland order", "reference"),
        *("Bestellung", "Bestellnummer", "Bestell-Nr.", "Bestell-ID", "Auftrag", "Auftragsnummer", "Auftrags-Nr."),
        *("Sendungsreferenz", "Referenz", "Referenz 1", "Reference 1", "Referenznummer", "Kundenreferenz"),
    ),
    "unit": ("unit", "unit id", "id_unit", "order unit", "order unit id", "id_order_unit", "Bestelleinheit"),
    "tracking": (
        *("tracking", "tracking number", "tracking numbers", "tracking no", "tracking code", "tracking id", "Track-ID"),
        *("Trackingnummer", "Trackingnummern", "Tracking-Nr.", "Sendungsnummer", "Sendungsnummern", "Sendungs-Nr."),
        *("Paketnummer", "Paket-Nr.", "Paketscheinnummer", "Paketschein-Nr.", "parcel number", "shipment number"),
    ),
    "carrier": (
        *("carrier", "carrier code", "carrier name", "shipping carrier", "Versanddienstleister", "Versanddienst"),
        *("Versandunternehmen", "Transportdienstleister", "Paketdienst", "Paketdienstleister", "Spediteur"),
    ),
}
"""Headers that are recognised by themselves, whatever their case, blanks and punctuation."""


@dataclass(frozen=True, slots=True)
class FoundColumns:
    """The place of each field in a line, from 0; None if the file does not have it."""

    order: int | None
    unit: int | None
    tracking: int
    carrier: int | None
    has_header: bool
    width: int | None
    """How many cells the header has; None without a header."""


def find_columns(name: str, first: Sequence[str], columns: Mapping[str, str], preset: str) -> FoundColumns:
    """Return where the fields are, from the first line of a file, what a person said, and a preset.

    `columns` are header names, or numbers from 1, by field; they go before the preset. Raises `WrongUsage`.
    """
    known = preset_named(preset)
    _refuse_unknown(columns)
    chosen: dict[str, tuple[str, ...]] = {**(known.columns if known else {}), **_cleaned(columns)}
    if not chosen:
        return _recognised(name, first)
    if {"order", "unit"} & columns.keys() and not {"order", "unit"} <= columns.keys():
        chosen.pop("unit" if "order" in columns else "order", None)  # what the preset says of the other
    by_number = {field: int(names[0]) - 1 for field, names in chosen.items() if _is_number(names[0])}
    by_name = {field: names for field, names in chosen.items() if field not in by_number}
    places = by_number | {field: _place(name, field, names, first) for field, names in by_name.items()}
    has_header = bool(by_name) or _looks_like_header(first, places)
    return _checked(name, places, first, has_header=has_header)


def preset_named(name: str) -> CarrierFormat | None:
    """Return a preset by its name; None for an empty name. Raises `WrongUsage` for one that there is not."""
    if not name:
        return None
    if (found := PRESETS.get(name.strip().casefold())) is None:
        raise WrongUsage(
            f"There is no preset {name}; there are {all_of(PRESETS)}.{did_you_mean(nearest(name.casefold(), PRESETS))}",
            hint=command("orders", "ship", "--from", "FILE", "--preset", "dhl"),
        )
    return found


def _refuse_unknown(columns: Mapping[str, str]) -> None:
    for field, column in columns.items():
        if field not in FIELDS:
            raise WrongUsage(f"{field} is none of the columns {one_of(FIELDS)}.", hint=_how_to_name("FILE"))
        if not column.strip() or (_is_number(column.strip()) and int(column) < 1):
            raise WrongUsage(
                f"The column of the {_NAMES[field]} is a header or a number from 1, not {column!r}.",
                hint=_how_to_name("FILE"),
            )


def _cleaned(columns: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {field: (column.strip(),) for field, column in columns.items()}


def _recognised(name: str, first: Sequence[str]) -> FoundColumns:
    table = {_plain(header): field for field, headers in _KNOWN.items() for header in headers}
    places: dict[str, int] = {}
    for number, header in enumerate(first):
        field = table.get(_plain(header))
        if field is None:
            continue
        if field in places:
            raise WrongUsage(
                f"{name} has two columns that can be the {_NAMES[field]}: {first[places[field]]} and {header}.",
                hint=_how_to_name(name),
            )
        places[field] = number
    if places:
        return _checked(name, places, first, has_header=True)
    if _looks_like_header(first, {"order": 0}):
        raise WrongUsage(f"{name} has none of the known headers; it has {_listed(first)}.", hint=_how_to_name(name))
    return FoundColumns(0, None, 1, 2, has_header=False, width=None)


def _checked(name: str, places: Mapping[str, int], first: Sequence[str], *, has_header: bool) -> FoundColumns:
    missing = [] if {"order", "unit"} & places.keys() else ["order or unit id"]
    missing += [] if "tracking" in places else ["tracking number"]
    if missing:
        has = f"; it has {_listed(first)}" if has_header else ""
        raise WrongUsage(f"{name} has no column for the {all_of(missing)}{has}.", hint=_how_to_name(name))
    if len(set(places.values())) < len(places):
        raise WrongUsage("One column cannot be two things at once.", hint=_how_to_name(name))
    width = len(first) if has_header else None
    return FoundColumns(
        places.get("order"), places.get("unit"), places["tracking"], places.get("carrier"), has_header, width
    )


def _place(name: str, field: str, wanted: Iterable[str], first: Sequence[str]) -> int:
    plain = [_plain(header) for header in first]
    found = [number for one in wanted for number, header in enumerate(plain) if header == _plain(one)]
    if not found:
        names = list(wanted)
        near = nearest(names[0].casefold(), [header.casefold() for header in first])
        near = next((header for header in first if header.casefold() == near), "")
        raise WrongUsage(
            f"{name} has no column {one_of(names)}; it has {_listed(first)}.{did_you_mean(near)}",
            hint=_how_to_name(name),
        )
    if plain.count(plain[found[0]]) > 1:
        raise WrongUsage(
            f"{name} has several columns {first[found[0]]}: name the {_NAMES[field]} by its number, from 1.",
            hint=command("orders", "ship", "--from", name, "--file-columns", f"{field}={found[0] + 1}"),
        )
    return found[0]


def _looks_like_header(first: Sequence[str], places: Mapping[str, int]) -> bool:
    """Return whether the first cell of the id can only be a header: known as one, or text with small letters."""
    cells = [first[place] for field, place in places.items() if field in {"order", "unit"} and place < len(first)]
    known = {_plain(header) for headers in _KNOWN.values() for header in headers}
    return any(
        _plain(cell) in known
        or (not any(map(str.isdigit, cell)) and cell != cell.upper() and any(map(str.isalpha, cell)))
        for cell in cells
    )


def _how_to_name(name: str) -> Hint:
    return command("orders", "ship", "--from", name, "--file-columns", "order=Reference,tracking=Number")


def _listed(headers: Iterable[str]) -> str:
    shown = [header if header.isprintable() else "?" for header in headers if header]
    listed = ", ".join(header[:_MAX_HEADER] for header in shown[:_MAX_HEADERS])
    return f"{listed}, …" if len(shown) > _MAX_HEADERS else listed or "none"


def _plain(header: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", header).casefold()))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
