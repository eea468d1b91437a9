"""Several sellers on one machine: which there are, and imports of all of them that do not wait for one another."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kaufland_cli.app import all_profiles
from kaufland_cli.app.all_profiles import Children, most_serious
from kaufland_cli.simulator import Simulator, faults, make_order
from support.machine import Machine
from support.sellers import Sellers

if TYPE_CHECKING:
    import subprocess

pytestmark = pytest.mark.timeout(90)
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
FINE = ("--scheduled", "--all-profiles")


def hanging(simulator: Simulator) -> None:
    """Let a server answer nothing for a minute."""
    simulator.misbehave(faults.slow(60.0), times=None)


def until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until it is so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never was"
        time.sleep(0.05)


# --- the list ---


def listed(machine: Machine) -> dict[str, dict[str, Any]]:
    """Return the profiles of the list by name."""
    return {one["profile"]: one for one in machine.good("profiles", "list", "--json").json()["profiles"]}


def test_every_profile_is_listed(sellers: Sellers, start: Callable[..., Simulator]) -> None:
    """Each with its settings file, its interval and its last import; the first is always `default`."""
    sellers.add("a-third", start(), automatic=False)
    sellers.machine.good("--profile", "second", "import-orders")
    found = listed(sellers.machine)
    assert list(found) == ["default", "a-third", "second"]
    assert found["second"]["settings_file"] == str(sellers.config("second"))
    assert found["second"]["last_order_sync_status"] == "green"
    assert found["second"]["last_complete_sync"] is not None
    assert found["default"]["last_order_sync"] is None
    assert [one["auto_import_orders"] for one in found.values()] == [True, False, True]
    assert {one["interval_minutes"] for one in found.values()} == {15}


def test_faulty_profile_is_listed_with_the_others(sellers: Sellers) -> None:
    """Faulty settings, a damaged store and data without settings are named; the list goes on."""
    sellers.machine.good("--profile", "second", "import-orders")
    for store in (sellers.machine.data / "second").glob("*.sqlite3"):
        store.write_text("no store\n" * 1000)
    sellers.config("wrong").parent.mkdir(parents=True)
    sellers.config("wrong").write_text("[api]\ntimeout_seconds = 'long'\n")
    left = sellers.machine.data / "left-over"
    left.mkdir()
    (left / "host.sqlite3").write_bytes(b"")
    (sellers.machine.data / "Not A Profile").mkdir()
    found = listed(sellers.machine)
    assert list(found) == ["default", "left-over", "second", "wrong"]
    assert found["default"]["fault"] is None
    assert "timeout_seconds" in found["wrong"]["fault"]
    assert "not a store of this program" in found["second"]["fault"]
    assert "no settings" in found["left-over"]["fault"]
    assert (found["left-over"]["has_settings"], found["left-over"]["settings_file"]) == (False, None)


def test_list_in_every_form(sellers: Sellers) -> None:
    """JSON lines and CSV have the fields of JSON; a person sees a table and below it what is wrong."""
    fields = list(listed(sellers.machine)["default"])
    lines = [json.loads(line) for line in sellers.machine.good("profiles", "list", "--jsonl").out.splitlines()]
    assert [list(line) for line in lines] == [["schema", *fields]] * 2
    head = sellers.machine.good("profiles", "list", "--csv").out.splitlines()[0]
    assert head.lstrip("\ufeff").split(",") == fields
    sellers.config("second").write_text("[api]\nbase_url = 'ftp://x'\n")
    piped = sellers.machine.good("profiles", "list").out.splitlines()
    assert piped[0].startswith("Profile\tEnvironment")
    assert len(piped) == 3


def test_list_without_any_profile(machine: Machine) -> None:
    """An empty list; with a client key in the environment there is one without a file."""
    assert listed(machine) == {}
    machine.more["KAUFLAND_API_CLIENT_KEY"] = "c" * 32
    assert list(listed(machine)) == ["default"]


@pytest.mark.parametrize("words", [("--config", "x.toml"), ("--profile", "second")], ids=lambda words: words[0])
def test_all_profiles_go_with_no_single_one(sellers: Sellers, words: tuple[str, str]) -> None:
    """An option that names one seller does not go with a command that covers all of them."""
    for command in (("profiles", "list"), ("import-orders", *FINE)):
        done = sellers.machine.run(*words, *command)
        assert done.code == 2
        assert "covers all of them" in done.err
        assert f"→ kaufland {' '.join(command)} (" in done.err


# --- imports of all profiles ---


def test_all_profiles_are_imported_in_silence(sellers: Sellers, start: Callable[..., Simulator]) -> None:
    """Each that imports by itself is imported, once in its interval; one that does not is left alone."""
    off = sellers.add("off", start([make_order("MOFF")]), automatic=False)
    done = sellers.machine.process("import-orders", *FINE)
    assert (done.code, done.out, done.err) == (0, "", "")
    assert sellers.orders("default") > 10
    assert sellers.orders("second") == 1
    assert off.requests == []
    assert not (sellers.machine.data / "off").exists()


def test_failing_profile_keeps_no_other_from_its_import(sellers: Sellers, start: Callable[..., Simulator]) -> None:
    """Each message is complete and names its profile; the exit code is that of the most serious one."""
    sellers.add("refused", start(), secret="0123abcd" * 8)
    sellers.config("wrong").parent.mkdir(parents=True)
    sellers.config("wrong").write_text("[api]\ntimeout_seconds = 'long'\n")
    done = sellers.machine.run("import-orders", *FINE)
    assert done.code == 3
    assert done.out == ""
    parts = {part.split(":")[0]: part for part in done.err.split("Profile ")[1:]}
    assert set(parts) == {"refused", "wrong"}
    assert "refused the credentials" in parts["refused"]
    assert "timeout_seconds" in parts["wrong"]
    assert sellers.orders("default") > 10
    assert sellers.orders("second") == 1


@pytest.mark.long
def test_only_failing_one_gives_the_exit_code(sellers: Sellers) -> None:
    """A server that does not understand is exit 5, whatever the other profile came to."""
    sellers.simulators["second"].misbehave(faults.status(400), times=None)
    done = sellers.machine.run("import-orders", *FINE, "--json")
    records = {one["profile"]: one for one in done.json()["profiles"]}
    assert done.code == records["second"]["exit_code"] == 5
    assert records["second"]["error"]["exit_code"] == 5
    assert records["default"]["exit_code"] == 0
    assert records["default"]["result"]["verdict"] == "success"
    assert sellers.orders("default") > 10


@ON_LINUX
def test_hanging_server_holds_up_no_other(sellers: Sellers) -> None:
    """While one import hangs, the other is done; asked to end, the whole ends soon and leaves no process behind."""
    with one_hanging(sellers) as (process, child):
        assert process.poll() is None, "the hanging one is still at it"
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert time.monotonic() - began < 15
    assert b"Traceback" not in err
    assert not Path(f"/proc/{child}").exists()


@ON_LINUX
def test_import_that_is_killed_is_reported(sellers: Sellers) -> None:
    """Whatever ended it said nothing itself: its profile and code are named, and the other is imported."""
    if sys.platform == "win32":
        raise NotImplementedError
    with one_hanging(sellers) as (process, child):
        os.kill(child, signal.SIGKILL)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert err.decode() == "Profile default:\n  Something ended its import (code -9); the next one goes on.\n"


@contextmanager
def one_hanging(sellers: Sellers) -> "Iterator[tuple[subprocess.Popen[bytes], int]]":
    """Give a process that imports all profiles, and the one child that still runs, since its server hangs."""
    hanging(sellers.simulators["default"])
    process = sellers.machine.start("import-orders", *FINE)
    try:
        until(lambda: (sellers.machine.data / "second").exists() and sellers.orders("second") == 1)
        until(lambda: len(children_of(process.pid)) == 1)
        yield process, children_of(process.pid)[0]
    finally:
        process.terminate()
        process.communicate()


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started and that still run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent, *_ = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(parent) == pid and state != "Z":
            found.append(int(stat.parent.name))
    return found


@pytest.mark.long
def test_others_go_on_while_one_hangs(sellers: Sellers) -> None:
    """A scheduler starts nothing again before this has ended, so the others are looked at again and again meanwhile."""
    hanging(sellers.simulators["default"])
    seen = []
    with Children(sellers.context(), ["default", "second"], round_seconds=0.5).running() as children:
        for one in children.ended():
            seen.append(one)
            if len(seen) == 3:
                break
    assert [(one.profile, one.code, one.err) for one in seen] == [("second", 0, "")] * 3


@pytest.mark.long
def test_hanging_ones_take_no_others_place(
    sellers: Sellers, start: Callable[..., Simulator], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With more that hang than run at once, the next one waits a little and starts all the same."""
    monkeypatch.setattr(all_profiles, "AT_ONCE", 1)
    hanging(sellers.simulators["default"])
    sellers.add("slow", start())
    hanging(sellers.simulators["slow"])
    names = ["default", "slow", "second"]
    with Children(sellers.context(), names, patience_seconds=0.3).running() as children:
        first = next(children.ended())
    assert (first.profile, first.code) == ("second", 0)
    assert sellers.orders("second") == 1


