"""The way out that each reason of a sales order names leads out of it, typed as a user types it."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from cli.way_out_situations import SITUATIONS, Outside, Situation, begins_the_others
from kaufland_cli.business_central import bc_errors
from kaufland_cli.errors import KauflandError
from kaufland_cli.sales_orders import items, snapshot
from support.bookkeeper import Bookkeeper, opened_books
from support.hint_commands import HOUSE, commands_in, filled, refusal
from support.sampling import sampled

# Where a code is no text in the source: what it can be.
NAMED = {
    ("sales_orders/items.py", "obstacle"): set(get_args(items.Obstacle)),
    ("sales_orders/snapshot.py", "code"): {snapshot.CHANGED, snapshot.LEFT},
}
NO_CODES = {"store/sales_order_row.py", "store/sales_orders.py"}
"""Reads reasons that were written down, and writes that there is none."""
# Kaufland promises a time for every order, and a unit without one cannot be read: nothing brings this about.
NEVER = {"no_time"}
# Addresses that cannot be used are refused with the settings.
NEVER_ERRORS = {"message.replace('The base URL', 'The address')"}
GOES_BY_ITSELF = {"push", "retry", "link", "resolve"}
SEVERAL_WAYS = re.compile(r"; (?:or|if|to|otherwise)\b|, or\b")


def calls(path: Path, names: set[str]) -> Iterator[ast.Call]:
    """Yield the calls of these names in a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield node


def codes_in_the_source() -> set[str]:
    """Return every code that a reason can have."""
    codes: set[str] = set()
    for path in sorted(HOUSE.rglob("*.py")):
        place = path.relative_to(HOUSE).as_posix()
        for call in calls(path, {"Reason"}) if place not in NO_CODES and "Reason(" in path.read_text("utf-8") else ():
            code = call.args[0]
            if isinstance(code, ast.Constant):
                codes.add(str(code.value))
            elif isinstance(code, ast.Name) and (place, code.id) in NAMED:
                codes |= NAMED[place, code.id]
            else:
                module = __import__(f"kaufland_cli.{place[:-3].replace('/', '.')}", fromlist=["x"])
                codes.add(getattr(module, ast.unparse(code)))
    return codes


def errors_in_the_source() -> set[str]:
    """Return how `bc_errors` makes the message of each error: its text, with an ellipsis for what a run puts in."""
    kinds = {name for name, kind in inspect.getmembers(bc_errors, inspect.isclass) if issubclass(kind, KauflandError)}
    return {message_of(call) for call in calls(Path(bc_errors.__file__), kinds)}


def message_of(call: ast.Call) -> str:
    """Return the message of an error."""
    first = call.args[0]
    if isinstance(first, ast.Name) and first.id == "text":
        return "Business Central is getting too many requests …"
    if isinstance(first, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in first.values)
    return ast.unparse(first)


def test_every_reason_has_its_situation() -> None:
    """A new code needs a situation in which what it says to type is tried."""
    assert codes_in_the_source() - NEVER == {one.code for one in SITUATIONS}


def test_every_error_of_business_central_has_its_situation() -> None:
    """A new error needs one too."""
    assert errors_in_the_source() - NEVER_ERRORS == {one.error for one in SITUATIONS if one.error}


def reasons_of(books: Bookkeeper, id_order: str, *, only_shown: bool) -> dict[str, tuple[str, str]]:
    """Return text and way out of each reason of the order now, by its code."""
    words = ("push", id_order, "--dry-run") if only_shown else ("show", id_order)
    answer: dict[str, Any] = books.read("sales-orders", *words)
    if only_shown:
        answer = answer["documents"][0]
    return {one["code"]: (one["text"], one["fix"]) for one in answer.get("reasons", [])}


def ways_of(one: Situation, fix: str) -> list[tuple[str, Outside | None]]:
    """Return the ways that a hint names, each with what a person does outside of the program first."""
    ways = [fix] if one.whole else SEVERAL_WAYS.split(fix)
    found = [(way, next((done for word, done in one.outside.items() if word in way), None)) for way in ways]
    assert all(done is not None or commands_in(way) for way, done in found), fix
    assert all(any(word in way for way in ways) for word in one.outside), fix
    return [(way, done) for way, done in found if done is not begins_the_others]


def follow(books: Bookkeeper, one: Situation, id_order: str, way: str, outside: Outside | None) -> None:
    """Do what the way says."""
    number = outside(books, id_order) if outside is not None else None
    commands = commands_in(way)
    for words in commands:
        given = {"DOCUMENT_NUMBER": number, **one.settings}
        known = [str(given.get(word) or word) for word in words]
        assert refusal(known) == "", way
        done = books.machine.run(*filled(known), typed="y\ny\ny\n")
        assert done.code in {0, 6}, (way, done)
    if not one.only_shown and not any(GOES_BY_ITSELF & set(words) and id_order in words for words in commands):
        books.machine.clock.advance(minutes=1)
        books.machine.run("import-orders")
        if id_order in reasons_here(books):
            books.machine.run("sales-orders", "push", id_order)


def reasons_here(books: Bookkeeper) -> set[str]:
    """Return the orders that are not through yet."""
    listed = books.read("sales-orders", "list")["sales_orders"]
    return {one["id_order"] for one in listed if one["state"] != "created"}


BY_DEFAULT = {
    "total_differs",
    "no_units_left",
    "no_customer USA",
    "ean_not_allowed",
    "other_customer",
    "unavailable 401",
    "refused currency factor",
}


@pytest.mark.parametrize("one", sampled(SITUATIONS, *(one for one in SITUATIONS if str(one) in BY_DEFAULT)), ids=str)
def test_way_out_of_a_reason_leads_out(one: Situation, tmp_path: Path) -> None:
    """Each alternative by itself: its commands go through, and the order has not the same reason afterwards."""
    way, count = 0, 1
    while way < count:
        with opened_books(tmp_path / str(way)) as books:
            id_order = one.arrange(books)
            before = reasons_of(books, id_order, only_shown=one.only_shown)
            assert one.code in before, before
            ways = ways_of(one, before[one.code][1])
            count = len(ways)
            follow(books, one, id_order, *ways[way])
            if not one.only_shown:
                after = reasons_of(books, id_order, only_shown=False)
                assert one.code not in after, (ways[way][0], after)
                finish(books, id_order, after)
        way += 1


def finish(books: Bookkeeper, id_order: str, reasons: dict[str, tuple[str, str]]) -> None:
    """Resolve what a person has linked or compared: it is through then."""
    if "link" in str(reasons) or books.state(id_order) != "conflict":
        return
    for words in commands_in(next(iter(reasons.values()))[1]):
        books.machine.good(*words)
    assert books.state(id_order) == "created"
