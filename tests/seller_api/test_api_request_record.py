"""What the request log is reported: each attempt before it is sent and after it ended, and never a key."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaufland_cli.errors import KauflandError
from kaufland_cli.http.request_record import RECORDED_HEADERS, NoRequestLog, recorded_headers
from kaufland_cli.secrets import SecretKey
from kaufland_cli.seller_api.signer import Credentials
from kaufland_cli.simulator import DEMO_CLIENT_KEY, DEMO_SECRET_KEY, Simulator, faults
from support.clocks import START, HeldClock
from support.seller_api import STEADY, ListeningLog, open_client, signer

PARTNER = ("9a7e" * 8, "ba5eba11" * 8)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Give a simulator whose clock stands still."""
    with Simulator(now=HeldClock().now) as simulator:
        yield simulator


def test_attempt_is_recorded_before_it_is_sent(simulator: Simulator) -> None:
    """When the request arrives at the server, its row is there and not yet finished."""
    log = ListeningLog()
    seen: list[list[str]] = []
    simulator.before_each("/order-units", lambda _request: seen.append(list(log.told)))
    simulator.misbehave(faults.status(503), path="/order-units")
    with open_client(simulator.base_url, HeldClock(), log=log) as client:
        client.get("/order-units", [("sort", "ts_updated:desc")])
    assert seen == [["started"], ["started", "finished", "started"]]
    assert log.told == ["started", "finished"] * 2


def test_attempt_and_its_outcome_are_complete(simulator: Simulator) -> None:
    """Time, path, whole URL, number; status, headers, body, error: what is needed to understand it later."""
    log = ListeningLog()
    simulator.misbehave(faults.html_page(502))
    with open_client(simulator.base_url, HeldClock(), log=log) as client:
        client.get("/order-units", [("storefront", "de")])
    first, second = log.attempts
    assert (first.at, first.method, first.endpoint, first.number) == (START, "GET", "/order-units", 1)
    assert first.url == f"{simulator.base_url}/order-units?storefront=de"
    assert second.number == 2
    failed, good = log.outcomes
    assert (failed.status_code, failed.body, failed.success) == (502, faults.GATEWAY_PAGE, False)
    assert failed.headers is not None
    assert failed.headers["content-type"] == "text/html"
    assert failed.error_message == "Kaufland failed to answer (HTTP 502)."
    assert (good.status_code, good.success, good.error_message) == (200, True, None)
    assert good.body.startswith(b'{"data"')


def test_failed_connection_is_recorded_too(simulator: Simulator) -> None:
    """A broken line has no status, and its reason is the error's message."""
    log = ListeningLog()
    simulator.misbehave(faults.reset_connection(), times=None)
    with (
        open_client(simulator.base_url, HeldClock(), log=log) as client,
        pytest.raises(KauflandError) as raised,
    ):
        client.get("/status/ping")
    assert [outcome.error_message for outcome in log.outcomes] == [raised.value.message] * 5
    assert {(outcome.status_code, outcome.headers, outcome.body) for outcome in log.outcomes} == {(None, None, b"")}


def test_no_key_and_no_signature_is_recorded(simulator: Simulator) -> None:
    """Neither the seller's nor a partner's, in whatever part of the record."""
    log = ListeningLog()
    clock = HeldClock()
    partner = signer(clock, partner=Credentials(PARTNER[0], SecretKey(PARTNER[1])))
    simulator.misbehave(faults.status(503, headers={"Set-Cookie": "token=1", "X-Api-Key": "k", "Shop-Signature": "s"}))
    with open_client(simulator.base_url, clock, log=log, signer=partner) as client:
        client.get("/status/ping")
    record = str([*log.attempts, *log.outcomes]).lower()
    sent = simulator.requests[-1].headers
    secrets = [*PARTNER, DEMO_CLIENT_KEY, DEMO_SECRET_KEY, sent["shop-signature"], sent["shop-partner-signature"]]
    assert [secret for secret in secrets if secret in record] == []
    assert [name for name in ("shop-client", "signature", "partner", "cookie", "x-api-key") if name in record] == []


@STEADY
@given(name=st.text(max_size=20) | st.sampled_from(["Date", "SHOP-SIGNATURE", "Authorization", "Shop-Client-Key"]))
def test_only_named_headers_are_recorded(name: str) -> None:
    """An allow-list: what is not known is left out."""
    kept = recorded_headers({name: "text"})
    assert kept == ({name: "text"} if name.lower() in RECORDED_HEADERS else {})


def test_allow_list_names_nothing_secret() -> None:
    """No key, no signature, no cookie, no password of a proxy."""
    words = ("key", "sign", "auth", "cookie", "token", "partner")
    assert [name for name in RECORDED_HEADERS if any(word in name for word in words)] == []


def test_without_a_log_nothing_is_recorded() -> None:
    """Setup writes nothing before it is confirmed."""
    assert NoRequestLog().started(None) is None  # type: ignore[arg-type]
