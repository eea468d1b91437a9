"""Nothing waits for ever and nothing grows without bound, whatever the server does."""

import contextlib
import gzip
import json
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable

import httpcore
import pytest

from kaufland_cli.errors import KauflandError, ResponseUnreadable, TimedOut
from kaufland_cli.http.connections import MAX_RESPONSE_BYTES, WHOLE_ATTEMPT_FACTOR, BoundedWire
from kaufland_cli.http.retry import RetryBudget
from kaufland_cli.simulator import Simulator, faults
from support.clocks import HeldClock, RealClock
from support.seller_api import ListeningLog, open_client, raw_server, whole_answer

ONCE = RetryBudget(attempts=1)
TIMEOUT = 0.2
WHOLE_ATTEMPT = TIMEOUT * WHOLE_ATTEMPT_FACTOR
SLACK = 0.7


def test_server_that_never_answers_is_left() -> None:
    """After the time-out the attempt is over, and another one is made."""
    with (
        Simulator(now=RealClock().now) as simulator,
        open_client(simulator.base_url, RealClock(), timeout_seconds=TIMEOUT) as client,
    ):
        simulator.misbehave(faults.hang(), times=1)
        began = time.monotonic()
        assert client.get("/status/ping").data
        assert TIMEOUT <= time.monotonic() - began < TIMEOUT + SLACK
        assert client.requests == 2


def trickle(start: bytes) -> Callable[[socket.socket, bytes], None]:
    """Answer with this at once and then with a byte now and then, for ever."""

    def respond(connection: socket.socket, _head: bytes) -> None:
        connection.sendall(start)
        while True:
            time.sleep(TIMEOUT / 4)
            connection.sendall(b"x")

    return respond


def interim(connection: socket.socket, _head: bytes) -> None:
    """Say "continue" for ever."""
    while True:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(TIMEOUT / 4)


