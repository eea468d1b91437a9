"""`kaufland backup`."""

from pathlib import Path
from typing import Annotated

import typer

from kaufland_cli.cli.options import AsJson
from kaufland_cli.cli.session import session_of
from kaufland_cli.errors import NotFound, WrongUsage


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("backup")(backup)


def backup(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(help="Where to; in a folder it gets a name with the date. By default beside the store."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Take the place of a file that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Copy the store, whole and checked, also while an import runs.

    The copy is a store itself, for you alone to read: to go back to it, put it in the store's place while no import
    runs.

    Example: kaufland backup /media/usb/orders.sqlite3
    """
    from kaufland_cli.settings.locations import absolute
    from kaufland_cli.store.backup import backup_folder, copy_store, dated_name

    session = session_of(context)
    session.choose_format(as_json=as_json)
    store = session.loaded.store_file
    if not store.exists():
        raise NotFound(f"There is no store yet to copy: {store}.", hint=session.command("import-orders"))
    target = backup_folder(store) if file is None else absolute(file, session.environ)
    if file is None or target.is_dir():
        target /= dated_name(store, session.clock.now())
    if target.resolve() == store.resolve():
        raise WrongUsage("That is the store itself.", hint="Example: kaufland backup /media/usb")
    if target.exists() and not force:
        raise WrongUsage(f"There is a file of that name: {target}.", hint="Another name, or --force to replace it.")
    copy_store(store, target)
    size = target.stat().st_size
    if as_json:
        session.output.document({"file": str(target), "bytes": size, "store": str(store)}, schema="kaufland.backup/1")
    else:
        session.output.success(f"The store is copied: {target} ({size / 1_000_000:.1f} MB)")
