"""Decides whether imports run as they should, for `status`, the doctor and Prometheus; from values passed in only."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from kaufland_cli.clock import CLOCKS_MAY_DIFFER
from kaufland_cli.monitoring.memory import Failure

HealthState = Literal["good", "old", "failing", "never", "off"]
MIN_AGE: Final = timedelta(hours=1)
INTERVALS: Final = 3


@dataclass(frozen=True, slots=True)
class Health:
    """The health of imports."""

    state: HealthState
    """`off`: auto import is off; `never`: there was no complete import yet; `failing`: the last scheduled runs failed;
    `old`: the last complete import is too old, or dated in the future, so that its age is unknown."""
    last_complete: datetime | None
    failure: Failure | None
    """The failed runs, if the state is `failing`."""

    @property
    def is_bad(self) -> bool:
        """Whether a person should act."""
        return self.state in {"old", "failing"}


def oldest_allowed(interval_minutes: int, max_age_minutes: int) -> timedelta:
    """Return the maximum age of the last complete import: the setting, or else three intervals, at least an hour."""
    if max_age_minutes:
        return timedelta(minutes=max_age_minutes)
    return max(timedelta(minutes=INTERVALS * interval_minutes), MIN_AGE)


def is_recent(last_complete: datetime | None, longest: timedelta, now: datetime) -> bool:
    """Return whether the last complete import is recent enough; one dated in the future does not count."""
    return last_complete is not None and -CLOCKS_MAY_DIFFER <= now - last_complete <= longest


def judge(
    *,
    auto_import: bool,
    interval_minutes: int,
    max_age_minutes: int,
    last_complete: datetime | None,
    failure: Failure | None,
    now: datetime,
) -> Health:
    """Return the health of imports. A later complete import, manual ones included, ends a failure."""
    longest = oldest_allowed(interval_minutes, max_age_minutes)
    if failure is not None and last_complete is not None and failure.last_at < last_complete <= now + CLOCKS_MAY_DIFFER:
        failure = None
    if not auto_import:
        return Health("off", last_complete, None)
    if failure is not None:
        return Health("failing", last_complete, failure)
    if last_complete is None:
        return Health("never", None, None)
    return Health("good" if is_recent(last_complete, longest, now) else "old", last_complete, None)