@pytest.mark.parametrize(
    "respond",
    [
        pytest.param(trickle(b""), id="status line", marks=pytest.mark.long),
        pytest.param(trickle(b"HTTP/1.1 200 OK\r\nX-Long: "), id="header"),
        pytest.param(trickle(b'HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n{"data": "'), id="body"),
        pytest.param(
            trickle(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;"),
            id="chunk size",
            marks=pytest.mark.long,
        ),
        pytest.param(interim, id="interim answers", marks=pytest.mark.long),
    ],
)
def test_byte_now_and_then_does_not_keep_an_attempt_alive(respond: Callable[[socket.socket, bytes], None]) -> None:
    """Each single wait is short, so only the limit of the whole attempt ends it: in the head as in the body."""
    with (
        raw_server(respond) as server,
        open_client(server.url, RealClock(), timeout_seconds=TIMEOUT, budget=ONCE) as client,
    ):
        for _ in range(3):  # on a busy machine the server itself may be late with a byte
            began = time.monotonic()
            with pytest.raises(TimedOut):
                client.get("/status/ping")
            took = time.monotonic() - began
            if WHOLE_ATTEMPT - 0.1 <= took < WHOLE_ATTEMPT + SLACK:
                break
        assert WHOLE_ATTEMPT - 0.1 <= took < WHOLE_ATTEMPT + SLACK


def test_wait_is_as_long_as_what_is_left_of_the_attempt() -> None:
    """The time-out at first, then what is left; nothing more at the end; outside of an attempt only the time-out."""
    clock = HeldClock()
    wire = BoundedWire(clock.monotonic)
    with wire.within(10):
        assert (wire.allowed(3), wire.allowed(None)) == (3, 10)
        clock.sleep(8)
        assert (wire.allowed(3), wire.allowed(1), wire.allowed(None)) == (2, 1, 2)
        clock.sleep(2)
        with pytest.raises(httpcore.ReadTimeout):
            wire.allowed(3)
    assert (wire.allowed(3), wire.allowed(None)) == (3, None)


def test_simulator_s_drip_is_bounded_too() -> None:
    """A whole and true answer that comes a byte at a time counts as none."""
    with (
        Simulator(now=RealClock().now) as simulator,
        open_client(simulator.base_url, RealClock(), timeout_seconds=TIMEOUT, budget=ONCE) as client,
    ):
        simulator.misbehave(faults.drip(TIMEOUT / 4), times=None)
        with pytest.raises(TimedOut):
            client.get("/status/ping")


def test_slow_answer_within_the_limits_is_an_answer() -> None:
    """The limit is for an attempt, not for a connection: it begins again with each one on the same connection."""
    with (
        Simulator(now=RealClock().now) as simulator,
        open_client(simulator.base_url, RealClock(), timeout_seconds=TIMEOUT) as client,
    ):
        simulator.misbehave(faults.slow(TIMEOUT / 2), times=None)
        began = time.monotonic()
        while time.monotonic() - began < WHOLE_ATTEMPT + 0.1:
            client.get("/status/ping")


def test_each_thread_has_its_own_limit() -> None:
    """One attempt that hangs does not shorten the one next to it."""
    with (
        Simulator(now=RealClock().now) as simulator,
        open_client(simulator.base_url, RealClock(), timeout_seconds=TIMEOUT, budget=ONCE) as client,
    ):
        simulator.misbehave(faults.drip(TIMEOUT / 4), times=None, path="/info/locale")
        ended: list[type[BaseException]] = []

        def drip() -> None:
            try:
                client.get("/info/locale")
            except KauflandError as error:
                ended.append(type(error))

        slow = threading.Thread(target=drip)
        slow.start()
        while slow.is_alive():
            assert client.get("/status/ping").data
        slow.join()
    assert ended == [TimedOut]


def peak_of(client_url: str, said: str = "larger than 32 MB") -> int:
    """Return the most bytes held while an answer is refused for its size."""
    tracemalloc.start()
    try:
        with open_client(client_url, HeldClock(), timeout_seconds=30, budget=ONCE) as client:
            with pytest.raises(ResponseUnreadable, match=said):
                client.get("/status/ping")
            assert client.requests == 1
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_huge_answer_is_refused_in_bounded_memory() -> None:
    """A body of 200 MB is not read to its end."""
    with Simulator() as simulator:
        simulator.misbehave(faults.huge_body(200), times=None)
        assert peak_of(simulator.base_url) < 3 * MAX_RESPONSE_BYTES


@pytest.mark.parametrize(
    ("packing", "times", "said"),
    [(b"gzip", 1, "larger than 32 MB"), (b"gzip, gzip", 2, "garbled"), (b"br", 1, "garbled")],
)
def test_small_answer_that_unpacks_to_a_huge_one_is_refused(packing: bytes, times: int, said: str) -> None:
    """400 MB of blanks packed into half a megabyte end where a plain answer of that size ends.

    What is packed twice, so that a block of it becomes gigabytes, or in a way that nobody asked for, is not unpacked.
    """
    packer = zlib.compressobj(level=1, wbits=zlib.MAX_WBITS | 16)
    packed = b"".join(packer.compress(b" " * 1_000_000) for _ in range(400)) + packer.flush()
    answer = whole_answer(packed if times == 1 else gzip.compress(packed), b"Content-Encoding: " + packing)

    def respond(connection: socket.socket, _head: bytes) -> None:
        with contextlib.suppress(OSError):
            connection.sendall(answer)

    with raw_server(respond) as server:
        assert peak_of(server.url, said) < 3 * MAX_RESPONSE_BYTES


@pytest.mark.parametrize("cut", [0, 1, 5, 30, -9, -1])
def test_packed_answer_that_is_cut_is_none(cut: int) -> None:
    """An answer whose length is right and whose packing is not at its end is not read as if it were whole."""
    packed = gzip.compress(b'{"data": {"message": "here"}}')[:cut]
    with (
        raw_server(lambda wire, _: wire.sendall(whole_answer(packed, b"Content-Encoding: gzip"))) as server,
        open_client(server.url, HeldClock(), budget=RetryBudget(attempts=1)) as client,
        pytest.raises(ResponseUnreadable, match="garbled" if cut else "nothing instead of data"),
    ):
        client.get("/status/ping")


def test_body_packed_in_small_chunks_comes_whole() -> None:
    """A large packed answer is put together again as it was."""
    body = b'{"data": [' + b", ".join(b'"%032x"' % (number * 7**40) for number in range(100_000)) + b"]}"
    with (
        raw_server(
            lambda wire, _: wire.sendall(whole_answer(gzip.compress(body), b"Content-Encoding: gzip"))
        ) as server,
        open_client(server.url, HeldClock(), budget=RetryBudget(attempts=1)) as client,
    ):
        assert client.get("/status/ping").data == json.loads(body)["data"]


def test_interrupted_attempt_is_recorded_as_such() -> None:
    """Ctrl-C while waiting for the answer: the attempt is finished in the log, and the interruption goes on."""
    clock = HeldClock()
    log = ListeningLog()

    def interrupt() -> float:
        raise KeyboardInterrupt

    with (
        Simulator(now=clock.now) as simulator,
        open_client(simulator.base_url, clock, log=log) as client,
    ):
        client._sender._connections._http.auth._sign._unix_time = interrupt  # type: ignore[union-attr]
        with pytest.raises(KeyboardInterrupt):
            client.get("/status/ping")
    assert [outcome.error_message for outcome in log.outcomes] == ["interrupted"]
