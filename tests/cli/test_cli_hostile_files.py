"""Files that are not what they seem, met by real commands: an answer at once, and nobody's file or device is lost."""

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kaufland_cli.clock import SystemClock
from kaufland_cli.domain.target_values import Expectations
from kaufland_cli.errors import KauflandError
from kaufland_cli.sales_orders.file_target import FileTarget
from kaufland_cli.secrets.file_source import FileSource
from kaufland_cli.secrets.secret_key import SecretKey
from kaufland_cli.simulator import Simulator
from support.hostile_files import (
    MALLORY,
    TRAPS,
    VICTIM,
    as_root,
    circle,
    device,
    give,
    huge,
    link,
    link_to_endless,
    pipe,
    run_as,
    shared_folder,
    within,
)
from support.machine import SECRET, Machine
from support.sampling import sampled

if sys.platform == "win32":
    pytest.skip("links, pipes and devices of POSIX", allow_module_level=True)

READ_AT_ONCE = (pipe, link_to_endless, huge)
ACCOUNT = "[api]\nclient_key = 'de30de30de30de30de30de30de30de30'\nbase_url = 'http://127.0.0.1:9'\n"
KEY = SecretKey(SECRET)
NOTHING_EXPECTED = Expectations()


def knows(done: object, words: tuple[str, ...]) -> None:
    """Insist that a command ended in words."""
    assert "Traceback" not in str(done), words
    assert "bug in this program" not in str(done), words


@pytest.mark.parametrize("trap", TRAPS)
def test_settings_that_are_no_file(machine: Machine, trap: Callable[[Path], None]) -> None:
    """A settings file that is a pipe, a device, endless or a circle is named, by reading and by changing commands."""
    machine.config.parent.mkdir(parents=True)
    trap(machine.config)
    linked = trap is link  # the user's own link to another file, which is no TOML
    with within():
        for words in (("config", "list"), ("config", "set", "ui.locale", "de"), ("status",), ("doctor",)):
            done = machine.run(*words)
            knows(done, words)
            assert done.code in {3, 8}, done
            assert linked or str(machine.config) in done.out + done.err
    if linked:
        assert machine.config.with_name("precious").read_bytes() == b"precious"


@pytest.mark.parametrize("trap", sampled(READ_AT_ONCE, pipe))
@pytest.mark.parametrize("name", ["alert-state.json", "{store}.running.json", "{store}.lock", "{store}", "{store}-wal"])
def test_state_that_is_no_file(connected: Machine, name: str, trap: Callable[[Path], None]) -> None:
    """Next to the store and in its place: every command comes to an end at once, in words."""
    assert connected.run("import-orders").code == 0
    store = connected.store
    place = store.with_name(name.format(store=store.name))
    place.unlink(missing_ok=True)
    trap(place)
    with within(60):
        for words in (
            ("status",),
            ("orders", "list"),
            ("import-orders",),
            ("import-orders", "--scheduled"),
            ("doctor",),
        ):
            done = connected.run(*words)
            knows(done, words)
            assert done.code in {0, 8, 9}, (words, done)


@pytest.mark.parametrize("trap", [*READ_AT_ONCE, circle])
def test_item_mapping_that_is_no_file(machine: Machine, tmp_path: Path, trap: Callable[[Path], None]) -> None:
    """It is named with the reason, and nothing waits for it."""
    trap(tmp_path / "items.csv")
    machine.write_config(
        f"{ACCOUNT}[order_import]\ncreate_sales_orders = true\ndefault_customer_no = 'D1'\n"
        f"[sales_orders]\nitem_mapping_file = '{tmp_path / 'items.csv'}'\n"
    )
    with within():
        done = machine.run("sales-orders", "check")
    assert done.code == 3, done
    assert "items.csv" in done.err


@pytest.mark.parametrize("trap", [pipe, link_to_endless, huge, circle, link])
def test_order_that_is_no_file(tmp_path: Path, trap: Callable[[Path], None]) -> None:
    """The document of an order is looked for without waiting, and never through a link."""
    trap(tmp_path / "MABCDEF.json")
    with within(), pytest.raises(KauflandError, match=r"MABCDEF\.json is .*neither read nor overwritten"):
        FileTarget(tmp_path, SystemClock()).find("MABCDEF")


@pytest.mark.parametrize("trap", [pipe, link_to_endless, huge, circle])
def test_secret_that_is_no_file(machine: Machine, trap: Callable[[Path], None]) -> None:
    """It is named with the reason, when it is fetched, set and deleted."""
    machine.write_config(f"{ACCOUNT}[secret]\nstore = 'file'\n")
    secret = machine.config.with_name("secret_key")
    trap(secret)
    with within():
        for words in (("secret", "status"), ("doctor", "--json"), ("secret", "set", "--secret-stdin")):
            done = machine.run(*words, stdin=SECRET)
            knows(done, words)
            assert done.code in {3, 8} or (trap is huge and "set" in words), done


# --- devices --------------------------------------------------------------------------------------------------------


