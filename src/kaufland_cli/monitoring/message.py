"""Writes the text of notifications, for somebody who reads an e-mail without any other context.

Orders are named by their ids; a buyer's name or address never appears.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.text import counted
from kaufland_cli.monitoring.memory import Failure, Notification

MAX_ORDERS: Final = 5
_STATES: Final = {
    "overdue": "overdue",
    "unreadable": "could not be read",
    "held": "held",
    "error": "refused",
    "conflict": "in conflict",
    "sending": "in doubt",
}


@dataclass(frozen=True, slots=True)
class About:
    """Whose imports these are, and the seller's time zone."""

    profile: str
    environment: str
    """Empty if the settings cannot be read."""
    zone: tzinfo
    zone_name: str
    chosen: tuple[str, ...]
    """The options (`--config`, `--profile`) that the commands in a text need to mean the same settings."""

    @property
    def place(self) -> str:
        """For a sentence."""
        return f"profile {self.profile}, {self.environment}" if self.environment else f"profile {self.profile}"

    def moment(self, moment: datetime) -> str:
        """Return a moment in the seller's zone, to the minute."""
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M}"


@dataclass(frozen=True, slots=True)
class Trouble:
    """An order, or a unit of an order, that needs attention."""

    id_order: str
    state: str
    """`overdue`, `unreadable`, or the state of its sales order."""
    reason: str
    fix: Hint
    stamp: str
    """Since when, UTC text."""


def failure_notification(
    about: About,
    failure: Failure,
    *,
    message: str,
    hint: Hint,
    last_complete: str,
    details: Sequence[str] = (),
    again: str = "",
) -> Notification:
    """Report what fails and why, since when, how often, and what to do; `last_complete` is text.

    `again` says when the next report comes, if not as usual.
    """
    first, *others = message.splitlines() or ["?"]
    runs = "first failed run" if failure.runs == 1 else f"{counted(failure.runs, 'failed run')} in a row"
    lines = [
        f"The scheduled import failed ({about.place}).",
        "",
        *(f"  {line}".rstrip() for line in (first, *others, *details)),
        "",
        f"Failing since:         {about.moment(failure.since)} ({about.zone_name}), {runs}",
        f"Last complete import:  {last_complete}",
        f"Next step:             {hint.typed(about.chosen)}",
        "",
        again
        or "While this lasts you get a reminder after an hour, then once a day, and one message when it works again.",
        f"Current state: {command('status').typed(about.chosen)}",
    ]
    return Notification(f"kaufland: import failed ({about.place}): {first}", "\n".join(lines))


def recovery_notification(about: About, failure: Failure, *, now: datetime, came: str) -> Notification:
    """Report that imports work again, what had failed, and for how long."""
    runs = counted(failure.runs, "run")
    reason = " ".join(failure.what.split()) or "?"
    begin, end = about.moment(failure.since), about.moment(failure.last_at)
    while_failing = begin if begin == end else f"{begin} to {end}"
    lines = [
        f"Scheduled imports work again ({about.place}).",
        "",
        f"Failed:        {while_failing} ({about.zone_name}), {runs}",
        f"Last reason:   {reason}",
        f"Working since:  {about.moment(now)}",
        f"This import:   {came}",
    ]
    return Notification(f"kaufland: imports work again ({about.place})", "\n".join(lines))


def news_notification(about: About, troubles: Sequence[Trouble], known_up_to: str) -> Notification:
    """Report which orders need attention: counts, and the first few with reason and fix, new ones first."""
    fresh = sorted((one for one in troubles if one.stamp > known_up_to), key=lambda one: one.stamp, reverse=True)
    older = [one for one in troubles if one.stamp <= known_up_to]
    counts = _counts(troubles)
    shown = [*fresh, *older][:MAX_ORDERS]
    lines = [f"The import is complete, but some orders need attention ({about.place}): {counts}.", ""]
    for place, one in enumerate(shown):
        if place == 0:
            lines.append("New:" if fresh else "Still:")
        elif place == len(fresh):
            lines.append("Still:")
        lines.append(f"  {one.id_order or '?'}: {_STATES.get(one.state, one.state)}, {one.reason or 'no reason kept'}")
        if one.fix:
            lines.append(f"    {one.fix.typed(about.chosen)}")
    if len(troubles) > len(shown):
        lines.append(f"  and {len(troubles) - len(shown)} more")
    lines += ["", *(f"All of them: {one.typed(about.chosen)}" for one in _lists(troubles))]
    lines += ["You get this once a day while there are any, and at once for new ones."]
    return Notification(f"kaufland: orders need attention ({about.place}): {counts}", "\n".join(lines))


def together(notifications: Sequence[Notification]) -> Notification:
    """Join several notifications into one."""
    return Notification(notifications[0].subject, "\n\n".join(one.text for one in notifications))


def counts_in_words(new: int, changed: int) -> str:
    """Return how many orders an import brought, in words."""
    return f"{counted(new, 'new order')}, {changed} changed"


def _counts(troubles: Sequence[Trouble]) -> str:
    found = {state: sum(1 for one in troubles if one.state == state) for state in _STATES}
    words = []
    if overdue := found.pop("overdue"):
        words.append(f"{counted(overdue, 'order')} overdue")
    if unreadable := found.pop("unreadable"):
        words.append(f"{counted(unreadable, 'unit')} could not be read")
    for state, count in found.items():
        if count:
            words.append(f"{counted(count, 'sales order')} {_STATES[state]}")
    return ", ".join(words)


def _lists(troubles: Sequence[Trouble]) -> list[Hint]:
    states = [state for state in _STATES if any(one.state == state for one in troubles)]
    sales = [word for state in states if state not in {"overdue", "unreadable"} for word in ("--state", state)]
    commands = [command("orders", "due")] if "overdue" in states else []
    commands += [command("orders", "list", "--failed")] if "unreadable" in states else []
    return commands + ([command("sales-orders", "list", *sales)] if sales else [])
