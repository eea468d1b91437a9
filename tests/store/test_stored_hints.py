"""What fixes a sales order is kept with its commands, and a store that kept it as text still shows them."""

import json
from datetime import timedelta
from pathlib import Path

from kaufland_cli.domain.hint import NO_HINT, Hint, command
from kaufland_cli.store.needs_attention import needs_attention
from kaufland_cli.store.sales_order_row import Reason, read_reason
from kaufland_cli.store.store import Store
from support.stores import NOW, keep, order_unit

CHOSEN = ("--profile", "second")
FIX = Hint(
    "Fetch it again: ",
    command("orders", "refresh", "M 1"),
    "; or create the document by hand and link it: ",
    command("sales-orders", "link", "M 1", "DOCUMENT_NUMBER"),
)
SHOWN = (
    "Fetch it again: kaufland --profile second orders refresh 'M 1'; or create the document by hand and link it: "
    "kaufland --profile second sales-orders link 'M 1' DOCUMENT_NUMBER"
)
REASON = Reason("no_address", "Kaufland has not provided the shipping address yet.", FIX)


def held(path: Path) -> Store:
    """Return a store with one order that is held, and one unit that could not be read."""
    store = Store.open(path, NOW)
    keep(store, order_unit(1, "M 1"), order_unit(2, "M 2", price="much"))
    store.sales_orders.hold("M 1", NOW, [REASON])
    return store


def written_earlier(store: Store) -> None:
    """Let the store be as it was while it kept the fix as text only."""
    kept = [{"code": REASON.code, "text": REASON.text, "fix": str(REASON.fix)}]
    store.database.execute("UPDATE sales_orders SET reasons = ?", (json.dumps(kept),))


def fixes(store: Store) -> list[str]:
    """Return what every way to read the order says, for a call with a profile."""
    row = store.sales_orders.row("M 1")
    record = store.sales_order_lists.one("M 1")
    (listed,) = store.sales_order_lists.listed()
    (counted,) = store.sales_order_lists.reasons()
    (waiting,) = [one for one in needs_attention(store.database) if one.id_order == "M 1"]
    assert row is not None
    assert record is not None
    found = [row.reasons[0].fix, record.fix, listed.fix, counted.fix, waiting.fix]
    return [fix.typed(CHOSEN) for fix in found if fix is not None]


def test_fix_is_kept_with_its_commands(tmp_path: Path) -> None:
    """Whichever list it is read from, its commands mean the settings of the call that shows it."""
    with held(tmp_path / "store.sqlite3") as store:
        assert fixes(store) == [SHOWN] * 5
        row = store.sales_orders.row("M 1")
        assert row is not None
        assert row.reasons[0].fix.commands == FIX.commands


def test_fix_that_was_kept_as_text_shows_the_settings_of_the_call(tmp_path: Path) -> None:
    """A store of before opens and says the same as a new one."""
    with held(tmp_path / "store.sqlite3") as store:
        written_earlier(store)
    with Store.open(tmp_path / "store.sqlite3", NOW) as store:
        assert fixes(store) == [SHOWN] * 5


def test_view_shows_the_fix_as_text(tmp_path: Path) -> None:
    """Other programs read `v_sales_orders`: the column stays a sentence with commands."""
    with held(tmp_path / "store.sqlite3") as store:
        (row,) = store.database.tuples("SELECT fix FROM v_sales_orders")
        assert row == (str(FIX),)


def test_same_reason_kept_as_text_is_no_news(tmp_path: Path) -> None:
    """After an update nobody hears again of what has not changed: no event, and no later time."""
    with held(tmp_path / "store.sqlite3") as store:
        written_earlier(store)
        before = [(one.id_order, one.since) for one in needs_attention(store.database)]
        events = store.sales_order_lists.events("M 1")
        row = store.sales_orders.row("M 1")
        assert row is not None
        assert row.reasons == (REASON,)
        store.sales_orders.hold("M 1", NOW + timedelta(hours=1), [REASON])
        assert store.sales_order_lists.events("M 1") == events
        assert [(one.id_order, one.since) for one in needs_attention(store.database)] == before


def test_unit_that_cannot_be_read_leads_to_its_order(tmp_path: Path) -> None:
    """Its id is quoted, and the settings of the call stand in the command."""
    with held(tmp_path / "store.sqlite3") as store:
        (found,) = [one for one in needs_attention(store.database) if one.state == "unreadable"]
        assert found.fix.typed(CHOSEN) == "kaufland --profile second orders show 'M 2'"


def test_sentence_about_the_program_is_no_command() -> None:
    """In a text that was kept earlier, only the program's own commands get the settings of the call."""
    text = "Set KAUFLAND_SECRET_KEY where kaufland is started, or: kaufland setup --secret-store file"
    fix = read_reason({"code": "unavailable", "text": "No secret key.", "fix": text}).fix
    assert fix.typed(CHOSEN) == text.replace("kaufland setup", "kaufland --profile second setup")
    assert read_reason({"code": "x", "text": "y", "fix": ""}).fix == NO_HINT
