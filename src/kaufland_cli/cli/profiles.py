"""`kaufland profiles list`."""

import typer

from kaufland_cli.app.profiles import profile_states
from kaufland_cli.cli.options import AsCsv, AsJson, AsJsonLines, context_of, group
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.output import PROFILE_COLUMNS
from kaufland_cli.output.records.settings import PROFILE_FIELDS, profile_record

_group = group("Work with several seller accounts on one machine.")


def add_to(app: typer.Typer) -> None:
    app.add_typer(_group, name="profiles")


@_group.command("list")
def list_profiles(
    call: typer.Context, as_json: AsJson = False, as_jsonl: AsJsonLines = False, as_csv: AsCsv = False
) -> None:
    """List the seller accounts on this machine.

    With their settings file, whether and how often they are imported, the last import and the schedule. Profiles
    with faulty settings, or of which only data is left, are listed too.

    Example: kaufland profiles list
    """
    context = context_of(call)
    context.choose_format(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv)
    found = profile_states(context)
    empty = Hint("No profile is set up yet. Start with: ", command("setup"))
    context.output.listing(
        "profiles",
        map(profile_record, found),
        PROFILE_COLUMNS,
        fields=PROFILE_FIELDS,
        schema="kaufland.profiles/1",
        empty=empty,
    )
    for one in found:
        if one.fault and context.streams.stdout.isatty() and not context.as_json:
            context.output.warning(f"{one.profile}: {one.fault}")
