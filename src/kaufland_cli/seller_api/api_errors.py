"""Turns error responses of the Seller API into errors that a person can act on (`errors.py`)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.masking import quoted
from kaufland_cli.domain.text import counted
from kaufland_cli.errors import (
    ActionDoubtful,
    ClockWrong,
    CredentialsRefused,
    KauflandBusy,
    KauflandError,
    KauflandFailing,
    RequestRefused,
    ResponseUnreadable,
    RightsMissing,
    TimedOut,
)
from kaufland_cli.http.http_dates import read_http_date, retry_after
from kaufland_cli.http.personal_data import hide_personal_data
from kaufland_cli.http.redaction import MAX_SHOWN_CHARACTERS, SECRETS
from kaufland_cli.http.retry import Fault
from kaufland_cli.http.sending import TOO_MANY, HttpResponse, TransportFailure
from kaufland_cli.seller_api.json_reader import read_json

# Source: page=rest-api: the timestamp may be at most five minutes before or after the server's time.
CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Problem:
    """The body of an error response, as far as it can be read, without secrets and buyers' data."""

    type: str
    message: str

    @classmethod
    def read(cls, body: bytes) -> "Problem":
        """Read Kaufland's error format; any other text is shortened."""
        try:
            found = hide_personal_data(read_json(body))
        except (ValueError, RecursionError):
            text = body[: MAX_SHOWN_CHARACTERS * 4].decode("utf-8-sig", "replace").strip()
            # A web page is for browsers; broken or otherwise encoded JSON cannot be searched for personal data.
            readable = text[:1] not in {"<", "{", "["} and '"' not in text and "\0" not in text
            return cls("", SECRETS.for_message(text) if readable else "")
        if not isinstance(found, dict):
            return cls("", SECRETS.for_message(json.dumps(found, ensure_ascii=False)))
        parts = [str(found["message"])] if found.get("message") else []
        errors = found.get("errors")
        parts.extend(
            ": ".join(str(detail[name]) for name in ("field", "message") if detail.get(name))
            for detail in (errors if isinstance(errors, list) else [])
            if isinstance(detail, dict)
        )
        # Kaufland has put the detail of a 400 under other names before, so they are shown too.
        rest = {name: value for name, value in found.items() if name not in {"type", "message", "errors"}}
        if rest:
            parts.append(json.dumps(rest, ensure_ascii=False))
        return cls(
            SECRETS.for_message(str(found.get("type") or "")),
            SECRETS.for_message("; ".join(part for part in parts if part)),
        )

    def sentence(self) -> str:
        """Return Kaufland's text, ready to follow a clause; empty if there is none."""
        return quoted(self.message)


def given_up(fault: Fault, now: datetime) -> KauflandError:
    """Return the error to raise after the last attempt; it says until when the server asked to wait."""
    if fault.retry_after is None or isinstance(fault.error, KauflandBusy):
        return fault.error
    return busy_until(fault.error.message, fault.retry_after, now)


def fault_of_response(received: HttpResponse, now: datetime) -> Fault:
    """Return the fault for a response that is not a success, by its status."""
    wait = retry_after(received.headers, now)
    return received.fault(_error_of(received, wait, now), wait)


def fault_of_written(received: HttpResponse, now: datetime) -> Fault:
    """Return the fault for the response to a request that writes.

    Whoever has the right to an account's orders is refused with 403 for the state of a unit too, so a 403 is about this
    request. After a 408 or 5xx the request may have been carried out; a gateway's own response (502 and above) does not
    even say that the marketplace has finished with it.
    """
    if received.may_pass and received.status not in {TOO_MANY, HTTPStatus.TOO_EARLY}:
        answered = received.status == HTTPStatus.INTERNAL_SERVER_ERROR and not received.is_page
        said = Problem.read(received.body).sentence()
        return Fault(
            ActionDoubtful(
                f"Kaufland failed to answer (HTTP {received.status}){said}.",
                status_code=received.status,
                answered=answered,
            ),
            again=False,
        )
    if received.status == HTTPStatus.FORBIDDEN and not received.is_page:
        problem = Problem.read(received.body)
        if not problem.type.endswith(("/inactive-account", "/storefront-not-configured")):
            return Fault(
                RequestRefused(
                    f"Kaufland refused it (HTTP 403){problem.sentence()}.", status_code=403, problem_type=problem.type
                ),
                again=False,
            )
    return fault_of_response(received, now)


