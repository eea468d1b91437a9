"""`kaufland config list / path / get / set / unset`."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from kaufland_cli.cli.context import CliContext
from kaufland_cli.cli.options import AsCsv, AsJson, AsJsonLines, context_of, group
from kaufland_cli.domain.hint import command
from kaufland_cli.errors import SettingsError, WrongUsage
from kaufland_cli.output import SETTING_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

app = group("Look at the settings and change them.")

Reveal = Annotated[bool, typer.Option("--reveal", help="Show hidden parts, such as a ping URL.")]
Key = Annotated[str, typer.Argument(metavar="KEY", help="For example order_import.interval_minutes.")]


class Place(StrEnum):
    """What `config path` can name."""

    SETTINGS = "settings"
    STORE = "store"
    BACKUPS = "backups"
    SECRET = "secret"  # noqa: S105 - a word, not a secret


@app.command("list")
def list_settings(
    call: typer.Context,
    as_toml: Annotated[bool, typer.Option("--toml", help="Print a settings file of everything that is set.")] = False,
    reveal: Reveal = False,
    as_json: AsJson = False,
    as_jsonl: AsJsonLines = False,
    as_csv: AsCsv = False,
) -> None:
    """List every setting.

    With its value and where that comes from: the environment, the file or the default. What lets somebody in by itself,
    such as a ping URL, is shown as *** unless you ask for it with --reveal. Settings that are set but have no effect
    now are named below the list.

    With --toml it prints what is set, from whatever source, as a settings file for another machine. Secrets are never
    in it; hidden values are left out unless you ask for them with --reveal.

    Example: kaufland config list --toml > config.toml
    """
    from kaufland_cli.settings import displayed, value_of
    from kaufland_cli.settings.activity import no_effect

    context = context_of(call)
    context.choose_format(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv)
    if as_toml:
        if as_json or as_jsonl or as_csv:
            raise WrongUsage("--toml cannot be combined with another format.", hint=command("config", "list", "--toml"))
        _print_toml(context, reveal=reveal)
        return
    records = []
    for key, origin in context.loaded.origins.items():
        value = value_of(context.settings, key)
        value = value if reveal else displayed(key, value)
        shown = value if context.as_json else _as_toml(value)
        records.append(
            {
                "key": key,
                "value": shown,
                "origin": origin.place or origin.source,
                "source": origin.source,
                "no_effect": no_effect(context.settings, key),
            }
        )
    fields = ("key", "value", "origin", "source", "no_effect")
    context.output.listing("settings", records, SETTING_COLUMNS, fields=fields, schema="kaufland.settings/1", empty="")
    for one in records:
        if one["no_effect"] and one["source"] != "default":
            context.output.note(f"{one['key']} has no effect now: {one['no_effect']}.")
    _warn(context)


def _print_toml(context: CliContext, *, reveal: bool) -> None:
    from kaufland_cli.settings.pages import hidden_keys, settings_toml

    encoding = getattr(context.stdout, "encoding", None) or "utf-8"
    ascii_only = encoding.lower().replace("-", "") != "utf8"
    context.output.line(settings_toml(context.loaded, reveal=reveal, ascii_only=ascii_only).rstrip("\n"))
    for key in () if reveal else hidden_keys(context.loaded):
        context.output.note(f"{key} is left out because it is hidden; --reveal prints it.")
    _warn(context)


def _warn(context: CliContext) -> None:
    for warning in context.loaded.warnings:
        context.output.warning(warning)


@app.command("path")
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
    match place:
        case Place.SETTINGS:
            found = _file(context)
        case Place.STORE:
            found = context.loaded.store_file
        case Place.BACKUPS:
            found = context.loaded.store_file.parent / "backups"
        case Place.SECRET:
            from kaufland_cli.secrets import credential_file

            found = context.loaded.secret_file
            if context.settings.secret.store == "systemd":
                found = credential_file(found)
    if as_json:
        context.output.document({"place": place.value, "path": str(found)}, schema="kaufland.path/1")
    else:
        context.output.line(str(found))


@app.command("get")
def get(
    call: typer.Context,
    key: Key,
    reveal: Reveal = False,
    as_json: AsJson = False,
) -> None:
    """Print the value of one setting.

    What lets somebody in by itself, such as a ping URL, is shown as *** unless you ask for it with --reveal.

    Example: kaufland config get order_import.interval_minutes
    """
    from kaufland_cli.settings import displayed, find_key, table_of, value_of

    context = context_of(call)
    context.choose_format(as_json=as_json)
    known, whole = find_key(key), table_of(key)[0]
    if known is None or whole not in context.loaded.origins:
        _known_key(key)
        value, origin = None, "default"
    else:
        value, origin = value_of(context.settings, key), context.loaded.origins[whole].source
    value = value if reveal else displayed(key, value)
    if as_json:
        context.output.document({"key": key, "value": value, "source": origin}, schema="kaufland.setting/1")
    else:
        context.output.line(value if isinstance(value, str) else _as_toml(value))


@app.command("set")
def set_value(
    call: typer.Context, key: Key, value: Annotated[str, typer.Argument(metavar="VALUE", help="The new value.")]
) -> None:
    """Change one setting; comments in the file stay.

    Example: kaufland config set order_import.interval_minutes 30
    """
    from kaufland_cli.settings.edit import change_settings, parse_value

    context = context_of(call)
    wanted = parse_value(key, value)
    starts = change_settings(_file(context), {key: wanted}, environ=context.environ, now=context.clock.now())
    context.output.success(f"{key} is set.")
    _say_starts(context, starts)
    _say_what_holds(context, key)
    _follow(context, key)


@app.command("unset")
def unset(call: typer.Context, key: Key) -> None:
    """Remove one setting; its default applies again.

    Example: kaufland config unset order_import.interval_minutes
    """
    from kaufland_cli.settings.edit import change_settings

    context = context_of(call)
    starts = change_settings(_file(context), {key: None}, environ=context.environ, now=context.clock.now())
    context.output.success(f"{key} is removed; its default applies again.")
    _say_starts(context, starts)
    _say_what_holds(context, key)
    _follow(context, key)


def _as_toml(value: object) -> str:
    """Return a value as the file has it; empty where the file cannot say it."""
    from kaufland_cli.settings.pages import toml_value

    return "" if value is None else toml_value(value)


def _file(context: CliContext) -> "Path":
    """Return the settings file; it may be faulty, which is what a change is there to fix."""
    from kaufland_cli.settings import find_locations

    return find_locations(context.environ, config_file=context.config_file, profile=context.profile).config_file


def _known_key(key: str) -> None:
    """Raise `WrongUsage` for a key that does not exist."""
    from kaufland_cli.settings import find_key, nearest_key

    if find_key(key) is None:
        near = nearest_key(key)
        meant = f" Did you mean {near}?" if near else ""
        raise WrongUsage(f"There is no setting {key!r}.{meant}", hint=command("config", "list"))


def _follow(context: CliContext, key: str) -> None:
    """Let the schedule follow the settings that it depends on."""
    from kaufland_cli.app.schedule_offer import FOLLOWED, offer_schedule

    if key in FOLLOWED:
        context.__dict__.pop("loaded", None)  # what was read before the change
        offer_schedule(context)


def _say_starts(context: CliContext, starts: "Mapping[str, str | None]") -> None:
    """Say from which moment on orders become sales orders, where the change has switched that on."""
    for key, moment in starts.items():
        if moment is not None:
            context.output.note(
                f"{key} is set to {moment}: orders created before that become sales orders only by hand."
            )


def _say_what_holds(context: CliContext, key: str) -> None:
    """After a change, say what keeps it from having an effect, and what else is wrong or doubtful in the settings.

    Other faults of the file did not stop the change; they are named, since other commands will stop at them.
    """
    from kaufland_cli.settings import table_of
    from kaufland_cli.settings.activity import no_effect

    try:
        loaded = context.load()
    except SettingsError as error:
        context.output.warning(error.message)
        return
    origin = loaded.origins.get(table_of(key)[0])
    if origin is not None and origin.source == "environment":
        context.output.warning(f"{origin.place} in the environment takes precedence over the file.")
    if origin is not None and origin.source != "default" and (reason := no_effect(loaded.settings, key)):
        context.output.warning(f"{key} has no effect now: {reason}.")
    for warning in loaded.warnings:
        context.output.warning(warning)
