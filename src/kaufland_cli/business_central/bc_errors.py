"""Turns error responses of Business Central into errors that a bookkeeper can act on, quoting its own message.

Used by `client` and `token`, with responses and failures from `http.sending`. Sources named as BaseApp are files of
Microsoft's open-source base application.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from kaufland_cli.domain.hint import Hint, and_then, command
from kaufland_cli.domain.masking import quoted
from kaufland_cli.errors import (
    KauflandError,
    SettingsError,
    TargetCredentialsRefused,
    TargetDoubtful,
    TargetRefused,
    TargetUnavailable,
)
from kaufland_cli.http.http_dates import retry_after
from kaufland_cli.http.redaction import SECRETS
from kaufland_cli.http.retry import Fault
from kaufland_cli.http.sending import TOO_MANY, HttpResponse, TransportFailure

CHECK = command("sales-orders", "check")
CONFLICT = 409
"""HTTP status: somebody else changed the record in the meantime."""
RATE = Hint("Enter an exchange rate for that day in Business Central (Currencies, Exchange Rates)")
# It differs every time, which would make every message a new one; the API log keeps it.
_CORRELATION = re.compile(r"\s*CorrelationId:\s*[0-9a-f-]+\.?", re.IGNORECASE)
# Failures of the server that it reports with the status or code of a rejected request.
_SERVER_CODES = frozenset({"Internal_ServerError", "Internal_TenantUnavailable"})
_SERVER_WORDS = re.compile(r"deadlock|another user|another session|try again later", re.IGNORECASE)


def _by_hand(what: str) -> Hint:
    return Hint(f"Create it in Business Central without {what}, with the order id as its External Document No.")


# Words of the message in lower case, and how to fix the problem; the first match counts.
_FIXES = (
    ("sell-to customer", Hint("Compare the customer numbers in the settings with Business Central: ", CHECK)),
    ("item does not exist", Hint("Correct sales_orders.item_mapping_file, or create the item")),
    ("item unit of measure", Hint("Add it to the item's units of measure, or correct the mapping file")),
    ("account does not exist", Hint("Correct sales_orders.shipping_number or substitute_account: ", CHECK)),
    # The header only mentions a missing rate; the first line fails (BaseApp, SalesLine.Table.al 5119).
    ("currency factor", RATE),
    ("exchange rate", RATE),
    ("currency", Hint("Set the currency up in Business Central (Currencies)")),
    ("country/region", Hint("Add the country code in Business Central (Countries/Regions)")),
    (
        "sales tax",
        Hint("This company has US sales tax, for which gross prices cannot be sent; choose another: ", CHECK),
    ),
    # The API shows neither, so no check can find them in advance.
    ("sales blocked", Hint("Clear Sales Blocked on the item's card in Business Central, or name another item for it")),
    ("privacy", Hint("Clear Privacy Blocked on the customer's card in Business Central, or name another customer")),
    ("blocked", Hint("Unblock it in Business Central, or name another in the settings")),
    ("direct posting", Hint("Allow Direct Posting on the account's card in Business Central, or name another account")),
    ("account type", Hint("Name an account of the type Posting: ", CHECK)),
    ("email", _by_hand("the e-mail address")),
    ("e-mail", _by_hand("the e-mail address")),
    ("phone no.", _by_hand("the telephone number")),
    (
        "does not exist on type",
        Hint("This is not its API v2.0: ", command("config", "get", "business_central.base_url")),
    ),
)
_FIX = Hint("Fix it in Business Central")


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """The code and message of an error response; empty if it has none."""

    code: str = ""
    message: str = ""

    @classmethod
    def read(cls, body: bytes) -> "ErrorBody":
        """Read an error response of Business Central or of the sign-in service; anything else gives empty fields."""
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            return cls()
        if not isinstance(found, dict):
            return cls()
        error = found.get("error")
        if isinstance(error, dict):
            return cls(_plain(error.get("code")), _plain(error.get("message")))
        return cls(_plain(error), _plain(found.get("error_description") or error))

    def sentence(self) -> str:
        """Return the message in quotes, ready to follow a clause; empty if there is none."""
        return quoted(self.message)

    @property
    def server_failed(self) -> bool:
        """Whether the server itself failed, whatever the status says."""
        return self.code in _SERVER_CODES or bool(_SERVER_WORDS.search(self.message))


def fault_of_response(received: HttpResponse, *, writing: bool, now: datetime) -> Fault:
    """Turn an unsuccessful response into an error; for a write, the error says whether it may have been done.

    `now` (UTC) turns a `Retry-After` in seconds into a time.
    """
    said = ErrorBody.read(received.body)
    wait = retry_after(received.headers, now)
    may_pass = received.status == CONFLICT or (received.status >= 400 and said.server_failed)  # noqa: PLR2004 - HTTP's
    http = f"(HTTP {received.status}){said.sentence()}"
    if may_pass or received.may_pass:
        error = _failure(received, http, None if wait is None else now + timedelta(seconds=wait), writing=writing)
    else:
        error = _refusal(received, said, http, writing=writing)
    return received.fault(error, wait, may_pass=may_pass)


def _failure(received: HttpResponse, http: str, until: datetime | None, *, writing: bool) -> KauflandError:
    """Return the error for a response that may be different later."""
    later = (
        None
        if until is None
        else Hint(f"Try again after {until:%Y-%m-%d %H:%M:%S} UTC: ", command("sales-orders", "push"))
    )
    if received.status == TOO_MANY:  # nothing was started
        text = f"Business Central is getting too many requests {http}." + (" Nothing was written." if writing else "")
        return TargetUnavailable(text, retry_after=until, hint=later)
    if writing:
        return TargetDoubtful(f"Business Central failed while it was asked to write {http}.", hint=later)
    return TargetUnavailable(f"Business Central failed to answer {http}.", retry_after=until, hint=later)


def _refusal(received: HttpResponse, said: ErrorBody, http: str, *, writing: bool) -> KauflandError:
    """Return the error for a response that will be the same next time."""
    if received.status < 400 or received.is_page:  # noqa: PLR2004 - HTTP's own ranges
        return TargetUnavailable(
            f"{received.host} answered, but not as Business Central does (HTTP {received.status}).",
            hint=command("config", "get", "business_central.base_url"),
        )
    if received.status == 401:  # noqa: PLR2004 - unauthorized
        return TargetCredentialsRefused(
            f"Business Central refused the credentials {http}.",
            hint=Hint(
                "Register the app in Business Central (page Microsoft Entra applications, State Enabled), or "
                "on-premises compare business_central.user_name and its key, then: ",
                CHECK,
            ),
        )
    if received.status == 403 or said.code.startswith("Authorization_"):  # noqa: PLR2004 - forbidden
        return TargetCredentialsRefused(
            f"Business Central does not allow this {http}.",
            hint=Hint("Give the app or user its permission sets in Business Central, then: ", CHECK),
        )
    if said.code == "Internal_CompanyNotFound":
        return SettingsError(f"Business Central has no such company {http}.", hint=CHECK)
    if writing:
        return TargetRefused(f"Business Central did not accept the sales order {http}.", fix=_fix(said.message))
    if received.status == 404:  # noqa: PLR2004 - not found
        return SettingsError(
            f"Business Central has nothing at this address {http}.",
            hint=Hint(
                "Check base_url, tenant and environment: ", command("config", "get", "business_central.environment")
            ),
        )
    hint = and_then(_fix(said.message), "sales-orders", "push")
    return TargetUnavailable(f"Business Central did not accept the request {http}.", hint=hint)


def fault_of_failure(found: TransportFailure, *, writing: bool) -> Fault:
    """Turn a failed connection into an error; a write that may have reached the server is in doubt."""
    fault = found.fault
    message = fault.error.message
    if writing and found.maybe_done:
        return Fault(TargetDoubtful(f"{message} It is unclear whether it was written."), again=False)
    if isinstance(fault.error, SettingsError):
        hint = command("config", "get", "business_central.base_url")
        return Fault(SettingsError(message.replace("The base URL", "The address"), hint=hint), again=False)
    return Fault(TargetUnavailable(message, hint=Hint("Check the connection, then: ", CHECK)), again=fault.again)


def _fix(message: str) -> Hint:
    lower = message.lower()
    return next((fix for words, fix in _FIXES if words in lower), _FIX)


def _plain(value: object) -> str:
    """Return the text with secrets masked and without the correlation id; empty if it is not text."""
    return SECRETS.for_message(_CORRELATION.sub("", value if isinstance(value, str) else ""))
