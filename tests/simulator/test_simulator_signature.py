"""The simulator lets in whoever signs as Kaufland documents it, and nobody else."""

import hashlib
import hmac
from collections.abc import Iterator

import pytest

from kaufland_cli.simulator import Simulator, faults
from kaufland_cli.simulator.signature import signature
from support.signed_client import ask, raw_exchange, signed_headers

PARTNER = ("9a57e0" * 5, "5ec0de" * 10)


def test_documented_vector_holds() -> None:
    """The signature of Kaufland's own example comes out as documented."""
    secret = "a7d0cb1da1ddbc86c96ee5fedd341b7d8ebfbb2f5c83cfe0909f4e57f05dd403"
    found = signature(secret, "POST", "https://sellerapi.kaufland.com/v2/units/", b"", "1411055926")
    assert found == "da0b65f51c0716c1d3fa658b7eaf710583630a762a98c9af8e9b392bd9df2e2a"


@pytest.mark.parametrize(
    "target", ["/status/ping", "/status/ping/", "/order-units?limit=5&ts_created_from_iso=2026-09-01T00%3A00%3A00Z"]
)
def test_signed_request_is_answered(simulator: Simulator, target: str) -> None:
    """The signature covers the address exactly as it was sent: trailing slash, order and percent-encoding included."""
    assert ask(simulator, target).status == 200


def test_query_is_part_of_what_is_signed(simulator: Simulator) -> None:
    """A signature for one query does not open another."""
    reply = ask(simulator, "/order-units?limit=5", headers=signed_headers(simulator, "/order-units?limit=6"))
    assert (reply.status, reply.json["type"]) == (401, "/problems/corrupted-signature")


def test_body_is_part_of_what_is_signed(simulator: Simulator) -> None:
    """A signature for an empty body does not cover another."""
    headers = signed_headers(simulator, "/playground/orders", method="POST")
    assert ask(simulator, "/playground/orders", method="POST", body=b"{}", headers=headers).status == 401


@pytest.mark.parametrize("name", ["Shop-Client-Key", "Shop-Timestamp", "Shop-Signature"])
def test_each_header_is_needed(simulator: Simulator, name: str) -> None:
    """Without one of the three headers the answer is 401 and names the problem."""
    reply = ask(simulator, "/status/ping", headers={name: ""})
    assert (reply.status, reply.json["type"]) == (401, "/problems/missing-or-invalid-request-header")
    assert name in reply.json["message"]


def test_timestamp_has_to_be_a_number(simulator: Simulator) -> None:
    """A date in words is a header that is not understood."""
    reply = ask(simulator, "/status/ping", headers={"Shop-Timestamp": "yesterday"})
    assert reply.json["type"] == "/problems/missing-or-invalid-request-header"


def test_unknown_client_key_is_distinguished_from_a_wrong_secret(simulator: Simulator) -> None:
    """Unknown key: invalid-credentials; wrong secret: corrupted-signature; both 401, in Kaufland's form."""
    unknown = ask(simulator, "/status/ping", headers=signed_headers(simulator, "/status/ping", client_key="0" * 32))
    wrong = ask(simulator, "/status/ping", headers=signed_headers(simulator, "/status/ping", secret_key="0" * 64))
    assert (unknown.status, unknown.json["type"]) == (401, "/problems/invalid-credentials")
    assert (wrong.status, wrong.json["type"]) == (401, "/problems/corrupted-signature")
    assert set(wrong.json) == {"type", "message", "errors"}


@pytest.mark.parametrize(("seconds", "status"), [(300, 200), (-300, 200), (301, 401), (-301, 401)])
def test_clock_may_be_five_minutes_off(simulator: Simulator, seconds: int, status: int) -> None:
    """Five minutes either way are borne, a second more is not."""
    moment = int(simulator._now().timestamp()) + seconds
    headers = signed_headers(simulator, "/status/ping", timestamp=moment)
    assert ask(simulator, "/status/ping", headers=headers).status == status


def test_skewed_server_refuses_and_shows_its_clock(simulator: Simulator) -> None:
    """With the server an hour ahead a good signature is refused, and `Date` says why."""
    rule = simulator.misbehave(faults.clock_skew(3600))
    reply = ask(simulator, "/status/ping")
    assert (reply.status, reply.headers["date"]) == (401, "Mon, 14 Sep 2026 13:00:00 GMT")
    assert rule.struck == 1
    assert ask(simulator, "/status/ping").headers["date"] == "Mon, 14 Sep 2026 12:00:00 GMT"


def test_host_is_signed_as_the_client_wrote_it(simulator: Simulator) -> None:
    """Host and target are taken as they stand on the wire: `localhost` as such, and no slash tidied away."""
    port = simulator.base_url.split(":")[2].removesuffix("/v2")
    moment = str(int(simulator._now().timestamp()))
    text = f"GET\nhttp://localhost:{port}//v2/status/ping\n\n{moment}"
    sign = hmac.new(simulator.secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()
    lines = [
        "GET //v2/status/ping HTTP/1.1",
        f"Host: localhost:{port}",
        f"Shop-Client-Key: {simulator.client_key}",
        f"Shop-Timestamp: {moment}",
        f"Shop-Signature: {sign}",
        "Connection: close",
    ]
    answer = raw_exchange(simulator, "\r\n".join([*lines, "", ""]).encode())
    assert answer.startswith(b"HTTP/1.1 404")  # let in, though there is no such path


@pytest.fixture
def partnered() -> Iterator[Simulator]:
    """Give a simulator that knows a technology partner."""
    with Simulator(partner_keys=PARTNER) as running:
        yield running


def test_partner_is_checked_when_it_says_that_it_is_one(partnered: Simulator) -> None:
    """Without partner headers all is well; with them the key and its signature have to be right."""
    own = signed_headers(partnered, "/status/ping")
    moment = int(own["Shop-Timestamp"])
    signed = signed_headers(partnered, "/status/ping", secret_key=PARTNER[1], timestamp=moment)["Shop-Signature"]
    good = {**own, "Shop-Partner-Client-Key": PARTNER[0], "Shop-Partner-Signature": signed}
    assert ask(partnered, "/status/ping").status == 200
    assert ask(partnered, "/status/ping", headers=good).status == 200
    assert ask(partnered, "/status/ping", headers=good | {"Shop-Partner-Client-Key": "x"}).status == 401
    assert ask(partnered, "/status/ping", headers=good | {"Shop-Partner-Signature": "00"}).status == 401


def test_inactive_account_may_do_nothing(simulator: Simulator) -> None:
    """The switch refuses everything with 403 inactive-account."""
    simulator.switches.inactive_account = True
    reply = ask(simulator, "/status/ping")
    assert (reply.status, reply.json["type"]) == (403, "/problems/inactive-account")


def test_orders_alone_can_be_refused(simulator: Simulator) -> None:
    """The switch refuses orders with 403 forbidden while ping answers."""
    simulator.switches.orders_refused = True
    refused = [
        ask(simulator, target) for target in ("/orders", "/order-units?limit=1", "/order-invoices", "/orders/M1")
    ]
    assert [(reply.status, reply.json["type"]) for reply in refused] == [(403, "/problems/forbidden")] * 4
    assert ask(simulator, "/status/ping").status == 200
