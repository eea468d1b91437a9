"""Requests data from the Seller API, checks that responses have the API's form, and sends what changes something.

Requests go through `http/sending.py`. Errors come from `api_errors.py`; `endpoints.py` reads the data.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from kaufland_cli.clock import Clock
from kaufland_cli.domain.hint import command
from kaufland_cli.errors import ActionDoubtful, RequestRefused, ResponseUnreadable
from kaufland_cli.http.connections import host_of
from kaufland_cli.http.http_dates import read_http_date
from kaufland_cli.http.rate_limit import RateLimit
from kaufland_cli.http.request_record import RequestLog
from kaufland_cli.http.retry import Fault, RetryBudget
from kaufland_cli.http.sending import Found, HttpRequest, Sender, TransportFailure
from kaufland_cli.seller_api.api_errors import doubtful_failure, fault_of_response, fault_of_written, given_up
from kaufland_cli.seller_api.json_reader import read_json
from kaufland_cli.seller_api.signer import Signer


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """A successful response of the Seller API."""

    data: Any
    pagination: dict[str, Any]
    server_time: datetime | None
    """The `Date` header, UTC."""
    request_seq: int
    """The number of the request in this run, in the order of sending."""
    seconds: float
    """From sending to the last byte."""


@dataclass(frozen=True, slots=True)
class Written:
    """Kaufland has carried out a request."""

    status_code: int
    data: Any
    """What the response has; None if it is empty, as most are."""


class SellerClient:
    """One connection pool to one API host, for any number of threads.

    Raises SettingsError if the URL, a proxy or certificates cannot be used.
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
        on_response: Callable[[float], None] = lambda _seconds: None,
        verify: Any = True,
        use_proxy: bool = True,
    ) -> None:
        self._url = url
        self.host = host_of(url)
        """The name of the API's host, for messages."""
        self._budget = budget
        self._clock = clock
        self._on_response = on_response
        self._sender = Sender(
            headers={"User-Agent": user_agent},
            timeout_seconds=timeout_seconds,
            clock=clock,
            random=random,
            check=command("test-connection"),
            sign=signer,
            log=log,
            limit=limit,
            verify=verify,
            use_proxy=use_proxy,
        )
        self.server_time: datetime | None = None
        """The time in the latest response, of any status; UTC."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._sender.close()

    @property
    def requests(self) -> int:
        """How many attempts were sent."""
        return self._sender.requests

    def hold(self, seconds: float) -> None:
        """Let all further requests wait this long."""
        self._sender.limit.hold(seconds)

    def get(
        self,
        endpoint: str,
        query: Iterable[tuple[str, str]] = (),
        *,
        budget: RetryBudget | None = None,
        decode: Callable[[bytes], Any] = read_json,
        **parts: str,
    ) -> ApiResponse:
        """Request `endpoint` (with `{names}` filled from `parts`) and return the response.

        `decode` reads the body; it raises ValueError if that is not JSON.

        Raises a `KauflandError` for everything that can go wrong, after retries where they may help. An id that would
        lead to another address (`..`) is refused like an unknown one, and nothing is sent.
        """
        path = endpoint.format(**{name: _segment(value) for name, value in parts.items()})
        pairs = [f"{_encoded(name)}={_encoded(value)}" for name, value in query]
        url = self._url + path + ("?" + "&".join(pairs) if pairs else "")
        request = HttpRequest("GET", url, path)
        found = self._sender.send_with_retry(lambda: request, partial(self._read, decode), budget or self._budget)
        if isinstance(found, Fault):
            raise given_up(found, self._clock.now())
        return found

    def write(self, method: str, endpoint: str, body: bytes, **parts: str) -> Written:
        """Send a request that changes something, once and never again.

        Raises `ActionDoubtful` if it may have been carried out. Any other `KauflandError` says that it was not:
        `RequestRefused` if Kaufland would refuse it again, the others if it can be sent again later.
        """
        path = endpoint.format(**{name: _segment(value) for name, value in parts.items()})
        headers = {"Content-Type": "application/json"} if body else {}
        request = HttpRequest(method, self._url + path, path, headers, body)
        found = self._sender.send_with_retry(lambda: request, self._read_written, self._budget)
        if isinstance(found, Fault):
            raise given_up(found, self._clock.now())
        return found

    def _read_written(self, found: Found) -> Written | Fault:
        if isinstance(found, TransportFailure):
            return doubtful_failure(found) if found.maybe_done else found.fault
        self.server_time = read_http_date(found.headers.get("date"))
        if not found.success:
            return fault_of_written(found, self._clock.now())
        if found.is_page:
            said = f"{self.host} answered with a web page (HTTP {found.status})."
            return Fault(ActionDoubtful(said, status_code=None, answered=False), again=False)
        self._on_response(found.seconds)
        read: object = None
        with suppress(ValueError):
            read = read_json(found.body) if found.body.strip() else None
        return Written(found.status, read.get("data") if isinstance(read, dict) else None)

    def _read(self, decode: Callable[[bytes], Any], found: Found) -> ApiResponse | Fault:
        """Return the response, or what is wrong with it."""
        if isinstance(found, TransportFailure):
            return found.fault
        self.server_time = server_time = read_http_date(found.headers.get("date"))
        if not found.success:
            return fault_of_response(found, self._clock.now())
        try:
            read = decode(found.body)
        except ValueError:
            kind = "a web page" if found.is_page else "no readable JSON" if found.body.strip() else "nothing"
            return Fault(
                ResponseUnreadable(f"{self.host} answered with {kind} instead of data (HTTP {found.status})."),
                again=True,
            )
        if not isinstance(read, dict) or read.get("data") is None:
            return Fault(ResponseUnreadable(f"The response from {self.host} contains no data."), again=True)
        pagination = read.get("pagination")
        self._on_response(found.seconds)
        return ApiResponse(
            data=read["data"],
            pagination=pagination if isinstance(pagination, dict) else {},
            server_time=server_time,
            request_seq=found.request_seq,
            seconds=found.seconds,
        )


def _segment(text: str) -> str:
    """Return an id as one part of a path.

    Dots alone are path steps even if encoded (RFC 3986, 5.2.4; WHATWG's URL standard), so the signed address would
    differ from the requested one.
    """
    if text.strip(". ") == "":
        shown = text or "nothing"
        raise RequestRefused(f"There is no {shown!r} at Kaufland: no id looks like that.", status_code=404)
    return _encoded(text)


def _encoded(text: str) -> str:
    """Percent-encode everything that is not a plain letter, digit or one of `-._~`."""
    return quote(text, safe="", errors="replace")
