"""Where the secrets are kept and how they are fetched: one secret source per file, chosen in `sources`.

Nothing here asks, prints or logs. Importing this package does not load the `keyring` library; using the keyring does.
The decision: docs/decisions/0006-secret-sources.md.
"""

from kaufland_cli.secrets.kind import SecretKind
from kaufland_cli.secrets.secret_key import COPY_WHOLE, EXPECTED_LENGTH, SecretKey, length_warning
from kaufland_cli.secrets.sources import (
    SOURCE_NAMES,
    FoundSecret,
    SecretSource,
    WritableSecretSource,
    fetch_secret_key,
    open_secret_source,
    systemd_credentials,
)
from kaufland_cli.secrets.systemd_credentials import FIRST_FOR_USER_UNITS
from kaufland_cli.secrets.systemd_source import credential_file

__all__ = [
    "COPY_WHOLE",
    "EXPECTED_LENGTH",
    "FIRST_FOR_USER_UNITS",
    "SOURCE_NAMES",
    "FoundSecret",
    "SecretKey",
    "SecretKind",
    "SecretSource",
    "WritableSecretSource",
    "credential_file",
    "fetch_secret_key",
    "length_warning",
    "open_secret_source",
    "systemd_credentials",
]
