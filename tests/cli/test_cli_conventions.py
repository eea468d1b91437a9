"""What people expect of every program in a shell: options anywhere, -q, -v, -V, -n, and colours on request."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kaufland_cli.simulator import Simulator
from support.machine import ESCAPE, Machine
from support.sellers import Sellers

PUT_ANYWHERE = [
    ("--config", "FILE", "config", "list", "--json"),
    ("config", "--config", "FILE", "list", "--json"),
    ("config", "list", "--config", "FILE", "--json"),
    ("config", "list", "--json", "--config=FILE"),
    ("--config", "/nowhere.toml", "config", "list", "--json", "--config", "FILE"),
]


@pytest.mark.parametrize("words", PUT_ANYWHERE, ids=" ".join)
def test_global_options_work_anywhere(words: tuple[str, ...], machine: Machine, tmp_path: Path) -> None:
    """A global option means the same before the command, within and behind it; the last one counts."""
    file = tmp_path / "other.toml"
    file.write_text("[order_import]\ninterval_minutes = 42\n", encoding="utf-8")
    done = machine.good(*(word.replace("FILE", str(file)) for word in words))
    found = {one["key"]: one["value"] for one in done.json()["settings"]}
    assert found["order_import.interval_minutes"] == 42


def test_profile_behind_the_command_is_in_its_hints(machine: Machine) -> None:
    """`status --profile second` reads the profile, and the next command names it."""
    machine.good("config", "set", "api.client_key", "c" * 32, "--profile", "second")
    done = machine.run("orders", "show", "M845EA5", "--profile", "second")
    assert "kaufland --profile second orders refresh M845EA5" in done.err


def test_value_is_no_global_option(machine: Machine) -> None:
    """What follows an option that takes a value, or `--`, stays a value."""
    done = machine.run("config", "get", "--", "--debug")
    assert "There is no setting '--debug'" in done.err
    assert machine.run("orders", "list", "--search", "--quiet", "--json").json()["orders"] == []


def test_debug_and_the_version_work_behind_the_command(connected: Machine) -> None:
    """Each step is shown once wherever `--debug` stands; -V shows the version and runs nothing."""
    before = connected.good("--debug", "import-orders").err
    behind = connected.good("import-orders", "--debug").err
    assert "kaufland_cli." in before
    assert "kaufland_cli." in behind
    assert machine_version(connected, "-V") == machine_version(connected, "orders", "erase", "-V")


def machine_version(machine: Machine, *words: str) -> str:
    """Return what the program says to this, which must be its version."""
    text = machine.process(*words).out
    assert text.startswith("kaufland ")
    return text


def test_verbose_says_the_summary_in_a_pipe(connected: Machine) -> None:
    """An import that went well is silent in a pipe; with -v it says its summary, also as a job."""
    connected.more["KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS"] = "true"
    assert connected.good("import-orders").out == ""
    assert "orders" in connected.good("import-orders", "-v").out
    connected.clock.advance(hours=2)
    assert "orders" in connected.good("import-orders", "--scheduled", "--verbose").out
    connected.clock.advance(hours=2)
    assert connected.good("import-orders", "--scheduled").out == ""


@pytest.mark.skipif(sys.platform == "win32", reason="systemd is Linux's")
def test_journal_gets_the_summary(real: Machine, tmp_path: Path) -> None:
    """An import that systemd starts says its summary where the journal collects it, and nothing into another file."""
    real.more["KAUFLAND_ORDER_IMPORT_AUTO_IMPORT_ORDERS"] = "true"
    said = {}
    for name in ("journal", "other"):
        with (tmp_path / name).open("wb") as file:
            found = os.fstat(file.fileno() if name == "journal" else 0)
            journal = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}
            words = [sys.executable, "-m", "kaufland_cli", "import-orders", "--scheduled"]
            done = subprocess.run(words, stdout=file, stderr=subprocess.PIPE, env=real.environ | journal, check=False)
            assert (done.returncode, done.stderr) == (0, b"")
        said[name] = (tmp_path / name).read_text(encoding="utf-8")
        shutil.rmtree(real.data)
    assert "40 orders" in said["journal"].replace("new ", "")
    assert "\x1b" not in said["journal"]
    assert said["other"] == ""


@pytest.mark.long
def test_verbose_says_the_summary_of_every_profile(sellers: Sellers) -> None:
    """With --verbose the import of all profiles shows each one's summary below its name; without it, nothing is shown.

    That it is silent without it, `test_all_profiles_are_imported_in_silence` shows.
    """
    words = ("import-orders", "--scheduled", "--all-profiles")
    said = sellers.machine.run(*words, "--verbose")
    assert said.code == 0, said
    for profile, orders in (("default", 40), ("second", 1)):
        own = said.err.partition(f"Profile {profile}:")[2].partition("Profile ")[0]
        assert re.search(rf"\b{orders}\b.*\border", own), said.err


def test_quiet_leaves_out_remarks_and_keeps_results(connected: Machine) -> None:
    """With -q a change says nothing when it went well; results and errors stay."""
    assert 'ui.locale = "de_DE"' in connected.good("config", "set", "ui.locale", "de_DE").err
    assert connected.good("config", "set", "ui.locale", "de_DE", "-q").err == ""
    assert connected.good("config", "get", "ui.locale", "-q").out == "de_DE\n"
    assert "There is no setting" in connected.run("config", "get", "ui.nothing", "-q").err


def test_n_is_short_for_limit(connected: Machine, simulator: Simulator) -> None:
    """`-n 3` shows three orders."""
    connected.have_imported(simulator)
    assert len(connected.good("orders", "list", "-n", "3").out.splitlines()) == 1 + 3


@pytest.mark.parametrize("name", ["FORCE_COLOR", "CLICOLOR_FORCE"])
def test_colours_can_be_forced(name: str, connected: Machine, simulator: Simulator) -> None:
    """The two variables colour what a pipe gets, but a list stays one line per order with tabs; 0 forces nothing."""
    connected.more[name] = "1"
    assert ESCAPE.search(connected.good("status").out)
    connected.have_imported(simulator)
    assert "\t" in connected.good("orders", "list").out
    connected.more[name] = "0"
    assert not ESCAPE.search(connected.good("status").out)


def test_colour_always_gives_a_pager_the_table(connected: Machine, simulator: Simulator) -> None:
    """`--color always | less -R` shows the table of the terminal, as wide as COLUMNS says."""
    connected.have_imported(simulator)
    connected.more["COLUMNS"] = "100"
    done = connected.good("orders", "list", "--color", "always").out
    plain = [ESCAPE.sub("", line) for line in done.splitlines()]
    assert done != "\n".join(plain)
    assert "\t" not in done
    assert 60 < max(map(len, plain)) <= 100


@pytest.mark.parametrize("words", [("get", "api"), ("set", "api", "x"), ("unset", "monitoring")], ids=" ".join)
def test_section_is_not_its_own_nearest_setting(words: tuple[str, ...], machine: Machine) -> None:
    """Naming a section lists its keys, without a "did you mean"."""
    said = " ".join(machine.run("config", *words).err.split())
    assert f"{words[1]}.client_key" in said or f"{words[1]}.ping_url" in said
    assert "id you mean" not in said
