"""Checks of the versions and time zones that the program runs with."""

import platform
import sys
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Final
from zoneinfo import ZoneInfo

from kaufland_cli import __version__
from kaufland_cli.doctor.check import Check, plain
from kaufland_cli.domain.hint import Hint, ToCopy
from kaufland_cli.store.inspection import searches_by_index, sqlite_version

LIBRARIES: Final = (
    "babel",
    "filelock",
    "httpx",
    "keyring",
    "platformdirs",
    "pydantic",
    "rich",
    "tomlkit",
    "typer",
    "tzdata",
)
ZONE: Final = "Europe/Berlin"


def versions() -> dict[str, str]:
    """Return the versions of the program, Python, SQLite, the system and the libraries."""
    return {
        "kaufland": __version__,
        "python": f"{platform.python_version()} ({platform.python_implementation()})",
        "sqlite": sqlite_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        **{name: _version(name) for name in LIBRARIES},
    }


def versions_checks() -> list[Check]:
    """Return the versions, with a warning if this SQLite cannot search by index."""
    found = versions()
    text = f"kaufland {found['kaufland']}, Python {found['python']}, SQLite {found['sqlite']}, {found['system']}"
    missing = [name for name in LIBRARIES if found[name] == "missing"]
    if missing:
        message = f"{text}; libraries missing: {', '.join(missing)}"
        return [plain("versions", "failed", message, Hint(ToCopy("pipx reinstall kaufland-cli")))]
    if not searches_by_index():
        message = f"{text}; this SQLite has no search index (FTS5 with trigrams), so searching takes longer"
        return [
            plain(
                "versions", "warning", message, Hint(f"Use a Python whose SQLite has FTS5, instead of {sys.executable}")
            )
        ]
    return [plain("versions", "ok", text)]


def time_zone_checks(now: datetime, timezone: str = ZONE) -> list[Check]:
    """Return whether the time zone data is available."""
    try:
        here = now.astimezone(ZoneInfo(timezone))
    except (KeyError, ValueError, OSError):
        message = f"The time zone {timezone} is not known: the time zone data is missing"
        return [plain("time zones", "failed", message, Hint(ToCopy("pipx inject kaufland-cli tzdata")))]
    return [plain("time zones", "ok", f"{timezone}, where it is {here:%Y-%m-%d %H:%M} now")]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"
