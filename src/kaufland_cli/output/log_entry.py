"""One call to the API: what was sent, what came back."""

import json
from collections.abc import Mapping
from typing import Any

from kaufland_cli.output.blocks import Fact, facts, heading, marked
from kaufland_cli.output.moments import duration
from kaufland_cli.output.screen import Screen


def log_entry(entry: Mapping[str, Any], screen: Screen) -> list[str]:
    """Return the lines of a log entry: figures, headers and bodies, JSON set out for reading."""
    success = entry.get("success")
    mark, style = screen.marks.skipped, "yellow"
    if success is not None:
        mark, style = (screen.marks.passed, "green") if success else (screen.marks.failed, "red")
    call = f"{screen.text(entry.get('method'))} {screen.text(entry.get('endpoint'))}".strip()
    took = entry.get("duration_ms")
    rows = [
        Fact("Entry", screen.text(entry.get("entry_no"))),
        Fact("At", screen.moment(entry.get("at"))),
        Fact("URL", screen.text(entry.get("url")), whole=True),
        Fact("Answer", screen.text(entry.get("status_code")) or "none"),
        Fact("Took", duration(took)) if isinstance(took, int | float) else None,
        Fact("Try", screen.text(entry.get("attempt"))),
        Fact("Run", screen.text(entry.get("run_id"))),
        Fact("Error", screen.text(entry.get("error_message")), "red"),
    ]
    return [
        *marked(mark, call, screen, style=f"bold {style}"),
        *facts(rows, screen),
        *_part("Request headers", entry.get("request_headers"), screen),
        *_part("Request body", entry.get("request_body"), screen),
        *_part("Answer headers", entry.get("response_headers"), screen),
        *_part("Answer body", entry.get("response_body"), screen),
    ]


def _part(title: str, content: object, screen: Screen) -> list[str]:
    """Return headers or a body; long lines stay whole, so that they can be copied."""
    if content in (None, "", {}, []):
        return []
    if isinstance(content, Mapping) and title.endswith("headers"):
        text = "\n".join(f"{name}: {value}" for name, value in content.items())
    else:
        text = _set_out(content)
    return [*heading(title, screen), *(f"  {line}".rstrip() for line in screen.lines(text))]


def _set_out(content: object) -> str:
    if isinstance(content, str):
        try:
            content = json.loads(content)
        except (ValueError, RecursionError):
            return str(content)
    return json.dumps(content, ensure_ascii=False, indent=2)
