"""What a hint says to type: the commands in it, and whether the program accepts them.

A placeholder of a hint (NUMBER, VALUE, …) is filled with something that fits. In the code commands are values, calls of
`command`; where the program prints them, `commands_in` finds them in the text.
"""

import ast
import importlib
import re
import shlex
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import kaufland_cli
from kaufland_cli.app.context import CallOptions
from kaufland_cli.cli.list_options import as_flags
from kaufland_cli.domain.sales_order_states import STATES
from kaufland_cli.errors import KauflandError
from kaufland_cli.secrets import SOURCE_NAMES
from kaufland_cli.settings import find_key
from kaufland_cli.settings.edit import parse_value
from kaufland_cli.settings.keys import section_keys

HOUSE = Path(kaufland_cli.__file__).parent
ORDER = "M845EA5"
# What a person fills in for the words in capitals, for a setting by its key, elsewhere by the word.
FILLED = {
    "NAME": "second",
    "NUMBER": "D00010",
    "DOCUMENT_NUMBER": "101001",
    "ORDER": ORDER,
    "FILE": "report.json",
    "USER": "root",
    "REASON": "NoInventory",
    "URL": "https://watch.example/abc",
    "ADDRESS": "ops@example.com",
    "VALUE": "D00010",
    "KEY": "api.client_key",
    "…": "x1",
}
VALUES = {
    "business_central.login_url": "https://login.example",
    "monitoring.mail_from": "ops@example.com",
    "monitoring.mail_to": "ops@example.com",
    "sales_orders.first_order_at": "2026-11-01",
    "sales_orders.from": "2026-11-01",
}
# What a value that is put into a hint looks like, by a word of its name in the code.
MEANT = (
    ("setting", "secret.command"),
    ("verb", "install"),
    ("currency", "EUR"),
    ("option", ""),
    (".join(", ""),
    ("storefront", "at"),
    ("country", "AT"),
    ("rate", "19"),
    ("percent", "19"),
    ("state", "held"),
    ("moment", "2026-11-24 09:30:00"),
    ("number", "101001"),
    ("minutes", "15"),
    ("days", "7"),
    ("user", "root"),
    ("path", "/somewhere/file"),
    ("copy", "/somewhere/file"),
)
# What fits behind these words, whatever it is called.
BEHIND = (
    ("business_central.", "tenant"),
    ("config set ", "api.client_key"),
    ("config set writes.allow ", "ship"),
    ("actions show ", "1"),
    ("actions retry ", "1"),
    ("actions forget ", "1"),
    ("config get ", "api.client_key"),
    ("--secret-store ", "file"),
    ("storefronts.at.", "default_customer_no"),
    ("storefronts.", "at"),
    ("customers.", "AT"),
)
_START = re.compile(r"(?<![\w./'-])kaufland (?=[a-z-])")
_OTHERS = re.compile(
    r"(?<![\w./'-])(?:chmod|chown|cp|kill|launchctl|loginctl|ls|mv|ps|rm|sqlite3|sudo|systemctl|taskkill)"
    r" (?=[\w\"'/~$\ue000-])"
)
_WORD = re.compile(r" *((?:'[^']*'|\"[^\"]*\"|\\.|[^\s'\"\\`<>])+)")
# Words behind "kaufland" in a sentence that names no command.
_PROSE = frozenset({"is", "itself", "was", "may", "can", "does", "starts", "command"})
_ENDS = frozenset(
    ["and", "or", "then", "shows", "for", "until", "in", "as", "by", "with", "is", "where", "at", "ended", "says"]
)


def commands_in(text: str) -> list[list[str]]:
    """Return the commands in a text, each as the words behind `kaufland`."""
    found = [_words_at(text, start.end()) for start in _START.finditer(text)]
    return [words for words in found if words and words[0] not in _PROSE]


