"""`kaufland schedule`: one entry a profile, proved by one run, and in line with the settings."""

import os
import sys
from pathlib import Path

import pytest

from cli_helpers import SECRET, Machine
from crontab_helpers import OwnCrontab
from kaufland_cli.cli import schedule_job
from kaufland_cli.cli.schedule_job import Owner
from kaufland_cli.cli.session import Session
from kaufland_cli.simulator import Simulator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="cron is POSIX's")

# Of its own, so that a schedule of whoever runs the tests is never looked at.
PROFILE = ("--profile", "of-a-test")
INSTALL = (*PROFILE, "schedule", "install", "--with", "cron")
OTHERS = "MAILTO=anna@example.com\n5 4 * * * /usr/bin/backup\n"


@pytest.fixture
def shop(tmp_path: Path, real_simulator: Simulator) -> Machine:
    """Give a machine that is set up, with its secret key in a file and nothing in the environment."""
    machine = Machine(tmp_path / "machine")
    return set_up(machine, real_simulator)


def set_up(machine: Machine, simulator: Simulator, *more: str) -> Machine:
    """Set up the profile of the tests."""
    keys = ("--client-key", simulator.client_key, "--base-url", simulator.base_url, "--auto-import-orders")
    words = (*PROFILE, "setup", "--no-input", *keys, "--secret-store", "file", "--secret-stdin", *more)
    done = machine.process(*words, stdin=SECRET.encode())
    assert done.code == 0, done
    return machine


