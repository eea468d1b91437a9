"""Plans and machines for the tests of the schedulers."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kaufland_cli.scheduling.backend import Host
from kaufland_cli.scheduling.plan import JobTarget, SchedulePlan
from kaufland_cli.scheduling.runner import NOT_THERE, CompletedCommand

TARGET = JobTarget("default", "anna", 1000, Path("/home/anna"))
PLAN = SchedulePlan(
    TARGET,
    15,
    ("/opt/kaufland/bin/kaufland", "import-orders", "--scheduled"),
    written=(Path("/home/anna/.local/share/kaufland"),),
    read=(Path("/home/anna/.config/kaufland/config.toml"),),
    machine="0123456789abcdef",
)
AWKWARD = replace(
    PLAN,
    target=replace(TARGET, profile="second", uses_default=False),
    command=(
        "/opt/my shop/100%/$HOME/kau\"f'land",
        "--config",
        "/srv/a b;c/ü\\n.toml",
        "--profile",
        "second",
        "import-orders",
        "--scheduled",
    ),
    environment=(("KAUFLAND_DATA_DIR", '/srv/50% "data" $x'),),
    written=(Path('/srv/50% "data" $x'),),
)


def for_system(plan: SchedulePlan, **more: Any) -> SchedulePlan:
    """Return the same plan for the whole machine."""
    return replace(plan, target=replace(plan.target, system=True), **more)


@dataclass
class Commands:
    """Takes commands in place of the system, records them, and returns scripted results."""

    answers: dict[str, CompletedCommand] = field(default_factory=dict)
    """By the beginning of the command; everything else does well and says nothing."""
    ran: list[str] = field(default_factory=list)
    given: list[bytes] = field(default_factory=list)

    def __call__(self, words: Sequence[str], *, given: bytes = b"", seconds: float = 20) -> CompletedCommand:
        """Take a command."""
        assert seconds > 0
        line = " ".join(words)
        self.ran.append(line)
        self.given.append(given)
        fitting = [begin for begin in self.answers if line.startswith(begin)]
        return self.answers[max(fitting, key=len)] if fitting else CompletedCommand(0)


def host_of(root: Path, run: Any, platform: str = "linux", **more: Any) -> Host:
    """Return a machine whose files lie below `root`."""
    return Host(platform, 1000, {"PATH": "/usr/bin:/bin"}, run, root=root, **more)


MISSING = CompletedCommand(NOT_THERE, err=b"not there")
