"""JSON records of settings, of where things are kept, and of the seller accounts on this machine."""

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, Final

from kaufland_cli.app.config import Place, SettingValue, as_toml
from kaufland_cli.app.results import ProfileState

if TYPE_CHECKING:
    from pathlib import Path

    from kaufland_cli.secrets import FoundSecret

SETTING_FIELDS: Final = SettingValue._fields
PROFILE_FIELDS: Final = tuple(field.name for field in fields(ProfileState))


def listed_setting_record(found: SettingValue, *, typed: bool) -> dict[str, Any]:
    """Return a setting of a list; `typed`: with its value itself, else as the settings file has it."""
    return found._asdict() | {"value": found.value if typed else as_toml(found.value)}


def setting_record(found: SettingValue) -> dict[str, Any]:
    """Return one setting and where its value comes from."""
    return {"key": found.key, "value": found.value, "source": found.source}


def path_record(place: Place, path: "Path") -> dict[str, Any]:
    """Return where something is."""
    return {"place": place.value, "path": str(path)}


def secret_record(store: str, found: "FoundSecret") -> dict[str, Any]:
    """Return where a secret is kept (`store`, as in the settings) and was found, without a character of it."""
    secret = found.secret
    return {"store": store, "source": found.source, "fingerprint": secret.fingerprint, "length": secret.length}


def profile_record(state: ProfileState) -> dict[str, Any]:
    """Return a seller account on this machine."""
    return asdict(state)
