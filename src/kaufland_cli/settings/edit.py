"""Changes the settings file without losing what a person wrote into it.

Changes come from `config set`, `unset` and `edit`, `setup` and `schedule install`. Each is validated together with the
file and the environment before anything is written; `toml_edit` edits the text (docs/decisions/0007-toml-edits.md).
"""

import copy
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from kaufland_cli.domain.hint import NO_HINT, Hint, command
from kaufland_cli.errors import SettingsError, SettingsProblem, WrongUsage, reason_of
from kaufland_cli.files import LockHeld, fault_of, folder_lock, write_private_file
from kaufland_cli.settings.config_file import ConfigFile, KeyPath, config_of, read_content
from kaufland_cli.settings.keys import STOREFRONTS, find_key, key_path, section_keys, table_of, value_of
from kaufland_cli.settings.load import read_settings_file, settings_error, validate_all
from kaufland_cli.settings.model import Settings
from kaufland_cli.settings.rules import moment_text
from kaufland_cli.settings.sources import from_options, unknown_key, variable_of
from kaufland_cli.settings.validation import validate

COMMAND_LINE: Final = "command line"
GENERAL_START: Final = "sales_orders.start_at"
_HEAD: Final = """\
# Settings of kaufland. `kaufland config list --all` shows every key and its value in force.
# The secret key never belongs in this file: kaufland secret set
"""


def change_settings(
    config_file: Path,
    changes: Mapping[str, object | None],
    *,
    environ: Mapping[str, str],
    now: datetime | None = None,
) -> Mapping[str, str | None]:
    """Set dotted keys in the file, or remove those whose value is None; everything else stays as it is.

    If the change switches sales orders on, `now` becomes the time from which orders count, unless the change sets one
    itself; the keys added for that are returned.

    Nothing is written if the change brings a problem that was not there before, in the file or together with the
    environment; earlier problems do not stop it. Unknown keys can be removed, never set. Raises SettingsError.

    Two processes that change the file at the same time wait for each other, so no change is lost.
    """
    with _alone(config_file):
        return _change_settings(config_file, changes, environ, now)


def _change_settings(
    config_file: Path, changes: Mapping[str, object | None], environ: Mapping[str, str], now: datetime | None
) -> Mapping[str, str | None]:
    file = read_settings_file(config_file)
    values = _checked(changes, file)
    crlf = "\r\n" in file.text
    before = file.text.replace("\r\n", "\n")
    text = before or (_HEAD if any(value is not None for value in values.values()) else "")
    text = _changed(config_file, text, values)
    # A variable must not hide a problem with the value that is written to the file.
    hidden = {variable_of(key) for key in values}
    others = {name: value for name, value in environ.items() if name not in hidden}
    earlier = validate_all(file, others, {})
    known = {(problem.key, problem.problem) for problem in (*earlier.problems, *earlier.deferred)}
    # Line numbers stay those of the file on disk, the only one a person can look into.
    later = validate_all(replace(file, data=tomllib.loads(text)), others, {})
    starts = start_changes(earlier.settings, later.settings, now) if now is not None else {}
    starts = {key: value for key, value in starts.items() if key not in values}
    text = _changed(config_file, text, starts)
    if worse := [problem for problem in later.problems if (problem.key, problem.problem) not in known]:
        raise settings_error(_with_place(problem, values) for problem in worse)
    if text != before:
        _write(config_file, text.replace("\n", "\r\n") if crlf else text)
    return starts


def check_edited(
    config_file: Path, before: bytes, after: bytes, *, environ: Mapping[str, str]
) -> tuple[Settings, Settings]:
    """Return the settings before and after a person edited the whole file.

    Raises SettingsError with every problem that the edited text has, named by file name and line: the text is not in
    the file yet. Problems that the environment had before do not count.
    """
    name = Path(config_file.name)
    after_report = validate_all(config_of(name, after), environ, {})
    try:
        before_report = validate_all(config_of(name, before), environ, {})
    except SettingsError:  # that is why it was edited
        before_report = validate_all(config_of(name, b""), environ, {})
    known = {(one.key, one.problem) for one in before_report.problems if one.place in environ}
    if problems := [one for one in after_report.problems if (one.key, one.problem) not in known]:
        raise settings_error(problems)
    return before_report.settings, after_report.settings


