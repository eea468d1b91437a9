"""A request, its response, and how both are sent."""

import gzip
import json
import socket
import struct
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

BASE_PATH = "/v2"
OK: Final = 200
CREATED: Final = 201
NO_CONTENT: Final = 204
BAD_REQUEST: Final = 400
FORBIDDEN: Final = 403
NOT_FOUND: Final = 404
UNPROCESSABLE: Final = 422
WORTH_COMPRESSING = 1_000  # bytes


class Disconnect(Exception):
    """Ends the connection without an answer; with `reset` by an RST, as if the line had failed."""

    def __init__(self, *, reset: bool = False) -> None:
        super().__init__()
        self.reset = reset


@dataclass(frozen=True, slots=True)
class Request:
    """A request. `target` is the raw request target, `path` the part after /v2 without a trailing slash."""

    method: str
    target: str
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes
    now: datetime
    """The server's clock when the request arrived."""
    stopping: threading.Event
    read_as: str = ""
    """A target to use instead of the one that was sent and signed; faults set it to misread a request."""

    @property
    def path(self) -> str:
        """Return the path below the base URL, for example `/order-units`; empty if it is elsewhere."""
        path = urlsplit(self.read_as or self.target).path
        return path.removeprefix(BASE_PATH).rstrip("/") if path.startswith(f"{BASE_PATH}/") else ""

    @property
    def query(self) -> dict[str, list[str]]:
        """Return the decoded query: all values by name."""
        return parse_qs(urlsplit(self.read_as or self.target).query, keep_blank_values=True)

    @property
    def uri(self) -> str:
        """Return the URI as the client addressed it, which is what is signed."""
        return f"http://{self.headers.get('host', '')}{self.target}"

    def pause(self, seconds: float | None) -> None:
        """Wait this long (None: forever). Raises `Disconnect` at once if the simulator stops."""
        if self.stopping.wait(seconds):
            raise Disconnect


class Wire:
    """The connection to the client while an answer is delivered."""

    def __init__(self, connection: socket.socket, stopping: threading.Event) -> None:
        self._connection = connection
        self._stopping = stopping
        self.hung_up = False

    def write(self, data: bytes) -> None:
        """Send the bytes now."""
        self._connection.sendall(data)

    def pause(self, seconds: float) -> None:
        """Wait between two writes. Raises `Disconnect` at once if the simulator stops."""
        if self._stopping.wait(seconds):
            raise Disconnect

    def hang_up(self, *, reset: bool = False) -> None:
        """Close the connection after the answer; with `reset` by an RST."""
        if reset:
            no_lingering = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_lingering)
        self.hung_up = True


def deliver_whole(wire: Wire, head: bytes, body: bytes) -> None:
    """Send head and body in one write, as a healthy server does."""
    wire.write(head + body)


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: `content` becomes JSON, unless `raw` has the bytes of the body."""

    status: int
    content: Any = None
    raw: bytes | None = None
    """Empty for an answer without a body, such as 204."""
    headers: Mapping[str, str] = field(default_factory=dict)
    now: datetime | None = None
    """The time in the `Date` header; None for the time of the request."""
    deliver: Callable[[Wire, bytes, bytes], None] = deliver_whole

    def encoded(self, request: Request) -> tuple[bytes, bytes]:
        """Return head and body as sent, compressed if the client accepts it."""
        headers = {"Date": format_datetime(self.now or request.now, usegmt=True), "Content-Type": "application/json"}
        text = "" if self.raw is not None else json.dumps(self.content, ensure_ascii=False)
        # Half of a surrogate pair is sent as a JSON escape.
        body = text.encode("utf-8", "backslashreplace") if self.raw is None else self.raw
        asked_for = request.headers.get("accept-encoding", "")
        if self.raw is None and len(body) >= WORTH_COMPRESSING and "gzip" in asked_for:
            body = gzip.compress(body, compresslevel=1, mtime=0)
            headers["Content-Encoding"] = "gzip"
        if self.status == NO_CONTENT and not body:
            del headers["Content-Type"]
        else:
            headers["Content-Length"] = str(len(body))
        headers |= self.headers
        lines = [
            f"HTTP/1.1 {self.status} {_phrase(self.status)}",
            *(f"{name}: {text}" for name, text in headers.items()),
        ]
        return "\r\n".join([*lines, "", ""]).encode("latin-1"), body


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


class Refusal(Exception):
    """Refuses a request in Kaufland's form: `{"type": …, "message": …, "errors": […]}`."""

    def __init__(self, status: int, kind: str, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.field = field

    def answer(self) -> Answer:
        """Return the refusal as an answer; a field goes to `errors`, under a general message."""
        kind = self.kind if self.kind == "about:blank" else f"/problems/{self.kind}"
        if self.field:
            errors = [{"field": self.field, "message": self.message}]
            return Answer(self.status, {"type": kind, "message": "Validation Failed", "errors": errors})
        return Answer(self.status, {"type": kind, "message": self.message, "errors": []})


def invalid(field: str, message: str) -> Refusal:
    """Return the refusal of a parameter, or of a field of the body."""
    return Refusal(BAD_REQUEST, "validation-error", message, field=field)
