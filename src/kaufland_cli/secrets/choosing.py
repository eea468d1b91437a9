"""Which store the settings name, and the order in which the secret key is looked for."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kaufland_cli.errors import SecretStoreFailed
from kaufland_cli.programs import environment_for_others
from kaufland_cli.secrets.command_store import CommandStore
from kaufland_cli.secrets.environment import EnvironmentStore
from kaufland_cli.secrets.file_store import FileStore
from kaufland_cli.secrets.keyring_store import KeyringStore
from kaufland_cli.secrets.kind import SecretKind
from kaufland_cli.secrets.secret_key import SecretKey
from kaufland_cli.secrets.store import SecretStore
from kaufland_cli.secrets.systemd_credentials import SystemdCredentials, find_systemd_credentials
from kaufland_cli.secrets.systemd_store import SystemdStore, credential_file

STORE_NAMES = ("keyring", "systemd", "file", "command", "env")


@dataclass(frozen=True, slots=True)
class FoundSecret:
    """A secret key and where it was found, in the words of `SecretStore.place`."""

    secret: SecretKey
    source: str


def open_secret_store(
    name: str,
    *,
    account: str,
    environ: Mapping[str, str],
    file: Path,
    command: Sequence[str],
    time_limit: float = 10.0,
    may_ask: bool = True,
    reach_bus: Callable[[], str] = str,
    kind: SecretKind = SecretKind.SELLER,
) -> SecretStore:
    """Return the store of that name; what it lacks is said when it is used.

    `whose` secret it is decides about the keyring's entry (`account` names it: the client key, for Business Central
    the client id or user name), about what is added to the file's name, and about the variable; `command` is the one
    for that secret. For the partner's there is none.
    `time_limit` (in seconds), `may_ask` and `reach_bus` are for the keyring: see `KeyringStore`.
    Raises `SecretStoreFailed` for a name that is none of `STORE_NAMES`.
    """
    others = environment_for_others(environ)
    match name:
        case "keyring":
            return KeyringStore(
                account,
                kind,
                time_limit=time_limit,
                may_ask=may_ask,
                reach_bus=reach_bus,
                other_stores=_stores_without_keyring(others),
            )
        case "systemd":
            given = environ.get("CREDENTIALS_DIRECTORY")
            return SystemdStore(
                credential_file(file, kind),
                kind,
                given=Path(given) if given else None,
                find=lambda: systemd_credentials(others),
            )
        case "file":
            return FileStore(file.with_name(f"{file.name}{kind.file_suffix}"), kind)
        case "command":
            return CommandStore(command, kind, environ=others)
        case "env":
            return EnvironmentStore(environ, kind)
    del environ  # a traceback that shows local variables must not find it
    raise SecretStoreFailed(f"There is no secret store {name!r}; valid are {', '.join(STORE_NAMES)}.")


def systemd_credentials(environ: Mapping[str, str]) -> SystemdCredentials:
    """Return what systemd's credentials can do for this user; PATH of the environment says where programs are."""
    return find_systemd_credentials(environ, is_root=sys.platform != "win32" and os.geteuid() == 0)


def _stores_without_keyring(environ: Mapping[str, str]) -> Callable[[], tuple[str, ...]]:
    """Return how to find out, at the cost of a short process, which other stores work here, the best first."""

    def stores() -> tuple[str, ...]:
        files = ("file", "command", "env")
        found = systemd_credentials(environ)
        if found.for_schedules:
            return ("systemd", *files) if found.is_root else (files[0], "systemd", *files[1:])
        return files

    return stores


def fetch_secret_key(
    store: SecretStore, environ: Mapping[str, str], kind: SecretKind = SecretKind.SELLER
) -> FoundSecret:
    """Return the secret key of the environment variable if it is set, else the store's; never of another store.

    The variable is that of `whose` secret it is.
    Raises `SecretMissing` or `SecretStoreFailed`.
    """
    variable = EnvironmentStore(environ, kind)
    del environ  # a traceback that shows local variables must not find it
    if variable.is_set:
        return FoundSecret(variable.fetch(), variable.place)
    return FoundSecret(store.fetch(), store.place)
