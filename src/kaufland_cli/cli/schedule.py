"""What is to be entered into cron or the Task Scheduler, so that it runs without the shell in which setup was typed."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from kaufland_cli.cli.session import Session
from kaufland_cli.settings import LoadedSettings

HOUR = 60


def schedule_line(session: Session, loaded: LoadedSettings) -> tuple[str, str]:
    """Say where to enter what for an import at every interval: a place, and the line to copy there."""
    interval = loaded.settings.order_import.interval_minutes
    data = session.environ.get("KAUFLAND_DATA_DIR", "")
    words = _words(session, loaded)
    if sys.platform == "win32":
        return f"For the Task Scheduler, every {interval} minutes:", subprocess.list2cmdline(words)
    command = shlex.join(words)
    if data:
        command = f"KAUFLAND_DATA_DIR={shlex.quote(str(loaded.locations.data_folder))} {command}"
    # cron takes a percent sign for the end of the line.
    return "For cron (crontab -e):", f"{cron_minutes(interval)} * * * * {command.replace('%', chr(92) + '%')}"


def schedule_notes(session: Session, loaded: LoadedSettings) -> list[str]:
    """Say what else such an import needs."""
    if sys.platform == "win32" and session.environ.get("KAUFLAND_DATA_DIR"):
        return [f"The task needs the variable KAUFLAND_DATA_DIR too: {loaded.locations.data_folder}"]
    return []


def _words(session: Session, loaded: LoadedSettings) -> list[str]:
    """Return the command with whole paths and with the settings that are in force now."""
    words = _program(session)
    if session.config_file or session.environ.get("KAUFLAND_CONFIG"):
        words += ["--config", str(loaded.locations.config_file)]
    profile = session.profile or session.environ.get("KAUFLAND_PROFILE")
    if profile:
        words += ["--profile", profile]
    return [*words, "import-orders", "--scheduled"]


def _program(session: Session) -> list[str]:
    """Return the words that start this program from anywhere."""
    beside = shutil.which("kaufland", path=str(Path(sys.executable).parent))
    found = beside or shutil.which("kaufland", path=session.environ.get("PATH", ""))
    return [str(Path(found).absolute())] if found else [sys.executable, "-m", "kaufland_cli"]


def cron_minutes(interval: int) -> str:
    """Return at which minutes cron is to look; whether an import is due, the program knows itself."""
    if interval % HOUR == 0:
        return "0"
    if HOUR % interval == 0:
        return f"*/{interval}" if interval > 1 else "*"
    return "*/5" if interval % 5 == 0 else "*"
