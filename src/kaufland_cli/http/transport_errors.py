"""Turns network failures into errors that a person can act on."""

import socket
import ssl
from collections.abc import Iterator

from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import (
    ConnectionFailed,
    NameNotResolved,
    ProxyFailed,
    ResponseUnreadable,
    SettingsError,
    TimedOut,
    TlsFailed,
)
from kaufland_cli.http.library import httpx
from kaufland_cli.http.proxy import ProxyFailure
from kaufland_cli.http.redaction import SECRETS
from kaufland_cli.http.retry import Fault


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and its causes."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


WIRE_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, UnicodeError)
"""Everything that a request can raise; UnicodeError comes from host names with a part that is too long for DNS."""
NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    UnicodeError,
)
"""Raised before the request was sent. After any other error the server may have carried it out."""


def fault_of_exception(error: Exception, host: str) -> Fault:
    """Return the fault for one of `WIRE_ERRORS`, with an error that a person can act on."""
    if isinstance(error, ProxyFailure):
        return _fault_of_proxy(error, host)
    chain = list(causes(error))
    if any(isinstance(cause, socket.gaierror | UnicodeError) for cause in chain):
        return Fault(
            NameNotResolved(
                f"The host name {host} could not be resolved: there is no internet connection, no DNS server, or "
                "the base URL is misspelt.",
                hint=Hint("Check the connection and api.base_url: ", command("config", "get", "api.base_url")),
            ),
            again=True,
        )
    tls = next((cause for cause in chain if isinstance(cause, ssl.SSLError)), None)
    if tls is not None and not isinstance(tls, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Fault(
            TlsFailed(
                f"The encrypted connection to {host} cannot be trusted: {_tls_reason(tls)}. Nothing was sent.",
                hint=Hint(
                    "Check this machine's date, its certificates, and any proxy in between, then: ",
                    command("test-connection"),
                ),
            ),
            again=False,
        )
    if isinstance(error, httpx.TimeoutException):
        return Fault(TimedOut(f"{host} did not answer in time."), again=True)
    if isinstance(error, httpx.DecodingError | httpx.RemoteProtocolError):
        return Fault(ResponseUnreadable(f"The response from {host} was cut off or garbled."), again=True)
    if isinstance(error, httpx.TooManyRedirects):
        return Fault(ResponseUnreadable(f"{host} redirected the request in circles."), again=False)
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return Fault(
            SettingsError(f"The base URL cannot be used: {host}.", hint=command("config", "get", "api.base_url")),
            again=False,
        )
    return Fault(ConnectionFailed(f"Could not connect to {host}: {_plain_reason(chain)}."), again=True)


_CERTIFICATES = {
    9: "its certificate is not valid yet",
    10: "its certificate has expired",
    18: "its certificate is self-signed",
    19: "its certificate is self-signed",
    20: "its certificate was not issued by an authority that this machine trusts",
    21: "its certificate was not issued by an authority that this machine trusts",
    62: "its certificate is for another host",
    64: "its certificate is for another address",
}
"""OpenSSL's codes of certificates that cannot be verified (openssl/x509_vfy.h)."""


def _tls_reason(error: ssl.SSLError) -> str:
    """Return why a connection cannot be trusted; for a rare reason OpenSSL's own code, which can be looked up."""
    if isinstance(error, ssl.SSLCertVerificationError):
        code = getattr(error, "verify_code", 0)
        return _CERTIFICATES.get(code, f"its certificate cannot be verified (code {code})")
    if error.reason == "WRONG_VERSION_NUMBER":
        return "it does not speak TLS"
    return f"the handshake failed ({error.reason})" if error.reason else "the handshake failed"


def _fault_of_proxy(error: ProxyFailure, host: str) -> Fault:
    """Return the fault for a failure at a proxy; the error names the proxy."""
    proxy, chain = error.proxy.name, list(causes(error.reason))
    again, what = True, f"Could not connect to {proxy}: {_plain_reason(chain)}"
    if isinstance(error.reason, httpx.ProxyError):
        again = not str(error.reason).startswith("407")
        what = (
            f"{proxy[0].upper()}{proxy[1:]} refused the connection to {host}: {SECRETS.for_message(str(error.reason))}"
        )
    elif any(isinstance(cause, socket.gaierror | UnicodeError) for cause in chain):
        what = f"The name of {proxy} could not be looked up"
    elif any(isinstance(cause, ssl.SSLError) for cause in chain):
        again, what = False, f"The encrypted connection to {proxy} cannot be trusted"
    elif isinstance(error.reason, httpx.TimeoutException):
        what = f"{proxy[0].upper()}{proxy[1:]} did not answer in time"
    failed = ProxyFailed(
        f"{what}. {host} was not reached.",
        hint=Hint(f"Check {error.proxy.source}, or name {host} in NO_PROXY, then: ", command("test-connection")),
    )
    return Fault(failed, again=again)


def _plain_reason(chain: list[BaseException]) -> str:
    """Return the operating system's reason in a few words."""
    for cause in reversed(chain):
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror[0].lower() + cause.strerror[1:]
    return "the connection was closed"
