"""Addresses: the parcel arrives, the invoice is addressed, and nothing is lost or shortened in silence."""

import re
import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kaufland_cli.domain.orders import Order
from kaufland_cli.domain.sales_order import DocumentAddress
from kaufland_cli.domain.text import meaningful
from kaufland_cli.sales_orders.addresses import addresses_of, ship_to_country
from kaufland_cli.simulator.orders import example_address
from support.orders import as_order

LIMITS = {
    "name": 100,
    "contact": 100,
    "line_1": 100,
    "line_2": 50,
    "post_code": 20,
    "city": 30,
    "state": 30,
    "country": 10,
}
DHL = {"pickup_location_id": "145", "provider": "DHL", "carrier": "DHL", "services": "", "dhl_post_number": "900145772"}
PACKETA = {
    "pickup_location_id": "26041",
    "provider": "Packeta",
    "carrier": "Packeta",
    "services": "",
    "dhl_post_number": None,
}
PACKSTATION = example_address(street="Packstation", house_number="145", additional_field="900145772")


def order(
    shipping: Any = None, pickup: Any = None, billing: Any = None, email: str | None = "mk-1@kunden.example"
) -> Order:
    """Return what of an order says where it goes."""
    return as_order(
        {
            "id_order": "MX4711",
            "billing_address": billing or example_address(),
            "shipping_address": shipping or example_address(),
            "pickup_location": pickup,
            "buyer_email": email,
        }
    )


def test_ordinary_address_is_taken_over_field_by_field() -> None:
    """Company, else person, is the name; the person is the contact; the addition is the second line."""
    billing = example_address(company_name="Nordkessel GmbH", additional_field="Hinterhof, Tor 3", country="de")
    found = addresses_of(order(example_address(phone="+49 341 2312"), billing=billing))
    assert found.bill_to == DocumentAddress(
        name="Nordkessel GmbH",
        contact="Marlene Kleinschmidt",
        line_1="Lindenallee 12",
        line_2="Hinterhof, Tor 3",
        post_code="04107",
        city="Leipzig",
        country="DE",
    )
    assert found.ship_to == DocumentAddress(
        name="Marlene Kleinschmidt",
        contact="Marlene Kleinschmidt",
        line_1="Lindenallee 12",
        post_code="04107",
        city="Leipzig",
        country="DE",
    )
    assert (found.phone, found.email) == ("+49 341 2312", "mk-1@kunden.example")
    assert (found.warnings, found.hold, str(found.fix)) == ((), (), "")


def test_missing_address_parts_stay_empty() -> None:
    """Without telephone and e-mail the fields are empty text, never the word None."""
    found = addresses_of(order(email=None))
    assert (found.phone, found.email, found.ship_to.state) == ("", "", "")


def test_carrier_can_call() -> None:
    """The shipping address's telephone number counts before the other, which is reported; alone, the other is used."""
    own, other = example_address(phone="+49 1"), example_address(phone="+49 2")
    both = addresses_of(order(own, billing=other))
    assert both.phone == "+49 1"
    assert "+49 2" in both.warnings[0]
    assert addresses_of(order(billing=other)).phone == "+49 2"
    none = addresses_of(order(example_address(phone="privat"), billing=other))
    assert none.phone == "+49 2"
    assert none.warnings == ("The telephone number of the shipping address was left out; in full: privat",)


