"""Signing in: a token in memory, renewed in time, and no secret anywhere else."""

from typing import Any

import pytest

from kaufland_cli.business_central.connection import Connection
from kaufland_cli.errors import SettingsError, TargetCredentialsRefused, TargetUnavailable
from kaufland_cli.http.personal_data import without_personal_data
from kaufland_cli.sales_orders.business_central_target import BusinessCentral
from kaufland_cli.secrets import SecretKey
from support.business_central_fake import (
    CLIENT_ID,
    CLIENT_SECRET,
    COMPANY,
    COMPANY_ID,
    TENANT,
    USER_NAME,
    BusinessCentralFake,
)
from support.clocks import HeldClock
from support.sample_orders import SHIPPING, sample_order
from support.seller_api import ListeningLog


def test_token_serves_many_requests_until_shortly_before_its_end(
    fake: BusinessCentralFake, target: BusinessCentral, clock: HeldClock
) -> None:
    """Five minutes before its end a new one is asked for."""
    target.find("X")
    clock.sleep(3600 - 301)
    target.find("X")
    assert len(fake.tokens) == 1
    clock.sleep(2)
    target.find("X")
    assert len(fake.tokens) == 2


def test_token_that_ends_early_is_renewed_and_the_order_created_once(
    fake: BusinessCentralFake, target: BusinessCentral
) -> None:
    """A 401 did nothing, so the same request goes out once more with a new token."""
    target.find("X")
    fake.fail("expired", path="salesOrders", method="POST")
    assert target.create(sample_order()).number == "S-ORD101001"
    assert fake.books.created == 1
    assert len(fake.asked_for("salesOrders", "POST")) == 2


def test_token_that_is_always_refused_is_renewed_once(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """Then it is an error that names the page in Business Central."""
    fake.fail("401", times=99, path="salesOrders")
    with pytest.raises(TargetCredentialsRefused, match="HTTP 401") as caught:
        target.find("X")
    assert "Microsoft Entra applications" in str(caught.value.hint)
    assert len(fake.asked_for("salesOrders")) == 2


@pytest.mark.parametrize(
    ("changes", "words", "hint"),
    [
        ({"secret": SecretKey("wrong")}, "AADSTS7000215", "kaufland secret set --business-central"),
        ({"client_id": "other"}, "AADSTS700016", "business_central.client_id"),
        ({"tenant": "nobody.example"}, "AADSTS90002", "business_central.tenant"),
    ],
)
def test_credentials_that_are_refused_name_the_setting(
    fake: BusinessCentralFake, clock: HeldClock, changes: dict[str, Any], words: str, hint: str
) -> None:
    """Microsoft's own words, and what to look at."""
    with pytest.raises(TargetCredentialsRefused, match=words) as caught:
        fake.open(clock, **changes).find("X")
    assert hint in str(caught.value.hint)


def test_place_of_tokens_that_fails_is_asked_again(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """Asking for a token changes nothing, so it is repeated."""
    fake.fail("503", times=2, path="login")
    assert target.find("X") == []
    fake.tokens.clear()
    fake.fail("500_before", times=99, path="login")
    with pytest.raises(TargetUnavailable):
        target.find("X")


def test_on_premises_signs_in_with_name_and_key(fake: BusinessCentralFake, clock: HeldClock) -> None:
    """No token is asked for; a wrong key is refused at once."""
    target = fake.open(clock, authentication="basic", user_name=USER_NAME)
    assert target.create(sample_order()).number == "S-ORD101001"
    assert fake.asked_for("login", "POST") == []
    with pytest.raises(TargetCredentialsRefused):
        fake.open(clock, authentication="basic", user_name="OTHER").find("X")


@pytest.mark.parametrize("authentication", ["oauth", "basic"])
def test_no_secret_is_recorded_not_even_one_that_comes_back(
    fake: BusinessCentralFake, clock: HeldClock, authentication: str
) -> None:
    """Every attempt is in the log; tokens, secret and the header that carries them are not."""
    log = ListeningLog()
    target = fake.open(clock, log, authentication=authentication, user_name=USER_NAME)
    target.find("X")
    sent = fake.asked[-1].headers["authorization"].split()[1]
    fake.add_item("ECHO", gtin=sent)
    fake.books.items[-1]["displayName"] = CLIENT_SECRET
    fake.before = lambda asked: asked.query.clear()
    target.item("ECHO")
    target.create(sample_order())
    assert len(log.attempts) == len(log.outcomes) == len(fake.asked)
    written = repr((log.attempts, log.outcomes))
    assert "ECHO" in written
    assert "authorization" not in written.lower()
    for secret in (CLIENT_SECRET, sent, *fake.tokens):
        assert secret not in written


def test_each_attempt_is_recorded_with_its_number_and_its_end(fake: BusinessCentralFake, clock: HeldClock) -> None:
    """The log says what was sent, what came back, and what went wrong in Business Central's words."""
    log = ListeningLog()
    target = fake.open(clock, log)
    target.create(sample_order(lines=(SHIPPING,)))
    fake.fail("503", path="salesOrders", method="GET", retry_after="1")
    target.find("MV7ABC1")
    told = [(a.method, a.number, o.status_code) for a, o in zip(log.attempts, log.outcomes, strict=True)]
    assert told == [
        ("POST", 1, 200),
        ("GET", 1, 200),
        ("POST", 1, 201),
        ("GET", 1, 200),
        ("GET", 1, 503),
        ("GET", 2, 200),
        ("GET", 1, 200),
        ("GET", 1, 200),
    ]
    assert b"MV7ABC1" in log.attempts[2].body
    assert log.outcomes[4].error_message == 'Business Central failed to answer (HTTP 503): "The server is busy".'
    assert log.attempts[2].endpoint == f"/companies({COMPANY_ID})/salesOrders"
    assert {asked.headers["accept-language"] for asked in fake.asked if asked.path != "login"} == {"en-US"}
    assert log.attempts[0].body == log.outcomes[0].body == b""


@pytest.mark.parametrize("wanted", [COMPANY, COMPANY.lower(), COMPANY_ID, COMPANY_ID.upper(), "CRONUS Deutschland"])
def test_company_is_found_by_name_or_id_and_asked_for_once(
    fake: BusinessCentralFake, clock: HeldClock, wanted: str
) -> None:
    """Later requests name its id."""
    target = fake.open(clock, company=wanted)
    target.create(sample_order())
    target.find("X")
    assert len(fake.orders) == 1
    assert len(fake.asked_for("companies")) == 1


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        ("Müller GmbH", "Mu\u0308ller GmbH"),
        ("Mu\u0308ller GmbH", "Müller GmbH"),
        ("Müller GmbH", "  MÜLLER\u00a0  gmbh "),
        ("Müller  GmbH", "Müller GmbH"),
        ("Mül\u00adler GmbH", "Müller GmbH"),
        ("Groß GmbH", "Groß GmbH"),
    ],
)
def test_company_is_found_by_its_name_as_a_reader_sees_it(
    fake: BusinessCentralFake, clock: HeldClock, there: str, wanted: str
) -> None:
    """Composed or decomposed, with more blanks, in capitals; of two that differ in ß the one that is written so."""
    fake.company, fake.others = there, ("Gross GmbH",)
    fake.open(clock, company=wanted).create(sample_order())
    assert len(fake.orders) == 1


