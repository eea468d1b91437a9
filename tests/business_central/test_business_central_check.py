"""`check` looks at everything that creating needs, changes nothing, and names each fault with its way out."""

import pytest

from kaufland_cli.domain.target_values import Expectations, TargetCheck
from kaufland_cli.sales_orders.business_central_target import BusinessCentral
from kaufland_cli.secrets import SecretKey
from support.business_central_fake import COMPANY_ID, BusinessCentralFake
from support.clocks import HeldClock

EXPECTED = Expectations(
    customers=(("D00010", "storefront de"),),
    accounts=(("8400", "shipping of storefront de"),),
    items=(("KESSEL-17", "", "line 1 of the mapping file"),),
    currencies=("EUR", "CZK"),
    countries=("DE", "AT"),
)


def failed(checks: list[TargetCheck]) -> list[tuple[str, str]]:
    """Return what did not pass."""
    return [(check.what, check.message) for check in checks if check.state != "passed"]


def test_company_that_is_ready_passes_everything_and_is_not_changed(
    fake: BusinessCentralFake, target: BusinessCentral
) -> None:
    """Each thing is named, with what was found."""
    checks = target.check(EXPECTED)
    assert [(check.what, check.state) for check in checks] == [
        ("sign-in", "passed"),
        ("company", "passed"),
        ("salesOrders", "passed"),
        ("salesInvoices", "passed"),
        ("salesShipments", "passed"),
        ("customer D00010", "passed"),
        ("account 8400", "passed"),
        ("item KESSEL-17", "passed"),
        ("currency EUR", "passed"),
        ("currency CZK", "passed"),
        ("country DE", "passed"),
        ("country AT", "passed"),
        ("one installation", "passed"),
    ]
    assert COMPANY_ID in checks[1].message
    assert "2026-11-01" in checks[9].message
    assert {asked.method for asked in fake.asked if asked.path != "login"} == {"GET"}


