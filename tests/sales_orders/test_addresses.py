"""Addresses: the parcel arrives, the invoice is addressed, and nothing is lost or shortened in silence."""

import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kaufland_cli.sales_orders.addresses import addresses_of, ship_to_country
from kaufland_cli.sales_orders.document import Address
from kaufland_cli.sales_orders.field_texts import cleaned
from kaufland_cli.simulator.orders import example_address

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
) -> dict[str, Any]:
    """Return what of an order card tells where it goes."""
    return {
        "id_order": "MX4711",
        "billing_address": billing or example_address(),
        "shipping_address": shipping or example_address(),
        "pickup_location": pickup,
        "buyer_email": email,
    }


def test_an_ordinary_address_is_taken_over_field_by_field() -> None:
    """Company, else person, is the name; the person is the contact; the addition is the second line."""
    billing = example_address(company_name="Nordkessel GmbH", additional_field="Hinterhof, Tor 3", country="de")
    found = addresses_of(order(example_address(phone="+49 341 2312"), billing=billing))
    assert found.bill_to == Address(
        name="Nordkessel GmbH",
        contact="Marlene Kleinschmidt",
        line_1="Lindenallee 12",
        line_2="Hinterhof, Tor 3",
        post_code="04107",
        city="Leipzig",
        country="DE",
    )
    assert found.ship_to == Address(
        name="Marlene Kleinschmidt",
        contact="Marlene Kleinschmidt",
        line_1="Lindenallee 12",
        post_code="04107",
        city="Leipzig",
        country="DE",
    )
    assert (found.phone, found.email) == ("+49 341 2312", "mk-1@kunden.example")
    assert (found.warnings, found.hold, found.mend) == ((), (), "")


def test_what_there_is_not_stays_empty() -> None:
    """Without telephone and e-mail the fields are empty text, never the word None."""
    found = addresses_of(order(email=None))
    assert (found.phone, found.email, found.ship_to.state) == ("", "", "")


def test_the_carrier_can_call() -> None:
    """The shipping address's telephone number counts before the other, which is told; alone, the other is used."""
    own, other = example_address(phone="+49 1"), example_address(phone="+49 2")
    both = addresses_of(order(own, billing=other))
    assert both.phone == "+49 1"
    assert "+49 2" in both.warnings[0]
    assert addresses_of(order(billing=other)).phone == "+49 2"


def test_the_country_is_known_before_anything_else() -> None:
    """The country that decides about the customer is the shipping address's, in capitals, or nothing."""
    assert ship_to_country(order(example_address(country=" at "))) == "AT"
    assert ship_to_country({"shipping_address": None}) == ""


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
def test_a_pickup_point_is_written_so_that_its_carrier_delivers(
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


def test_a_street_that_is_left_out_is_told() -> None:
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
def test_what_cannot_be_delivered_is_held(shipping: dict[str, Any], pickup: Any, reason: str) -> None:
    """Missing or colliding details are no guess of ours: the order is held, with reason and ways out."""
    found = addresses_of(order(shipping, pickup))
    assert reason in " ".join(found.hold)
    assert "kaufland orders refresh MX4711" in found.mend
    assert "kaufland sales-orders link MX4711 NUMBER" in found.mend


def test_an_order_without_addresses_is_held_for_just_that() -> None:
    """As long as Kaufland withholds the addresses, that is the reason, once for each."""
    hold = addresses_of({"id_order": "MX4711", "billing_address": None, "shipping_address": None}).hold
    assert hold == ("Kaufland has not told the billing address.", "Kaufland has not told the shipping address.")


def test_an_email_address_is_never_shortened() -> None:
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
def test_what_is_too_long_is_shortened_visibly(field: str, value: str, where: str, short: str) -> None:
    """The end is an ellipsis, and a warning names the field and the whole value."""
    found = addresses_of(order(example_address(**{field: value})))
    assert getattr(found.ship_to, where) == short
    assert len(found.warnings) == 1
    assert value.strip() in found.warnings[0]
    assert found.warnings[0].startswith("Ship-to ")
    assert found.hold == ()


WRITTEN = st.one_of(st.none(), st.text(max_size=130), st.text("äß x1-/\n😀", max_size=130))
ANY_ADDRESS = st.fixed_dictionaries(
    dict.fromkeys(example_address(), WRITTEN) | {"street": WRITTEN | st.sampled_from(["Packstation", "Postfiliale 9"])}
)
ANY_PICKUP = st.none() | st.fixed_dictionaries(
    dict.fromkeys(DHL, WRITTEN) | {"provider": WRITTEN | st.sampled_from(["DHL", "Packeta"])}
)


@given(ANY_ADDRESS, ANY_ADDRESS, ANY_PICKUP, WRITTEN)
@example(example_address(street="😀" * 60), example_address(house_number="7" * 97), None, None)
def test_whatever_comes_fits_or_is_held(shipping: Any, billing: Any, pickup: Any, email: str | None) -> None:
    """No field is longer than it may be or breaks a line, and what is shortened is told in full."""
    found = addresses_of(order(shipping, pickup, billing, email))
    for side in (found.bill_to, found.ship_to):
        for field, limit in LIMITS.items():
            text = getattr(side, field)
            assert found.hold or len(text.encode("utf-16-le")) <= 2 * limit
            assert not {unicodedata.category(char) for char in text} & {"Cc", "Cs", "Cf", "Zl", "Zp"}
            if text.endswith("…"):
                assert found.warnings or any("…" in str(value) for value in (shipping | billing).values())
    assert found.hold or (len(found.phone.encode("utf-16-le")) <= 60 and len(found.email.encode("utf-16-le")) <= 160)


@given(st.text(min_size=90, max_size=130), st.text(min_size=1, max_size=99))
def test_a_house_number_is_never_shortened(street: str, house_number: str) -> None:
    """However long the street: the house number stands whole at the end of the line, or the order is held."""
    found = addresses_of(order(example_address(street=street, house_number=house_number)))
    assert found.hold or found.ship_to.line_1.endswith(cleaned(house_number))


@given(st.text("0123456789", min_size=1, max_size=60), st.text("0123456789ABC-", min_size=1, max_size=110))
def test_a_pickup_point_is_never_shortened(post_number: str, location: str) -> None:
    """Post number and location stand whole in their lines, or the order is held."""
    dhl = addresses_of(order(example_address(), DHL | {"dhl_post_number": post_number, "pickup_location_id": location}))
    other = addresses_of(order(example_address(), PACKETA | {"pickup_location_id": location}))
    assert dhl.hold or (dhl.ship_to.line_1, dhl.ship_to.line_2) == (f"Packstation {location}", post_number)
    assert other.hold or other.ship_to.line_1 == f"Packeta {location}"
