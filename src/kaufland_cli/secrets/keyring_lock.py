"""Whether a keyring is locked, found out without asking anybody to unlock it.

Reading from a locked one opens a window, and a job waits for it in vain. This holds for the Secret Service (GNOME
Keyring, KWallet from 5.97 on, KeePassXC); of others it is not known, and only the time limit ends the wait.
"""

from contextlib import closing
from typing import TYPE_CHECKING

from kaufland_cli.secrets.keyring_faults import comes_from, writing_backend

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend


def is_locked(backend: "KeyringBackend", service: str, account: str) -> bool:
    """Tell whether using this entry would open a window: it is locked, or there is no keyring yet to put it into.

    Raises whatever the library raises where the keyring cannot be reached.
    """
    backend = writing_backend(backend)
    if not comes_from(backend, "keyring.backends.SecretService"):
        return False
    import secretstorage  # noqa: PLC0415  # belongs to the library, which is loaded on first use

    preferred = getattr(backend, "preferred_collection", None)
    with closing(secretstorage.dbus_init()) as bus:
        try:
            collection = secretstorage.Collection(bus, *([preferred] if preferred else []))
        except secretstorage.ItemNotFoundException:
            return True
        entries = collection.search_items({"service": service, "username": account})
        return collection.is_locked() or any(entry.is_locked() for entry in entries)