@pytest.mark.parametrize(
    "typed",
    [
        "0171 1234567",
        "+49 (0) 341 2312-15",
        "0341/23125118",
        "0341 / 2312.51.18",
        "0049 30 123456 01",
        "030 1234 0567",
        "+49 171 1234 0567 89",
        "0341 2312/19",
        "0049 (0) 1512 3456789",
    ],
)
def test_telephone_number_that_can_be_called_is_taken_as_it_is(typed: str) -> None:
    """Digits, blanks and what stands between the digits of one number stay as the buyer wrote them."""
    found = addresses_of(order(example_address(phone=typed)))
    assert (found.phone, found.warnings) == (typed, ())


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0171 1234567 (privat)", "0171 1234567"),
        ("Tel.: 0341 23125", "0341 23125"),
        ("(privat) 0171 1234567", "0171 1234567"),
        ("privat (0171) 1234567", "(0171) 1234567"),
        ("0171\u20131234567", "0171-1234567"),
        ("0171_1234567", "0171 1234567"),
        ("\uff10\uff11\uff17\uff11 1234567", "0171 1234567"),
        ("+49,171,1234567", "+49 171 1234567"),
        ("0341 2312 App. 15", "0341 2312"),
        ("Haus 2, 0171 1234567", "0171 1234567"),
        ("0171 1234567 oder 0341 23125", "0171 1234567"),
        ("0171 1234567, 0341 23125", "0171 1234567"),
        ("0171 1234567 / 0341 23125", "0171 1234567"),
        ("0171/1234567/0341/23125", "0171/1234567"),
        ("0171 1234567 0341 23125", "0171 1234567"),
        ("0171 1234567 +49 341 23125", "0171 1234567"),
        ("+491711234567+4934123125", "+491711234567"),
        ("(0171) 1234567 (0341) 23125", "(0171) 1234567"),
        ("1711234567 1711234568", "1711234567"),
        ("03412 1, 0171 1234567", "03412 1"),
        ("0341 2, 0171 12345", "0341 2"),
        ("0341 231/0341 232", "0341 231"),
        ("030 Zimmer 12, 0171 1234567", "0171 1234567"),
        ("Tel. 0171 1234567)", "0171 1234567"),
        ("(0171 1234567 privat)", "0171 1234567"),
        ("Tel. 110", "110"),
        ("privat", ""),
        ("01711234567890123", ""),
        ("+49 . 1 . 7 . 1 . 1 . 2 . 3 . 4 . 5", ""),
    ],
)
def test_of_a_telephone_number_only_what_can_be_called_is_taken(typed: str, number: str) -> None:
    """Business Central refuses words there; two numbers never become one, and the whole value is reported."""
    found = addresses_of(order(example_address(phone=typed)))
    assert found.phone == number
    assert len(found.warnings) == 1
    assert found.warnings[0].endswith(f"; in full: {typed}")
    assert found.hold == ()


def test_country_is_known_before_anything_else() -> None:
    """The country that decides about the customer is the shipping address's, in capitals, or nothing."""
    assert ship_to_country(order(example_address(country=" at "))) == "AT"
    assert ship_to_country(as_order({"shipping_address": None})) == ""


@pytest.mark.parametrize(
    ("shipping", "pickup", "line_1", "line_2"),
    [
        pytest.param(PACKSTATION, DHL, "Packstation 145", "900145772", id="told twice, the same"),
        pytest.param(PACKSTATION, None, "Packstation 145", "900145772", id="typed by the buyer"),
        pytest.param(
            example_address(street="DHL Packstation 145", house_number="", additional_field="Post-Nr. 900 145 772"),
            None,
            "Packstation 145",
            "900145772",
            id="typed in other words",
        ),
        pytest.param(
            PACKSTATION | {"additional_field": None, "company_name": "900145772"},
            None,
            "Packstation 145",
            "900145772",
            id="post number typed as a company",
        ),
        pytest.param(
            PACKSTATION, DHL | {"dhl_post_number": None}, "Packstation 145", "900145772", id="post number in addition"
        ),
        pytest.param(
            PACKSTATION, DHL | {"pickup_location_id": "Packstation 145"}, "Packstation 145", "900145772", id="worded id"
        ),
        pytest.param(
            example_address(street="Postfiliale", house_number="502"),
            DHL | {"pickup_location_id": "502", "dhl_post_number": None},
            "Postfiliale 502",
            "",
            id="a post office needs no post number",
        ),
        pytest.param(
            example_address(street="900145772", house_number="", additional_field="Packstation 145"),
            None,
            "Packstation 145",
            "900145772",
            id="typed in the other order",
        ),
        pytest.param(
            example_address(
                street="Postnummer 900 145 772", house_number="", additional_field="DHL-Packstation Nr. 145"
            ),
            None,
            "Packstation 145",
            "900145772",
            id="typed in the other order, in other words",
        ),
        pytest.param(
            example_address(street="Packstation 145", house_number="900145772"),
            None,
            "Packstation 145",
            "900145772",
            id="typed as street and house number",
        ),
        pytest.param(
            example_address(street="Pack-Station145", house_number="", additional_field="Packstation 145 900 145 772"),
            None,
            "Packstation 145",
            "900145772",
            id="typed twice, the same",
        ),
        pytest.param(
            example_address(street="900145772", house_number="", company_name="Packstation 145"),
            None,
            "Packstation 145",
            "900145772",
            id="station typed as a company",
        ),
        pytest.param(
            example_address(street="Postfiliale", house_number="501", additional_field="900145772"),
            None,
            "Postfiliale 501",
            "900145772",
            id="a post office typed by the buyer",
        ),
        pytest.param(
            example_address(street="900145772", house_number="", additional_field="Paketshop 501"),
            None,
            "Postfiliale 501",
            "900145772",
            id="DHL delivers to its parcel shops by the same numbers as to post offices",
        ),
        pytest.param(example_address(), PACKETA, "Packeta 26041", "Lindenallee 12", id="another provider"),
        pytest.param(
            example_address(street="Packeta", house_number="26041", additional_field="Packeta 26041"),
            PACKETA,
            "Packeta 26041",
            "",
            id="another provider, told twice",
        ),
    ],
)
def test_pickup_point_is_written_so_that_its_carrier_delivers(
    shipping: dict[str, Any], pickup: Any, line_1: str, line_2: str
) -> None:
    """DHL's stations go by number and post number, others by provider and number with the street below."""
    found = addresses_of(order(shipping, pickup))
    assert (found.ship_to.line_1, found.ship_to.line_2) == (line_1, line_2)
    assert found.ship_to.name == "Marlene Kleinschmidt"
    assert (found.warnings, found.hold) == ((), ())


