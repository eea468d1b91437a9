"""`orders due` and `orders pick`: what has to be shipped by when, and the lists for the warehouse."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.domain.statuses import OF_KAUFLAND
from kaufland_cli.simulator import Simulator, make_order
from support.clocks import HeldClock
from support.machine import ESCAPE, Machine

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
YESTERDAY, TODAY, TOMORROW, FRIDAY = (f"2026-11-{day}T22:59:59Z" for day in (23, 24, 25, 27))
PICKUP = {"pickup_location_id": "145", "provider": "DHL", "carrier": "DHL", "services": "", "dhl_post_number": "9"}
KETTLE, PAN = {"id_offer": "KESSEL-17"}, {"id_offer": "PFANNE-28", "note": "<b>fragile</b>"}


@pytest.fixture
def warehouse(machine: Machine) -> Iterator[Machine]:
    """Give a seller with orders due at different times, and some that are not to be shipped by the seller."""
    machine.clock = HeldClock(NOW)
    with Simulator(now=machine.clock.now) as simulator:
        machine.connect(simulator)
        market = simulator.marketplace
        for id_order, deadline, units in (
            ("MLATER1", FRIDAY, [KETTLE]),
            ("MTODAY1", TODAY, [KETTLE, PAN, KETTLE]),
            ("MOVER01", YESTERDAY, [PAN]),
            ("MNONE01", None, [KETTLE]),
            ("MTOMO01", TOMORROW, [PAN, PAN | {"status": "sent"}]),
        ):
            times = {"delivery_time_expires_iso": deadline, "ts_created_iso": "2026-11-21T08:00:00Z"}
            point = PICKUP if id_order == "MTODAY1" else None
            market.add_order(make_order(id_order, [unit | times for unit in units], pickup_location=point))
        market.add_order(make_order("MSENT01", [{"status": "sent"}]))
        market.add_order(make_order("MFBK001", [{"fulfillment_type": OF_KAUFLAND}]))
        machine.good("import-orders")
        yield machine


def due(machine: Machine, *words: str) -> Any:
    """Return what `orders due --json` says."""
    return machine.good("orders", "due", *words, "--json").json()


def test_due_groups_by_deadline(warehouse: Machine) -> None:
    """The most urgent first, what has no deadline last; neither what is sent nor what Kaufland ships is in it."""
    found = due(warehouse)
    assert [(one["id_order"], one["due"], one["hours_left"]) for one in found["units"]] == [
        ("MOVER01", "overdue", -11),
        ("MTODAY1", "today", 13),
        ("MTODAY1", "today", 13),
        ("MTODAY1", "today", 13),
        ("MTOMO01", "tomorrow", 37),
        ("MLATER1", "later", 85),
        ("MNONE01", "unknown", None),
    ]
    assert found["totals"]["today"] == {"units": 3, "orders": 1}
    assert list(found["totals"]) == ["overdue", "today", "tomorrow", "later", "unknown"]
    assert found["total"] == 7


def test_due_until_looks_ahead(warehouse: Machine) -> None:
    """A day is included whole, a duration counts from now on; what has no deadline is not due by any time."""
    assert {one["id_order"] for one in due(warehouse, "--until", "today")["units"]} == {"MOVER01", "MTODAY1"}
    assert {one["id_order"] for one in due(warehouse, "--until", "12h")["units"]} == {"MOVER01"}
    assert due(warehouse, "--until", "tomorrow")["total"] == due(warehouse, "--until", "2d")["total"] == 5
    assert due(warehouse, "--until", "27.11.2026")["total"] == 6


def test_due_names_pickup_point_and_carrier(warehouse: Machine) -> None:
    """Whoever packs sees at once that DHL has to bring it to a Packstation."""
    rows = list(csv.DictReader(io.StringIO(warehouse.good("orders", "due", "--csv").out)))
    assert [(row["pickup_point"], row["carrier"]) for row in rows][:2] == [("", ""), ("DHL 145", "DHL")]
    assert rows[1]["ship_by"] == TODAY


def test_due_on_a_terminal_ends_with_totals(warehouse: Machine) -> None:
    """Below the table stands how many units and orders each group has."""
    shown = ESCAPE.sub("", warehouse.good("orders", "due", "--color", "always").out)
    assert "overdue: 1 unit of 1 order · today: 3 units of 1 order" in shown
    assert "without a deadline: 1 unit of 1 order" in shown


def test_nothing_due_says_so(machine: Machine) -> None:
    """An empty list says whether nothing is imported, nothing is to be shipped, or only nothing by that time."""
    with Simulator(now=machine.clock.now) as simulator:
        machine.connect(simulator)
        shown = ("orders", "due", "--color", "always")
        assert "No orders imported yet" in machine.run(*shown).err
        simulator.marketplace.add_order(make_order("MSENT01", [{"status": "sent"}]))
        machine.good("import-orders")
        assert "Nothing has to be shipped." in machine.run(*shown).err
        assert "Everything to be shipped: kaufland orders due" in machine.run(*shown, "--until", "today").err


def test_pick_puts_articles_together(warehouse: Machine) -> None:
    """One line an article, with how many in how many orders, and by when the first of them is due."""
    lines = warehouse.good("orders", "pick", "--json").json()["lines"]
    assert [(one["id_offer"], one["quantity"], one["orders"], one["ship_by"]) for one in lines] == [
        ("KESSEL-17", 4, 3, TODAY),
        ("PFANNE-28", 3, 3, YESTERDAY),
    ]
    assert sum(len(one["unit_ids"]) for one in lines) == 7
    assert [
        one["quantity"] for one in warehouse.good("orders", "pick", "--until", "today", "--json").json()["lines"]
    ] == [2, 2]


def test_pick_by_order_is_a_packing_list(warehouse: Machine) -> None:
    """The most urgent order first, equal units on one line, with the address or the pickup point."""
    lines = warehouse.good("orders", "pick", "--by-order", "--json").json()["lines"]
    assert [(one["id_order"], one["id_offer"], one["quantity"]) for one in lines[:3]] == [
        ("MOVER01", "PFANNE-28", 1),
        ("MTODAY1", "KESSEL-17", 2),
        ("MTODAY1", "PFANNE-28", 1),
    ]
    assert lines[1]["pickup_point"] == "DHL 145"
    assert lines[0]["ship_to"]


def test_picking_page_is_private_and_escaped(warehouse: Machine, tmp_path: Path) -> None:
    """The page to print has every unit, no markup of a product or a note takes effect, and only its owner reads it."""
    page = tmp_path / "picking.html"
    done = warehouse.good("orders", "pick", "--html", str(page))
    text = page.read_text(encoding="utf-8")
    assert "<b>fragile" not in text
    assert "&lt;b&gt;fragile&lt;/b&gt;" in text
    assert "7 units in 5 orders" in text
    assert "<script" not in text
    assert page.stat().st_mode & 0o077 == 0
    assert done.out == ""


def test_picking_page_that_cannot_be_written_is_named(warehouse: Machine, tmp_path: Path) -> None:
    """A folder in its place is an error with the way out, and other options next to it are refused."""
    refused = warehouse.run("orders", "pick", "--html", str(tmp_path))
    assert refused.code == 2
    assert "--html FILE" in refused.err
    assert "--by-order" in warehouse.run("orders", "pick", "--html", "page.html", "--by-order").err


def test_status_and_metrics_count_what_is_due(warehouse: Machine, tmp_path: Path) -> None:
    """Whoever watches sees what is overdue, on the screen, as JSON and in Prometheus."""
    assert warehouse.good("status", "--json").json()["to_ship"] == {
        "overdue": 1,
        "today": 3,
        "tomorrow": 1,
        "later": 1,
        "unknown": 1,
    }
    shown = ESCAPE.sub("", warehouse.run("status", "--color", "always").out)
    assert "1 overdue, 3 today, 1 tomorrow, 1 later, 1 without a deadline" in shown
    assert "kaufland orders due" in shown
    warehouse.good("status", "--prometheus", str(tmp_path / "kaufland.prom"))
    metrics = (tmp_path / "kaufland.prom").read_text(encoding="utf-8")
    assert re.search(r'kaufland_units_to_ship\{.*due="overdue"\} 1', metrics)


def test_card_names_the_deadline_and_the_note(warehouse: Machine) -> None:
    """Of an order that is to be shipped; once it is sent there is nothing left to do by then."""
    shown = warehouse.good("orders", "show", "MTODAY1").out
    assert re.search(r"Ship by +2026-11-24 23:59", shown)
    assert re.search(r"Note +<b>fragile</b>", shown)
    assert "Ship by" not in warehouse.good("orders", "show", "MSENT01").out
