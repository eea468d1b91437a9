"""`kaufland orders dismiss`: a unit that cannot be read, and that a person has looked at, troubles no import more."""

from kaufland_cli.simulator import Simulator
from support.machine import Machine


def failing(connected: Machine, simulator: Simulator) -> str:
    """Let one unit fail and import; return its order."""
    id_order_unit, unit = next(iter(simulator.marketplace.units.items()))
    simulator.marketplace.change_unit(id_order_unit, price="abc")
    assert connected.run("import-orders").code == 6
    return str(unit["id_order"])


def test_dismissed_unit_no_longer_counts_and_stays_listed(connected: Machine, simulator: Simulator) -> None:
    """Dismissed, the next import succeeds; the list shows the unit with `dismissed`, and so do status and card."""
    order = failing(connected, simulator)
    connected.good("orders", "dismiss", order, "--yes")
    assert connected.good("import-orders", "--json").json()["units_failed"] == 0
    (unit,) = connected.good("orders", "list", "--failed", "--json").json()["units"]
    assert (unit["id_order"], unit["set_aside"]) == (order, "dismissed")
    status = connected.good("status", "--json").json()
    assert (status["units_failed"], status["units_set_aside"], status["failed"]) == (0, 1, [])
    assert "Set aside" in connected.good("status").out
    assert "dismissed)" in connected.good("orders", "show", order).out


def test_without_a_terminal_it_asks_for_yes(connected: Machine, simulator: Simulator) -> None:
    """Nobody can be asked: the error names the option, and nothing is changed."""
    order = failing(connected, simulator)
    done = connected.run("orders", "dismiss", order)
    assert (done.code, f"kaufland orders dismiss {order} --yes" in done.err) == (2, True)
    assert connected.run("import-orders").code == 6


def test_person_is_shown_what_it_is_and_may_decline(connected: Machine, simulator: Simulator) -> None:
    """On a terminal the reason is shown before the question; no is the default."""
    order = failing(connected, simulator)
    done = connected.run("orders", "dismiss", order.lower(), typed="\n")
    assert "abc" in done.err
    assert "Nothing was changed." in done.err
    assert connected.run("orders", "dismiss", order.lower(), typed="y\n").code == 0
    assert connected.run("import-orders").code == 0


def test_readable_unit_cannot_be_dismissed(connected: Machine) -> None:
    """An id that fits nothing is said so, with the list to look in."""
    done = connected.run("orders", "dismiss", "M999999", "--yes")
    assert (done.code, "kaufland orders list --failed" in done.err) == (2, True)
