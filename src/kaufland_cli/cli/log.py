"""`kaufland log show / clear / prune`."""

from typing import Annotated

import typer

from kaufland_cli.app.stores import closed_after, open_store
from kaufland_cli.app.typed_times import moment
from kaufland_cli.cli.options import AsCsv, AsJson, AsJsonLines, Limit, Yes, context_of, group
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.text import counted
from kaufland_cli.errors import NotFound
from kaufland_cli.output import LOG_COLUMNS, Format

_ONLY_FAILED = Hint(
    "Only failed calls are logged. To log all of them: ", command("config", "set", "debug.log_api_requests", "true")
)

app = group("Look at the API log.")

SHOWN_ON_A_TERMINAL = 50


@app.command("show")
def show(
    call: typer.Context,
    entry: Annotated[int | None, typer.Argument(metavar="ENTRY", help="One entry, with headers and bodies.")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only calls that failed.")] = False,
    since: Annotated[str | None, typer.Option(metavar="WHEN", help="Since then: 2h, 7d, 2026-11-01.")] = None,
    method: Annotated[str | None, typer.Option(metavar="METHOD", help="For example GET.")] = None,
    path: Annotated[str | None, typer.Option(metavar="TEXT", help="Part of the address, for example /orders.")] = None,
    order: Annotated[str | None, typer.Option(metavar="ORDER", help="Calls in which this order occurs.")] = None,
    limit: Limit = None,
    as_json: AsJson = False,
    as_jsonl: AsJsonLines = False,
    as_csv: AsCsv = False,
) -> None:
    """Show the calls to Kaufland's API.

    Newest first, or one of them whole.

    Failed calls are always kept; all calls with their bodies while debug.log_api_requests is on. No key and no
    signature is ever kept, and buyers' data is hidden unless debug.log_personal_data is on.

    Example: kaufland log show --failed --since 7d

    One entry: kaufland log show 12
    """
    from kaufland_cli.domain.moments import as_text
    from kaufland_cli.store.request_log import ENTRY_FIELDS, LogFilter

    context = context_of(call)
    context.choose_format(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv)
    with open_store(context) as store:
        if entry is not None:
            found = store.request_log.entry(entry) if abs(entry) < 2**63 else None
            if found is None:
                raise NotFound(f"There is no log entry {entry}.", hint=command("log", "show"))
            from kaufland_cli.output.cards.log_entry import LOG_ENTRY

            context.output.show(LOG_ENTRY, found)
            return
        if limit is None and context.format is Format.AUTO and context.stdout.isatty():
            limit = SHOWN_ON_A_TERMINAL
        chosen = LogFilter(
            failed=failed,
            since=as_text(moment(since, "--since", context.clock.now(), context.settings.ui.timezone))
            if since is not None
            else None,
            method=method,
            path=path,
            order=order,
            limit=limit or None,
        )
        on = context.settings.debug.log_api_requests
        empty = "No matching calls." if on else f"No matching calls. {context.typed(_ONLY_FAILED)}"
        with closed_after(store.request_log.entries(chosen)) as entries:
            context.output.listing(
                "entries", entries, LOG_COLUMNS, fields=ENTRY_FIELDS, schema="kaufland.log/1", empty=empty
            )


@app.command("clear")
def clear(call: typer.Context, yes: Yes = False) -> None:
    """Delete the whole API log; asks first.

    Example: kaufland log clear --yes
    """
    context = context_of(call)
    with open_store(context, writing=True, creating=False) as store:
        entries, _ = store.request_log.size()
        if entries and not yes:
            asked = context.questions(command("log", "clear", "--yes"))
            if not asked.yes_no(f"Delete {counted(entries, 'entry', 'entries')} of the API log?", default=False):
                context.output.note("Nothing was deleted.")
                return
        deleted = store.request_log.clear()
    context.output.success(f"{counted(deleted, 'entry', 'entries')} deleted.")


@app.command("prune")
def prune(call: typer.Context) -> None:
    """Delete old entries of the API log.

    What lies beyond the age and size of the settings; every import does this too.

    Example: kaufland log prune
    """
    context = context_of(call)
    debug = context.settings.debug
    with open_store(context, writing=True, creating=False) as store:
        deleted = store.request_log.prune(
            now=context.clock.now(), days=debug.log_retention_days, megabytes=debug.log_max_megabytes
        )
    context.output.success(
        f"{counted(deleted, 'entry', 'entries')} deleted; the log keeps {counted(debug.log_retention_days, 'day')} "
        f"and {debug.log_max_megabytes} MB."
    )
