"""Every command that the doctor can name is one that the program has."""

import ast
import re
from pathlib import Path

from documents.test_commands_in_pages import misunderstood
from kaufland_cli import doctor

ROOM = Path(str(doctor.__file__)).parent
FILES = sorted([*ROOM.glob("*.py"), ROOM.parent / "cli" / "doctor.py", ROOM.parent / "cli" / "examination.py"])
_COMMAND = re.compile(
    r"\bkaufland ((?:[a-z][a-z-]*|--[a-z-]+|[A-Z]+\b|[a-z_]+\.[a-z_]+)(?: (?!then|and|shows)[\w.-]+)*)"
)


def texts() -> list[str]:
    """Return the texts in the code of the doctor; a value in one of them stands there as a word."""
    found = []
    for path in FILES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                found.append(
                    "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
                )
            elif (
                isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation | parts
            ):
                found.append(node.value)
    return found


def commands() -> set[str]:
    """Return every command of this program in them; a version beside its name is none."""
    found = {match[1].rstrip(". ") for text in texts() for match in _COMMAND.finditer(text)}
    return {command for command in found if command != "x"}


def test_every_command_that_is_named_exists() -> None:
    """Its words and options are understood by the program."""
    found = commands()
    assert len(found) > 12
    for command in found:
        words = [word for word in command.split(" ") if word]
        assert misunderstood(words) == "", command
