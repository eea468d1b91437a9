"""The use case of `kaufland config edit`: a person edits a copy, which replaces the settings file once it is valid.

The copy stays next to the file until it is saved or equals it, so a mistake, Ctrl-C or a lost connection costs no work.
"""

import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kaufland_cli.app.config import as_toml, follow_up, settings_file
from kaufland_cli.app.context import Context
from kaufland_cli.domain.hint import NO_HINT, Hint, ToCopy, command
from kaufland_cli.errors import SettingsError, TerminalNeeded, WrongUsage, reason_of
from kaufland_cli.files import read_written_file, remove_written_file, write_private_file
from kaufland_cli.programs import ctrl_c_left_to_the_other, environment_for_others, find_program

if TYPE_CHECKING:
    from kaufland_cli.settings import Settings

_EDITORS: Final = ("notepad",) if sys.platform == "win32" else ("sensible-editor", "editor", "nano", "vi")
_AT_ONCE: Final = 2.0
"""Seconds. Nobody edits faster; an editor that returns sooner has opened a window and did not wait for it."""
_AGAIN: Final = command("config", "edit")


def edit_settings(context: Context) -> None:
    """Let a person edit the settings file. Raises `TerminalNeeded`, `WrongUsage` or `SettingsError`."""
    if not context.has_terminal:
        raise TerminalNeeded(
            "This command opens an editor, and there is no terminal for it.",
            hint=Hint("Change one setting: ", command("config", "set", "KEY", "VALUE")),
        )
    from kaufland_cli.settings.config_file import read_content
    from kaufland_cli.settings.edit import check_edited, replace_settings

    editor = _editor(context)
    file = settings_file(context)
    before = read_content(file)
    copy = file.with_name(f"{file.stem}.edit{file.suffix}")
    begun = before or _template()
    _prepare(context, file, copy, begun)
    while True:
        _edit(context, editor, copy, begun)
        after = _read(copy)
        if after == begun or not after.strip():
            remove_written_file(copy)
            context.output.note(
                "Nothing was changed." if after == begun else "The text was empty: nothing was changed."
            )
            return
        try:
            settings = check_edited(file, before, after, environ=context.environ)
            break
        except SettingsError as error:
            context.output_for_person.error(SettingsError(error.message, hint=NO_HINT), as_json=False)
        if not context.questions(_AGAIN).yes_no("Edit again?", default=True):
            raise SettingsError(f"The settings were not changed. What you wrote is kept in {copy}.", hint=_AGAIN)
    try:
        starts = replace_settings(file, before, after, environ=context.environ, now=context.clock.now())
    except SettingsError:
        context.output.note(f"What you wrote is kept in {copy}.")
        raise
    remove_written_file(copy)
    context.output.success(f"{file} is saved.")
    follow_up(context, list(_report_changes(context, *settings)), starts)


def _editor(context: Context) -> list[str]:
    """Return the command of the person's editor: VISUAL, EDITOR, or one that is there. Raises `WrongUsage`."""
    from kaufland_cli.settings.rules import InvalidValue, command_words

    for name in ("VISUAL", "EDITOR"):
        if not (text := context.environ.get(name, "").strip()):
            continue
        with suppress(InvalidValue):
            # A path with spaces and without quotes is common on Windows.
            words = [text] if Path(text).is_file() else command_words(text)
            if isinstance(words, list) and words and (program := find_program(words[0], context.environ)):
                return [program, *words[1:]]
        raise WrongUsage(f"The editor that {name} names is not found: {text}", hint=_name_one())
    for name in _EDITORS:
        if program := find_program(name, context.environ):
            return [program]
    raise WrongUsage("No editor is found on this machine.", hint=_name_one())


def _name_one() -> Hint:
    return Hint("Name one that is installed: ", ToCopy("VISUAL=nano "), _AGAIN)


def _template() -> bytes:
    from kaufland_cli.settings.pages import example_toml

    return example_toml().encode()


def _prepare(context: Context, file: Path, copy: Path, begun: bytes) -> None:
    """Write the copy, unless there is one from an earlier edit and the person goes on with that."""
    if copy.exists():
        _read(copy)  # not one that another user has put there
        context.output_for_person.note(f"{copy} holds an edit that was not saved.")
        if file.exists() and file.stat().st_mtime > copy.stat().st_mtime:
            context.output_for_person.warning(f"{file} was changed after that edit; saving it would undo the change.")
        if context.questions(_AGAIN).yes_no("Go on with it? (n starts again from the settings)", default=True):
            return
    try:
        write_private_file(copy, begun)
    except OSError as error:
        raise _unusable(copy, error) from None


def _read(copy: Path) -> bytes:
    from kaufland_cli.settings.config_file import MAX_BYTES

    try:
        return read_written_file(copy, MAX_BYTES)
    except OSError as error:
        raise _unusable(copy, error) from None


def _unusable(copy: Path, error: OSError) -> SettingsError:
    return SettingsError(
        f"The copy to edit, {copy}, cannot be used: {reason_of(error)}.",
        hint=command("config", "path"),
    )


def _edit(context: Context, editor: list[str], copy: Path, begun: bytes) -> None:
    """Open the editor on the copy and wait for its end. Raises `WrongUsage` if it fails."""
    start = context.clock.monotonic()
    try:
        with ctrl_c_left_to_the_other():
            code = subprocess.run(
                [*editor, str(copy)], env=environment_for_others(context.environ), check=False
            ).returncode
    except OSError as error:
        raise WrongUsage(f"The editor {editor[0]} cannot be started: {reason_of(error)}.", hint=_name_one()) from None
    unchanged = copy.exists() and _read(copy) == begun
    if code:
        kept = "" if unchanged else f" What you wrote is kept in {copy}."
        if unchanged:
            remove_written_file(copy)
        ended = f"ended with code {code}" if code > 0 else f"was ended by signal {-code}"
        raise WrongUsage(f"{shlex.join(editor)} {ended}, so the settings were not changed.{kept}", hint=_AGAIN)
    if unchanged and context.clock.monotonic() - start < _AT_ONCE:
        wait = ToCopy("VISUAL='code --wait'")
        context.output.note(Hint("An editor with a window of its own has to wait for it, such as ", wait, "."))


def _report_changes(context: Context, before: "Settings", after: "Settings") -> Iterator[str]:
    """Show each setting that changed, with its value and the one before, and yield its key."""
    from kaufland_cli.settings import all_keys, displayed, value_of

    changed = [
        key
        for key in dict.fromkeys((*all_keys(after), *all_keys(before)))
        if value_of(before, key) != value_of(after, key)
    ]
    if not changed:
        context.output.note("No setting has another value.")
    for key in changed:
        was, now = (as_toml(displayed(key, value_of(one, key))) for one in (before, after))
        shown = f"{key} = {now}" if now else f"{key} is removed"
        context.output.note(f"  {shown}" + (f" (was {was})" if was else ""))
        yield key
