"""launchd's property list, read back the way a program reads it."""

import plistlib
import shutil
import subprocess
from dataclasses import replace

import pytest

from kaufland_cli.scheduling.launchd import plist_text
from kaufland_cli.scheduling.plan import DAY
from support.schedule_samples import AWKWARD, PLAN, for_system


def test_list_is_what_was_meant() -> None:
    """Program, variables and user come back unchanged, whatever characters they contain."""
    found = plistlib.loads(plist_text(for_system(AWKWARD)).encode())
    assert found["Label"] == "kaufland-import-anna-second"
    assert found["ProgramArguments"] == list(AWKWARD.command)
    assert found["EnvironmentVariables"] == dict(AWKWARD.environment)
    assert found["UserName"] == "anna"
    assert found["Umask"] == 0o077
    assert "UserName" not in plistlib.loads(plist_text(PLAN).encode())
    assert plist_text(AWKWARD).startswith("<?xml")
    assert PLAN.title in plist_text(PLAN)


@pytest.mark.parametrize("interval", [1, 7, 15, 60, 90, 240, 1440])
def test_plist_runs_at_the_interval_by_the_calendar(interval: int) -> None:
    """By the calendar, which makes up on waking for what was slept through; the moments lie an interval apart."""
    plan = replace(PLAN, every_minutes=interval)
    found = plistlib.loads(plist_text(plan).encode())
    assert "StartInterval" not in found
    entries = found["StartCalendarInterval"]
    moments = [60 * hour + one["Minute"] for one in entries for hour in ([one["Hour"]] if "Hour" in one else range(24))]
    assert sorted(moments) == list(range(plan.rhythm.offset, DAY, plan.rhythm.step))


@pytest.mark.skipif(shutil.which("plutil") is None, reason="there is no plutil, which is macOS's")
def test_plutil_takes_it() -> None:
    """The checker of macOS itself says that the list is well formed."""
    subprocess.run(["/usr/bin/plutil", "-lint", "-"], input=plist_text(AWKWARD).encode(), check=True)