@pytest.fixture
def held(tmp_path: Path, shop: Machine, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Give the same machine for commands in this process, on a clock that stands still and as a user of its own."""
    own = Owner("seller", os.getuid(), os.getgid(), tmp_path / "home")

    def owner(_session: Session, _run_as: str | None) -> Owner:
        return own

    monkeypatch.setattr(schedule_job, "owner_of_entry", owner)
    return shop


# --- entering ---


def test_an_entry_is_proved_by_a_run(shop: Machine, real_simulator: Simulator) -> None:
    """The command is run as cron runs it, without anything of this shell, and imports; then it says done."""
    crontab = OwnCrontab(shop, runs=True)
    crontab.file.write_text(OTHERS, encoding="utf-8")
    real_simulator.clear_requests()
    done = shop.process(*INSTALL)
    assert done.code == 0, done
    assert "one run there has proved it" in done.err
    assert real_simulator.requests
    assert shop.store.exists()
    assert crontab.text.startswith(OTHERS)
    assert crontab.text.count("import-orders --scheduled") == 1, "the line for the proof is gone"
    assert f"KAUFLAND_DATA_DIR={shop.data}" in crontab.text
    assert "--profile of-a-test" in crontab.text
    assert SECRET not in crontab.text
    assert crontab.mail == "", "cron has nothing to send"
    assert list(shop.data.rglob("schedule-proof*")) == []


def test_entering_twice_leaves_one(shop: Machine) -> None:
    """The second time nothing is changed, and it says so; taking out twice is as good as once."""
    crontab = OwnCrontab(shop)
    crontab.file.write_text(OTHERS, encoding="utf-8")
    assert shop.process(*INSTALL, "--no-proof").code == 0
    entered, written = crontab.text, crontab.times_written
    again = shop.process(*INSTALL, "--no-proof")
    assert "entered already" in again.err
    assert (crontab.text, crontab.times_written) == (entered, written)
    assert shop.process(*PROFILE, "schedule", "remove", "--json").json()["taken_out"]
    assert crontab.text == OTHERS
    gone = shop.process(*PROFILE, "schedule", "remove")
    assert gone.code == 0
    assert "Nothing was entered" in gone.err


def test_profiles_have_entries_of_their_own(shop: Machine) -> None:
    """What one profile enters and takes out leaves the other's alone."""
    crontab = OwnCrontab(shop)
    shop.process(*INSTALL, "--no-proof")
    first = crontab.text
    second = ("--profile", "of-another-test")
    config = shop.config.parent / "profiles" / "of-another-test" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_bytes((shop.config.parent / "profiles" / "of-a-test" / "config.toml").read_bytes())
    assert shop.process(*second, "schedule", "install", "--with", "cron", "--no-proof").code == 0
    assert crontab.text.startswith(first)
    assert crontab.text.count("import-orders --scheduled") == 2
    shop.process(*second, "schedule", "remove")
    assert crontab.text == first


def test_a_dry_run_shows_all_and_enters_nothing(shop: Machine) -> None:
    """What it shows is what is entered then."""
    crontab = OwnCrontab(shop)
    shown = shop.process(*INSTALL, "--dry-run").out
    assert crontab.text == ""
    assert not shop.data.exists()
    shop.process(*INSTALL, "--no-proof")
    assert shown.strip() == crontab.text.strip()
    assert shop.process(*PROFILE, "schedule", "show").out.strip() == crontab.text.strip()


@pytest.mark.parametrize("name", ["systemd", "launchd", "windows"])
def test_the_others_can_be_looked_at_anywhere(held: Machine, name: str) -> None:
    """A dry run shows the text for a scheduler that is not here, and says that it is not."""
    done = held.good(*PROFILE, "schedule", "install", "--with", name, "--dry-run")
    assert "import-orders" in done.out
    assert "every 15 minutes (profile of-a-test)" in done.out
    if name != "systemd":
        assert f"{name} cannot be used here" in done.err


# --- what stands against it ---


def test_without_auto_import_nothing_is_entered(held: Machine) -> None:
    """Without a terminal it names the command; a person is asked, and the answer is written to the settings."""
    crontab = OwnCrontab(held)
    held.good(*PROFILE, "config", "set", "order_import.auto_import_orders", "false")
    refused = held.run(*INSTALL)
    assert refused.code == 3
    assert "config set order_import.auto_import_orders true" in refused.err
    assert crontab.text == ""
    assert held.run(*INSTALL, "--no-proof", typed="n\n").code == 3
    assert held.run(*INSTALL, "--no-proof", typed="y\n").code == 0
    assert held.good(*PROFILE, "config", "get", "order_import.auto_import_orders").out.strip() == "true"
    assert "import-orders --scheduled" in crontab.text


def test_a_secret_of_this_shell_is_not_enough(held: Machine) -> None:
    """With the secret key only in a variable, nothing is entered, and the way out is named."""
    crontab = OwnCrontab(held)
    (secret,) = held.config.parent.rglob("secret_key")
    secret.unlink()
    held.more["KAUFLAND_SECRET_KEY"] = SECRET
    refused = held.run(*INSTALL)
    assert refused.code == 3
    assert "only in the variable KAUFLAND_SECRET_KEY" in refused.err
    assert "secret set" in refused.err
    held.good(*PROFILE, "config", "set", "secret.store", "env")
    assert "--secret-store file" in held.run(*INSTALL).err
    assert crontab.text == ""


def test_a_credential_of_systemd_needs_systemd(held: Machine) -> None:
    """With secret.store = systemd cron is refused, with the command that works."""
    OwnCrontab(held)
    held.good(*PROFILE, "config", "set", "secret.store", "systemd")
    assert "no encrypted secret key at" in held.run(*INSTALL).err
    (secret,) = held.config.parent.rglob("secret_key")
    secret.with_name("secret_key.cred").touch()
    refused = held.run(*INSTALL)
    assert refused.code == 8
    assert "only systemd hands one over" in " ".join(refused.err.split())
    assert "schedule install --with systemd --system" in refused.err


def test_variables_of_this_shell_are_named(held: Machine) -> None:
    """A setting that only this shell has is not carried over: it says which, and how to keep it."""
    OwnCrontab(held)
    held.more["KAUFLAND_ORDER_IMPORT_OVERLAP_MINUTES"] = "120"
    said = held.good(*INSTALL, "--no-proof").err
    assert "KAUFLAND_ORDER_IMPORT_OVERLAP_MINUTES" in said
    assert "config set order_import.overlap_minutes VALUE" in said


def test_root_is_needed_for_the_machine(held: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """--system without root names the command with sudo and the program's whole path."""
    monkeypatch.setattr("os.getuid", lambda: 4711)
    refused = held.run(*PROFILE, "schedule", "install", "--system")
    assert refused.code == 2
    assert "sudo /" in refused.err
    assert "--profile of-a-test schedule install --system" in refused.err
    assert held.run(*INSTALL, "--run-as", "anna").code == 2


# --- the proof ---


def test_a_run_that_never_comes(held: Machine) -> None:
    """Where cron does not run, it ends with 8 and says what to look at; the entry stays, without the extra line."""
    crontab = OwnCrontab(held)
    begun = held.clock.present
    done = held.run(*INSTALL)
    assert done.code == 8
    assert "No run began within 130 seconds" in done.err
    assert "service cron start" in done.err
    assert 130 <= (held.clock.present - begun).total_seconds() < 135
    assert crontab.text.count("import-orders --scheduled") == 1
    assert list(held.data.rglob("schedule-proof*")) == []


def test_a_run_that_fails_says_why(shop: Machine) -> None:
    """What the run says is said, with its exit code; the entry stays."""
    crontab = OwnCrontab(shop, runs=True)
    (secret,) = shop.config.parent.rglob("secret_key")
    secret.write_text("f" * 64, encoding="utf-8")
    done = shop.process(*INSTALL)
    assert done.code == 4
    assert "there it failed. The entry stays." in done.err
    assert "Compare both keys with the seller portal" in done.err
    assert crontab.text.count("import-orders --scheduled") == 1


def test_ctrl_c_leaves_no_line_behind(held: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever stops waiting finds the entry without the line for every minute, and no question."""
    crontab = OwnCrontab(held)
    seen: list[str] = []

    def interrupted(_seconds: float) -> None:
        seen.append(crontab.text)
        raise KeyboardInterrupt

    monkeypatch.setattr(held.clock, "sleep", interrupted)
    assert held.run(*INSTALL).code == 130
    assert seen[0].count("import-orders --scheduled") == 2, "the line for the proof was there"
    assert crontab.text.count("import-orders --scheduled") == 1
    assert list(held.data.rglob("schedule-proof*")) == []


def test_a_person_sees_the_waiting(held: Machine) -> None:
    """At a terminal a line moves while the run is waited for."""
    OwnCrontab(held)
    assert "Waiting for cron" in held.run(*INSTALL, typed="").err


# --- in line with the settings ---


def test_status_says_how_it_stands(held: Machine) -> None:
    """Missing, in line, another interval, changed by hand, switched off: each is said, with what mends it."""
    crontab = OwnCrontab(held)
    missing = held.run(*PROFILE, "schedule", "status", "--json")
    assert missing.code == 8
    assert missing.json()["installed"] is False
    assert missing.json()["mend"] == "kaufland --profile of-a-test schedule install"
    held.good(*INSTALL, "--no-proof")
    record = held.good(*PROFILE, "status", "--json").json()["schedule"]
    assert record == {
        "installed": True,
        "with": "cron",
        "every_minutes": 15,
        "in_line": True,
        "differences": [],
        "mend": "",
        "all_profiles": False,
    }
    assert "cron, every 15 minutes" in held.good(*PROFILE, "status").out
    held.good(*PROFILE, "config", "set", "order_import.interval_minutes", "30")
    differing = held.run(*PROFILE, "schedule", "status")
    assert differing.code == 8
    assert "every 15 minutes; the settings say 30" in differing.out
    assert "schedule install --with cron" in held.good(*PROFILE, "status").out
    held.good(*INSTALL, "--no-proof")
    crontab.file.write_text(crontab.text.replace("/kaufland", "/elsewhere/kaufland"), encoding="utf-8")
    assert "changed by hand" in held.run(*PROFILE, "schedule", "status").out
    held.good(*INSTALL, "--no-proof")
    held.good(*PROFILE, "config", "set", "order_import.auto_import_orders", "false")
    off = held.run(*PROFILE, "schedule", "status", "--json")
    assert off.code == 8
    assert off.json()["mend"] == "kaufland --profile of-a-test schedule remove"
    held.good(*PROFILE, "schedule", "remove")
    assert held.good(*PROFILE, "schedule", "status", "--json").json()["in_line"] is True


def test_a_change_of_the_settings_offers_to_follow(held: Machine) -> None:
    """Without a terminal one line names the command; a person answers, and the entry follows at once."""
    crontab = OwnCrontab(held)
    held.good(*INSTALL, "--no-proof")
    told = held.good(*PROFILE, "config", "set", "order_import.interval_minutes", "20")
    assert "kaufland --profile of-a-test schedule install --with cron" in told.err
    assert "-59/15" in crontab.text
    words = (*PROFILE, "config", "set", "order_import.interval_minutes", "10")
    assert held.run(*words, typed="n\n").code == 0
    assert held.run(*words, typed="y\n").code == 8, "here cron never runs it"
    assert "-59/10" in crontab.text
    off = held.run(*PROFILE, "config", "set", "order_import.auto_import_orders", "false", typed="y\n")
    assert "Taken out" in off.err
    assert crontab.text == ""
    assert "schedule" not in held.good(*PROFILE, "config", "set", "order_import.overlap_minutes", "90").err


def test_one_entry_for_all_profiles(held: Machine) -> None:
    """It replaces those of single profiles, runs as often as the hastiest wants, and counts for each of them."""
    crontab = OwnCrontab(held)
    held.good(*INSTALL, "--no-proof")
    held.good(*INSTALL, "--no-proof", "--all-profiles")
    assert crontab.text.count("import-orders --scheduled") == 1
    assert "import-orders --scheduled --all-profiles" in crontab.text
    assert f"KAUFLAND_CONFIG={held.config}" in crontab.text
    record = held.good(*PROFILE, "status", "--json").json()["schedule"]
    assert record["all_profiles"] is True
    assert record["in_line"] is True, record
    held.good(*PROFILE, "config", "set", "order_import.interval_minutes", "5")
    assert "--all-profiles" in held.run(*PROFILE, "schedule", "status", "--json").json()["mend"]
    assert "remove --all-profiles" in held.good(*PROFILE, "schedule", "remove").err
    held.good(*PROFILE, "schedule", "remove", "--all-profiles")
    assert crontab.text == ""


def test_the_doctor_knows_a_secret_of_the_unit_alone(held: Machine, tmp_path: Path) -> None:
    """What this user cannot open is no fault where systemd gives it to the import; without such an entry it is one."""
    OwnCrontab(held)
    held.good(*PROFILE, "config", "set", "secret.store", "systemd")
    (secret,) = held.config.parent.rglob("secret_key")
    secret.with_name("secret_key.cred").write_text("not to be opened", encoding="utf-8")

    def states() -> tuple[str, str]:
        checks = {one["name"]: one["state"] for one in held.run(*PROFILE, "doctor", "--json").json()["checks"]}
        return checks["secret key"], checks["secret key of jobs"]

    assert states() == ("failed", "failed")
    unit = tmp_path / "home" / ".config" / "systemd" / "user" / "kaufland-import-of-a-test.service"
    unit.parent.mkdir(parents=True)
    unit.write_text(f"[Service]\nLoadCredentialEncrypted=kaufland-secret-key:{secret}.cred\n", encoding="utf-8")
    assert states() == ("skipped", "ok")
