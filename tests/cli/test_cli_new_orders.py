"""`orders list --new` and `--imported-since`: what came in lately, however old the orders themselves are."""

from kaufland_cli.simulator import Simulator, make_order
from support.machine import ESCAPE, Machine


def ids(machine: Machine, *words: str) -> list[str]:
    """Return the ids that a list has."""
    return [order["id_order"] for order in machine.good("orders", "list", *words, "--json").json()["orders"]]


def later(machine: Machine, simulator: Simulator, *orders: str) -> None:
    """Let a quarter of an hour pass in which these orders come in, and import."""
    machine.clock.advance(minutes=15)
    for id_order in orders:
        at = machine.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        simulator.marketplace.add_order(make_order(id_order, [{"ts_created_iso": at, "ts_updated_iso": at}]))
    machine.good("import-orders")


def test_new_are_those_of_the_last_import_that_brought_any(connected: Machine, simulator: Simulator) -> None:
    """An import without new orders, a refresh and a changed order do not change what is new."""
    assert ids(connected, "--new") == []
    connected.have_imported(simulator)
    assert ids(connected, "--new") == ids(connected)
    later(connected, simulator, "MNEW1", "MNEW2")
    assert ids(connected, "--new") == ["MNEW2", "MNEW1"]
    connected.clock.advance(minutes=5)
    connected.good("orders", "refresh", "M4XCAA2")
    later(connected, simulator)
    assert ids(connected, "--new") == ["MNEW2", "MNEW1"]
    assert ids(connected, "--new", "--search", "MNEW1") == ["MNEW1"]
    later(connected, simulator, "MNEW3")
    assert ids(connected, "--new") == ["MNEW3"]


def test_new_are_all_pages_of_an_import(connected: Machine, simulator: Simulator) -> None:
    """An import that takes a while stores its pages at different times; all of them are new."""
    connected.have_imported(simulator)
    connected.more["KAUFLAND_API_REQUESTS_PER_SECOND"] = "1"
    later(connected, simulator, *(f"MPAGE{number}" for number in range(120)))
    found = connected.good("orders", "list", "--new", "--json").json()["orders"]
    assert len(found) == 120
    assert len({order["imported_at"] for order in found}) > 1


def test_imported_since_reads_dates_as_all_options_do(connected: Machine, simulator: Simulator) -> None:
    """The time of the import counts, not that of the order."""
    connected.have_imported(simulator)
    connected.clock.advance(days=1)
    later(connected, simulator, "MLATE")
    assert ids(connected, "--imported-since", "today") == ["MLATE"]
    assert ids(connected, "--imported-since", "yesterday") == ids(connected)
    assert ids(connected, "--imported-since", "1y", "--new") == ["MLATE"]
    refused = connected.run("orders", "list", "--imported-since", "one day")
    assert refused.code == 2
    assert "--imported-since 'one day' is not a valid date or time" in refused.err


def test_the_sums_are_those_of_all_that_match(connected: Machine, simulator: Simulator) -> None:
    """Below a table, for `| less -R` too; whatever the limit, and only of what the filter finds. A pipe has none."""
    connected.have_imported(simulator)
    listed = connected.good("orders", "list", "--storefront", "pl", "--json").json()["orders"]
    amount = f"{sum(order['total_amount'] for order in listed) / 100:.2f} PLN"
    table = connected.good("orders", "list", "--storefront", "pl", "--limit", "1", "--color", "always").out
    assert f"{len(listed)} orders, {sum(order['units'] for order in listed)} units · {amount}" in ESCAPE.sub("", table)
    assert amount not in connected.good("orders", "list", "--storefront", "pl").out


def test_failed_units_are_not_filtered_by_orders(machine: Machine) -> None:
    """`--failed` lists units; a filter that would be ignored is refused."""
    assert machine.run("orders", "list", "--failed", "--new").code == 2
