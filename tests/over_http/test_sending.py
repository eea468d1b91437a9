"""The one way to every API: what is tried again, what is recorded, and who waits; answers are scripted."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
import respx

from kaufland_cli.domain.hint import command
from kaufland_cli.errors import KauflandFailing
from kaufland_cli.http.retry import Fault, RetryBudget
from kaufland_cli.http.sending import Found, HttpRequest, HttpResponse, Sender
from support.clocks import HeldClock
from support.seller_api import ListeningLog

URL = "https://api.example/things"


@contextmanager
def opened(clock: HeldClock, log: ListeningLog | None = None) -> Iterator[Sender]:
    """Open a way to an API that is not there."""
    sender = Sender(
        headers={},
        timeout_seconds=1.0,
        clock=clock,
        random=lambda: 0.5,
        check=command("test-connection"),
        log=log,
        verify=False,
        use_proxy=False,
    )
    try:
        yield sender
    finally:
        sender.close()


def request(method: str, *, repeatable: bool = False) -> Callable[[], HttpRequest]:
    """Return what builds such a request."""
    return lambda: HttpRequest(method, URL, "/things", repeatable=repeatable)


def until_success(**fault: bool) -> Callable[[Found], int | Fault]:
    """Return what takes the status of a success and finds the given fault in anything else."""

    def read(found: Found) -> int | Fault:
        if isinstance(found, HttpResponse) and found.success:
            return found.status
        retry_after = float(found.headers["retry-after"]) if isinstance(found, HttpResponse) else None
        return Fault(KauflandFailing("It failed."), **{"again": True, **fault}, retry_after=retry_after)

    return read


def answers(*statuses: int) -> list[httpx.Response]:
    """Return answers, each of which asks to wait for seven seconds."""
    return [httpx.Response(status, headers={"Retry-After": "7"}) for status in statuses]


@pytest.mark.parametrize(
    ("method", "repeatable", "sent"), [("GET", False, 3), ("POST", False, 1), ("PATCH", False, 1), ("POST", True, 3)]
)
def test_only_repeatable_requests_are_sent_again(method: str, repeatable: bool, sent: int) -> None:
    """A GET, or what its sender says is as harmless; each attempt is recorded once, before and after."""
    clock, log = HeldClock(), ListeningLog()
    with respx.mock() as server, opened(clock, log) as sender:
        server.route(url=URL).mock(side_effect=answers(503, 503, 201))
        found = sender.send_with_retry(request(method, repeatable=repeatable), until_success(), RetryBudget())
    assert (found == 201) == (sent == 3)
    assert log.told == ["started", "finished"] * sent
    assert [attempt.number for attempt in log.attempts] == [*range(1, sent + 1)]
    assert clock.slept == [7.25, 7.5][: sent - 1]


def test_request_signed_again_is_sent_at_once_whatever_it_is() -> None:
    """It was refused before anything was done; no budget is spent on it."""
    clock, budget = HeldClock(), RetryBudget(attempts=1)
    with respx.mock() as server, opened(clock) as sender:
        server.route(url=URL).mock(side_effect=answers(401, 201))
        assert sender.send_with_retry(request("POST"), until_success(sign_again=True), budget) == 201
    assert (clock.slept, budget.spent) == ([], 0.0)


def test_request_is_signed_again_only_once() -> None:
    """A server that refuses every signature is not asked for ever."""
    with respx.mock() as server, opened(HeldClock()) as sender:
        server.route(url=URL).mock(side_effect=answers(401, 401))
        found = sender.send_with_retry(request("POST"), until_success(sign_again=True), RetryBudget())
    assert isinstance(found, Fault)


@pytest.mark.parametrize(("hold_all", "waited"), [(True, [7.0]), (False, [])])
def test_after_a_write_that_came_too_early_the_next_request_waits(hold_all: bool, waited: list[float]) -> None:
    """Where everything would be refused meanwhile; the write itself is not sent again."""
    clock = HeldClock()
    with respx.mock() as server, opened(clock) as sender:
        server.route(url=URL).mock(side_effect=answers(429, 200))
        assert isinstance(
            sender.send_with_retry(request("POST"), until_success(hold_all=hold_all), RetryBudget()), Fault
        )
        assert clock.slept == []
        assert sender.send_with_retry(request("GET"), until_success(), RetryBudget()) == 200
    assert clock.slept == pytest.approx(waited)


def test_answer_that_its_reader_stumbles_over_is_recorded_too() -> None:
    """Whatever happens between sending and understanding, the row is completed."""
    log = ListeningLog()

    def stumble(_: Found) -> int:
        raise KeyError("data")

    with respx.mock() as server, opened(HeldClock(), log) as sender:
        server.route(url=URL).mock(side_effect=answers(200))
        with pytest.raises(KeyError):
            sender.send_with_retry(request("GET"), stumble, RetryBudget())
    assert [(one.status_code, one.error_message) for one in log.outcomes] == [(200, "interrupted")]


def test_unexpected_status_is_recorded_as_it_is() -> None:
    """An optional thing that is not there: its caller goes on, and the log shows why there was nothing."""
    log = ListeningLog()
    with respx.mock() as server, opened(HeldClock(), log) as sender:
        server.route(url=URL).mock(side_effect=answers(404))
        assert sender.send_with_retry(request("GET"), lambda _found: None, RetryBudget()) is None
    assert [(one.success, one.error_message) for one in log.outcomes] == [(False, "HTTP 404")]