def _words_at(text: str, position: int) -> list[str]:
    words: list[str] = []
    while (match := _WORD.match(text, position)) is not None:
        raw = match[1]
        position = match.end()
        if raw[0] in "(<>|—·" or (raw in _ENDS and words and words[-1] != "--storefront"):
            break
        plain = raw.rstrip(",;:.)") or raw  # an order may be called `:`
        words += shlex.split(plain)
        if plain != raw or "\n" in text[position : position + 1]:
            break
    return words


def other_commands_in(text: str) -> list[list[str]]:
    """Return the commands of other programs in a text, each as all of its words."""
    return [_words_at(text, start.start()) for start in _OTHERS.finditer(text)]


def refusal(words: Sequence[str]) -> str:
    """Say what the program would not take of a command, with every placeholder filled in; nothing where it takes it."""
    return _refusal(tuple(filter(None, filled(words))))


def filled(words: Sequence[str]) -> list[str]:
    """Return a command with its placeholders filled in."""
    if "…" in words and words[:2] != ["config", "set"]:  # more words of the person's own
        words = [] if words[0] == "--debug" else [word for word in words if word != "…"]
    key = words[2] if list(words[:2]) == ["config", "set"] and len(words) > 2 else ""
    return [_value_of(key) if key and word in FILLED and word != key else FILLED.get(word, word) for word in words]


def twice(text: str) -> list[str]:
    """Return the commands that a hint names more than once."""
    found = [shlex.join(words) for words in commands_in(text)]
    return sorted({one for one in found if found.count(one) > 1})


def _value_of(key: str) -> str:
    known = find_key(key)
    if key in VALUES or known is None:
        return VALUES.get(key, FILLED["VALUE"])
    if "url" in key:
        return FILLED["URL"]
    return {"boolean": "true", "whole number": "15"}.get(known.kind, FILLED["VALUE"])


@lru_cache(maxsize=4096)
def _refusal(words: tuple[str, ...]) -> str:
    found, rest = command_tree(), list(words)
    front = _options_in_front(rest)
    context = found.make_context(
        "kaufland", [*front, "status"], resilient_parsing=True, obj=SimpleNamespace(options=CallOptions(debug=True))
    )
    while hasattr(found, "commands"):
        if not rest or rest[0] not in found.commands:
            return "" if rest in ([], ["--help"]) else f"there is no command {rest[0]!r}"
        context = context.__class__(found, info_name=rest[0], parent=context)
        found, rest = found.commands[rest[0]], rest[1:]
    if rest == ["--help"]:
        return ""
    try:
        made = found.make_context(found.name, as_flags(rest), parent=context)
    except Exception as error:  # noqa: BLE001 - whatever the library says
        return str(getattr(error, "message", error)) or type(error).__name__
    return _ruled_out(list(words), made.params)


def _options_in_front(rest: list[str]) -> list[str]:
    """Take away the options of the whole program."""
    front = []
    while rest and rest[0].startswith("--") and rest[0] != "--help":
        takes = rest[0] in {"--config", "--profile", "--color"}
        front += rest[: 1 + takes]
        del rest[: 1 + takes]
    return front


def _ruled_out(words: list[str], given: dict[str, Any]) -> str:
    """Say what the commands themselves would not take."""
    try:
        match words:
            case ["config", "set", key, *_]:
                parse_value(key, str(given["value"]))
            case ["config", "get" | "unset", key, *_] if find_key(key) is None:
                return f"there is no setting {key}"
            case ["config", "list", section, *_] if not section.startswith("-") and not section_keys(section):
                return f"there is no section {section}"
            case ["sales-orders", "list", *_] if given.get("state") and not set(_listed(given["state"])) <= set(STATES):
                return f"there is no state {given['state']}"
            case ["setup", *_] if given.get("secret_store") not in {None, *SOURCE_NAMES}:
                return f"there is no secret source {given['secret_store']}"
    except KauflandError as error:
        return error.message
    return ""


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


@cache
def command_tree() -> Any:
    """Return the commands of the program: a tree of this module's own, since a parser keeps what it is asked about."""
    from kaufland_cli.cli import app  # noqa: PLC0415 - only where a hint was met

    return app.command_tree.__wrapped__()


