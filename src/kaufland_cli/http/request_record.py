"""What `http.sending` passes to the request log: each attempt before it is sent and after it ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a request before it is sent, without secrets and signatures."""

    at: datetime
    method: str
    endpoint: str
    """The path below the base URL, for example `/orders/M845EA5`."""
    url: str
    headers: Mapping[str, str]
    number: int
    """1 for the first attempt at this request."""
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended."""

    duration_ms: int
    status_code: int | None = None
    headers: Mapping[str, str] | None = None
    body: bytes = b""
    error_message: str | None = None

    @property
    def success(self) -> bool:
        """Whether a usable response arrived."""
        return self.error_message is None


class RequestLog(Protocol):
    """Where attempts are recorded. A failing log never fails the request."""

    def started(self, attempt: Attempt) -> int | None:
        """Record the attempt before it is sent; return its entry, or None if nothing was written."""
        ...

    def finished(self, entry: int | None, attempt: Attempt, outcome: Outcome) -> None:
        """Record how it ended."""
        ...


class NoRequestLog:
    """Records nothing, for setup, which writes nothing before it is confirmed."""

    def started(self, attempt: Attempt) -> int | None:  # noqa: ARG002 - the protocol's shape
        """Record nothing."""
        return None

    def finished(self, entry: int | None, attempt: Attempt, outcome: Outcome) -> None:
        """Record nothing."""


# An allow-list: no other header, such as the key or the signature, is ever recorded.
RECORDED_HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "content-encoding",
        "content-length",
        "content-type",
        "date",
        "retry-after",
        "server",
        "shop-timestamp",
        "user-agent",
        "x-request-id",
    }
)


def recorded_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that may be recorded."""
    return {name: value for name, value in headers.items() if name.lower() in RECORDED_HEADERS}