def test_no_device_is_replaced(connected: Machine, tmp_path: Path) -> None:
    """Not as settings, as a backup, as a secret, as a report, as the file for Prometheus: root could do that."""
    null = tmp_path / "null.prom"
    device(null)
    assert connected.run("import-orders").code == 0
    before = connected.more
    connected.more = {**before, "KAUFLAND_CONFIG": str(null)}
    assert connected.run("config", "set", "ui.locale", "de").code == 3
    connected.more = before
    assert connected.run("backup", "--force", str(null)).code == 2
    assert connected.run("doctor", "--report", str(null)).code in {2, 8}
    connected.more = {**before, "KAUFLAND_MONITORING_PROMETHEUS_FILE": str(null)}
    assert connected.run("monitoring", "test").code != 0
    connected.run("status", "--prometheus", str(null))
    connected.more = {**before, "KAUFLAND_SECRET_STORE": "file", "KAUFLAND_SECRET_FILE": str(null)}
    assert connected.run("secret", "set", "--secret-stdin", stdin=SECRET).code == 3
    assert connected.run("secret", "delete", "--yes").code == 3
    assert stat.S_ISCHR(null.lstat().st_mode)
    assert [path.name for path in tmp_path.glob("*null*")] == ["null.prom"]


def test_null_device_means_no_settings_file(machine: Machine) -> None:
    """It may be named for reading, as is usual, and is never written."""
    machine.more["KAUFLAND_CONFIG"] = os.devnull
    assert machine.run("config", "list").code == 0


# --- two users ------------------------------------------------------------------------------------------------------


@as_root
@pytest.mark.parametrize("mode", [0o1777, 0o777])
def test_links_in_a_shared_folder_of_sales_orders_do_no_harm(open_path: Path, mode: int) -> None:
    """Neither checking nor writing an order empties or overwrites the victim's own file, nor root's."""
    shared, precious = shared_folder(open_path / "shared", mode), open_path / "precious"
    precious.write_bytes(b"precious")
    give(precious, VICTIM)
    for name in (".probe", "MABCDEF.csv", "MABCDEF.json", "MZYXWVU.csv"):
        (shared / name).symlink_to(precious)
        give(shared / name, MALLORY)
    target = FileTarget(shared, SystemClock())
    for user in (VICTIM, 0):
        said = run_as(user, lambda: [check.state for check in target.check(NOTHING_EXPECTED)])
        assert ("passed" in said) is (mode == 0o1777), said
        assert "MABCDEF.json is a symbolic link" in run_as(user, lambda: target.find("MABCDEF"))
        assert "MABCDEF.json is a symbolic link" in run_as(user, lambda: target.erase_buyer("MABCDEF"))
    assert precious.read_bytes() == b"precious"
    assert sorted(path.name for path in shared.iterdir()) == [".probe", "MABCDEF.csv", "MABCDEF.json", "MZYXWVU.csv"]


@as_root
def test_planted_order_is_none(open_path: Path) -> None:
    """Otherwise whoever may write to a shared folder decides which orders count as created, and with what."""
    shared = shared_folder(open_path / "shared")
    (shared / "MABCDEF.json").write_text('{"external_document_no": "MABCDEF"}', encoding="utf-8")
    give(shared / "MABCDEF.json", MALLORY)
    assert "belongs to another user" in run_as(VICTIM, lambda: FileTarget(shared, SystemClock()).find("MABCDEF"))


# --- folders that are open to everybody -----------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["data", "config"])
def test_doctor_fails_for_a_folder_that_everybody_may_write_to(connected: Machine, which: str) -> None:
    """Who may swap the store or the settings may do anything; the hint closes the folder."""
    assert connected.run("import-orders").code == 0
    connected.write_config("[ui]\nlocale = 'de'\n")
    connected.config.chmod(0o600)
    name, folder = (
        ("store folder", connected.store.parent) if which == "data" else ("settings file", connected.config.parent)
    )
    folder.chmod(0o777)
    checks = {check["name"]: check for check in connected.run("doctor", "--json").json()["checks"]}
    assert (checks[name]["state"], checks[name]["hint"]) == ("failed", f"chmod o-w {folder}")
    folder.chmod(0o700)
    checks = {check["name"]: check for check in connected.run("doctor", "--json").json()["checks"]}
    assert checks[name]["state"] == "ok"


# --- killed while a secret is kept ----------------------------------------------------------------------------------


@pytest.mark.parametrize("next_use", ["fetch", "save", "delete"])
def test_no_key_of_a_killed_command_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, next_use: str) -> None:
    """The next command that has to do with the secret takes away what was left, whatever it is for."""
    path = tmp_path / "secret_key"
    FileSource(path).save(KEY)
    child = os.fork()
    if child == 0:
        monkeypatch.setattr(Path, "replace", lambda *_: os._exit(9))
        FileSource(path).save(SecretKey("ab" * 32))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    left = [one for one in tmp_path.iterdir() if one != path]
    assert [one.read_text(encoding="utf-8").strip() for one in left] == ["ab" * 32]
    store = FileSource(path)
    {"fetch": store.fetch, "save": lambda: store.save(KEY), "delete": store.delete}[next_use]()
    assert [one.name for one in tmp_path.iterdir()] == ([] if next_use == "delete" else ["secret_key"])


def test_real_server_hears_nothing_of_a_planted_lock(connected: Machine, simulator: Simulator) -> None:
    """An import that cannot have its lock asks nothing and stores nothing."""
    assert connected.run("import-orders").code == 0
    lock = connected.store.with_name(f"{connected.store.name}.lock")
    lock.unlink(missing_ok=True)
    link(lock)
    simulator.clear_requests()
    assert connected.run("import-orders").code == 9
    assert simulator.requests == []
    assert lock.with_name("precious").read_bytes() == b"precious"
