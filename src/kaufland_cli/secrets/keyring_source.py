"""A secret in the keyring of the operating system, through the `keyring` library, which is loaded on first use.

The library has no time limit, and a locked keyring waits until somebody answers its prompt; so every use here has a
time limit. How keyrings fail: docs/decisions/0006-secret-sources.md.

Exceptions of the library and of the packages below it are recognised by class name: which of their modules exist
depends on the system. Their texts are never shown, since they may contain the secret.
"""

import logging
import secrets
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeVar

from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import KauflandError, SecretMissing, SecretSourceFailed
from kaufland_cli.secrets.kind import SecretKind
from kaufland_cli.secrets.secret_key import SecretKey
from kaufland_cli.time_limit import run_within

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

TIME_LIMIT = 10.0
ABSENT = {"NoKeyringError", "SecretServiceNotAvailableException"}
LOCKED = {"InitError", "KeyringLocked", "LockedException", "PromptDismissedException", "TimeoutError"}

T = TypeVar("T")


@dataclass(slots=True)
class KeyringFaults:
    """The errors of a keyring, with what to do about each; `time_limit` is in seconds."""

    time_limit: float
    other_sources: Callable[[], Sequence[str]]
    """Returns the other sources that work here, best first; called only after a failure."""
    no_bus: str = ""
    """Why this process has no session bus, without which Linux has no keyring; empty if unknown."""

    @property
    def another_source(self) -> Hint:
        """The fix: the best other source, and the rest that would work."""
        best, *others = self.other_sources()
        return Hint(command("setup", "--secret-store", best), f" ({', '.join(others)} would work here too)")

    @property
    def unlock_or_another_source(self) -> Hint:
        """The fix for a keyring that exists but is locked."""
        return Hint("Unlock it by logging in to the desktop and try again, or: ", self.another_source)

    def refusal(self, backend: "KeyringBackend") -> SecretSourceFailed | None:
        """Return why this backend of the library may not be used; None if it may.

        For the chainer, which combines several backends, the first one counts: it is the one that writes.
        """
        if comes_from(backend, "keyring.backends.chainer"):
            chained = backend.backends  # type: ignore[attr-defined]  # only the chainer has it
            return self.refusal(chained[0]) if chained else self.none_here()
        if comes_from(backend, "keyring.backends.fail"):
            return self.none_here()
        if comes_from(backend, "keyring.backends.null"):
            return SecretSourceFailed(
                "There is no keyring here: it is switched off (the null backend, which discards what it is given).",
                hint=Hint("Remove PYTHON_KEYRING_BACKEND or keyringrc.cfg, or: ", self.another_source),
            )
        if comes_from(backend, "keyrings.alt"):
            return SecretSourceFailed(
                f"The keyring here is not secure: {type(backend).__name__} of keyrings.alt keeps secrets in plain text "
                "or asks for a password each time. A file that only you may read does the same, openly.",
                hint=command("setup", "--secret-store", "file"),
            )
        return None

    def unusable(self, error: Exception) -> SecretSourceFailed:
        """Return the error for a keyring that cannot be loaded, for example because of PYTHON_KEYRING_BACKEND."""
        return SecretSourceFailed(
            f"There is no keyring here: the one that is configured cannot be loaded ({type(error).__name__}).",
            hint=Hint("Check PYTHON_KEYRING_BACKEND and keyringrc.cfg, or: ", self.another_source),
        )

    def none_here(self) -> SecretSourceFailed:
        """Return the error for a system without a keyring."""
        why = f": this process has no session bus ({self.no_bus})" if self.no_bus else ""
        return SecretSourceFailed(f"There is no keyring here{why}.", hint=self.another_source)

    def no_answer(self) -> SecretSourceFailed:
        """Return the error for a keyring that was not unlocked within the time limit."""
        return SecretSourceFailed(
            f"The keyring is locked and nobody unlocked it within {self.time_limit:g} seconds.",
            hint=self.unlock_or_another_source,
        )

    def locked(self) -> SecretSourceFailed:
        """Return the error for a locked keyring without a terminal, so without anybody to unlock it."""
        return SecretSourceFailed(
            "The keyring is locked, or was never set up, and without a terminal nobody would see its prompt.",
            hint=self.unlock_or_another_source,
        )

    def discards(self) -> SecretSourceFailed:
        """Return the error for a keyring that does not return what was saved."""
        return SecretSourceFailed(
            "The keyring discards what it is given: it reported success and saved nothing.", hint=self.another_source
        )

    def met(self, error: Exception) -> SecretSourceFailed:
        """Return the error for an exception that the keyring raised in use."""
        names = {kind.__name__ for cause in (error, error.__cause__) for kind in type(cause).__mro__}
        if names & ABSENT:
            return self.none_here()
        if names & LOCKED:
            return SecretSourceFailed(
                "The keyring is locked, or was never set up, and could not be unlocked.",
                hint=self.unlock_or_another_source,
            )
        return SecretSourceFailed(f"The keyring refused ({type(error).__name__}).", hint=self.unlock_or_another_source)


def comes_from(backend: "KeyringBackend", package: str) -> bool:
    """Return whether the class of a backend, or one of its base classes, belongs to a package."""
    return any(f"{kind.__module__}.".startswith(f"{package}.") for kind in type(backend).__mro__)


def writing_backend(backend: "KeyringBackend") -> "KeyringBackend":
    """Return the backend that writes: of those that a chainer combines, the first."""
    if comes_from(backend, "keyring.backends.chainer"):
        chained: Sequence[KeyringBackend] = backend.backends  # type: ignore[attr-defined]  # only the chainer has it
        return chained[0] if chained else backend
    return backend


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
