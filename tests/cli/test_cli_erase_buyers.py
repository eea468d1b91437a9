"""`orders erase` by e-mail address or name: all orders of that buyer, listed first, and never a guess."""

from collections.abc import Iterator
from typing import Any

import pytest

from kaufland_cli.simulator import Simulator, make_order
from support.erasure import BUYER, address, of_the_buyer, traces
from support.machine import Machine

NAME = "Xquorbin Zwölfhagen"


@pytest.fixture
def simulator(machine: Machine) -> Iterator[Simulator]:
    """Give a marketplace without orders."""
    with Simulator(now=machine.clock.now) as found:
        yield found


def bought(connected: Machine, simulator: Simulator, **orders: dict[str, Any]) -> None:
    """Import these orders, each with what it says of people."""
    for id_order, people in orders.items():
        simulator.marketplace.add_order(make_order(id_order, **people))
    connected.good("import-orders")


def buyer(id_buyer: int | str, email: str, **fields: Any) -> dict[str, Any]:
    """Return another buyer of the same name."""
    return of_the_buyer(buyer={"id_buyer": id_buyer, "email": email}, **fields)


def erased(connected: Machine) -> set[str]:
    """Return the orders whose buyer was erased."""
    listed = connected.good("orders", "list", "--json", "--limit", "0").json()["orders"]
    own = [one for one in listed if one["id_order"].startswith(("MERASE", "MGIFT"))]
    return {one["id_order"] for one in own if one["buyer_name"] is None}


@pytest.mark.parametrize(
    "who",
    [BUYER["email"], BUYER["email"].upper(), NAME, "zwölfhagen,  xquorbin"],
    ids=["mail", "MAIL", "name", "turned"],
)
def test_buyer_is_erased_from_all_orders(connected: Machine, simulator: Simulator, who: str) -> None:
    """Every order of the buyer is listed with its date, asked for once, and erased; other buyers stay."""
    bought(connected, simulator, MERASE1=of_the_buyer(), MERASE2=buyer(BUYER["id_buyer"], "kanari-neu@zwick.example"))
    done = connected.run("orders", "erase", who, typed="n\n")
    assert "Erase the data of this buyer in all 2 orders?" in done.err
    first, second = (line for line in done.err.splitlines() if "will be erased" in line)
    assert all(connected.clock.now().strftime("%Y-") in line and NAME in line for line in (first, second))
    assert erased(connected) == set()
    found = connected.good("orders", "erase", who, "--yes", "--json").json()
    assert (found["orders"], found["complete"], found["other_orders"]) == (["MERASE1", "MERASE2"], True, [])
    assert erased(connected) == {"MERASE1", "MERASE2"}
    assert traces(connected.data) == []


def test_order_shows_what_stays(connected: Machine, simulator: Simulator) -> None:
    """An order id means this order only; the buyer's other orders are shown as staying, or as erased before."""
    bought(connected, simulator, MERASE1=of_the_buyer(), MERASE2=of_the_buyer())
    done = connected.run("orders", "erase", "MERASE1", typed="y\n")
    lines = {line.split()[0]: line for line in done.err.splitlines() if line.strip().startswith("MERASE")}
    assert "will be erased" in lines["MERASE1"]
    assert "stays" in lines["MERASE2"]
    assert "kaufland orders erase MERASE2" in done.err
    assert erased(connected) == {"MERASE1"}


def test_job_does_not_log_the_buyer(connected: Machine, simulator: Simulator) -> None:
    """Without a terminal the orders are listed with their dates, but without the name and town: a log would keep it."""
    bought(connected, simulator, MERASE1=of_the_buyer())
    done = connected.good("orders", "erase", NAME, "--yes")
    assert "MERASE1  2026-" in done.err
    assert not any(word in done.err for word in (*NAME.split(), "Zwickelstadt"))


def test_buyers_of_one_name_are_not_guessed(connected: Machine, simulator: Simulator) -> None:
    """A name of several buyers erases nothing, with --yes too; each is listed with orders and dates, to choose one."""
    bought(
        connected,
        simulator,
        MERASE1=of_the_buyer(),
        MERASE2=buyer(4711, "other@zwick.example"),
        MERASE3=buyer(4711, "other@zwick.example"),
    )
    done = connected.run("orders", "erase", NAME, "--yes")
    assert done.code == 2
    assert f"{NAME} is the name of 2 buyers, so nothing was erased" in done.err
    day = f"({connected.clock.now():%Y-%m-}"
    assert f"{BUYER['email']}: MERASE1 {day}" in done.err
    assert f"other@zwick.example: MERASE3 {day}" in done.err
    assert erased(connected) == set()
    assert connected.good("orders", "erase", "other@zwick.example", "--yes", "--json").json()["orders"] == [
        "MERASE2",
        "MERASE3",
    ]
    assert connected.good("orders", "erase", NAME, "--yes", "--json").json()["orders"] == ["MERASE1"]


def test_recipient_is_not_taken_for_the_buyer(connected: Machine, simulator: Simulator) -> None:
    """A name that only receives somebody else's order erases nothing by itself; the order is named."""
    present = {
        "billing_address": address(first_name="Milan", last_name="Sorge"),
        "shipping_address": address(),
        "buyer": {"id_buyer": 12, "email": "milan@zwick.example"},
    }
    bought(connected, simulator, MGIFT01=present)
    done = connected.run("orders", "erase", NAME, "--yes")
    assert done.code == 2
    assert "MGIFT01" in done.err
    bought(connected, simulator, MERASE1=of_the_buyer())
    assert connected.run("orders", "erase", NAME, "--yes").code == 2
    assert erased(connected) == set()


@pytest.mark.parametrize("other", ["", "***", "k***i@zwick.example"], ids=["empty", "masked", "half"])
def test_masked_texts_make_no_two_buyers_one(connected: Machine, simulator: Simulator, other: str) -> None:
    """An e-mail address that is hidden and a number 0 are nobody's, so they join no orders."""
    masked = {"buyer": {"id_buyer": 0, "email": other}}
    bought(connected, simulator, MERASE1=of_the_buyer(**masked), MERASE2=of_the_buyer(**masked))
    done = connected.run("orders", "erase", NAME, "--yes")
    assert done.code == 2
    assert "is the name of 2 buyers" in done.err
    assert connected.good("orders", "erase", "MERASE1", "--yes", "--json").json()["other_orders"] == []


@pytest.mark.parametrize("who", ["Nobody Here", "nobody@zwick.example", "Xquorbin", "zwick.example", "@", " "])
def test_text_that_matches_nobody_erases_nothing(connected: Machine, simulator: Simulator, who: str) -> None:
    """Part of a name or an address is nobody's, and the error leads to a search."""
    bought(connected, simulator, MERASE1=of_the_buyer())
    done = connected.run("orders", "erase", who, "--yes")
    assert done.code == 2
    assert "kaufland orders list" in done.err
    assert erased(connected) == set()
