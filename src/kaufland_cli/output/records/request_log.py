"""JSON records of the API log, made from what `store.request_log` returns."""

from typing import TYPE_CHECKING, Any

from kaufland_cli.output.records.interchange import fields_of

if TYPE_CHECKING:
    from kaufland_cli.store.request_log import LogEntry, LoggedCall


def log_entry_record(entry: "LogEntry") -> dict[str, Any]:
    """Return an entry of the list."""
    return fields_of(entry)


def logged_call_record(call: "LoggedCall") -> dict[str, Any]:
    """Return one entry with its headers and bodies."""
    return {
        "entry_no": call.entry_no,
        "at": call.at,
        "run_id": call.run_id,
        "attempt": call.attempt,
        "method": call.method,
        "endpoint": call.endpoint,
        "url": call.url,
        "status_code": call.status_code,
        "success": call.success,
        "duration_ms": call.duration_ms,
        "error_message": call.error_message,
        "request_headers": dict(call.request_headers),
        "request_body": call.request_body,
        "response_headers": dict(call.response_headers),
        "response_body": call.response_body,
    }
