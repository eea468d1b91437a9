"""Signs given to a watcher on loopback."""

import threading
import time

import pytest

from kaufland_cli.clock import SystemClock
from kaufland_cli.errors import NotificationFailed
from kaufland_cli.monitoring.channels import RunEnd
from kaufland_cli.monitoring.channels import ping as pinging
from kaufland_cli.monitoring.channels.ping import MAX_BODY, PingChannel, ping
from kaufland_cli.monitoring.memory import Memory, failed
from support.clocks import START
from support.ping_server import PingServer


def send(url: str, sign: str = "", body: str = "") -> None:
    """Give one sign."""
    ping(url, sign, body, user_agent="kaufland-cli/test", clock=SystemClock())


def test_start_success_and_failure_have_their_own_addresses() -> None:
    """Behind the address stands what it is; a long body is cut, in whole characters."""
    with PingServer() as server:
        for sign in ("start", "", "fail"):
            send(server.url, sign, "ü" * MAX_BODY)
    paths, bodies = zip(*server.watched.signs, strict=True)
    assert paths == ("/ping/s3cret-uuid/start", "/ping/s3cret-uuid", "/ping/s3cret-uuid/fail")
    assert set(bodies) == {"ü" * (MAX_BODY // 2)}


@pytest.mark.parametrize("status", [302, 404, 500])
def test_failure_is_reported_without_the_address(status: int) -> None:
    """Nothing is followed to another host, and the address, which is a capability, is never shown."""
    with PingServer() as server, PingServer() as other:
        server.watched.status, server.watched.location = status, other.url
        with pytest.raises(NotificationFailed, match=f"HTTP {status}") as caught:
            send(server.url)
    assert "s3cret" not in caught.value.message + str(caught.value.hint)
    assert other.watched.signs == []


def test_watcher_that_is_gone_is_reported_without_the_address() -> None:
    """Neither the error nor what it came from names the address."""
    with PingServer() as server:
        url = server.url
    with pytest.raises(NotificationFailed, match="ConnectError") as caught:
        send(url)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__context__ is None


def test_import_waits_no_longer_than_it_must(monkeypatch: pytest.MonkeyPatch) -> None:
    """A watcher that hangs holds up the end of an import by the bound, whatever it does."""
    monkeypatch.setattr(pinging, "SECONDS", 0.2)
    with PingServer() as server:
        server.watched.seconds = 1
        watcher = PingChannel(lambda sign, body: send(server.url, sign, body), "profile default")
        began = time.monotonic()
        watcher.run_started()
        assert time.monotonic() - began < 0.15
        watcher.run_ended(RunEnd(0, Memory()))
        assert time.monotonic() - began < 0.9


def test_end_that_hangs_is_reported_whatever_the_start_did(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start that ends well while the end of the import is being sent does not make it pass for sent."""
    monkeypatch.setattr(pinging, "SECONDS", 0.2)
    start_may_end, test_is_over = threading.Event(), threading.Event()

    def send_slowly(sign: str, _body: str) -> None:
        if sign == "start":
            start_may_end.wait(5)
        else:
            start_may_end.set()
            test_is_over.wait(5)

    channel = PingChannel(send_slowly, "profile default")
    channel.run_started()
    problem = channel.run_ended(RunEnd(0, Memory()))
    test_is_over.set()
    assert problem is not None
    assert "no response within" in problem.message


def test_end_comes_after_the_start() -> None:
    """However quick the import was."""
    with PingServer() as server:
        watcher = PingChannel(lambda sign, body: send(server.url, sign, body), "profile default")
        watcher.run_started()
        watcher.run_ended(RunEnd(5, failed(Memory(), "5 timed_out", "x", START)[0]))
    assert server.watched.signs == [
        ("/ping/s3cret-uuid/start", ""),
        ("/ping/s3cret-uuid/fail", "profile default: exit code 5, failed: 5 timed_out; 1 in a row\n"),
    ]
