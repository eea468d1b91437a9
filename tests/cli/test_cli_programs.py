"""Other programs: none is taken from the folder in which a command runs, and none gets our secrets."""

import subprocess
import sys
from pathlib import Path

import pytest

import kaufland_cli
from kaufland_cli.app.schedule_job import _program
from kaufland_cli.programs import PLACES, environment_for_others, find_program
from kaufland_cli.scheduling.runner import NOT_THERE, SystemRunner
from kaufland_cli.secrets.program import run_program
from support.machine import SECRET, Machine

OURS = {
    "KAUFLAND_SECRET_KEY": "0" * 64,
    "KAUFLAND_PARTNER_SECRET_KEY": "1" * 64,
    "KAUFLAND_BUSINESS_CENTRAL_SECRET": "canary",
    "KAUFLAND_MAIL_PASSWORD": "canary",
    "KAUFLAND_MONITORING_PING_URL": "https://hc-ping.com/canary",
    "Kaufland_Secret_Key": "canary",
    "KAUFLAND_SOMETHING_NEW": "canary",
}
TRAP = "import os; open(os.environ['TRAP'], 'w').write('sprung'); raise SystemExit(66)\n"
MODULES = ("typer.py", "httpx.py", "json.py", "pydantic.py", "sqlite3.py", "kaufland_cli.py")


def script(path: Path, text: str) -> Path:
    """Write a program for the shell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.mark.skipif(sys.platform == "win32", reason="programs of a POSIX shell")
def test_started_programs_see_none_of_our_secrets(tmp_path: Path) -> None:
    """Neither the password manager, nor systemd-creds, nor a scheduler; what is not ours is left to them."""
    script(tmp_path / "show", "env")
    environ = {**OURS, "PATH": f"{tmp_path}:/usr/bin:/bin", "VAULT_TOKEN": "theirs", "KAUFLAND_PROFILE": "second"}
    said, failure = run_program(["show"], 10, environ=environ)
    ran = SystemRunner(environ)(["show"])
    assert (failure, ran.code) == ("", 0)
    for text in (said.decode(), ran.out.decode()):
        assert "canary" not in text
        assert "0000" not in text
        assert {line.partition("=")[0] for line in text.splitlines() if "KAUFLAND" in line.upper()} <= PLACES
        assert "VAULT_TOKEN=theirs" in text
        assert "KAUFLAND_PROFILE=second" in text
    assert environment_for_others(OURS) == {}


@pytest.mark.skipif(sys.platform == "win32", reason="programs of a POSIX shell")
def test_secret_command_sees_no_other_secret(machine: Machine, tmp_path: Path) -> None:
    """The command of one secret does not get the others, from the first option to the last process."""
    shown = tmp_path / "shown"
    command = script(tmp_path / "manager", f"env > {shown}\necho {SECRET}")
    machine.write_config(
        "[api]\nclient_key = 'de30de30de30de30de30de30de30de30'\n[secret]\nstore = 'command'\n"
        f"command = ['{command}']\n"
    )
    machine.more |= {name: value for name, value in OURS.items() if name != "KAUFLAND_SECRET_KEY"}
    done = machine.process("secret", "status")
    assert done.code == 0, done
    assert "PATH=" in shown.read_text(encoding="utf-8")
    assert "canary" not in shown.read_text(encoding="utf-8")
    assert "1111" not in shown.read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="programs of a POSIX shell")
@pytest.mark.parametrize("path", ["", ".", "here", ":/usr/bin", "../{name}", "/nowhere:."])
def test_no_program_is_taken_from_the_present_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """An empty or relative entry of PATH counts for nothing: a schedule runs in some folder or other."""
    monkeypatch.chdir(tmp_path)
    for folder in (tmp_path, tmp_path / "here"):
        script(folder / "crontab-of-a-test", "echo sprung")
    environ = {"PATH": path.format(name=tmp_path.name)}
    assert find_program("crontab-of-a-test", environ) == ""
    assert SystemRunner(environ)(["crontab-of-a-test"]).code == NOT_THERE
    assert run_program(["crontab-of-a-test"], 10, environ=environ) == (b"", "is not found")
    assert find_program("crontab-of-a-test", {"PATH": f".:{tmp_path}"}) == str(tmp_path / "crontab-of-a-test")


@pytest.mark.long
@pytest.mark.parametrize(
    "words",
    [pytest.param(("demo",), marks=pytest.mark.long), ("doctor",), pytest.param(("status",), marks=pytest.mark.long)],
)
def test_no_module_is_taken_from_the_present_folder(machine: Machine, tmp_path: Path, words: tuple[str, ...]) -> None:
    """A `typer.py` that lies there is not run, neither by this process nor by those that it starts."""
    trap, folder = tmp_path / "sprung", tmp_path / "downloads"
    folder.mkdir()
    for name in MODULES[:-1]:
        (folder / name).write_text(TRAP, encoding="utf-8")
    machine.write_config("[api]\nclient_key = 'de30de30de30de30de30de30de30de30'\n")
    machine.more |= {"TRAP": str(trap), "KAUFLAND_SECRET_KEY": SECRET, "KAUFLAND_API_BASE_URL": "http://127.0.0.1:9"}
    environ = {**machine.environ, "PYTHONPATH": str(Path(kaufland_cli.__file__).parents[1])}
    for how in (["-m", "kaufland_cli"], ["-c", "from kaufland_cli.__main__ import main; main()"]):
        if how[0] == "-c":
            environ["PYTHONSAFEPATH"] = "1"
        done = subprocess.run(
            [sys.executable, *how, *words], cwd=folder, env=environ, capture_output=True, timeout=120, check=False
        )
        assert not trap.exists(), done
        assert done.returncode in {0, 3, 5, 8}, done


def test_every_place_that_starts_python_keeps_the_present_folder_out() -> None:
    """Only one place writes how this program is started, and it keeps the present folder out."""
    found = {}
    for path in Path(kaufland_cli.__file__).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if '"-m", "kaufland_cli"' in line]
        if lines:
            found[path.name] = lines
    assert set(found) == {"programs.py"}
    assert all('"-P", ' in line.partition('"-m"')[0] for lines in found.values() for line in lines)


def test_entry_of_a_schedule_keeps_the_present_folder_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What a scheduler runs is named by its whole path, or starts Python with -P."""
    assert Path(_program()[0]).is_absolute()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert _program()[:2] == [str(tmp_path / "python"), "-P"]
