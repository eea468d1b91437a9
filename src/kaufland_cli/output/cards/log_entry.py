"""One call to the API: request and response, from the request log (`store.request_log`)."""

import json
from collections.abc import Mapping

from kaufland_cli.output.blocks import Block, Card, Fact, Record, facts, heading, marked, paragraph
from kaufland_cli.output.stream import Stream


def log_entry(entry: Record, stream: Stream) -> list[Block]:
    """Return the lines of a log entry: figures, headers and bodies, JSON set out for reading."""
    success = entry.get("success")
    mark, style = stream.marks.skipped, "yellow"
    if success is not None:
        mark, style = (stream.marks.passed, "green") if success else (stream.marks.failed, "red")
    call = f"{stream.text(entry.get('method'))} {stream.text(entry.get('endpoint'))}".strip()
    took = entry.get("duration_ms")
    rows = [
        Fact("Entry", stream.text(entry.get("entry_no"))),
        Fact("At", stream.moment(entry.get("at"))),
        Fact("URL", stream.text(entry.get("url")), whole=True),
        Fact("Response", stream.text(entry.get("status_code")) or "none"),
        Fact("Took", stream.duration(took)) if isinstance(took, int | float) else None,
        Fact("Try", stream.text(entry.get("attempt"))),
        Fact("Run", stream.text(entry.get("run_id"))),
        Fact("Error", stream.text(entry.get("error_message")), "red"),
    ]
    return [
        *marked(mark, call, style=f"bold {style}"),
        *facts(rows),
        *_part("Request headers", entry.get("request_headers"), stream),
        *_part("Request body", entry.get("request_body"), stream),
        *_part("Response headers", entry.get("response_headers"), stream),
        *_part("Response body", entry.get("response_body"), stream),
    ]


def _part(title: str, content: object, stream: Stream) -> list[Block]:
    """Return headers or a body; long lines stay whole, so that they can be copied."""
    if content in (None, "", {}, []):
        return []
    if isinstance(content, Mapping) and title.endswith("headers"):
        text = "\n".join(f"{name}: {value}" for name, value in content.items())
    else:
        text = _set_out(content)
    lines = (paragraph(line, indent=2, wrap="never") for line in stream.lines(text))
    return [*heading(title), *(block for line in lines for block in line)]


def _set_out(content: object) -> str:
    if isinstance(content, str):
        try:
            content = json.loads(content)
        except (ValueError, RecursionError):
            return str(content)
    return json.dumps(content, ensure_ascii=False, indent=2)


LOG_ENTRY = Card("log_entry", log_entry)