def test_company_is_the_same_place_however_it_is_typed(fake: BusinessCentralFake) -> None:
    """Confirmations and sales orders belong to it by its name: another spelling in the settings loses none."""
    spellings = ["Müller GmbH", "Mu\u0308ller GmbH", " Müller \u00a0GmbH"]
    assert len({fake.connection(company=one).name for one in spellings}) == 1


def test_missing_company_is_named_with_those_that_exist(fake: BusinessCentralFake, clock: HeldClock) -> None:
    """The way out is one of them."""
    with pytest.raises(SettingsError, match=r"no company 'CRONUS'; there is: 'CRONUS DE', 'My Company'") as caught:
        fake.open(clock, company="CRONUS").find("X")
    assert "business_central.company" in str(caught.value.hint)


CLOUD = "https://api.businesscentral.dynamics.com/v2.0"


@pytest.mark.parametrize(
    ("base_url", "environment", "expected"),
    [
        ("", "Production", f"{CLOUD}/contoso.example/Production/api/v2.0"),
        ("", "My Sandbox", f"{CLOUD}/contoso.example/My%20Sandbox/api/v2.0"),
        (CLOUD + "/", "Production", f"{CLOUD}/contoso.example/Production/api/v2.0"),
        ("https://bc.example:7048/bc/api/v2.0", "Production", "https://bc.example:7048/bc/api/v2.0"),
        ("https://bc.example:7048/bc/api/v2.0/", "", "https://bc.example:7048/bc/api/v2.0"),
    ],
)
def test_address_is_that_of_the_cloud_or_the_one_given(base_url: str, environment: str, expected: str) -> None:
    """What ends in `/api/v2.0` is complete."""
    made = Connection("CRONUS", "oauth", SecretKey("x"), base_url=base_url, tenant=TENANT, environment=environment)
    assert made.api_url == expected


def test_every_company_has_its_own_name(fake: BusinessCentralFake) -> None:
    """A confirmation for one environment is none for another; no secret is part of a name."""
    changes: list[dict[str, Any]] = [{}, {"environment": "Sandbox"}, {"tenant": "b.example"}, {"company": "B"}]
    names = [fake.connection(base_url="", **change).name for change in changes]
    assert len(set(names)) == len(changes)
    assert names[0] == "company CRONUS DE in Business Central (contoso.example, Production)"
    assert f"127.0.0.1:{fake.port}" in fake.connection().name


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"company": ""}, "company"),
        ({"tenant": ""}, "tenant"),
        ({"client_id": ""}, "client_id"),
        ({"authentication": "basic"}, "user_name"),
    ],
)
def test_incomplete_connection_is_refused_before_anything_is_sent(
    fake: BusinessCentralFake, clock: HeldClock, changes: dict[str, Any], key: str
) -> None:
    """The missing setting is named."""
    with pytest.raises(SettingsError, match=f"business_central.{key}"):
        fake.open(clock, **changes)
    assert fake.asked == []


def test_credential_shows_no_secret(fake: BusinessCentralFake) -> None:
    """Neither the connection nor its parts show it."""
    assert CLIENT_SECRET not in repr(fake.connection())
    assert CLIENT_ID in repr(fake.connection())


def test_buyers_data_in_a_document_is_hidden_in_the_log(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """Number, lines and amounts stay readable; name, address, phone and e-mail do not."""
    target.create(sample_order(email="ada@example.com"))
    (asked,) = fake.asked_for("salesOrders", "POST")
    kept = without_personal_data(asked.body.decode())
    for text in ("Lindenweg", "Berlin", "Muster GmbH", "Ben", "145", "1234567", "Dresden", "+49", "ada@"):
        assert text in asked.body.decode()
        assert text not in kept
    for text in ("MV7ABC1", "D00010", "KESSEL-17", "12.99"):
        assert text in kept
