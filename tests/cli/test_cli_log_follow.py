"""`log show`: today's calls by their time, failed ones in red, and `--follow` shows each call once it has ended."""

import io
import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from kaufland_cli.app.context import Process, Streams
from kaufland_cli.cli.context import CliContext
from kaufland_cli.cli.main import run
from kaufland_cli.http.request_record import Attempt, Outcome
from kaufland_cli.store.request_log import RequestLogWriter
from kaufland_cli.store.store import Store
from support.clocks import HeldClock
from support.machine import Done, Machine, Person


class Watch(HeldClock):
    """A clock at which something happens between two looks; after the last step somebody presses Ctrl-C."""

    steps: tuple[Callable[[], object], ...] | None = None

    def sleep(self, seconds: float) -> None:
        """Let the next thing happen."""
        super().sleep(seconds)
        if self.steps is None:
            return
        if not self.steps:
            raise KeyboardInterrupt
        first, *rest = self.steps
        self.steps = tuple(rest)
        first()


@pytest.fixture
def clock() -> Watch:
    """Give the clock of the machine."""
    return Watch()


@pytest.fixture
def watched(connected: Machine, clock: Watch) -> Machine:
    """Give a machine with a store and two logged calls."""
    connected.clock = clock
    connected.more["KAUFLAND_DEBUG_LOG_API_REQUESTS"] = "true"
    connected.good("import-orders")
    connected.good("log", "clear", "--yes")
    return connected


class Calls:
    """Writes calls to the log, as an import does."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.numbers: dict[str, int | None] = {}

    def _store(self) -> Store:
        name = self.machine.more["KAUFLAND_API_BASE_URL"].split("/")[2].replace(":", "-")
        return Store.open(self.machine.data / "default" / f"{name}.sqlite3", self.machine.clock.now())

    def _attempt(self, endpoint: str) -> Attempt:
        url = f"https://sellerapi.kaufland.com/v2{endpoint}"
        return Attempt(self.machine.clock.now(), "GET", endpoint, url, {}, 1)

    def begin(self, endpoint: str) -> None:
        """Send a call."""
        with self._store() as store:
            log = RequestLogWriter(store.database, everything=True, personal_data=False)
            self.numbers[endpoint] = log.started(self._attempt(endpoint))

    def end(self, endpoint: str, *, code: int = 200) -> None:
        """Let a call end."""
        with self._store() as store:
            log = RequestLogWriter(store.database, everything=True, personal_data=False)
            outcome = Outcome(12, code, error_message=None if code == 200 else "It failed.")
            log.finished(self.numbers[endpoint], self._attempt(endpoint), outcome)

    def whole(self, endpoint: str, *, code: int = 200) -> None:
        """Send a call that ends at once."""
        self.begin(endpoint)
        self.end(endpoint, code=code)


@pytest.fixture
def calls(watched: Machine) -> Calls:
    """Give the writer of calls."""
    return Calls(watched)


def endpoints(done: Done) -> list[str]:
    return [json.loads(line)["endpoint"] for line in done.out.splitlines()]


def test_following_shows_each_call_once_when_it_has_ended(watched: Machine, clock: Watch, calls: Calls) -> None:
    """The last ones come first, then each as it ends, also those that began before; Ctrl-C ends it with 0."""
    calls.whole("/a")
    calls.begin("/b")
    clock.steps = (
        lambda: calls.begin("/c"),
        lambda: calls.whole("/d"),
        lambda: calls.end("/b"),
        lambda: calls.end("/c", code=500),
    )
    done = watched.run("log", "show", "--follow", "--jsonl")
    assert (done.code, done.err) == (0, "")
    assert endpoints(done) == ["/a", "/d", "/b", "/c"]


def test_following_survives_what_is_deleted(watched: Machine, clock: Watch, calls: Calls) -> None:
    """After `log clear` and `prune` new calls are shown, and no old one again; a call cut off is shown in the end."""
    calls.whole("/a")
    calls.begin("/killed")
    clock.steps = (
        lambda: watched.good("log", "clear", "--yes"),
        lambda: calls.whole("/b"),
        lambda: calls.begin("/cut-off"),
        lambda: watched.good("log", "prune"),
        lambda: clock.advance(seconds=timedelta(minutes=16).total_seconds()),
        lambda: calls.whole("/c"),
    )
    done = watched.run("log", "show", "-f", "--jsonl")
    assert endpoints(done) == ["/a", "/b", "/cut-off", "/c"]


def test_only_failed_calls_are_followed(watched: Machine, clock: Watch, calls: Calls) -> None:
    """With --failed a call is shown if it failed in the end; as CSV and tab-separated too, with one head."""
    clock.steps = (lambda: calls.begin("/a"), lambda: calls.end("/a"), lambda: calls.whole("/b", code=500))
    assert endpoints(watched.run("log", "show", "-f", "--failed", "--jsonl")) == ["/b"]
    clock.steps = (lambda: calls.whole("/c"),)
    assert [line.split("\t")[3] for line in watched.run("log", "show", "-f", "-n", "1").out.splitlines()] == [
        "Endpoint",
        "/b",
        "/c",
    ]


def test_what_cannot_be_followed_is_refused(watched: Machine) -> None:
    """One entry, and one JSON object, have an end."""
    assert watched.run("log", "show", "1", "--follow").code == 2
    assert "--jsonl" in watched.run("log", "show", "--follow", "--json").err


def berlin(_moment: datetime) -> timedelta:
    """Return the offset of a machine in Berlin, in winter."""
    return timedelta(hours=1)


def on_terminal(machine: Machine, *words: str, columns: int) -> str:
    out = Person()
    environ = machine.environ | {"COLUMNS": str(columns), "TERM": "xterm"}
    streams = Streams(Person(), out, io.StringIO())
    run(words, CliContext(environ, streams, machine.clock, Process(os.getpid(), lambda: 0.5, berlin)))
    return out.getvalue()


def test_today_is_a_time_and_failed_is_red(watched: Machine, clock: Watch, calls: Calls) -> None:
    """Today's calls have their time first, others the date behind it; seconds at 120 columns; failed rows are red."""
    calls.whole("/yesterday")
    clock.advance(days=1)
    calls.whole("/today", code=500)
    wide, narrow = (on_terminal(watched, "log", "show", "--no-pager", columns=width) for width in (120, 80))
    today, yesterday = (line for line in wide.splitlines() if "/today" in line or "/yesterday" in line)
    assert "10:30:00 2026" not in today
    assert "\x1b[31m10:30:00" in today
    assert "10:30:00 2026-11-24" in yesterday
    assert "\x1b[31m" not in yesterday
    assert "10:30 2026-11-24" in narrow
    clock.steps = ()
    followed = on_terminal(watched, "log", "show", "-f", columns=80)
    assert "\x1b[31m10:30:00" in followed