def replace_settings(
    config_file: Path, before: bytes, after: bytes, *, environ: Mapping[str, str], now: datetime
) -> Mapping[str, str | None]:
    """Put what a person edited in place of the file; return the keys added, as `change_settings` does.

    Raises SettingsError if the text is not valid, or if the file holds something other than `before` by now.
    """
    with _alone(config_file):
        starts = start_changes(*check_edited(config_file, before, after, environ=environ), now)
        if read_content(config_file) != before:
            raise _not_kept(config_file, "another command has changed it since you began to edit", NO_HINT)
        text = after.decode()
        if starts:
            crlf = "\r\n" in text
            text = _changed(config_file, config_of(config_file, after).text.replace("\r\n", "\n"), starts)
            text = text.replace("\n", "\r\n") if crlf else text
        _write(config_file, text)
        return starts


def parse_value(key: str, text: str) -> object:
    """Return the value that a person typed for a key, converted to its type as the file keeps it.

    Raises SettingsError for a key that does not exist (or for the secret), WrongUsage for an invalid value.
    """
    known = find_key(key)
    if known is None:
        raise settings_error([unknown_key(COMMAND_LINE, key)])
    report = validate(from_options({key: text}, COMMAND_LINE), together=False)
    for problem in report.problems:
        raise WrongUsage(f"{key}: {problem.problem}; allowed: {problem.allowed}", hint=command("config", "get", key))
    return value_of(report.settings, key)


def start_changes(before: Settings, after: Settings, now: datetime) -> Mapping[str, str | None]:
    """Return the start times to set (None: to remove) after sales orders were switched on.

    They keep older orders from becoming sales orders. A storefront that was on before keeps its start; one that is
    switched on later gets its own.
    """
    codes = [code for code in {**before.storefronts, **after.storefronts} if after.creates_sales_orders(code)]
    newly_on = {code for code in ("", *codes) if after.creates_sales_orders(code) > before.creates_sales_orders(code)}
    if not newly_on:
        return {}

    def start(code: str) -> str:
        return moment_text(now) if code in newly_on else _start(before, code)

    anything_before = before.creates_any_sales_orders
    general = start("") if "" in newly_on or anything_before else moment_text(now)
    changes: dict[str, str | None] = {} if general == after.sales_orders.start_at else {GENERAL_START: general}
    for code in codes:
        wanted = None if start(code) == general else start(code)
        if wanted != (after.storefronts[code].start_at if code in after.storefronts else None):
            changes[f"storefronts.{code}.start_at"] = wanted
    return changes


def _start(settings: Settings, code: str) -> str:
    own = settings.storefronts[code].start_at if code in settings.storefronts else None
    return settings.sales_orders.start_at if own is None else own


def _checked(changes: Mapping[str, object | None], file: ConfigFile) -> dict[str, object | None]:
    """Return the changes with their values as the file keeps them. Raises SettingsError."""
    report = validate(from_options(changes, COMMAND_LINE), together=False)
    not_there = [
        unknown_key(COMMAND_LINE, key)
        for key, value in changes.items()
        if value is None and find_key(key) is None and not _can_be_removed(file.data, key)
    ]
    if problems := [*report.problems, *not_there]:
        raise settings_error(problems)
    return {key: None if value is None else value_of(report.settings, key) for key, value in changes.items()}


def _with_place(problem: SettingsProblem, values: Mapping[str, object]) -> SettingsProblem:
    """Return the problem without a line number if its key is being changed: it is in no file yet."""
    if problem.key not in values:
        return problem
    return SettingsProblem(COMMAND_LINE, problem.key, problem.problem, problem.allowed, problem.hint)


def _can_be_removed(data: Mapping[str, Any], key: str) -> bool:
    """Return whether an unknown key is in the file; a section of the settings is not a key."""
    found = _lookup(data, _path_to_remove(data, key))
    return found is not None and not (isinstance(found, dict) and section_keys(key))


def _path(data: Mapping[str, Any], key: str) -> KeyPath:
    """Return the parts of the key as the file spells them: storefronts and countries in capital or small letters."""
    parts = [*key_path(key)]
    own = data.get(STOREFRONTS)
    if parts[0] == STOREFRONTS and len(parts) > 1 and isinstance(own, dict) and parts[1] not in own:
        parts[1] = next((code for code in own if code.strip().lower() == parts[1].lower()), parts[1])
    whole, entry = table_of(key)
    if entry is not None:
        table = _lookup(data, parts[:-1])
        written = table if isinstance(table, dict) else ()
        parts[-1] = next((name for name in written if table_of(f"{whole}.{name}")[1] == entry), entry)
    return tuple(parts)


