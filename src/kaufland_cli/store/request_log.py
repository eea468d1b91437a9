"""The API log: each attempt is a row, written before it is sent and completed afterwards.

`http` calls it from the thread that sends, over a second connection: rows survive even if the transaction that stores
the page is rolled back. A failing log never fails the import, so this is the one place that swallows store errors.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from kaufland_cli.domain.moments import as_text
from kaufland_cli.domain.orders import MAX_INTEGER
from kaufland_cli.errors import StoreUnusable
from kaufland_cli.store.connection import Database
from kaufland_cli.store.disk_room import SCARCE_BYTES

if TYPE_CHECKING:
    from kaufland_cli.http.request_record import Attempt, Outcome

MAX_BODY_CHARACTERS = 512 * 1024
ENTRIES_AT_ONCE = 1_000
BYTES_AT_ONCE = 8 * 1024 * 1024
"""One transaction deletes little more than this."""
BYTES_AT_ONCE_IF_SCARCE = 512 * 1024
"""The same where the disk has little room: its write-ahead log then fits into the reserve of a full disk."""
MAX_PRUNED_A_RUN = 20_000


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One attempt at a call, without headers and bodies."""

    entry_no: int
    at: str
    """When it was sent, UTC."""
    method: str
    endpoint: str
    """The path below the base URL."""
    status_code: int | None
    success: bool | None
    """Whether a usable response arrived; None until it has ended."""
    duration_ms: int | None
    error_message: str | None
    attempt: int
    """1 for the first attempt at this request."""
    run_id: int | None
    """The run of an import that made the call."""


ENTRY_FIELDS = tuple(field.name for field in fields(LogEntry))


@dataclass(frozen=True, slots=True)
class LoggedCall(LogEntry):
    """One attempt with its headers and bodies; a body is None if none was sent or kept."""

    url: str
    request_headers: Mapping[str, str]
    request_body: str | None
    response_headers: Mapping[str, str]
    response_body: str | None


