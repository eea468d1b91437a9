"""`kaufland import-orders --scheduled --all-profiles`: one process per profile, concurrently.

A slow or broken server of one profile cannot hold up another. While one import is still running, the others are started
again every minute, because most schedulers start nothing until this command has ended. See
docs/decisions/0012-side-by-side.md.
"""

import queue
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from kaufland_cli.app.context import Context
from kaufland_cli.app.profiles import profiles_here
from kaufland_cli.app.results import ProfileImport, ProfileImports
from kaufland_cli.errors import ExitCode, SettingsError, reason_of
from kaufland_cli.programs import this_program

AT_ONCE: Final = 4
PATIENCE_SECONDS: Final = 30.0
"""How long a profile waits for a free slot; then it starts anyway, since the others may hang."""
ROUND_SECONDS: Final = 60.0
"""After this time finished profiles are started again, while others still run."""
TERMINATE_TIMEOUT_SECONDS: Final = 10.0
"""How long a process has to end after SIGTERM."""
# What stays broken until somebody fixes it comes before what passes by itself.
MAX_SERIOUS: Final = (
    ExitCode.STORE,
    ExitCode.PROGRAM_FAULT,
    ExitCode.SETTINGS,
    ExitCode.CREDENTIALS,
    ExitCode.USAGE,
    ExitCode.UNREACHABLE,
    ExitCode.UNHEALTHY,
    ExitCode.PARTLY,
    ExitCode.RUNNING,
)


def import_all_profiles(context: Context) -> int:
    """Run what is due in every profile, pass on the output of each, and return the most serious exit code."""
    names = [found.name for found in profiles_here(context) if found.has_settings]
    if not names:
        raise SettingsError("No profile is set up yet.")  # every time: nothing remembers that it was reported
    ended: dict[str, ProfileImport] = {}
    with Children(context, names).running() as children:
        for one in children.ended():
            if one.profile not in ended or one.code or one.out:  # a later run may find nothing to do
                ended[one.profile] = one
            if not context.as_json:
                _pass_on(context, one)
    if context.as_json:
        context.output.show_result(ProfileImports([ended[name] for name in names if name in ended]))
    return most_serious(one.code for one in ended.values())


def most_serious(codes: "Iterator[int] | Sequence[int]") -> int:
    """Return the exit code of several runs: that of the only failing one, or the most serious one."""
    failed = {code for code in codes if code != ExitCode.DONE}
    known = [code for code in MAX_SERIOUS if code in failed]
    return int(known[0]) if known else ExitCode.PROGRAM_FAULT if failed else ExitCode.DONE


@dataclass
class Children:
    """The processes of all profiles."""

    context: Context
    names: Sequence[str]
    round_seconds: float = ROUND_SECONDS
    patience_seconds: float = PATIENCE_SECONDS
    _room: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(AT_ONCE))
    _reports: "queue.SimpleQueue[ProfileImport]" = field(default_factory=queue.SimpleQueue)
    _processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    _busy: set[str] = field(default_factory=set)
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _over: bool = False

    @contextmanager
    def running(self) -> "Iterator[Children]":
        """Start all of them; they end with the block."""
        try:
            self._start_idle()
            yield self
        finally:
            self._end_all()

    def ended(self) -> Iterator[ProfileImport]:
        """Yield each result as it comes; finished profiles are started again while one still runs."""
        clock = self.context.clock
        next_round = clock.monotonic() + self.round_seconds
        while self._busy:
            try:
                one = self._reports.get(timeout=max(0.0, next_round - clock.monotonic()))
            except queue.Empty:
                next_round = clock.monotonic() + self.round_seconds
                self._start_idle()
                continue
            self._busy.discard(one.profile)
            yield one

    def _start_idle(self) -> None:
        for name in self.names:
            if name not in self._busy:
                self._busy.add(name)
                threading.Thread(target=self._run, args=(name,), daemon=True).start()

    def _run(self, name: str) -> None:
        has_room = self._room.acquire(timeout=self.patience_seconds)
        try:
            self._reports.put(self._import(name))
        finally:
            if has_room:
                self._room.release()

    def _import(self, name: str) -> ProfileImport:
        words = ["--profile", name, "import-orders", "--scheduled", *(["--json"] if self.context.as_json else [])]
        words += ["--verbose"] if self.context.options.verbose else []
        with self._guard:
            if self._over:
                return ProfileImport(name, ExitCode.INTERRUPTED, "", "")
            try:
                process = self._processes[name] = subprocess.Popen(
                    this_program(*words),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    env=dict(self.context.environ),
                    start_new_session=True,  # Ctrl-C is for this process, which ends the others in an orderly way
                )
            except OSError as error:
                return ProfileImport(name, ExitCode.PROGRAM_FAULT, "", f"Could not start: {reason_of(error)}.")
        out, err = (text.decode("utf-8", "replace") for text in process.communicate())
        if process.returncode not in set(ExitCode):  # a known code may be silent: a failure that was reported before
            err += f"Something ended its import (code {process.returncode}); the next one goes on."
        return ProfileImport(name, process.returncode, out, err)

    def _end_all(self) -> None:
        """Ask every running process to end, and kill those that do not."""
        with self._guard:
            self._over = True
            left = [process for process in self._processes.values() if process.poll() is None]
        for process in left:
            process.terminate()
        for process in left:
            try:
                process.wait(TERMINATE_TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _pass_on(context: Context, one: ProfileImport) -> None:
    """Pass on the output of a profile's import as one block, if there is any."""
    said = "\n".join(text.strip("\n") for text in (one.out, one.err) if text.strip())
    if said:
        context.output.show_passed_on(f"Profile {one.profile}:", said)
