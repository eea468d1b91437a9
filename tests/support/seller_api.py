"""What the tests of the connection share: clocks, a log that listens, a signed client, and a server of raw bytes."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from hypothesis import HealthCheck, settings

from kaufland_cli.clock import Clock
from kaufland_cli.http.rate_limit import RateLimit
from kaufland_cli.http.request_record import Attempt, Outcome
from kaufland_cli.http.retry import RetryBudget
from kaufland_cli.secrets import SecretKey
from kaufland_cli.seller_api.client import SellerClient
from kaufland_cli.seller_api.signer import Credentials, Signer
from kaufland_cli.simulator import DEMO_CLIENT_KEY, DEMO_SECRET_KEY

STEADY = settings(suppress_health_check=[HealthCheck.too_slow])
"""For properties: a busy machine is no reason to fail."""


@dataclass
class ListeningLog:
    """Remembers what it gets, in order."""

    told: list[str] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    def started(self, attempt: Attempt) -> int | None:
        """Note an attempt."""
        self.attempts.append(attempt)
        self.told.append("started")
        return len(self.attempts)

    def finished(self, entry: int | None, attempt: Attempt, outcome: Outcome) -> None:
        """Note its end, which has to be that of the latest attempt."""
        assert entry == len(self.attempts)
        assert attempt is self.attempts[-1]
        self.outcomes.append(outcome)
        self.told.append("finished")


def signer(clock: Clock, client_key: str = DEMO_CLIENT_KEY, secret: str = DEMO_SECRET_KEY, **more: Any) -> Signer:
    """Return a signer that takes the time from the clock."""
    return Signer(Credentials(client_key, SecretKey(secret)), lambda: clock.now().timestamp(), **more)


def open_client(url: str, clock: Clock, **options: Any) -> SellerClient:
    """Open a client with the demo's keys, without a rate limit that could be felt."""
    chosen: dict[str, Any] = {
        "url": url,
        "signer": signer(clock),
        "user_agent": "test/1",
        "timeout_seconds": 5.0,
        "limit": RateLimit(1e9, clock),
        "budget": RetryBudget(),
        "clock": clock,
        "random": lambda: 0.5,
        "use_proxy": False,
        "verify": False,  # loading certificates takes time, and without TLS there is nothing to verify
    }
    return SellerClient(**(chosen | options))


Respond = Callable[[socket.socket, bytes], None]


@contextmanager
def raw_server(respond: Respond, tls: ssl.SSLContext | None = None) -> Iterator[SimpleNamespace]:
    """Listen on loopback; `respond` gets each connection with the head of its request. Yields `url` and `heads`."""
    listener = socket.create_server(("127.0.0.1", 0))
    heads: list[bytes] = []
    connections: list[socket.socket] = []
    threads: list[threading.Thread] = []
    stopping = threading.Event()

    def serve(plain: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the client hangs up on purpose
            connection = plain if tls is None else tls.wrap_socket(plain, server_side=True)
            connections.append(connection)
            with connection:
                head = b""
                while b"\r\n\r\n" not in head and (block := connection.recv(65_536)):
                    head += block
                if head:
                    heads.append(head)
                    respond(connection, head)

    def accept() -> None:
        while not stopping.is_set():
            plain, _ = listener.accept()
            connections.append(plain)
            threads.append(threading.Thread(target=serve, args=(plain,), daemon=True))
            threads[-1].start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    port = listener.getsockname()[1]
    scheme = "http" if tls is None else "https"
    try:
        yield SimpleNamespace(url=f"{scheme}://127.0.0.1:{port}/v2", port=port, heads=heads)
    finally:
        stopping.set()
        with socket.create_connection(("127.0.0.1", port), timeout=5):  # wakes the accepting thread
            accepting.join(5)
        listener.close()
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(5)
        for connection in connections:
            connection.close()


def whole_answer(body: bytes = b'{"data": {"message": "here"}}', *headers: bytes, status: bytes = b"200 OK") -> bytes:
    """Return an answer as it goes over the wire; without a `Date`, unless one is among the headers."""
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), b"Connection: close", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
