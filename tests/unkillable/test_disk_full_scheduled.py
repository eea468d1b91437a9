"""A full disk under a schedule: it is reported, rarely, and its end too."""

from datetime import timedelta
from pathlib import Path

from kaufland_cli.simulator import Simulator, seller_month
from support.disk import Disk, fill
from support.machine import Machine

QUARTER = timedelta(minutes=15)


def test_full_disk_is_reported_at_first_after_an_hour_and_at_its_end(tmp_path: Path, small_disk: Disk) -> None:
    """No byte is left for the store or for a new file; what was reported is remembered all the same."""
    machine = Machine(tmp_path / "machine")
    small_disk(machine.data, 4_000_000)
    with Simulator(orders=seller_month(machine.clock.now()), now=machine.clock.now) as simulator:
        machine.connect(simulator)
        machine.more["KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS"] = "true"
        assert machine.run("import-orders", "--scheduled").code == 0
        fill(machine.data)
        found = []
        for _ in range(9):
            machine.clock.present += QUARTER
            found.append(machine.run("import-orders", "--scheduled"))
        assert {done.code for done in found} == {9}
        assert [place for place, done in enumerate(found) if done.err] == [0, 4]
        assert "no room left" in found[0].err or "full or failing" in found[0].err
        assert "5 failed runs in a row" in found[4].err
        (machine.data / "filler").unlink()
        machine.clock.present += QUARTER
        end = machine.run("import-orders", "--scheduled")
    assert (end.code, "work again" in end.err, "9 runs" in end.err) == (0, True, True)
