"""What the tests of the API log share: attempts and how they end."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from kaufland_cli.http.request_record import Attempt, Outcome
from kaufland_cli.store.request_log import LogFilter, RequestLogWriter
from kaufland_cli.store.store import Store
from support.stores import NOW

HOST = "https://sellerapi.kaufland.com/v2"
DAY = timedelta(days=1)


def writer(store: Store, *, everything: bool = True, personal_data: bool = False) -> RequestLogWriter:
    """Return a log as the settings may want it."""
    return RequestLogWriter(store.database, everything=everything, personal_data=personal_data, run_id=4)


def attempt(
    path: str = "/order-units?limit=100",
    *,
    number: int = 1,
    at: datetime = NOW,
    method: str = "GET",
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
) -> Attempt:
    """Return an attempt that is about to be sent."""
    return Attempt(at, method, path, HOST + path, headers or {"accept": "application/json"}, number, body)


def good(body: bytes = b'{"data": []}') -> Outcome:
    """Return a usable answer."""
    return Outcome(81, 200, {"date": "x"}, body)


def failed(status: int | None = 503, body: bytes = b"<html>busy</html>") -> Outcome:
    """Return an attempt that failed."""
    return Outcome(30, status, {"retry-after": "5"}, body, "Kaufland is busy")


def record(log: RequestLogWriter, sent: Attempt, outcome: Outcome) -> int | None:
    """Let an attempt run its course."""
    entry = log.started(sent)
    log.finished(entry, sent, outcome)
    return entry


def entries(store: Store, **chosen: Any) -> list[int]:
    """Return the numbers of the entries that a filter finds."""
    return [entry.entry_no for entry in store.request_log.entries(LogFilter(**chosen))]


def body_of(store: Store, entry: int = 1) -> Any:
    """Return the recorded answer of an entry."""
    found = store.request_log.entry(entry)
    assert found is not None
    return found.response_body
