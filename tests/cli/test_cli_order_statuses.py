"""`orders list --status`: the words of the screens and of Kaufland; anything else is reported, not taken for "none"."""

import io

import pytest

from kaufland_cli.app.known_orders import KNOWN_STATUSES, status_named
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import WrongUsage
from kaufland_cli.output import ORDER_COLUMNS
from kaufland_cli.output.stream import Stream
from kaufland_cli.output.values import cell
from kaufland_cli.simulator import Simulator
from support.machine import Machine


def none_stored(_status: str) -> bool:
    """Stand for a store without orders."""
    return False


def again(*options: str, in_place_of: str | None) -> Hint:  # noqa: ARG001 - the shape of `Context.again`
    """Stand for the command of a call."""
    return command("orders", "list", *options)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("need_to_be_sent", "need_to_be_sent"),
        (" Need to be  sent ", "need_to_be_sent"),
        ("to be sent", "need_to_be_sent"),
        ("part canc.", "partially_cancelled"),
        ("partially cancelled", "partially_cancelled"),
        ("canceled", "cancelled"),
        ("MIXED", "mixed"),
    ],
)
def test_words_of_the_screens_are_taken(text: str, status: str) -> None:
    """A status can be written as a table shows it, or as programs write it, in any case."""
    assert status_named(text, none_stored, again) == status


@pytest.mark.parametrize("status", KNOWN_STATUSES)
def test_every_form_that_a_table_shows_can_be_typed(status: str) -> None:
    """Whatever stands in the column of a list, in full or short, finds the orders of that status."""
    (column,) = [column for column in ORDER_COLUMNS if column.field == "status"]
    for form in cell(column, {"status": status}, Stream(io.StringIO(), {})).forms:
        assert status_named(form, none_stored, again) == status


def test_unknown_status_is_reported() -> None:
    """What is no status is wrong usage, with the nearest and all known ones; one that the store holds is taken."""
    with pytest.raises(WrongUsage, match="Did you mean received") as told:
        status_named("recieved", none_stored, again)
    assert all(status in told.value.message for status in KNOWN_STATUSES)
    assert status_named("Newly Invented", lambda status: status == "newly_invented", again) == "newly_invented"


def test_list_takes_what_the_store_holds(connected: Machine, simulator: Simulator) -> None:
    """A status that Kaufland adds can be asked for once an order has it; before, it is wrong usage."""
    assert connected.run("orders", "list", "--status", "recieved").code == 2
    connected.have_imported(simulator)
    by_words = connected.good("orders", "list", "--status", "to be sent", "--json").json()
    assert by_words == connected.good("orders", "list", "--status", "need_to_be_sent", "--json").json()
    assert by_words["total"] > 0
    assert connected.run("orders", "list", "--status", "on_its_way").code == 2
    simulator.marketplace.change_unit(min(simulator.marketplace.units), status="on_its_way")
    connected.clock.advance(minutes=5)
    connected.good("import-orders")
    assert connected.good("orders", "list", "--status", "on its way", "--json").json()["total"] == 1
