"""`kaufland actions list / show / retry / forget`."""

from typing import Annotated

import typer

from kaufland_cli.app import actions as use_cases
from kaufland_cli.app.writing import WriteOptions
from kaufland_cli.cli import completion
from kaufland_cli.cli.options import AcceptClientKey, AsCsv, AsJson, AsJsonLines, Limit, Yes, context_of, group
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import WrongUsage
from kaufland_cli.output import ACTION_COLUMNS

_group = group("What this program asked Kaufland to do.")

Number = Annotated[int, typer.Argument(metavar="ACTION", help="The number of an action.", min=1)]


def add_to(app: typer.Typer) -> None:
    app.add_typer(_group, name="actions")


@_group.command("list")
def list_actions(
    call: typer.Context,
    state: Annotated[
        list[str] | None,
        typer.Option(metavar="STATE", help="planned, sending, done, refused or in_doubt."),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND", help="ship, parcel, invoice, cancel, refund or release."),
    ] = None,
    order: Annotated[
        str | None, typer.Option(metavar="ORDER", help="Only of this order.", autocompletion=completion.orders)
    ] = None,
    limit: Limit = None,
    as_json: AsJson = False,
    as_jsonl: AsJsonLines = False,
    as_csv: AsCsv = False,
) -> None:
    """List what Kaufland was asked to do, the newest first.

    Of refunds and invoices Kaufland keeps no list that can be read, so this is the only record.

    Example: kaufland actions list --state in_doubt
    """
    from kaufland_cli.output.footers import rest_of_list
    from kaufland_cli.output.records.actions import ACTION_FIELDS, action_record

    context = context_of(call)
    context.choose_format(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv)
    shown = context.row_limit(limit)
    with use_cases.listed_actions(context, state or (), kind or (), order, shown) as found:
        context.output.listing(
            "actions",
            map(action_record, found.actions),
            ACTION_COLUMNS,
            fields=ACTION_FIELDS,
            schema="kaufland.actions/1",
            empty=Hint("No matching actions. What can be done: ", command("orders", "ship", "--help")),
            extra={"counts": found.counts},
            footer=lambda stream: rest_of_list(shown, found.total, "shown, newest first", stream),
        )


@_group.command("show")
def show(call: typer.Context, action: Number, as_json: AsJson = False) -> None:
    """Show one action in full.

    What was sent, when, by which command or line of a file, and Kaufland's answer.

    Example: kaufland actions show 12
    """
    from kaufland_cli.output.cards.action_card import ACTION

    context = context_of(call)
    context.choose_format(as_json=as_json)
    context.output.show(ACTION, use_cases.action_details(context, action))


@_group.command("retry")
def retry(
    call: typer.Context,
    actions: Annotated[
        list[int] | None, typer.Argument(metavar="ACTION", help="Numbers. Without any: all unfinished ones.")
    ] = None,
    was_done: Annotated[
        bool, typer.Option("--was-done", help="You have seen in the seller portal that it was done.")
    ] = False,
    was_not_done: Annotated[
        bool, typer.Option("--was-not-done", help="You have seen there that it was not; send it again.")
    ] = False,
    accept_client_key: AcceptClientKey = False,
    as_json: AsJson = False,
) -> None:
    """Go on with unfinished actions.

    Those that were planned or are in doubt; refused ones only if you name them. What is in doubt is first looked up at
    Kaufland, and sent again only if it was not done. A refund and a further parcel cannot be looked up: look in the
    seller portal and say what you saw.

    Example: kaufland actions retry

    Example: kaufland actions retry 12 --was-not-done
    """
    context = context_of(call)
    context.choose_format(as_json=as_json)
    if was_done and was_not_done:
        raise WrongUsage("--was-done and --was-not-done exclude each other.", hint=Hint("Choose one of them."))
    seen: use_cases.Seen | None = "done" if was_done else "not done" if was_not_done else None
    options = WriteOptions(yes=True, accept_client_key=accept_client_key)
    raise typer.Exit(use_cases.retry(context, actions or (), options, seen))


@_group.command("forget")
def forget(
    call: typer.Context,
    actions: Annotated[list[int], typer.Argument(metavar="ACTION", help="Numbers of actions.")],
    yes: Yes = False,
) -> None:
    """Drop actions, so that nothing is sent for them.

    Nothing changes at Kaufland. After that the same can be asked for again. A refund that may have been paid still
    counts as paid.

    Example: kaufland actions forget 12
    """
    raise typer.Exit(use_cases.forget(context_of(call), actions, yes=yes))
