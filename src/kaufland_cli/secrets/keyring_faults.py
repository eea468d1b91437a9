"""The ways in which a keyring fails, each with an error message and a fix.

Exceptions of the `keyring` library and of the packages below it are recognised by class name: which of their modules
exist depends on the system. Their texts are never shown, since they may contain the secret.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import SecretSourceFailed

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

ABSENT = {"NoKeyringError", "SecretServiceNotAvailableException"}
LOCKED = {"InitError", "KeyringLocked", "LockedException", "PromptDismissedException", "TimeoutError"}


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
