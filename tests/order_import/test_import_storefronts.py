"""Asking without a storefront means all of them, or the program notices that it does not."""

from dataclasses import replace
from pathlib import Path

import pytest

from kaufland_cli.simulator import Answer, Request, faults
from support.imports import World, world_of_sent_orders


def asked_by_storefront(own: World) -> int:
    """Return how often a storefront was named."""
    return sum("storefront=" in one.target for one in own.simulator.requests)


def test_first_import_asks_for_the_storefronts_of_which_it_read_nothing(tmp_path: Path) -> None:
    """The list has shown that it does not leave out the others; a later import asks for none."""
    with world_of_sent_orders(tmp_path) as own:
        for code in ("de", "at", "cz"):
            own.add(storefront=code)
        result = own.run()
        assert (asked_by_storefront(own), result.notes) == (1, [])
        own.simulator.clear_requests()
        own.run()
        assert asked_by_storefront(own) == 0


def test_left_out_storefronts_are_read_one_by_one_and_said(tmp_path: Path) -> None:
    """Where the sum is larger each storefront is read by itself, in this run and in all later ones, and it is said."""
    with world_of_sent_orders(tmp_path) as own:
        only_de = faults.edited(
            lambda content: (
                content
                | {"data": [unit for unit in content["data"] if unit["storefront"] == "de"]}
                | {"pagination": content["pagination"] | {"total": 1}}
            )
        )
        own.add(storefront="de")
        own.add(storefront="at")

        def fault(request: Request, proceed: faults.Proceed) -> Answer:
            return proceed(request) if "storefront" in request.query else only_de(request, proceed)

        own.simulator.misbehave(fault, times=None, path="/order-units")
        result = own.run()
        assert own.stored() == own.served()
        assert "fetched separately" in result.notes[0]
        own.clock.advance(minutes=90)
        own.add(storefront="at")
        own.run()
        assert own.stored() == own.served()


def test_storefront_that_is_left_out_in_part_is_found_a_day_later(tmp_path: Path) -> None:
    """The daily comparison asks each storefront for its total, also those of which something was read."""
    with world_of_sent_orders(tmp_path) as own:
        own.add(storefront="de")
        own.add(2, storefront="at")
        hidden = own.add(storefront="at")[0].id_order

        def fault(request: Request, proceed: faults.Proceed) -> Answer:
            answer = proceed(request)
            if "storefront" in request.query:
                return answer
            rows = [unit for unit in answer.content["data"] if unit["id_order"] != hidden]
            total = answer.content["pagination"]["total"] - len(answer.content["data"]) + len(rows)
            return replace(answer, content={"data": rows, "pagination": {"total": total}})

        own.simulator.misbehave(fault, times=None, path="/order-units")
        assert own.run().notes == []
        assert own.stored() != own.served()
        own.clock.advance(days=1)
        assert any("fetched separately" in note for note in own.run().notes)
        assert own.stored() == own.served()


def test_storefront_that_cannot_be_read_whole_makes_the_run_incomplete(tmp_path: Path) -> None:
    """Where storefronts are read one by one, each of them has to be complete."""
    with world_of_sent_orders(tmp_path) as own:
        own.add(storefront="de")
        own.add(storefront="at")

        def fault(request: Request, proceed: faults.Proceed) -> Answer:
            if "storefront" not in request.query:
                return faults.wrong_total(2)(request, proceed)
            return faults.wrong_total(5)(request, proceed)

        own.simulator.misbehave(fault, times=None, path="/order-units")
        result = own.run()
        assert (result.verdict, result.watermark) == ("incomplete", None)


def test_storefronts_that_are_no_longer_named_make_the_run_incomplete(tmp_path: Path) -> None:
    """Once storefronts have to be read one by one, not knowing them is a known gap and is never called complete."""
    with world_of_sent_orders(tmp_path) as own:
        own.add()
        own.run()
        with own.store() as store:
            store.sync.walk_each_storefront()
        before = own.state().watermark
        own.clock.advance(hours=3)
        own.add()
        own.simulator.misbehave(faults.status(404, b'{"message":"gone"}'), path="/info/storefront")
        result = own.run()
        assert (result.verdict, own.state().watermark) == ("incomplete", before)
        own.simulator.behave()
        assert own.run().verdict == "success"


