"""A secret in the keyring of the operating system, through the `keyring` library, which is loaded on first use.

The library has no time limit, and a locked keyring waits until somebody answers its prompt; so every use here has a
time limit. How keyrings fail: docs/decisions/0006-secret-stores.md.
"""

import logging
import secrets
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Self, TypeVar

from kaufland_cli.domain.hint import command
from kaufland_cli.errors import KauflandError, SecretMissing
from kaufland_cli.secrets.keyring_faults import KeyringFaults, comes_from, writing_backend
from kaufland_cli.secrets.kind import SecretKind
from kaufland_cli.secrets.secret_key import SecretKey
from kaufland_cli.secrets.time_limit import run_within

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

TIME_LIMIT = 10.0

T = TypeVar("T")


class KeyringSource:
    """One entry of the keyring: the service is the kind of secret, the user name is the account (client key).

    `reach_bus` is called before the library looks for the session bus, without which Linux has no keyring; it returns
    why there is none, or an empty text. With `may_ask`, a locked keyring may prompt and be unlocked within `time_limit`
    seconds; otherwise it is an error at once. `other_sources` names the sources that work here, for the errors.
    """

    name = "keyring"
    writable = True

    def __init__(
        self,
        account: str,
        kind: SecretKind = SecretKind.SELLER,
        *,
        time_limit: float = TIME_LIMIT,
        may_ask: bool = True,
        reach_bus: Callable[[], str] = str,
        other_sources: Callable[[], Sequence[str]] = lambda: ("file", "command", "env"),
    ) -> None:
        self._account = account
        self._kind = kind
        self._service = kind.keyring_service
        self.place = f"the keyring of this system (entry {self._service})"
        self._time_limit = time_limit
        self._may_ask = may_ask
        self._reach_bus = reach_bus
        self._faults = KeyringFaults(time_limit, other_sources)

    def probe(self) -> None:
        """Save a random value under a random user name, read it back and delete it. Raises `SecretSourceFailed`."""

        def save_and_delete(backend: "KeyringBackend") -> None:
            user_name, value = f"probe-{secrets.token_hex(8)}", secrets.token_hex(32)
            try:
                backend.set_password(self._service, user_name, value)
                kept = backend.get_password(self._service, user_name) == value
            finally:
                with suppress(Exception):  # the first error counts
                    backend.delete_password(self._service, user_name)
            if not kept:
                raise self._faults.discards()

        self._use(save_and_delete)

    def fetch(self) -> SecretKey:
        """Return the secret of the account. Raises `SecretMissing` or `SecretSourceFailed`."""

        def read(backend: "KeyringBackend") -> SecretKey:
            return SecretKey(
                backend.get_password(self._service, self._account) or "", place=self.place, kind=self._kind
            )

        return self._entry(read)

    def for_writing(self) -> Self:
        return self

    def save(self, secret: SecretKey) -> None:
        """Save the secret and read it back. Raises `SecretSourceFailed`."""

        def keep(backend: "KeyringBackend") -> None:
            backend.set_password(self._service, self._account, secret.reveal())
            if backend.get_password(self._service, self._account) != secret.reveal():
                raise self._faults.discards()

        self._entry(keep)

    def delete(self) -> bool:
        """Delete the entry and return whether there was one. Raises `SecretSourceFailed`."""

        def remove(backend: "KeyringBackend") -> bool:
            if backend.get_password(self._service, self._account) is None:
                return False
            backend.delete_password(self._service, self._account)
            return True

        return self._entry(remove)

    def _entry(self, action: Callable[["KeyringBackend"], T]) -> T:
        if not self._account:
            raise SecretMissing(
                f"The keyring's entry belongs to the {self._kind.account}, and no {self._kind.account} is set.",
                hint=command("setup"),
            )
        return self._use(action)

    def _use(self, action: Callable[["KeyringBackend"], T]) -> T:
        finished = run_within(self._time_limit, lambda: self._attempt(action))
        if finished is None:
            raise self._faults.no_answer()
        if isinstance(finished.value, KauflandError):
            raise finished.value
        return finished.value

    def _attempt(self, action: Callable[["KeyringBackend"], T]) -> T | KauflandError:
        """Run the action. Its exceptions are returned without their tracebacks, which may contain the secret."""
        self._faults.no_bus = self._reach_bus()
        try:
            backend = _current_keyring()
            refusal = self._faults.refusal(backend)
        except Exception as error:  # noqa: BLE001  # a wrong PYTHON_KEYRING_BACKEND may raise anything
            return self._faults.unusable(error)
        if refusal is not None:
            return refusal
        try:
            if not self._may_ask and is_locked(backend, self._service, self._account):
                return self._faults.locked()
            return action(backend)
        except KauflandError as error:
            return error.with_traceback(None)
        except Exception as error:  # noqa: BLE001  # each system's keyring raises exceptions of its own
            return self._faults.met(error)


def _current_keyring() -> "KeyringBackend":
    import keyring  # noqa: PLC0415  # slow to load, and most commands do not need it

    logger = logging.getLogger("keyring")
    if not logger.handlers:  # otherwise the library's warning about a broken plug-in goes to standard error
        logger.addHandler(logging.NullHandler())
    return keyring.get_keyring()


def is_locked(backend: "KeyringBackend", service: str, account: str) -> bool:
    """Return whether using this entry would open a prompt: it is locked, or there is no keyring yet.

    Known only for the Secret Service (GNOME Keyring, KWallet from 5.97 on, KeePassXC); others end at the time limit.
    Raises whatever the library raises if the keyring cannot be reached.
    """
    backend = writing_backend(backend)
    if not comes_from(backend, "keyring.backends.SecretService"):
        return False
    import secretstorage  # noqa: PLC0415  # comes with the library, which is loaded on first use

    preferred = getattr(backend, "preferred_collection", None)
    with closing(secretstorage.dbus_init()) as bus:
        try:
            collection = secretstorage.Collection(bus, *([preferred] if preferred else []))
        except secretstorage.ItemNotFoundException:
            return True
        entries = collection.search_items({"service": service, "username": account})
        return collection.is_locked() or any(entry.is_locked() for entry in entries)
