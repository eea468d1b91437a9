"""Checks and their results: connection test, doctor, the sales order target, monitoring."""

from typing import TYPE_CHECKING

from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.output.blocks import Block, Card, Fact, Paragraph, blank, facts, hint, marked
from kaufland_cli.output.records.checks import (
    channel_trials_record,
    connection_record,
    doctor_record,
    target_checks_record,
)
from kaufland_cli.output.stream import Stream

if TYPE_CHECKING:
    from kaufland_cli.app.results import ChannelTrials, DoctorReport, TargetChecks
    from kaufland_cli.doctor.check import Check
    from kaufland_cli.doctor.connection_test import ConnectionReport, ConnectionStep

_STEP_WIDTH = 16
_NAME_WIDTH = 18
_STYLES = {"passed": "green", "failed": "bold red", "warning": "yellow", "skipped": "dim"}


def connection_step(step: "ConnectionStep", stream: Stream) -> list[Block]:
    """Return one step: a mark, its name and result; a warning comes with its hint."""
    blocks = _named(step.state, step.step, step.message, stream, width=_STEP_WIDTH)
    return blocks + (hint(step.hint, stream) if step.state == "warning" else [])


def doctor_check(check: "Check", stream: Stream) -> list[Block]:
    """Return one check: a mark, its name and result, and below it how to fix it."""
    state = "passed" if check.state == "ok" else check.state
    return _named(state, check.name, check.message, stream, width=_NAME_WIDTH) + hint(check.hint, stream)


def _target_checks(found: "TargetChecks", stream: Stream) -> list[Block]:
    return [block for one in found.checks for block in _check(one.what, one.state, one.message, one.hint, stream)]


def _channel_trials(found: "ChannelTrials", stream: Stream) -> list[Block]:
    return [block for one in found.trials for block in _check(one.channel, one.state, one.message, one.hint, stream)]


def _check(what: str, state: str, message: str, fix: Hint, stream: Stream) -> list[Block]:
    """Return what was checked and below it how to fix it."""
    text = f"{stream.text(what)}: {stream.text(message)}"
    return marked(getattr(stream.marks, state), text, style=_STYLES[state]) + hint(fix, stream)


def _named(state: str, name: str, message: str, stream: Stream, *, width: int) -> list[Block]:
    """Return a mark, a name padded to that width, and the result."""
    mark = getattr(stream.marks, state) if state in _STYLES else stream.marks.skipped
    first = f"{stream.text(name):{width}}"
    # Several problems of the settings have a line each; text from outside never makes new lines.
    said = message.split("\n") if name == "settings" else [message]
    text, *others = (stream.text(part.strip()) for part in said)
    indent = len(mark) + len(first) + 2
    return [
        Paragraph(text, lead=((mark, _STYLES.get(state, "")), (first, ""))),
        *(Paragraph(other, indent=indent) for other in others),
    ]


def _doctor_end(report: "DoctorReport", stream: Stream) -> list[Block]:
    """Return the overall result of the checks, and where the report is."""
    checks = report.checks
    failed, warned = (sum(check.state == state for check in checks) for state in ("failed", "warning"))
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
    if report.file is not None:
        text = f"The report is in {stream.text(report.file)}: read it before you send it."
        blocks += marked(stream.marks.passed, text, style="green")
    return blocks


def _connection_end(report: "ConnectionReport", stream: Stream) -> list[Block]:
    """Return the result of the test: the account and its figures, or the next step."""
    if report.success:
        works = marked(stream.marks.passed, "The connection works.", style="bold green")
        return [*blank(), *works, *_account(report, stream)]
    ways_out = (step.hint for step in report.steps if step.state == "failed" and step.hint)
    return [*blank(), *hint(next(ways_out, command("setup")), stream, indent=0)]


def _account(report: "ConnectionReport", stream: Stream) -> list[Block]:
    seen = "not reported" if report.storefronts is None else ", ".join(map(stream.text, report.storefronts))
    rows = [
        Fact("Environment", stream.text(report.environment)),
        Fact("Base URL", stream.text(report.base_url)),
        Fact("Client key", stream.text(report.client_key)),
        Fact("Storefronts", seen or "none"),
        None if report.skew_seconds is None else Fact("Clock", _clock(report.skew_seconds)),
        None if report.round_trip_ms is None else Fact("Round trip", stream.duration(report.round_trip_ms)),
    ]
    return facts(rows)


def _clock(skew_seconds: float) -> str:
    seconds = round(skew_seconds)
    if seconds == 0:
        return "the same as Kaufland's, to the second"
    return f"{abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} Kaufland's"


CONNECTION = Card("connection", _connection_end, record=connection_record)
DOCTOR = Card("doctor", _doctor_end, record=doctor_record)
SALES_ORDER_CHECKS = Card("sales_order_check", _target_checks, record=target_checks_record)
MONITORING_TEST = Card("monitoring_test", _channel_trials, record=channel_trials_record)
