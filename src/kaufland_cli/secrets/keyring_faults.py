"""The ways in which a keyring fails, each as a sentence and a way out.

Exceptions of the `keyring` library and of what lies under it are told apart by the names of their classes: which of
their modules exist depends on the system. Their texts are never shown, since they may hold what was to be kept.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kaufland_cli.errors import SecretStoreFailed, command

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

ABSENT = {"NoKeyringError", "SecretServiceNotAvailableException"}
LOCKED = {"InitError", "KeyringLocked", "LockedException", "PromptDismissedException", "TimeoutError"}


@dataclass(slots=True)
class KeyringFaults:
    """Words the errors of one keyring store; `time_limit` is in seconds."""

    time_limit: float
    other_stores: Callable[[], Sequence[str]]
    """The stores that would work here, best first; asked only when something failed."""
    no_bus: str = ""
    """Why Linux has no keyring for this process, as far as that is known."""

    @property
    def another_store(self) -> str:
        """The way out: the best other store, and the others that work here."""
        best, *others = self.other_stores()
        return f"{command('setup', '--secret-store', best)} ({', '.join(others)} would work here too)"

    @property
    def unlock_or_another_store(self) -> str:
        """The way out where there is a keyring, but not open."""
        return f"Unlock it by logging in to the desktop and try again, or: {self.another_store}"

    def refusal(self, backend: "KeyringBackend") -> SecretStoreFailed | None:
        """Return why this backend of the library may not be used, or None if it may.

        Several backends behind the library's chainer are judged by the first: it is the one that writes.
        """
        if comes_from(backend, "keyring.backends.chainer"):
            chained = backend.backends  # type: ignore[attr-defined]  # the chainer alone has it
            return self.refusal(chained[0]) if chained else self.none_here()
        if comes_from(backend, "keyring.backends.fail"):
            return self.none_here()
        if comes_from(backend, "keyring.backends.null"):
            return SecretStoreFailed(
                "There is no keyring here: it is switched off (the null backend, which discards what it is given).",
                hint=f"Remove PYTHON_KEYRING_BACKEND or keyringrc.cfg, or: {self.another_store}",
            )
        if comes_from(backend, "keyrings.alt"):
            return SecretStoreFailed(
                f"The keyring here is not secure: {type(backend).__name__} of keyrings.alt keeps secrets in plain text "
                "or asks for a password each time. A file that only you may read does the same, openly.",
                hint="kaufland setup --secret-store file",
            )
        return None

    def unusable(self, error: Exception) -> SecretStoreFailed:
        """Say that no keyring could be chosen, for example because PYTHON_KEYRING_BACKEND is wrong."""
        return SecretStoreFailed(
            f"There is no keyring here: the one that is configured cannot be loaded ({type(error).__name__}).",
            hint=f"Check PYTHON_KEYRING_BACKEND and keyringrc.cfg, or: {self.another_store}",
        )

    def none_here(self) -> SecretStoreFailed:
        """Say that the system offers no keyring to this process."""
        why = f": this process has no session bus ({self.no_bus})" if self.no_bus else ""
        return SecretStoreFailed(f"There is no keyring here{why}.", hint=self.another_store)

    def no_answer(self) -> SecretStoreFailed:
        """Say that the time limit passed."""
        return SecretStoreFailed(
            f"The keyring is locked and nobody unlocked it within {self.time_limit:g} seconds.",
            hint=self.unlock_or_another_store,
        )

    def locked(self) -> SecretStoreFailed:
        """Say that nobody is there who could unlock it, so that nobody was asked."""
        return SecretStoreFailed(
            "The keyring is locked, or was never set up, and there is no terminal: nobody would see its prompt.",
            hint=self.unlock_or_another_store,
        )

    def discards(self) -> SecretStoreFailed:
        """Say that what was kept was not there when it was read back."""
        return SecretStoreFailed(
            "The keyring discards what it is given: it reported success and stored nothing.", hint=self.another_store
        )

    def met(self, error: Exception) -> SecretStoreFailed:
        """Word an exception that a keyring raised while it was used."""
        names = {kind.__name__ for cause in (error, error.__cause__) for kind in type(cause).__mro__}
        if names & ABSENT:
            return self.none_here()
        if names & LOCKED:
            return SecretStoreFailed(
                "The keyring is locked, or was never set up, and could not be unlocked.",
                hint=self.unlock_or_another_store,
            )
        return SecretStoreFailed(f"The keyring refused ({type(error).__name__}).", hint=self.unlock_or_another_store)


def comes_from(backend: "KeyringBackend", package: str) -> bool:
    """Tell whether a backend, or what it is made of, belongs to a package."""
    return any(f"{kind.__module__}.".startswith(f"{package}.") for kind in type(backend).__mro__)


def writing_backend(backend: "KeyringBackend") -> "KeyringBackend":
    """Return the backend that writes: of several behind the library's chainer, the first."""
    if comes_from(backend, "keyring.backends.chainer"):
        chained: Sequence[KeyringBackend] = backend.backends  # type: ignore[attr-defined]  # the chainer alone has it
        return chained[0] if chained else backend
    return backend
