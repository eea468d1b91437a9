"""Signing: the documented recipe, over exactly what arrives at the server."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kaufland_cli.errors import CredentialsRefused, KauflandError
from kaufland_cli.http.connections import SignedBy, wire_url
from kaufland_cli.secrets import SecretKey
from kaufland_cli.seller_api.signer import Credentials, signature
from kaufland_cli.simulator import Simulator, faults
from support.clocks import HeldClock
from support.sampling import examples
from support.seller_api import STEADY, open_client, signer

VECTOR_SECRET = "a7d0cb1da1ddbc86c96ee5fedd341b7d8ebfbb2f5c83cfe0909f4e57f05dd403"
VECTOR_SIGNATURE = "da0b65f51c0716c1d3fa658b7eaf710583630a762a98c9af8e9b392bd9df2e2a"
PARTNER = ("9a7e" * 8, "ba5eba11" * 8)


@pytest.fixture(scope="module")
def quiet() -> Iterator[Simulator]:
    """Give a simulator whose clock stands still."""
    with Simulator(now=HeldClock().now) as simulator:
        yield simulator


def test_documented_vector_holds() -> None:
    """Kaufland's own example gives Kaufland's own signature."""
    url = "https://sellerapi.kaufland.com/v2/units/"
    assert signature("POST", url, b"", "1411055926", SecretKey(VECTOR_SECRET)) == VECTOR_SIGNATURE


def test_signer_puts_the_documented_signature_into_a_request() -> None:
    """The same vector, through the door that httpx uses."""
    clock = HeldClock()
    clock.present = clock.present.fromtimestamp(1411055926.9, clock.present.tzinfo)
    request = httpx.Request("POST", "https://sellerapi.kaufland.com/v2/units/")
    signed = next(SignedBy(signer(clock, "7bffc16ba2cc5ac1cbf527d6fa39263", VECTOR_SECRET)).auth_flow(request))
    assert signed.headers["Shop-Client-Key"] == "7bffc16ba2cc5ac1cbf527d6fa39263"
    assert signed.headers["Shop-Timestamp"] == "1411055926"
    assert signed.headers["Shop-Signature"] == VECTOR_SIGNATURE
    assert "Shop-Partner-Signature" not in signed.headers


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("https://Shop.Example:443/v2/a?b=%2B", "https://shop.example/v2/a?b=%2B"),
        ("https://shop.example:8443/v2", "https://shop.example:8443/v2"),
        ("http://[::1]:8080/v2/x", "http://[::1]:8080/v2/x"),
        ("https://shop.example/v2#part", "https://shop.example/v2"),
        ("https://käse.example/v2", "https://xn--kse-qla.example/v2"),
    ],
)
def test_url_is_signed_as_the_server_sees_it(url: str, seen: str) -> None:
    """Host and port as in the Host header, no fragment, everything encoded."""
    request = httpx.Request("GET", url)
    assert wire_url(request.url) == seen
    assert request.headers["Host"] == urlsplit(seen).netloc


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=20)  # as typed at a terminal: halves of pairs too


@settings(STEADY, max_examples=examples(150))
@example(id_order="M1/../ä+\udcff", query=[("a+b", "%2B \udcff")])
@given(
    id_order=ANY_TEXT.filter(lambda text: text.strip(".")),  # only dots: a path that leads elsewhere
    query=st.lists(st.tuples(ANY_TEXT.filter(bool), ANY_TEXT), max_size=4),
)
def test_signed_url_and_bytes_are_what_arrives(quiet: Simulator, id_order: str, query: list[tuple[str, str]]) -> None:
    """Whatever is asked for, the server finds the signature good and reads what was meant."""
    clock = HeldClock()
    with open_client(quiet.base_url, clock) as client, pytest.raises(KauflandError) as raised:
        client.get("/orders/{id_order}", [*query, ("embedded", "none-such")], id_order=id_order)
    assert not isinstance(raised.value, CredentialsRefused)
    target = quiet.requests[-1].target
    plain = id_order.encode("utf-8", "replace").decode()
    assert unquote(target.partition("?")[0]) == f"/v2/orders/{plain}"
    meant = [
        (name.encode("utf-8", "replace").decode(), text.encode("utf-8", "replace").decode()) for name, text in query
    ]
    assert parse_qsl(target.partition("?")[2], keep_blank_values=True)[:-1] == meant


@pytest.fixture(scope="module")
def plain_http() -> Iterator[httpx.Client]:
    """Give a client of httpx's own that signs, for what our client never sends."""
    with httpx.Client(auth=SignedBy(signer(HeldClock())), trust_env=False) as http:
        yield http


