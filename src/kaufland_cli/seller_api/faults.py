"""From what went wrong on the wire to the error that a person can act on."""

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
    KauflandError,
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
from kaufland_cli.seller_api.problem import Problem

# Source: page=rest-api: the timestamp may be at most five minutes before or after the server's time.
CLOCK_TOLERANCE = timedelta(minutes=5)
LONGEST_RETRY_AFTER_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Fault:
    """What went wrong with one attempt, and whether another attempt may help."""

    error: KauflandUnavailable | CredentialsRefused | SettingsError
    again: bool
    retry_after: float | None = None
    """Seconds that the server asks to wait."""

    def given_up(self, now: datetime) -> KauflandError:
        """Return the error to raise where no further attempt is made: it says until when the server asked to wait."""
        if self.retry_after is None or isinstance(self.error, KauflandBusy):
            return self.error
        return told_to_wait(self.error.message, self.retry_after, now)


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and everything it came from."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


WIRE_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, UnicodeError)
"""All that a request can end in; the last one comes from host names with a part that is too long to be looked up."""


def fault_of_exception(error: Exception, host: str) -> Fault:
    """Map any of them to the cause that a user can act on."""
    chain = list(causes(error))
    if any(isinstance(cause, socket.gaierror | UnicodeError) for cause in chain):
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
        # A gateway's page says nothing about the account's rights.
        page = AnswerUnreadable(f"Something before {host} refused the request (HTTP 403).")
        return Fault(page if body.lstrip()[:1] == b"<" else _forbidden(problem, said), again=False)
    if status_code == httpx.codes.TOO_MANY_REQUESTS:
        busy = "Kaufland gets too many requests from this seller account (HTTP 429)."
        return Fault(
            KauflandBusy(busy) if wait is None else told_to_wait(busy, wait, now), again=True, retry_after=wait
        )
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


def told_to_wait(said: str, wait: float, now: datetime) -> KauflandBusy:
    """Say what Kaufland said, and until when it asks to wait."""
    not_before = now + timedelta(seconds=wait)
    moment = f"{not_before:%Y-%m-%d %H:%M:%S} UTC"
    return KauflandBusy(
        f"{said.rstrip('.')}: try again after {moment}.",
        not_before=not_before,
        hint=f"Try again after {moment}: kaufland import-orders",
    )


def _forbidden(problem: Problem, said: str) -> CredentialsRefused | RequestRefused:
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


def refused_credentials(problem: Problem, headers: Mapping[str, str], now: datetime) -> CredentialsRefused:
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
    key = "the client key is mistyped or was replaced in the seller portal"
    secret = "the secret key does not belong to this client key"  # noqa: S105 - a sentence about it
    account = "the seller account is not active"
    reasons = [key, secret, "this machine's clock is off", account]
    if skew is not None:  # seen to be right, so it is the unlikeliest
        reasons = [key, secret, account, "the clock, although it looks right"]
    likeliest = {"corrupted-signature": secret, "inactive-account": account}.get(problem.type.rpartition("/")[2])
    if likeliest is not None:
        reasons.remove(likeliest)
        reasons.insert(0, likeliest)
    listed = "; ".join(f"{number}. {text}" for number, text in enumerate(reasons, 1))
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
        return float(min(int(text[:12]), LONGEST_RETRY_AFTER_SECONDS))
    moment = read_http_date(text)
    if moment is None:
        return None
    # Counted from the server's own clock, since ours may be off.
    seconds = (moment - (read_http_date(headers.get("date")) or now)).total_seconds()
    return min(max(0.0, seconds), LONGEST_RETRY_AFTER_SECONDS)