def test_nothing_is_written_before_a_mistyped_time_is_refused(watched: Machine) -> None:
    """`--since` is checked before the head of a list is written."""
    for form in ((), ("--csv",), ("--jsonl",)):
        done = watched.run("log", "show", "--follow", "--since", "soon", *form)
        assert (done.code, done.out) == (2, "")


def test_zone_stands_above_the_lines_where_it_is_not_the_machines(watched: Machine, clock: Watch, calls: Calls) -> None:
    """A log that is followed says once in which zone its times are, as lists do; nothing where it is the machine's."""
    watched.more["KAUFLAND_UI_TIMEZONE"] = "Asia/Tokyo"
    calls.whole("/a")
    clock.steps = (lambda: calls.whole("/b"),)
    lines = on_terminal(watched, "--color", "never", "log", "show", "-f", columns=80).splitlines()
    assert lines[0] == "Times are in Asia/Tokyo."
    assert ["/a" in lines[1], "/b" in lines[2], len(lines)] == [True, True, 3]


def test_chosen_columns_are_followed(watched: Machine, clock: Watch, calls: Calls) -> None:
    """`--columns` holds for a log that is followed too: as CSV, in a pipe and on a terminal."""
    words = ("log", "show", "-f", "--columns", "endpoint,status_code")
    calls.whole("/a")
    clock.steps = ()
    assert watched.run(*words, "--csv").out.splitlines() == ["endpoint,status_code", "/a,200"]
    assert watched.run(*words).out.splitlines() == ["Endpoint\tCode", "/a\t200"]
    assert on_terminal(watched, *words, columns=80).splitlines() == ["/a 200"]
