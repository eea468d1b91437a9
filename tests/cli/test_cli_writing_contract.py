"""Kaufland's own OpenAPI file accepts every request that the program sends to write, as Prism reads it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from kaufland_cli.simulator import Simulator, make_order, unit_id
from support.machine import Machine
from support.prism import served_by_prism
from support.sellers import never_due

CONTRACT = Path(__file__).parents[2].parent / "shared" / "reference" / "kaufland-openapi-2.27.0.json"
DHL = ("--carrier", "DHL", "--tracking", "00340434161094042557")


@pytest.fixture(scope="module")
def prism() -> Iterator[str]:
    """Serve the contract."""
    if not CONTRACT.exists():
        pytest.skip(f"Kaufland's OpenAPI file is not there: {CONTRACT}")
    with served_by_prism(CONTRACT) as address:
        yield address


def test_every_request_that_writes_is_accepted_by_the_contract(machine: Machine, prism: str, tmp_path: Path) -> None:
    """What the program sends to the simulator, in the course of all steps, is sent to Prism as it is."""
    invoice = tmp_path / "MONE001.pdf"
    invoice.write_bytes(b"%PDF-1.4 an invoice %%EOF")
    with Simulator(now=machine.clock.now) as simulator:
        for name, status in (("MONE001", "need_to_be_sent"), ("MOPEN02", "open"), ("MSENT03", "sent")):
            simulator.marketplace.add_order(make_order(name, status=status))
        never_due(simulator)
        machine.connect(simulator)
        machine.more["KAUFLAND_WRITES_ALLOW"] = "ship,invoice,cancel,refund,release"
        machine.good("import-orders")
        simulator.clear_requests()
        machine.good("orders", "ship", "MONE001", *DHL, "--yes")
        machine.good(
            "orders", "ship", "MONE001", "--carrier", "DPD", "--tracking", "1234567", "--further-parcels", "--yes"
        )
        machine.good("orders", "release", "MOPEN02", "--yes")
        machine.good("orders", "cancel", "MOPEN02", "--reason", "NoInventory", "--yes")
        machine.good("orders", "refund", str(unit_id("MSENT03", 0)), "--amount", "5.00", "--reason", "defect", "--yes")
        machine.good("invoices", "upload", str(invoice), "--yes")
        asked = [one for one in simulator.requests if one.method != "GET" or "/carriers" in one.target]
    kinds = set()
    with httpx.Client(trust_env=False, timeout=60) as http:
        for one in asked:
            headers = {name: text for name, text in one.headers.items() if name == "content-type"}
            path = one.target.removeprefix("/v2")
            answer = http.request(one.method, prism + path, headers=headers, content=one.body)
            assert answer.is_success, f"{one.method} {path}: {answer.text}"
            kinds.add((one.method, path.rpartition("/")[2] if "order-units" in path else path.split("/")[1]))
    assert kinds == {
        ("GET", "carriers"),
        ("PATCH", "send"),
        ("PATCH", "fulfil"),
        ("PATCH", "cancel"),
        ("PATCH", "refund"),
        ("POST", "shipments"),
        ("POST", "order-invoices"),
    }


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/order-units/1/send", '{"tracking_number":"1","carrier_code":"DHL"}'),
        ("/order-units/1/cancel", '{"reason":"Because"}'),
        ("/order-units/1/refund", '{"amount":"5.00","reason":"defect"}'),
    ],
)
def test_contract_refuses_what_kaufland_would(prism: str, path: str, body: str) -> None:
    """So being accepted means something: names, types and the lists of reasons are looked at."""
    sent = {"Content-Type": "application/json"}
    answer = httpx.patch(prism + path, content=body, headers=sent, trust_env=False, timeout=60)
    assert answer.status_code in {400, 422}
