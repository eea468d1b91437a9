"""The use cases of `kaufland config`: from the settings in force to what is shown, and changes of the settings file.

How the file keeps its comments: docs/decisions/0007-toml-edits.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from kaufland_cli.app.context import Context
from kaufland_cli.domain.hint import Command, Hint, command
from kaufland_cli.domain.nearest import did_you_mean
from kaufland_cli.errors import SettingsError, WrongUsage


class Place(StrEnum):
    """What `config path` can name."""

    SETTINGS = "settings"
    STORE = "store"
    BACKUPS = "backups"
    SECRET = "secret"  # noqa: S105 - a word, not a secret


class SettingValue(NamedTuple):
    """A setting in force."""

    key: str
    value: object
    """Hidden parts are `***` unless they were to be revealed."""
    origin: str
    """The variable, or the file with the line; else the source."""
    source: str
    """`option`, `environment`, `file` or `default`."""
    no_effect: str = ""
    """Why it has no effect now; empty if it has."""


def setting_values(context: Context, *, reveal: bool) -> Iterator[SettingValue]:
    """Yield every setting in force."""
    from kaufland_cli.settings import displayed, value_of
    from kaufland_cli.settings.activity import no_effect

    for key, origin in context.loaded.origins.items():
        value = value_of(context.settings, key)
        value = value if reveal else displayed(key, value)
        reason = no_effect(context.settings, key)
        yield SettingValue(key, value, origin.place or origin.source, origin.source, reason)


def setting_value(context: Context, key: str, *, reveal: bool) -> SettingValue:
    """Return one setting in force, or one entry of a table. Raises `WrongUsage` for a key that does not exist."""
    from kaufland_cli.settings import displayed, find_key, table_of, value_of

    whole = table_of(key)[0]
    if find_key(key) is None or whole not in context.loaded.origins:
        _check_key(key)
        return SettingValue(key, None, "default", "default")
    value, origin = value_of(context.settings, key), context.loaded.origins[whole]
    value = value if reveal else displayed(key, value)
    return SettingValue(key, value, origin.place or origin.source, origin.source)


def _check_key(key: str) -> None:
    from kaufland_cli.settings import find_key, nearest_key
    from kaufland_cli.settings.keys import section_keys

    if find_key(key) is None:
        if keys := section_keys(key):
            raise WrongUsage(
                f"{key} is a section; its keys are {', '.join(keys)}.", hint=command("config", "get", keys[0])
            )
        near = nearest_key(key)
        raise WrongUsage(f"There is no setting {key!r}.{did_you_mean(near)}", hint=_with_key_meant(key, "get"))


def _with_key_meant(key: str, verb: str, *value: str) -> Hint:
    """Return the command with the key that was probably meant; if that is none, or a section, the list of all."""
    from kaufland_cli.settings import find_key, nearest_key
    from kaufland_cli.settings.keys import section_keys

    near = "" if section_keys(key) else nearest_key(key)
    known = find_key(near) if near else None
    if known is None:
        return command("config", "list", "--all")
    entry = key.rpartition(".")[2]
    return Hint(Command(("config", verb, f"{near}.{entry}" if known.kind == "table" and value else near, *value)))


@contextmanager
def _suggests_key(key: str, verb: str, *value: str) -> Iterator[None]:
    """Let the error for an unknown key suggest the command with the one that was probably meant."""
    from kaufland_cli.settings import find_key
    from kaufland_cli.settings.sources import looks_like_secret

    try:
        yield
    except SettingsError as error:
        if find_key(key) is None and not looks_like_secret(key):
            error.hint = _with_key_meant(key, verb, *value)
        raise


def settings_file(context: Context) -> Path:
    """Return the settings file, which may be missing or faulty."""
    from kaufland_cli.settings import find_locations

    return find_locations(
        context.environ, config_file=context.options.config_file, profile=context.options.profile
    ).config_file


def path_of(context: Context, place: Place) -> Path:
    """Return where the settings, the store, its backups, or a secret kept in a file are."""
    match place:
        case Place.SETTINGS:
            return settings_file(context)
        case Place.STORE:
            return context.loaded.store_file
        case Place.BACKUPS:
            from kaufland_cli.store.places import backup_folder

            return backup_folder(context.loaded.store_file)
        case Place.SECRET:
            from kaufland_cli.secrets import credential_file

            file = context.loaded.secret_file
            return credential_file(file) if context.settings.secret.store == "systemd" else file


def set_value(context: Context, key: str, text: str) -> None:
    """Write one setting into the file, and bring the schedule up to date. Raises `SettingsError` or `WrongUsage`."""
    from kaufland_cli.settings import displayed
    from kaufland_cli.settings.edit import parse_value

    with _suggests_key(key, "set", "VALUE"):  # the value may be a secret
        value = parse_value(key, text)
    _change(context, key, value, f"{key} = {as_toml(displayed(key, value))}")


def unset_value(context: Context, key: str) -> None:
    """Remove one setting from the file, and bring the schedule up to date."""
    from kaufland_cli.settings import find_key

    known = find_key(key)
    default = as_toml(known.default) if known is not None else ""
    done = f"{key} has its default again: {default}" if default else f"{key} is removed."
    with _suggests_key(key, "unset"):
        _change(context, key, None, done)


def _change(context: Context, key: str, value: object, done: str) -> None:
    from kaufland_cli.settings.edit import change_settings

    file = settings_file(context)
    starts = change_settings(file, {key: value}, environ=context.environ, now=context.clock.now())
    context.output.success(done)
    follow_up(context, [key], starts)


def follow_up(context: Context, keys: Sequence[str], starts: Mapping[str, str | None]) -> None:
    """After a change, say what else follows from it, and bring the schedule up to date."""
    from kaufland_cli.app.schedule_offer import FOLLOWED, offer_schedule

    _report_starts(context, starts)
    _warn_of_no_effect(context, keys)
    if not FOLLOWED.isdisjoint(keys):
        context.__dict__.pop("loaded", None)  # read before the change
        offer_schedule(context)


def _report_starts(context: Context, starts: Mapping[str, str | None]) -> None:
    """Say from when on orders become sales orders, if the change has switched that on."""
    for key, moment in starts.items():
        if moment is not None:
            context.output.note(
                f"{key} is set to {moment}: orders created before that become sales orders only by hand."
            )


def _warn_of_no_effect(context: Context, keys: Sequence[str]) -> None:
    """After a change of these keys, warn if one has no effect, and of everything else that is doubtful.

    Other errors in the file did not stop the change; they are reported because other commands will stop at them.
    """
    from kaufland_cli.settings import table_of
    from kaufland_cli.settings.activity import no_effect

    try:
        loaded = context.options.load_settings(context.environ)
    except SettingsError as error:
        context.output.warning(error.message)
        return
    for key in keys:
        origin = loaded.origins.get(table_of(key)[0])
        if origin is not None and origin.source == "environment":
            context.output.warning(f"{origin.place} in the environment takes precedence over the file.")
        if origin is not None and origin.source != "default" and (reason := no_effect(loaded.settings, key)):
            context.output.warning(f"{key} has no effect now: {reason}.")
    for warning in loaded.warnings:
        context.output.warning(warning)


def as_toml(value: object) -> str:
    """Return a value as the file has it; empty if TOML cannot express it."""
    from kaufland_cli.settings.pages import toml_value

    return "" if value is None else toml_value(value)


class TomlExport(NamedTuple):
    """The settings in force as a file for another machine."""

    text: str
    left_out: tuple[str, ...]
    """Hidden settings that are not in it."""


def exported(context: Context, *, reveal: bool, ascii_only: bool) -> TomlExport:
    """Return what is set, from whatever source, as a settings file; never a secret."""
    from kaufland_cli.settings.pages import hidden_keys, settings_toml

    text = settings_toml(context.loaded, reveal=reveal, ascii_only=ascii_only)
    return TomlExport(text.rstrip("\n"), () if reveal else tuple(hidden_keys(context.loaded)))
