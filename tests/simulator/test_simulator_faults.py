"""Misbehaviour on request: each fault is on the wire what its name says, and is counted."""

import http.client
import json
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from kaufland_cli.simulator import Simulator, faults, make_order
from kaufland_cli.simulator.faults import Fault
from support.clocks import HeldClock
from support.signed_client import ask, raw_exchange, rows, signed_headers

UNITS = "/order-units"


@pytest.fixture
def stocked(simulator: Simulator) -> Simulator:
    """Give a simulator with five orders."""
    for number in range(5):
        simulator.marketplace.add_order(make_order(f"M{number}"))
    return simulator


@pytest.mark.parametrize(
    ("fault", "status", "body", "header"),
    [
        (faults.status(503), 503, b"", ("content-length", "0")),
        (faults.status(599, b"?", {"X-Gateway": "west"}), 599, b"?", ("x-gateway", "west")),
        (faults.html_page(), 200, faults.GATEWAY_PAGE, ("content-type", "text/html")),
        (faults.html_page(502), 502, faults.GATEWAY_PAGE, ("content-type", "text/html")),
        (faults.not_json(), 200, b'{"data": [', ("content-type", "application/json")),
        (faults.null_data(), 200, b'{"data": null}', ("content-type", "application/json")),
        (faults.redirect("https://elsewhere.example/"), 302, b"", ("location", "https://elsewhere.example/")),
    ],
)
def test_fault_replaces_one_answer(
    stocked: Simulator, fault: Fault, status: int, body: bytes, header: tuple[str, str]
) -> None:
    """Status, body and header are as said, once; then all is well again, on either side of it the strike is counted."""
    rule = stocked.misbehave(fault)
    reply = ask(stocked, UNITS)
    assert (reply.status, reply.body, reply.headers[header[0]]) == (status, body, header[1])
    assert len(rows(stocked, UNITS)) == 5
    assert rule.struck == 1
    assert [asked.status for asked in stocked.requests] == [status, 200]


@pytest.mark.parametrize(
    ("retry_after", "header"),
    [(None, None), (2, "2"), (0.5, "0.5"), (datetime(2026, 9, 14, 12, 1, tzinfo=UTC), "Mon, 14 Sep 2026 12:01:00 GMT")],
)
def test_too_many_requests_may_say_when_to_come_back(
    stocked: Simulator, retry_after: float | datetime | None, header: str | None
) -> None:
    """429 without Retry-After, with seconds, and with a date."""
    stocked.misbehave(faults.too_many_requests(retry_after))
    reply = ask(stocked, UNITS)
    assert (reply.status, reply.headers.get("retry-after")) == (429, header)


def test_total_can_be_wrong(stocked: Simulator) -> None:
    """The rows are true, the total is not."""
    stocked.misbehave(faults.wrong_total(99))
    answer = ask(stocked, UNITS).json
    assert (len(answer["data"]), answer["pagination"]["total"]) == (5, 99)


def test_pages_can_go_on_for_ever(stocked: Simulator) -> None:
    """Each offset gives the first page again, with a total that lies beyond."""
    stocked.misbehave(faults.endless_pages(), times=None)
    first, far = (ask(stocked, f"{UNITS}?limit=2&offset={offset}").json for offset in (0, 5000))
    assert far["data"] == first["data"] != []
    assert far["pagination"] == {"offset": 5000, "limit": 2, "total": 5004}


def test_body_can_be_cut(stocked: Simulator) -> None:
    """The head promises more than comes."""
    stocked.misbehave(faults.cut_body())
    with pytest.raises(http.client.IncompleteRead) as caught:
        ask(stocked, UNITS)
    assert caught.value.partial.startswith(b'{"data"')


def test_body_can_drip(stocked: Simulator) -> None:
    """The answer is whole, but comes byte by byte."""
    stocked.misbehave(faults.drip(0.0001), path="/status/ping")
    assert ask(stocked, "/status/ping").json["data"]["message"]


def test_connection_can_be_reset(stocked: Simulator) -> None:
    """The client sees a reset, not a mere end, and the record shows that nothing was answered."""
    stocked.misbehave(faults.reset_connection())
    with pytest.raises(ConnectionResetError):
        raw_exchange(stocked, b"GET /v2/order-units HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert stocked.requests[0].status is None


def test_huge_body_is_streamed(stocked: Simulator) -> None:
    """So many megabytes come, and they are JSON."""
    stocked.misbehave(faults.huge_body(3))
    reply = ask(stocked, UNITS)
    assert len(reply.body) > 3_000_000
    assert reply.json == {"data": []}


def test_answer_can_be_late(stocked: Simulator) -> None:
    """The true answer comes after the time said."""
    stocked.misbehave(faults.slow(0.1))
    begun = time.monotonic()
    assert len(rows(stocked, UNITS)) == 5
    assert time.monotonic() - begun >= 0.1


@pytest.mark.parametrize("fault", [faults.hang(), faults.slow(60), faults.drip(60)])
def test_stopping_frees_whoever_waits(clock: HeldClock, fault: Fault) -> None:
    """A client that waits for an answer is let go at once when the simulator stops."""
    simulator = Simulator(now=clock).start()
    struck = threading.Event()
    simulator.before_each("/status/ping", lambda _request: struck.set())
    simulator.misbehave(fault)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ask, simulator, "/status/ping")
        assert struck.wait(10)
        begun = time.monotonic()
        simulator.stop()
        assert isinstance(waiting.exception(10), http.client.HTTPException | ConnectionError)
        assert time.monotonic() - begun < 3


