"""Turns errors of SQLite and the file system into errors of this program, with a hint on what to do."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kaufland_cli.domain.hint import NO_HINT, Hint, command
from kaufland_cli.errors import StoreBusy, StoreDamaged, StoreFull, StoreReadOnly, StoreUnusable, reason_of
from kaufland_cli.store.disk_room import reserve_file
from kaufland_cli.store.record import note_damage, way_out

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG} if hasattr(errno, "EDQUOT") else {errno.ENOSPC, errno.EFBIG}
_NO_TEXT = "a text in it is not valid UTF-8"


@contextmanager
def understandable_errors(path: Path | None) -> Iterator[None]:
    """Raise errors of SQLite and the file system as errors of this program."""
    try:
        yield
    except sqlite3.Error as error:
        raise _store_error(error, path) from error
    except UnicodeEncodeError as error:  # raised for a value to write or look up; the file is fine
        raise StoreUnusable(f"{path} cannot store or find a text with an incomplete character.") from error
    except UnicodeDecodeError as error:  # raised for an SQLite message that quotes the damaged file
        raise _damaged(_NO_TEXT, path) from error
    except OSError as error:
        reason = reason_of(error)
        if error.errno is not None and error.errno in _NO_SPACE:
            raise StoreFull(
                f"The disk is full: no room left for {path}: {reason}.",
                hint=_when_full("Free some space", path),
            ) from error
        raise StoreReadOnly(
            f"{path} cannot be opened for writing: {reason}.",
            hint=Hint(
                "Check the owner and permissions of that folder, or set KAUFLAND_DATA_DIR: ",
                command("config", "path", "store"),
            ),
        ) from error


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether SQLite reports a damaged file or a file of another kind, or Python an unreadable text in it."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return _holds_no_text(error)
    return code & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def _holds_no_text(error: sqlite3.Error) -> bool:
    """Return whether Python could not decode a text of the store; its message quotes that text, perhaps a buyer's."""
    return str(error).startswith("Could not decode to UTF-8")


def in_our_words(error: sqlite3.Error) -> str:
    """Return what SQLite reports; for a rare error its name, which can be looked up (sqlite.org/rescode.html)."""
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    known = {
        sqlite3.SQLITE_ERROR: "its tables are not as this program makes them",
        sqlite3.SQLITE_CORRUPT: "its content is not in order",
        sqlite3.SQLITE_NOTADB: "it is not an SQLite database",
        sqlite3.SQLITE_NOMEM: "there is not enough memory",
        sqlite3.SQLITE_TOOBIG: "a value in it is too large",
    }
    if _holds_no_text(error):
        return _NO_TEXT
    return known.get(getattr(error, "sqlite_errorcode", -1) & 0xFF, f"SQLite reports {name}")


def _store_error(error: sqlite3.Error, path: Path | None) -> StoreUnusable:
    code = getattr(error, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF
    if primary == sqlite3.SQLITE_FULL:
        return StoreFull(
            f"The disk is full: no room left for {path}. What was stored before is safe.",
            hint=_when_full("Free some space", path),
        )
    if primary in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}:
        return StoreReadOnly(
            f"{path} cannot be written.",
            hint=Hint(
                "Check the owner and permissions of that file and its folder: ",
                command("config", "path", "store"),
                # SQLite reports an unknown write format in a damaged header with the same words.
                Hint(". If they are correct, the file is damaged. ", way_out(path))
                if path and os.access(path, os.W_OK)
                else NO_HINT,
            ),
        )
    if primary in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreBusy(
            f"Another program is using {path} and did not release it in time.",
            hint=Hint("Close the program that has the file open, then run the command again."),
        )
    if is_damage(error):
        return _damaged(in_our_words(error), path)
    if primary == sqlite3.SQLITE_IOERR:
        return StoreFull(
            f"{path} could not be read or written ({in_our_words(error)}): the disk is full or failing. What was "
            "stored before is safe.",
            hint=_when_full("Check that disk and free some space", path),
        )
    return StoreUnusable(f"{path or 'The copy of the store in memory'} cannot be used: {in_our_words(error)}.")


def _when_full(what: str, path: Path | None) -> Hint:
    """Return what to do on a full disk; the API log is named if there is one, for then there is a reserve too."""
    if path is None or not reserve_file(path).exists():
        return Hint(what, ", then: ", command("import-orders"))
    return Hint(what, ", for example of the API log (", command("log", "clear"), "), then: ", command("import-orders"))


def _damaged(what: str, path: Path | None) -> StoreDamaged:
    """Record that the store is damaged, and return the error to raise."""
    if path is not None:
        note_damage(path, what)
    return StoreDamaged(
        f"{path} is damaged or is not a store of this program ({what}). It was not changed.",
        hint=None if path is None else way_out(path),
    )