class RequestLogWriter:
    """Records attempts. Switched off, it still keeps the failed ones, without bodies.

    With `days` and `megabytes` it prunes the log while it writes: one long run may produce gigabytes.
    """

    def __init__(
        self,
        database: Database,
        *,
        everything: bool,
        personal_data: bool,
        run_id: int | None = None,
        days: int | None = None,
        megabytes: int | None = None,
    ) -> None:
        self._store = database
        self._everything = everything
        self._personal_data = personal_data
        self._days = days
        self._megabytes = megabytes
        self._unpruned = 0
        self.run_id = run_id

    def started(self, attempt: "Attempt") -> int | None:
        """Write the row of an attempt that is about to be sent."""
        if not self._everything:
            return None
        body = self._body(attempt.body)
        try:
            with self._store.second_connection() as notes:
                return self._insert(notes, attempt, body)
        except StoreUnusable:
            return None

    def finished(self, entry: int | None, attempt: "Attempt", outcome: "Outcome") -> None:
        """Complete the row; if only failures are kept, write it now if the attempt failed."""
        if entry is None and outcome.success:
            return
        kept = self._body(outcome.body, attempt.body) if self._everything else ""
        message = self._message(outcome.error_message, attempt.body)
        headers = _written(outcome.headers or {})
        try:
            with self._store.second_connection() as notes:
                if self._personal_data and _names_erased(notes, kept):
                    kept = self._body(outcome.body, attempt.body, hide=True)
                entry = entry if entry is not None else self._insert(notes, attempt, "")
                notes.execute(
                    "UPDATE request_log SET status_code = ?, success = ?, duration_ms = ?, error_message = ?,"
                    " response_headers = ?, response_body = ?, bytes = bytes + ? WHERE entry_no = ?",
                    (
                        outcome.status_code,
                        outcome.success,
                        outcome.duration_ms,
                        message,
                        headers,
                        kept or None,
                        _bytes(headers, kept, message or ""),
                        entry,
                    ),
                )
                self._unpruned += len(kept)
                if self._unpruned > BYTES_AT_ONCE and self._days is not None and self._megabytes is not None:
                    self._unpruned = 0
                    RequestLogQueries(notes).prune(
                        now=attempt.at, days=self._days, megabytes=self._megabytes, most=ENTRIES_AT_ONCE
                    )
        except StoreUnusable:
            return

    def _insert(self, notes: Database, attempt: "Attempt", body: str) -> int:
        from kaufland_cli.http.redaction import SECRETS  # noqa: PLC0415 - only where written

        headers = _written(attempt.headers)
        url = SECRETS.text(attempt.url)
        found = notes.execute(
            "INSERT INTO request_log (at, run_id, attempt, method, endpoint, url, request_headers, request_body, bytes)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                as_text(attempt.at),
                self.run_id,
                attempt.number,
                attempt.method,
                SECRETS.text(urlsplit(attempt.endpoint).path),
                url,
                headers,
                body or None,
                _bytes(url, headers, body),
            ),
        )
        return int(found.lastrowid or 0)

    def _message(self, message: str | None, request: bytes) -> str | None:
        """Return the error without personal data from the request, which a refusal may repeat."""
        if message is None:
            return None
        from kaufland_cli.http.redaction import SECRETS  # noqa: PLC0415 - only where written

        message = SECRETS.own_text(message)  # responses in it were already cleared of secrets
        if self._personal_data or not request:
            return message
        from kaufland_cli.http.personal_data import SentTexts  # noqa: PLC0415 - only where written

        return SentTexts(request.decode("utf-8", "replace")).hide(message)

    def _body(self, body: bytes, request: bytes = b"", *, hide: bool = False) -> str:
        from kaufland_cli.http.redaction import SECRETS  # noqa: PLC0415 - only where written

        text = body[: MAX_BODY_CHARACTERS * 4].decode("utf-8", "replace")
        if hide or not self._personal_data:
            from kaufland_cli.http.personal_data import SentTexts, without_personal_data  # noqa: PLC0415 - as above

            text = without_personal_data(text, SentTexts(request.decode("utf-8", "replace")))
        text = SECRETS.text(text)
        return text if len(text) <= MAX_BODY_CHARACTERS else text[:MAX_BODY_CHARACTERS] + "… (cut)"


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which entries are shown; empty means all."""

    failed: bool = False
    since: str | None = None
    method: str | None = None
    path: str | None = None
    """Part of the URL."""
    order: str | None = None
    limit: int | None = None
    numbers: Sequence[int] | None = None
    """Only of these entries; None: of all."""


class LogSize(NamedTuple):
    """How large the log is."""

    entries: int
    bytes: int


class RequestLogQueries:
    """The API log, for reading and pruning."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def entries(self, chosen: LogFilter) -> Iterator[LogEntry]:
        """Yield the entries, newest first."""
        parts: list[str] = []
        values: list[Any] = []
        for part, value in (
            ("at >= ?", chosen.since),
            ("method = ?", chosen.method.upper() if chosen.method else None),
            ("instr(url, ?)", chosen.path),
            ("(instr(url, ?) OR instr(coalesce(response_body, ''), ?))", chosen.order),
        ):
            if value is not None:
                parts.append(part)
                values.extend([value] * part.count("?"))
        if chosen.numbers is not None:
            parts.append("entry_no IN (SELECT value FROM json_each(?))")
            values.append(json.dumps(list(chosen.numbers)))
        if chosen.failed:
            parts.append("success IS NOT 1")
        where = " WHERE " + " AND ".join(parts) if parts else ""
        limit = "" if chosen.limit is None else f" LIMIT {min(int(chosen.limit), MAX_INTEGER)}"
        columns = ", ".join(ENTRY_FIELDS)
        sql = f"SELECT {columns} FROM request_log{where} ORDER BY entry_no DESC{limit}"  # noqa: S608 - built above from our own names
        for row in self._database.rows(sql, values):
            yield LogEntry(**_values(row, LogEntry))

    def entry(self, entry_no: int) -> LoggedCall | None:
        """Return one entry with its headers and bodies."""
        row = self._database.row("SELECT * FROM request_log WHERE entry_no = ?", (entry_no,))
        if row is None:
            return None
        found = _values(row, LoggedCall)
        for name in ("request_headers", "response_headers"):
            found[name] = json.loads(found[name]) if found[name] else {}
        return LoggedCall(**found)

    def last_number(self) -> int:
        """Return the number of the newest entry that there ever was; numbers are never used twice."""
        return int(self._database.value("SELECT seq FROM sqlite_sequence WHERE name = 'request_log'") or 0)

    def progress(self, after: int, waiting: Iterable[int]) -> list[tuple[int, str, bool]]:
        """Return number, time and whether the call has ended, of entries after that number and of those waiting."""
        rows = self._database.tuples(
            # Two searches by primary key: one with OR reads the whole log.
            "SELECT entry_no, at, success IS NOT NULL FROM request_log WHERE entry_no > ?"
            " UNION SELECT entry_no, at, success IS NOT NULL FROM request_log"
            " WHERE entry_no IN (SELECT value FROM json_each(?)) ORDER BY entry_no",
            (after, json.dumps(sorted(waiting))),
        )
        return [(int(number), str(at), bool(ended)) for number, at, ended in rows]

    def size(self) -> LogSize:
        """Return how large the log is; kept up to date by triggers, so this costs one row."""
        row = self._database.row("SELECT log_entries AS entries, log_bytes AS bytes FROM row_counts")
        return LogSize(0, 0) if row is None else LogSize(**dict(row))

    def clear(self) -> int:
        """Delete all entries; return how many there were."""
        return self._delete_oldest(lambda _at, _bytes_left: True)

    def prune(self, *, now: datetime, days: int, megabytes: int, most: int | None = None) -> int:
        """Delete entries older than `days`, then the oldest while the log is too large; return how many.

        Stops soon after `most`. An entry from the future was written while the clock was wrong; its age is unknown, so
        it counts as old.
        """
        limit = megabytes * 1024 * 1024
        oldest, newest = as_text(now - timedelta(days=days)), as_text(now + timedelta(days=1))
        return self._delete_oldest(lambda at, bytes_left: bytes_left > limit or not oldest <= at <= newest, most)

    def _delete_oldest(self, is_unwanted: Callable[[str, int], bool], most: int | None = None) -> int:
        """Delete the oldest entries for which `is_unwanted`, given their time and the size of the log, is true.

        Reads only the oldest entries and deletes in short transactions, so others can write in between and the cost
        does not grow with the log.
        """
        deleted = 0
        at_once = BYTES_AT_ONCE if self._database.room >= SCARCE_BYTES else BYTES_AT_ONCE_IF_SCARCE
        while most is None or deleted < most:
            unwanted = self._oldest_unwanted(is_unwanted)
            for part in _parts(unwanted, at_once):
                with self._database.transaction():
                    self._database.execute_many("DELETE FROM request_log WHERE entry_no = ?", part)
            deleted += len(unwanted)
            if len(unwanted) < ENTRIES_AT_ONCE:
                break
        return deleted

    def _oldest_unwanted(self, is_unwanted: Callable[[str, int], bool]) -> list[tuple[int, int]]:
        """Return number and size of the unwanted among the oldest entries."""
        found: list[tuple[int, int]] = []
        bytes_left = self.size().bytes
        rows = self._database.tuples(
            "SELECT entry_no, at, bytes FROM request_log ORDER BY entry_no LIMIT ?", (ENTRIES_AT_ONCE,)
        )
        for entry_no, at, size in rows:
            if is_unwanted(at, bytes_left):
                found.append((entry_no, size))
                bytes_left -= size
        return found


