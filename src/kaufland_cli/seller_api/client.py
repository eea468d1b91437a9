"""Sends requests to the Seller API and gives back answers that can be trusted to be answers.

Everything has a time limit and a size limit. Only GETs are sent, and only they are tried again; each attempt waits
for the limiter, is signed again and is recorded by itself.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from kaufland_cli.clock import Clock
from kaufland_cli.errors import AnswerUnreadable, KauflandBusy, RequestRefused
from kaufland_cli.http.connections import Connections
from kaufland_cli.http.http_dates import read_http_date
from kaufland_cli.http.rate_limit import RateLimit
from kaufland_cli.http.request_record import Attempt, NoRequestLog, Outcome, RequestLog, recorded_headers
from kaufland_cli.http.retry import RetryBudget
from kaufland_cli.http.transport_errors import WIRE_ERRORS, Fault, fault_of_exception
from kaufland_cli.seller_api.api_errors import fault_of_answer, given_up
from kaufland_cli.seller_api.signer import Signer
from kaufland_cli.seller_api.texts import read_json

# No connection that was opened is closed while a run goes on, however many requests are under way.
CONNECTIONS = httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=30.0)


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """A readable answer of the Seller API."""

    data: Any
    pagination: dict[str, Any]
    server_time: datetime | None
    """The `Date` header, UTC."""
    request_seq: int
    """The number of the request in this run, counted when it was sent: later answers were asked for later."""
    seconds: float
    """From sending to the last byte."""


class Client:
    """One connection pool to one API host, for any number of threads.

    Raises SettingsError where URL, proxy or certificates cannot be used.
    """

    def __init__(
        self,
        *,
        url: str,
        signer: Signer,
        user_agent: str,
        timeout_seconds: float,
        limit: RateLimit,
        budget: RetryBudget,
        clock: Clock,
        random: Callable[[], float],
        log: RequestLog | None = None,
        on_answer: Callable[[float], None] = lambda _seconds: None,
        verify: Any = True,
        use_proxy: bool = True,
    ) -> None:
        self._url = url
        try:
            self.host = httpx.URL(url).host
        except httpx.InvalidURL as error:
            raise fault_of_exception(error, url).error from error
        """The name of the API's host, for messages."""
        self._limit = limit
        self._budget = budget
        self._clock = clock
        self._random = random
        self._log = log or NoRequestLog()
        self._on_answer = on_answer
        self._connections = Connections(
            headers={"User-Agent": user_agent},
            timeout_seconds=timeout_seconds,
            limits=CONNECTIONS,
            monotonic=clock.monotonic,
            check="kaufland test-connection",
            auth=signer,
            verify=verify,
            use_proxy=use_proxy,
        )
        self.server_time: datetime | None = None
        """The time that the latest answer told, whatever else it said; UTC."""
        self.requests = 0
        """How many attempts were sent."""
        self._counting = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._connections.close()

    def get(
        self, endpoint: str, query: Iterable[tuple[str, str]] = (), *, budget: RetryBudget | None = None, **parts: str
    ) -> ApiResponse:
        """Ask for `endpoint` (with `{names}` filled from `parts`) and return the answer.

        Raises a `KauflandError` for everything that can go wrong, after trying again where that may help. An id that
        would lead to another address (`..`) is refused like one that Kaufland does not know; nothing is sent.
        """
        budget = budget or self._budget
        path = endpoint.format(**{name: _segment(value) for name, value in parts.items()})
        pairs = [f"{_encoded(name)}={_encoded(value)}" for name, value in query]
        url = self._url + path + ("?" + "&".join(pairs) if pairs else "")
        attempt = 1
        while True:
            self._limit.wait()
            found = self._attempt(path, url, attempt)
            if isinstance(found, ApiResponse):
                return found
            wait = budget.wait_after(attempt, found.retry_after, self._random) if found.again else None
            if wait is None:
                raise given_up(found, self._clock.now())
            if isinstance(found.error, KauflandBusy):
                self._limit.hold(wait)  # whatever else is about to be sent would be refused as well
            self._clock.sleep(wait)
            attempt += 1

    def _attempt(self, endpoint: str, url: str, number: int) -> ApiResponse | Fault:
        """Send once; record it before and after, whatever happens in between."""
        try:
            request = self._connections.http.build_request("GET", url)
        except httpx.InvalidURL as error:
            return fault_of_exception(error, self.host)
        with self._counting:
            self.requests += 1
            request_seq = self.requests
        attempt = Attempt(
            at=self._clock.now(),
            method="GET",
            endpoint=endpoint,
            url=url,
            headers=recorded_headers(request.headers),
            number=number,
        )
        entry = self._log.started(attempt)
        started = self._clock.monotonic()
        response: httpx.Response | None = None
        body = b""
        error_message: str | None = "interrupted"
        try:
            try:
                response, body = self._connections.exchange(request, self.host)
            except WIRE_ERRORS as error:
                fault = fault_of_exception(error, self.host)
                error_message = fault.error.message
                return fault
            except AnswerUnreadable as error:
                error_message = error.message
                return Fault(error, again=False)
            found = self._read(response, body, request_seq, self._clock.monotonic() - started)
            error_message = found.error.message if isinstance(found, Fault) else None
            return found
        finally:
            outcome = Outcome(
                duration_ms=round((self._clock.monotonic() - started) * 1000),
                status_code=None if response is None else response.status_code,
                headers=None if response is None else recorded_headers(response.headers),
                body=body,
                error_message=error_message,
            )
            self._log.finished(entry, attempt, outcome)

    def _read(self, response: httpx.Response, body: bytes, request_seq: int, seconds: float) -> ApiResponse | Fault:
        """Make an answer of it, or say what is wrong with it."""
        self.server_time = server_time = read_http_date(response.headers.get("date"))
        fault = fault_of_answer(response.status_code, response.headers, body, host=self.host, now=self._clock.now())
        if fault is not None:
            return fault
        try:
            found = read_json(body)
        except ValueError:
            kind = "a web page" if body.lstrip()[:1] == b"<" else "nothing" if not body.strip() else "no readable JSON"
            return Fault(
                AnswerUnreadable(f"{self.host} answered with {kind} in place of data (HTTP {response.status_code})."),
                again=True,
            )
        if not isinstance(found, dict) or found.get("data") is None:
            return Fault(AnswerUnreadable(f"The answer of {self.host} holds no data."), again=True)
        pagination = found.get("pagination")
        self._on_answer(seconds)
        return ApiResponse(
            data=found["data"],
            pagination=pagination if isinstance(pagination, dict) else {},
            server_time=server_time,
            request_seq=request_seq,
            seconds=seconds,
        )


def _segment(text: str) -> str:
    """Return an id as one part of a path.

    Dots alone are steps in a path even when they are encoded (RFC 3986, 5.2.4; the URL standard of WHATWG): the
    address that is signed would not be the one that is asked.
    """
    if text.strip(". ") == "":
        shown = text or "nothing"
        raise RequestRefused(f"There is no {shown!r} at Kaufland: no id is written so.", status_code=404)
    return _encoded(text)


def _encoded(text: str) -> str:
    """Percent-encode everything that is not a plain letter, digit or one of `-._~`."""
    return quote(text, safe="", errors="replace")
