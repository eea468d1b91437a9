"""`import-orders --accept-total`: the way on that the message names works, and it goes with no narrower import."""

import pytest

from kaufland_cli.simulator import Simulator, faults
from support.machine import Machine


def counts_more(simulator: Simulator, units: int) -> None:
    """Let every total be this many too large."""
    simulator.misbehave(
        faults.edited(
            lambda content: (
                content | {"pagination": {**content["pagination"], "total": content["pagination"]["total"] + units}}
            )
        ),
        times=None,
        path="/order-units",
    )


def test_command_that_the_message_names_goes_on(connected: Machine, simulator: Simulator) -> None:
    """Incomplete and exit 8 until it was typed; then exit 0, `status` shows it, and the next one too."""
    counts_more(simulator, 3)
    done = connected.run("import-orders", "--json")
    assert done.code == 8
    assert done.json()["undelivered"]["units"] == 3
    assert "3 units are missing" in done.json()["message"]
    assert done.json()["message"].endswith("kaufland import-orders --accept-total")
    assert connected.run("status", "--json").json()["accepted_total"] is None
    accepted = connected.run("import-orders", "--accept-total", "--json")
    assert (accepted.code, accepted.json()["undelivered"]["accepted"]) == (0, True)
    shown = connected.run("status", "--json").json()["accepted_total"]
    assert (shown["units"], shown["since"]) == (3, accepted.json()["since"])
    connected.clock.advance(minutes=20)
    assert connected.run("import-orders").code == 0


def test_message_that_is_kept_names_the_settings_of_its_account(connected: Machine, simulator: Simulator) -> None:
    """The command in the message of an import names the profile, in the result and in `status` afterwards."""
    counts_more(simulator, 3)
    connected.run("--profile", "second", "import-orders")
    message = connected.run("--profile", "second", "status", "--json").json()["last_order_sync_message"]
    assert message.endswith("kaufland --profile second import-orders --accept-total")


@pytest.mark.parametrize(
    "other",
    [["--since", "2d"], ["--storefront", "de"], ["--dry-run"], ["--scheduled"], ["--scheduled", "--all-profiles"]],
    ids=" ".join,
)
def test_accept_total_goes_with_no_other_choice(connected: Machine, other: list[str]) -> None:
    """What a narrower import, a preview or a schedule would accept is not what was said: wrong usage, nothing done."""
    done = connected.run("import-orders", "--accept-total", *other)
    assert done.code == 2
    assert "kaufland import-orders --accept-total" in done.err
    assert connected.files() == []
