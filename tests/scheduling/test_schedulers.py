"""What the schedulers ask of the system, and what they make of its answers."""

from dataclasses import replace
from pathlib import Path

import pytest

from kaufland_cli.errors import ScheduleUnusable
from kaufland_cli.scheduling.backend import Host
from kaufland_cli.scheduling.cron import Cron, block
from kaufland_cli.scheduling.launchd import Launchd
from kaufland_cli.scheduling.plan import SchedulePlan
from kaufland_cli.scheduling.runner import NOT_THERE, TOO_LONG, CompletedCommand, SystemRunner
from kaufland_cli.scheduling.schedulers import all_installed, choose, why_no_mail
from kaufland_cli.scheduling.systemd import Systemd
from support.schedule_samples import MISSING, PLAN, TARGET, Commands, for_system, host_of


def at_home(plan: SchedulePlan, home: Path) -> SchedulePlan:
    """Return the plan of a user whose home is there."""
    return replace(plan, target=replace(plan.target, home=home))


def booted(root: Path, commands: Commands) -> Host:
    """Return a machine on which systemd runs."""
    (root / "run/systemd/system").mkdir(parents=True)
    return host_of(root, commands)


# --- systemd ---


@pytest.mark.parametrize(
    "said", [b"ActiveState=inactive\nUnitFileState=enabled\n", b"ActiveState=active\nUnitFileState=disabled\n"]
)
def test_timer_that_is_switched_off_is_not_as_planned(said: bytes, tmp_path: Path) -> None:
    """One that was stopped, or is gone after the next start of the machine, differs; entering it again fixes that."""
    commands = Commands()
    systemd = Systemd(booted(tmp_path, commands))
    plan = at_home(PLAN, tmp_path / "home")
    systemd.install(plan)
    installed = systemd.installed(plan.target)
    assert installed is not None
    commands.answers["systemctl --user show kaufland-import.timer"] = CompletedCommand(0, said)
    assert not systemd.is_current(plan, installed)


def test_timer_is_installed_and_removed(tmp_path: Path) -> None:
    """Both units are written, the timer is made known, enabled and started; taking out leaves nothing."""
    commands = Commands()
    systemd = Systemd(booted(tmp_path, commands))
    plan = at_home(PLAN, tmp_path / "home")
    assert systemd.why_not(system=False) == ""
    systemd.install(plan)
    assert commands.ran[-3:] == [
        "systemctl --user daemon-reload",
        "systemctl --user enable kaufland-import.timer",
        "systemctl --user restart kaufland-import.timer",
    ]
    assert commands.ran[-3:] == systemd.commands(plan)
    installed = systemd.installed(plan.target)
    assert installed is not None
    assert installed.every_minutes == 15
    assert systemd.is_current(plan, installed)
    assert not systemd.is_current(replace(plan, command=("/elsewhere/kaufland",)), installed)
    folder = plan.target.home / ".config/systemd/user"
    wants = folder / "timers.target.wants"
    wants.mkdir()
    (wants / "kaufland-import.timer").symlink_to(folder / "kaufland-import.timer")
    systemd.remove(plan.target)
    assert systemd.installed(plan.target) is None
    assert [path for path in folder.rglob("*") if not path.is_dir()] == []
    ran = len(commands.ran)
    systemd.remove(plan.target)
    assert len(commands.ran) == ran, "where nothing is installed nothing is asked"


def test_machines_units_are_the_machines_affair(tmp_path: Path) -> None:
    """With --system root's systemctl is asked; a user's entry is dealt with as that user when root does it."""
    commands = Commands()
    host = replace(booted(tmp_path, commands), as_owner=("runuser", "-u", "anna", "--"))
    systemd = Systemd(host)
    plan = for_system(PLAN)
    systemd.install(plan)
    assert (tmp_path / "etc/systemd/system/kaufland-import-anna.timer").exists()
    assert commands.ran[-1] == "systemctl restart kaufland-import-anna.timer"
    systemd.start(plan)
    assert commands.ran[-1] == "systemctl start --no-block kaufland-import-anna.service"
    Systemd(host).start(at_home(PLAN, tmp_path))
    assert commands.ran[-1] == "runuser -u anna -- systemctl --user start --no-block kaufland-import.service"


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (b"ActiveState=failed\nResult=exit-code\nExecMainStatus=226\n", "exit code 226"),
        (b"ActiveState=failed\nResult=exit-code\nExecMainStatus=3\n", ""),
        (b"ActiveState=activating\nResult=success\nExecMainStatus=0\n", ""),
        (b"", ""),
    ],
)
def test_failure_before_the_command_is_reported(tmp_path: Path, shown: bytes, said: str) -> None:
    """Namespaces, a missing program or credential fail with codes of systemd's own; ours are for the run to tell."""
    systemd = Systemd(booted(tmp_path, Commands({"systemctl --user show": CompletedCommand(0, shown)})))
    found = systemd.trouble(TARGET)
    assert said in found
    assert bool(found) is bool(said)


