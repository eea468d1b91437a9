"""Options that every list has: CSV for Excel, workbooks, and which fields."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from kaufland_cli.cli import list_options
from kaufland_cli.cli.app import command_tree, commands_below
from kaufland_cli.simulator import Simulator, example_address, example_product, make_order, seller_month
from support.machine import Machine, Person

LISTS = (
    ("orders", "list"),
    ("orders", "list", "--units"),
    ("orders", "list", "--failed"),
    ("orders", "due"),
    ("orders", "pick"),
    ("orders", "pick", "--by-order"),
    ("sales-orders", "list"),
    ("actions", "list"),
    ("invoices", "list"),
    ("log", "show"),
    ("reconcile",),
    ("profiles", "list"),
    ("config", "list"),
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Give a machine with a month of orders, and one of which two units differ."""
    machine = Machine(tmp_path_factory.mktemp("lists"))
    with Simulator(orders=seller_month(machine.clock.now()), now=machine.clock.now) as simulator:
        machine.connect(simulator)
        machine.more["KAUFLAND_DEBUG_LOG_API_REQUESTS"] = "true"
        east = example_address(first_name="Ömer", city="Görlitz", postcode="02826")
        cup = example_product(id_product=7, title="Tasse", eans=["4006381333931", "0012345678905"])
        units = [
            {"status": "sent", "id_offer": "0815", "product": cup, "shipping_address": east},
            {"status": "need_to_be_sent", "id_offer": "KM-2", "shipping_address": east},
        ]
        simulator.marketplace.add_order(make_order("MEAST", units))
        machine.have_imported(simulator)
        yield machine


def rows(text: str, delimiter: str = ",") -> list[dict[str, str]]:
    """Return the rows of a CSV."""
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter))


def test_every_command_with_csv_has_them() -> None:
    """A list cannot be without: they come with `--csv`."""
    lists = [one for one in commands_below(command_tree()) if any(option.name == "as_csv" for option in one.params)]
    assert len(lists) == len({words[:2] for words in LISTS})
    for one in lists:
        assert {"excel", "xlsx", "columns"} <= {option.name for option in one.params}


@pytest.mark.parametrize("words", LISTS, ids=" ".join)
def test_each_list_has_the_fields_that_it_offers(shop: Machine, words: tuple[str, ...]) -> None:
    """The fields of plain CSV can be chosen, in any order; a mistyped one names the nearest."""
    fields = shop.run(*words, "--csv").out.splitlines()[0].split(",")
    chosen = fields[::-1]
    done = shop.run(*words, "--csv", "--columns", ",".join(chosen))
    assert done.out.splitlines()[0].split(",") == chosen
    refused = shop.run(*words, "--csv", "--columns", f"{fields[0]}s")
    assert refused.code == 2
    assert f"Did you mean {fields[0]}?" in refused.err
    excel = shop.run(*words, "--csv=excel", "--columns", fields[1])
    assert excel.out.splitlines()[0] == f"\ufeff{fields[1]}"


def test_addresses_and_units_in_a_spreadsheet(shop: Machine) -> None:
    """An order with both addresses, a unit with its SKU and all EANs; Excel keeps zeros in front."""
    order = ("--search", "Görlitz", "--csv=excel")
    (found,) = rows(shop.good("orders", "list", *order, "--addresses").out, ";")
    assert (found["id_order"], found["shipping_first_name"], found["shipping_postcode"]) == (
        "MEAST",
        "Ömer",
        '="02826"',
    )
    assert found["billing_city"]
    first, second = rows(shop.good("orders", "list", *order, "--units").out, ";")
    assert (first["id_offer"], first["eans"]) == ('="0815"', '="4006381333931, 0012345678905"')
    assert (second["id_order"], second["id_offer"], second["price"].count(",")) == ("MEAST", "KM-2", 1)
    (unsent,) = rows(shop.good("orders", "list", *order, "--units", "--status", "need_to_be_sent").out, ";")
    assert unsent["id_offer"] == "KM-2", "the unit that was sent is not to be sent"


