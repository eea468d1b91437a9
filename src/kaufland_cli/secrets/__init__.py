"""Where the secret key is kept and how it is fetched.

Nothing here asks, prints or logs. Importing this room does not load the `keyring` library; using the keyring does.
"""

from kaufland_cli.secrets.choosing import (
    STORE_NAMES,
    FoundSecret,
    fetch_secret_key,
    open_secret_store,
    systemd_credentials,
)
from kaufland_cli.secrets.kind import SecretKind
from kaufland_cli.secrets.secret_key import EXPECTED_LENGTH, SecretKey, length_warning
from kaufland_cli.secrets.store import SecretStore
from kaufland_cli.secrets.systemd_credentials import FIRST_FOR_USER_UNITS
from kaufland_cli.secrets.systemd_store import credential_file

__all__ = [
    "EXPECTED_LENGTH",
    "FIRST_FOR_USER_UNITS",
    "STORE_NAMES",
    "FoundSecret",
    "SecretKey",
    "SecretKind",
    "SecretStore",
    "credential_file",
    "fetch_secret_key",
    "length_warning",
    "open_secret_store",
    "systemd_credentials",
]
