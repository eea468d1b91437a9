"""Checks that the store is sound, private and has disk space, and whether another program has locked it."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from kaufland_cli.doctor.check import Check, open_to_all, plain, skipped
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.moments import read_moment
from kaufland_cli.domain.numbers import PLAIN, NumberForm, size_text
from kaufland_cli.domain.text import counted
from kaufland_cli.errors import StoreUnusable, reason_of, shell_command
from kaufland_cli.files import change_rights, others_may_read, write_private_file
from kaufland_cli.order_import.lock import running_import
from kaufland_cli.store.checking import remember_check
from kaufland_cli.store.inspection import NEWEST_VERSION, Inspection, file_sizes, inspection
from kaufland_cli.store.places import set_aside_files_of
from kaufland_cli.store.record import (
    note_damage,
    read_record,
    record_file,
    require_store_exists,
    way_out,
)

MEGABYTE: Final = 1024 * 1024
MIN_FREE_BYTES: Final = 500 * MEGABYTE
PROBE_BYTES: Final = 64 * 1024
CHECK_SECONDS: Final = 20.0
"""Time limit for each check of the whole file."""
FULL_SECONDS: Final = 3600.0
"""The same if somebody asked for it."""
LARGE: Final = 100 * MEGABYTE
"""A larger store is not checked while somebody waits if it was checked in the last `MAX_AGE`."""
MAX_AGE: Final = timedelta(days=7)
MAX_RUN: Final = timedelta(hours=3)


def store_checks(
    path: Path, now: datetime, monotonic: Callable[[], float], numbers: NumberForm = PLAIN, *, full: bool = False
) -> Iterator[Check]:
    """Yield whether the store opens, can be written and is sound.

    The result is recorded: nothing is written to a damaged store, and a sound one is used again. Without `full`, a
    large store is sound if commands that write have found it so in the last days.
    """
    if not (path.exists() and path.stat().st_size):
        require_store_exists(path, read_record(path), holds_nothing=path.exists())
    if not path.exists():
        hint = command("import-orders")
        yield Check("store", "skipped", f"None yet at {path}; the first import creates it", hint, "none yet")
        return
    yield from _rights(path)
    with inspection(path) as found:
        if not found.version:
            found.require_store_in_use()
        yield _opened(path, found, numbers)
        checked_at = None if full else _checked_lately(path, found, now)
        if checked_at is None:
            yield from _whole(path, found, now, monotonic, full=full)
        else:
            message = f"intact when all of it was last checked, {checked_at}; doctor --full checks it now"
            yield plain("store content", "ok", message)
            yield plain("store links", "ok", message)
        found.require_store_in_use()
        if found.version == NEWEST_VERSION:
            yield from _remembered(path)
        found.take_write_lock()  # last, because it waits if another program has locked the store


def disk_checks(folder: Path, store_bytes: int, numbers: NumberForm) -> Iterator[Check]:
    """Yield whether the disk has space and the folder can be written; `store_bytes` is the size of the store."""
    place = next((one for one in (folder, *folder.parents) if one.exists()), folder)
    free, least = shutil.disk_usage(place).free, max(MIN_FREE_BYTES, 2 * store_bytes)
    text = f"{size_text(free, numbers)} free"
    if free < least:
        message = f"{text}; copies and growth need at least {size_text(least, numbers)}"
        yield plain("disk", "warning", message, Hint("Free some space on that disk, then: ", command("doctor")))
    else:
        yield plain("disk", "ok", text)
    if place != folder:
        yield skipped("store folder", "The first import creates it.")
        return
    if (check := open_to_all("store folder", folder)) is not None:
        yield check
        return
    probe = folder / ".doctor-probe"
    try:
        write_private_file(probe, b"\0" * PROBE_BYTES)
        probe.unlink(missing_ok=True)
    except OSError as error:
        message = f"Nothing can be written into {folder}: {reason_of(error)}"
        hint = Hint("Free some space there, or check its owner and rights: ", command("config", "path", "store"))
        yield Check("store folder", "failed", message, hint, f"nothing can be written ({error.errno})")
        return
    yield Check("store folder", "ok", f"{folder} can be written", shared="can be written")


def lock_checks(path: Path, now: datetime) -> Iterator[Check]:
    """Yield whether an import is running, with a warning if it has been running for too long."""
    holder = running_import(path)
    if holder is None:
        yield plain("run lock", "ok", "No import is running")
        return
    since = read_moment(holder.since)
    hours = 0.0 if since is None else (now - since).total_seconds() / 3600
    if since is not None and now - since > MAX_RUN:
        message = f"An import has been running for {hours:.0f} hours (process {holder.pid})"
        look, end = shell_command("ps", "-fp", str(holder.pid)), shell_command("kill", str(holder.pid))
        hint = Hint("See what it is doing (", look, "); if it hangs, stop it (", end, "): nothing is lost")
        yield plain("run lock", "warning", message, hint)
        return
    yield plain("run lock", "ok", f"An import is running (process {holder.pid})")


def backup_checks(folder: Path, now: datetime, numbers: NumberForm) -> Iterator[Check]:
    """Yield the number of copies of the store, the age of the newest, and their total size."""
    files = sorted(folder.glob("*.sqlite3"), key=lambda file: file.stat().st_mtime) if folder.is_dir() else []
    if not files:
        yield plain("backups", "warning", "There is no copy of the store in its backups folder", command("backup"))
        return
    size = size_text(sum(file.stat().st_size for file in files), numbers)
    days = max(0, int((now.timestamp() - files[-1].stat().st_mtime) // 86400))
    age = "today's" if days == 0 else f"{counted(days, 'day')} old"
    yield plain("backups", "ok", f"{len(files)} in the backups folder, the newest {age}, {size} in all")


def set_aside_checks(path: Path, numbers: NumberForm) -> Iterator[Check]:
    """Yield damaged stores that were kept: they may still contain buyers who have been erased since."""
    if found := set_aside_files_of(path):
        size = size_text(sum(file.stat().st_size for file in found), numbers)
        message = f"A damaged store is kept ({size}) and may hold buyers who were erased since"
        hint = Hint("Delete it when you no longer need it: ", shell_command("rm", *map(str, found)))
        yield Check("damaged stores", "warning", message, hint, f"{counted(len(found), 'file')}, {size}")


def leftover_copies(swept: Sequence[Path], left: Sequence[Path]) -> Iterator[Check]:
    """Yield unfinished copies that killed processes left: they may contain erased buyers."""
    if swept:
        message = f"Unfinished copies were removed: {', '.join(map(str, swept))}"
        yield Check("unfinished copies", "warning", message, shared=f"{len(swept)} removed")
    if left:
        message = f"A copy is being made, or a leftover could not be removed: {', '.join(map(str, left))}"
        yield Check("unfinished copies", "warning", message, command("doctor"), f"{len(left)} left")


def _rights(path: Path) -> Iterator[Check]:
    if others_may_read(path):
        message = f"{path} can be read or written by others on this machine, and orders are personal data"
        yield Check("store rights", "warning", message, change_rights("600", path), "readable by others")


def _opened(path: Path, found: Inspection, numbers: NumberForm) -> Check:
    sizes, version = found.sizes(), found.version
    text = f"version {version}, {size_text(sizes.file + sizes.write_ahead_log, numbers)}"
    if version < NEWEST_VERSION:
        message = f"{text}; the next command brings it up to version {NEWEST_VERSION} and keeps a copy"
        return plain("store", "warning", message, command("status"))
    return Check("store", "ok", f"{text}, in {path}", shared=text)


def _checked_lately(path: Path, found: Inspection, now: datetime) -> str | None:
    """Return when all of a large store was last checked and found sound; None if that is too long ago."""
    record = read_record(path)
    if record is None or record.damage or found.sizes().file < LARGE:
        return None
    checked_at = read_moment(record.checked_at)
    return record.checked_at if checked_at is not None and timedelta() <= now - checked_at < MAX_AGE else None


def _whole(
    path: Path, found: Inspection, now: datetime, monotonic: Callable[[], float], *, full: bool
) -> Iterator[Check]:
    begin, seconds = monotonic(), FULL_SECONDS if full else CHECK_SECONDS
    damages = found.damages(_after(seconds, monotonic), thorough=full)
    if damages is None:
        yield _unfinished("store content", path, "PRAGMA quick_check", full=full)
    elif damages:
        shared = f"{len(damages)} faults"
        note_damage(path, damages[0])
        yield Check("store content", "failed", f"{path} is damaged: {'; '.join(damages)}", way_out(path), shared)
        return
    else:
        yield plain("store content", "ok", "intact (SQLite integrity check)")
    broken, wrong = found.broken_links(_after(seconds, monotonic)), None
    if broken is None:
        yield _unfinished("store links", path, "PRAGMA foreign_key_check", full=full)
    elif broken:
        counts = ", ".join(f"{count} in {table}" for table, count in broken.items())
        message = f"Rows refer to others that do not exist: {counts}"
        note_damage(path, message)
        yield Check("store links", "failed", message, way_out(path), message)
    elif wrong := found.wrong_counts(_after(seconds, monotonic)):
        message = f"The store's data is inconsistent: {'; '.join(wrong)}"
        note_damage(path, message)
        yield Check("store links", "failed", message, way_out(path), message)
    else:
        yield plain("store links", "ok", "all references are intact")
        if damages is not None and wrong is not None:
            remember_check(path, now, monotonic() - begin)


def _remembered(path: Path) -> Iterator[Check]:
    """Yield a warning if the record next to the store is missing or unreadable; each command tries to write it."""
    record = read_record(path)
    if record is None or record.store_id is None:
        message = f"{record_file(path)} is missing or unreadable; without it, an emptied store would pass for a new one"
        hint = Hint("Make sure that it can be written and that nothing else is in its place, then: ", command("status"))
        yield Check("store record", "warning", message, hint, "missing or unreadable")


def _unfinished(name: str, path: Path, pragma: str, *, full: bool) -> Check:
    record = read_record(path)
    whole = "never" if record is None or record.checked_at is None else record.checked_at
    seconds = FULL_SECONDS if full else CHECK_SECONDS
    message = (
        f"It is so large that checking it takes longer than {seconds:g} seconds; commands that write do so "
        f"in several parts. Last complete check: {whole}"
    )
    hint = Hint(shell_command("sqlite3", str(path), pragma)) if full else command("doctor", "--full")
    return Check(name, "warning", message, hint, message)


def _after(seconds: float, monotonic: Callable[[], float]) -> Callable[[], bool]:
    end = monotonic() + seconds
    return lambda: monotonic() > end


def store_bytes(path: Path) -> int:
    """Return the size of the store in bytes; 0 if there is none."""
    try:
        return sum(file_sizes(path))
    except OSError:
        return 0


@contextmanager
def readable_store(path: Path) -> Iterator[Inspection | None]:
    """Yield the store for reading; None if there is none of the version this program reads."""
    with ExitStack() as stack:
        found = None
        if path.exists():
            with suppress(StoreUnusable):  # the checks of the store say what is wrong with it
                found = stack.enter_context(inspection(path))
        yield found if found is not None and found.version == NEWEST_VERSION else None
