"""Times in the store that lie in the future are shown, and the next import puts them right."""

import pytest

from kaufland_cli.simulator import Simulator
from kaufland_cli.store.store import Store
from support.machine import Machine

LATER = "2099-01-01T00:00:00Z"
TIMES = {
    "watermark": ("watermark",),
    "start_at": ("start_at",),
    "reconciled_at": ("reconciled_at",),
    "invoices_read_at": ("invoices_read_at",),
    "invoices_read_widely_at": ("invoices_read_widely_at",),
    "retry_after": ("retry_after", "retry_after_heard_at"),
}


@pytest.mark.parametrize("name", TIMES)
def test_time_in_the_future_is_shown_and_put_right(connected: Machine, name: str, simulator: Simulator) -> None:
    """`status` and `doctor` name it and the command that helps; after that command neither has anything to say."""
    connected.have_imported(simulator)
    connected.clock.advance(minutes=90)
    connected.good("import-orders")
    with Store.open(connected.store, connected.clock.now()) as store:
        for column in TIMES[name]:
            store.database.execute(f"UPDATE sync_state SET {column} = ?", (LATER,))  # noqa: S608 - our own names
        if name == "start_at":
            store.database.execute("UPDATE sync_state SET watermark = NULL")
    assert connected.run("status", "--json").json()["times_ahead"] == [name]
    told = connected.run("status")
    assert f"lie in the future ({name})" in told.err
    assert "kaufland import-orders" in told.err
    (check,) = [
        one for one in connected.run("doctor", "--json").json()["checks"] if one["name"] == "times in the store"
    ]
    assert check["state"] == ("failed" if name == "watermark" else "warning")
    assert (name in check["message"], check["hint"]) == (True, "kaufland import-orders")
    connected.clock.advance(minutes=90)
    connected.good("import-orders")
    assert connected.run("status", "--json").json()["times_ahead"] == []
    assert "future" not in connected.run("status").err


def test_import_that_ended_in_the_future_is_not_fresh(connected: Machine, simulator: Simulator) -> None:
    """With this computer's clock put back by years, nobody knows how old the last import is: `--max-age` says no."""
    connected.have_imported(simulator)
    assert connected.run("status", "--max-age", "45m").code == 0
    connected.clock.advance(days=-900)
    assert connected.run("status", "--max-age", "45m").code == 8
