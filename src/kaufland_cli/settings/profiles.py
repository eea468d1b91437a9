"""Which profiles (seller accounts) there are on this machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kaufland_cli.settings.locations import DEFAULT_PROFILE, find_locations, is_profile_name


@dataclass(frozen=True, slots=True)
class FoundProfile:
    """A profile with the place of its settings; a folder of data may be all that is left of it."""

    name: str
    config_file: Path
    has_settings: bool
    """Whether that file is there, or the environment alone makes the settings."""
    store_folder: Path


def find_profiles(environ: Mapping[str, str]) -> list[FoundProfile]:
    """Return the profiles in the order of their names, `default` first.

    Each with a settings file in its place, and each with a folder of stores. Without any settings file, `default` is
    one where the environment names a client key. Raises SettingsError as `find_locations` does.
    """
    usual = find_locations(environ, profile=DEFAULT_PROFILE)
    beside = usual.config_file.parent / "profiles"
    with_settings = {folder.name for folder in _folders(beside) if _has(folder, usual.config_file.name)}
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
    """Return the folders in a folder; none where it may not be looked into."""
    try:
        return [path for path in place.iterdir() if path.is_dir()]
    except OSError:
        return []


def _has(folder: Path, name: str) -> bool:
    """Tell whether a file is there; one that may not be looked at is, so that reading it says why not."""
    try:
        return (folder / name).exists()
    except OSError:
        return True


def _has_stores(folder: Path) -> bool:
    try:
        return any(path.suffix == ".sqlite3" for path in folder.iterdir())
    except OSError:
        return False
