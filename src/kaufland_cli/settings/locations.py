"""Where the settings, the store and the secret file of each profile are, and which profiles there are.

The paths come from the command line, the environment and the conventions of the platform.
"""

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kaufland_cli.domain.hint import Hint, ToCopy, command
from kaufland_cli.errors import SettingsError
from kaufland_cli.files import is_portable_name

PROGRAM: Final = "kaufland"
DEFAULT_PROFILE: Final = "default"
_PROFILE: Final = r"[a-z0-9_-]{1,40}"


@dataclass(frozen=True, slots=True)
class Locations:
    """The paths of one profile, all absolute."""

    profile: str
    config_file: Path
    data_folder: Path

    @property
    def secret_file(self) -> Path:
        """The default secret file, next to the settings file."""
        return self.config_file.with_name("secret_key")

    @property
    def store_folder(self) -> Path:
        """The folder of this profile's databases."""
        return self.data_folder / self.profile

    def store_file(self, host: str) -> Path:
        """Return the database for one API host (`Settings.api.host`): environments never share one."""
        return self.store_folder / f"{host}.sqlite3"

    def sales_orders_folder(self, host: str) -> Path:
        """Return the folder for sales orders of one API host: test orders must not be taken for real ones."""
        return self.store_folder / "sales-orders" / host


def find_locations(
    environ: Mapping[str, str], *, config_file: Path | None = None, profile: str | None = None
) -> Locations:
    """Return the paths for the options of the command line and the environment.

    The option `config_file` is used as it is. A file named by the environment belongs to the profile `default`; another
    profile P has its own in `profiles/P` next to it, so that two accounts never share one. Raises SettingsError for an
    invalid profile name, or if there is no home folder and nothing else names a place.
    """
    name = profile or environ.get("KAUFLAND_PROFILE", "") or DEFAULT_PROFILE
    if re.fullmatch(_PROFILE, name) and not is_portable_name(name):
        raise SettingsError(
            f"A profile cannot be called {name}: Windows reserves that name for a device.",
            hint=command("--profile", f"{name}-account", "setup"),
        )
    if not is_profile_name(name):
        raise SettingsError(
            "A profile name has 1 to 40 lower-case letters (a to z), digits, - or _.",
            hint=command("--profile", "second-account", "setup"),
        )
    if config_file is None:
        usual = _path(environ.get("KAUFLAND_CONFIG", "")) or _base_folder(environ, "config") / "config.toml"
        config_file = usual if name == DEFAULT_PROFILE else usual.parent / "profiles" / name / usual.name
    data_folder = _path(environ.get("KAUFLAND_DATA_DIR", "")) or _base_folder(environ, "data")
    return Locations(name, absolute(config_file, environ), absolute(data_folder, environ))


def is_profile_name(name: str) -> bool:
    return re.fullmatch(_PROFILE, name) is not None and is_portable_name(name)


def absolute(path: Path, environ: Mapping[str, str]) -> Path:
    """Return the absolute path; a leading `~` is the home folder, as in a shell.

    Raises SettingsError if the current folder no longer exists.
    """
    try:
        return with_home(path, environ).absolute()
    except OSError:
        raise SettingsError(
            "The folder in which this command runs is gone, so a path inside it cannot be found.",
            hint=Hint("Change to another folder (cd ~) and run the same command again."),
        ) from None


def with_home(path: Path, environ: Mapping[str, str]) -> Path:
    """Return the path with a leading `~` replaced by the home folder; a relative path stays relative."""
    return _home(environ).joinpath(*path.parts[1:]) if path.parts[:1] == ("~",) else path


def _path(text: str) -> Path | None:
    return Path(text) if text else None


def _base_folder(environ: Mapping[str, str], kind: str) -> Path:
    """Return this program's `config` or `data` folder by the convention of the platform."""
    if sys.platform == "darwin" or sys.platform == "win32":
        import platformdirs  # noqa: PLC0415 -- the other platforms do without

        find = platformdirs.user_config_path if kind == "config" else platformdirs.user_data_path
        return find(PROGRAM, appauthor=False, roaming=False)
    given = environ.get("XDG_CONFIG_HOME" if kind == "config" else "XDG_DATA_HOME", "")
    if given.startswith("/"):  # the XDG specification says to ignore a relative one
        return Path(given) / PROGRAM
    return _home(environ).joinpath(*((".config",) if kind == "config" else (".local", "share")), PROGRAM)


def _home(environ: Mapping[str, str]) -> Path:
    given = environ.get("USERPROFILE" if sys.platform == "win32" else "HOME", "")
    if given:
        return Path(given)
    if sys.platform != "win32":
        import pwd  # noqa: PLC0415 -- POSIX only

        try:
            found = pwd.getpwuid(os.getuid()).pw_dir
        except KeyError:
            found = ""
        if found:
            return Path(found)
    raise SettingsError(
        "There is no home folder here (no HOME, no entry in passwd), so there is no place for the settings and the "
        "store. KAUFLAND_CONFIG names the settings file and KAUFLAND_DATA_DIR the folder of the store.",
        hint=Hint(ToCopy("export KAUFLAND_CONFIG=/etc/kaufland/config.toml KAUFLAND_DATA_DIR=/var/lib/kaufland")),
    )


@dataclass(frozen=True, slots=True)
class FoundProfile:
    """A profile and its settings file; it may have nothing left but a folder of data."""

    name: str
    config_file: Path
    has_settings: bool
    """Whether the file exists, or the environment alone provides the settings."""
    store_folder: Path


def find_profiles(environ: Mapping[str, str]) -> list[FoundProfile]:
    """Return the profiles by name, `default` first.

    A profile is found by its settings file or by its folder of databases. Without any settings file, `default` counts
    if the environment sets a client key. Raises SettingsError as `find_locations` does.
    """
    usual = find_locations(environ, profile=DEFAULT_PROFILE)
    profiles = usual.config_file.parent / "profiles"
    with_settings = {folder.name for folder in _folders(profiles) if _has(folder, usual.config_file.name)}
    if _has(usual.config_file.parent, usual.config_file.name) or (
        not with_settings and environ.get("KAUFLAND_API_CLIENT_KEY")
    ):
        with_settings.add(DEFAULT_PROFILE)
    with_stores = {folder.name for folder in _folders(usual.data_folder) if _has_stores(folder)}
    names = {name for name in with_settings | with_stores if is_profile_name(name)}
    found = []
    for name in sorted(names, key=lambda name: (name != DEFAULT_PROFILE, name)):
        places = find_locations(environ, profile=name)
        found.append(FoundProfile(name, places.config_file, name in with_settings, places.store_folder))
    return found


def _folders(place: Path) -> list[Path]:
    """Return the folders in a folder; empty if it may not be listed."""
    try:
        return [path for path in place.iterdir() if path.is_dir()]
    except OSError:
        return []


def _has(folder: Path, name: str) -> bool:
    """Return whether a file exists; if that may not be looked up, True, so that reading it reports why."""
    try:
        return (folder / name).exists()
    except OSError:
        return True


def _has_stores(folder: Path) -> bool:
    try:
        return any(path.suffix == ".sqlite3" for path in folder.iterdir())
    except OSError:
        return False
