"""Which address is withheld, when two are the same, and what is no company."""

import unicodedata
from typing import Any

import pytest

from kaufland_cli.domain.addresses import company_of, in_one_line, is_withheld, lines_of, same_place

HOME: dict[str, Any] = {
    "first_name": "Jörg",
    "last_name": "Müller",
    "street": "Am  Weg",
    "house_number": "1",
    "postcode": "04107",
    "city": "Leipzig",
    "country": "DE",
}
STATION = {**HOME, "street": "Packstation", "house_number": "145"}


@pytest.mark.parametrize(
    "address",
    [
        None,
        {},
        {"country": "DE"},
        {"country": "DE", "city": "Leipzig", "postcode": "04107"},
        {**HOME, "street": None, "first_name": None, "last_name": ""},
        {**HOME, "street": "***", "first_name": "***", "last_name": "M***r"},
        {**HOME, "street": ".", "first_name": "\u200b", "last_name": " ", "company_name": "-"},
        {**HOME, "street": "xxxxx", "first_name": "X X X", "last_name": None},
    ],
)
def test_an_address_without_street_and_name_is_withheld(address: Any) -> None:
    """Whatever stands in their place: nothing, dots, stars; city and country are no address."""
    assert is_withheld(address)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"street": None},
        {"first_name": None, "last_name": None},
        {"street": ".", "first_name": None, "last_name": None, "company_name": "Nordkessel GmbH"},
        {"street": None, "first_name": "王", "last_name": None},
    ],
)
def test_an_address_with_a_street_or_a_name_is_told(fields: dict[str, Any]) -> None:
    """What is missing otherwise is for whoever ships to see."""
    assert not is_withheld({**HOME, **fields})


@pytest.mark.parametrize(
    "company",
    [
        None,
        "",
        ".",
        "***",
        "Jörg Müller",
        "JÖRG  MÜLLER",
        "Müller, Jörg",
        unicodedata.normalize("NFD", "Jörg Müller"),
        " Jörg\u00a0Müller ",
    ],
)
def test_what_says_nothing_or_the_buyers_own_name_is_no_company(company: str | None) -> None:
    """Shops fill the field with a dot or with the name of the person; it is written once on a parcel too."""
    address = {**HOME, "company_name": company}
    assert company_of(address) == ""
    assert lines_of(address) == ["Jörg Müller", "Am Weg 1", "04107 Leipzig", "DE"]


@pytest.mark.parametrize("company", ["Müller", "Jörg Müller GmbH", "Müller & Sohn", "Jörg Maria Müller", "4711"])
def test_a_company_is_a_company(company: str) -> None:
    """One word more or less than the person's name, or digits at an ordinary address."""
    assert company_of({**HOME, "company_name": company}) == company


@pytest.mark.parametrize(
    "company", ["900145772", "Postnummer 900145772", "DHL Packstation 145", "Post-Nr. 900 145 772"]
)
def test_digits_beside_a_station_are_no_company(company: str) -> None:
    """Nor is the station itself, in this address or in the order; on the parcel they stay."""
    assert company_of({**STATION, "company_name": company}) == ""
    assert company_of({**HOME, "company_name": company}, at_station=True) == ""
    assert lines_of({**STATION, "company_name": company})[0] == company
    assert company_of({**STATION, "company_name": f"Nordkessel GmbH {company}"}) == f"Nordkessel GmbH {company}"


def test_a_line_has_what_the_address_says() -> None:
    """Empty, masked and odd values are left out; blanks are one."""
    address = {**HOME, "company_name": "-", "additional_field": "* * *", "city": None, "house_number": {"odd": 1}}
    assert in_one_line(address) == "Jörg Müller, Am Weg, 04107, DE"
    assert in_one_line(None) == in_one_line({"country": "***"}) == ""


@pytest.mark.parametrize(
    "fields",
    [
        {"street": "Am Weg"},
        {"street": "Am Weg 1", "house_number": None},
        {"first_name": unicodedata.normalize("NFD", "Jörg"), "last_name": " Müller"},
        {"company_name": "Jörg Müller"},
        {"company_name": ".", "additional_field": "-"},
        {"city": "Leipzig\u200b", "postcode": "04107 "},
    ],
)
def test_the_same_place_is_the_same(fields: dict[str, Any]) -> None:
    """However it is written: blanks, composition, empty parts, the name twice; also in a line written otherwise."""
    assert same_place(in_one_line(HOME), in_one_line({**HOME, **fields}))
    raw = {**HOME, **fields}
    written = (("company_name",), ("first_name", "last_name"), ("street", "house_number"), ("additional_field",))
    parts = [" ".join(str(raw[name]) for name in names if raw.get(name)) for names in written]
    line = ", ".join(part for part in [*parts, f"{raw['postcode']} {raw['city']}", "DE"] if part)
    assert same_place(line, in_one_line(HOME))


@pytest.mark.parametrize(
    "fields", [{"street": "Am Wege"}, {"house_number": "2"}, {"city": "Halle"}, {"company_name": "Müller GmbH"}]
)
def test_another_place_is_another(fields: dict[str, Any]) -> None:
    """A letter, a number, a company: the parcel goes elsewhere."""
    assert not same_place(in_one_line(HOME), in_one_line({**HOME, **fields}))
