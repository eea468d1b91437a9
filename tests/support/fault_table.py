"""What a server can do wrong, and what each of it has to come to: verdict, exit code, words, hint."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from kaufland_cli.simulator import faults
from kaufland_cli.simulator.exchange import Answer, Request
from kaufland_cli.simulator.faults import Fault, Proceed
from support.clocks import START

UNITS = 48
"""What the server holds: five pages of at most ten, also where each page begins with the last row of the one before."""
LAST_BEGINS = 35
ELSEWHERE = "/v2/elsewhere"
IN_AN_HOUR = f"{START + timedelta(hours=1):%Y-%m-%d %H:%M:%S} UTC"
AGAIN = "Try again later: kaufland test-connection"
REFUSAL = b'{"type": "/problems/refused", "message": "No kettle", "errors": []}'


def bomb(megabytes: int) -> bytes:
    """Return gzip that unpacks to this many megabytes; without its end, which nobody should reach."""
    packing = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    start = packing.compress(b'{"data": [') + packing.flush(zlib.Z_FULL_FLUSH)
    # After a full flush each block stands for itself and can be repeated.
    block = packing.compress(b" " * 1_000_000) + packing.flush(zlib.Z_FULL_FLUSH)
    return start + block * megabytes


@dataclass(frozen=True, slots=True)
class Row:
    """One misbehaviour and its end."""

    name: str
    fault: Fault
    code: int
    """The exit code where it lasts."""
    error: str
    """The stable name of the error; empty where the run comes to a verdict."""
    said: str
    """Part of the message."""
    hint: str = AGAIN
    """Part of the hint."""
    passing: bool = False
    """Met once, it is no more than a wait."""
    in_real_time: bool = False
    """Only real time shows what comes of it."""
    said_at_test: str = ""
    """Part of the message of the connection test, where that is another one."""
    hint_at_test: str = ""
    only_pages: bool = False
    """It can only be wrong with a list."""
    sampled: bool = True
    """It is tried in the short run of the tests too."""
    onwards: bool = False
    """It strikes from the page on at which it begins."""


def total_is(total: Any) -> Fault:
    """Answer truly, except for the `total`, which may be of any kind."""
    return faults.wrong_total(total)


def left_out(name: str) -> Fault:
    """Answer truly, without the total or without anything about pages."""

    def edit(content: Any) -> Any:
        if name == "pagination":
            return {key: value for key, value in content.items() if key != "pagination"}
        told = {key: value for key, value in content.get("pagination", {}).items() if key != "total"}
        return content | {"pagination": told}

    return faults.edited(edit)


def endless_without_total(request: Request, proceed: Proceed) -> Answer:
    """Give the first page again at each offset, without a word on how many there are."""
    answer = faults.endless_pages()(request, proceed)
    if not isinstance(answer.content, dict):
        return answer
    return replace(answer, content={key: value for key, value in answer.content.items() if key != "pagination"})


def _refused() -> Iterator[Row]:
    """Yield what the server refuses, so that asking again is of no use."""
    log, keys = "kaufland log show --failed", "kaufland setup"
    yield Row("400", faults.status(400, REFUSAL), 5, "request_refused", '(HTTP 400): "No kettle"', log)
    yield Row("401", faults.status(401, REFUSAL), 4, "credentials_refused", "refused the credentials (HTTP 401)", keys)
    yield Row(
        "403",
        faults.status(403, REFUSAL),
        4,
        "rights_missing",
        "is not allowed to do this (HTTP 403)",
        "rights of the API",
    )
    page = "A proxy or gateway in front of 127.0.0.1 refused the request (HTTP 403)"
    yield Row("403 with HTML", faults.html_page(403), 5, "response_unreadable", page)
    unknown = Row("404", faults.status(404), 5, "request_refused", "(HTTP 404)", log)
    url = "kaufland config get api.base_url"
    yield replace(unknown, said_at_test="does not know the Seller API", hint_at_test=url)
    away = "redirects the request (HTTP 302)"
    yield Row("redirect", faults.redirect(ELSEWHERE), 5, "response_unreadable", away, "api.base_url")


def _busy() -> Iterator[Row]:
    """Yield what the server has no time for."""
    busy = "too many requests from this seller account (HTTP 429)"
    yield Row("429", faults.too_many_requests(), 5, "kaufland_busy", busy, passing=True)
    yield Row("429 for 2 s", faults.too_many_requests(2), 5, "kaufland_busy", busy, "Try again after", passing=True)
    said = f"try again after {IN_AN_HOUR}"
    at = START + timedelta(hours=1)
    for name, fault in (
        ("429 for an hour", faults.too_many_requests(3600)),
        ("429 until in an hour", faults.too_many_requests(at)),
        ("503 for an hour", faults.status(503, headers={"Retry-After": "3600"})),
    ):
        yield Row(name, fault, 5, "kaufland_busy", said, f"Try again after {IN_AN_HOUR}: kaufland import-orders")


def _failing() -> Iterator[Row]:
    """Yield what the server or the way to it fails at, so that asking again may help."""

    def failing(name: str, fault: Fault, error: str, said: str) -> Row:
        return Row(name, fault, 5, error, said, passing=True)

    yield failing("408", faults.status(408), "timed_out", "gave up waiting for the request (HTTP 408)")
    yield failing("500", faults.status(500, REFUSAL), "kaufland_failing", '(HTTP 500): "No kettle"')
    yield failing("502 with HTML", faults.html_page(502), "kaufland_failing", "failed to answer (HTTP 502).")
    yield failing("503 empty", faults.status(503), "kaufland_failing", "failed to answer (HTTP 503).")
    packed = faults.status(503, b"not gzip", {"Content-Encoding": "gzip"})
    yield failing("503 garbled", packed, "kaufland_failing", "failed to answer (HTTP 503).")
    yield failing("504", faults.status(504), "kaufland_failing", "failed to answer (HTTP 504).")
    yield failing("200 with HTML", faults.html_page(), "response_unreadable", "a web page instead of data")
    yield failing("200 empty", faults.status(200), "response_unreadable", "nothing instead of data")
    yield failing("200 cut", faults.cut_body(), "response_unreadable", "cut off or garbled")
    yield failing("200 cut JSON", faults.not_json(), "response_unreadable", "no readable JSON instead of data")
    yield failing("200 without data", faults.null_data(), "response_unreadable", "contains no data")
    garbled = faults.status(200, b"not gzip", {"Content-Encoding": "gzip"})
    yield failing("200 garbled", garbled, "response_unreadable", "cut off or garbled")
    yield failing("reset", faults.reset_connection(), "connection_failed", "Could not connect to 127.0.0.1")
    late = "did not answer in time"
    yield replace(failing("hang", faults.hang(), "timed_out", late), in_real_time=True)
    yield replace(failing("a byte a second", faults.drip(1), "timed_out", late), in_real_time=True)
    yield replace(
        failing("a byte now and then", faults.drip(0.05), "timed_out", late), in_real_time=True, sampled=False
    )


def _huge() -> Iterator[Row]:
    """Yield what would fill the memory."""
    said, packed = "larger than 32 MB", {"Content-Encoding": "gzip"}
    yield Row("200 MB", faults.huge_body(200), 5, "response_unreadable", said)
    yield Row("200 MB packed", faults.status(200, bomb(200), packed), 5, "response_unreadable", said)


def _lists() -> Iterator[Row]:
    """Yield what only a list can have wrong."""
    short, whole = "Not everything could be fetched", "Everything is stored."
    listed = [
        Row("total too large", total_is(100_000), 8, "", f"{short} ({UNITS} of 100000 units)", passing=True),
        Row("pages without end", faults.endless_pages(), 8, "", short, onwards=True),
        Row("pages without end or total", endless_without_total, 8, "", short, onwards=True),
        Row("total too small", total_is(3), 0, "", whole),
        Row("total missing", left_out("total"), 0, "", whole),
        Row("pagination missing", left_out("pagination"), 0, "", whole),
        *(
            Row(f"total {total!r:.9}", total_is(total), 0, "", whole, sampled=total in {-1, 10**30})
            for total in (None, -1, "many", 10**30, 2**63, True, 48.5, (48,))
        ),
        Row("no list", faults.edited(lambda content: content | {"data": {}}), 5, "response_unreadable", "has no list"),
    ]
    yield from (replace(row, only_pages=True) for row in listed)


ROWS = (*_refused(), *_busy(), *_failing(), *_huge(), *_lists())


def offset_of(request: Request) -> int:
    """Return where the page begins that is asked for."""
    return int(request.query.get("offset", ["0"])[-1])


BEGINS = {"first page": 0, "middle page": 17, "last page": LAST_BEGINS}
ENDS = {"first page": 1, "middle page": 26, "last page": 1_000_000}


def strikes_at(place: str, row: Row) -> Callable[[Request], bool]:
    """Return a test of whether a request belongs to that place, wherever pages begin exactly.

    `ping` is the first request of the connection test.
    """
    if place == "ping":
        return lambda request: request.path == "/status/ping"
    end = ENDS["last page" if row.onwards else place]
    return lambda request: request.path == "/order-units" and BEGINS[place] <= offset_of(request) < end
