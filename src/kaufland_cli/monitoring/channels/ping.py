"""Pings a watchdog service such as healthchecks.io when an import starts and ends.

The URL is a secret: whoever knows it can report success. So it is never shown, and redirects are not followed.
"""

import threading
from collections.abc import Callable
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from kaufland_cli.clock import Clock
from kaufland_cli.domain.hint import command
from kaufland_cli.errors import KauflandError, NotificationFailed, ProxyFailed
from kaufland_cli.http.redaction import SECRETS
from kaufland_cli.http.retry import Fault, RetryBudget
from kaufland_cli.http.sending import Found, HttpRequest, HttpResponse, Sender
from kaufland_cli.monitoring.channels import Channel, RunEnd, Sources
from kaufland_cli.time_limit import run_within

SECONDS: Final = 5.0
MAX_BODY: Final = 1_000
MIN_CAPABILITY_LENGTH: Final = 8
"""Shorter parts of a URL (`ping`, `v1`) are not secret."""


def ping(url: str, sign: str, body: str, *, user_agent: str, clock: Clock) -> None:
    """Send `start`, `fail`, or nothing for success. Raises `NotificationFailed`, or SettingsError (proxy, TLS)."""
    parts = urlsplit(url)
    SECRETS.add(*_capabilities(url))
    sender = Sender(
        headers={"User-Agent": user_agent, "Content-Type": "text/plain; charset=utf-8"},
        timeout_seconds=SECONDS,
        clock=clock,
        random=lambda: 0.0,  # there are no retries
        check=command("monitoring", "test"),
        verify=parts.scheme == "https",
        use_proxy=parts.scheme == "https",  # http is allowed for this machine only, which a proxy cannot reach
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
    """Return the failure, if any, without the error's own text, which may contain the URL (except for proxies)."""
    if isinstance(found, HttpResponse):
        return None if found.success else Fault(_failed(found.host, f"HTTP {found.status}"), again=False)
    error = found.fault.error
    reason = error.message.rstrip(".") if isinstance(error, ProxyFailed) else found.kind
    return Fault(_failed(found.host, reason), again=False)


class PingChannel(Channel):
    """Sends the pings of one import; a failed ping never fails anything else."""

    name = "ping"
    reports_runs = True
    trial = "the watchdog accepted a start and a success"

    def __init__(self, send: Callable[[str, str], None], place: str) -> None:
        """`send` sends one signal with a body and may raise a `KauflandError`."""
        self._send = send
        self._place = place
        self._starting: threading.Thread | None = None

    def run_started(self) -> None:
        """Report the start from a thread of its own."""
        self._starting = threading.Thread(target=self._attempt, args=("start", ""), daemon=True)
        self._starting.start()

    def run_ended(self, end: RunEnd, /) -> KauflandError | None:
        """Report the end after the start; nothing for a run that never began to import.

        The error text is left out, because it may contain a path or a name.
        """
        if self._starting is None:
            return None
        self._starting.join(SECONDS)
        failure = end.memory.failure
        state = "worked" if failure is None else f"failed: {failure.kind}; {failure.runs} in a row"
        body = f"{self._place}: exit code {end.exit_code}, {state}\n"
        # A DNS lookup has no time limit of its own.
        finished = run_within(SECONDS, lambda: self._attempt("fail" if failure else "", body))
        return _too_slow() if finished is None else finished.value

    def send_trial(self) -> None:
        """Report a start and a success."""
        for sign in ("start", ""):
            self._send(sign, "trial\n")

    def _attempt(self, sign: str, body: str) -> KauflandError | None:
        """Send one signal and return the error, if any."""
        try:
            self._send(sign, body)
        except KauflandError as error:
            return error
        except Exception as error:  # noqa: BLE001 - a dying thread would write to stderr
            return _failed_with(type(error).__name__)
        return None


def open_channel(sources: Sources) -> Channel | None:
    """Return the channel if a ping URL is set."""
    settings = sources.loaded.settings
    url = settings.monitoring.ping_url
    if not url:
        return None
    send = partial(ping, url, user_agent=settings.api.user_agent, clock=sources.clock)
    return PingChannel(send, sources.place)


def _capabilities(url: str) -> list[str]:
    """Return the URL and those of its parts that may be secret by themselves."""
    parts = urlsplit(url)
    segments = [*parts.path.split("/"), *(pair.partition("=")[2] for pair in parts.query.split("&"))]
    own = [segment for segment in segments if len(segment) >= MIN_CAPABILITY_LENGTH]
    return [url, *own, *filter(None, (parts.username, parts.password))]


def _short(body: str) -> bytes:
    return body.encode()[:MAX_BODY].decode(errors="ignore").encode()


def _too_slow() -> NotificationFailed:
    return _failed_with(f"no response within {SECONDS:.0f} seconds")


def _failed(host: str, reason: str) -> NotificationFailed:
    return _failed_with(reason, f" at {host}")


def _failed_with(reason: str, where: str = "") -> NotificationFailed:
    return NotificationFailed(
        f"The watcher{where} (monitoring.ping_url) could not be notified: {reason}.",
        hint=command("config", "get", "monitoring.ping_url", "--reveal"),
    )
