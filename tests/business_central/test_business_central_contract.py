"""Microsoft's own contract accepts every request that this program makes.

Prism serves the OpenAPI file; it knows names, lengths and types, and remembers nothing.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from business_central.sample_orders import sample_order
from business_central_fake import COMPANY_ID, BusinessCentralFake
from kaufland_cli.sales_orders.document import SalesOrderLine
from kaufland_cli.sales_orders.target import Expectations
from seller_api_helpers import HeldClock

CONTRACT = Path(__file__).parents[2].parent / "shared" / "reference" / "business-central-openapi.json"
PRISM = os.environ.get("PRISM") or shutil.which("prism") or ""
# The contract was cut to what was thought to be needed; this list is in the live one, and may be absent.
NOT_IN_THE_CONTRACT = {"currencyExchangeRates"}


@pytest.fixture(scope="module")
def prism() -> Iterator[str]:
    """Serve the contract; yields its address."""
    if not CONTRACT.exists():
        pytest.skip(f"Business Central's OpenAPI file is not there: {CONTRACT}")
    if not PRISM:
        pytest.skip("Prism is not there: npm install --global @stoplight/prism-cli, or PRISM=path of it")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [PRISM, "mock", "-h", "127.0.0.1", "-p", str(port), "--errors", str(CONTRACT)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end and process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        else:
            pytest.fail(f"Prism did not start: {process.poll()}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


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
    target.create(order)
    target.find(order.external_no)
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
            if asked.path == "login" or entity in NOT_IN_THE_CONTRACT:
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
def test_the_contract_refuses_what_business_central_would(prism: str, body: str, headers: dict[str, str]) -> None:
    """So being accepted means something: length, name, type and sign-in are looked at."""
    sent = {"Authorization": "Bearer t", "Content-Type": "application/json"} | headers
    sent = {name: value for name, value in sent.items() if value}
    answer = httpx.post(
        f"{prism}/companies({COMPANY_ID})/salesOrders", content=body, headers=sent, trust_env=False, timeout=30
    )
    assert answer.status_code in {401, 422}
