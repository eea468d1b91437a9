"""In which line of a TOML text each key stands, so that a fault can name it."""

import re
import tomllib
from typing import Final

KeyPath = tuple[str, ...]
DEEPEST: Final = 4  # no setting lies deeper; what does is left to the table around it

_BLANK = re.compile(r"(?:[ \t\n]+|#[^\n]*)+")
_KEY_PART = re.compile(r"""[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*'""")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_HEADER = re.compile(r"\[\[?[ \t]*")
_VALUE_PART = re.compile(
    r'''"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|\#[^\n]*|[^"'\#\[\]{}\n]+|.''',
    re.DOTALL,
)


def line_numbers(text: str) -> dict[KeyPath, int]:
    """Return the line (from 1) of each table and key; keys inside inline tables are left to their table.

    The text has to be valid TOML. A table that is opened in several places has its first line.
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
        for length in range(1, min(len(path), DEEPEST) + 1):
            lines.setdefault(path[:length], line)
        line += text.count("\n", start, position)


def line_of(lines: dict[KeyPath, int], path: KeyPath) -> int | None:
    """Return the line of the key, or of the nearest table around it."""
    for length in range(min(len(path), DEEPEST), 0, -1):
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
    """Return where the value that begins here ends: at the first line break outside strings and brackets."""
    depth = 0
    while match := _VALUE_PART.match(text, position):
        if match[0] == "\n" and depth == 0:
            break
        depth += (match[0] in {"[", "{"}) - (match[0] in {"]", "}"})
        position = match.end()
    return position
