"""A total that stays above what Kaufland delivers: what is missing is said exactly, accepted on request, watched."""

from datetime import timedelta
from pathlib import Path

import pytest

from kaufland_cli.order_import import walk
from kaufland_cli.order_import.undelivered import UndeliveredUnits
from kaufland_cli.simulator import Request, faults
from support.imports import START, World, world
from support.sampling import sampled
from support.small_pages import small_pages


def counts_more(own: World, units: int) -> None:
    """Let every total be this many too large, from now on."""
    own.simulator.behave()

    def edit(content: dict[str, object]) -> dict[str, object]:
        pagination = content["pagination"]
        assert isinstance(pagination, dict)
        return content | {"pagination": pagination | {"total": pagination["total"] + units}}

    if units:
        own.simulator.misbehave(faults.edited(edit), times=None, path="/order-units")


def filled(own: World, count: int) -> None:
    """Let orders arrive, an hour apart."""
    for _ in range(count):
        own.add(status="sent")
        own.clock.advance(hours=1)


@pytest.mark.parametrize(("rows", "missing"), [(1, 1), (12, 3), (0, 2), (12, 2_000_000_000)])
@pytest.mark.parametrize("page", [100, 4])
def test_missing_units_are_reported_exactly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int, missing: int, page: int
) -> None:
    """How many, of how many, and in which window; with the command that goes on without them. Nothing is claimed."""
    small_pages(monkeypatch, page)
    with world(tmp_path) as own:
        filled(own, rows)
        counts_more(own, missing)
        result = own.run()
        until = own.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        assert (result.verdict, result.exit_code, result.watermark) == ("incomplete", 8, None)
        assert result.undelivered == UndeliveredUnits(missing, result.since, until, accepted=False)
        assert f"counts {rows + missing} unit" in result.message
        assert f"delivers {rows}:" in result.message
        assert "kaufland import-orders --accept-total" in result.message
        assert own.stored() == own.served()


@pytest.mark.parametrize("missing", sampled([1, 3, 50], 3))
def test_accepted_is_complete_from_then_on_and_watched(tmp_path: Path, missing: int) -> None:
    """Imports and daily comparisons are complete with as many missing; more or fewer are reported, none ends it."""
    with world(tmp_path) as own:
        filled(own, 12)
        counts_more(own, missing)
        assert own.run().verdict == "incomplete"
        accepted = own.run(accept_total=True)
        assert (accepted.verdict, accepted.exit_code) == ("success", 0)
        assert accepted.undelivered is not None
        assert accepted.undelivered.accepted
        assert own.state().watermark == own.clock.now() - timedelta(hours=1)
        own.clock.advance(hours=2)
        own.add(status="sent")
        assert own.run().verdict == "success"
        assert own.stored() == own.served()

        own.clock.advance(days=1)
        assert not [note for note in own.run().notes if "created from" in note], "as before: nothing to say"

        own.clock.advance(days=1)
        counts_more(own, missing + 2)
        more = own.run()
        assert more.verdict == "incomplete"
        assert f"Accepted on 2026-11-21: {missing}." in more.message
        assert own.run(accept_total=True).verdict == "success"
        assert own.run().verdict == "success"

        own.clock.advance(days=1)
        own.run()
        own.clock.advance(days=1)
        counts_more(own, 1)
        fewer = own.run()
        assert fewer.verdict == "success"
        assert any(f"At the last comparison it was {missing + 2}" in note for note in fewer.notes)

        own.clock.advance(days=1)
        counts_more(own, 0)
        assert any("no missing units are accepted any more" in note for note in own.run().notes)
        counts_more(own, 1)
        assert own.run().verdict == "incomplete"


def test_more_than_accepted_in_the_comparison_alone_is_reported(tmp_path: Path) -> None:
    """The daily comparison asks by creation: what is missing there only is said, and accepted by the same command."""
    with world(tmp_path) as own:
        filled(own, 12)
        own.run()
        own.clock.advance(days=1)

        def by_creation(request: Request, proceed: faults.Proceed) -> object:
            extra = 4 if "ts_created_from_iso" in request.query and "storefront" not in request.query else 0
            return faults.edited(
                lambda content: (
                    content | {"pagination": content["pagination"] | {"total": content["pagination"]["total"] + extra}}
                )
            )(request, proceed)

        own.simulator.misbehave(by_creation, times=None, path="/order-units")  # type: ignore[arg-type]
        told = own.run()
        assert told.verdict == "success"
        assert any("4 units are missing" in note and "--accept-total" in note for note in told.notes)
        assert own.reconcile(3)[0].verdict == "incomplete"
        own.run(accept_total=True)
        own.clock.advance(days=1)
        assert own.run().notes == []
        assert own.reconcile(3)[0].verdict == "equal"


def test_passes_that_do_not_agree_offer_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where an order arrives with each request, nobody can say what is missing: incomplete, and no way around it."""
    monkeypatch.setattr(walk, "MAX_HELPFUL_PASSES", walk.MAX_PASSES + 1)
    with world(tmp_path) as own:
        filled(own, 12)
        counts_more(own, 50)
        own.simulator.before_each("/order-units", lambda _request: own.add(status="sent"))
        for accept in (False, True):
            result = own.run(accept_total=accept)
            assert (result.verdict, result.undelivered) == ("incomplete", None)
            assert "--accept-total" not in result.message
        assert own.state().watermark is None
        assert own.clock.now() > START