@settings(STEADY, max_examples=examples(80))
@given(body=st.binary(max_size=200))
def test_bodies_are_signed_byte_for_byte(quiet: Simulator, plain_http: httpx.Client, body: bytes) -> None:
    """A body that is sent is the body that is signed, text or not."""
    assert plain_http.post(f"{quiet.base_url}/orders?a=%2B+%C3%A4", content=body).status_code == 404
    assert quiet.requests[-1].body == body


def test_each_attempt_is_signed_again() -> None:
    """After a long wait the old time would be refused; each attempt has its own time and a signature that holds."""
    clock = HeldClock()
    with Simulator(now=clock.now) as simulator, open_client(simulator.base_url, clock) as client:
        simulator.misbehave(faults.too_many_requests(290), times=1)
        simulator.misbehave(faults.status(503), times=2)
        client.get("/status/ping")
        stamps = [asked.timestamp for asked in simulator.requests]
        signatures = {asked.headers["shop-signature"] for asked in simulator.requests}
    assert stamps[0] is not None
    assert stamps[1] is not None
    assert stamps[1] - stamps[0] >= 290
    assert len(signatures) >= 3  # waits below a second may fall into one
    assert simulator.requests[-1].status == 200


def test_partner_signs_too() -> None:
    """With a partner's keys both signatures go out, and the server checks both."""
    clock = HeldClock()
    good = Credentials(PARTNER[0], SecretKey(PARTNER[1]))
    bad = Credentials(PARTNER[0], SecretKey("0badcafe" * 8))
    with Simulator(now=clock.now, partner_keys=PARTNER) as simulator:
        with open_client(simulator.base_url, clock, signer=signer(clock, partner=good)) as client:
            client.get("/order-units", [("storefront", "de")])
        headers = simulator.requests[-1].headers
        assert headers["shop-partner-client-key"] == PARTNER[0]
        assert len(headers["shop-partner-signature"]) == 64
        assert headers["shop-partner-signature"] != headers["shop-signature"]
        with (
            open_client(simulator.base_url, clock, signer=signer(clock, partner=bad)) as client,
            pytest.raises(CredentialsRefused),
        ):
            client.get("/status/ping")


def test_seller_alone_names_no_partner(quiet: Simulator) -> None:
    """Without partner keys there are no partner headers; name and wish for JSON are always there, and no body."""
    with open_client(quiet.base_url, HeldClock()) as client:
        client.get("/status/ping")
    asked = quiet.requests[-1]
    assert (asked.method, asked.body) == ("GET", b"")
    assert (asked.headers["accept"], asked.headers["user-agent"]) == ("application/json", "test/1")
    assert not [name for name in asked.headers if "partner" in name]


def test_cookies_are_not_sent_back() -> None:
    """What a gateway sets stays with the gateway: a request carries nothing that this program did not put there."""
    clock = HeldClock()
    with Simulator(now=clock.now) as simulator, open_client(simulator.base_url, clock) as client:
        simulator.misbehave(faults.status(503, headers={"Set-Cookie": "visitor=7; Path=/"}))
        client.get("/status/ping")
    assert ["cookie" in asked.headers for asked in simulator.requests] == [False, False]
