"""Runs commands as processes, in turns, and returns what the operating system says they used."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

KIBIBYTE, MEGABYTE = 1024, 1_000_000


@dataclass(frozen=True)
class Run:
    """One finished process."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds of processor time."""
    peak: float
    """The most memory it held, in megabytes."""
    out: str


def kaufland() -> list[str]:
    """Return the program as a command."""
    return [str(Path(sys.executable).parent / "kaufland")]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return the environment for a command: from this machine only PATH."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "KAUFLAND_CONFIG": str(folder / "config.toml"),
        "KAUFLAND_DATA_DIR": str(folder / "data"),
        **more,
    }


def run(words: Sequence[str], environ: Mapping[str, str]) -> Run:
    """Run a command; it has to succeed."""
    if sys.platform == "win32":
        raise NotImplementedError
    began = time.perf_counter()  # os.times counts in hundredths of a second, too coarse for a start
    with subprocess.Popen(words, env=dict(environ), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        out = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}")
    # Linux counts in kibibytes, macOS in bytes.
    peak = used.ru_maxrss * (1 if sys.platform == "darwin" else KIBIBYTE) / MEGABYTE
    return Run(wall, used.ru_utime + used.ru_stime, peak, out.decode())


def in_turns(
    commands: Sequence[tuple[Sequence[str], Mapping[str, str]]], times: int, warm_up: int = 1
) -> list[list[Run]]:
    """Run the commands in turns, A B C A B C …, `times` rounds after `warm_up` rounds that do not count."""
    found: list[list[Run]] = [[] for _ in commands]
    for turn in range(warm_up + times):
        for runs, (words, environ) in zip(found, commands, strict=True):
            done = run(words, environ)
            if turn >= warm_up:
                runs.append(done)
    return found


def ratio(ours: Sequence[Run], theirs: Sequence[Run]) -> float:
    """Return the median of the ratios of wall time by round, so that a machine that gets slower affects both."""
    return median(one.wall / other.wall for one, other in zip(ours, theirs, strict=True))


def middle(runs: Sequence[Run]) -> float:
    """Return the median wall time in seconds."""
    return median(one.wall for one in runs)