def doubtful_failure(failure: TransportFailure) -> Fault:
    """Return the fault for a request that writes and got no complete response."""
    error = ActionDoubtful(failure.fault.error.message, status_code=None, answered=False)
    return Fault(error, again=False)


def _error_of(received: HttpResponse, wait: float | None, now: datetime) -> KauflandError:
    status, host = received.status, received.host
    problem = Problem.read(received.body)
    said = problem.sentence()
    if status == HTTPStatus.UNAUTHORIZED:
        return refused_credentials(problem, received.headers, now)
    if status == HTTPStatus.FORBIDDEN:
        # A gateway's page says nothing about the rights of the account.
        page = ResponseUnreadable(f"A proxy or gateway in front of {host} refused the request (HTTP 403).")
        return page if received.is_page else _forbidden(problem, said)
    if status == TOO_MANY:
        busy = "Kaufland is getting too many requests from this seller account (HTTP 429)."
        return KauflandBusy(busy) if wait is None else busy_until(busy, wait, now)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return KauflandFailing(f"Kaufland failed to answer (HTTP {status}){said}.")
    if received.may_pass:
        return TimedOut(f"Kaufland gave up waiting for the request (HTTP {status}).")
    if status < HTTPStatus.BAD_REQUEST:
        return ResponseUnreadable(
            f"{host} redirects the request (HTTP {status}); a signed request cannot follow a redirect.",
            hint=Hint("Check api.base_url: ", command("config", "get", "api.base_url")),
        )
    return RequestRefused(
        f"Kaufland did not accept the request (HTTP {status}){said}.",
        status_code=status,
        problem_type=problem.type,
        hint=command("log", "show", "--failed"),
    )


def busy_until(said: str, wait: float, now: datetime) -> KauflandBusy:
    """Return the error that says until when Kaufland asks us to wait; `wait` is in seconds."""
    retry_after = now + timedelta(seconds=wait)
    moment = f"{retry_after:%Y-%m-%d %H:%M:%S} UTC"
    return KauflandBusy(
        f"{said.rstrip('.')}: try again after {moment}.",
        retry_after=retry_after,
        hint=Hint(f"Try again after {moment}: ", command("import-orders")),
    )


def _forbidden(problem: Problem, said: str) -> CredentialsRefused | RequestRefused:
    if problem.type.endswith("/inactive-account"):
        return CredentialsRefused(
            f"The seller account is not active{said}.",
            hint=Hint("Check the account's status in the seller portal, then: ", command("test-connection")),
        )
    if problem.type.endswith("/storefront-not-configured"):
        return RequestRefused(
            f"The storefront is not set up for this seller account{said}.", status_code=403, problem_type=problem.type
        )
    return RightsMissing(
        f"The account is not allowed to do this (HTTP 403){said}.",
        hint=Hint("Check the rights of the API key in the seller portal, then: ", command("test-connection")),
    )


def refused_credentials(problem: Problem, headers: Mapping[str, str], now: datetime) -> CredentialsRefused:
    """Explain a 401 by all possible reasons, likeliest first.

    Kaufland documents no message that tells a wrong client key from a wrong secret key.
    """
    skew = clock_skew(headers, now)
    if skew is not None and abs(skew) > CLOCK_TOLERANCE:
        minutes = round(abs(skew).total_seconds() / 60)
        direction = "ahead of" if skew > timedelta(0) else "behind"
        return ClockWrong(
            f"This machine's clock is {counted(minutes, 'minute')} {direction} Kaufland's; beyond 5 minutes "
            "every signature is refused. The keys may well be right."
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
        hint=Hint(
            "Compare both keys with the seller portal (Settings > Shop settings > API), then: ", command("setup")
        ),
    )


def clock_skew(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return how far this machine's clock is ahead of the server's; None if the server sent no time."""
    server = read_http_date(headers.get("date"))
    return None if server is None else now - server