def _parts(entries: Iterable[tuple[int, int]], at_once: int) -> Iterator[list[tuple[int]]]:
    """Yield the numbers of entries, given with their sizes, in parts of about `at_once` bytes."""
    part: list[tuple[int]] = []
    total = 0
    for entry_no, size in entries:
        part.append((entry_no,))
        total += size
        if total >= at_once:
            yield part
            part, total = [], 0
    if part:
        yield part


def _names_erased(database: Database, body: str) -> bool:
    """Return whether a body names an order whose buyer asked for erasure; its data must not come back (0017)."""
    return bool(
        database.value(
            "SELECT EXISTS (SELECT 1 FROM erased_orders WHERE why = 'request' AND instr(?, id_order))", (body,)
        )
    )


def _written(headers: Mapping[str, str]) -> str:
    from kaufland_cli.http.redaction import SECRETS  # noqa: PLC0415 - only where written

    return json.dumps({name: SECRETS.text(value) for name, value in headers.items()})


def _bytes(*texts: str) -> int:
    """Return the size of texts as UTF-8."""
    return sum(len(text.encode("utf-8", "replace")) for text in texts)


def _values(row: Any, kind: type[LogEntry]) -> dict[str, Any]:
    """Return the values of a row for the fields of `kind`."""
    found = {field.name: row[field.name] for field in fields(kind)}
    return found | {"success": None if found["success"] is None else bool(found["success"])}
