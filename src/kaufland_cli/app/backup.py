"""`kaufland backup` and `restore`: copies the store, and puts a copy or an empty store in its place.

How a store survives a power cut: docs/decisions/0011-power-loss.md.
"""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kaufland_cli.app.context import Context
from kaufland_cli.app.first_steps import next_import
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.numbers import counted_in
from kaufland_cli.errors import NotFound, StoreUnusable, WrongUsage
from kaufland_cli.files import UnfitFile, is_same_file, refuse_unfit

if TYPE_CHECKING:
    from kaufland_cli.store.inspection import StoreContents
    from kaufland_cli.upkeep.restore import Restored


class Backup(NamedTuple):
    """A copy of the store."""

    file: Path
    bytes: int
    store: Path


def back_up(context: Context, file: Path | None, *, force: bool) -> Backup:
    """Copy the store to a file or into a folder (by default `backups/` next to it) and check the copy.

    A damaged store is not copied. Raises `NotFound` if there is no store, `WrongUsage` if `file` cannot be used, and
    `StoreUnusable`.
    """
    from kaufland_cli.settings.locations import absolute
    from kaufland_cli.store.backup import copy_store, sweep_unfinished
    from kaufland_cli.store.inspection import inspection
    from kaufland_cli.store.places import backup_folder, dated_copy
    from kaufland_cli.store.recognition import holds_nothing_at
    from kaufland_cli.store.record import read_record, require_store_exists

    store = context.loaded.store_file
    if holds_nothing_at(store):
        require_store_exists(store, read_record(store), holds_nothing=store.exists())
        raise NotFound(f"There is no store to copy yet: {store}.", hint=next_import(context))
    target = backup_folder(store) if file is None else absolute(file, context.environ)
    if file is None or target.is_dir():
        target = dated_copy(target, store, context.clock.now())
    _check_target(context, target, store, force=force)
    with inspection(store) as found:
        found.require_store_in_use()
    sweep_unfinished(store)
    with context.output.progress() as progress:
        copy_store(store, target, copied=None if progress is None else progress.bytes_copied)
    return Backup(target, target.stat().st_size, store)


def _check_target(context: Context, target: Path, store: Path, *, force: bool) -> None:
    example = Hint("Example: ", command("backup", "/media/usb"))
    if is_same_file(target, store):
        raise WrongUsage("That is the store itself.", hint=example)
    try:
        refuse_unfit(target)
    except UnfitFile as error:
        raise WrongUsage(f"{target} {error.reason}.", hint=example) from None
    if target.exists() and not force:
        overwrite = Hint("Use another name, or overwrite that copy: ", context.again("--force"))
        raise WrongUsage(
            f"A file with that name already exists: {target}.",
            hint=overwrite if _is_store(target) else Hint("Use another name: ", command("backup", "FILE")),
        )


def _is_store(path: Path) -> bool:
    from kaufland_cli.store.inspection import inspection

    with suppress(StoreUnusable), inspection(path) as found:
        return bool(found.version)
    return False


def restore(context: Context, file: Path | None, *, yes: bool) -> "Restored | None":
    """Put a copy (None: an empty store) in the place of the store, after asking; None if the answer is no.

    The previous store is kept, and buyers erased since the copy was made are erased again.
    """
    from kaufland_cli.app.pushing import push_lock
    from kaufland_cli.app.writing import actions_lock
    from kaufland_cli.order_import.lock import holder_now, run_lock
    from kaufland_cli.settings.locations import absolute
    from kaufland_cli.upkeep.restore import restore as put_in_place

    store, copy = context.loaded.store_file, None if file is None else absolute(file, context.environ)
    if copy is not None and not copy.is_file():
        raise NotFound(f"There is no file {copy}.", hint=command("config", "path", "backups"))
    words = ("restore", "--fresh" if copy is None else str(copy))
    if not yes and not _agreed(context, copy, command(*words, "--yes")):
        context.output.note("Nothing was changed.")
        return None
    typed, now = command(*words), context.clock.now()
    with (
        run_lock(store, holder_now(context.process.pid, now, typed)),
        push_lock(context, typed),
        actions_lock(context),
        context.output.progress() as progress,
    ):
        return put_in_place(copy, store, now, None if progress is None else progress.bytes_copied)


def _agreed(context: Context, copy: Path | None, instead: Hint) -> bool:
    """Show what is there and what would replace it, and ask. Raises `StoreUnusable` as `restore` does."""
    from kaufland_cli.store.inspection import inspection
    from kaufland_cli.store.recognition import require_not_foreign
    from kaufland_cli.upkeep.restore import examine_copy

    store, before = context.loaded.store_file, "none yet"
    if copy is None:
        require_not_foreign(store)
    after = ["empty"] if copy is None else [_in_words(context, examine_copy(copy)), str(copy)]
    questions = context.questions(instead)
    if store.exists():
        try:
            with inspection(store) as found:
                before = _in_words(context, found.contents()) if found.version else "empty"
        except StoreUnusable:
            before = "cannot be read"
    questions.facts([("Store", [before, str(store)]), ("New store" if copy is None else "Copy", after)])
    return questions.yes_no("Replace the store? It is kept with the copies.", default=False)


def _in_words(context: Context, found: "StoreContents") -> str:
    """Return `1,240 orders, last import 2026-11-24 10:30`."""
    orders = counted_in(context.forms.numbers, found.orders, "order")
    if found.last_import is None:
        return f"{orders}, no import yet"
    return f"{orders}, last import {context.forms.moment(found.last_import)}"