def test_plain_csv_is_what_it_was(shop: Machine) -> None:
    """For programs: commas, minor units, UTC, lists as JSON, no byte order mark."""
    text = shop.good("orders", "list", "--csv").out
    assert text.startswith("id_order,status,storefront,")
    assert rows(text)[0]["created_at"].endswith("Z")
    unit = rows(shop.good("orders", "list", "--units", "--search", "Görlitz", "--csv").out)[0]
    assert unit["eans"] == '["4006381333931", "0012345678905"]'


def test_units_and_addresses_for_programs(shop: Machine) -> None:
    """JSON has the same fields; the number of units counts units."""
    found = shop.good(
        "orders", "list", "--units", "--addresses", "--search", "Görlitz", "--limit", "1", "--json"
    ).json()
    assert (found["schema"], found["total"], len(found["units"])) == ("kaufland.units/1", 2, 1)
    assert found["units"][0]["shipping_city"] == "Görlitz"


def test_a_workbook_is_written(shop: Machine, tmp_path: Path) -> None:
    """A second time it is replaced; the name has to say what it is, so that nothing else is overwritten."""
    file = tmp_path / "orders.xlsx"
    for _ in range(2):
        done = shop.good("orders", "list", "--addresses", "--xlsx", str(file))
        assert (done.out, file.read_bytes()[:2]) == ("", b"PK")
    refused = shop.run("orders", "list", "--xlsx", str(tmp_path / "config.toml"))
    assert (refused.code, "ends in .xlsx" in refused.err) == (2, True)
    folder = tmp_path / "folder.xlsx"
    folder.mkdir()
    failed = shop.run("orders", "list", "--xlsx", str(folder))
    assert (failed.code, "folder.xlsx is a folder, not a file." in failed.err) == (2, True)
    failed = shop.run("orders", "list", "--xlsx", str(file / "under-a-file.xlsx"))
    assert (failed.code, "could not be written: " in failed.err) == (2, True)


def test_without_the_library_the_way_out_is_named(shop: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra: the message says how to install it, and what does without."""
    monkeypatch.setattr(list_options, "find_spec", lambda _name: None)
    refused = shop.run("orders", "list", "--xlsx", "orders.xlsx")
    assert refused.code == 2
    assert "pip install 'kaufland-cli[xlsx]'" in refused.err
    assert "--csv=excel" in refused.err


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--csv", "--csv=excel"), "--csv and --csv=excel exclude each other"),
        (("--csv=excel", "--xlsx", "a.xlsx"), "--csv=excel and --xlsx exclude each other"),
        (("--json", "--columns", "id_order"), "--json always has every field"),
        (("--csv=calc",), "There is no kind of CSV called 'calc'"),
    ],
)
def test_what_does_not_go_together_is_refused(shop: Machine, words: tuple[str, ...], text: str) -> None:
    """No option is ignored."""
    refused = shop.run("orders", "list", *words)
    assert (refused.code, text in refused.err) == (2, True), refused


def test_the_word_behind_two_hyphens_is_no_option() -> None:
    """Only options are rewritten."""
    assert list_options.as_flags(["a", "--csv=excel", "--", "--csv=excel"]) == ["a", "--csv-excel", "--", "--csv=excel"]


def test_a_table_has_no_room_for_addresses(shop: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal the error names what does; single fields can be shown."""
    monkeypatch.setattr("support.machine.io.StringIO", Person)
    refused = shop.run("orders", "list", "--addresses")
    assert (refused.code, "--xlsx orders.xlsx" in refused.err) == (2, True)
    shown = shop.good("orders", "list", "--search", "Görlitz", "--columns", "id_order,shipping_city")
    assert shown.out.splitlines()[2].split() == ["MEAST", "Görlitz"]


def test_fields_are_completed(shop: Machine) -> None:
    """Behind a comma the next one, without those that are there already; with `--units` those of units."""
    words = {
        "orders list --columns id_order,ship_to": ["id_order,ship_to_city"],
        "orders list --units --columns ean": ["ean", "eans"],
        "log show --columns duration_ms,dur": [],
    }
    for typed, expected in words.items():
        before, _, incomplete = typed.rpartition(" ")
        done = shop.process(
            environ=shop.environ
            | {
                "_KAUFLAND_COMPLETE": "complete_bash",
                "COMP_WORDS": f"kaufland {before} {incomplete}",
                "COMP_CWORD": str(len(before.split()) + 1),
            }
        )
        assert done.out.split() == expected, typed
