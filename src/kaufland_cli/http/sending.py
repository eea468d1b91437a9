"""Sends requests and retries them: the only way to any HTTP API (docs/decisions/0002-retries-of-our-own.md).

The client of an API passes what to send (`HttpRequest`) and a reader of responses (`Read`), and gets what the reader
returns. Each attempt is signed, rate-limited, recorded, and limited in time and size.
"""

import contextlib
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

from kaufland_cli.clock import Clock
from kaufland_cli.domain.hint import Hint
from kaufland_cli.errors import KauflandError, ResponseUnreadable
from kaufland_cli.http.connections import Connections, Sign
from kaufland_cli.http.library import httpx
from kaufland_cli.http.path_template import path_template
from kaufland_cli.http.rate_limit import RateLimit
from kaufland_cli.http.request_record import Attempt, NoRequestLog, Outcome, RequestLog, recorded_headers
from kaufland_cli.http.retry import Fault, RetryBudget
from kaufland_cli.http.transport_errors import NEVER_SENT, WIRE_ERRORS, fault_of_exception

Result = TypeVar("Result")
TOO_MANY = 429
"""HTTP's number for too many requests."""
WITHOUT_LIMIT = 1e9
"""Requests per second; more than can ever be sent."""
MAX_HOLD_SECONDS = 60.0
"""Other requests wait at most this long if the server asked to wait and the request is not repeated."""
SHORT_HOLD_SECONDS = 1.0
"""The same if the server did not say for how long."""
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request without the headers that all requests of an API share."""

    method: str
    url: str
    endpoint: str
    """The path below the base URL, for example `/orders/M845EA5`."""
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    repeatable: bool = False
    """Whether it may be sent again although it is not a GET, because it changes nothing."""
    record_bodies: bool = True

    @property
    def host(self) -> str:
        """The name of the server, for messages."""
        return urlsplit(self.url).hostname or self.url


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A complete response of any status."""

    host: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float = 0.0
    """From sending to the last byte."""
    request_seq: int = 0
    """The number of the request, in the order of sending."""

    @property
    def success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP's own ranges

    @property
    def may_pass(self) -> bool:
        """Whether the same request may succeed later: the server was busy, failed or gave up waiting."""
        return self.status in {408, 425, TOO_MANY} or self.status >= 500  # noqa: PLR2004 - HTTP's own numbers

    def fault(self, error: KauflandError, wait: float | None, *, may_pass: bool = False) -> Fault:
        """Return the fault with this error; `wait` is in seconds, `may_pass` is what the body says."""
        if not (may_pass or self.may_pass):
            return Fault(error, again=False)
        return Fault(error, again=True, retry_after=wait, hold_all=wait is not None or self.status == TOO_MANY)

    @property
    def is_page(self) -> bool:
        """Whether it is a web page, which no API sends."""
        return self.body.lstrip()[:1] == b"<"


@dataclass(frozen=True, slots=True)
class TransportFailure:
    """No complete response arrived."""

    host: str
    fault: Fault
    kind: str
    """The class of the exception; its text may hold secrets and is not shown."""
    maybe_done: bool
    """Whether the server may have carried out the request."""


Found = HttpResponse | TransportFailure
Read = Callable[[Found], Result | Fault]
"""Turns the response, or the failure, into a value, or into a fault that says whether another attempt may help."""