def test_timer_of_a_user_ends_with_the_login(tmp_path: Path) -> None:
    """Without lingering it is said, with the command; with it, or for the whole machine, there is nothing to say."""
    systemd = Systemd(booted(tmp_path, Commands()))
    assert "loginctl enable-linger anna" in " ".join(map(str, systemd.notes(TARGET)))
    assert systemd.notes(replace(TARGET, system=True)) == []
    linger = tmp_path / "var/lib/systemd/linger"
    linger.mkdir(parents=True)
    (linger / "anna").touch()
    assert systemd.notes(TARGET) == []


@pytest.mark.parametrize(
    ("version", "fits"),
    [(b"systemd 252 (252.1)", False), (b"systemd 257 (257.4)", False), (b"systemd 258 (258.1)", True), (b"", False)],
)
def test_encrypted_credentials_need_a_new_systemd(tmp_path: Path, version: bytes, fits: bool) -> None:
    """A user's own unit has them from version 258 on, the machine's always."""
    systemd = Systemd(booted(tmp_path, Commands({"systemctl --version": CompletedCommand(0, version)})))
    assert (systemd.why_no_credentials(system=False, users_from=258) == "") is fits
    assert systemd.why_no_credentials(system=True, users_from=258) == ""


def test_next_run_is_what_systemd_says(tmp_path: Path) -> None:
    """The moment comes from the timer, in UTC; a form that is not known stays, and an inactive timer is named so."""
    shown = b"NextElapseUSecRealtime=Tue 2026-11-24 15:45:11 UTC\nActiveState=active\n"
    commands = Commands({"systemctl --user show": CompletedCommand(0, shown)})
    systemd = Systemd(booted(tmp_path, commands))
    assert systemd.next_run(TARGET) == "2026-11-24T15:45:11Z"
    elsewhere = b"NextElapseUSecRealtime=Tue 2026-11-24 16:45:11 CET\nActiveState=active\n"
    commands.answers["systemctl --user show"] = CompletedCommand(0, elsewhere)
    assert systemd.next_run(TARGET) == "Tue 2026-11-24 16:45:11 CET"
    commands.answers["systemctl --user show"] = CompletedCommand(0, b"ActiveState=inactive\n")
    assert systemd.next_run(TARGET) == "the timer is not active"
    commands.answers["systemctl --user show"] = CompletedCommand(1, b"")
    assert systemd.next_run(TARGET) == "", "who may not ask is told nothing wrong"


def test_refusal_of_systemd_is_an_error(tmp_path: Path) -> None:
    """A command that fails is named with its last words."""
    commands = Commands({"systemctl --user enable": CompletedCommand(1, err=b"Failed to enable unit: no room\n")})
    with pytest.raises(ScheduleUnusable, match="no room"):
        Systemd(booted(tmp_path, commands)).install(at_home(PLAN, tmp_path))


# --- cron ---


def cron(tmp_path: Path, commands: Commands) -> Cron:
    """Return cron on a machine that has a program crontab."""
    program = tmp_path / "crontab"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    host = host_of(tmp_path, commands)
    return Cron(replace(host, environ={"PATH": str(tmp_path)}))


def test_crontab_that_cannot_be_read_is_never_written() -> None:
    """Only where cron says that there is none does it count as empty; any other failure stops."""
    for said in (b"no crontab for anna\n", b"crontab: can't open 'anna': No such file or directory\n"):
        commands = Commands({"crontab -l": CompletedCommand(1, err=said)})
        with pytest.raises(
            ScheduleUnusable, match="reading it back gives something else"
        ):  # nobody kept what was written
            Cron(host_of(Path("/"), commands)).install(PLAN)
        assert commands.ran == ["crontab -l", "crontab -", "crontab -l"]
    for ran in (
        CompletedCommand(1, err=b"You (anna) are not allowed to use this program (crontab)"),
        CompletedCommand(TOO_LONG),
        MISSING,
    ):
        commands = Commands({"crontab -l": ran})
        with pytest.raises(ScheduleUnusable, match=r"Reading the crontab"):
            Cron(host_of(Path("/"), commands)).install(PLAN)
        assert commands.ran == ["crontab -l"]


def test_unreadable_crontab_has_no_entry(tmp_path: Path) -> None:
    """Looking whether something is installed never fails."""
    commands = Commands(
        {"crontab -l": CompletedCommand(1, err=b"You (anna) are not allowed to use this program (crontab)")}
    )
    assert cron(tmp_path, commands).installed(TARGET) is None
    assert Cron(host_of(tmp_path, Commands())).installed(TARGET) is None


def test_crontab_is_looked_at_once_and_read_again_before_it_changes(tmp_path: Path) -> None:
    """Several entries are found by one look; whatever changes it begins with what is there at that moment."""
    commands = Commands({"crontab -l": CompletedCommand(0, block(PLAN).encode())})
    looking = cron(tmp_path, commands)
    every = replace(TARGET, all_profiles=True)
    assert [looking.installed(target) is not None for target in (TARGET, every, TARGET)] == [True, False, True]
    assert commands.ran == ["crontab -l"]
    with pytest.raises(ScheduleUnusable, match="reading it back gives something else"):
        looking.remove(TARGET)
    assert commands.ran == ["crontab -l", "crontab -l", "crontab -", "crontab -l"]
    assert looking.installed(TARGET) is not None
    assert commands.ran[-1:] == ["crontab -l"]
    assert len(commands.ran) == 5, "what was written is looked at again"


