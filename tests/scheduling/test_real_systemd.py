"""A real systemd as the first process of a machine of its own: timers, hardening and credentials as they work."""

import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from kaufland_cli.scheduling.backend import Host
from kaufland_cli.scheduling.plan import JobTarget, SchedulePlan
from kaufland_cli.scheduling.runner import CompletedCommand
from kaufland_cli.scheduling.systemd import Systemd
from kaufland_cli.simulator import Simulator
from support.private_machine import UID, USER, PrivateMachine, missing_for

MISSING = missing_for("systemctl", "systemd-creds")
pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=f"no machine of its own for systemd: {MISSING}"),
    pytest.mark.long,
    pytest.mark.timeout(300),
]
BUS = {"XDG_RUNTIME_DIR": f"/run/user/{UID}"}


def set_up(machine: PrivateMachine, simulator: Simulator) -> None:
    """Set the program up as a seller on a server does."""
    keys = ("--client-key", simulator.client_key, "--base-url", simulator.base_url)
    schedule = ("--auto-import-orders", "--interval-minutes", "1")
    words = ("setup", "--no-input", *keys, *schedule, "--secret-store", "file", "--secret-stdin")
    assert machine.kaufland(*words, given=simulator.secret_key).code == 0


def test_timer_of_a_user(machine: PrivateMachine, simulator: Simulator) -> None:
    """It is proved within seconds, runs by itself, outlives nothing it should not, and moves to the machine's own."""
    assert machine.run("systemctl", "start", "user-manager", user=False).code == 0
    set_up(machine, simulator)
    done = machine.kaufland("schedule", "install")
    assert done.code == 0, done
    assert "by systemd: verified by a test run" in done.err
    assert f"loginctl enable-linger {USER}" in done.err
    simulator.clear_requests()
    time.sleep(85)
    assert simulator.requests, "the timer has imported by itself"
    status = machine.kaufland("schedule", "status", "--json")
    assert status.code == 0, status
    assert status.json()["next_run"]
    # Root moves it to the whole machine.
    moved = machine.kaufland("schedule", "install", "--system", "--run-as", USER, user=False)
    assert moved.code == 0, moved
    assert "Removed" in moved.err
    listed = machine.run("systemctl", "--user", "list-timers", "--all", "--no-pager", more=BUS).out
    assert "kaufland" not in listed
    assert machine.kaufland("schedule", "status", "--json").json()["system"] is True
    refused = machine.kaufland("schedule", "remove")
    assert refused.code == 2
    assert "sudo " in refused.err
    assert machine.kaufland("schedule", "remove", "--run-as", USER, user=False).code == 0
    assert "kaufland" not in machine.run("systemctl", "list-timers", "--all", "--no-pager", user=False).out
    assert machine.kaufland("schedule", "status", "--json").json()["installed"] is False


def test_hardened_unit_imports_and_can_do_no_more(machine: PrivateMachine, simulator: Simulator) -> None:
    """With everything locked, an import works and its summary is in the journal; other folders are read-only for it."""
    set_up(machine, simulator)
    assert machine.run("systemctl", "start", "systemd-journald", user=False).code == 0
    done = machine.kaufland("schedule", "install", "--system", "--run-as", USER, user=False)
    assert done.code == 0, done
    store = machine.kaufland("config", "path", "store").out.strip()
    assert Path(store).stat().st_uid == UID, "nothing that root created is in the way"
    journal = machine.run("journalctl", "--no-pager", "--output=cat", "--unit=kaufland-import-*", user=False).out
    assert "✓ Import complete." in journal, "the run says its summary"
    awkward = "100% $HOME \"'\\ü"
    elsewhere = ("/home/elsewhere", "/etc/cron.d/elsewhere")
    for folder in elsewhere:
        machine.run("mkdir", "--mode=777", folder, user=False)
        assert machine.run("touch", f"{folder}/by-hand").code == 0, "anybody may write there"
    tries = "; ".join(f"touch {folder}/by-the-unit" for folder in elsewhere)
    script = f'printf %s "$1" > {machine.home}/data/found; {tries}; true'
    systemd, plan = own_plan(machine, script, "sh", awkward)
    (machine.home / "data").mkdir()
    subprocess.run(["/bin/chown", str(UID), str(machine.home / "data")], check=True)
    systemd.install(plan)
    systemd.start(plan)
    assert waited_for(machine.home / "data" / "found") == awkward
    assert [machine.run("ls", folder).out for folder in elsewhere] == ["by-hand\n"] * 2


def test_unit_that_cannot_start_is_reported(machine: PrivateMachine, simulator: Simulator) -> None:
    """Where systemd fails before the command begins, install ends with 8 and systemd's own reason."""
    set_up(machine, simulator)
    drop_in = Path(f"/proc/{machine.process}/root/etc/systemd/system/kaufland-import-{USER}.service.d")
    drop_in.mkdir()
    (drop_in / "own.conf").write_text("[Service]\nWorkingDirectory=/no/such/folder\n", encoding="utf-8")
    done = machine.kaufland("schedule", "install", "--system", "--run-as", USER, user=False)
    assert done.code == 8, done
    assert "exit code 200" in done.err
    assert "the entry stays" in done.err


def test_encrypted_credential_reaches_the_command(machine: PrivateMachine) -> None:
    """What `systemd-creds encrypt` wrote comes to the command in clear, in a folder of its own."""
    encrypted = machine.folder / "secret_key.cred"
    made = machine.run(
        "systemd-creds", "encrypt", "--name=kaufland-secret-key", "-", str(encrypted), user=False, given="5ec2e7"
    )
    assert made.code == 0, made
    systemd, plan = own_plan(machine, f'cat "$CREDENTIALS_DIRECTORY/kaufland-secret-key" > {machine.home}/data/found')
    (machine.home / "data").mkdir()
    subprocess.run(["/bin/chown", str(UID), str(machine.home / "data")], check=True)
    plan = replace(plan, credentials=(("kaufland-secret-key", encrypted),))
    systemd.install(plan)
    systemd.start(plan)
    assert waited_for(machine.home / "data" / "found") == "5ec2e7"


def own_plan(machine: PrivateMachine, script: str, *more: str) -> tuple[Systemd, SchedulePlan]:
    """Return that machine's systemd, and a plan that runs a script in place of an import."""

    def run(words: list[str], *, given: bytes = b"", seconds: float = 20) -> CompletedCommand:
        command = machine.command(*words, user=False)
        ran = subprocess.run(command, input=given, capture_output=True, check=False, timeout=seconds)
        return CompletedCommand(ran.returncode, ran.stdout, ran.stderr)

    host = Host("linux", UID, {}, run, root=Path(f"/proc/{machine.process}/root"))  # type: ignore[arg-type]
    target = JobTarget("default", USER, UID, machine.home, system=True)
    plan = SchedulePlan(target, 15, ("/bin/sh", "-c", script, *more), written=(machine.home / "data",))
    return Systemd(host), plan


def waited_for(path: Path) -> str:
    """Return the text of a file once it is there."""
    for _ in range(100):
        if path.exists() and path.stat().st_size:
            return path.read_text(encoding="utf-8")
        time.sleep(0.1)
    raise AssertionError(f"{path} did not come")