def test_at_a_pickup_point_the_parcel_is_for_a_person() -> None:
    """The company is left out, and that is said; without a person it is better than nobody."""
    found = addresses_of(order(PACKSTATION | {"company_name": "Nordkessel GmbH"}, DHL))
    assert found.ship_to.name == "Marlene Kleinschmidt"
    assert "Nordkessel GmbH" in found.warnings[0]
    nobody = PACKSTATION | {"company_name": "Nordkessel GmbH", "first_name": None, "last_name": ""}
    assert addresses_of(order(nobody, DHL)).ship_to.name == "Nordkessel GmbH"


def test_street_that_is_left_out_is_reported() -> None:
    """DHL needs no street for a station, but nobody has to find out by himself that it went."""
    found = addresses_of(order(example_address(), DHL))
    assert found.ship_to.line_1 == "Packstation 145"
    assert "Lindenallee 12" in found.warnings[0]
    assert found.hold == ()


@pytest.mark.parametrize(
    ("shipping", "pickup", "reason"),
    [
        (PACKSTATION, DHL | {"pickup_location_id": ""}, "has no number"),
        (PACKSTATION, {}, "has no provider"),
        (example_address(), DHL | {"dhl_post_number": None}, "post number"),
        (PACKSTATION | {"additional_field": ""}, None, "post number"),
        (PACKSTATION | {"house_number": None}, None, "has no number"),
        (PACKSTATION | {"additional_field": "900145773"}, DHL, "900145773"),
        (PACKSTATION | {"additional_field": "bei Findling"}, DHL, "bei Findling"),
        (PACKSTATION | {"house_number": "146"}, DHL, "Packstation 146"),
        (PACKSTATION | {"street": "Packstation 145", "house_number": "9"}, None, "Packstation 145 9"),
        (PACKSTATION | {"street": "Packstation 145 Lindenallee"}, DHL, "Lindenallee"),
        (PACKSTATION | {"additional_field": "145145 900145772"}, DHL, "145145"),
        (PACKSTATION | {"additional_field": "2 900145772"}, None, "2 900145772"),
        (PACKSTATION | {"additional_field": "Postfiliale 145 900145772"}, None, "Postfiliale 145"),
        (PACKSTATION | {"additional_field": "Packstation 146 900145772"}, None, "Packstation 146"),
        (PACKSTATION | {"company_name": "900145773"}, None, "The company, 900145773,"),
        (PACKSTATION | {"company_name": "Packstation 146"}, DHL, "The company, Packstation 146,"),
        (PACKSTATION | {"company_name": "900145772", "first_name": "", "last_name": ""}, DHL, "has no name"),
        (example_address(additional_field="Packstation 145"), None, "The street, Lindenallee 12, does not match"),
        (example_address(additional_field="Packstation 145, 900145772"), None, "The street, Lindenallee 12,"),
        (example_address(additional_field="neben der Postfiliale"), None, "neben der Postfiliale"),
        (example_address(company_name="Packstation 145"), None, "The street, Lindenallee 12, does not match"),
        (example_address(company_name="Paketshop Findling"), None, "The company, Paketshop Findling,"),
        (example_address(last_name="Kleinschmidt Packstation 145"), None, "Kleinschmidt Packstation 145"),
        (example_address(city="Leipzig Packstation 145"), None, "Leipzig Packstation 145"),
        (example_address(street="Paketstation 145 900145772"), None, "Paketstation 145"),
        (example_address(street="Postfiliale", house_number="501"), None, "Postfiliale 501 only with the buyer's post"),
        (example_address(street="Postfiliale am Markt", additional_field="900145772"), None, "has no number"),
        (example_address(street="Hermes Paketshop 501", additional_field="900145772"), None, "Hermes"),
        (PACKSTATION, PACKETA, "Packstation 145"),
        (example_address(additional_field="2. Stock"), PACKETA, "2. Stock"),
        (example_address(), PACKETA | {"dhl_post_number": "900145772"}, "900145772"),
        (PACKSTATION | {"last_name": "M" * 120}, DHL, "M" * 120),
        (example_address(), PACKETA | {"pickup_location_id": "2" * 100}, "2" * 100),
        (PACKSTATION | {"additional_field": ""}, DHL | {"dhl_post_number": "9" * 60}, "9" * 60),
        (example_address(postcode="1" * 21), None, "post code"),
        (example_address(street=None, house_number="", city=""), None, "no street, no city"),
        (example_address(house_number="7" * 101), None, "7" * 101),
    ],
)
def test_undeliverable_address_is_held(shipping: dict[str, Any], pickup: Any, reason: str) -> None:
    """Missing or colliding details are no guess of ours: the order is held, with reason and ways out."""
    found = addresses_of(order(shipping, pickup))
    assert reason in " ".join(found.hold)
    assert "kaufland orders refresh MX4711" in str(found.fix)
    assert "kaufland sales-orders link MX4711 DOCUMENT_NUMBER" in str(found.fix)


