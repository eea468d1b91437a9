"""One call to the API: request and response, from the request log (`store.request_log`)."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kaufland_cli.output.blocks import Block, Card, Fact, facts, heading, marked, paragraph
from kaufland_cli.output.records.request_log import logged_call_record
from kaufland_cli.output.stream import Stream

if TYPE_CHECKING:
    from kaufland_cli.store.request_log import LoggedCall


def log_entry(entry: "LoggedCall", stream: Stream) -> list[Block]:
    """Return the lines of a log entry: figures, headers and bodies, with JSON indented."""
    mark, style = stream.marks.skipped, "yellow"
    if entry.success is not None:
        mark, style = (stream.marks.passed, "green") if entry.success else (stream.marks.failed, "red")
    call = f"{stream.text(entry.method)} {stream.text(entry.endpoint)}".strip()
    rows = [
        Fact("Entry", stream.text(entry.entry_no)),
        Fact("At", stream.moment(entry.at)),
        Fact("URL", stream.text(entry.url)),
        Fact("Response", stream.text(entry.status_code) or "none"),
        None if entry.duration_ms is None else Fact("Took", stream.duration(entry.duration_ms)),
        Fact("Try", stream.text(entry.attempt)),
        Fact("Run", stream.text(entry.run_id)),
        Fact("Error", stream.text(entry.error_message), "red"),
    ]
    return [
        *marked(mark, call, style=f"bold {style}"),
        *facts(rows),
        *_part("Request headers", _header_lines(entry.request_headers), stream),
        *_part("Request body", _indented(entry.request_body), stream),
        *_part("Response headers", _header_lines(entry.response_headers), stream),
        *_part("Response body", _indented(entry.response_body), stream),
    ]


def _part(title: str, text: str, stream: Stream) -> list[Block]:
    """Return headers or a body; long lines are not broken, so that they can be copied."""
    if not text:
        return []
    lines = (paragraph(line, indent=2, wraps=False) for line in stream.lines(text))
    return [*heading(title), *(block for line in lines for block in line)]


def _header_lines(headers: Mapping[str, str]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in headers.items())


def _indented(body: str | None) -> str:
    if not body:
        return ""
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return body


LOG_ENTRY = Card("log_entry", log_entry, record=logged_call_record)
