"""What scheduled imports have told, and so what is to be told now.

A failure is told at the first run, an hour later, then daily; each kind by itself, so that a new cause is heard at
once. Where failures and successes take turns the pauses grow. Nothing silences a lasting failure for more than a day.
Where nothing can be remembered, every run tells what there is to tell.
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
    told: bool
    """Whether any of it was told."""


@dataclass(frozen=True, slots=True)
class Told:
    """When a kind of failure was told last, and how often since imports last worked."""

    at: datetime
    times: int


@dataclass(frozen=True, slots=True)
class Notification:
    """An e-mail that has not gone out yet."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Memory:
    """What is known from one scheduled import to the next; moments are UTC."""

    host: str = ""
    """Of the API; what was told of another store means nothing for this one."""
    attempted_at: datetime | None = None
    """When the last run began that got as far as trying."""
    held_since: datetime | None = None
    """When another import was first met that holds the run lock to this day."""
    ended_at: datetime | None = None
    exit_code: int | None = None
    """Of the last run."""
    failure: Failure | None = None
    told: Mapping[str, Told] = field(default_factory=dict)
    """By kind of failure."""
    recoveries: int = 0
    """How often it was told lately that imports work again."""
    recovered_at: datetime | None = None
    news_up_to: str = ""
    """The newest moment, as the store writes it, of orders that were told to need a person."""
    news_told_at: datetime | None = None
    unsent: Notification | None = None
    lost: str = ""
    """Why what was remembered before is not known any more, for the next failure that is told; empty where it is."""

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
    """Take note of a run that failed; say whether to tell it."""
    before, recoveries = memory.failure, memory.recoveries
    if before is None and not _within(memory.recovered_at, now, DAY):
        recoveries = 0
    told = memory.told.get(kind)
    tell = told is None or not _within(told.at, now, _pause(told, recoveries))
    known = dict(memory.told)
    if tell:
        known[kind] = Told(now, told.times + 1 if told is not None and told.at <= now else 1)
    failure = Failure(
        since=now if before is None else min(before.since, now),
        last_at=now,
        runs=1 if before is None else before.runs + 1,
        kind=kind,
        what=what,
        told=tell or (before is not None and before.told),
    )
    return replace(memory, failure=failure, told=_latest(known), recoveries=recoveries), tell


def stopped(memory: Memory, kind: str, what: str, at: datetime) -> Memory:
    """Take note of a run, begun at that moment, that never came to its end; nothing of it is told."""
    before = memory.failure
    failure = Failure(
        since=at if before is None else min(before.since, at),
        last_at=at,
        runs=1 if before is None else before.runs + 1,
        kind=kind,
        what=what,
        told=before is not None and before.told,
    )
    return replace(memory, failure=failure)


def worked(memory: Memory, now: datetime) -> tuple[Memory, Failure | None]:
    """Take note of a run that worked; return the failure whose end is to be told."""
    ended = memory.failure
    if ended is None:
        return memory, None
    known = {kind: Told(told.at, 0) for kind, told in memory.told.items() if _within(told.at, now, 2 * DAY)}
    memory = replace(memory, failure=None, told=known)
    if not ended.told:
        return memory, None
    return replace(memory, recoveries=memory.recoveries + 1, recovered_at=now), ended


def news(memory: Memory, stamps: Sequence[str], now: datetime) -> tuple[Memory, str | None]:
    """Take note of the orders that need a person, by the moment since when each does.

    Returns None where there is nothing to tell, else the moment after which they are new: the others are told again,
    once a day.
    """
    if not stamps:
        return replace(memory, news_told_at=None), None
    clock_went_back = memory.news_told_at is not None and memory.news_told_at > now
    known = "" if clock_went_back else memory.news_up_to
    if max(stamps) <= known and _within(memory.news_told_at, now, DAY):
        return memory, None
    return replace(memory, news_up_to=max(known, *stamps), news_told_at=now), known


def _pause(told: Told, recoveries: int) -> timedelta:
    """Return how long to be silent after that."""
    if told.times == 0:  # it has worked in between
        return min(HOUR * (1 << min(max(recoveries - 1, 0), 10)), DAY)
    return HOUR if told.times == 1 else DAY


def _within(moment: datetime | None, now: datetime, length: timedelta) -> bool:
    """Tell whether it was less than that long ago; a moment in the future is one of a clock that was wrong."""
    return moment is not None and timedelta(0) <= now - moment < length


def _latest(told: Mapping[str, Told]) -> dict[str, Told]:
    return dict(sorted(told.items(), key=lambda one: one[1].at)[-MAX_KINDS:])