def test_rules_say_where_and_when(stocked: Simulator) -> None:
    """A rule waits, strikes as often as given, and only on its path and page, or where its condition says."""
    later = stocked.misbehave(faults.status(500), path=UNITS, offset=2, after=1, times=2)
    below = stocked.misbehave(faults.status(502), path="/orders/*", times=None)
    targets = ["/status/ping", UNITS, *[f"{UNITS}?offset=2"] * 4, "/orders", "/orders/M1", "/orders/M2/"]
    assert [ask(stocked, target).status for target in targets] == [200, 200, 200, 500, 500, 200, 200, 502, 502]
    assert (later.struck, below.struck) == (2, 2)
    stocked.behave()
    assert ask(stocked, "/orders/M1").status == 200
    stocked.misbehave(faults.status(503), times=None, where=lambda request: int(request.query["offset"][0]) >= 2)
    assert [ask(stocked, f"{UNITS}?offset={offset}").status for offset in range(4)] == [200, 200, 503, 503]


def test_request_let_through_by_one_rule_meets_the_next(stocked: Simulator) -> None:
    """A skewed clock and a failing answer can come together; the outer one decides."""
    skewed = stocked.misbehave(faults.clock_skew(60), times=None)
    failing = stocked.misbehave(faults.status(503))
    reply = ask(stocked, UNITS)
    assert (reply.status, reply.headers["date"]) == (503, "Mon, 14 Sep 2026 12:01:00 GMT")
    assert ask(stocked, UNITS).status == 200
    assert (skewed.struck, failing.struck) == (2, 1)


def test_any_answer_can_be_edited(stocked: Simulator) -> None:
    """What no named fault does, an edit of the JSON does."""

    def edit(content: Any) -> Any:
        return content | {"data": [*content["data"], ["not", "a", "unit"]]}

    stocked.misbehave(faults.edited(edit))
    assert ask(stocked, UNITS).json["data"][-1] == ["not", "a", "unit"]


def test_failing_hook_is_not_lost() -> None:
    """The client gets a 500 and whoever stops the simulator gets the error itself."""
    simulator = Simulator().start()
    simulator.before_each("", lambda _request: 1 / 0)
    assert ask(simulator, "/status/ping").status == 500
    with pytest.raises(ZeroDivisionError):
        simulator.stop()


# --- traffic and connections ----------------------------------------------------------------------------------------


def test_requests_are_recorded_in_order(stocked: Simulator) -> None:
    """Method, raw target, lower-case headers, the client's time, arrival and status."""
    ask(stocked, f"{UNITS}?limit=1", headers={"User-Agent": "Kessel/1.0"})
    ask(stocked, "/nowhere", method="POST", body=b"{}")
    first, second = stocked.requests
    assert (first.method, first.target, first.status) == ("GET", "/v2/order-units?limit=1", 200)
    assert first.headers["user-agent"] == "Kessel/1.0"
    assert first.timestamp == int(datetime(2026, 9, 14, 12, tzinfo=UTC).timestamp())
    assert (second.method, second.body, second.status) == ("POST", b"{}", 404)
    assert first.arrived <= second.arrived
    stocked.clear_requests()
    assert stocked.requests == []


def test_busiest_second_is_known_and_can_be_bounded(stocked: Simulator) -> None:
    """Requests within a second are counted; above the switch they are refused with 429."""
    stocked.switches.requests_per_second = 3
    begun = time.monotonic()
    statuses = [ask(stocked, "/status/ping").status for _ in range(5)]
    if time.monotonic() - begun < 1:
        assert statuses == [200, 200, 200, 429, 429]
        assert stocked.busiest_second == 5
    for position, asked in enumerate(stocked._traffic._asked):
        asked.arrived = 0.5 * position
    assert stocked.busiest_second == 2


def test_connection_serves_many_requests(stocked: Simulator) -> None:
    """Connections stay open, answers are compressed for those who ask, and refusals do not end them."""
    connection = http.client.HTTPConnection(urlsplit(stocked.base_url).netloc, timeout=10)
    used = set()
    for target in (UNITS, "/nowhere", UNITS):
        headers = signed_headers(stocked, target) | {"Accept-Encoding": "gzip, deflate"}
        connection.request("GET", f"/v2{target}", headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        assert connection.sock is not None
        used.add(connection.sock.getsockname())
        if target == UNITS:
            assert answer.getheader("Content-Encoding") == "gzip"
            assert len(json.loads(zlib.decompress(body, wbits=31))["data"]) == 5
    connection.close()
    assert len(used) == 1


def test_many_clients_at_once_get_what_is_theirs(stocked: Simulator) -> None:
    """Threads that read while another changes see whole rows; every request is recorded."""
    stop = threading.Event()

    def change() -> None:
        while not stop.is_set():
            stocked.marketplace.change_order("M1", price=1, revenue_gross=1)
            stocked.marketplace.change_order("M1", price=2, revenue_gross=2)

    writer = threading.Thread(target=change)
    stocked.marketplace.change_order("M1", price=1, revenue_gross=1)
    writer.start()
    try:
        with ThreadPoolExecutor(8) as pool:
            for page in pool.map(lambda _: rows(stocked, UNITS), range(80)):
                changed = next(row for row in page if row["id_order"] == "M1")
                assert changed["price"] == changed["revenue_gross"]
    finally:
        stop.set()
        writer.join()
    assert len(stocked.requests) == 80


def test_stopped_and_started_again_it_is_the_same(stocked: Simulator) -> None:
    """A stopped simulator refuses connections; started again it answers at the same address with the same orders."""
    address = stocked.base_url
    idle = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    idle.request("GET", "/v2/status/ping")
    idle.getresponse().read()
    begun = time.monotonic()
    stocked.stop()
    assert time.monotonic() - begun < 3
    assert idle.sock is not None
    assert idle.sock.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        ask(stocked, UNITS)
    idle.close()
    stocked.start()
    assert stocked.base_url == address
    assert len(rows(stocked, UNITS)) == 5