def test_file_for_the_whole_machine(tmp_path: Path) -> None:
    """With --system it is a file in /etc/cron.d, which comes, changes for the proof, and goes."""
    (tmp_path / "etc/cron.d").mkdir(parents=True)
    commands, plan = Commands(), for_system(PLAN)
    one = cron(tmp_path, commands)
    one.install(plan)
    file = tmp_path / "etc/cron.d/kaufland-import-anna"
    text = file.read_text(encoding="utf-8")
    assert file.stat().st_mode & 0o777 == 0o644
    one.start(plan)
    assert "* * * * * anna " in file.read_text(encoding="utf-8")
    one.end(plan)
    assert file.read_text(encoding="utf-8") == text
    installed = one.installed(plan.target)
    assert installed is not None
    assert one.is_current(plan, installed)
    one.remove(plan.target)
    assert list(file.parent.iterdir()) == []
    assert commands.ran == []


# --- launchd ---


def test_agent_is_installed_and_removed(tmp_path: Path) -> None:
    """An earlier one is removed of launchd before the new one comes in, and it is started by its name."""
    commands = Commands()
    launchd = Launchd(host_of(tmp_path, commands, "darwin"))
    plan = at_home(PLAN, tmp_path / "home")
    launchd.install(plan)
    file = plan.target.home / "Library/LaunchAgents/kaufland-import.plist"
    assert commands.ran == ["launchctl bootout gui/1000/kaufland-import", f"launchctl bootstrap gui/1000 {file}"]
    assert commands.ran == launchd.commands(plan)
    launchd.start(plan)
    assert commands.ran[-1] == "launchctl kickstart gui/1000/kaufland-import"
    installed = launchd.installed(plan.target)
    assert installed is not None
    assert installed.every_minutes == 15
    assert launchd.is_current(plan, installed)
    launchd.remove(plan.target)
    assert launchd.installed(plan.target) is None
    daemon = for_system(plan)
    launchd.install(daemon)
    daemon_file = tmp_path / "Library/LaunchDaemons/kaufland-import-anna.plist"
    assert commands.ran[-1] == f"launchctl bootstrap system {daemon_file}"


# --- choosing ---


def test_best_one_present_is_chosen(tmp_path: Path) -> None:
    """Systemd where it runs for this user, else cron; on a Mac launchd; on Windows its own."""
    commands = Commands()
    host = booted(tmp_path, commands)
    assert choose(host, None, system=False).name == "systemd"
    commands.answers["systemctl --user show-environment"] = CompletedCommand(1, err=b"Failed to connect to bus")
    program = tmp_path / "crontab"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    assert choose(replace(host, environ={"PATH": str(tmp_path)}), None, system=False).name == "cron"
    with pytest.raises(ScheduleUnusable, match=r"systemd: .*Failed to connect to bus.*cron: there is no program"):
        choose(replace(host, environ={"PATH": ""}), None, system=False)
    assert choose(replace(host, platform="darwin"), None, system=False).name == "launchd"
    assert choose(replace(host, platform="win32"), None, system=False).name == "windows"


@pytest.mark.parametrize("name", ["launchd", "windows", "cron", "systemd"])
def test_scheduler_that_is_missing_says_so(tmp_path: Path, name: str) -> None:
    """Naming a scheduler that this machine does not have is an error with the reason."""
    host = replace(host_of(tmp_path, Commands()), environ={"PATH": ""})
    with pytest.raises(ScheduleUnusable, match=f"{name} cannot be used here: "):
        choose(host, name, system=False)


def test_every_entry_is_found(tmp_path: Path) -> None:
    """Entries of several schedulers, of the user and of the machine, are all seen."""
    (tmp_path / "etc/cron.d").mkdir(parents=True)
    host = booted(tmp_path, Commands())
    plan = at_home(PLAN, tmp_path / "home")
    Systemd(host).install(plan)
    Cron(host).install(for_system(plan))
    found = all_installed(host, [plan.target, for_system(plan).target])
    assert [(one.name, installed.target.system) for one, installed in found] == [("systemd", False), ("cron", True)]


# --- commands ---


def test_only_cron_mails_and_only_with_sendmail(tmp_path: Path) -> None:
    """What a job says reaches nobody by itself under systemd, nor under cron on a machine without sendmail."""
    assert why_no_mail("systemd") == "systemd sends no mail"
    assert "sendmail" in why_no_mail("cron", str(tmp_path))
    program = tmp_path / "sendmail"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    assert why_no_mail("cron", str(tmp_path)) == ""


def test_commands_are_bounded() -> None:
    """A missing program and one that does not end are results like any other."""
    run = SystemRunner({"PATH": "/usr/bin:/bin"})
    assert run(["/bin/cat"], given=b"text").out == b"text"
    assert run(["/no/such/program"]).code == NOT_THERE
    assert run(["/bin/sleep", "9"], seconds=0.1).code == TOO_LONG
