"""The steps of a connection test as they happen, and what they came to."""

from collections.abc import Mapping, Sequence
from typing import Any

from kaufland_cli.output.blocks import Fact, facts, hint, marked, paragraph
from kaufland_cli.output.cells import padded, width_of
from kaufland_cli.output.moments import duration
from kaufland_cli.output.screen import Screen

_STEP_WIDTH = 16
_STYLES = {"passed": "green", "failed": "bold red", "warning": "yellow", "skipped": "dim"}


def step_lines(step: Mapping[str, Any], screen: Screen) -> list[str]:
    """Return one step: a mark, its name and what was seen; a warning brings its advice with it."""
    state = str(step.get("state"))
    lines = named_lines(state, str(step.get("step")), str(step.get("message") or ""), screen, width=_STEP_WIDTH)
    return lines + (hint(screen.text(step.get("hint")), screen) if state == "warning" else [])


def named_lines(state: str, name: str, message: str, screen: Screen, *, width: int) -> list[str]:
    """Return a mark, a name in a column of that width, and beside it what was seen."""
    mark = getattr(screen.marks, state) if state in _STYLES else screen.marks.skipped
    padded_name = padded(screen.text(name), width)
    indent = width_of(f"{mark} {padded_name} ")
    # Several faults of the settings have a line each; what comes from outside makes no lines.
    said = message.split("\n") if name == "settings" else [message]
    lines = [
        line for part in said for line in paragraph(screen.text(part.strip()), screen, indent=indent, break_words=False)
    ]
    lines[0] = f"{screen.paint(mark, _STYLES.get(state, ''))} {padded_name} {lines[0][indent:]}".rstrip()
    return lines


def end_lines(report: Mapping[str, Any], screen: Screen) -> list[str]:
    """Return what the test came to: the account and its figures, or the one thing to do next."""
    if report.get("success"):
        return [
            "",
            *marked(screen.marks.passed, "The connection works.", screen, style="bold green"),
            *_account(report, screen),
        ]
    steps: Sequence[Mapping[str, Any]] = report.get("steps") or []
    ways_out = (screen.text(step.get("hint")) for step in steps if step.get("state") == "failed")
    return ["", *hint(next(ways_out, "") or "kaufland setup", screen, indent=0)]


def _account(report: Mapping[str, Any], screen: Screen) -> list[str]:
    storefronts = report.get("storefronts")
    skew = report.get("skew_seconds")
    trip = report.get("round_trip_ms")
    seen = "not told" if storefronts is None else ", ".join(map(screen.text, storefronts))
    rows = [
        Fact("Environment", screen.text(report.get("environment"))),
        Fact("Base URL", screen.text(report.get("base_url")), whole=True),
        Fact("Client key", screen.text(report.get("client_key"))),
        Fact("Storefronts", seen or "none"),
        Fact("Clock", _clock(skew)) if isinstance(skew, int | float) else None,
        Fact("Round trip", duration(trip)) if isinstance(trip, int | float) else None,
    ]
    return facts(rows, screen)


def _clock(skew_seconds: float) -> str:
    seconds = round(skew_seconds)
    if seconds == 0:
        return "the same as Kaufland's, to the second"
    return f"{abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} Kaufland's"
