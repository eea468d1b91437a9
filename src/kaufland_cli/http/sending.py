"""Sends a request, and once more where that may help: the one way to every API on HTTP.

A client of an API hands in what to send (`HttpRequest`) and what an answer means (`Read`); what comes back is what
that made of it. In between lie, for each attempt anew: signing, the limiter, the record of the attempt, the bounds on
time and size, and the decision whether there is another one (docs/decisions/0002-retries-of-our-own.md).
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
from kaufland_cli.errors import AnswerUnreadable, KauflandError
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
"""Requests a second: more than can be sent."""
MAX_HOLD_SECONDS = 60.0
"""After a write that came too early the next request waits as long as was asked for, unless that is another day."""
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What is sent, but for what every request of an API has."""

    method: str
    url: str
    endpoint: str
    """The path below the base URL, for example `/orders/M845EA5`."""
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    repeatable: bool = False
    """Whether it changes nothing although it is no GET, and so may be sent again."""
    record_bodies: bool = True

    @property
    def host(self) -> str:
        """The name of the server, for messages."""
        return urlsplit(self.url).hostname or self.url


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A whole answer, whatever it says."""

    host: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float = 0.0
    """From sending to the last byte."""
    request_seq: int = 0
    """The number of the request, counted when it was sent: later answers were asked for later."""

    @property
    def success(self) -> bool:
        """Tell whether the status says so."""
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP's own ranges

    @property
    def may_pass(self) -> bool:
        """Tell whether the same request may be answered later: the server was busy, failed or gave up waiting."""
        return self.status in {408, 425, TOO_MANY} or self.status >= 500  # noqa: PLR2004 - HTTP's own numbers

    def fault(self, error: KauflandError, wait: float | None, *, may_pass: bool = False) -> Fault:
        """Return what is wrong with it; `wait` is what it asks for in seconds, `may_pass` what its body says of it."""
        if not (may_pass or self.may_pass):
            return Fault(error, again=False)
        return Fault(error, again=True, retry_after=wait, hold_all=wait is not None or self.status == TOO_MANY)

    @property
    def is_page(self) -> bool:
        """Tell whether it is a web page: no API's own answer."""
        return self.body.lstrip()[:1] == b"<"


@dataclass(frozen=True, slots=True)
class TransportFailure:
    """No whole answer came."""

    host: str
    fault: Fault
    kind: str
    """The name of what broke, where its words are not to be shown."""
    maybe_done: bool
    """Whether the server may have done what was asked."""


Found = HttpResponse | TransportFailure
Read = Callable[[Found], Result | Fault]
"""Makes a value of what came, or says what is wrong with it and whether another attempt may help."""


class Sender:
    """One pool of connections to one API, for any number of threads.

    Raises SettingsError where proxy or certificates cannot be used.
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
        """`check` is the command that shows whether a fixed environment works; `random` spreads the waits.

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
        """Send what `build` makes for each attempt, and return what `read` makes of what came last.

        Only a GET, or what is as harmless, is tried again. What was refused for its signature was not done, so
        anything is sent once more that is signed anew.
        """
        number, signed_anew = 1, False
        while True:
            request = build()
            found = self._attempt(request, number, read)
            if not isinstance(found, Fault):
                return found
            if found.signed_anew and not signed_anew:
                signed_anew = True
            elif not self._wait(request, found, number, budget):
                return found
            number += 1

    def _wait(self, request: HttpRequest, fault: Fault, number: int, budget: RetryBudget) -> bool:
        """Wait for the next attempt; tell whether there is one."""
        repeatable = request.repeatable or request.method == "GET"
        wait = budget.wait_after(number, fault.retry_after, self._random) if fault.again and repeatable else None
        if fault.hold_all and wait is not None:
            self.limit.hold(wait)  # whatever else is about to be sent would be refused as well
        elif fault.hold_all and not repeatable:
            self.limit.hold(min(fault.retry_after or 0.0, MAX_HOLD_SECONDS))
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
        """Send once; record it before and after, whatever happens in between."""
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
        except AnswerUnreadable as error:
            return TransportFailure(host, Fault(error, again=False), type(error).__name__, maybe_done=True)
        seconds = self._clock.monotonic() - started
        return HttpResponse(host, response.status_code, response.headers, body, seconds, request_seq)


def _message(result: object, found: Found) -> str | None:
    """Return what the record says of an attempt that did not succeed."""
    if isinstance(result, Fault):
        return result.error.message
    return None if isinstance(found, TransportFailure) or found.success else f"HTTP {found.status}"


def _show(request: HttpRequest, number: int, found: Found | None, outcome: Outcome) -> None:
    """Say for `--debug` what came: no query, no id, no word of the answer's."""
    if not _logger.isEnabledFor(logging.DEBUG):
        return
    came = found.kind if isinstance(found, TransportFailure) else outcome.status_code or "interrupted"
    where = path_template(request.endpoint)
    _logger.debug("%s /%s: %s in %d ms, attempt %d", request.method, where, came, outcome.duration_ms, number)
