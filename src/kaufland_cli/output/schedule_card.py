"""What is installed in the system's scheduler, and whether it is what the settings say."""

from collections.abc import Mapping, Sequence
from typing import Any

from kaufland_cli.output.blocks import Fact, facts, hint, marked
from kaufland_cli.output.screen import Screen


def schedule_card(record: Mapping[str, Any], screen: Screen) -> list[str]:
    """Return the lines of the card."""
    differences: Sequence[str] = record.get("differences") or []
    installed = record.get("installed")
    title = "The schedule is installed" if installed else "Nothing is installed in a scheduler"
    if differences:
        mark, style = screen.marks.failed, "bold red"
    else:
        mark, style = (screen.marks.passed, "bold green") if installed else (screen.marks.skipped, "bold")
    lines = marked(mark, title, screen, style=style)
    automatic, every = record.get("auto_import_orders"), record.get("interval_minutes")
    rows = [
        Fact("Differs", [screen.text(one) for one in differences], "red") if differences else None,
        Fact("Auto import", f"on, every {screen.counted(every, 'minute')}" if automatic else "off"),
        entered_in(record, screen),
        Fact("Runs as", screen.text(record.get("user"))) if installed else None,
        Fact("Entry", [screen.text(place) for place in record.get("places") or []], whole=True),
        Fact("Next run", screen.text(record.get("next_run"))) if installed else None,
        Fact("Last run", _last(record, screen)),
        Fact("Note", [screen.text(note) for note in record.get("notes") or []]),
    ]
    return [*lines, *facts(rows, screen), *hint(screen.text(record.get("fix")), screen)]


def entered_in(record: Mapping[str, Any], screen: Screen) -> Fact | None:
    """Return which scheduler starts imports, and how often."""
    if not record.get("installed"):
        return None
    every = record.get("every_minutes")
    parts = [screen.text(record.get("with")), f"every {screen.counted(every, 'minute')}" if every else ""]
    parts += ["for all profiles" if record.get("all_profiles") else ""]
    return Fact("Scheduler", ", ".join(filter(None, parts)))


def _last(record: Mapping[str, Any], screen: Screen) -> str:
    if record.get("last_run") is None:
        return "no import yet"
    verdict = record.get("last_run_verdict")
    return f"{screen.moment(record['last_run'])}, {screen.text(verdict) if verdict else 'not finished'}"
