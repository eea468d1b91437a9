"""The settings file as text and as data, with the line of each key so that problems can name it.

`load` reads it, `edit` changes it; tomllib is the only reader (docs/decisions/0007-toml-edits.md).
"""

import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import SettingsError, SettingsProblem, shell_command
from kaufland_cli.files import UnfitFile, read_written_file

KeyPath = tuple[str, ...]
MAX_DEPTH: Final = 4  # no setting is deeper; a deeper key has the line of the table around it

_BLANK = re.compile(r"(?:[ \t\n]+|#[^\n]*)+")
_KEY_PART = re.compile(r"""[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*'""")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_HEADER = re.compile(r"\[\[?[ \t]*")
_VALUE_PART = re.compile(
    r'''"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|\#[^\n]*|[^"'\#\[\]{}\n]+|.''',
    re.DOTALL,
)

MAX_BYTES: Final = 1_000_000
_CORRECT: Final = Hint("Correct the file, or name another with --config; then: ", command("config", "list"))
_AT_LINE: Final = r"\s*\(at (?:line (\d+), column \d+|end of document)\)$"

_TOML_REASONS: Final = (
    ("Expected '='", "a name without = and a value"),
    ("Expected ']", "the name of a section is not closed with ]"),
    ("Expected newline", "something stands behind the value; a text needs quotes around it"),
    ("Invalid value", "the value is missing, or it is a text without quotes"),
    ("Invalid statement", "this is neither a name with a value nor a [section]"),
    ("Invalid initial character", "this is no name; names have letters, digits, - and _"),
    ("Cannot ", "this name is there twice, or is a value and a section"),
    ("Duplicate ", "this name is there twice"),
    ("Unclosed array", "a list is not closed with ]"),
    ("Unclosed inline table", "a table is not closed with }"),
    ("Expected '}'", "a table is not closed with }"),
    ("Unterminated string", "a text is not closed with a quotation mark"),
    ("Illegal character '\\n'", "a text is not closed with a quotation mark"),
    ("Unescaped ", "a backslash in a text has to be written twice, or the text in single quotes"),
    ("Invalid hex", "a backslash in a text has to be written twice, or the text in single quotes"),
    ("Escaped character", "a character in a text does not exist"),
    ("Illegal character", "a character that is not allowed here"),
    ("Found invalid character", "a character that is not allowed here"),
    ("Invalid date", "this date does not exist"),
)
"""How tomllib's messages begin, and what they mean."""

# A setting has at most three parts; parsing a key with very many would use up the memory.
_MAX_KEY: Final = 100
_ENDLESS_KEY = re.compile(rf"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){{{_MAX_KEY}}}""")


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """The content of a settings file; a missing file is an empty one."""

    path: Path
    text: str
    data: dict[str, Any]
    lines: dict[KeyPath, int]

    def place(self, path: KeyPath, *, short: bool = False) -> str:
        """Return the place of a key in the file, such as `…/config.toml:7`."""
        line = line_of(self.lines, path)
        name = self.path.name if short else str(self.path)
        return f"{name}:{line}" if line else name


def read_config_file(path: Path) -> ConfigFile:
    """Read the file; a missing one is empty. Raises SettingsError if it cannot be read or is not TOML."""
    return config_of(path, read_content(path))


def read_content(path: Path) -> bytes:
    """Return the bytes of the file; none if it is missing. Raises SettingsError if it cannot be read."""
    try:
        # The null device is a usual way to ask for no settings file.
        return b"" if str(path) == os.devnull else read_written_file(path, MAX_BYTES, follow_link=True)
    except FileNotFoundError:
        return b""
    except PermissionError:
        look = shell_command("ls", "-l", str(path))
        raise unreadable(path, "may not be read by this user", Hint("Check who owns it: ", look)) from None
    except UnfitFile as error:
        raise unreadable(path, error.reason) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "this is not a valid path"
        raise unreadable(path, f"cannot be read: {reason}") from None


