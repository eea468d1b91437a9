"""Which address is withheld, when two are the same, and what is no company."""

import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kaufland_cli.domain.addresses import company_of, in_one_line, is_withheld, latest, lines_of, same_place
from kaufland_cli.domain.text import is_empty, is_masked
from support.orders import address_of as at

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
def test_address_without_street_and_name_is_withheld(address: Any) -> None:
    """Whatever stands in their place: nothing, dots, stars; city and country are no address."""
    assert is_withheld(at(address))


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
def test_address_with_a_street_or_a_name_is_reported(fields: dict[str, Any]) -> None:
    """What is missing otherwise is for whoever ships to see."""
    assert not is_withheld(at({**HOME, **fields}))


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
def test_empty_text_or_the_buyers_own_name_is_no_company(company: str | None) -> None:
    """Shops fill the field with a dot or with the name of the person; it is written once on a parcel too."""
    address = {**HOME, "company_name": company}
    assert company_of(at(address)) == ""
    assert lines_of(at(address)) == ["Jörg Müller", "Am Weg 1", "04107 Leipzig", "DE"]


@pytest.mark.parametrize("company", ["Müller", "Jörg Müller GmbH", "Müller & Sohn", "Jörg Maria Müller", "4711"])
def test_company_is_a_company(company: str) -> None:
    """One word more or less than the person's name, or digits at an ordinary address."""
    assert company_of(at({**HOME, "company_name": company})) == company


@pytest.mark.parametrize(
    "company", ["900145772", "Postnummer 900145772", "DHL Packstation 145", "Post-Nr. 900 145 772"]
)
def test_digits_next_to_a_station_are_no_company(company: str) -> None:
    """Nor is the station itself, in this address or in the order; on the parcel they stay."""
    assert company_of(at({**STATION, "company_name": company})) == ""
    assert company_of(at({**HOME, "company_name": company}), at_station=True) == ""
    assert lines_of(at({**STATION, "company_name": company}))[0] == company
    assert company_of(at({**STATION, "company_name": f"Nordkessel GmbH {company}"})) == f"Nordkessel GmbH {company}"


def test_line_has_what_the_address_says() -> None:
    """Empty, masked and odd values are left out; blanks are one."""
    address = {**HOME, "company_name": "-", "additional_field": "* * *", "city": None, "house_number": {"odd": 1}}
    assert in_one_line(at(address)) == "Jörg Müller, Am Weg, 04107, DE"
    assert in_one_line(at(None)) == in_one_line(at({"country": "***"})) == ""


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
def test_same_place_is_the_same(fields: dict[str, Any]) -> None:
    """However it is written: blanks, composition, empty parts, the name twice; also in a line written otherwise."""
    assert same_place(in_one_line(at(HOME)), in_one_line(at({**HOME, **fields})))
    raw = {**HOME, **fields}
    written = (("company_name",), ("first_name", "last_name"), ("street", "house_number"), ("additional_field",))
    parts = [" ".join(str(raw[name]) for name in names if raw.get(name)) for names in written]
    line = ", ".join(part for part in [*parts, f"{raw['postcode']} {raw['city']}", "DE"] if part)
    assert same_place(line, in_one_line(at(HOME)))


@pytest.mark.parametrize(
    "fields", [{"street": "Am Wege"}, {"house_number": "2"}, {"city": "Halle"}, {"company_name": "Müller GmbH"}]
)
def test_another_place_is_another(fields: dict[str, Any]) -> None:
    """A letter, a number, a company: the parcel would go elsewhere."""
    assert not same_place(in_one_line(at(HOME)), in_one_line(at({**HOME, **fields})))


# --- an address that is reported again ---

