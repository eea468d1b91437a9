"""Every exception of httpx has a cause that a seller can act on; the classes are found, not listed."""

import inspect
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import respx

from kaufland_cli.errors import (
    ConnectionFailed,
    ExitCode,
    KauflandError,
    NameNotResolved,
    ResponseUnreadable,
    SettingsError,
    TimedOut,
    TlsFailed,
)
from kaufland_cli.http.proxy import Proxy
from kaufland_cli.http.transport_errors import WIRE_ERRORS, fault_of_exception
from support.clocks import HeldClock
from support.seller_api import ListeningLog, open_client

REQUEST = httpx.Request("GET", "https://shop.example/v2")
ROOTS: tuple[type[Exception], ...] = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError)


def family(root: type[Exception]) -> Iterator[type[Exception]]:
    """Yield a class and all below it."""
    yield root
    for child in root.__subclasses__():
        yield from family(child)


def instance(kind: type[Exception]) -> Exception:
    """Make an exception with whatever its constructor asks for."""
    given: dict[str, Any] = {
        "message": "it went wrong",
        "request": REQUEST,
        "response": httpx.Response(500),
        "proxy": Proxy("HTTPS_PROXY", "proxy.example", 3128),
        "reason": httpx.ConnectError("it went wrong"),
    }
    return kind(**{name: given[name] for name in inspect.signature(kind).parameters})


KINDS = sorted({kind for root in ROOTS for kind in family(root)}, key=lambda kind: kind.__name__)


def test_no_exception_of_httpx_is_left_out() -> None:
    """What httpx exports is among what was found; cookies are never asked for by name, so their conflict is not."""
    exported = {one for one in vars(httpx).values() if isinstance(one, type) and issubclass(one, Exception)}
    assert exported - set(KINDS) == {httpx.CookieConflict}
    assert len(KINDS) > 20
    assert set(ROOTS) | {UnicodeError} == set(WIRE_ERRORS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_exception_becomes_an_error_of_ours(kind: type[Exception]) -> None:
    """None escapes `Client.get`; each ends as "settings" or "unreachable", in a sentence, and is recorded."""
    log = ListeningLog()
    with respx.mock() as mocked:
        mocked.get("https://shop.example/v2/status/ping").mock(side_effect=instance(kind))
        with (
            open_client("https://shop.example/v2", HeldClock(), log=log) as client,
            pytest.raises(KauflandError) as raised,
        ):
            client.get("/status/ping")
    assert raised.value.exit_code in {ExitCode.UNREACHABLE, ExitCode.SETTINGS}
    assert "shop.example" in raised.value.message
    assert raised.value.hint
    assert log.told == ["started", "finished"] * len(log.attempts)
    assert {outcome.error_message for outcome in log.outcomes} == {raised.value.message}


def caused_by(error: Exception, *causes: BaseException) -> Exception:
    """Return the error as httpx raises it: from something lower, which came from the operating system."""
    current: BaseException = error
    for cause in causes:
        current.__cause__ = cause
        current = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind", "again"),
    [
        (httpx.ConnectTimeout("x"), TimedOut, True),
        (httpx.PoolTimeout("x"), TimedOut, True),
        (httpx.ReadTimeout("x"), TimedOut, True),
        (httpx.WriteTimeout("x"), TimedOut, True),
        (httpx.ConnectError("x"), ConnectionFailed, True),
        (httpx.ReadError("x"), ConnectionFailed, True),
        (httpx.ProxyError("x"), ConnectionFailed, True),
        (httpx.RemoteProtocolError("x"), ResponseUnreadable, True),
        (httpx.DecodingError("x"), ResponseUnreadable, True),
        (httpx.TooManyRedirects("x"), ResponseUnreadable, False),
        (httpx.UnsupportedProtocol("x"), SettingsError, False),
        (httpx.InvalidURL("x"), SettingsError, False),
        (caused_by(httpx.ConnectError("x"), socket.gaierror(-2, "x")), NameNotResolved, True),
        (caused_by(httpx.ConnectError("x"), OSError("x"), socket.gaierror(-2, "x")), NameNotResolved, True),
        (caused_by(httpx.ConnectError("x"), ssl.SSLCertVerificationError("x")), TlsFailed, False),
        (caused_by(httpx.ConnectError("x"), ssl.SSLEOFError("x")), ConnectionFailed, True),
        (caused_by(httpx.ConnectError("x"), ConnectionRefusedError(111, "Connection refused")), ConnectionFailed, True),
        (UnicodeError("label too long"), NameNotResolved, True),
    ],
    ids=repr,
)
def test_each_cause_has_its_own_error(error: Exception, kind: type[KauflandError], again: bool) -> None:
    """Time-out, DNS, TLS, refusal, garbled data and settings are distinguished, and only transient ones retried."""
    fault = fault_of_exception(error, "shop.example")
    assert (type(fault.error), fault.again) == (kind, again)


def test_reason_of_the_system_is_passed_on() -> None:
    """The reason stands in the message, and a chain that bites its own tail ends."""
    error = caused_by(httpx.ConnectError("x"), ConnectionRefusedError(111, "Connection refused"))
    assert error.__cause__ is not None
    error.__cause__.__context__ = error
    assert "connection refused" in fault_of_exception(error, "shop.example").error.message
