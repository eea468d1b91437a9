"""From what went wrong on the wire to the error that a person can act on."""

import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx

from kaufland_cli.errors import (
    AnswerUnreadable,
    ClockWrong,
    ConnectionFailed,
    CredentialsRefused,
    KauflandBusy,
    KauflandFailing,
    KauflandUnavailable,
    NameNotResolved,
    RequestRefused,
    RightsMissing,
    SettingsError,
    TimedOut,
    TlsFailed,
)
from kaufland_cli.seller_api.moments import read_http_date

# Source: page=rest-api: the timestamp may be at most five minutes before or after the server's time.
CLOCK_TOLERANCE = timedelta(minutes=5)
SHOWN_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Fault:
    """What went wrong with one attempt, and whether another attempt may help."""

    error: KauflandUnavailable | CredentialsRefused | SettingsError
    again: bool
    retry_after: float | None = None
    """Seconds that the server asks to wait."""


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and everything it came from."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def fault_of_exception(error: httpx.HTTPError | httpx.InvalidURL | httpx.StreamError, host: str) -> Fault:
    """Map any exception of httpx to the cause that a user can act on."""
    chain = list(causes(error))
    if any(isinstance(cause, socket.gaierror) for cause in chain):
        return Fault(
            NameNotResolved(
                f"The name {host} could not be looked up: there is no connection to the internet, no name server, or "
                "the base URL is misspelt.",
                hint="Check the connection and api.base_url: kaufland config get api.base_url",
            ),
            again=True,
        )
    tls = next((cause for cause in chain if isinstance(cause, ssl.SSLError)), None)
    if tls is not None and not isinstance(tls, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        reason = getattr(tls, "verify_message", "") or getattr(tls, "reason", "") or "the handshake failed"
        return Fault(
            TlsFailed(
                f"The encrypted connection to {host} cannot be trusted: {reason}. Nothing was sent.",
                hint="Check this machine's date, its certificates, and any proxy in between, then: "
                "kaufland test-connection",
            ),
            again=False,
        )
    if isinstance(error, httpx.TimeoutException):
        return Fault(TimedOut(f"{host} did not answer in time."), again=True)
    if isinstance(error, httpx.ProxyError):
        return Fault(
            ConnectionFailed(
                f"The proxy refused the connection to {host}.",
                hint="Check HTTPS_PROXY and NO_PROXY, then: kaufland test-connection",
            ),
            again=True,
        )
    if isinstance(error, httpx.DecodingError | httpx.RemoteProtocolError):
        return Fault(AnswerUnreadable(f"The answer of {host} was cut off or garbled."), again=True)
    if isinstance(error, httpx.TooManyRedirects):
        return Fault(AnswerUnreadable(f"{host} sent the request in circles."), again=False)
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return Fault(
            SettingsError(f"The base URL cannot be used: {host}.", hint="kaufland config get api.base_url"), again=False
        )
    return Fault(ConnectionFailed(f"No connection to {host}: {_plain_reason(chain)}."), again=True)


def _plain_reason(chain: list[BaseException]) -> str:
    """Say in a few words what the operating system said."""
    for cause in reversed(chain):
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror[0].lower() + cause.strerror[1:]
    return "it broke off"


def fault_of_answer(
    status_code: int, headers: Mapping[str, str], body: bytes, *, host: str, now: datetime
) -> Fault | None:
    """Map an answer's status to an error; None where the status says success."""
    if 200 <= status_code < 300:  # noqa: PLR2004 - HTTP's own ranges
        return None
    problem = Problem.read(body)
    said = problem.sentence()
    wait = _retry_after(headers, now)
    if status_code == httpx.codes.UNAUTHORIZED:
        return Fault(refused_credentials(problem, headers, now), again=False)
    if status_code == httpx.codes.FORBIDDEN:
        return Fault(_forbidden(problem, said), again=False)
    if status_code == httpx.codes.TOO_MANY_REQUESTS:
        return Fault(too_busy(wait, now), again=True, retry_after=wait)
    if status_code in {408, 425}:
        return Fault(
            TimedOut(f"Kaufland gave up waiting for the request (HTTP {status_code})."), again=True, retry_after=wait
        )
    if status_code >= 500:  # noqa: PLR2004 - HTTP's own ranges
        return Fault(
            KauflandFailing(f"Kaufland failed to answer (HTTP {status_code}){said}."), again=True, retry_after=wait
        )
    if 300 <= status_code < 400:  # noqa: PLR2004 - HTTP's own ranges
        return Fault(
            AnswerUnreadable(
                f"{host} sends the request elsewhere (HTTP {status_code}); a signed request cannot follow.",
                hint="Check api.base_url: kaufland config get api.base_url",
            ),
            again=False,
        )
    return Fault(
        RequestRefused(
            f"Kaufland did not accept the request (HTTP {status_code}){said}.",
            status_code=status_code,
            problem_type=problem.type,
            hint="kaufland log show --failed",
        ),
        again=False,
    )


def too_busy(wait: float | None, now: datetime) -> KauflandBusy:
    """Say that Kaufland asks for fewer requests, and until when."""
    if wait is None:
        return KauflandBusy("Kaufland gets too many requests from this seller account (HTTP 429).")
    not_before = now + timedelta(seconds=wait)
    return KauflandBusy(
        f"Kaufland gets too many requests from this seller account (HTTP 429): try again after "
        f"{not_before:%Y-%m-%d %H:%M:%S} UTC.",
        not_before=not_before,
        hint=f"Try again after {not_before:%Y-%m-%d %H:%M:%S} UTC: kaufland import-orders",
    )


def _forbidden(problem: "Problem", said: str) -> CredentialsRefused | RequestRefused:
    if problem.type.endswith("/inactive-account"):
        return CredentialsRefused(
            f"The seller account is not active{said}.",
            hint="Look at the account's state in the seller portal, then: kaufland test-connection",
        )
    if problem.type.endswith("/storefront-not-configured"):
        return RequestRefused(
            f"The storefront is not set up for this seller account{said}.", status_code=403, problem_type=problem.type
        )
    return RightsMissing(
        f"The account may not do this (HTTP 403){said}.",
        hint="Look at the rights of the API key in the seller portal, then: kaufland test-connection",
    )


def refused_credentials(problem: "Problem", headers: Mapping[str, str], now: datetime) -> CredentialsRefused:
    """Explain a 401: the possible reasons, the likeliest first, given what was seen.

    No documented message text tells a wrong client key from a wrong secret key, so all reasons are named.
    """
    skew = clock_skew(headers, now)
    if skew is not None and abs(skew) > CLOCK_TOLERANCE:
        minutes = round(abs(skew).total_seconds() / 60)
        direction = "ahead of" if skew > timedelta(0) else "behind"
        return ClockWrong(
            f"This machine's clock is {minutes} minutes {direction} Kaufland's; more than 5 minutes and every "
            "signature is refused. The keys may well be right."
        )
    reasons = [
        ("client key", "the client key is mistyped or was replaced in the seller portal"),
        ("secret key", "the secret key does not belong to this client key"),
        ("clock", "this machine's clock is off" if skew is None else "the clock (it looks right)"),
        ("account", "the seller account is not active"),
    ]
    if problem.type.endswith("/corrupted-signature"):
        reasons = [reasons[1], reasons[0], *reasons[2:]]
    elif problem.type.endswith("/inactive-account"):
        reasons = [reasons[3], *reasons[:3]]
    listed = "; ".join(f"{number}. {text}" for number, (_, text) in enumerate(reasons, 1))
    return CredentialsRefused(
        f"Kaufland refused the credentials (HTTP 401){problem.sentence()}. Possible reasons, the likeliest first: "
        f"{listed}.",
        hint="Compare both keys with the seller portal (Settings > Shop settings > API), then: kaufland setup",
    )


def clock_skew(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return how far this machine's clock is ahead of the server's; None where the server told no time."""
    server = read_http_date(headers.get("date"))
    return None if server is None else now - server


def _retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Read `Retry-After` (seconds or a date) as seconds from now."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(min(int(text[:12]), 365 * 24 * 3600))
    moment = read_http_date(text)
    if moment is None:
        return None
    # Counted from the server's own clock, since ours may be off.
    return max(0.0, (moment - (read_http_date(headers.get("date")) or now)).total_seconds())


@dataclass(frozen=True, slots=True)
class Problem:
    """The body of an error answer, as far as it could be read."""

    type: str
    message: str

    @classmethod
    def read(cls, body: bytes) -> "Problem":
        """Read Kaufland's error form; where it is none, the text itself, shortened."""
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            text = body[: SHOWN_CHARACTERS * 4].decode("utf-8", "replace").strip()
            return cls("", "" if text.startswith("<") else shortened(text))
        if not isinstance(found, dict):
            return cls("", shortened(json.dumps(found, ensure_ascii=False)))
        parts = [str(found["message"])] if found.get("message") else []
        errors = found.get("errors")
        parts.extend(
            ": ".join(str(detail[name]) for name in ("field", "message") if detail.get(name))
            for detail in (errors if isinstance(errors, list) else [])
            if isinstance(detail, dict)
        )
        # Kaufland once put the detail of a 400 under other names, so they are shown too.
        rest = {name: value for name, value in found.items() if name not in {"type", "message", "errors"}}
        if rest:
            parts.append(json.dumps(rest, ensure_ascii=False))
        return cls(str(found.get("type") or ""), shortened("; ".join(part for part in parts if part)))

    def sentence(self) -> str:
        """Return what Kaufland said, ready to follow a clause, or nothing."""
        return f': "{self.message.rstrip(".")}"' if self.message else ""


def shortened(text: str) -> str:
    """Cut a text to a length that a person will read, without line breaks."""
    text = " ".join(text.split())
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
