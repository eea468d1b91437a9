"""A machine of its own for each test of the command line: a home, an environment, a clock, and ways to run commands."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from kaufland_cli.app.context import Process, Streams
from kaufland_cli.cli.context import CliContext
from kaufland_cli.cli.main import run
from kaufland_cli.clock import Clock, SystemClock
from kaufland_cli.simulator import Simulator
from support.clocks import HeldClock
from support.library_texts import library_text

SECRET = "5ec2e70f" * 8
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Person(io.StringIO):
    """A terminal at which somebody has typed all answers in advance."""

    def isatty(self) -> bool:
        """Say yes."""
        return True


@dataclass(frozen=True)
class Done:
    """What came of a command."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Return what stdout holds as JSON."""
        return json.loads(self.out)

    def error(self) -> Any:
        """Return what stderr holds as JSON."""
        return json.loads(self.err)


@dataclass
class Machine:
    """One seller's machine."""

    folder: Path
    clock: HeldClock = field(default_factory=HeldClock)
    more: dict[str, str] = field(default_factory=dict)
    """Variables besides the usual ones."""

    @property
    def config(self) -> Path:
        """The settings file."""
        return self.folder / "config" / "config.toml"

    @property
    def data(self) -> Path:
        """The folder of the stores."""
        return self.folder / "data"

    @property
    def environ(self) -> dict[str, str]:
        """The environment of every command: nothing of the machine that runs the tests, except where programs are."""
        passed = ("PATH", "SYSTEMROOT", "COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")
        return {name: os.environ[name] for name in passed if name in os.environ} | {
            "HOME": str(self.folder / "home"),
            "USERPROFILE": str(self.folder / "home"),
            "KAUFLAND_CONFIG": str(self.config),
            "KAUFLAND_DATA_DIR": str(self.data),
            "KAUFLAND_API_REQUESTS_PER_SECOND": "100",
            "TZ": "Europe/Berlin",  # as the settings: times carry their zone only elsewhere
            "DBUS_SESSION_BUS_ADDRESS": "disabled:",  # no test may reach the keyring of whoever runs it
            **self.more,
        }

    def connect(self, simulator: Simulator) -> None:
        """Let the environment name the simulator and its keys."""
        self.more |= {
            "KAUFLAND_API_BASE_URL": simulator.base_url,
            "KAUFLAND_API_CLIENT_KEY": simulator.client_key,
            "KAUFLAND_SECRET_KEY": simulator.secret_key,
            "KAUFLAND_SECRET_STORE": "env",
        }

    def write_config(self, text: str) -> None:
        """Write the settings file as a person would."""
        self.config.parent.mkdir(parents=True, exist_ok=True)
        self.config.write_text(text, encoding="utf-8")

    def run(self, *words: str, typed: str | None = None, stdin: str | TextIO = "") -> Done:
        """Run a command in this process; with `typed` at a terminal, else without one."""
        err = io.StringIO() if typed is None else Person()
        given = io.StringIO(stdin) if isinstance(stdin, str) else stdin
        return run_in_process(words, self.environ, self.clock, given if typed is None else Person(typed), err)

    def good(self, *words: str, stdin: str = "") -> Done:
        """Run a command in this process and insist that it went well."""
        done = self.run(*words, stdin=stdin)
        assert done.code == 0, done
        return done

    def have_imported(self, simulator: Simulator) -> None:
        """Leave on disk what a first `import-orders` leaves. It runs once for each shop and is copied from then on.

        For tests of what comes after it, with a shop that behaves, a program that nothing was changed in, and an import
        that creates no sales order.
        """
        store, market = self.store_file(simulator), simulator.marketplace
        assert not store.exists()
        assert not simulator._rules
        assert not simulator._hooks
        settings = self.config.read_text(encoding="utf-8") if self.config.exists() else ""
        shop = (market._units.rows(), market._invoices.rows(), market._held, simulator.switches, simulator.storefronts)
        key = repr((sorted(self.environ.items()), settings, self.clock.now(), shop)).replace(str(self.folder), "")
        key = re.sub(r"\b127\.0\.0\.1:\d+", "", key)
        if key not in _IMPORTED:
            before = self.files()
            self.good("import-orders")
            assert [file for file in self.files() if file.parent != store.parent] == before, (
                "only the store was written"
            )
            left = list(store.parent.iterdir())
            assert all(file.name.startswith(store.name) for file in left)
            _IMPORTED[key] = {file.name.removeprefix(store.name): file.read_bytes() for file in left}
            return
        store.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for ending, content in _IMPORTED[key].items():
            file = store.with_name(f"{store.name}{ending}")
            file.touch(mode=0o600)
            file.write_bytes(content)

    def process(
        self,
        *words: str,
        stdin: bytes | None = b"",
        environ: dict[str, str] | None = None,
        timeout: float = 60,
        program: Path | None = None,
    ) -> Done:
        """Run a command as a process of its own, or a program around it; its output has to be UTF-8."""
        ran = subprocess.run(
            [sys.executable, *(["-m", "kaufland_cli"] if program is None else [str(program)]), *words],
            input=stdin,
            capture_output=True,
            env=self.environ if environ is None else environ,
            timeout=timeout,
            check=False,
        )
        return Done(ran.returncode, ran.stdout.decode("utf-8"), ran.stderr.decode("utf-8"))

    def start(self, *words: str) -> "subprocess.Popen[bytes]":
        """Start a command as a process of its own and let it run."""
        return subprocess.Popen(
            [sys.executable, "-m", "kaufland_cli", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environ,
        )

    @property
    def store(self) -> Path:
        """The one store that there is."""
        (found,) = self.data.rglob("*.sqlite3")
        return found

    def store_file(self, simulator: Simulator) -> Path:
        """Return where the store of the profile `default` belongs, whether it is there or not."""
        return self.data / "default" / f"{simulator.base_url.split('/')[2].replace(':', '-')}.sqlite3"

    def files(self) -> list[Path]:
        """Return every file that was written anywhere."""
        return sorted(path for path in self.folder.rglob("*") if path.is_file())


_IMPORTED: dict[str, dict[str, bytes]] = {}
"""What first imports left next to each other, by shop and settings; the names are endings behind that of the store."""


def run_in_process(
    words: Sequence[str], environ: dict[str, str], clock: Clock, stdin: TextIO, stderr: io.StringIO
) -> Done:
    """Run a command in this process, and insist that no message has words of a library in it."""
    out = io.StringIO()
    code = run(words, CliContext(environ, Streams(stdin, out, stderr), clock, Process(os.getpid(), lambda: 0.5)))
    assert "--debug" in words or library_text(stderr.getvalue()) == "", words
    return Done(code, out.getvalue(), stderr.getvalue())


def own_words(words: Sequence[str]) -> Sequence[str]:
    """Return what stands behind the program in a command that starts it."""
    return words[words.index("kaufland_cli") + 1 :]


def run_as_job(words: Sequence[str], environ: dict[str, str], _folder: str) -> tuple[int, bytes]:
    """Run in this process what a job would run in its own; return its exit code and what it wrote to stderr."""
    done = run_in_process(own_words(words), environ, SystemClock(), io.StringIO(), io.StringIO())
    return done.code, done.err.encode()


def units_held(simulator: Simulator) -> dict[int, tuple[str, str]]:
    """Return what the server holds: each unit with its order and status."""
    held = simulator.marketplace.units.values()
    return {unit["id_order_unit"]: (unit["id_order"], unit["status"]) for unit in held}
