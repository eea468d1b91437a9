"""`kaufland orders erase` and `kaufland backup`, as a seller types them."""

import json
from pathlib import Path

from kaufland_cli.order_import.lock import Holder, run_lock
from kaufland_cli.simulator import Simulator, make_order
from support.erasure import of_the_buyer, traces
from support.machine import Machine


def test_erasing_asks_and_names_what_it_does(connected: Machine, simulator: Simulator) -> None:
    """It asks first, erases, names the copies, the buyer's other orders and what it does not touch."""
    for id_order in ("MERASE1", "MERASE2"):
        simulator.marketplace.add_order(make_order(id_order, **of_the_buyer()))
    connected.have_imported(simulator)
    connected.good("backup")
    refused = connected.run("orders", "erase", "merase1")
    assert (refused.code, "kaufland orders erase MERASE1 --yes" in refused.err) == (2, True)
    assert "Nothing was erased" in connected.run("orders", "erase", "MERASE1", typed="n\n").err
    assert traces(connected.data)
    done = connected.run("orders", "erase", "MERASE1", typed="y\n")
    assert done.code == 0
    assert "backups" in done.err
    assert "kaufland orders erase MERASE2" in done.err
    again = connected.good("orders", "erase", "MERASE2", "--yes", "--json").json()
    assert (again["orders"], again["complete"], again["other_orders"]) == (["MERASE2"], True, [])
    assert traces(connected.data) == []
    assert "erased" in connected.good("orders", "show", "MERASE1").out
    connected.good("orders", "refresh", "MERASE1")
    connected.good("import-orders")
    assert traces(connected.data) == []


def test_log_does_not_bring_a_buyer_back(connected: Machine, simulator: Simulator) -> None:
    """With buyers' data in logged bodies switched on, later answers that name an erased order are kept without it."""
    connected.more |= {"KAUFLAND_DEBUG_LOG_API_REQUESTS": "true", "KAUFLAND_DEBUG_LOG_PERSONAL_DATA": "true"}
    simulator.marketplace.add_order(make_order("MERASE1", **of_the_buyer()))
    connected.have_imported(simulator)
    assert traces(connected.data)
    connected.good("orders", "erase", "MERASE1", "--yes")
    connected.good("orders", "refresh", "MERASE1")
    connected.good("import-orders", "--since", "30d")
    assert connected.good("log", "show", "--order", "MERASE1", "--json").json()["entries"]
    assert traces(connected.data) == []


def test_erasing_what_is_not_there(connected: Machine) -> None:
    """An order that is not in the store is said to be none, and nothing is created."""
    done = connected.run("orders", "erase", "MNOBODY", "--yes")
    assert (done.code, "not in the store" in done.err) == (2, True)
    assert list(connected.data.rglob("*.sqlite3")) == []


def test_erasing_waits_for_no_import(connected: Machine, simulator: Simulator) -> None:
    """While an import runs it is refused, with who runs, since its pages would bring the data along."""
    simulator.marketplace.add_order(make_order("MERASE1", **of_the_buyer()))
    connected.have_imported(simulator)
    with run_lock(connected.store, Holder(1, "2026-11-24T09:00:00Z", "kaufland import-orders")):
        assert connected.run("orders", "erase", "MERASE1", "--yes").code == 7
    assert traces(connected.data)


def test_backup_goes_where_it_is_wanted(connected: Machine, tmp_path: Path, simulator: Simulator) -> None:
    """By default next to the store, into a folder under a dated name, never over another file, and it can be read."""
    assert connected.run("backup").code == 2
    connected.have_imported(simulator)
    store = connected.store
    beside = connected.good("backup", "--json").json()
    assert Path(beside["file"]).parent == store.parent / "backups"
    folder = tmp_path / "usb"
    folder.mkdir()
    connected.good("backup", str(folder))
    (copied,) = folder.iterdir()
    refused = connected.run("backup", str(copied))
    assert (refused.code, "--force" in refused.err) == (2, True)
    connected.good("backup", str(copied), "--force")
    assert connected.run("backup", str(store), "--force").code == 2