# --- in the code ----------------------------------------------------------------------------------------------------


class CodeCommand(NamedTuple):
    """A command that the program builds; a value that only a run knows is replaced by one that could be there."""

    place: str
    words: tuple[str, ...]


class CodeFindings(NamedTuple):
    """What is in the source code; places are `file:line`."""

    commands: list[CodeCommand]
    """Every command that the program builds: the calls of `command` and `and_then`."""
    repeated: list[str]
    """The places of hints that name a command twice."""
    texts: list[tuple[str, str]]
    """Every text that is no documentation, with its place; `UNKNOWN` stands for a value that only a run knows."""


UNKNOWN = "\ue000"


@cache
def found_in_the_code() -> CodeFindings:
    """Read all source files."""
    found = CodeFindings([], [], [])
    for path in sorted(HOUSE.rglob("*.py")):
        name = path.relative_to(HOUSE).as_posix()
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        skipped = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}  # docstrings
        for node in nodes:
            place = f"{name}:{getattr(node, 'lineno', 0)}"
            match node:
                case ast.Call():
                    found.commands.extend(_built(name, node))
                    if _called(node) in {"Hint", "and_then"}:
                        inner = [one.words for part in ast.walk(node) for one in _built(name, part)]
                        found.repeated.extend([place] if len(set(inner)) < len(inner) else [])
                case ast.JoinedStr():
                    skipped |= {id(part) for part in node.values}
                    found.texts.append((place, "".join(map(_part, node.values))))
                case ast.Constant(value=str(text)) if id(node) not in skipped:
                    found.texts.append((place, text))
    return found


def own_command_in(text: str) -> bool:
    """Return whether a text names a command of this program, letter by letter."""
    names = "|".join(sorted(command_tree().commands))
    return re.search(rf"(?<![\w./'-])kaufland (?:(?:{names})\b|--[a-z])", text) is not None


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _built(name: str, node: ast.AST) -> Iterator[CodeCommand]:
    """Yield the commands that a call builds: two where a word is one of two."""
    if not isinstance(node, ast.Call) or _called(node) not in {"command", "and_then"}:
        return
    arguments = node.args[1:] if _called(node) == "and_then" else node.args
    module = ".".join(("kaufland_cli", *Path(name).with_suffix("").parts))
    words: list[tuple[str, ...]] = [()]
    for one in arguments:
        if not isinstance(one, ast.Starred):
            words = [(*before, word) for before in words for word in _words(one, " ".join(["", *before, ""]), module)]
    yield from (CodeCommand(f"{name}:{node.lineno}", found) for found in words if found)


def _words(node: ast.expr, before: str, module: str) -> list[str]:
    """Return what an argument can be; a value that only a run knows is one that fits behind what stands before it."""
    match node:
        case ast.Constant():
            return [str(node.value)]
        case ast.Name() if node.id.isupper():
            return [str(getattr(importlib.import_module(module), node.id))]
        case ast.IfExp():
            return [*_words(node.body, before, module), *_words(node.orelse, before, module)]
        case ast.JoinedStr():
            word = ""
            for part in node.values:
                inner = part.value if isinstance(part, ast.FormattedValue) else part
                word += _words(inner, before + word, module)[0]
            return [word]
    name = ast.unparse(node).lower()
    fitting = next((value for end, value in BEHIND if before.endswith(end) and "setting" not in name), None)
    if fitting is not None or not before[-1].isspace():
        return [fitting or ""]
    return [next((value for word, value in MEANT if word in name), ORDER)]


def _part(node: ast.expr) -> str:
    """Return a part of an f-string; a value that a call quotes for the shell is `quoted`."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    quotes = {"shell_command", "shlex.quote", "shlex.join"}
    value = node.value if isinstance(node, ast.FormattedValue) else node
    return "quoted" if isinstance(value, ast.Call) and ast.unparse(value.func) in quotes else UNKNOWN
