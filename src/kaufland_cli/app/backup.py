"""`kaufland backup` and `restore`: copies the store, and puts a copy or an empty store in its place.

How a store survives a power cut: docs/decisions/0011-power-loss.md.
"""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kaufland_cli.app.context import Context
from kaufland_cli.app.first_steps import next_import
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import NotFound, WrongUsage
from kaufland_cli.files import UnfitFile, is_same_file, refuse_unfit

if TYPE_CHECKING:
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
    _check_target(target, store, force=force)
    with inspection(store) as found:
        found.require_store_in_use()
    sweep_unfinished(store)
    with context.output.progress() as progress:
        copy_store(store, target, copied=None if progress is None else progress.bytes_copied)
    return Backup(target, target.stat().st_size, store)


def _check_target(target: Path, store: Path, *, force: bool) -> None:
    example = Hint("Example: ", command("backup", "/media/usb"))
    if is_same_file(target, store):
        raise WrongUsage("That is the store itself.", hint=example)
    try:
        refuse_unfit(target)
    except UnfitFile as error:
        raise WrongUsage(f"{target} {error.reason}.", hint=example) from None
    if target.exists() and not force:
        raise WrongUsage(
            f"A file with that name already exists: {target}.",
            hint=Hint("Use another name, or --force to overwrite it."),
        )


def restore(context: Context, file: Path | None, *, yes: bool) -> "Restored | None":
    """Put a copy (None: an empty store) in the place of the store, after asking; None if the answer is no.

    The previous store is kept, and buyers erased since the copy was made are erased again.
    """
    from kaufland_cli.app.pushing import push_lock
    from kaufland_cli.order_import.lock import holder_now, run_lock
    from kaufland_cli.settings.locations import absolute
    from kaufland_cli.upkeep.restore import restore as put_in_place

    store, copy = context.loaded.store_file, None if file is None else absolute(file, context.environ)
    if copy is not None and not copy.is_file():
        raise NotFound(f"There is no file {copy}.", hint=command("config", "path", "backups"))
    words = ("restore", "--fresh" if copy is None else str(copy))
    question = f"Replace {store} with {'an empty store' if copy is None else copy}?"
    if not yes and not context.questions(command(*words, "--yes")).yes_no(question, default=False):
        context.output.note("Nothing was changed.")
        return None
    typed, now = command(*words), context.clock.now()
    with (
        run_lock(store, holder_now(context.pid, now, typed)),
        push_lock(context, typed),
        context.output.progress() as progress,
    ):
        return put_in_place(copy, store, now, None if progress is None else progress.bytes_copied)
