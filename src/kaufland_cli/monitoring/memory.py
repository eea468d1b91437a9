"""What scheduled imports remember of their notifications, and so when to notify again. See docs/decisions/0016.

A failure is reported at the first failed run, after an hour, then daily. Each kind of failure counts by itself, so a
new cause is reported at once. If failures and successes alternate, the pauses grow, but never beyond a day. If the
memory cannot be kept, every run reports what it finds.
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
    """Message of the last one."""
    notified: bool
    """Whether any of these runs was reported."""


@dataclass(frozen=True, slots=True)
class Notified:
    """When a kind of failure was last reported, and how often since imports last worked."""

    at: datetime
    times: int


@dataclass(frozen=True, slots=True)
class ChannelFailure:
    """What a channel could not send with the last run that used it."""

    at: datetime
    what: str
    """Message of the error."""


@dataclass(frozen=True, slots=True)
class Notification:
    """A message for a person: an e-mail, an event."""

    subject: str
    text: str
    good: bool = False
    """Whether the run that it goes out with worked."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What one scheduled import passes on to the next; times are UTC."""

    host: str = ""
    """The API host; the memory of another host does not apply to this one."""
    attempted_at: datetime | None = None
    """When the last run began that tried to import."""
    held_since: datetime | None = None
    """When we first found the run lock held by the import that still holds it."""
    ended_at: datetime | None = None
    exit_code: int | None = None
    """Of the last run."""
    failure: Failure | None = None
    notified: Mapping[str, Notified] = field(default_factory=dict)
    """By kind of failure."""
    recoveries: int = 0
    """How many recoveries were reported lately."""
    recovered_at: datetime | None = None
    news_up_to: str = ""
    """UTC text: orders that needed attention up to then have been reported."""
    news_notified_at: datetime | None = None
    unsent: Notification | None = None
    channel_failures: Mapping[str, ChannelFailure] = field(default_factory=dict)
    """By name of the channel; one that worked again, or that the settings no longer have, is not among them."""
    lost: str = ""
    """Why the earlier memory was lost, for the next failure notification; empty if it was not."""

    @property
    def was_stopped(self) -> bool:
        """Whether the last run that tried to import never ended: it was killed, or the machine went down."""
        return (
            self.attempted_at is not None
            and self.held_since is None
            and (self.ended_at is None or self.ended_at < self.attempted_at)
        )

    def of(self, host: str) -> "Memory":
        """Return the memory for this API host; an empty `host` means unknown."""
        if not host or host == self.host:
            return self
        return Memory(host=host, lost=self.lost) if self.host else replace(self, host=host)


def failed(memory: Memory, kind: str, what: str, now: datetime) -> tuple[Memory, bool]:
    """Record a failed run; return the new memory and whether to notify."""
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
    """Record a run that began at `at` and never ended; this alone notifies nobody."""
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
    """Record a run that worked; return the new memory and the failure whose end to report."""
    ended = memory.failure
    if ended is None:
        return memory, None
    known = {kind: Notified(one.at, 0) for kind, one in memory.notified.items() if _within(one.at, now, 2 * DAY)}
    memory = replace(memory, failure=None, notified=known)
    if not ended.notified:
        return memory, None
    return replace(memory, recoveries=memory.recoveries + 1, recovered_at=now), ended


def news(memory: Memory, stamps: Sequence[str], now: datetime) -> tuple[Memory, str | None]:
    """Record the orders that need attention; `stamps` has the UTC text since when each does.

    Return None if there is nothing to report, otherwise the time after which they are new. Known ones are reported
    again once a day.
    """
    if not stamps:
        return replace(memory, news_notified_at=None), None
    clock_went_back = memory.news_notified_at is not None and memory.news_notified_at > now
    known = "" if clock_went_back else memory.news_up_to
    if max(stamps) <= known and _within(memory.news_notified_at, now, DAY):
        return memory, None
    return replace(memory, news_up_to=max(known, *stamps), news_notified_at=now), known


def _pause(last: Notified, recoveries: int) -> timedelta:
    """Return how long to stay silent after the last report."""
    if last.times == 0:  # it worked in between
        return min(HOUR * (1 << min(max(recoveries - 1, 0), 10)), DAY)
    return HOUR if last.times == 1 else DAY


def _within(moment: datetime | None, now: datetime, length: timedelta) -> bool:
    """Return whether it was less than that long ago; a time in the future does not count: a clock was wrong."""
    return moment is not None and timedelta(0) <= now - moment < length


def _latest(notified: Mapping[str, Notified]) -> dict[str, Notified]:
    return dict(sorted(notified.items(), key=lambda one: one[1].at)[-MAX_KINDS:])
