"""Microsoft's own contract accepts every request that this program makes.

Prism serves the OpenAPI file; it knows names, lengths and types, and remembers nothing.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from kaufland_cli.domain.sales_order import SalesOrderLine
from kaufland_cli.domain.target_values import Expectations
from support.business_central_fake import COMPANY_ID, Asked, BusinessCentralFake
from support.clocks import HeldClock
from support.prism import served_by_prism
from support.sample_orders import sample_order

CONTRACT = Path(__file__).parents[2].parent / "shared" / "reference" / "business-central-openapi.json"
# The contract was cut to some of its lists. This one has the properties that Microsoft's page of the resource type
# currencyExchangeRate lists (API v2.0 reference); types and lengths are those of APIV2CurrencyExchangeRates.Page.al.
RATE: dict[str, dict[str, Any]] = {
    "id": {"type": "string", "format": "uuid"},
    "currencyCode": {"type": "string", "maxLength": 10},
    "startingDate": {"type": "string", "format": "date"},
    "exchangeRateAmount": {"type": "number"},
    "relationalCurrencyCode": {"type": "string", "maxLength": 10},
    "relationalExchangeRateAmount": {"type": "number"},
    "lastModifiedDateTime": {"type": "string", "format": "date-time"},
}


def copied(path: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    """Return a copy of a path for another entity."""
    found: dict[str, Any] = json.loads(json.dumps(path).replace(old, new))
    return found


def whole_contract() -> dict[str, Any]:
    """Return the contract with what was cut off of it and is asked for: exchange rates, and one invoice by its id."""
    if not CONTRACT.exists():
        pytest.skip(f"Business Central's OpenAPI file is not there: {CONTRACT}")
    contract: dict[str, Any] = json.loads(CONTRACT.read_text())
    paths, schemas = contract["paths"], contract["components"]["schemas"]
    schemas["Microsoft.NAV.currencyExchangeRate"] = {"title": "rate", "type": "object", "properties": RATE}
    rates = copied(paths["/companies({id})/currencies"], "NAV.currency", "NAV.currencyExchangeRate")
    for parameter in rates["get"]["parameters"]:
        if parameter.get("name") == "$select":
            parameter["schema"]["items"]["enum"] = [*RATE]
        if parameter.get("name") == "$orderby":
            parameter["schema"]["items"]["enum"] = [*RATE, *(f"{name} desc" for name in RATE)]
    paths["/companies({id})/currencyExchangeRates"] = rates
    invoice = copied(paths["/companies({id})/salesOrders({id_1})"], "NAV.salesOrder", "NAV.salesInvoice")
    listed = paths["/companies({id})/salesInvoices"]["get"]["parameters"]
    invoice["get"]["parameters"] = [one for one in listed if one.get("name") == "$expand"]
    paths["/companies({id})/salesInvoices({id_1})"] = {name: invoice[name] for name in ("parameters", "get")}
    return contract


@pytest.fixture(scope="module")
def prism(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the contract; yields its address."""
    contract = tmp_path_factory.mktemp("contract") / "business-central.json"
    contract.write_text(json.dumps(whole_contract()))
    with served_by_prism(contract) as address:
        yield address


def test_every_request_of_the_program_is_accepted_by_the_contract(
    prism: str, fake: BusinessCentralFake, clock: HeldClock
) -> None:
    """What the program sends to the fake in the course of all that it can do is sent to Prism as it is."""
    variant = fake.add_variant("KESSEL-17", "ROT")
    fake.books.post_codes["01067"] = "Dresden-Altstadt"
    fake.books.field_order = "page"  # the post code comes last and brings its city
    target = fake.open(clock)
    line = SalesOrderLine("item", "KESSEL-17", "Rot", 1, 1299, 19.0, variant="ROT")
    order = sample_order(lines=(*sample_order().lines, line))
    created = target.create(order)
    target.find(order.external_no)
    fake.books.post(created.number)
    (invoice,) = target.find(order.external_no)
    target.complete(order, invoice, fix=False)
    target.item("UNKNOWN")
    target.item("O'NEILL & CO")
    target.item_by_gtin(["04006381333931", "00194252013212"])
    target.check(
        Expectations(
            customers=(("D00010", "all"),),
            accounts=(("8400", "shipping"),),
            items=(("KESSEL-17", "ROT", "line 1"),),
            currencies=("EUR", "CZK"),
            countries=("DE",),
            units=(("STK", "line 1"),),
        )
    )
    assert variant in fake.asked_for("salesOrders", "POST")[0].body.decode()
    kinds: set[tuple[str, str]] = set()
    with httpx.Client(trust_env=False, timeout=30) as http:
        for asked in fake.asked:
            entity = asked.path.partition("(")[0]
            if asked.path == "login":
                continue
            kept = ("authorization", "content-type", "if-match", "accept", "accept-language")
            headers = {name: value for name, value in asked.headers.items() if name in kept}
            answer = http.request(asked.method, prism + asked.url, headers=headers, content=asked.body)
            assert answer.is_success, f"{asked.method} {asked.url}: {answer.text}"
            kinds.add((asked.method, entity))
    assert kinds == {
        ("GET", "companies"),
        ("POST", "salesOrders"),
        ("GET", "salesOrders"),
        ("PATCH", "salesOrders"),
        ("GET", "salesInvoices"),
        ("GET", "salesShipments"),
        ("GET", "items"),
        ("GET", "itemVariants"),
        ("GET", "customers"),
        ("GET", "accounts"),
        ("GET", "generalLedgerSetup"),
        ("GET", "currencies"),
        ("GET", "currencyExchangeRates"),
        ("GET", "countriesRegions"),
        ("GET", "unitsOfMeasure"),
    }


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ('{"customerNumber":"D","externalDocumentNumber":"' + "M" * 36 + '"}', {}),
        ('{"customerNumber":"D","yourReference":"A"}', {}),
        ('{"customerNumber":"D","salesOrderLines":[{"lineType":"Item","unitPrice":"12.99"}]}', {}),
        ('{"customerNumber":"D"}', {"Authorization": ""}),
    ],
)
def test_contract_refuses_what_business_central_would(prism: str, body: str, headers: dict[str, str]) -> None:
    """So being accepted means something: length, name, type and sign-in are looked at."""
    sent = {"Authorization": "Bearer t", "Content-Type": "application/json"} | headers
    sent = {name: value for name, value in sent.items() if value}
    answer = httpx.post(
        f"{prism}/companies({COMPANY_ID})/salesOrders", content=body, headers=sent, trust_env=False, timeout=30
    )
    assert answer.status_code in {401, 422}


