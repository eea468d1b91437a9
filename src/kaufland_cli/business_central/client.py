"""Asks Business Central and gives back what it answers: reading is tried again where that may help, writing never."""

import json
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from kaufland_cli.business_central.bc_errors import HttpResponse, fault_of_answer, fault_of_break
from kaufland_cli.business_central.sending import Sender, TransportFailure
from kaufland_cli.business_central.token import Credential
from kaufland_cli.clock import Clock
from kaufland_cli.errors import TargetDoubtful, TargetUnavailable
from kaufland_cli.http.retry import RetryBudget
from kaufland_cli.http.transport_errors import Fault

Query = Iterable[tuple[str, str]]
Json = dict[str, Any]
MAX_PAGES = 1000
MAX_ROWS = 200_000
UNAUTHORIZED, NOT_FOUND = 401, 404
# Whatever is sent next waits as long as Business Central asked, unless that is for another day.
MAX_HOLD_SECONDS = 60.0


class Client:
    """The API at one address, signed in, for any number of threads.

    Raises `TargetUnavailable`, `TargetCredentialsRefused` or `SettingsError`; writing also `TargetRefused` where it
    was surely not done and `TargetDoubtful` where it may have been.
    """

    def __init__(
        self,
        url: str,
        sender: Sender,
        credential: Credential,
        *,
        budget: RetryBudget,
        clock: Clock,
        random: Callable[[], float],
    ) -> None:
        self._url = url
        self._sender = sender
        self.credential = credential
        self._budget = budget
        self._clock = clock
        self._random = random

    def get(self, path: str, query: Query = (), *, optional: bool = False) -> Json | None:
        """Return one object; None only where `optional` is set and there is nothing at this path."""
        return self._read(path, self._url + path + _query(query), optional=optional)

    def rows(self, path: str, query: Query = (), *, optional: bool = False) -> list[Json] | None:
        """Return the rows of a list over all its pages; None only where `optional` is set and there is no such list."""
        found: list[Json] = []
        page_before: list[Json] | None = None
        url = self._url + path + _query(query)
        for _ in range(MAX_PAGES):
            page = self._read(path, url, optional=optional)
            if page is None:
                return None
            rows = page.get("value")
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise TargetUnavailable(f"The answer to {path} holds no list.")
            if rows == page_before or len(found) + len(rows) > MAX_ROWS:
                break  # the same page again and again
            found.extend(rows)
            page_before = rows
            url = page.get("@odata.nextLink") or ""
            if not url:
                return found
            if not isinstance(url, str) or not url.startswith(self._url + "/"):
                break  # nobody else gets the token
        raise TargetUnavailable(f"The pages of {path} lead elsewhere or never end.")

    def write(self, method: str, path: str, body: bytes, *, etag: str = "") -> Json:
        """Send it once and return what was written."""
        headers = {"Content-Type": "application/json"} | ({"If-Match": etag} if etag else {})
        found = self._signed(method, path, self._url + path, headers, body)
        if isinstance(found, TransportFailure):
            raise fault_of_break(found.fault, writing=True, maybe_done=found.maybe_done).error
        if not found.success:
            fault = fault_of_answer(found, writing=True, now=self._clock.now())
            self._hold(fault)
            raise fault.error
        try:
            return read_object(found.body)
        except ValueError as error:
            raise TargetDoubtful(
                f"{found.host} answered a write with something unreadable (HTTP {found.status})."
            ) from error

    def _read(self, path: str, url: str, *, optional: bool) -> Json | None:
        attempt = 1
        while True:
            received = self._signed("GET", path, url, {}, b"", attempt)
            if isinstance(received, TransportFailure):
                fault = fault_of_break(received.fault, writing=False, maybe_done=received.maybe_done)
            elif received.success:
                try:
                    return read_object(received.body)
                except ValueError:
                    fault = Fault(
                        TargetUnavailable(f"The answer of {received.host} to {path} is unreadable."), again=True
                    )
            elif optional and received.status == NOT_FOUND:
                return None
            else:
                fault = fault_of_answer(received, writing=False, now=self._clock.now())
            wait = self._budget.wait_after(attempt, fault.retry_after, self._random) if fault.again else None
            if wait is None:
                raise fault.error
            self._hold(fault)
            self._clock.sleep(wait)
            attempt += 1

    def _signed(
        self, method: str, path: str, url: str, headers: dict[str, str], content: bytes, number: int = 1
    ) -> HttpResponse | TransportFailure:
        """Send it signed in; where that is refused, once more with a new token: nothing was done the first time."""
        authorization = self.credential.header()
        found = self._sent(method, path, url, headers, content, number, authorization)
        refused = isinstance(found, HttpResponse) and found.status == UNAUTHORIZED
        if refused and self.credential.renew(authorization):
            found = self._sent(method, path, url, headers, content, number + 1, self.credential.header())
        return found

    def _sent(
        self,
        method: str,
        path: str,
        url: str,
        headers: dict[str, str],
        content: bytes,
        number: int,
        authorization: str,
    ) -> HttpResponse | TransportFailure:
        return self._sender.send(
            method,
            url,
            endpoint=path,
            headers=headers | {"Authorization": authorization},
            content=content,
            number=number,
        )

    def _hold(self, fault: Fault) -> None:
        if fault.retry_after is not None:
            self._sender.limit.hold(min(fault.retry_after, MAX_HOLD_SECONDS))


def read_object(body: bytes) -> Json:
    """Read a JSON object with its decimals exact; raises ValueError where it is none.

    Half of a surrogate pair, which cannot be kept as UTF-8, is replaced.
    """
    try:
        found = _clean(json.loads(body, parse_float=Decimal, parse_constant=str))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("no object")  # noqa: TRY004 - to the caller it is one unreadable answer like another
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
    """Write an id as it stands in a path, in brackets behind the name of its list: nothing in it leads elsewhere."""
    return f"({quote(str(value), safe='-', errors='replace')})"