def test_import_by_storefront_skips_one_that_is_not_set_up(tmp_path: Path) -> None:
    """A storefront that Kaufland names and refuses does not stop the import for ever."""
    with world_of_sent_orders(tmp_path, storefronts=("de", "sk")) as own:
        own.add()
        refused = faults.status(403, b'{"type":"/problems/storefront-not-configured","message":"no","errors":[]}')

        def fault(request: Request, proceed: faults.Proceed) -> Answer:
            return refused(request, proceed) if request.query.get("storefront") == ["sk"] else proceed(request)

        own.simulator.misbehave(fault, times=None, path="/order-units")
        with own.store() as store:
            store.sync.walk_each_storefront()
        assert own.run().verdict == "success"


@pytest.mark.parametrize("status", [500, 400])
def test_failing_comparison_is_reported_and_stops_nothing(tmp_path: Path, status: int) -> None:
    """An account for which storefronts cannot be reported still gets its orders, whether Kaufland fails or refuses."""
    with world_of_sent_orders(tmp_path) as own:
        own.add()
        own.simulator.misbehave(faults.status(status), times=None, path="/info/storefront")
        result = own.run()
        assert (result.verdict, own.stored()) == ("success", own.served())
        assert "could not be checked" in result.notes[0]


@pytest.mark.parametrize(("unknown", "orders", "said"), [("at", 2, True), ("de", 2, False), (None, 0, True)])
def test_total_that_is_unknown_is_no_total_of_zero(
    tmp_path: Path, unknown: str | None, orders: int, said: bool
) -> None:
    """Where Kaufland does not say how many units a storefront has of which there was none, that is said.

    So it is where nothing was there at all, and nobody knows of how many.
    """
    with world_of_sent_orders(tmp_path, storefronts=("de", "at")) as own:
        own.add(orders)

        def fault(request: Request, proceed: faults.Proceed) -> Answer:
            answer = proceed(request)
            if request.query.get("storefront", [None])[0] != unknown:
                return answer
            return replace(answer, content={"data": answer.content["data"]})

        own.simulator.misbehave(fault, times=None, path="/order-units")
        assert ["could not be checked" in note for note in own.run().notes] == [True] * said


def test_orders_arriving_in_between_are_no_left_out_storefront(tmp_path: Path) -> None:
    """The sum is measured later than the total, so what arrives in between is not mistaken for a difference."""
    with world_of_sent_orders(tmp_path) as own:
        own.add(5)

        def arrive(request: Request) -> None:
            if "storefront" in request.query:
                own.add()

        own.simulator.before_each("/order-units", arrive)
        assert own.run().notes == []


def test_storefront_that_is_not_set_up_counts_none(tmp_path: Path) -> None:
    """An account may name storefronts for which Kaufland refuses to list units."""
    with world_of_sent_orders(tmp_path, storefronts=("de", "sk")) as own:
        own.add()
        refused = faults.status(403, b'{"type":"/problems/storefront-not-configured","message":"no","errors":[]}')

        def fault(request: Request, proceed: faults.Proceed) -> Answer:
            return refused(request, proceed) if request.query.get("storefront") == ["sk"] else proceed(request)

        own.simulator.misbehave(fault, times=None, path="/order-units")
        result = own.run()
        assert (result.verdict, result.notes) == ("success", [])


def test_upper_case_storefronts_are_the_same_storefronts(tmp_path: Path) -> None:
    """`DE` and `de` are one storefront."""
    with world_of_sent_orders(tmp_path) as own:
        own.simulator.switches.upper_case_storefronts = True
        own.add(2)
        own.run()
        own.simulator.switches.upper_case_storefronts = False
        assert own.run().counts.units_changed == 0
        with own.store() as store:
            found = store.database.rows("SELECT DISTINCT storefront FROM order_units")
            assert [row["storefront"] for row in found] == ["de"]
