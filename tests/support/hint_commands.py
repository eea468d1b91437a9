"""What a hint tells a person to type: the commands in it, and whether the program takes them.

A placeholder of a hint (NUMBER, VALUE, …) is filled with something that fits. `in_the_code` finds the hints that stand
in the program; tests find others where the program prints them.
"""

import ast
import importlib
import re
import shlex
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import typer

import kaufland_cli
from kaufland_cli.errors import KauflandError, command
from kaufland_cli.secrets import SOURCE_NAMES
from kaufland_cli.settings import find_key
from kaufland_cli.settings.edit import parse_value
from kaufland_cli.settings.keys import section_keys
from kaufland_cli.store.sales_order_row import STATES

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
        if raw[0] in "(<>|—·" or (raw in _ENDS and words):
            break
        plain = raw.rstrip(",;:.)") if raw[-1] in ",;:.)" else raw
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
    context = found.make_context("kaufland", [*front, "status"], resilient_parsing=True)
    while hasattr(found, "commands"):
        if not rest or rest[0] not in found.commands:
            return "" if rest in ([], ["--help"]) else f"there is no command {rest[0]!r}"
        context = context.__class__(found, info_name=rest[0], parent=context)
        found, rest = found.commands[rest[0]], rest[1:]
    if rest == ["--help"]:
        return ""
    try:
        made = found.make_context(found.name, list(rest), parent=context)
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
    from kaufland_cli.cli.app import app  # noqa: PLC0415 - only where a hint was met

    return typer.main.get_command(app)


# --- in the code ----------------------------------------------------------------------------------------------------


@cache
def in_the_code(unknown: str = "", *, others: bool = False) -> list[tuple[str, str]]:
    """Return every text in the program that names a command, or one of `others`, with its place.

    A value in it that only a run knows is one that could be there, or `unknown`.
    """
    texts: list[tuple[str, str]] = []
    start = _OTHERS if others else _START
    for path in sorted(HOUSE.rglob("*.py")):
        module = ".".join(("kaufland_cli", *path.relative_to(HOUSE).with_suffix("").parts))
        if module.endswith(("__main__", "windows_event_log")):
            continue
        found = _Texts(vars(importlib.import_module(module.removesuffix(".__init__"))), unknown)
        found.visit(ast.parse(path.read_text(encoding="utf-8")))
        place = str(path.relative_to(HOUSE))
        texts += [(f"{place}:{line}", text) for line, text in found.texts if start.search(text)]
    return texts


class _Texts(ast.NodeVisitor):
    """The whole texts of a file, put together as the program does."""

    def __init__(self, names: dict[str, Any], unknown: str = "") -> None:
        self._names = names
        self._unknown = unknown
        self.texts: list[tuple[int, str]] = []

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # that is documentation
            self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        self._add(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self._add(node)
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part.value)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if isinstance(node.op, ast.Add) and _is_text(node):
            self._add(node)
        else:
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if _is_command(node):
            self._add(node)
        else:
            self.generic_visit(node)

    def _add(self, node: ast.expr) -> None:
        if isinstance(node, ast.Constant) and not isinstance(node.value, str):
            return
        self.texts.append((node.lineno, self._text(node)))

    def _text(self, node: ast.expr, before: str = "") -> str:  # noqa: C901, PLR0911 - a case for each kind of node
        """Return the text; a value that only a run knows is one that fits behind what stands before it."""
        match node:
            case ast.Constant():
                return str(node.value)
            case ast.JoinedStr():
                text = before
                for part in node.values:
                    text += self._text(part, text)
                return text[len(before) :]
            case ast.IfExp():
                return self._text(node.body, before)
            case ast.FormattedValue():
                return self._text(node.value, before)
            case ast.BinOp(op=ast.Add()):
                text = self._text(node.left)
                return text + self._text(node.right, text)
            case ast.Call() if self._unknown and _is_quoted(node):
                return "quoted"
            case ast.Call() if _is_command(node) and self._unknown and isinstance(node.func, ast.Name):
                return "kaufland --help"  # whatever it holds is quoted
            case ast.Call() if _is_command(node):
                words = self._words(node)
                own = isinstance(node.func, ast.Attribute)
                return " ".join(["kaufland", *(words[:1] if self._unknown else words)]) if own else command(*words)
            case ast.Name() if isinstance(self._names.get(node.id), str):
                return str(self._names[node.id])
        if self._unknown:
            return self._unknown
        name = ast.unparse(node).lower()
        fitting = next((value for end, value in BEHIND if before.endswith(end) and "setting" not in name), None)
        if fitting is not None or (before and not before[-1].isspace() and "kaufland " in before):
            return fitting or ""
        return next((value for word, value in MEANT if word in name), ORDER)

    def _words(self, node: ast.Call) -> list[str]:
        """Return the words of a call of `command`: a value in one of them is quoted there."""
        words: list[str] = []
        for one in node.args:
            if not isinstance(one, ast.Starred):
                words.append(self._text(one, " ".join(["kaufland", *words, ""])))
        return words


def _is_quoted(node: ast.Call) -> bool:
    """Tell whether it is a call that quotes for the shell: `shell_command(…)`, `shlex.quote(…)`, `shlex.join(…)`."""
    return ast.unparse(node.func) in {"shell_command", "shlex.quote", "shlex.join"}


def _is_command(node: ast.Call) -> bool:
    """Tell whether it is `command(…)` of the errors, or `context.command(…)`."""
    match node.func:
        case ast.Name(id="command") | ast.Attribute(value=ast.Name(id="context" | "self"), attr="command"):
            return bool(node.args)
    return False


def _is_text(node: ast.expr) -> bool:
    match node:
        case ast.BinOp(op=ast.Add()):
            return _is_text(node.left) or _is_text(node.right)
        case ast.Constant():
            return isinstance(node.value, str)
        case ast.JoinedStr():
            return True
        case ast.Call():
            return _is_command(node)
    return False