CARE_OF = "c/o Firma Nordkessel Handelsgesellschaft, Packstation 145 Postnummer 900145772"


def test_packstation_behind_a_street_is_held_with_every_number_in_sight() -> None:
    """Where a Packstation stands in the addition to another place, a person decides, who is shown both."""
    found = addresses_of(order(example_address(street="Weg", house_number="1", additional_field=CARE_OF)))
    assert found.hold == (
        f"The additional address line, {CARE_OF}, does not match the pickup point Packstation 145.",
        "The street, Weg 1, does not match the pickup point Packstation 145.",
    )
    assert found.warnings == ()
    assert (found.ship_to.line_1, found.ship_to.line_2) == ("Packstation 145", "900145772")


@pytest.mark.parametrize(
    ("field", "value", "where"),
    [
        ("additional_field", CARE_OF, "line_2"),
        ("additional_field", "Zufahrt über den Hof, bitte zweimal klingeln, Postnr. 12345", "line_2"),
        ("additional_field", "Zufahrt über den Hof, bitte zweimal klingeln, 900 145 772", "line_2"),
        ("street", "Lange Gasse " * 8 + "Packstation 145", "line_1"),
        ("company_name", "Nordkessel " * 9 + "Packstation 145", "name"),
    ],
)
def test_station_or_post_number_is_never_shortened(field: str, value: str, where: str) -> None:
    """Wherever it stands, in the billing address too: its line stays whole, and the order is held."""
    found = addresses_of(order(billing=example_address(**{field: value})))
    assert getattr(found.bill_to, where).startswith(value)
    assert value in found.hold[0]
    assert "must not be shortened" in found.hold[0]
    assert found.warnings == ()


@pytest.mark.parametrize("street", ["Packstationsweg", "Alte Poststation", "Postweg 145"])
def test_street_is_no_pickup_point_because_of_its_name(street: str) -> None:
    """Only the words for stations themselves make a parcel one that is fetched."""
    found = addresses_of(order(example_address(street=street)))
    assert (found.ship_to.line_1, found.warnings, found.hold) == (f"{street} 12", (), ())


def test_order_without_addresses_is_held_for_just_that() -> None:
    """As long as Kaufland withholds the addresses, that is the reason, once for each."""
    hold = addresses_of(as_order({"id_order": "MX4711"})).hold
    assert hold == ("Kaufland has not provided the billing address.", "Kaufland has not provided the shipping address.")


def test_email_address_is_never_shortened() -> None:
    """A shortened one would reach somebody else: the order is held."""
    assert "must not be shortened" in addresses_of(order(email="m" * 70 + "@kunden.example")).hold[0]


@pytest.mark.parametrize(
    ("field", "value", "where", "short"),
    [
        ("city", "Hellschen-Heringsand-Unterschaar", "city", "Hellschen-Heringsand-Untersch…"),
        ("street", "Lange Gasse " * 9, "line_1", ("Lange Gasse " * 9)[:95] + "… 12"),
        ("additional_field", "Zufahrt über den Hof " * 3, "line_2", ("Zufahrt über den Hof " * 3)[:49] + "…"),
        ("company_name", "K" * 101, "name", "K" * 99 + "…"),
    ],
)
def test_long_texts_are_shortened_visibly(field: str, value: str, where: str, short: str) -> None:
    """The end is an ellipsis, and a warning names the field and the whole value."""
    found = addresses_of(order(example_address(**{field: value})))
    assert getattr(found.ship_to, where) == short
    assert len(found.warnings) == 1
    assert value.strip() in found.warnings[0]
    assert found.warnings[0].startswith("Ship-to ")
    assert found.hold == ()


