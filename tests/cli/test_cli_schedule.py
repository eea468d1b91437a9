"""`kaufland schedule`: one entry a profile, proved by one run, and in sync with the settings."""

import io
import os
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from kaufland_cli.app import schedule_job
from kaufland_cli.app.context import Process, Streams
from kaufland_cli.app.schedule_job import Owner
from kaufland_cli.cli.context import CliContext
from kaufland_cli.clock import SystemClock
from kaufland_cli.errors import ScheduleUnusable
from kaufland_cli.order_import import lock
from kaufland_cli.order_import.lock import Holder
from kaufland_cli.scheduling import verification
from kaufland_cli.scheduling.backend import Host
from kaufland_cli.scheduling.cron import Cron
from kaufland_cli.scheduling.runner import SystemRunner
from kaufland_cli.simulator import Simulator
from support.clocks import HeldClock
from support.crontab import OwnCrontab
from support.machine import SECRET, Machine

if sys.platform == "win32":
    pytest.skip("cron is POSIX's", allow_module_level=True)


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
    held, machine.clock = machine.clock, HeldClock(SystemClock().now())  # the server's clock runs
    machine.good(*words, stdin=SECRET)
    machine.clock = held
    return machine


@pytest.fixture
def held(tmp_path: Path, shop: Machine, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Give the same machine for commands in this process, on a clock that stands still and as a user of its own."""
    own = Owner("seller", os.getuid(), os.getgid(), tmp_path / "home")

    def owner(_context: CliContext, _run_as: str | None) -> Owner:
        return own

    monkeypatch.setattr(schedule_job, "owner_of_entry", owner)
    return shop


# --- entering ---


def test_entry_is_proved_by_a_run(shop: Machine, real_simulator: Simulator) -> None:
    """The command is run as cron runs it, without anything of this shell, and imports; then it says done."""
    crontab = OwnCrontab(shop, runs=True)
    crontab.file.write_text(OTHERS, encoding="utf-8")
    real_simulator.clear_requests()
    done = shop.process(*INSTALL)
    assert done.code == 0, done
    assert "verified by a test run" in done.err
    assert real_simulator.requests
    assert shop.store.exists()
    assert crontab.text.startswith(OTHERS)
    assert crontab.text.count("import-orders --scheduled") == 1, "the line for the proof is gone"
    assert f"KAUFLAND_DATA_DIR={shop.data}" in crontab.text
    assert "--profile of-a-test" in crontab.text
    assert SECRET not in crontab.text
    assert crontab.mail == "", "cron has nothing to send"
    assert list(shop.data.rglob("schedule-verification*")) == []


def test_entering_twice_leaves_one(held: Machine) -> None:
    """The second time nothing is changed, and it says so; taking out twice is as good as once."""
    crontab = OwnCrontab(held)
    crontab.file.write_text(OTHERS, encoding="utf-8")
    held.good(*INSTALL, "--no-test-run")
    installed, written = crontab.text, crontab.times_written
    again = held.good(*INSTALL, "--no-test-run")
    assert "Already installed" in again.err
    assert (crontab.text, crontab.times_written) == (installed, written)
    assert held.good(*PROFILE, "schedule", "remove", "--json").json()["removed"]
    assert crontab.text == OTHERS
    gone = held.good(*PROFILE, "schedule", "remove")
    assert "Nothing was installed" in gone.err


def test_profiles_have_their_own_entries(held: Machine) -> None:
    """What one profile enters and removes leaves the other's alone."""
    crontab = OwnCrontab(held)
    held.good(*INSTALL, "--no-test-run")
    first = crontab.text
    second = ("--profile", "of-another-test")
    config = held.config.parent / "profiles" / "of-another-test" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_bytes((held.config.parent / "profiles" / "of-a-test" / "config.toml").read_bytes())
    held.good(*second, "schedule", "install", "--with", "cron", "--no-test-run")
    assert crontab.text.startswith(first)
    assert crontab.text.count("import-orders --scheduled") == 2
    held.good(*second, "schedule", "remove")
    assert crontab.text == first


def test_dry_run_shows_all_and_enters_nothing(held: Machine) -> None:
    """What it shows is what is installed then."""
    crontab = OwnCrontab(held)
    shown = held.good(*INSTALL, "--dry-run").out
    assert crontab.text == ""
    assert not held.data.exists()
    held.good(*INSTALL, "--no-test-run")
    assert shown.strip() == crontab.text.strip()
    assert held.good(*PROFILE, "schedule", "show").out.strip() == crontab.text.strip()


@pytest.mark.parametrize("name", ["systemd", "launchd", "windows"])
def test_others_can_be_looked_at_anywhere(held: Machine, name: str) -> None:
    """A dry run shows the text for a scheduler that is not here, and says that it is not."""
    done = held.good(*PROFILE, "schedule", "install", "--with", name, "--dry-run")
    assert "import-orders" in done.out
    assert "every 15 minutes (profile of-a-test)" in done.out
    if name != "systemd":
        assert f"{name} cannot be used here" in done.err


# --- what stands against it ---


def test_without_auto_import_nothing_is_installed(held: Machine) -> None:
    """Without a terminal it names the command; a person is asked, and the answer is written to the settings."""
    crontab = OwnCrontab(held)
    held.good(*PROFILE, "config", "set", "order_import.auto_import_orders", "false")
    refused = held.run(*INSTALL)
    assert refused.code == 3
    assert "config set order_import.auto_import_orders true" in refused.err
    assert crontab.text == ""
    assert held.run(*INSTALL, "--no-test-run", typed="n\n").code == 3
    assert held.run(*INSTALL, "--no-test-run", typed="y\n").code == 0
    assert held.good(*PROFILE, "config", "get", "order_import.auto_import_orders").out.strip() == "true"
    assert "import-orders --scheduled" in crontab.text


def test_secret_of_this_shell_is_not_enough(held: Machine) -> None:
    """With the secret key only in a variable, nothing is installed, and the way out is named."""
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


def test_credential_of_systemd_needs_systemd(held: Machine) -> None:
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
    said = held.good(*INSTALL, "--no-test-run").err
    assert "KAUFLAND_ORDER_IMPORT_OVERLAP_MINUTES" in said
    assert "config set order_import.overlap_minutes VALUE" in said


def test_root_is_needed_for_the_machine(held: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """--system without root names a command for sudo that finds the program where pipx or uv put it."""
    monkeypatch.setattr("os.getuid", lambda: 4711)
    refused = held.run(*PROFILE, "schedule", "install", "--system")
    assert refused.code == 2
    assert 'sudo "$(command -v kaufland)" ' in refused.err
    assert "--profile of-a-test schedule install --system" in refused.err
    assert held.run(*INSTALL, "--run-as", "anna").code == 2


def test_settings_made_by_sudo_are_roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings in root's home are imported by root; those of the user who called sudo, by that user."""
    pwd = pytest.importorskip("pwd")
    monkeypatch.setattr(os, "getuid", lambda: 0)
    homes = {name: tmp_path / name for name in ("root", "anna")}
    users = {name: pwd.struct_passwd((name, "x", uid, uid, "", str(homes[name]), "")) for uid, name in enumerate(homes)}
    monkeypatch.setattr(pwd, "getpwnam", users.__getitem__)
    monkeypatch.setattr(pwd, "getpwuid", lambda _uid: users["root"])
    environ = {"HOME": str(homes["root"]), "SUDO_USER": "anna"}
    streams = Streams(io.StringIO(), io.StringIO(), io.StringIO())
    context = CliContext(environ, streams, HeldClock(), Process(1, lambda: 0.5))
    assert schedule_job.owner_of_entry(context, None).name == "anna", "nothing is set up yet"
    for name, owner in (("root", "root"), ("anna", "anna")):
        config = homes[name] / ".config" / "kaufland" / "config.toml"
        config.parent.mkdir(parents=True)
        config.touch()
        assert schedule_job.owner_of_entry(context, None).name == owner
    assert schedule_job.owner_of_entry(context, "anna").name == "anna"


# --- the proof ---


def test_run_that_never_comes(held: Machine) -> None:
    """Where cron does not run, it ends with 8 and says what to look at; the entry stays, without the extra line."""
    crontab = OwnCrontab(held)
    begun = held.clock.present
    done = held.run(*INSTALL)
    assert done.code == 8
    assert "No run began within 130 seconds" in done.err
    assert "service cron start" in done.err
    assert 130 <= (held.clock.present - begun).total_seconds() < 135
    assert crontab.text.count("import-orders --scheduled") == 1
    assert list(held.data.rglob("schedule-verification*")) == []


def test_run_that_fails_says_why(held: Machine) -> None:
    """What the run says is said, with its exit code; the entry stays."""
    crontab = OwnCrontab(held, runs=True)
    held.clock.present = SystemClock().now()  # as it is for the run
    (secret,) = held.config.parent.rglob("secret_key")
    secret.write_text("f" * 64, encoding="utf-8")
    done = held.run(*INSTALL)
    assert done.code == 4
    assert "it failed there. The entry stays." in done.err
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
    done = held.run(*INSTALL)
    assert (done.code, "The entry is installed and live" in done.err) == (130, True)
    assert "kaufland --profile of-a-test schedule status" in done.err
    assert seen[0].count("import-orders --scheduled") == 2, "the line for the proof was there"
    assert crontab.text.count("import-orders --scheduled") == 1
    assert list(held.data.rglob("schedule-verification*")) == []


def test_person_sees_the_waiting(held: Machine) -> None:
    """At a terminal a line moves while the run is waited for."""
    OwnCrontab(held)
    assert "Waiting for cron" in held.run(*INSTALL, typed="").err


def test_without_a_daemon_nobody_waits(held: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no cron runs, that is said at once, with exit 8; the entry stays and is not verified."""
    OwnCrontab(held)
    monkeypatch.setattr(Cron, "not_running", lambda _self: "No cron daemon is running")
    begun = held.clock.present
    done = held.run(*INSTALL)
    assert (done.code, "No cron daemon is running" in done.err) == (8, True)
    assert held.clock.present == begun
    status = held.good(*PROFILE, "schedule", "status")
    assert "✓" not in status.out
    assert "not verified: no run has come since it was installed" in status.out


@pytest.mark.parametrize("verify", [True, False])
def test_schedule_stays_not_verified_until_a_run(held: Machine, verify: bool) -> None:
    """Whatever kept the test run away, status and doctor say "not verified" until a scheduled run has come."""
    OwnCrontab(held)
    held.run(*INSTALL, *(() if verify else ("--no-test-run",)))
    for _ in range(2):
        assert held.good(*PROFILE, "schedule", "status", "--json").json()["verified"] is False
        held.clock.advance(days=1)
    (check,) = [one for one in held.run(*PROFILE, "doctor", "--json").json()["checks"] if one["name"] == "schedule"]
    assert (check["state"], "not verified" in check["message"]) == ("warning", True)
    held.run(*PROFILE, "import-orders", "--scheduled")
    assert held.good(*PROFILE, "schedule", "status", "--json").json()["verified"] is True


@pytest.mark.parametrize(("names", "said"), [(["systemd", "bash"], "No cron"), (["systemd", "cron"], ""), ([], "")])
def test_daemon_is_looked_for(tmp_path: Path, names: list[str], said: str) -> None:
    """A process called cron is enough; where no processes can be seen, nothing is claimed."""
    for number, name in enumerate(names, start=1):
        process = tmp_path / "proc" / str(number)
        process.mkdir(parents=True)
        (process / "comm").write_text(f"{name}\n", encoding="utf-8")
    host = Host("linux", 1000, {}, SystemRunner({}), root=tmp_path)
    assert Cron(host).not_running().startswith(said)
    assert bool(Cron(host).not_running()) is bool(said)


# --- in sync with the settings ---


def test_status_shows_the_schedule(held: Machine) -> None:
    """Missing, up to date, another interval, changed by hand, switched off: each is shown, with its fix."""
    crontab = OwnCrontab(held)
    missing = held.run(*PROFILE, "schedule", "status", "--json")
    assert missing.code == 8
    assert missing.json()["installed"] is False
    assert missing.json()["fix"] == "kaufland --profile of-a-test schedule install"
    held.good(*INSTALL, "--no-test-run")
    record = held.good(*PROFILE, "status", "--json").json()["schedule"]
    assert record == {
        "installed": True,
        "with": "cron",
        "every_minutes": 15,
        "in_sync": True,
        "differences": [],
        "fix": "",
        "all_profiles": False,
        "verified": False,
    }
    assert "cron, every 15 minutes" in held.good(*PROFILE, "status").out
    held.good(*PROFILE, "config", "set", "order_import.interval_minutes", "30")
    differing = held.run(*PROFILE, "schedule", "status")
    assert differing.code == 8
    assert "every 15 minutes; the settings say 30" in differing.out
    assert "schedule install --with cron" in held.good(*PROFILE, "status").out
    held.good(*INSTALL, "--no-test-run")
    crontab.file.write_text(crontab.text.replace("/kaufland", "/elsewhere/kaufland"), encoding="utf-8")
    assert "changed by hand" in held.run(*PROFILE, "schedule", "status").out
    held.good(*INSTALL, "--no-test-run")
    held.good(*PROFILE, "config", "set", "order_import.auto_import_orders", "false")
    off = held.run(*PROFILE, "schedule", "status", "--json")
    assert off.code == 8
    assert off.json()["fix"] == "kaufland --profile of-a-test schedule remove"
    held.good(*PROFILE, "schedule", "remove")
    assert held.good(*PROFILE, "schedule", "status", "--json").json()["in_sync"] is True


def test_change_of_the_settings_offers_to_follow(held: Machine) -> None:
    """Without a terminal one line names the command; a person answers, and the entry follows at once."""
    crontab = OwnCrontab(held)
    held.good(*INSTALL, "--no-test-run")
    told = held.good(*PROFILE, "config", "set", "order_import.interval_minutes", "20")
    assert "kaufland --profile of-a-test schedule install --with cron" in told.err
    assert "-59/15" in crontab.text
    words = (*PROFILE, "config", "set", "order_import.interval_minutes", "10")
    assert held.run(*words, typed="n\n").code == 0
    assert held.run(*words, typed="y\n").code == 8, "here cron never runs it"
    assert "-59/10" in crontab.text
    off = held.run(*PROFILE, "config", "set", "order_import.auto_import_orders", "false", typed="y\n")
    assert "Removed" in off.err
    assert crontab.text == ""
    assert "schedule" not in held.good(*PROFILE, "config", "set", "order_import.overlap_minutes", "90").err


def test_folder_name_decides_nothing(held: Machine) -> None:
    """What is offered is what differs: settings in a folder called like a command are followed as all others are."""
    crontab = OwnCrontab(held)
    settings = Path(held.good(*PROFILE, "config", "path").out.strip())
    odd = held.folder / "schedule remove --all-profiles" / "config.toml"
    odd.parent.mkdir()
    odd.write_text(settings.read_text(encoding="utf-8"), encoding="utf-8")
    settings.with_name("secret_key").replace(odd.with_name("secret_key"))
    own = ("--config", str(odd))
    held.good(*own, "schedule", "install", "--with", "cron", "--no-test-run")
    assert "-59/15" in crontab.text
    assert held.run(*own, "config", "set", "order_import.interval_minutes", "10", typed="y\n").code == 8
    assert "-59/10" in crontab.text


def test_scheduler_that_cannot_be_asked_is_not_changed(held: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is not known what is installed, one line says so; nothing is asked, installed or removed."""
    crontab = OwnCrontab(held)
    held.good(*INSTALL, "--no-test-run")
    before = crontab.text

    def unknown(*_arguments: object) -> NoReturn:
        raise ScheduleUnusable("The scheduler does not answer.")

    monkeypatch.setattr("kaufland_cli.app.schedule_state.entries", unknown)
    done = held.run(*PROFILE, "config", "set", "order_import.interval_minutes", "20", typed="")
    assert done.code == 0, done
    assert "Cannot find out" in done.err
    assert crontab.text == before


def test_installed_entry_goes_whatever_the_settings_say(held: Machine) -> None:
    """A settings file that is at fault keeps nobody from looking at the entry and from taking it out."""
    crontab = OwnCrontab(held)
    held.good(*INSTALL, "--no-test-run")
    file = held.good(*PROFILE, "config", "path").out.strip()
    Path(file).write_text("[order_import", encoding="utf-8")
    assert held.run(*PROFILE, "status").code == 3
    assert "import-orders --scheduled" in held.good(*PROFILE, "schedule", "show").out
    held.good(*PROFILE, "schedule", "remove")
    assert crontab.text == ""


def test_entry_for_all_profiles(held: Machine) -> None:
    """It replaces those of single profiles, runs as often as the hastiest wants, and counts for each of them."""
    crontab = OwnCrontab(held)
    held.good(*INSTALL, "--no-test-run")
    said = " ".join(held.good(*INSTALL, "--no-test-run", "--all-profiles").err.split())
    assert "Installed: crontab of seller (all profiles) Removed: crontab of seller (profile of-a-test)" in said
    assert crontab.text.count("import-orders --scheduled") == 1
    assert "import-orders --scheduled --all-profiles" in crontab.text
    assert f"KAUFLAND_CONFIG={held.config}" in crontab.text
    record = held.good(*PROFILE, "status", "--json").json()["schedule"]
    assert record["all_profiles"] is True
    assert record["in_sync"] is True, record
    held.good(*PROFILE, "config", "set", "order_import.interval_minutes", "5")
    assert "--all-profiles" in held.run(*PROFILE, "schedule", "status", "--json").json()["fix"]
    assert "remove --all-profiles" in held.good(*PROFILE, "schedule", "remove").err
    refused = held.run(*INSTALL, "--no-test-run")
    assert refused.code == 2
    assert "kaufland --profile of-a-test schedule remove --all-profiles" in refused.err
    assert crontab.text.count("import-orders --scheduled") == 1
    shared = crontab.text
    held.good(*PROFILE, "schedule", "remove", "--all-profiles")
    assert crontab.text == ""
    held.good(*INSTALL, "--no-test-run")
    crontab.file.write_text(crontab.text + shared, encoding="utf-8")
    twice = held.run(*PROFILE, "schedule", "status", "--json").json()
    assert twice["fix"] == "kaufland --profile of-a-test schedule install --all-profiles"
    held.good(*INSTALL, "--no-test-run", "--all-profiles")
    assert held.good(*PROFILE, "schedule", "status", "--json").json()["differences"] == []
    assert crontab.text.count("import-orders --scheduled") == 1


def two_profiles(held: Machine, *, second: str = "") -> Path:
    """Add a second profile next to that of the tests; return its settings file."""
    first = held.config.parent / "profiles" / "of-a-test" / "config.toml"
    config = held.config.parent / "profiles" / "of-another-test" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(first.read_text(encoding="utf-8") + second, encoding="utf-8")
    return config


def test_entries_side_by_side_are_fixed_by_the_named_command(held: Machine) -> None:
    """A job for all profiles next to one of a single profile: the fix in status leaves one, up to date."""
    crontab = OwnCrontab(held)
    held.good(*INSTALL, "--no-test-run")
    alone = crontab.text
    held.good(*INSTALL, "--no-test-run", "--all-profiles")
    crontab.file.write_text(crontab.text + alone, encoding="utf-8")
    assert crontab.text.count("import-orders --scheduled") == 2
    twice = held.run(*PROFILE, "schedule", "status", "--json")
    assert twice.code == 8
    fix = twice.json()["fix"].split()
    assert fix[0] == "kaufland"
    held.good(*fix[1:], "--with", "cron", "--no-test-run")
    assert crontab.text.count("import-orders --scheduled") == 1
    held.good(*PROFILE, "schedule", "status")


def test_profile_without_auto_import_does_not_mind_the_entry_for_all(held: Machine) -> None:
    """Its interval counts for nothing; where no profile imports any more, the entry is to be removed, and is."""
    crontab = OwnCrontab(held)
    two_profiles(held)
    second = ("--profile", "of-another-test")
    held.good(*INSTALL, "--no-test-run", "--all-profiles")
    held.good(*second, "config", "set", "order_import.interval_minutes", "5")
    assert held.run(*second, "schedule", "status").code == 8
    held.good(*second, "config", "set", "order_import.auto_import_orders", "false")
    assert held.good(*second, "schedule", "status", "--json").json()["in_sync"] is True
    off = held.run(*PROFILE, "config", "set", "order_import.auto_import_orders", "false", typed="n\n")
    assert "kaufland --profile of-a-test schedule remove --all-profiles" in off.err
    assert held.run(*PROFILE, "schedule", "status").code == 8
    held.run(*PROFILE, "config", "set", "order_import.auto_import_orders", "false", typed="y\n")
    assert crontab.text == ""


def test_systemd_unit_for_all_profiles_has_what_each_of_them_needs(held: Machine) -> None:
    """Whichever profile enters it, the folders of all are open to it; encrypted credentials cannot be."""
    OwnCrontab(held)
    two_profiles(held, second='[monitoring]\nprometheus_file = "/srv/metrics/two.prom"\n')
    words = ("schedule", "install", "--with", "systemd", "--system", "--all-profiles", "--dry-run")
    texts = {held.good("--profile", name, *words).out for name in ("of-a-test", "of-another-test")}
    assert len(texts) == 1, "the same whoever enters it"
    assert "ReadWritePaths=/srv/metrics\n" in texts.pop()
    for name in ("of-a-test", "of-another-test"):
        held.good("--profile", name, "config", "set", "secret.store", "systemd")
    refused = held.run(*PROFILE, *words)
    assert refused.code == 8
    assert "would be given that of one of them" in " ".join(refused.err.split())
    assert "--profile NAME schedule install --with systemd --system" in refused.err


def test_import_by_hand_is_no_proof(held: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """While somebody else imports, the proof waits; afterwards the scheduler has its full time again."""
    OwnCrontab(held)
    begun = held.clock.present
    busy: list[int] = []

    def running(_store: Path) -> Holder | None:
        busy.append(1)
        return Holder(1, "", "") if len(busy) < 10 else None

    monkeypatch.setattr(lock, "running_import", running)
    assert held.run(*INSTALL).code == 8
    assert (held.clock.present - begun).total_seconds() > 2 * 130


def test_run_that_has_begun_is_waited_for(held: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows the import, as pushing sales orders, holds no lock and may take longer than a run has to begin."""
    OwnCrontab(held)
    place, pause = held.data / "of-a-test", held.clock.sleep
    begun = held.clock.present

    def passing(seconds: float) -> None:
        pause(seconds)
        token = verification.asked(place, held.clock.now())
        waited = (held.clock.present - begun).total_seconds()
        if token is not None and waited > 400:
            verification.answer(place, token, verification.VerificationAnswer(0, ""))
        elif token is not None and waited > 60:
            verification.begin(place, token)

    monkeypatch.setattr(held.clock, "sleep", passing)
    assert "verified by a test run" in held.good(*INSTALL).err


def test_entry_for_all_profiles_is_none_for_a_separate_file(held: Machine) -> None:
    """Settings named by --config are no profile's: nothing starts their import yet, and that is what is said."""
    OwnCrontab(held)
    held.good(*INSTALL, "--no-test-run", "--all-profiles")
    own = held.folder / "own.toml"
    own.write_text(f'[api]\nclient_key = "{"c" * 32}"\n[order_import]\nauto_import_orders = true\n', encoding="utf-8")
    record = held.run("--config", str(own), "schedule", "status", "--json").json()
    assert record["differences"] == ["Auto import is on, but no scheduler runs imports."]
    assert record["fix"] == f"kaufland --config {own} schedule install"


def test_entry_for_another_settings_file_is_not_replaced_in_silence(held: Machine) -> None:
    """SecretKind imports end by that is said; entering the same again says nothing of the kind."""
    crontab = OwnCrontab(held)
    own = held.folder / "own.toml"
    first = held.config.parent / "profiles" / "of-a-test" / "config.toml"
    own.write_text(first.read_text(encoding="utf-8"), encoding="utf-8")
    own.with_name("secret_key").write_bytes(first.with_name("secret_key").read_bytes())
    own.with_name("secret_key").chmod(0o600)
    words = ("schedule", "install", "--with", "cron", "--no-test-run")
    assert "another settings file" not in held.good(*PROFILE, *words).err
    assert "another settings file" not in held.good(*PROFILE, *words).err
    assert "another settings file" in held.good("--config", str(own), *PROFILE, *words).err
    assert str(own) in crontab.text
    assert "another settings file" not in held.good("--config", str(own), *PROFILE, *words).err
    assert "another settings file" in held.good(*PROFILE, *words).err


def test_doctor_knows_a_secret_of_the_unit_alone(held: Machine, tmp_path: Path) -> None:
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
