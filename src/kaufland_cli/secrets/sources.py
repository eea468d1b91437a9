"""What a secret source can do, which one the settings name, and the order in which a secret is looked for.

Why these sources, and no silent change to another one: docs/decisions/0006-secret-sources.md.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kaufland_cli.errors import SecretSourceFailed
from kaufland_cli.programs import environment_for_others
from kaufland_cli.secrets.command_source import CommandSource
from kaufland_cli.secrets.environment_source import EnvironmentSource
from kaufland_cli.secrets.file_source import FileSource
from kaufland_cli.secrets.keyring_source import KeyringSource
from kaufland_cli.secrets.kind import SecretKind
from kaufland_cli.secrets.secret_key import SecretKey
from kaufland_cli.secrets.systemd_credentials import SystemdCredentials, find_systemd_credentials
from kaufland_cli.secrets.systemd_source import SystemdSource, credential_file

SOURCE_NAMES = ("keyring", "systemd", "file", "command", "env")


class SecretSource(Protocol):
    """One place for one secret. Creating it touches nothing; its methods do, and raise what goes wrong."""

    @property
    def name(self) -> str:
        """Its name in the settings (`secret.store`)."""
        ...

    @property
    def place(self) -> str:
        """Where the secret is kept, for the middle of a sentence, for example `the file /home/ada/secret`."""
        ...

    @property
    def writable(self) -> bool:
        """Whether this program can save the secret there; otherwise it only reads it."""
        ...

    def probe(self) -> None:
        """Test whether the source works here, and leave it as it was.

        A writable source is tested with a random value that is written, read back and deleted; any other one is read.
        Raises `SecretSourceFailed`, and `SecretMissing` if a source that is only read holds nothing.
        """
        ...

    def fetch(self) -> SecretKey:
        """Return the secret. Raises `SecretMissing` or `SecretSourceFailed`."""
        ...

    def for_writing(self) -> "WritableSecretSource":
        """Return this source for saving and deleting. Raises `SecretSourceFailed` if it is not `writable`."""
        ...


class WritableSecretSource(SecretSource, Protocol):
    """A source that this program writes to."""

    def save(self, secret: SecretKey) -> None:
        """Save the secret, replacing an older one, and read it back. Raises `SecretSourceFailed`."""
        ...

    def delete(self) -> bool:
        """Delete the secret and return whether there was one. Raises `SecretSourceFailed`."""
        ...


@dataclass(frozen=True, slots=True)
class FoundSecret:
    """A secret and where it was found, in the words of `SecretSource.place`."""

    secret: SecretKey
    source: str


def open_secret_source(
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
) -> SecretSource:
    """Return the source called `name`; what it lacks is reported when it is used.

    `kind` selects the keyring service, the suffix of `file` and the environment variable. `account` is the user name of
    the keyring entry: the client key, or for Business Central the client id or user name. `command` prints this kind of
    secret; there is none for the partner's. `time_limit` (seconds), `may_ask` and `reach_bus` are for the keyring: see
    `KeyringSource`. Raises `SecretSourceFailed` if `name` is not one of `SOURCE_NAMES`.
    """
    others = environment_for_others(environ)
    match name:
        case "keyring":
            return KeyringSource(
                account,
                kind,
                time_limit=time_limit,
                may_ask=may_ask,
                reach_bus=reach_bus,
                other_sources=_sources_without_keyring(others),
            )
        case "systemd":
            given = environ.get("CREDENTIALS_DIRECTORY")
            return SystemdSource(
                credential_file(file, kind),
                kind,
                given=Path(given) if given else None,
                find=lambda: systemd_credentials(others),
            )
        case "file":
            return FileSource(file.with_name(f"{file.name}{kind.file_suffix}"), kind)
        case "command":
            return CommandSource(command, kind, environ=others)
        case "env":
            return EnvironmentSource(environ, kind)
    del environ  # a traceback that shows local variables must not find it
    raise SecretSourceFailed(f"There is no secret source {name!r}; valid are {', '.join(SOURCE_NAMES)}.")


def systemd_credentials(environ: Mapping[str, str]) -> SystemdCredentials:
    """Return what systemd credentials can do for this user; `environ` supplies PATH."""
    return find_systemd_credentials(environ, is_root=sys.platform != "win32" and os.geteuid() == 0)


def _sources_without_keyring(environ: Mapping[str, str]) -> Callable[[], tuple[str, ...]]:
    """Return a function that names the other sources that work here, best first; it starts a short process."""

    def sources() -> tuple[str, ...]:
        files = ("file", "command", "env")
        found = systemd_credentials(environ)
        if found.for_schedules:
            return ("systemd", *files) if found.is_root else (files[0], "systemd", *files[1:])
        return files

    return sources


def fetch_secret_key(
    source: SecretSource, environ: Mapping[str, str], kind: SecretKind = SecretKind.SELLER
) -> FoundSecret:
    """Return the secret in the environment variable of this kind if it is set, else the one in `source`.

    No other source is tried. Raises `SecretMissing` or `SecretSourceFailed`.
    """
    variable = EnvironmentSource(environ, kind)
    del environ  # a traceback that shows local variables must not find it
    if variable.is_set:
        return FoundSecret(variable.fetch(), variable.place)
    return FoundSecret(source.fetch(), source.place)
