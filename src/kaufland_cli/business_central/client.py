"""Sends requests to Business Central: reads are retried where that may help, writes never are.

Requests and responses pass through `http/sending.py`; `bc_errors.py` turns failures into errors. Used by `company`.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import quote

from kaufland_cli.business_central.bc_errors import CHECK, fault_of_failure, fault_of_response
from kaufland_cli.business_central.connection import Connection
from kaufland_cli.business_central.token import Credential
from kaufland_cli.clock import Clock
from kaufland_cli.errors import TargetDoubtful, TargetUnavailable
from kaufland_cli.http.rate_limit import RateLimit
from kaufland_cli.http.request_record import RequestLog
from kaufland_cli.http.retry import Fault, RetryBudget
from kaufland_cli.http.sending import Found, HttpRequest, HttpResponse, Read, Sender, TransportFailure

Result = TypeVar("Result")
Query = Iterable[tuple[str, str]]
Json = dict[str, Any]
MAX_PAGES = 1000
MAX_ROWS = 200_000
UNAUTHORIZED, NOT_FOUND = 401, 404
MAX_IN_FLIGHT = 5
"""Business Central handles five requests per user at a time and queues the others (its operational limits)."""
# The strictest limit of older production environments is 600 a minute; today's allow twice as many.
REQUESTS_PER_SECOND = 10.0


class BusinessCentralClient:
    """The API at one address, signed in; safe to use from several threads.

    Raises `TargetUnavailable`, `TargetCredentialsRefused` or `SettingsError`; writing also raises `TargetRefused` if
    it was definitely not done and `TargetDoubtful` if it may have been.
    """

    def __init__(self, url: str, sender: Sender, credential: Credential, *, budget: RetryBudget, clock: Clock) -> None:
        self._url = url
        self._sender = sender
        self.credential = credential
        self._budget = budget
        self._clock = clock

    def get(self, path: str, query: Query = (), *, optional: bool = False) -> Json | None:
        """Return one object; None only if `optional` is set and nothing is at this path."""
        return self._read(path, self._url + path + _query(query), optional=optional)

    def rows(self, path: str, query: Query = (), *, optional: bool = False) -> list[Json] | None:
        """Return the rows of all pages of a list; None only if `optional` is set and there is no such list."""
        found: list[Json] = []
        page_before: list[Json] | None = None
        url = self._url + path + _query(query)
        for _ in range(MAX_PAGES):
            page = self._read(path, url, optional=optional)
            if page is None:
                return None
            rows = page.get("value")
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise TargetUnavailable(f"The response to {path} has no list.")
            if rows == page_before or len(found) + len(rows) > MAX_ROWS:
                break  # the same page forever
            found.extend(rows)
            page_before = rows
            url = page.get("@odata.nextLink") or ""
            if not url:
                return found
            if not isinstance(url, str) or not url.startswith(self._url + "/"):
                break  # the token must not go to another host
        raise TargetUnavailable(f"The pages of {path} lead to another address or never end.")

    def write(self, method: str, path: str, body: bytes, *, etag: str = "") -> Json:
        """Send a write once, never again, and return the record as written."""
        headers = {"Content-Type": "application/json"} | ({"If-Match": etag} if etag else {})
        request = HttpRequest(method, self._url + path, path, headers, body)

        def read(found: Found) -> Json | Fault:
            if isinstance(found, TransportFailure):
                return fault_of_failure(found, writing=True)
            if not found.success:
                return fault_of_response(found, writing=True, now=self._clock.now())
            try:
                return read_object(found.body)
            except ValueError:
                unreadable = f"The response of {found.host} to a write is unreadable (HTTP {found.status})."
                return Fault(TargetDoubtful(unreadable), again=False)

        return self._sent(request, read)

    def _read(self, path: str, url: str, *, optional: bool) -> Json | None:
        def read(found: Found) -> Json | Fault | None:
            if isinstance(found, TransportFailure):
                return fault_of_failure(found, writing=False)
            if optional and found.status == NOT_FOUND:
                return None
            if not found.success:
                return fault_of_response(found, writing=False, now=self._clock.now())
            try:
                return read_object(found.body)
            except ValueError:
                unreadable = f"The response of {found.host} to {path} is unreadable."
                return Fault(TargetUnavailable(unreadable), again=True)

        return self._sent(HttpRequest("GET", url, path), read)

    def _sent(self, request: HttpRequest, read: Read[Result]) -> Result:
        """Send it signed in; if the token is refused, once more with a new one, since nothing was done before."""
        authorization = ""

        def build() -> HttpRequest:
            nonlocal authorization
            authorization = self.credential.header()
            return replace(request, headers={**request.headers, "Authorization": authorization})

        def read_signed(found: Found) -> Result | Fault:
            result = read(found)
            refused = isinstance(found, HttpResponse) and found.status == UNAUTHORIZED
            if isinstance(result, Fault) and refused:
                return replace(result, sign_again=self.credential.renew(authorization))
            return result

        result = self._sender.send_with_retry(build, read_signed, self._budget)
        if isinstance(result, Fault):
            raise result.error
        return result


def open_sender(
    connection: Connection, *, clock: Clock, random: Callable[[], float], log: RequestLog | None = None
) -> Sender:
    """Open connections to Business Central and to its sign-in service.

    `random` returns numbers from 0 to 1 for the waits between retries. Raises SettingsError if the proxy or the
    certificates cannot be used.
    """
    addresses = [connection.api_url, *([connection.token_url] if connection.authentication == "oauth" else [])]
    return Sender(
        headers={"Accept-Language": "en-US", "User-Agent": connection.user_agent},  # the language of the messages
        timeout_seconds=connection.timeout_seconds,
        clock=clock,
        random=random,
        check=CHECK,
        log=log,
        limit=None if connection.on_this_machine else RateLimit(REQUESTS_PER_SECOND, clock),
        max_in_flight=MAX_IN_FLIGHT,
        verify=any(address.startswith("https:") for address in addresses),
        use_proxy=not connection.on_this_machine,
    )


def read_object(body: bytes) -> Json:
    """Read a JSON object with exact decimals; raises ValueError if it is not one.

    Unpaired surrogates, which UTF-8 cannot hold, are replaced.
    """
    try:
        found = _clean(json.loads(body, parse_float=Decimal, parse_constant=str))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("not an object")  # noqa: TRY004 - to the caller all unreadable responses are alike
    return found


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_clean(name): _clean(inner) for name, inner in value.items()}
    return [_clean(inner) for inner in value] if isinstance(value, list) else value


def _query(query: Query) -> str:
    pairs = [f"{name}={quote(value, safe=',', errors='replace')}" for name, value in query]
    return "?" + "&".join(pairs) if pairs else ""


def key(value: object) -> str:
    """Return an id in brackets, as it follows the name of a list in a path; escaped, so it cannot lead elsewhere."""
    return f"({quote(str(value), safe='-', errors='replace')})"
