"""What scheduled imports have notified of, and so what to notify of now.

A failure is notified of at the first run, an hour later, then daily; each kind by itself, so that a new cause is
heard at once. Where failures and successes take turns the pauses grow. Nothing silences a lasting failure for more
than a day.
Where nothing can be remembered, every run notifies of what there is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
MAX_KINDS: Final = 40


@dataclass(frozen=True, slots=True)
class Failure:
    """Failed runs in a row, up to now."""

    since: datetime
    last_at: datetime
    runs: int
    kind: str
    """Exit code and error of the last one, such as `5 timed_out`."""
    what: str
    """What the last one said."""
    notified: bool
    """Whether anybody was notified of any of it."""


@dataclass(frozen=True, slots=True)
class Notified:
    """When a kind of failure was notified of last, and how often since imports last worked."""

    at: datetime
    times: int


@dataclass(frozen=True, slots=True)
class Notification:
    """A message for a person: an e-mail, an event."""

    subject: str
    text: str
    good: bool = False
    """Whether the run that it goes out with worked."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What is known from one scheduled import to the next; moments are UTC."""

    host: str = ""
    """Of the API; what was said of another store means nothing for this one."""
    attempted_at: datetime | None = None
    """When the last run began that got as far as trying."""
    held_since: datetime | None = None
    """When another import was first met that holds the run lock to this day."""
    ended_at: datetime | None = None
    exit_code: int | None = None
    """Of the last run."""
    failure: Failure | None = None
    notified: Mapping[str, Notified] = field(default_factory=dict)
    """By kind of failure."""
    recoveries: int = 0
    """How often it was said lately that imports work again."""
    recovered_at: datetime | None = None
    news_up_to: str = ""
    """The newest moment, as the store writes it, of orders of which it was said that they need attention."""
    news_notified_at: datetime | None = None
    unsent: Notification | None = None
    lost: str = ""
    """Why what was remembered is lost, for the next notification of a failure; empty where it is known."""

    @property
    def was_stopped(self) -> bool:
        """Whether the last run that tried to import never came to its end: killed, or the machine went down."""
        return (
            self.attempted_at is not None
            and self.held_since is None
            and (self.ended_at is None or self.ended_at < self.attempted_at)
        )

    def of(self, host: str) -> "Memory":
        """Return what is remembered of this API host; an empty one means that it is not known."""
        if not host or host == self.host:
            return self
        return Memory(host=host, lost=self.lost) if self.host else replace(self, host=host)


def failed(memory: Memory, kind: str, what: str, now: datetime) -> tuple[Memory, bool]:
    """Take note of a run that failed; say whether to notify of it."""
    before, recoveries = memory.failure, memory.recoveries
    if before is None and not _within(memory.recovered_at, now, DAY):
        recoveries = 0
    last = memory.notified.get(kind)
    notify = last is None or not _within(last.at, now, _pause(last, recoveries))
    known = dict(memory.notified)
    if notify:
        known[kind] = Notified(now, last.times + 1 if last is not None and last.at <= now else 1)
    failure = Failure(
        since=now if before is None else min(before.since, now),
        last_at=now,
        runs=1 if before is None else before.runs + 1,
        kind=kind,
        what=what,
        notified=notify or (before is not None and before.notified),
    )
    return replace(memory, failure=failure, notified=_latest(known), recoveries=recoveries), notify


def stopped(memory: Memory, kind: str, what: str, at: datetime) -> Memory:
    """Take note of a run, begun at that moment, that never came to its end; nobody is notified of it."""
    before = memory.failure
    failure = Failure(
        since=at if before is None else min(before.since, at),
        last_at=at,
        runs=1 if before is None else before.runs + 1,
        kind=kind,
        what=what,
        notified=before is not None and before.notified,
    )
    return replace(memory, failure=failure)


def worked(memory: Memory, now: datetime) -> tuple[Memory, Failure | None]:
    """Take note of a run that worked; return the failure whose end to notify of."""
    ended = memory.failure
    if ended is None:
        return memory, None
    known = {kind: Notified(one.at, 0) for kind, one in memory.notified.items() if _within(one.at, now, 2 * DAY)}
    memory = replace(memory, failure=None, notified=known)
    if not ended.notified:
        return memory, None
    return replace(memory, recoveries=memory.recoveries + 1, recovered_at=now), ended


def news(memory: Memory, stamps: Sequence[str], now: datetime) -> tuple[Memory, str | None]:
    """Take note of the orders that need a person, by the moment since when each does.

    Returns None where there is nothing to say, else the moment after which they are new: the others are named again,
    once a day.
    """
    if not stamps:
        return replace(memory, news_notified_at=None), None
    clock_went_back = memory.news_notified_at is not None and memory.news_notified_at > now
    known = "" if clock_went_back else memory.news_up_to
    if max(stamps) <= known and _within(memory.news_notified_at, now, DAY):
        return memory, None
    return replace(memory, news_up_to=max(known, *stamps), news_notified_at=now), known


def _pause(last: Notified, recoveries: int) -> timedelta:
    """Return how long to be silent after that."""
    if last.times == 0:  # it has worked in between
        return min(HOUR * (1 << min(max(recoveries - 1, 0), 10)), DAY)
    return HOUR if last.times == 1 else DAY


def _within(moment: datetime | None, now: datetime, length: timedelta) -> bool:
    """Tell whether it was less than that long ago; a moment in the future is one of a clock that was wrong."""
    return moment is not None and timedelta(0) <= now - moment < length


def _latest(notified: Mapping[str, Notified]) -> dict[str, Notified]:
    return dict(sorted(notified.items(), key=lambda one: one[1].at)[-MAX_KINDS:])
