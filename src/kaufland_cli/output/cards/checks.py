"""Checks and their results: connection test, doctor, the sales order target, monitoring.

The records come from `doctor` and from the target's own checks (`domain.target_values`).
"""

from typing import TYPE_CHECKING

from kaufland_cli.domain.hint import command
from kaufland_cli.output.blocks import Block, Card, Fact, Paragraph, Record, blank, facts, hint, marked
from kaufland_cli.output.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Sequence

_STEP_WIDTH = 16
_NAME_WIDTH = 18
_NAMES = {"name": "DNS lookup"}
_STYLES = {"passed": "green", "failed": "bold red", "warning": "yellow", "skipped": "dim"}


def connection_step(step: Record, stream: Stream) -> list[Block]:
    """Return one step: a mark, its name and result; a warning comes with its hint."""
    state = str(step.get("state"))
    blocks = _named(state, str(step.get("step")), str(step.get("message") or ""), stream, width=_STEP_WIDTH)
    return blocks + (hint(stream.text(step.get("hint")), stream) if state == "warning" else [])


def doctor_check(check: Record, stream: Stream) -> list[Block]:
    """Return one check: a mark, its name and result, and below it how to fix it."""
    state = str(check.get("state"))
    message = str(check.get("message") or "")
    blocks = _named("passed" if state == "ok" else state, str(check.get("name")), message, stream, width=_NAME_WIDTH)
    return blocks + hint(stream.text(check.get("hint")), stream)


def check_list(record: Record, stream: Stream) -> list[Block]:
    """Return the checks, each with how to fix it."""
    blocks: list[Block] = []
    for one in record["checks"]:
        state = str(one["state"])
        text = f"{stream.text(one['what'])}: {stream.text(one['message'])}"
        blocks += marked(getattr(stream.marks, state), text, style=_STYLES[state])
        blocks += hint(stream.text(one.get("hint")), stream)
    return blocks


def _named(state: str, name: str, message: str, stream: Stream, *, width: int) -> list[Block]:
    """Return a mark, a name padded to that width, and the result."""
    mark = getattr(stream.marks, state) if state in _STYLES else stream.marks.skipped
    first = f"{_NAMES.get(name) or stream.text(name):{width}}"
    # Several problems of the settings have a line each; text from outside never makes new lines.
    said = message.split("\n") if name == "settings" else [message]
    text, *others = (stream.text(part.strip()) for part in said)
    indent = len(mark) + len(first) + 2
    return [
        Paragraph(text, lead=((mark, _STYLES.get(state, "")), (first, ""))),
        *(Paragraph(other, indent=indent) for other in others),
    ]


def _doctor_end(record: Record, stream: Stream) -> list[Block]:
    """Return the overall result of the checks, and where the report is."""
    checks: Sequence[Record] = record.get("checks") or []
    failed, warned = (sum(check.get("state") == state for check in checks) for state in ("failed", "warning"))
    all_of_them = stream.counted(len(checks), "check")
    if failed:
        mark, style, text = stream.marks.failed, "bold red", f"{stream.number(failed)} of {all_of_them} failed"
        text += f", {stream.counted(warned, 'warning')}." if warned else "."
    elif warned:
        mark, style = stream.marks.warning, "bold yellow"
        text = f"No check failed; {stream.counted(warned, 'warning')} in {all_of_them}."
    else:
        mark, style, text = stream.marks.passed, "bold green", "Everything is in order."
    blocks = [*blank(), *marked(mark, text, style=style)]
    if record.get("report"):
        text = f"The report is in {stream.text(record['report'])}: read it before you send it."
        blocks += marked(stream.marks.passed, text, style="green")
    return blocks


def _connection_end(report: Record, stream: Stream) -> list[Block]:
    """Return the result of the test: the account and its figures, or the next step."""
    if report.get("success"):
        works = marked(stream.marks.passed, "The connection works.", style="bold green")
        return [*blank(), *works, *_account(report, stream)]
    steps: Sequence[Record] = report.get("steps") or []
    ways_out = (stream.text(step.get("hint")) for step in steps if step.get("state") == "failed")
    return [*blank(), *hint(next(ways_out, "") or command("setup"), stream, indent=0)]


def _account(report: Record, stream: Stream) -> list[Block]:
    storefronts = report.get("storefronts")
    skew = report.get("skew_seconds")
    trip = report.get("round_trip_ms")
    seen = "not reported" if storefronts is None else ", ".join(map(stream.text, storefronts))
    rows = [
        Fact("Environment", stream.text(report.get("environment"))),
        Fact("Base URL", stream.text(report.get("base_url")), whole=True),
        Fact("Client key", stream.text(report.get("client_key"))),
        Fact("Storefronts", seen or "none"),
        Fact("Clock", _clock(skew)) if isinstance(skew, int | float) else None,
        Fact("Round trip", stream.duration(trip)) if isinstance(trip, int | float) else None,
    ]
    return facts(rows)


def _clock(skew_seconds: float) -> str:
    seconds = round(skew_seconds)
    if seconds == 0:
        return "the same as Kaufland's, to the second"
    return f"{abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} Kaufland's"


CONNECTION = Card("connection", _connection_end, step=connection_step)
DOCTOR = Card("doctor", _doctor_end)
SALES_ORDER_CHECKS = Card("sales_order_check", check_list)
MONITORING_TEST = Card("monitoring_test", check_list)