def _path_to_remove(data: Mapping[str, Any], key: str) -> KeyPath:
    """Return the parts of the key; a name in an unknown key may contain dots."""
    path = _path(data, key)
    return path if _lookup(data, path) is not None else _path_with_dots(data, key) or path


def _path_with_dots(data: Mapping[str, Any], key: str) -> KeyPath:
    if key in data:
        return (key,)
    for name, table in data.items():
        if isinstance(table, dict) and key.startswith(f"{name}."):
            rest = _path_with_dots(table, key.removeprefix(f"{name}."))
            if rest:
                return (name, *rest)
    return ()


def _lookup(data: Any, path: Sequence[str]) -> Any:
    for part in path:
        data = data.get(part) if isinstance(data, Mapping) else None
    return data


def _changed(config_file: Path, text: str, values: Mapping[str, object | None]) -> str:
    """Return the text with all keys set or removed; tables entry by entry, so that their comments stay."""
    for key, value in values.items():
        if isinstance(value, dict):
            present = _lookup(tomllib.loads(text), _path(tomllib.loads(text), key))
            kept = {table_of(f"{key}.{name}")[1] for name in value}
            for name in present if isinstance(present, dict) else ():
                if table_of(f"{key}.{name}")[1] not in kept:
                    text = _change(config_file, text, f"{key}.{name}", None)
            for name, item in value.items():
                text = _change(config_file, text, f"{key}.{name}", item)
        else:
            text = _change(config_file, text, key, value)
    return text


def _change(config_file: Path, text: str, key: str, value: object | None) -> str:
    """Return the text with one key set or removed. Raises SettingsError if that would change anything else."""
    from kaufland_cli.settings.toml_edit import edited_toml  # noqa: PLC0415 -- only a change needs the editor

    wanted = tomllib.loads(text)
    path = _path_to_remove(wanted, key) if value is None else _path(wanted, key)
    if value is None and _lookup(wanted, path) is None:
        return text
    try:
        _set(wanted, path, value)
        edited = edited_toml(text, path, value)
        if tomllib.loads(edited) in _same_meaning(wanted, path):
            return edited
    except (ValueError, LookupError, TypeError, AttributeError):
        pass  # the editor cannot do it, so a person has to
    problem = SettingsProblem(str(config_file), key, "cannot be changed without risk to the rest of the file")
    raise SettingsError(
        "This settings file can only be changed by hand:",
        problems=[problem],
        hint=Hint("Change the line in an editor, then: ", command("config", "list")),
    )


def _set(data: dict[str, Any], path: KeyPath, value: object | None) -> None:
    for part in path[:-1]:
        data = data.setdefault(part, {})
    if value is None:
        del data[path[-1]]
    else:
        data[path[-1]] = value


def _same_meaning(data: dict[str, Any], path: KeyPath) -> Iterator[dict[str, Any]]:
    """Yield the data, then the data without the empty tables around the key, from the inside out."""
    yield data
    for length in range(len(path) - 1, 0, -1):
        if _lookup(data, path[:length]) != {}:
            return
        data = copy.deepcopy(data)
        _set(data, path[:length], None)
        yield data


@contextmanager
def _alone(config_file: Path) -> Iterator[None]:
    """Keep other processes from changing the same file."""
    with ExitStack() as stack:
        try:
            stack.enter_context(folder_lock(Path(os.path.realpath(config_file)).parent))
        except LockHeld as error:
            raise _not_kept(
                config_file, f"cannot be changed: {reason_of(error)}", Hint("Try again in a moment.")
            ) from None
        except OSError:
            pass  # writing will report what is wrong
        yield


def _write(config_file: Path, text: str) -> None:
    try:
        write_private_file(config_file, text.encode(), follow_link=True)
    except OSError as error:
        raise _not_kept(config_file, fault_of(error, "cannot be written")) from None


_WHERE = command("config", "path")


def _not_kept(config_file: Path, problem: str, hint: Hint = _WHERE) -> SettingsError:
    return SettingsError(
        "The settings could not be saved:", problems=[SettingsProblem(str(config_file), "", problem)], hint=hint
    )