def test_copies_of_one_second_take_no_others_place(connected: Machine, simulator: Simulator) -> None:
    """Within one second a store is copied, changed, copied and restored: every copy is there, as it was made."""
    connected.have_imported(simulator)
    first = connected.good("backup", "--json").json()["file"]
    bytes_of_first = Path(first).read_bytes()
    simulator.marketplace.add_order(make_order("MLATER1"))
    connected.good("import-orders")
    second = connected.good("backup", "--json").json()["file"]
    kept = connected.good("restore", first, "--yes", "--json").json()["kept_as"]
    assert len({first, second, kept}) == 3
    assert Path(first).read_bytes() == bytes_of_first
    assert connected.run("orders", "show", "MLATER1").code == 2
    connected.good("restore", kept, "--yes")
    connected.good("orders", "show", "MLATER1")


def test_import_forgets_old_buyers_by_itself(connected: Machine, simulator: Simulator) -> None:
    """What privacy.delete_after_days says happens inside a plain import, also where Kaufland is out of reach."""
    simulator.marketplace.add_order(make_order("MOLD001", status="sent", **of_the_buyer()))
    connected.have_imported(simulator)
    connected.clock.advance(days=200)
    simulator.stop()
    assert connected.run("import-orders").code == 5
    assert "Xquorbin" not in connected.good("orders", "show", "MOLD001").out
    assert "erased" in connected.good("orders", "show", "MOLD001").out


def test_going_back_to_a_copy(connected: Machine, simulator: Simulator, tmp_path: Path) -> None:
    """The copy takes the store's place, the store of before is kept, and who was erased since then stays erased."""
    for id_order in ("MERASE1", "MSTAYS1"):
        simulator.marketplace.add_order(make_order(id_order, **of_the_buyer()))
    connected.have_imported(simulator)
    copy = tmp_path / "copy.sqlite3"
    connected.good("backup", str(copy))
    connected.good("orders", "erase", "MERASE1", "--yes")
    connected.good("orders", "erase", "MSTAYS1", "--yes")
    simulator.marketplace.add_order(make_order("MLATER1"))
    connected.clock.advance(minutes=30)
    connected.good("import-orders")
    assert connected.run("restore", str(copy)).code == 2
    assert "Nothing was changed" in connected.run("restore", str(copy), typed="n\n").err
    store = connected.store
    came = connected.good("restore", str(copy), "--yes", "--json").json()
    assert came["erased_again"] == ["MERASE1", "MSTAYS1"]
    assert traces(connected.data) == []
    assert "MLATER1" not in connected.good("orders", "list", "--csv").out
    with_later = json.loads(connected.good("orders", "list", "--json").out)["total"]
    connected.good("import-orders")
    assert json.loads(connected.good("orders", "list", "--json").out)["total"] == with_later + 1
    again = connected.good("restore", came["kept_as"], "--yes", "--json").json()
    assert again["store"] == str(store)
    assert "MLATER1" in connected.good("orders", "list", "--csv").out


def test_file_that_is_no_copy_changes_nothing(connected: Machine, tmp_path: Path, simulator: Simulator) -> None:
    """A foreign, empty or damaged file leaves the store alone; a damaged store is set aside for a good copy."""
    connected.have_imported(simulator)
    store, copy = connected.store, tmp_path / "copy.sqlite3"
    connected.good("backup", str(copy))
    for content, code in ((b"", 9), (b"SQLite format 3\0" + b"x" * 5_000, 9), (copy.read_bytes()[:20_000], 9)):
        wrong = tmp_path / "wrong.sqlite3"
        wrong.write_bytes(content)
        before = connected.good("orders", "list", "--csv").out
        assert connected.run("restore", str(wrong), "--yes").code == code
        assert connected.good("orders", "list", "--csv").out == before
    assert connected.run("restore", str(tmp_path / "nowhere"), "--yes").code == 2
    store.write_bytes(b"SQLite format 3\0" + b"x" * 50_000)
    assert connected.run("orders", "list").code == 9
    kept = connected.good("restore", str(copy), "--yes", "--json").json()["kept_as"]
    assert Path(kept).read_bytes().startswith(b"SQLite format 3\0xxx")
    assert connected.good("orders", "list", "--csv").out == before