def test_every_fault_is_named_at_once_with_its_fix(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """One run shows all there is to do."""
    fake.add_customer("D1", blocked="All")
    fake.add_account("8401", blocked=True)
    fake.add_account("8402", direct_posting=False)
    fake.add_item("OLD-1", blocked=True)
    fake.add_currency("HUF", rate_since=None)
    fake.add_currency("RON", rate_since="2026-12-01")
    fake.add_currency("SEK", rate_since="2025-01-01")
    expected = Expectations(
        customers=(("D1", "storefront at"), ("D2", "country SK")),
        accounts=(("8401", "shipping"), ("8402", "shipping"), ("8403", "shipping")),
        items=(("OLD-1", "", "line 1"), ("NEW-1", "", "line 2"), ("KESSEL-17", "ROT", "line 3")),
        currencies=("HUF", "RON", "SEK", "BGN"),
        countries=("XX",),
    )
    checks = target.check(expected)
    assert failed(list(checks)) == [
        ("customer D1", "The customer D1 (storefront at) is blocked: All."),
        ("customer D2", "There is no customer D2 (country SK)."),
        ("account 8401", "The account 8401 (shipping) is blocked."),
        ("account 8402", "The account 8402 (shipping) does not allow direct posting."),
        ("account 8403", "There is no account 8403 (shipping)."),
        ("item OLD-1", "The item OLD-1 (line 1) is blocked."),
        ("item NEW-1", "There is no item NEW-1 (line 2)."),
        ("item KESSEL-17", "The item KESSEL-17 has no variant ROT in Business Central."),
        ("currency HUF", "The currency HUF has no exchange rate for today."),
        ("currency RON", "The currency RON has no exchange rate for today."),
        ("currency SEK", "The newest exchange rate is of 2025-01-01."),
        ("currency BGN", "Business Central has no currency BGN."),
        ("country XX", "Business Central has no country code XX."),
    ]
    assert all(check.hint for check in checks if check.state != "passed")


def test_fields_hidden_by_the_api_are_named(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """An older version has no list of exchange rates: a warning, neither passed nor failed."""
    fake.without.add("currencyExchangeRates")
    (check,) = [check for check in target.check(EXPECTED) if check.what == "currency CZK"]
    assert check.state == "warning"
    assert "could not be checked" in check.message
    assert check.hint


def test_credentials_that_are_refused_end_the_check(fake: BusinessCentralFake, clock: HeldClock) -> None:
    """Without them there is nothing to look at."""
    (check,) = fake.open(clock, secret=SecretKey("wrong")).check(EXPECTED)
    assert (check.what, check.state) == ("sign-in", "failed")
    assert "secret set" in str(check.hint)


def test_wrong_company_ends_the_check(fake: BusinessCentralFake, clock: HeldClock) -> None:
    """The credentials are good, and the companies that there are are named."""
    checks = fake.open(clock, company="OTHER").check(EXPECTED)
    assert [(check.what, check.state) for check in checks] == [("sign-in", "passed"), ("company", "failed")]
    assert "'CRONUS DE'" in checks[1].message


@pytest.mark.parametrize("path", ["salesInvoices", "customers"])
def test_missing_permission_fails_its_own_check_only(
    fake: BusinessCentralFake, target: BusinessCentral, path: str
) -> None:
    """The others are looked at all the same."""
    fake.fail("403", times=99, path=path)
    bad = [check for check in target.check(EXPECTED) if check.state != "passed"]
    assert len(bad) == 1
    assert "permission sets" in str(bad[0].hint)


def test_server_that_stops_answering_is_not_asked_for_everything(
    fake: BusinessCentralFake, target: BusinessCentral
) -> None:
    """After two looks without an answer the rest is skipped."""
    fake.fail("500_before", times=999, path="sales")
    fake.fail("500_before", times=999, path="customers")
    states = [check.state for check in target.check(EXPECTED)]
    assert states == ["passed", "passed", "failed", "failed", *["skipped"] * 9]


def test_items_without_a_unit_and_unknown_units_are_named(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """Units of the mapping file, in whatever case, and base units that everything else needs."""
    fake.add_item("BARE", unit="")
    fake.add_measure("SET3")
    units = (("set3", "line 2"), ("PAL", "line 3"), ("S*", "line 4"))
    checks = target.check(Expectations(items=(("BARE", "", "line 1"),), units=units))
    assert failed([check for check in checks if check.state != "passed"]) == [
        ("item BARE", "The item BARE (line 1) has no base unit of measure."),
        ("unit of measure PAL", "There is no unit of measure PAL (line 3)."),
        ("unit of measure S*", "There is no unit of measure S* (line 4)."),
    ]


def test_looked_up_codes_are_compared_as_business_central_keeps_them(
    fake: BusinessCentralFake, target: BusinessCentral
) -> None:
    """Customers, accounts, items, currencies, countries: ß stays ß, case and blanks around make no difference."""
    fake.add_customer("GRÖßE")
    fake.add_account("GRÖßE")
    fake.add_item("GRÖßE")
    for add in (fake.add_customer, fake.add_account, fake.add_item):
        add("GRÖSSE-2")
    expected = Expectations(
        customers=(("größe", "all"), ("größe-2", "all")),
        accounts=((" Größe ", "all"), ("größe-2", "all")),
        items=(("größe", "", "line 1"), ("größe-2", "", "line 2")),
        currencies=("eur", "czk "),
        countries=("de",),
    )
    assert [what for what, _ in failed(list(target.check(expected)))] == [
        "customer größe-2",
        "account größe-2",
        "item größe-2",
    ]


@pytest.mark.parametrize("kind", ["Heading", "Total", "Begin_x002D_Total", "End_x002D_Total", ""])
def test_account_that_is_none_fails(fake: BusinessCentralFake, target: BusinessCentral, kind: str) -> None:
    """Only one of the type Posting will do; Business Central would take another one that is like it."""
    fake.add_account("84", account_type=kind)
    (check,) = [one for one in target.check(Expectations(accounts=(("84", "shipping"),))) if one.what == "account 84"]
    assert check.state == "failed"
    assert f"is of the type {kind or 'unknown'}; only Posting will do" in check.message
    assert check.hint


def test_phone_number_on_the_customers_card_is_a_warning(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """It would stand on each parcel, and the API can neither see nor change it there."""
    fake.add_customer("D2", phone="0800 1")
    expected = Expectations(customers=(("D2", "country DE"),))
    (check,) = [one for one in target.check(expected) if one.what == "customer D2"]
    assert check.state == "warning"
    assert "0800 1" in check.message
    assert "Name 2" in str(check.hint)


def test_order_that_is_there_twice_fails(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """Of the customers that are ours; other sales channels may use a number twice."""
    fake.add_customer("D-OTHER")
    for customer, number in (("D-OTHER", "X1"), ("D-OTHER", "X1"), ("D00010", "MV7ABC1"), ("D00010", "MV7ABC2")):
        fake.books.create({"customerNumber": customer, "externalDocumentNumber": number})
    assert failed(list(target.check(EXPECTED))) == []
    fake.books.create({"customerNumber": "D00010", "externalDocumentNumber": "mv7abc1"})
    (check,) = [one for one in target.check(EXPECTED) if one.state != "passed"]
    assert (check.what, check.state) == ("one installation", "failed")
    assert "MV7ABC1 in S-ORD101003, S-ORD101005" in check.message
    assert "Only one installation may push" in check.message
