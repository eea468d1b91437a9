"""`kaufland backup` and `kaufland restore`."""

from pathlib import Path
from typing import Annotated

import typer

from kaufland_cli.app import backup as use_cases
from kaufland_cli.cli.options import AsJson, Yes, context_of
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.numbers import size_text
from kaufland_cli.errors import WrongUsage
from kaufland_cli.output.records.upkeep import backup_record, restore_record


def add_to(app: typer.Typer) -> None:
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
    context = context_of(call)
    context.choose_format(as_json=as_json)
    copy = use_cases.back_up(context, file, force=force)
    if as_json:
        context.output.document(backup_record(copy), schema="kaufland.backup/1")
    else:
        context.output.success(f"Store copied: {copy.file} ({size_text(copy.bytes, context.forms.numbers)})")


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
    context = context_of(call)
    context.choose_format(as_json=as_json)
    if (file is None) != fresh:
        raise WrongUsage(
            "Name the copy, or start with an empty store: one of the two.", hint=command("restore", "--help")
        )
    restored = use_cases.restore(context, file, yes=yes)
    if restored is None:
        return
    if as_json:
        context.output.document(restore_record(restored), schema="kaufland.restore/1")
        return
    done = "The store is empty now" if file is None else f"Restored from {file}"
    context.output.success(f"{done}: {restored.store}")
    if restored.kept_as is not None:
        context.output.note(f"The previous store is kept: {restored.kept_as}")
    if restored.erased_again:
        context.output.note(f"Erased again, as requested since the copy was made: {', '.join(restored.erased_again)}")
    far = "your orders go" if file is None else "the copy is old"
    context.output.note(Hint("Next: ", command("import-orders", "--since", "30d"), f", or as far back as {far}."))