KNOWN_ADDRESS: dict[str, Any] = {
    "first_name": "Marlene",
    "last_name": "Kleinschmidt",
    "company_name": "Café GmbH",
    "street": "Lindenallee",
    "house_number": "4",
    "postcode": "04109",
    "additional_field": "Tor 3",
    "city": "Leipzig",
    "phone": "+49 341 0000",
    "country": "DE",
    "more": {"floor": "2"},
}
OTHERWISE_TOLD: dict[str, Any] = {
    "first_name": "Deleted",
    "last_name": "User",
    "company_name": "Nordkessel GmbH",
    "street": "Am Markt",
    "house_number": "3",
    "postcode": "01067",
    "additional_field": "Hinterhaus",
    "city": "Dresden",
    "phone": "+49 351 1111",
    "country": "AT",
    "more": {"floor": "9"},
}
WHERE = ("street", "house_number", "postcode", "city", "country")
PLACE = (*WHERE, "additional_field")
MASKS = ["***", "A***n", "XXX", "●●●"]
NOTHING: list[Any] = [None, "", ".", "\u200b", *MASKS]


def told_again(name: str) -> st.SearchStrategy[Any]:
    """Give a field as it was, as another one, or as nothing."""
    if name == "more":
        return st.sampled_from([{"floor": said} for said in ("2", "9", None, "***")] + [{}])
    return st.sampled_from([KNOWN_ADDRESS[name], OTHERWISE_TOLD[name], *NOTHING])


@given(new=st.fixed_dictionaries({name: told_again(name) for name in KNOWN_ADDRESS}))
@example(new=OTHERWISE_TOLD | dict.fromkeys(("street", "house_number", "postcode", "city"), "***") | {"phone": None})
@example(new=KNOWN_ADDRESS | {"last_name": "Neu", "phone": None, "company_name": "***"})
@example(new=OTHERWISE_TOLD | {"postcode": "***"})
def test_address_sent_again_never_loses_known_values(new: dict[str, Any]) -> None:
    """Over all fields as they were, otherwise, empty and masked: no mask replaces a text, and no two places mix."""
    found = latest(new, KNOWN_ADDRESS)
    elsewhere = any(not is_empty(new[name]) and new[name] != KNOWN_ADDRESS[name] for name in WHERE)
    assert not any(is_masked(found[name]) for name in KNOWN_ADDRESS)
    assert not is_masked(found["more"].get("floor"))
    place = {name: found[name] for name in PLACE}
    if is_empty(new["street"]) or not elsewhere:
        assert not any(is_empty(found[name]) for name in KNOWN_ADDRESS), "only another place that is told takes away"
    if elsewhere:
        assert place in ({name: one[name] for name in PLACE} for one in (KNOWN_ADDRESS, new))
    if is_empty(new["street"]):
        who = ("first_name", "last_name", "company_name")
        someone_else = any(not is_empty(new[name]) and new[name] != KNOWN_ADDRESS[name] for name in who)
        assert found == KNOWN_ADDRESS or not (elsewhere or someone_else)
    assert latest(found, found) == found


@pytest.mark.parametrize("name", ["street", "additional_field", "company_name"])
def test_another_station_is_another_place(name: str) -> None:
    """It comes without a street, wherever it is, and then taken as it is."""
    new: dict[str, Any] = {
        **dict.fromkeys(KNOWN_ADDRESS),
        "first_name": "Marlene",
        "postcode": "01067",
        "city": "Dresden",
        "more": {},
    }
    new[name] = "Packstation 145"
    assert latest(new, KNOWN_ADDRESS) == new


def test_name_that_changes_at_the_same_place_is_taken_with_all_else_kept() -> None:
    """Even if phone or company is missing."""
    new = KNOWN_ADDRESS | {"last_name": "Groß", "phone": None, "company_name": "***"}
    assert latest(new, KNOWN_ADDRESS) == KNOWN_ADDRESS | {"last_name": "Groß"}


def test_fields_are_taken_one_by_one_if_no_place_is_known() -> None:
    """A name alone is replaced by another one, and a place that comes later is taken."""
    known: dict[str, Any] = {**dict.fromkeys(KNOWN_ADDRESS), "first_name": "Marlene", "country": "DE", "more": {}}
    later = known | {"first_name": "Jörg", "country": None}
    assert latest(later, known) == known | {"first_name": "Jörg"}
    assert latest(KNOWN_ADDRESS, known) == KNOWN_ADDRESS