@pytest.mark.parametrize(
    "words",
    [("--all-profiles",), (*FINE, "--since", "3d"), (*FINE, "--storefront", "de"), (*FINE, "--dry-run")],
    ids=" ".join,
)
def test_options_that_do_not_go_with_all_profiles(sellers: Sellers, words: tuple[str, ...]) -> None:
    """It is for schedulers only: anything else is refused with the way to call it."""
    done = sellers.machine.run("import-orders", *words)
    assert done.code == 2
    assert "kaufland import-orders --scheduled --all-profiles" in done.err


def test_no_profile_to_import(machine: Machine) -> None:
    """Where nothing is set up every run says so: there is no place to remember that it was said."""
    done = machine.run("import-orders", *FINE, typed="")
    assert (done.code, "kaufland setup" in done.err) == (3, True)
    found = []
    for _ in range(3):
        machine.clock.advance(minutes=1)
        found.append(machine.run("import-orders", *FINE))
    assert {done.code for done in found} == {3}
    assert all(done.err for done in found)


@pytest.mark.parametrize(
    ("codes", "code"),
    [((0, 0), 0), ((0, 5), 5), ((5, 4, 6), 4), ((6, 9, 3), 9), ((7, 8), 8), ((0, 130), 1), ((0, -9), 1)],
)
def test_most_serious_exit_code(codes: tuple[int, ...], code: int) -> None:
    """What needs a person comes before what passes by itself."""
    assert most_serious(codes) == code