def config_of(path: Path, content: bytes) -> ConfigFile:
    """Return the settings file with this content. Raises SettingsError if it is not TOML in UTF-8."""
    try:
        text = content.decode("utf-8-sig")  # editors on Windows write a byte order mark
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise unreadable(f"{path}:{line}", "is not UTF-8; save the file as UTF-8") from None
    return parse_config(path, text)


def parse_config(path: Path, text: str) -> ConfigFile:
    """Parse the text of the settings file at `path`. Raises SettingsError if it is not TOML."""
    if endless := _ENDLESS_KEY.search(text):
        at = text.count("\n", 0, endless.start()) + 1
        raise unreadable(f"{path}:{at}", "has a name with too many dots in it")
    try:
        data = tomllib.loads(text)
    except RecursionError:
        raise unreadable(path, "has brackets nested too deeply") from None
    except ValueError as error:
        found = re.search(_AT_LINE, str(error))
        line = (found and found[1]) or text.rstrip("\n").count("\n") + 1
        place = f"{path}:{line}" if found else path
        raise unreadable(place, f"is not valid TOML: {_in_our_words(str(error))}") from None
    return ConfigFile(path, text, data, line_numbers(text))


def _in_our_words(reason: str) -> str:
    """Return what is wrong with a TOML text, from the beginning of what tomllib says."""
    found = next((words for start, words in _TOML_REASONS if reason.startswith(start)), "")
    return found or "a value is too large or not valid"


def readable(text: str, longest: int = 60) -> str:
    """Return the text without control characters, shortened to `longest` characters."""
    clean = "".join(character for character in text[: 10 * longest] if character.isprintable())
    return clean if len(clean) <= longest else f"{clean[: longest - 1]}…"


def unreadable(place: Path | str, problem: str, hint: Hint = _CORRECT) -> SettingsError:
    """Return the error for a file that cannot be used as a settings file, and why."""
    return SettingsError(
        "The settings file cannot be used:",
        problems=[SettingsProblem(readable(str(place), 500), "", problem)],
        hint=hint,
    )


def line_numbers(text: str) -> dict[KeyPath, int]:
    """Return the line (from 1) of each table and key; keys inside inline tables are left out.

    The text must be valid TOML. A table that is opened in several places has its first line.
    """
    text = text.replace("\r\n", "\n")
    lines: dict[KeyPath, int] = {}
    table: KeyPath = ()
    position, line = 0, 1
    while True:
        blank = _BLANK.match(text, position)
        start = blank.end() if blank else position
        line += text.count("\n", position, start)
        header = _HEADER.match(text, start)
        path, position = _read_key(text, header.end() if header else start)
        if not path:
            return lines
        if header:
            table = path
            position = _end_of_line(text, position)
        else:
            path = (*table, *path)
            position = _skip_value(text, position)
        for length in range(1, min(len(path), MAX_DEPTH) + 1):
            lines.setdefault(path[:length], line)
        line += text.count("\n", start, position)


def line_of(lines: dict[KeyPath, int], path: KeyPath) -> int | None:
    """Return the line of the key, or of the nearest table around it."""
    for length in range(min(len(path), MAX_DEPTH), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


def _read_key(text: str, position: int) -> tuple[KeyPath, int]:
    """Read a dotted key; return its parts and where it ends."""
    parts: list[str] = []
    while match := _KEY_PART.match(text, position):
        found = match[0]
        parts.append(tomllib.loads(f"key = {found}")["key"] if found[0] in "\"'" else found)
        position = match.end()
        dot = _DOT.match(text, position)
        if not dot:
            break
        position = dot.end()
    return tuple(parts), position


def _end_of_line(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def _skip_value(text: str, position: int) -> int:
    """Return the end of the value that begins here: the first line break outside strings and brackets."""
    depth = 0
    while match := _VALUE_PART.match(text, position):
        if match[0] == "\n" and depth == 0:
            break
        depth += (match[0] in {"[", "{"}) - (match[0] in {"]", "}"})
        position = match.end()
    return position