class Sender:
    """One pool of connections to one API, for any number of threads.

    Raises SettingsError if a proxy or certificates cannot be used.
    """

    def __init__(
        self,
        *,
        headers: Mapping[str, str],
        timeout_seconds: float,
        clock: Clock,
        random: Callable[[], float],
        check: Hint,
        sign: Sign | None = None,
        log: RequestLog | None = None,
        limit: RateLimit | None = None,
        max_in_flight: int | None = None,
        verify: Any = True,
        use_proxy: bool = True,
        whole_seconds: float | None = None,
    ) -> None:
        """`check` is the command that shows whether a corrected environment works; `random` spreads the waits.

        `max_in_flight` is how many requests the server works on at once; `whole_seconds` bounds one exchange.
        """
        self._clock = clock
        self._random = random
        self._log = log or NoRequestLog()
        self.limit = limit or RateLimit(WITHOUT_LIMIT, clock)
        self._slots = threading.BoundedSemaphore(max_in_flight) if max_in_flight else contextlib.nullcontext()
        self._connections = Connections(
            headers=headers,
            timeout_seconds=timeout_seconds,
            max_idle=max_in_flight,
            monotonic=clock.monotonic,
            check=check,
            sign=sign,
            verify=verify,
            use_proxy=use_proxy,
            whole_seconds=whole_seconds,
        )
        self.requests = 0
        """How many attempts were sent."""
        self._counting = threading.Lock()

    def close(self) -> None:
        """Close all connections."""
        self._connections.close()

    def send_with_retry(
        self, build: Callable[[], HttpRequest], read: Read[Result], budget: RetryBudget
    ) -> Result | Fault:
        """Send the request that `build` makes for each attempt; return what `read` makes of the last response.

        Only a GET, or a request marked as repeatable, is retried. A request refused for its signature was not carried
        out, so any request is then sent once more with a new signature.
        """
        number, sign_again = 1, False
        while True:
            request = build()
            found = self._attempt(request, number, read)
            if not isinstance(found, Fault):
                return found
            if found.sign_again and not sign_again:
                sign_again = True
            elif not self._wait(request, found, number, budget):
                return found
            number += 1

    def _wait(self, request: HttpRequest, fault: Fault, number: int, budget: RetryBudget) -> bool:
        """Wait before the next attempt; return whether there is one."""
        repeatable = request.repeatable or request.method == "GET"
        wait = budget.wait_after(number, fault.retry_after, self._random) if fault.again and repeatable else None
        if fault.hold_all and wait is not None:
            self.limit.hold(wait)  # other requests would be refused as well
        elif fault.hold_all and not repeatable:
            pause = SHORT_HOLD_SECONDS if fault.retry_after is None else fault.retry_after
            self.limit.hold(min(pause, MAX_HOLD_SECONDS))
        if wait is None:
            return False
        _logger.debug("%s /%s again in %.1f s", request.method, path_template(request.endpoint), wait)
        self._clock.sleep(wait)
        return True

    def _attempt(self, request: HttpRequest, number: int, read: Read[Result]) -> Result | Fault:
        try:
            built = self._connections.build(request.method, request.url, request.headers, request.content)
        except WIRE_ERRORS as error:
            fault = fault_of_exception(error, request.host)
            return read(TransportFailure(request.host, fault, type(error).__name__, maybe_done=False))
        with self._slots:
            self.limit.wait()
            return self._recorded(request, built, number, read)

    def _recorded(self, request: HttpRequest, built: httpx.Request, number: int, read: Read[Result]) -> Result | Fault:
        """Send once; record the attempt before and after, whatever happens in between."""
        with self._counting:
            self.requests += 1
            request_seq = self.requests
        attempt = Attempt(
            at=self._clock.now(),
            method=request.method,
            endpoint=request.endpoint,
            url=request.url,
            headers=recorded_headers(built.headers),
            number=number,
            body=request.content if request.record_bodies else b"",
        )
        entry = self._log.started(attempt)
        started = self._clock.monotonic()
        found: Found | None = None
        message: str | None = "interrupted"
        try:
            found = self._exchange(built, request.host, started, request_seq)
            result = read(found)
            message = _message(result, found)
            return result
        finally:
            received = found if isinstance(found, HttpResponse) else None
            outcome = Outcome(
                duration_ms=round((self._clock.monotonic() - started) * 1000),
                status_code=None if received is None else received.status,
                headers=None if received is None else recorded_headers(received.headers),
                body=received.body if received is not None and request.record_bodies else b"",
                error_message=message,
            )
            self._log.finished(entry, attempt, outcome)
            _show(request, number, found, outcome)

    def _exchange(self, built: httpx.Request, host: str, started: float, request_seq: int) -> Found:
        try:
            response, body = self._connections.exchange(built, host)
        except WIRE_ERRORS as error:
            fault = fault_of_exception(error, host)
            return TransportFailure(host, fault, type(error).__name__, maybe_done=not isinstance(error, NEVER_SENT))
        except ResponseUnreadable as error:
            return TransportFailure(host, Fault(error, again=False), type(error).__name__, maybe_done=True)
        seconds = self._clock.monotonic() - started
        return HttpResponse(host, response.status_code, response.headers, body, seconds, request_seq)


def _message(result: object, found: Found) -> str | None:
    """Return the error for the request log; None if the attempt succeeded."""
    if isinstance(result, Fault):
        return result.error.message
    return None if isinstance(found, TransportFailure) or found.success else f"HTTP {found.status}"


def _show(request: HttpRequest, number: int, found: Found | None, outcome: Outcome) -> None:
    """Log the attempt for `--debug`, without query, ids or anything from the response."""
    if not _logger.isEnabledFor(logging.DEBUG):
        return
    came = found.kind if isinstance(found, TransportFailure) else outcome.status_code or "interrupted"
    where = path_template(request.endpoint)
    _logger.debug("%s /%s: %s in %d ms, attempt %d", request.method, where, came, outcome.duration_ms, number)
