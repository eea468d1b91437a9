"""What is reported of failures, when, and what is kept silent."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kaufland_cli.monitoring.memory import DAY, HOUR, MAX_KINDS, Memory, failed, news, worked
from support.seller_api import STEADY

START = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def told_at(kinds: Sequence[str | None], step: timedelta = QUARTER) -> tuple[list[tuple[int, str]], list[int], Memory]:
    """Let runs end at every step, each in a kind of failure or well; return the reported ones, and the recoveries."""
    memory, failures, recoveries = Memory(), [], []
    for place, kind in enumerate(kinds):
        now = START + place * step
        if kind is None:
            memory, ended = worked(memory, now)
            recoveries += [place] if ended is not None else []
        else:
            memory, tell = failed(memory, kind, "what", now)
            failures += [(place, kind)] if tell else []
    return failures, recoveries, memory


def test_lasting_failure_is_reported_at_first_after_an_hour_then_daily() -> None:
    """Of three days that all fail, every quarter of an hour: the first run, the one an hour later, one a day then."""
    failures, _, memory = told_at(["5 timed_out"] * (3 * 96))
    assert [place for place, _ in failures] == [0, 4, 4 + 96, 4 + 2 * 96]
    assert memory.failure is not None
    assert (memory.failure.runs, memory.failure.since) == (3 * 96, START)


def test_new_cause_is_reported_at_once_and_one_known_within_the_hour_is_not() -> None:
    """Two causes that take turns are reported once each, an hour later again, then daily."""
    failures, _, _ = told_at(["5 timed_out", "9 store_full"] * 96)
    assert [place for place, _ in failures][:4] == [0, 1, 4, 5]
    assert len(failures) == 6


def test_recovery_is_reported_once_and_only_of_a_reported_failure() -> None:
    """A failure that was reported ends with one message that knows all of it; one that was silent ends silently."""
    failures, recoveries, _ = told_at(["5 x", "5 x", None, "5 x", None])
    assert ([place for place, _ in failures], recoveries) == ([0], [2])
    memory, _ = failed(Memory(), "5 x", "first", START)
    memory, _ = failed(memory, "9 y", "second", START + QUARTER)
    _, ended = worked(memory, START + 2 * QUARTER)
    assert ended is not None
    assert (ended.since, ended.last_at, ended.runs, ended.what) == (START, START + QUARTER, 2, "second")


def test_new_outage_later_the_same_day_is_heard() -> None:
    """Hours after it worked again, the same cause is reported again at its first run."""
    course: list[str | None] = ["5 x"] * 8 + [None] * 16 + ["5 x"] * 4 + [None] * 20 + ["5 x"]
    assert [place for place, _ in told_at(course)[0]] == [0, 4, 24, 48]


def test_taking_turns_with_success_does_not_flood() -> None:
    """Every other run failing for a week: a handful of messages on the first day, a few a day later."""
    failures, recoveries, _ = told_at(["5 x", None] * (48 * 7))
    days = [
        sum(1 for place in [*recoveries, *(place for place, _ in failures)] if place // 96 == day) for day in range(7)
    ]
    assert days[0] <= 12
    assert max(days[2:]) <= 4
    assert min(days) >= 1


@STEADY
@given(
    st.lists(st.tuples(st.sampled_from(["1 a", "5 b", "9 c", "5 b", None]), st.integers(1, 3000)), max_size=300),
)
def test_failures_are_neither_silent_for_long_nor_flooding(course: list[tuple[str | None, int]]) -> None:
    """Whatever happens, at whatever times.

    A run that fails a day or more after the last message is reported. In no day are there more than a bounded number of
    messages, and there is never a recovery without a failure told before it.
    """
    memory, now, messages, open_failure = Memory(), START, [], False
    for kind, minutes in course:
        now += timedelta(minutes=minutes)
        if kind is None:
            memory, ended = worked(memory, now)
            if ended is not None:
                assert open_failure
                open_failure = False
                messages.append(now)
            continue
        last = messages[-1] if messages else None
        memory, tell = failed(memory, kind, "what", now)
        assert tell or (last is not None and now - last < DAY)
        if tell:
            open_failure = True
            messages.append(now)
    for begin in messages:
        assert sum(1 for at in messages if begin <= at < begin + DAY) <= 36


@STEADY
@given(st.lists(st.tuples(st.sampled_from(["5 b", "9 c"]), st.integers(-100_000, 100_000)), min_size=1, max_size=60))
def test_clock_that_jumps_silences_nothing(course: list[tuple[str, int]]) -> None:
    """Wherever the clock was before: once it runs steadily, a failing run is reported within a day."""
    memory, now = Memory(), START
    for kind, minutes in course:
        now += timedelta(minutes=minutes)
        memory, _ = failed(memory, kind, "what", now)
    heard = False
    for _ in range(97):
        now += QUARTER
        memory, tell = failed(memory, "5 b", "what", now)
        heard |= tell
    assert heard


def test_clock_put_back_does_not_silence() -> None:
    """What was reported in the future counts as never reported: the next run reports it."""
    memory, _ = failed(Memory(), "5 x", "what", START + timedelta(days=400))
    memory, tell = failed(memory, "5 x", "what", START)
    assert tell
    assert memory.failure is not None
    assert memory.failure.since == START
    assert not failed(memory, "5 x", "what", START + QUARTER)[1]


def test_only_the_latest_kinds_are_kept() -> None:
    """However many kinds there are, the memory stays small."""
    _, _, memory = told_at([f"5 kind{number}" for number in range(3 * MAX_KINDS)])
    assert len(memory.notified) == MAX_KINDS


def test_orders_that_need_attention_are_reported_once_and_remembered_daily() -> None:
    """New ones at once, all of them again a day later, nothing in between, nothing when there are none."""
    memory, known = news(Memory(), ["2026-11-24T08:00:00Z"], START)
    assert known == ""
    memory, known = news(memory, ["2026-11-24T08:00:00Z"], START + QUARTER)
    assert known is None
    memory, known = news(memory, ["2026-11-24T08:00:00Z", "2026-11-24T09:59:00Z"], START + 2 * QUARTER)
    assert known == "2026-11-24T08:00:00Z"
    again = START + 2 * QUARTER + DAY
    assert news(memory, ["2026-11-24T08:00:00Z"], again - QUARTER)[1] is None
    memory, known = news(memory, ["2026-11-24T08:00:00Z"], again)
    assert known == "2026-11-24T09:59:00Z"
    memory, known = news(memory, [], again + QUARTER)
    assert known is None
    assert news(memory, ["2026-11-24T08:00:00Z"], again + HOUR)[1] is not None, "it is there again"


def test_clock_put_back_reports_the_orders_again() -> None:
    """What was reported in the future is reported again as new, and then only daily."""
    memory, _ = news(Memory(), ["2027-12-24T08:00:00Z"], START + timedelta(days=400))
    memory, known = news(memory, ["2026-11-24T08:00:00Z"], START)
    assert known == ""
    assert news(memory, ["2026-11-24T08:00:00Z"], START + QUARTER)[1] is None


def test_each_store_has_its_own_memory() -> None:
    """What was reported of the playground means nothing for production; a host that is not known changes nothing."""
    memory, _ = failed(Memory().of("one.example"), "5 x", "what", START)
    assert memory.of("one.example") is memory
    assert memory.of("") is memory
    assert memory.of("other.example") == Memory(host="other.example")