WRITTEN = st.one_of(st.none(), st.text(max_size=130), st.text("äß x1+0-/\n😀", max_size=130))
ANY_ADDRESS = st.fixed_dictionaries(
    dict.fromkeys(example_address(), WRITTEN) | {"street": WRITTEN | st.sampled_from(["Packstation", "Postfiliale 9"])}
)
ANY_PICKUP = st.none() | st.fixed_dictionaries(
    dict.fromkeys(DHL, WRITTEN) | {"provider": WRITTEN | st.sampled_from(["DHL", "Packeta"])}
)


@given(ANY_ADDRESS, ANY_ADDRESS, ANY_PICKUP, WRITTEN)
@example(example_address(street="😀" * 60), example_address(house_number="7" * 97), None, None)
def test_any_address_fits_or_is_held(shipping: Any, billing: Any, pickup: Any, email: str | None) -> None:
    """No field is longer than it may be or breaks a line, and what is shortened is reported in full."""
    found = addresses_of(order(shipping, pickup, billing, email))
    for side in (found.bill_to, found.ship_to):
        for field, limit in LIMITS.items():
            text = getattr(side, field)
            assert found.hold or len(text.encode("utf-16-le")) <= 2 * limit
            assert not {unicodedata.category(char) for char in text} & {"Cc", "Cs", "Cf", "Zl", "Zp"}
            if text.endswith("…"):
                assert found.warnings or any("…" in str(value) for value in (shipping | billing).values())
    assert re.fullmatch(r"[0-9+()/. -]{0,30}", found.phone)
    assert found.hold or len(found.email.encode("utf-16-le")) <= 160


CALLED = st.from_regex(r"(\+49 ?|0)[1-9][0-9]{2}[ /-]?[1-9][0-9]{5,7}", fullmatch=True)


@given(CALLED, st.sampled_from([" ", ", ", " / ", "/", ";", " oder ", " - ", "\n", " (privat), ", " u. "]), CALLED)
def test_two_telephone_numbers_never_become_one(first: str, between: str, second: str) -> None:
    """Of two numbers the first is taken, whole."""
    assert addresses_of(order(example_address(phone=first + between + second))).phone == first


@given(
    st.sampled_from(["street", "additional_field", "company_name"]),
    st.text("ab 1", max_size=60),
    st.sampled_from(["Packstation 145", "packstation145", "Postfiliale 501", "PAKETSHOP 501", "Pack-Station"]),
    st.text("ab 9", max_size=60) | st.just("900145772"),
    st.sampled_from(["", "900145772"]),
)
def test_typed_pickup_point_is_understood_or_held(
    field: str, before: str, station: str, after: str, street: str
) -> None:
    """A station anywhere in the address becomes the parcel's place with its post number, or the order is held."""
    typed = {"street": street, "house_number": "", field: f"{before} {station} {after}"}
    found = addresses_of(order(example_address(**typed)))
    numbers = re.findall(r"Pack-Station ([0-9]+)", typed[field])  # typed behind it, by chance
    assert found.hold or found.ship_to.line_1 in {"Packstation 145", "Postfiliale 501"} | {
        f"Packstation {number}" for number in numbers
    }
    assert found.hold or re.fullmatch("[0-9]{6,10}", found.ship_to.line_2)


@given(st.text(min_size=90, max_size=130), st.text(min_size=1, max_size=99))
def test_house_number_is_never_shortened(street: str, house_number: str) -> None:
    """However long the street: the house number stands whole at the end of the line, or the order is held."""
    found = addresses_of(order(example_address(street=street, house_number=house_number)))
    assert found.hold or found.ship_to.line_1.endswith(meaningful(house_number))


@given(st.text("0123456789", min_size=1, max_size=60), st.text("0123456789ABC-", min_size=1, max_size=110))
def test_pickup_point_is_never_shortened(post_number: str, location: str) -> None:
    """Post number and location stand whole in their lines, or the order is held."""
    dhl = addresses_of(order(example_address(), DHL | {"dhl_post_number": post_number, "pickup_location_id": location}))
    other = addresses_of(order(example_address(), PACKETA | {"pickup_location_id": location}))
    assert dhl.hold or (dhl.ship_to.line_1, dhl.ship_to.line_2) == (f"Packstation {location}", post_number)
    assert other.hold or other.ship_to.line_1 == f"Packeta {location}"
