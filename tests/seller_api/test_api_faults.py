"""Each misbehaviour of the server ends in the error that names its cause, and only transient ones are tried again."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaufland_cli.errors import (
    ClockWrong,
    ConnectionFailed,
    CredentialsRefused,
    KauflandBusy,
    KauflandError,
    KauflandFailing,
    KauflandUnavailable,
    RequestRefused,
    ResponseUnreadable,
    RightsMissing,
    TimedOut,
)
from kaufland_cli.http.retry import RetryBudget
from kaufland_cli.seller_api.api_errors import Problem
from kaufland_cli.simulator import Simulator, faults
from kaufland_cli.simulator.faults import Fault
from support.clocks import START, HeldClock
from support.sampling import examples
from support.seller_api import STEADY, ListeningLog, open_client, raw_server, whole_answer

PROBLEM = b'{"type": "/problems/validation-error", "message": "No", "errors": [{"field": "limit", "message": "big"}]}'


@pytest.fixture
def clock() -> HeldClock:
    """Give the clock of client and server."""
    return HeldClock()


@pytest.fixture
def simulator(clock: HeldClock) -> Iterator[Simulator]:
    """Give a simulator on that clock."""
    with Simulator(now=clock.now) as simulator:
        yield simulator


def error_of(simulator: Simulator, clock: HeldClock, fault: Fault, **budget: float) -> tuple[KauflandError, int]:
    """Return what a request ends in that always meets this fault, and how many attempts were made."""
    rule = simulator.misbehave(fault, times=None)
    chosen = RetryBudget(attempts=3, **budget)
    with (
        open_client(simulator.base_url, clock, budget=chosen) as client,
        pytest.raises(KauflandError) as raised,
    ):
        client.get("/status/ping")
    return raised.value, rule.struck


@pytest.mark.parametrize(
    ("fault", "kind", "attempts"),
    [
        (faults.status(400, PROBLEM), RequestRefused, 1),
        (faults.status(401, PROBLEM), CredentialsRefused, 1),
        (faults.status(403, PROBLEM), RightsMissing, 1),
        (faults.status(403, b'{"type": "/problems/inactive-account"}'), CredentialsRefused, 1),
        (faults.status(403, b'{"type": "/problems/storefront-not-configured"}'), RequestRefused, 1),
        (faults.status(404), RequestRefused, 1),
        (faults.status(405), RequestRefused, 1),
        (faults.status(407), RequestRefused, 1),
        (faults.status(408), TimedOut, 3),
        (faults.status(422, PROBLEM), RequestRefused, 1),
        (faults.status(423), RequestRefused, 1),
        (faults.status(425), TimedOut, 3),
        (faults.too_many_requests(), KauflandBusy, 3),
        (faults.too_many_requests(2), KauflandBusy, 3),
        (faults.too_many_requests(START + timedelta(seconds=3)), KauflandBusy, 3),
        (faults.too_many_requests(3600), KauflandBusy, 1),
        (faults.status(500, PROBLEM), KauflandFailing, 3),
        (faults.html_page(403), ResponseUnreadable, 1),
        (faults.html_page(502), KauflandFailing, 3),
        (faults.status(503), KauflandFailing, 3),
        (faults.status(504), KauflandFailing, 3),
        (faults.status(599), KauflandFailing, 3),
        (faults.html_page(200), ResponseUnreadable, 3),
        (faults.status(200), ResponseUnreadable, 3),
        (faults.status(204), ResponseUnreadable, 3),
        (faults.not_json(), ResponseUnreadable, 3),
        (faults.not_json(b'{"data": ' + b"[" * 100 + b"]" * 99 + b"}"), ResponseUnreadable, 3),
        (faults.not_json(b"[" * 100_000), ResponseUnreadable, 3),
        (faults.not_json(b'"data"'), ResponseUnreadable, 3),
        (faults.not_json(b"\xff\xfe\xfd"), ResponseUnreadable, 3),
        (faults.null_data(), ResponseUnreadable, 3),
        (faults.cut_body(), ResponseUnreadable, 3),
        (faults.reset_connection(), ConnectionFailed, 3),
        (faults.redirect("/v2/status/ping"), ResponseUnreadable, 1),
        (faults.redirect("https://elsewhere.example/", 308), ResponseUnreadable, 1),
        (faults.status(304), ResponseUnreadable, 1),
        (faults.clock_skew(400), ClockWrong, 1),
        (faults.clock_skew(-400), ClockWrong, 1),
    ],
)
def test_each_fault_has_its_error(
    simulator: Simulator, clock: HeldClock, fault: Fault, kind: type[KauflandError], attempts: int
) -> None:
    """Status, type and body decide the class; 408, 425, 429, 5xx, garble and broken lines are tried again."""
    error, made = error_of(simulator, clock, fault)
    assert (type(error), made) == (kind, attempts)
    assert len(simulator.requests) == attempts
    assert error.hint
    assert "\n" not in error.message


@pytest.mark.parametrize(
    "location",
    ["", "//", "http://", "mailto:x", "foo:", "http://[", "/\x7f", "?", "https://a.example:99999999/", "x" * 60_000],
)
def test_odd_redirect_is_an_error_like_any_other(location: str) -> None:
    """Wherever a redirect leads, nobody follows, and nothing but an error of ours comes of it."""
    answer = whole_answer(b"", b"Location: " + location.encode(), status=b"302 Found")
    with (
        raw_server(lambda connection, _: connection.sendall(answer)) as server,
        open_client(server.url, HeldClock(), budget=RetryBudget(attempts=1)) as client,
        pytest.raises(ResponseUnreadable),
    ):
        client.get("/status/ping")
    assert len(server.heads) == 1


@pytest.mark.parametrize(
    ("fault", "retry_after"),
    [
        (faults.too_many_requests(3600), 3600),
        (faults.too_many_requests(START + timedelta(hours=1)), 3600),
        (faults.status(503, headers={"Retry-After": "3600"}), 3600),
        (faults.status(500, headers={"Retry-After": "Tue, 24 Nov 2026 10:30:00 GMT"}), 3600),
        (faults.status(408, headers={"Retry-After": "3600"}), 3600),
        (faults.status(429, headers={"Retry-After": "9" * 40}), 365 * 24 * 3600),
        (faults.status(429, headers={"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}), 365 * 24 * 3600),
    ],
)
def test_wait_beyond_the_budget_is_not_shortened(
    simulator: Simulator, clock: HeldClock, fault: Fault, retry_after: int
) -> None:
    """Nothing is tried again, nobody waits, and the error says when to come back and what the status was."""
    rule = simulator.misbehave(fault, times=None)
    with open_client(simulator.base_url, clock) as client, pytest.raises(KauflandBusy) as raised:
        client.get("/status/ping")
    assert (rule.struck, clock.slept) == (1, [])
    assert raised.value.retry_after == START + timedelta(seconds=retry_after)
    assert f"HTTP {simulator.requests[0].status}" in raised.value.message
    assert f"{raised.value.retry_after:%Y-%m-%d %H:%M:%S} UTC" in raised.value.message
    assert f"{raised.value.retry_after:%H:%M:%S} UTC" in str(raised.value.hint)


@pytest.mark.parametrize("odd", ["", "soon", "-5", "1.5", "²", "Mon, 32 Foo 2026", "Fri, 31 Dec 9999 23:59:59 -2300"])
def test_odd_retry_after_counts_as_none(simulator: Simulator, clock: HeldClock, odd: str) -> None:
    """What cannot be read is no reason to fail otherwise than without it."""
    error, attempts = error_of(simulator, clock, faults.status(429, headers={"Retry-After": odd}))
    assert isinstance(error, KauflandBusy)
    assert (error.retry_after, attempts) == (None, 3)
    assert clock.slept == [0.25, 0.5]


def test_date_is_counted_by_the_clock_of_the_server(simulator: Simulator, clock: HeldClock) -> None:
    """Where our clock is two minutes off, a wait of ten seconds is still one of ten seconds."""
    late = START + timedelta(minutes=2)
    simulator.misbehave(faults.clock_skew(120), times=1)
    simulator.misbehave(faults.too_many_requests(late + timedelta(seconds=10)), times=1)
    with open_client(simulator.base_url, clock) as client:
        client.get("/status/ping")
    assert clock.slept == [10.25]


def test_text_from_kaufland_is_shown(simulator: Simulator, clock: HeldClock) -> None:
    """Message and field of a refusal stand in the error, with status and type for programs."""
    error, _ = error_of(simulator, clock, faults.status(400, PROBLEM))
    assert isinstance(error, RequestRefused)
    assert '"No; limit: big"' in error.message
    assert (error.status_code, error.problem_type) == (400, "/problems/validation-error")


def reasons(error: KauflandError) -> list[str]:
    """Return the reasons of a 401 in the order in which they are given, each by its own word."""
    words = {"client key is": "client key", "secret key does": "secret key", "clock": "clock", "account is": "account"}
    listed = error.message.partition("likeliest first: ")[2].split("; ")
    return [next(word for sign, word in words.items() if sign in reason) for reason in listed]


@pytest.mark.parametrize(
    ("kind", "order"),
    [
        ("/problems/unauthorized", ["client key", "secret key", "account", "clock"]),
        ("/problems/invalid-credentials", ["client key", "secret key", "account", "clock"]),
        ("/problems/corrupted-signature", ["secret key", "client key", "account", "clock"]),
        ("/problems/inactive-account", ["account", "client key", "secret key", "clock"]),
    ],
)
def test_reasons_of_a_401_stand_in_order_of_likelihood(
    simulator: Simulator, clock: HeldClock, kind: str, order: list[str]
) -> None:
    """All four are named; what was said moves one to the top, and a clock that was seen to be right is the last."""
    error, _ = error_of(simulator, clock, faults.status(401, f'{{"type": "{kind}"}}'.encode()))
    assert reasons(error) == order


def test_401_without_a_time_may_be_the_clock() -> None:
    """Where the server gives no time, the clock cannot be ruled out."""
    answer = whole_answer(b"", status=b"401 Unauthorized")
    with (
        raw_server(lambda connection, _: connection.sendall(answer)) as server,
        open_client(server.url, HeldClock()) as client,
        pytest.raises(CredentialsRefused) as raised,
    ):
        client.get("/status/ping")
    assert reasons(raised.value) == ["client key", "secret key", "clock", "account"]


def test_clock_is_reported_with_its_direction(simulator: Simulator, clock: HeldClock) -> None:
    """The server is ten minutes ahead, so this machine is behind."""
    error, _ = error_of(simulator, clock, faults.clock_skew(600))
    assert "10 minutes behind Kaufland's" in error.message


def test_broken_answer_is_followed_by_a_good_one(simulator: Simulator, clock: HeldClock) -> None:
    """After a gateway's page, a reset and a cut body the fourth attempt gives what was asked for."""
    for fault in (faults.html_page(), faults.reset_connection(), faults.cut_body()):
        simulator.misbehave(fault)
    log = ListeningLog()
    with open_client(simulator.base_url, clock, log=log) as client:
        assert client.get("/status/ping").data == {"message": "The kettle is on"}
        assert client.requests == 4
    assert [attempt.number for attempt in log.attempts] == [1, 2, 3, 4]


