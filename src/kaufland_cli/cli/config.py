"""`kaufland config list / path / get / set / unset / edit`."""

from typing import Annotated

import typer

from kaufland_cli.app import config as use_cases
from kaufland_cli.app.config import Place
from kaufland_cli.cli import completion
from kaufland_cli.cli.context import CliContext
from kaufland_cli.cli.options import AsCsv, AsJson, AsJsonLines, context_of, group
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.output import SETTING_COLUMNS, Format
from kaufland_cli.output.records.settings import SETTING_FIELDS, listed_setting_record, path_record, setting_record

_SHOW_ALL = command("config", "list", "--all")

_group = group("Look at the settings and change them.")


def add_to(app: typer.Typer) -> None:
    app.add_typer(_group, name="config")


Reveal = Annotated[bool, typer.Option("--reveal", help="Show hidden parts, such as a ping URL.")]
Key = Annotated[
    str,
    typer.Argument(
        metavar="KEY", help="For example order_import.interval_minutes.", autocompletion=completion.setting_keys
    ),
]


@_group.command("list")
def list_settings(
    call: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="List the defaults too.")] = False,
    as_toml: Annotated[bool, typer.Option("--toml", help="Print a settings file of everything that is set.")] = False,
    reveal: Reveal = False,
    as_json: AsJson = False,
    as_jsonl: AsJsonLines = False,
    as_csv: AsCsv = False,
) -> None:
    """List the settings that were set, and where.

    With their values and where these come from, the environment or the file; with --all, settings that have their
    default too. JSON and CSV always hold every setting. What gives access by itself, such as a ping URL, is shown as
    *** unless you ask for it with --reveal. Settings that are set but have no effect now are named below the list.

    With --toml it prints what is set, from whatever source, as a settings file for another machine. Secrets are never
    in it; hidden values are left out unless you ask for them with --reveal.

    Example: kaufland config list --toml > config.toml
    """
    context = context_of(call)
    context.choose_format(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv)
    if as_toml:
        context.take_only("--toml prints a settings file with all that is set", "--toml", "--reveal")
        _print_toml(context, reveal=reveal)
        return
    known = list(use_cases.setting_values(context, reveal=reveal))
    everything = everything or context.format is not Format.AUTO
    found = [one for one in known if everything or one.source != "default"]
    records = [listed_setting_record(one, typed=context.as_json) for one in found]
    empty = Hint("Nothing is set: every setting has its default. To see them: ", _SHOW_ALL)
    context.output.listing(
        "settings", records, SETTING_COLUMNS, fields=SETTING_FIELDS, schema="kaufland.settings/1", empty=empty
    )
    if found and len(found) < len(known) and context.shows_tables:
        context.output.note(Hint(f"{len(known) - len(found)} more have their default: ", _SHOW_ALL))
    for one in found:
        if one.no_effect and one.source != "default":
            context.output.note(f"{one.key} has no effect now: {one.no_effect}.")
    _warn(context)


def _print_toml(context: CliContext, *, reveal: bool) -> None:
    encoding = getattr(context.streams.stdout, "encoding", None) or "utf-8"
    ascii_only = encoding.lower().replace("-", "") != "utf8"
    found = use_cases.exported(context, reveal=reveal, ascii_only=ascii_only)
    context.output.line(found.text)
    for key in found.left_out:
        context.output.note(f"{key} is left out because it is hidden; --reveal prints it.")
    _warn(context)


def _warn(context: CliContext) -> None:
    for warning in context.loaded.warnings:
        context.output.warning(warning)


@_group.command("path")
def path(
    call: typer.Context,
    place: Annotated[Place, typer.Argument(help="Which of them.")] = Place.SETTINGS,
    as_json: AsJson = False,
) -> None:
    """Print where files are.

    The settings, the store, its backups, or a secret kept in a file.

    Example: sqlite3 "$(kaufland config path store)" "select * from v_orders"
    """
    context = context_of(call)
    context.choose_format(as_json=as_json)
    context.state.may_be_new = True  # where files would be is worth knowing before they are there
    found = use_cases.path_of(context, place)
    if as_json:
        context.output.document(path_record(place, found), schema="kaufland.path/1")
    else:
        context.output.line(str(found))


@_group.command("get")
def get(
    call: typer.Context,
    key: Key,
    reveal: Reveal = False,
    as_json: AsJson = False,
) -> None:
    """Print the value of one setting.

    What gives access by itself, such as a ping URL, is shown as *** unless you ask for it with --reveal.

    Example: kaufland config get order_import.interval_minutes
    """
    context = context_of(call)
    context.choose_format(as_json=as_json)
    found = use_cases.setting_value(context, key, reveal=reveal)
    if as_json:
        context.output.document(setting_record(found), schema="kaufland.setting/1")
    else:
        context.output.line(found.value if isinstance(found.value, str) else use_cases.as_toml(found.value))


@_group.command("set")
def set_value(
    call: typer.Context, key: Key, value: Annotated[str, typer.Argument(metavar="VALUE", help="The new value.")]
) -> None:
    """Change one setting; comments in the file stay.

    Example: kaufland config set order_import.interval_minutes 30
    """
    use_cases.set_value(context_of(call), key, value)


@_group.command("unset")
def unset(call: typer.Context, key: Key) -> None:
    """Remove one setting; its default applies again.

    Example: kaufland config unset order_import.interval_minutes
    """
    use_cases.unset_value(context_of(call), key)


@_group.command("edit")
def edit(call: typer.Context) -> None:
    """Edit the settings file in your editor.

    Opens a copy in $VISUAL or $EDITOR. It replaces the file once it is valid; until then every problem is named with
    its line, and you can go on editing. Without a settings file it begins with every key and its default.

    Example: VISUAL=nano kaufland config edit
    """
    from kaufland_cli.app.config_edit import edit_settings

    edit_settings(context_of(call))
