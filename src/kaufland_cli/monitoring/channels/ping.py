"""Tells a watcher (healthchecks.io and its like) that an import starts, and how it ended.

The address is a capability: whoever has it can say that all is well. So it is never shown, and nothing is followed.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from kaufland_cli.clock import Clock
from kaufland_cli.errors import NotificationFailed, ProxyFailed
from kaufland_cli.http.redaction import SECRETS
from kaufland_cli.http.retry import Fault, RetryBudget
from kaufland_cli.http.sending import Found, HttpRequest, HttpResponse, Sender
from kaufland_cli.monitoring.channels import Channel, RunEnd, Sources

SECONDS: Final = 5.0
MAX_BODY: Final = 1_000
SHORTEST_CAPABILITY: Final = 8
"""Shorter parts of an address (`ping`, `v1`) let nobody in."""


def ping(url: str, sign: str, body: str, *, user_agent: str, clock: Clock) -> None:
    """Send `start`, `fail`, or nothing for success. Raises `NotificationFailed`, or SettingsError (proxy, TLS)."""
    parts = urlsplit(url)
    SECRETS.add(*_capabilities(url))
    sender = Sender(
        headers={"User-Agent": user_agent, "Content-Type": "text/plain; charset=utf-8"},
        timeout_seconds=SECONDS,
        clock=clock,
        random=lambda: 0.0,  # nothing is tried again
        check="kaufland monitoring test",
        verify=parts.scheme == "https",
        use_proxy=parts.scheme == "https",  # http is for this machine only, which no proxy can reach
        whole_seconds=SECONDS,
    )
    request = HttpRequest("POST", f"{url}/{sign}" if sign else url, "", content=_short(body))
    try:
        found = sender.send_with_retry(lambda: request, _read, RetryBudget(attempts=1))
    finally:
        sender.close()
    if isinstance(found, Fault):
        raise found.error


def _read(found: Found) -> Fault | None:
    """Say what went wrong: an error's own text may name the address; what is said of a proxy does not."""
    if isinstance(found, HttpResponse):
        return None if found.success else Fault(_failed(found.host, f"HTTP {found.status}"), again=False)
    error = found.fault.error
    reason = error.message.rstrip(".") if isinstance(error, ProxyFailed) else found.kind
    return Fault(_failed(found.host, reason), again=False)


class PingChannel(Channel):
    """The pings of one import. That one fails is no reason for anything else to fail."""

    name = "ping"
    trial = "the watcher took a start and a success"

    def __init__(self, send: Callable[[str, str], None], place: str) -> None:
        """`send` sends one sign with a body, and may raise a `KauflandError`."""
        self._send = send
        self._place = place
        self._starting: threading.Thread | None = None

    def run_started(self) -> None:
        """Say that an import starts, beside it."""
        self._starting = threading.Thread(target=self._quietly, args=("start", ""), daemon=True)
        self._starting.start()

    def run_ended(self, end: RunEnd, /) -> None:
        """Say how it ended, after the start has been said; nothing of a run that never began to import.

        No word of the error is in it, which may hold a path or a name.
        """
        if self._starting is None:
            return
        self._starting.join(SECONDS)
        failure = end.memory.failure
        state = "worked" if failure is None else f"failed: {failure.kind}; {failure.runs} in a row"
        body = f"{self._place}: exit code {end.exit_code}, {state}\n"
        ending = threading.Thread(target=self._quietly, args=("fail" if failure else "", body), daemon=True)
        ending.start()
        ending.join(SECONDS)  # looking up a name knows no time limit of its own

    def send_trial(self) -> None:
        """Say that an import starts, and that it worked."""
        for sign in ("start", ""):
            self._send(sign, "trial\n")

    def _quietly(self, sign: str, body: str) -> None:
        with suppress(Exception):  # whatever it is: a thread that dies would write on stderr
            self._send(sign, body)


def open_channel(sources: Sources) -> Channel | None:
    """Return the channel where a watcher waits for imports."""
    settings = sources.loaded.settings
    url = settings.monitoring.ping_url
    if not url:
        return None
    send = partial(ping, url, user_agent=settings.api.user_agent, clock=sources.clock)
    return PingChannel(send, sources.place)


def _capabilities(url: str) -> list[str]:
    """Return the address and those of its parts that may let somebody in by themselves."""
    parts = urlsplit(url)
    order_units = [*parts.path.split("/"), *(order_unit.partition("=")[2] for order_unit in parts.query.split("&"))]
    own = [order_unit for order_unit in order_units if len(order_unit) >= SHORTEST_CAPABILITY]
    return [url, *own, *filter(None, (parts.username, parts.password))]


def _short(body: str) -> bytes:
    return body.encode()[:MAX_BODY].decode(errors="ignore").encode()


def _failed(host: str, reason: str) -> NotificationFailed:
    return NotificationFailed(
        f"The watcher at {host} (monitoring.ping_url) could not be notified: {reason}.",
        hint="kaufland config get monitoring.ping_url --reveal",
    )
