"""`kaufland backup` and `kaufland restore`."""

from pathlib import Path
from typing import Annotated

import typer

from kaufland_cli.cli.options import AsJson, Yes, context_of
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import NotFound, WrongUsage
from kaufland_cli.files import UnfitFile, is_same_file, refuse_unfit


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("backup")(backup)
    app.command("restore")(restore)


def backup(
    call: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(help="File or folder. By default in backups/ next to the store."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
    as_json: AsJson = False,
) -> None:
    """Copy the store and check the copy.

    It can run while an import does. A damaged store is not copied, and never replaces a good copy. The copy is itself a
    store that only you can read. To go back to it: kaufland restore FILE

    Example: kaufland backup /media/usb/orders.sqlite3
    """
    from kaufland_cli.settings.locations import absolute
    from kaufland_cli.store.backup import copy_store, sweep_unfinished
    from kaufland_cli.store.inspection import inspection
    from kaufland_cli.store.places import backup_folder, dated_copy
    from kaufland_cli.store.recognition import holds_nothing_at
    from kaufland_cli.store.record import insist_on_presence, read_record

    context = context_of(call)
    context.choose_format(as_json=as_json)
    store = context.loaded.store_file
    if holds_nothing_at(store):
        insist_on_presence(store, read_record(store), holds_nothing=store.exists())
        raise NotFound(f"There is no store to copy yet: {store}.", hint=context.next_import)
    target = backup_folder(store) if file is None else absolute(file, context.environ)
    if file is None or target.is_dir():
        target = dated_copy(target, store, context.clock.now())
    if is_same_file(target, store):
        raise WrongUsage("That is the store itself.", hint=Hint("Example: ", command("backup", "/media/usb")))
    try:
        refuse_unfit(target)
    except UnfitFile as error:
        raise WrongUsage(f"{target} {error.reason}.", hint=Hint("Example: ", command("backup", "/media/usb"))) from None
    if target.exists() and not force:
        raise WrongUsage(
            f"A file with that name already exists: {target}.",
            hint=Hint("Use another name, or --force to overwrite it."),
        )
    with inspection(store) as found:
        found.insist_on_the_one_in_use()
    sweep_unfinished(store)
    with context.output.progress() as line:
        copy_store(store, target, copied=None if line is None else line.bytes_copied)
    size = target.stat().st_size
    if as_json:
        context.output.document({"file": str(target), "bytes": size, "store": str(store)}, schema="kaufland.backup/1")
    else:
        context.output.success(f"Store copied: {target} ({size / 1_000_000:.1f} MB)")


def restore(
    call: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="The copy.", show_default=False)] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start with an empty store instead of a copy.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Restore a copy of the store, or start afresh.

    Asks first. The current store is kept with the other copies. The next imports fetch what has happened at Kaufland
    since the copy was made; buyers who were erased since then stay erased, also with --fresh.

    Example: kaufland restore /media/usb/orders.sqlite3
    """
    from kaufland_cli.app.pushing import push_lock
    from kaufland_cli.order_import.lock import holder_now, run_lock
    from kaufland_cli.settings.locations import absolute
    from kaufland_cli.upkeep.restore import restore as go_back

    context = context_of(call)
    context.choose_format(as_json=as_json)
    if (file is None) != fresh:
        raise WrongUsage(
            "Name the copy, or start with an empty store: one of the two.", hint=command("restore", "--help")
        )
    store, copy = context.loaded.store_file, None if file is None else absolute(file, context.environ)
    if copy is not None and not copy.is_file():
        raise NotFound(f"There is no file {copy}.", hint=command("config", "path", "backups"))
    words = ("restore", "--fresh" if copy is None else str(copy))
    what = command(*words)
    question = f"Put {'an empty store' if copy is None else copy} in the place of {store}?"
    if not yes and not context.questions(command(*words, "--yes")).yes_no(question, default=False):
        context.output.note("Nothing was changed.")
        return
    holder = holder_now(context.pid, context.clock.now(), what)
    with run_lock(store, holder), push_lock(context, what), context.output.progress() as line:
        came = go_back(copy, store, context.clock.now(), None if line is None else line.bytes_copied)
    if as_json:
        record = {"store": str(store), "kept_as": None if came.kept_as is None else str(came.kept_as)}
        context.output.document({**record, "erased_again": came.erased_again}, schema="kaufland.restore/1")
        return
    done = "The store is empty now" if copy is None else f"Restored from {copy}"
    context.output.success(f"{done}: {store}")
    if came.kept_as is not None:
        context.output.note(f"The previous store is kept: {came.kept_as}")
    if came.erased_again:
        context.output.note(f"Erased again, as requested since the copy was made: {', '.join(came.erased_again)}")
    since = context.typed(command("import-orders", "--since", "30d"))
    context.output.note(f"Next: {since}, or as far back as {'your orders go' if copy is None else 'the copy is old'}.")
