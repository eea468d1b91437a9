"""`kaufland log show / clear / prune`."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Final

import typer

from kaufland_cli.app.request_log import clear_log, log_entries, logged_call, prune_whole_log
from kaufland_cli.cli import completion
from kaufland_cli.cli.options import AsCsv, AsJson, AsJsonLines, Limit, Yes, context_of, group
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.output import FOLLOWED_LOG_COLUMNS, LOG_COLUMNS

if TYPE_CHECKING:
    from kaufland_cli.cli.context import CliContext
    from kaufland_cli.store.request_log import LogFilter

FOLLOWED: Final = 10
"""Entries that --follow begins with."""

_ONLY_FAILED = Hint(
    "Only failed calls are logged. To log all of them: ", command("config", "set", "debug.log_api_requests", "true")
)

_group = group("Look at the API log.")


def add_to(app: typer.Typer) -> None:
    app.add_typer(_group, name="log")


@_group.command("show")
def show(
    call: typer.Context,
    entry: Annotated[int | None, typer.Argument(metavar="ENTRY", help="One entry, with headers and bodies.")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only calls that failed.")] = False,
    since: Annotated[str | None, typer.Option(metavar="WHEN", help="Since then: 2h, today, 28.11.2026.")] = None,
    method: Annotated[str | None, typer.Option(metavar="METHOD", help="For example GET.")] = None,
    path: Annotated[str | None, typer.Option(metavar="TEXT", help="Part of the address, for example /orders.")] = None,
    order: Annotated[
        str | None,
        typer.Option(
            metavar="ORDER",
            help="Calls in which this order occurs.",
            autocompletion=completion.orders,
        ),
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Show calls as they end, until Ctrl-C.")] = False,
    limit: Limit = None,
    as_json: AsJson = False,
    as_jsonl: AsJsonLines = False,
    as_csv: AsCsv = False,
) -> None:
    """Show the calls to Kaufland's API.

    Newest first; or one entry in full. With --follow the last 10, oldest first, and then each new one once its call
    has ended, until Ctrl-C; --jsonl writes one object a line.

    Failed calls are always kept; all calls with their bodies while debug.log_api_requests is on. No key and no
    signature is ever kept, and buyers' data is hidden unless debug.log_personal_data is on.

    Example: kaufland log show --failed --since 7d

    One entry: kaufland log show 12
    """
    from kaufland_cli.output.cards.log_entry import LOG_ENTRY
    from kaufland_cli.output.records.request_log import log_entry_record
    from kaufland_cli.store.request_log import ENTRY_FIELDS, LogFilter

    context = context_of(call)
    context.choose_format(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv)
    if entry is not None:
        context.take_only("One entry is shown, and in full", "--json", "--jsonl")
        context.output.show(LOG_ENTRY, logged_call(context, entry))
        return
    on = context.settings.debug.log_api_requests
    empty = "No matching calls." if on else Hint("No matching calls. ", _ONLY_FAILED)
    search = LogFilter(failed=failed, method=method, path=path, order=order, limit=context.row_limit(limit))
    if follow:
        last = (FOLLOWED if since is None else None) if limit is None else limit or None
        _follow(context, replace(search, limit=last), since)
        return
    with log_entries(context, search, since) as entries:
        records = map(log_entry_record, entries)
        context.output.listing(
            "entries",
            records,
            LOG_COLUMNS,
            fields=ENTRY_FIELDS,
            schema="kaufland.log/1",
            empty=empty,
        )


def _follow(context: "CliContext", search: "LogFilter", since: str | None) -> None:
    """Show calls as they end."""
    from kaufland_cli.app.log_follow import followed_log
    from kaufland_cli.output.records.request_log import log_entry_record
    from kaufland_cli.store.request_log import ENTRY_FIELDS

    records = map(log_entry_record, followed_log(context, search, since))
    context.output.follow(records, LOG_COLUMNS, FOLLOWED_LOG_COLUMNS, fields=ENTRY_FIELDS, schema="kaufland.log/1")


@_group.command("clear")
def clear(call: typer.Context, yes: Yes = False) -> None:
    """Delete the whole API log; asks first.

    Works on a full disk too, and returns the room to the disk.

    Example: kaufland log clear --yes
    """
    clear_log(context_of(call), yes=yes)


@_group.command("prune")
def prune(call: typer.Context) -> None:
    """Delete old entries of the API log.

    Those beyond the age and size in the settings; every import does this too. Works on a full disk, and returns the
    room to the disk.

    Example: kaufland log prune
    """
    prune_whole_log(context_of(call))
