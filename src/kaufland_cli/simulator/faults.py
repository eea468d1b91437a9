"""Faults on request. A fault gets a request, may let the simulator answer it, and returns what the client gets."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from kaufland_cli.simulator.exchange import Answer, Disconnect, Request, Wire, deliver_whole

Proceed = Callable[[Request], Answer]
Fault = Callable[[Request, Proceed], Answer]

GATEWAY_PAGE = b"<!DOCTYPE html><html><head><title>Just a moment</title></head><body><h1>Gateway</h1></body></html>"
MEGABYTE = 1_000_000
BLOCK = b" " * 100_000


def status(code: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Fault:
    """Answer with this status and body."""
    return lambda _request, _proceed: Answer(code, raw=body, headers=headers or {})


def too_many_requests(retry_after: float | datetime | None = None) -> Fault:
    """Answer 429, with `Retry-After` in seconds or as a date if one is given."""
    if isinstance(retry_after, datetime):
        headers = {"Retry-After": format_datetime(retry_after, usegmt=True)}
    else:
        headers = {} if retry_after is None else {"Retry-After": f"{retry_after:.12g}"}
    content = {"type": "about:blank", "message": "Too Many Requests", "errors": []}
    return lambda _request, _proceed: Answer(429, content, headers=headers)


def html_page(code: int = 200) -> Fault:
    """Answer with the HTML page of a gateway."""
    return lambda _request, _proceed: Answer(code, raw=GATEWAY_PAGE, headers={"Content-Type": "text/html"})


def redirect(location: str, code: int = 302) -> Fault:
    """Answer with a redirect."""
    return status(code, headers={"Location": location})


def not_json(body: bytes = b'{"data": [') -> Fault:
    """Answer 200 with a complete body that claims to be JSON and is not."""
    return status(200, body)


def edited(edit: Callable[[Any], Any]) -> Fault:
    """Answer normally, but with what `edit` makes of the JSON; its outermost level is a copy."""

    def fault(request: Request, proceed: Proceed) -> Answer:
        answer = proceed(request)
        return replace(answer, content=edit(dict(answer.content))) if isinstance(answer.content, dict) else answer

    return fault


def null_data() -> Fault:
    """Answer `{"data": null}`."""
    return edited(lambda _content: {"data": None})


def wrong_total(total: int) -> Fault:
    """Answer normally, but with this `total` in the pagination."""
    return edited(lambda content: content | {"pagination": content.get("pagination", {}) | {"total": total}})


def endless_pages() -> Fault:
    """Return the first page at every offset, with a total that is always larger."""

    def fault(request: Request, proceed: Proceed) -> Answer:
        offset = int(request.query.get("offset", ["0"])[-1])
        path, _, query = request.target.partition("?")
        others = [part for part in query.split("&") if not part.startswith("offset=")]
        answer = proceed(replace(request, read_as=f"{path}?{'&'.join(others)}"))
        if not isinstance(answer.content, dict):
            return answer
        limit = answer.content.get("pagination", {}).get("limit", 30)
        paging = {"pagination": {"offset": offset, "limit": limit, "total": offset + 2 * limit}}
        return replace(answer, content=answer.content | paging)

    return fault


def clock_skew(seconds: float) -> Fault:
    """Shift the server's clock: its `Date`, and how it judges the client's timestamp."""

    def fault(request: Request, proceed: Proceed) -> Answer:
        skewed = request.now + timedelta(seconds=seconds)
        return replace(proceed(replace(request, now=skewed)), now=skewed)

    return fault


def slow(seconds: float) -> Fault:
    """Process the request after `seconds`, even if the client has hung up by then, and answer."""

    def fault(request: Request, proceed: Proceed) -> Answer:
        request.pause(seconds)
        return proceed(request)

    return fault


def hang() -> Fault:
    """Never answer."""

    def fault(request: Request, _proceed: Proceed) -> Answer:
        request.pause(None)
        raise Disconnect

    return fault


def reset_connection() -> Fault:
    """Reset the connection (RST) without an answer."""

    def fault(_request: Request, _proceed: Proceed) -> Answer:
        raise Disconnect(reset=True)

    return fault


def effect_then_status(code: int, body: bytes = b"") -> Fault:
    """Process the request, but answer with this status and body."""

    def fault(request: Request, proceed: Proceed) -> Answer:
        proceed(request)
        return Answer(code, raw=body)

    return fault


def effect_then_wait(seconds: float) -> Fault:
    """Process the request at once, but answer after `seconds`."""

    def fault(request: Request, proceed: Proceed) -> Answer:
        answer = proceed(request)
        request.pause(seconds)
        return answer

    return fault


def answer_lost() -> Fault:
    """Process the request, then reset the connection (RST) instead of answering."""

    def fault(request: Request, proceed: Proceed) -> Answer:
        proceed(request)
        raise Disconnect(reset=True)

    return fault


def cut_body() -> Fault:
    """Send the head and the first half of the body, then close."""

    def deliver(wire: Wire, head: bytes, body: bytes) -> None:
        wire.write(head + body[: len(body) // 2])
        wire.hang_up()

    return _delivered(deliver)


def drip(seconds_each: float = 0.01) -> Fault:
    """Send the body byte by byte, with a pause before each."""

    def deliver(wire: Wire, head: bytes, body: bytes) -> None:
        wire.write(head)
        for position in range(len(body)):
            wire.pause(seconds_each)
            wire.write(body[position : position + 1])

    return _delivered(deliver)


def huge_body(megabytes: int) -> Fault:
    """Answer 200 with an empty list in `megabytes` of JSON, streamed so that it is never in memory as a whole."""
    blocks = megabytes * MEGABYTE // len(BLOCK)
    start, end = b'{"data": [', b"]}"
    headers = {"Content-Length": str(len(start) + blocks * len(BLOCK) + len(end))}

    def deliver(wire: Wire, head: bytes, _body: bytes) -> None:
        wire.write(head + start)
        for _ in range(blocks):
            wire.write(BLOCK)
        wire.write(end)

    return lambda _request, _proceed: Answer(200, raw=b"", headers=headers, deliver=deliver)


def _delivered(deliver: Callable[[Wire, bytes, bytes], None] = deliver_whole) -> Fault:
    return lambda request, proceed: replace(proceed(request), deliver=deliver)
