"""Tells a watcher (healthchecks.io and its like) that an import starts, and how it ended.

The address is a capability: whoever has it can say that all is well. So it is never shown, and nothing is followed.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

import httpx

from kaufland_cli.errors import KauflandError, NotificationFailed
from kaufland_cli.http.connections import Connections
from kaufland_cli.http.proxy import ProxyBroke
from kaufland_cli.http.redaction import SECRETS
from kaufland_cli.http.transport_errors import WIRE_ERRORS, fault_of_exception

SECONDS: Final = 5.0
MAX_BODY: Final = 1_000
SHORTEST_CAPABILITY: Final = 8
"""Shorter parts of an address (`ping`, `v1`) let nobody in."""


def ping(url: str, sign: str, body: str, *, user_agent: str, monotonic: Callable[[], float]) -> None:
    """Send `start`, `fail`, or nothing for success. Raises `NotificationFailed`, or SettingsError (proxy, TLS)."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    SECRETS.add(*_capabilities(url))
    connections = Connections(
        headers={"User-Agent": user_agent, "Content-Type": "text/plain; charset=utf-8"},
        timeout_seconds=SECONDS,
        limits=httpx.Limits(max_connections=1),
        monotonic=monotonic,
        check="kaufland monitoring test",
        verify=parts.scheme == "https",
        use_proxy=parts.scheme == "https",  # http is for this machine only, which no proxy can reach
        whole_seconds=SECONDS,
    )
    try:
        request = connections.http.build_request("POST", f"{url}/{sign}" if sign else url, content=_short(body))
        response, _ = connections.exchange(request, host)
    except (*WIRE_ERRORS, httpx.HTTPError, KauflandError) as error:
        # The error's own text may name the address; what is said of a proxy does not.
        said = fault_of_exception(error, host).error.message.rstrip(".") if isinstance(error, ProxyBroke) else ""
        raise _not_told(host, said or type(error).__name__) from None
    finally:
        connections.close()
    if not response.is_success:
        raise _not_told(host, f"HTTP {response.status_code}")


class Watcher:
    """The pings of one import. That one fails is no reason for anything else to fail."""

    def __init__(self, send: Callable[[str, str], None]) -> None:
        """`send` sends one sign with a body, and may raise a `KauflandError`."""
        self._send = send
        self._starting: threading.Thread | None = None

    def start(self) -> None:
        """Say that an import starts, beside it."""
        self._starting = threading.Thread(target=self._quietly, args=("start", ""), daemon=True)
        self._starting.start()

    def end(self, *, good: bool, body: str) -> None:
        """Say how it ended, after the start has been said."""
        if self._starting is not None:
            self._starting.join(SECONDS)
        ending = threading.Thread(target=self._quietly, args=("" if good else "fail", body), daemon=True)
        ending.start()
        ending.join(SECONDS)  # looking up a name knows no time limit of its own

    def _quietly(self, sign: str, body: str) -> None:
        with suppress(Exception):  # whatever it is: a thread that dies would write on stderr
            self._send(sign, body)


def _capabilities(url: str) -> list[str]:
    """Return the address and those of its parts that may let somebody in by themselves."""
    parts = urlsplit(url)
    order_units = [*parts.path.split("/"), *(order_unit.partition("=")[2] for order_unit in parts.query.split("&"))]
    own = [order_unit for order_unit in order_units if len(order_unit) >= SHORTEST_CAPABILITY]
    return [url, *own, *filter(None, (parts.username, parts.password))]


def _short(body: str) -> bytes:
    return body.encode()[:MAX_BODY].decode(errors="ignore").encode()


def _not_told(host: str, reason: str) -> NotificationFailed:
    return NotificationFailed(
        f"The watcher at {host} (monitoring.ping_url) could not be told: {reason}.",
        hint="kaufland config get monitoring.ping_url --reveal",
    )
