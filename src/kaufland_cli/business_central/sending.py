"""Sends one request once, within bounds of time, size and number, and records it."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from kaufland_cli.business_central.bc_errors import ErrorBody, HttpResponse
from kaufland_cli.business_central.connection import Connection
from kaufland_cli.clock import Clock
from kaufland_cli.errors import AnswerUnreadable
from kaufland_cli.http.connections import Connections
from kaufland_cli.http.rate_limit import RateLimit
from kaufland_cli.http.request_record import Attempt, NoRequestLog, Outcome, RequestLog, recorded_headers
from kaufland_cli.http.transport_errors import WIRE_ERRORS, Fault, fault_of_exception

AT_ONCE = 5
"""Business Central works on five requests of a user at once and lets the others wait."""
# Of older environments the strictest for production: 600 a minute; today's allow twice as many.
REQUESTS_PER_SECOND = 10.0
WITHOUT_LIMIT = 1e9
# What fails before a request is on its way. Anything else may have failed after the server had done its work.
NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    UnicodeError,
)


@dataclass(frozen=True, slots=True)
class TransportFailure:
    """No whole answer came."""

    fault: Fault
    maybe_done: bool
    """Whether the server may have done what was asked."""


class Sender:
    """One pool of connections, for any number of threads.

    Raises SettingsError where proxy or certificates cannot be used.
    """

    def __init__(self, connection: Connection, clock: Clock, log: RequestLog | None) -> None:
        self._clock = clock
        self._log = log or NoRequestLog()
        self._slots = threading.BoundedSemaphore(AT_ONCE)
        self.limit = RateLimit(WITHOUT_LIMIT if connection.on_this_machine else REQUESTS_PER_SECOND, clock)
        addresses = [connection.api_url, *([connection.token_url] if connection.authentication == "oauth" else [])]
        self._connections = Connections(
            headers={"Accept-Language": "en-US", "User-Agent": connection.user_agent},  # the language of the messages
            timeout_seconds=connection.timeout_seconds,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=AT_ONCE, keepalive_expiry=30.0),
            monotonic=clock.monotonic,
            check="kaufland sales-orders check",
            verify=any(address.startswith("https:") for address in addresses),
            use_proxy=not connection.on_this_machine,
        )

    def close(self) -> None:
        """Close all connections."""
        self._connections.close()

    def send(
        self,
        method: str,
        url: str,
        *,
        endpoint: str,
        headers: Mapping[str, str],
        content: bytes = b"",
        number: int = 1,
        record_bodies: bool = True,
    ) -> HttpResponse | TransportFailure:
        """Send the request once and return what came of it; `number` counts the attempts at it from 1."""
        host = urlsplit(url).hostname or url
        try:
            request = self._connections.http.build_request(method, url, headers=dict(headers), content=content or None)
        except WIRE_ERRORS as error:
            return TransportFailure(fault_of_exception(error, host), maybe_done=False)
        with self._slots:
            self.limit.wait()
            attempt = Attempt(
                at=self._clock.now(),
                method=method,
                endpoint=endpoint,
                url=url,
                headers=recorded_headers(request.headers),
                number=number,
                body=content if record_bodies else b"",
            )
            return self._recorded(request, attempt, host, record_bodies=record_bodies)

    def _recorded(
        self, request: httpx.Request, attempt: Attempt, host: str, *, record_bodies: bool
    ) -> HttpResponse | TransportFailure:
        """Record the attempt before it is sent and after, whatever happens in between."""
        entry = self._log.started(attempt)
        started = self._clock.monotonic()
        found: HttpResponse | TransportFailure | None = None
        try:
            found = self._exchange(request, host)
            return found
        finally:
            received = found if isinstance(found, HttpResponse) else None
            message = "interrupted" if found is None else None
            if isinstance(found, TransportFailure):
                message = found.fault.error.message
            elif received is not None and not received.success:
                message = f"HTTP {received.status}{ErrorBody.read(received.body).sentence()}"
            outcome = Outcome(
                duration_ms=round((self._clock.monotonic() - started) * 1000),
                status_code=None if received is None else received.status,
                headers=None if received is None else recorded_headers(received.headers),
                body=received.body if received is not None and record_bodies else b"",
                error_message=message,
            )
            self._log.finished(entry, attempt, outcome)

    def _exchange(self, request: httpx.Request, host: str) -> HttpResponse | TransportFailure:
        try:
            response, body = self._connections.exchange(request, host)
            return HttpResponse(host, response.status_code, response.headers, body)
        except WIRE_ERRORS as error:
            return TransportFailure(fault_of_exception(error, host), maybe_done=not isinstance(error, NEVER_SENT))
        except AnswerUnreadable as error:
            return TransportFailure(Fault(error, again=False), maybe_done=True)