@pytest.mark.parametrize(
    "question",
    [
        "currencyExchangeRates?$orderby=validFrom desc",
        "currencyExchangeRates?$select=currencyCode,rate",
        "salesInvoices?$expand=salesOrderLines",
        "accounts?$select=number,postingType",
    ],
)
def test_contract_refuses_questions_that_business_central_would(prism: str, question: str) -> None:
    """What is sorted by, selected and expanded has to be there."""
    answer = httpx.get(
        f"{prism}/companies({COMPANY_ID})/{question}",
        headers={"Authorization": "Bearer t"},
        trust_env=False,
        timeout=30,
    )
    assert answer.status_code == 422


def test_fake_shows_nothing_that_the_contract_does_not_have(fake: BusinessCentralFake, clock: HeldClock) -> None:
    """So no test leans on a property that the real one does not show: headers, lines and what is looked up."""
    schemas = whole_contract()["components"]["schemas"]
    created = fake.open(clock).create(sample_order())
    fake.add_variant("KESSEL-17", "ROT")
    names = {
        "salesOrders": "salesOrder",
        "customers": "customer",
        "items": "item",
        "accounts": "account",
        "itemVariants": "itemVariant",
        "currencies": "currency",
        "currencyExchangeRates": "currencyExchangeRate",
        "countriesRegions": "countryRegion",
    }
    shown = {
        name: fake.answer(Asked("GET", entity, {"$expand": "salesOrderLines"}, signed_in(fake), b""))[1]["value"][0]
        for entity, name in names.items()
    }
    shown["salesOrderLine"] = shown["salesOrder"]["salesOrderLines"][0]
    fake.books.post(created.number)
    for entity, name in (("salesInvoices", "salesInvoice"), ("salesShipments", "salesShipment")):
        shown[name] = fake.answer(Asked("GET", entity, {}, signed_in(fake), b""))[1]["value"][0]
    for name, row in shown.items():
        assert set(row) - set(schemas[f"Microsoft.NAV.{name}"]["properties"]) == set(), name


def signed_in(fake: BusinessCentralFake) -> dict[str, str]:
    """Return the header of a request that may be made."""
    return {"authorization": f"Bearer {fake.tokens[-1]}"}


@pytest.mark.parametrize("entity", ["salesOrder", "salesOrderLine"])
def test_manual_says_what_becomes_of_every_property(entity: str) -> None:
    """Sent, compared, or why it does not matter: nothing that Business Central fills in by itself is left out."""
    page = (Path(__file__).parents[2] / "docs" / "business-central.md").read_text(encoding="utf-8")
    section = page.split("## What BC fills in itself")[1].split("\n## ")[0]
    named = re.findall(r"`([^`]+)`", section)
    whole, beginnings = {name for name in named if "…" not in name}, tuple(name[:-1] for name in named if "…" in name)
    properties = whole_contract()["components"]["schemas"][f"Microsoft.NAV.{entity}"]["properties"]
    own = [name for name, schema in properties.items() if "@" not in name and not refers(schema)]
    assert len(own) > 30
    assert [name for name in own if name not in whole and not name.startswith(beginnings)] == []


def refers(schema: dict[str, Any]) -> bool:
    """Tell whether a property is another entity, or a list of them, that has to be expanded."""
    text = json.dumps(schema)
    return "Microsoft.NAV." in text and not any(kind in text for kind in ("Type", "Status"))