@settings(STEADY, max_examples=examples(100))
@given(
    status=st.integers(200, 599),
    body=st.binary(max_size=60) | st.sampled_from([PROBLEM, b"<html>", b'{"message": "\\ud800", "\\udfff": 1}']),
    headers=st.dictionaries(
        st.sampled_from(["Retry-After", "Date", "Location", "Content-Type", "Content-Encoding", "Set-Cookie"]),
        st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=30)
        | st.sampled_from(["gzip", "Fri, 31 Dec 9999 23:59:59 -2300", "Mon, 01 Jan 0001 00:00:00 +2300", "9" * 30]),
    ),
)
def test_all_responses_end_in_values_or_known_errors(
    shared: Simulator, status: int, body: bytes, headers: dict[str, str]
) -> None:
    """Any status, body and headers: an answer or an error of ours, whose texts can be written as UTF-8."""
    shared.behave()
    shared.misbehave(faults.status(status, b"" if status in {204, 304} else body, headers), times=None)
    with open_client(shared.base_url, HeldClock(), budget=RetryBudget(attempts=2)) as client:
        try:
            client.get("/status/ping")
        except KauflandError as error:
            (error.message + str(error.hint)).encode()


@pytest.fixture(scope="module")
def shared() -> Iterator[Simulator]:
    """Give one simulator to all examples of a property."""
    with Simulator(now=HeldClock().now) as simulator:
        yield simulator


def test_buyer_in_an_error_answer_is_hidden() -> None:
    """What an error response says about a person reaches neither the screen nor the log."""
    body = (
        b'{"message": "Validation Failed", "order": {"buyer": {"email": "a@b.example"}, "city": "Ulm", "status": "x"}}'
    )
    said = Problem.read(body).message
    assert "Validation Failed" in said
    assert "a@b.example" not in said
    assert "Ulm" not in said


def test_refusal_is_no_outage() -> None:
    """Who waits until Kaufland is back does not wait for a request that will be refused again."""
    assert not issubclass(RequestRefused, KauflandUnavailable)
    assert RequestRefused.exit_code == KauflandUnavailable.exit_code
