"""Signs requests in: with a token in the cloud, kept in memory only, or with user name and key on-premises.

Tokens come from Microsoft's sign-in service through `http/sending.py` and go to `client.py` as a header.
"""

import base64
import json
import re
import threading
from typing import Protocol
from urllib.parse import urlencode, urlsplit

from kaufland_cli.business_central.bc_errors import ErrorBody, fault_of_failure, fault_of_response
from kaufland_cli.business_central.connection import Connection
from kaufland_cli.clock import Clock
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import KauflandError, TargetCredentialsRefused, TargetUnavailable
from kaufland_cli.http.redaction import SECRETS
from kaufland_cli.http.retry import Fault, RetryBudget
from kaufland_cli.http.sending import Found, HttpRequest, HttpResponse, Sender, TransportFailure

SCOPE = "https://api.businesscentral.dynamics.com/.default"
USUAL_SECONDS = 3600.0
# A token is renewed this long before it expires, so that none expires during a request.
MARGIN_SECONDS = 300.0
MAX_SECONDS = 24 * 3600.0
_PLAIN = re.compile(r"[!-~]+")
# Microsoft's error codes, and how to fix each.
_HINTS = (
    ("AADSTS7000215", command("secret", "set", "--business-central")),
    (
        "AADSTS7000222",
        Hint("Make a new client secret in Entra, then: ", command("secret", "set", "--business-central")),
    ),
    ("AADSTS700016", command("config", "get", "business_central.client_id")),
    ("AADSTS900", command("config", "get", "business_central.tenant")),
)


class Credential(Protocol):
    """A way to sign in."""

    def header(self) -> str:
        """Return the value of the header `Authorization`."""
        ...

    def renew(self, refused: str) -> bool:
        """Return whether there may be a different header than the refused one."""
        ...


class Password:
    """Signs in with user name and web service access key (on-premises)."""

    def __init__(self, connection: Connection) -> None:
        pair = f"{connection.user_name}:{connection.secret.reveal()}"
        encoded = base64.b64encode(pair.encode()).decode()
        SECRETS.add(encoded)
        self._header = f"Basic {encoded}"

    def header(self) -> str:
        """Return the value of the header `Authorization`."""
        return self._header

    def renew(self, refused: str) -> bool:
        """Return False, unless the refused header was a different one: user name and key stay the same."""
        return refused != self._header


class Token:
    """Signs in with a token obtained by client id and client secret; safe to use from several threads."""

    def __init__(self, connection: Connection, sender: Sender, *, budget: RetryBudget, clock: Clock) -> None:
        self._connection = connection
        self._sender = sender
        self._budget = budget
        self._clock = clock
        self._header = ""
        self._ends = 0.0
        self._lock = threading.Lock()

    def header(self) -> str:
        """Return the value of `Authorization`, with a new token if there is none or it expires soon."""
        with self._lock:
            if not self._header or self._clock.monotonic() >= self._ends:
                self._fetch()
            return self._header

    def renew(self, refused: str) -> bool:
        """Drop the refused token, unless another thread already did; a new one can always be requested."""
        with self._lock:
            if self._header == refused:
                self._header = ""
        return True

    def _fetch(self) -> None:
        asked = self._clock.monotonic()

        def build() -> HttpRequest:
            nonlocal asked
            asked = self._clock.monotonic()
            return self._request()

        found = self._sender.send_with_retry(build, self._read, self._budget)
        if isinstance(found, Fault):
            raise found.error
        token, seconds = found
        SECRETS.add(token)
        self._header = f"Bearer {token}"
        self._ends = asked + seconds - min(MARGIN_SECONDS, seconds / 2)

    def _request(self) -> HttpRequest:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._connection.client_id,
            "client_secret": self._connection.secret.reveal(),
            "scope": SCOPE,
        }
        url = self._connection.token_url
        return HttpRequest(
            "POST",
            url,
            urlsplit(url).path,
            {"Content-Type": "application/x-www-form-urlencoded"},
            urlencode(form).encode(),
            repeatable=True,
            record_bodies=False,
        )

    def _read(self, found: Found) -> tuple[str, float] | Fault:
        """Return the token and its lifetime in seconds."""
        if isinstance(found, TransportFailure):
            return fault_of_failure(found, writing=False)
        if not found.success:
            return _fault(found, self._clock)
        try:
            content = json.loads(found.body)
            token, seconds = content["access_token"], float(content.get("expires_in") or USUAL_SECONDS)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            token, seconds = "", 0.0
        if not isinstance(token, str) or not _PLAIN.fullmatch(token):
            return Fault(TargetUnavailable(f"The response of {found.host} has no token."), again=True)
        return token, max(0.0, min(seconds, MAX_SECONDS))


def _fault(found: HttpResponse, clock: Clock) -> Fault:
    said = ErrorBody.read(found.body)
    if found.status in {400, 401, 403} and said.code:
        hint = next((hint for code, hint in _HINTS if code in said.message), command("config", "list"))
        error: KauflandError = TargetCredentialsRefused(
            f"{found.host} issued no token for Business Central (HTTP {found.status}){said.sentence()}.", hint=hint
        )
        return Fault(error, again=False)
    fault = fault_of_response(found, writing=False, now=clock.now())
    if isinstance(fault.error, TargetUnavailable):
        return fault
    refused = TargetUnavailable(
        f"{found.host} issued no token for Business Central (HTTP {found.status}){said.sentence()}.",
        hint=command("config", "get", "business_central.login_url"),
    )
    return Fault(refused, again=False)
