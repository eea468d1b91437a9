"""Where the secret key is kept and how it is fetched.

Nothing here asks, prints or logs. Importing this room does not load the `keyring` library; using the keyring does.
"""

from kaufland_cli.secret_key.choosing import (
    STORE_NAMES,
    FoundSecret,
    fetch_secret_key,
    open_secret_store,
    systemd_credentials,
)
from kaufland_cli.secret_key.key import EXPECTED_LENGTH, SecretKey, length_warning
from kaufland_cli.secret_key.store import SecretStore
from kaufland_cli.secret_key.systemd_credentials import FIRST_FOR_USER_UNITS
from kaufland_cli.secret_key.systemd_store import credential_file
from kaufland_cli.secret_key.whose import Whose

__all__ = [
    "EXPECTED_LENGTH",
    "FIRST_FOR_USER_UNITS",
    "STORE_NAMES",
    "FoundSecret",
    "SecretKey",
    "SecretStore",
    "Whose",
    "credential_file",
    "fetch_secret_key",
    "length_warning",
    "open_secret_store",
    "systemd_credentials",
]
