"""The text of a crontab: our block in it, and everybody else's lines, which stay as they are to the byte."""

import shlex
from collections.abc import Iterable, Sequence
from typing import Final

from kaufland_cli.scheduling.plan import JobTarget, SchedulePlan

_BEGIN: Final = "# kaufland: begin"
_END: Final = "# kaufland: end"
_OURS: Final = (b"import-orders --scheduled", b"Written by: kaufland schedule install")
EVERY_MINUTE: Final = "* * * * *"


def cron_moments(plan: SchedulePlan) -> str:
    """Return the five fields that say when cron is to look."""
    rhythm = plan.rhythm
    if rhythm.step == 1:
        return EVERY_MINUTE
    if not rhythm.hours:
        return f"{rhythm.minute}-59/{rhythm.step} * * * *"
    hours = {1: "*", 24: str(rhythm.hour)}.get(rhythm.hours, f"{rhythm.hour}-23/{rhythm.hours}")
    return f"{rhythm.minute} {hours} * * *"


def cron_command(plan: SchedulePlan) -> str:
    """Return the command for cron, which takes a percent sign for the end of the line."""
    words: Sequence[str] = plan.command
    if plan.environment:  # env, and not the shell's way: the crontab may name another shell
        words = ["env", *(f"{name}={value}" for name, value in plan.environment), *words]
    return shlex.join(words).replace("%", r"\%")


def cron_line(plan: SchedulePlan, moments: str) -> str:
    """Return one line; a file of the system's names the user too."""
    user = f"{plan.target.user} " if plan.target.system else ""
    return f"{moments} {user}{cron_command(plan)}"


def block(plan: SchedulePlan, *, at_once: bool = False) -> str:
    """Return our lines; `at_once` adds one for every minute, for the test run."""
    lines = [_begin(plan.target), f"# {plan.title}. Written by: kaufland schedule install"]
    lines += [cron_line(plan, cron_moments(plan))]
    lines += [cron_line(plan, EVERY_MINUTE)] if at_once else []
    return "".join(f"{line}\n" for line in [*lines, _end(plan.target)])


def with_block(crontab: bytes, target: JobTarget, text: bytes) -> bytes:
    """Return the crontab with our block: where it was, or else at the end."""
    before, found, after = _parts(crontab, target)
    if not found and before and not before.endswith(b"\n"):
        before += b"\n"  # cron itself wants every line to end
    return before + text + after


def without_block(crontab: bytes, target: JobTarget) -> bytes:
    """Return the crontab without our block."""
    before, _, after = _parts(crontab, target)
    return before + after


def block_in(crontab: bytes, target: JobTarget) -> bytes:
    """Return our block as it stands there; empty where there is none."""
    return _parts(crontab, target)[1]


def _begin(target: JobTarget) -> str:
    return f"{_BEGIN} {target.words}"


def _end(target: JobTarget) -> str:
    return f"{_END} {target.words}"


def _parts(crontab: bytes, target: JobTarget) -> tuple[bytes, bytes, bytes]:
    """Return what stands before our block, the block, and what stands behind it."""
    lines = _lines(crontab)
    first = _position(lines, _begin(target))
    if first is None:
        return crontab, b"", b""
    last = _position(lines[first:], _end(target))
    if last is None:  # somebody took the last line away: only what is surely ours counts
        last = 0
        while first + last + 1 < len(lines) and any(mark in lines[first + last + 1] for mark in _OURS):
            last += 1
    end = first + last + 1
    return b"".join(lines[:first]), b"".join(lines[first:end]), b"".join(lines[end:])


def _lines(crontab: bytes) -> list[bytes]:
    """Return the lines as cron sees them: only a line feed ends one."""
    *whole, rest = crontab.split(b"\n")
    return [*(line + b"\n" for line in whole), rest]


def _position(lines: Iterable[bytes], wanted: str) -> int | None:
    return next((number for number, line in enumerate(lines) if line.rstrip(b"\r\n") == wanted.encode()), None)
