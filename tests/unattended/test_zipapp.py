"""The single-file program: built as `make zipapp` builds it, and used where nothing else of ours is installed."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from kaufland_cli.programs import this_program, zipapp
from kaufland_cli.simulator import Simulator, make_order
from support.crontab import OwnCrontab
from support.machine import Machine

REPOSITORY = Path(__file__).parents[2]


def test_single_file_starts_itself_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What starts other processes names the file by its absolute path; an installed program names its module."""
    assert zipapp() == ""
    assert this_program("status")[1:] == ["-P", "-m", "kaufland_cli", "status"]
    monkeypatch.chdir(tmp_path)
    loader = type("Loader", (), {"archive": "kaufland.pyz"})()
    monkeypatch.setattr(sys.modules["__main__"], "__loader__", loader)
    file = str(tmp_path / "kaufland.pyz")
    assert zipapp() == file
    assert this_program("status") == [sys.executable, "-P", file, "status"]


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="cron is POSIX's")
@pytest.mark.timeout(900)
def test_cron_runs_what_the_single_file_installs(tmp_path: Path) -> None:
    """`schedule install` from it writes a line that imports in an environment like cron's, from any folder."""
    pytest.importorskip("shiv", reason="builds the single file")
    file = tmp_path / "programs" / "kaufland.pyz"
    file.parent.mkdir()
    builds = [sys.executable, "-m", "shiv", "--quiet", "--console-script", "kaufland", "--output-file", str(file)]
    parts = ["--quiet", "--constraint", str(REPOSITORY / "constraints.txt"), str(REPOSITORY)]
    subprocess.run([*builds, "--python", sys.executable, *parts], check=True, timeout=600, cwd=tmp_path)

    machine = Machine(tmp_path / "machine")
    cron = OwnCrontab(machine, runs=True)

    def kaufland(*words: str, stdin: str = "") -> str:
        environ = {name: text for name, text in machine.environ.items() if name != "PYTHONPATH"}
        done = subprocess.run(
            [f"./{file.name}", *words],
            cwd=file.parent,
            env={**environ, "SHIV_ROOT": str(tmp_path / "unpacked")},
            input=stdin,
            text=True,
            capture_output=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    with Simulator(orders=[make_order("MSINGLE1")]) as simulator:
        account = ("--client-key", simulator.client_key, "--base-url", simulator.base_url, "--auto-import-orders")
        kaufland(
            "setup", "--no-input", *account, "--secret-store", "file", "--secret-stdin", stdin=simulator.secret_key
        )
        kaufland("schedule", "install", "--with", "cron")
        (line,) = (line for line in cron.text.splitlines() if "import-orders" in line)
        assert shlex.quote(str(file)) in line
        assert cron.mail == ""
        assert "MSINGLE1" in kaufland("orders", "list", "--json")
        assert "That is the short tour" in kaufland("demo"), "each step of the demo starts the program again"
