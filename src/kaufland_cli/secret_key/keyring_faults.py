"""The ways in which a keyring fails, each as a sentence and a way out.

Exceptions of the `keyring` library and of what lies under it are told apart by the names of their classes: which of
their modules exist depends on the system. Their texts are never shown, since they may hold what was to be kept.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kaufland_cli.errors import SecretStoreFailed

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

ANOTHER_STORE = "kaufland setup --secret-store file (or command, or env: all three work without a keyring)"
UNLOCK_OR_ANOTHER_STORE = f"Unlock it by logging in to the desktop and try again, or: {ANOTHER_STORE}"

ABSENT = {"NoKeyringError", "SecretServiceNotAvailableException"}
LOCKED = {"InitError", "KeyringLocked", "LockedException", "PromptDismissedException", "TimeoutError"}


@dataclass(frozen=True, slots=True)
class KeyringFaults:
    """Words the errors of one keyring store; `time_limit` is in seconds."""

    time_limit: float
    session_bus: bool = True

    def refusal(self, backend: "KeyringBackend") -> SecretStoreFailed | None:
        """Return why this backend of the library may not be used, or None if it may.

        Several backends behind the library's chainer are judged by the first: it is the one that writes.
        """
        if _comes_from(backend, "keyring.backends.chainer"):
            chained = backend.backends  # type: ignore[attr-defined]  # the chainer alone has it
            return self.refusal(chained[0]) if chained else self.none_here()
        if _comes_from(backend, "keyring.backends.fail"):
            return self.none_here()
        if _comes_from(backend, "keyring.backends.null"):
            return SecretStoreFailed(
                "There is no keyring here: it is switched off (the null backend, which discards what it is given).",
                hint=f"Remove PYTHON_KEYRING_BACKEND or keyringrc.cfg, or: {ANOTHER_STORE}",
            )
        if _comes_from(backend, "keyrings.alt"):
            return SecretStoreFailed(
                f"The keyring here is not safe: {type(backend).__name__} of keyrings.alt keeps secrets in plain text "
                "or asks for a password each time. A file that only you may read does the same honestly.",
                hint="kaufland setup --secret-store file",
            )
        return None

    def unusable(self, error: Exception) -> SecretStoreFailed:
        """Say that no keyring could be chosen, for example because PYTHON_KEYRING_BACKEND is wrong."""
        return SecretStoreFailed(
            f"There is no keyring here: the one that is configured cannot be loaded ({type(error).__name__}).",
            hint=f"Check PYTHON_KEYRING_BACKEND and keyringrc.cfg, or: {ANOTHER_STORE}",
        )

    def none_here(self) -> SecretStoreFailed:
        """Say that the system offers no keyring to this process."""
        why = "" if self.session_bus else ": this process has no session bus (DBUS_SESSION_BUS_ADDRESS is not set)"
        return SecretStoreFailed(f"There is no keyring here{why}.", hint=ANOTHER_STORE)

    def no_answer(self) -> SecretStoreFailed:
        """Say that the time limit passed."""
        return SecretStoreFailed(
            f"The keyring is locked and nobody unlocked it within {self.time_limit:g} seconds.",
            hint=UNLOCK_OR_ANOTHER_STORE,
        )

    def discards(self) -> SecretStoreFailed:
        """Say that what was kept was not there when it was read back."""
        return SecretStoreFailed(
            "The keyring discards what it is given: it said yes and kept nothing.", hint=ANOTHER_STORE
        )

    def met(self, error: Exception) -> SecretStoreFailed:
        """Word an exception that a keyring raised while it was used."""
        names = {kind.__name__ for cause in (error, error.__cause__) for kind in type(cause).__mro__}
        if names & ABSENT:
            return self.none_here()
        if names & LOCKED:
            return SecretStoreFailed(
                "The keyring is locked, or was never set up, and could not be unlocked.", hint=UNLOCK_OR_ANOTHER_STORE
            )
        return SecretStoreFailed(f"The keyring refused ({type(error).__name__}).", hint=UNLOCK_OR_ANOTHER_STORE)


def _comes_from(backend: "KeyringBackend", package: str) -> bool:
    return any(f"{kind.__module__}.".startswith(f"{package}.") for kind in type(backend).__mro__)
