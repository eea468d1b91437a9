"""The checks of the doctor as they end, and what they came to."""

from collections.abc import Mapping, Sequence
from typing import Any

from kaufland_cli.output.blocks import hint, marked
from kaufland_cli.output.connection import named_lines
from kaufland_cli.output.screen import Screen

_NAME_WIDTH = 18
_MARKS = {"ok": "passed"}


def check_lines(check: Mapping[str, Any], screen: Screen) -> list[str]:
    """Return one check: a mark, its name, what was seen, and below it what fixes it."""
    state = str(check.get("state"))
    message = str(check.get("message") or "")
    lines = named_lines(_MARKS.get(state, state), str(check.get("name")), message, screen, width=_NAME_WIDTH)
    return lines + hint(screen.text(check.get("hint")), screen)


def end_lines(record: Mapping[str, Any], screen: Screen) -> list[str]:
    """Return what all checks came to, and where the report lies."""
    checks: Sequence[Mapping[str, Any]] = record.get("checks") or []
    failed, doubtful = (sum(check.get("state") == state for check in checks) for state in ("failed", "warning"))
    said = [
        f"{failed} {'is' if failed == 1 else 'are'} wrong" if failed else "",
        f"{doubtful} {'is' if doubtful == 1 else 'are'} doubtful" if doubtful else "",
    ]
    lines = [""]
    if failed or doubtful:
        mark, style = (screen.marks.failed, "bold red") if failed else (screen.marks.warning, "yellow")
        text = f"Of {len(checks)} checks {' and '.join(filter(None, said))}."
    else:
        mark, style, text = screen.marks.passed, "bold green", "Everything is in order."
    lines += marked(mark, text, screen, style=style)
    if record.get("report"):
        text = f"The report is in {screen.text(record['report'])}: read it before you send it."
        lines += marked(screen.marks.passed, text, screen, style="green")
    return lines
