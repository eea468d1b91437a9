"""Every error a seller can run into: one class per cause, with its exit code and a way out.

The first line of each docstring is the error's row in docs/ (generated). An error says what happened and why
(`message`) and what to do next (`hint`, usually a command to type). Commands raise these; `cli/` prints them, and
JSON output carries them under `code_name`.
"""

import shlex
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import IntEnum
from typing import ClassVar, Self

from kaufland_cli.domain.hint import MORE, NO_HINT, Hint, ToCopy, and_then, command


def shell_command(*words: str) -> ToCopy:
    """Return a command of another program as you would type it, quoted for the shell."""
    return ToCopy(shlex.join(words))


def reason_of(error: BaseException) -> str:
    """Return what the operating system says of an error; else its kind: what libraries say is not for users."""
    return getattr(error, "strerror", None) or type(error).__name__


_FIX_THE_CAUSE = Hint("Fix the cause")


class ExitCode(IntEnum):
    """The exit status of the process; `meaning` is its description in the documentation."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> Self:
        """Create a member from its number and meaning."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    DONE = 0, "done"
    PROGRAM_FAULT = 1, "a bug in this program"
    USAGE = 2, "wrong usage"
    SETTINGS = 3, "a setting or secret is missing or wrong"
    CREDENTIALS = 4, "Kaufland (or Business Central) rejected the credentials"
    UNREACHABLE = 5, "Kaufland (or Business Central) is unreachable, busy or failing: try again later"
    PARTLY = 6, "partly done: some orders failed and are listed"
    RUNNING = 7, "another import (or sales order push, or command that writes to Kaufland) is running"
    UNHEALTHY = 8, "unhealthy: data is stale, incomplete or different from Kaufland's, or an import was incomplete"
    STORE = 9, "the store cannot be used: it is full, read-only, damaged or newer than this program"
    INTERRUPTED = 130, "interrupted"


class KauflandError(Exception):
    """The base of all errors of this program; never raised itself."""

    exit_code: ClassVar[ExitCode] = ExitCode.PROGRAM_FAULT
    default_hint: ClassVar[Hint] = command("--help")

    def __init__(self, message: str, *, hint: Hint | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = self.default_hint if hint is None else hint
        self.has_own_hint = hint is not None
        """Whether this very cause has a way out of its own, instead of the one of its kind."""

    @classmethod
    def code_name(cls) -> str:
        """Return the stable name of this error in JSON, for example `credentials_refused`."""
        name = cls.__name__
        return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")

    @classmethod
    def summary(cls) -> str:
        """Return the first line of the docstring: the error's row in the documentation."""
        return (cls.__doc__ or "").strip().splitlines()[0]


class StepBack(Exception):
    """A person at a question wants the one before it again."""


class ProgramFault(KauflandError):
    """Something unexpected went wrong inside this program."""

    default_hint = Hint("Run the same command again as ", command("--debug", MORE), " and report what it shows.")


# --- usage ----------------------------------------------------------------------------------------------------------


class WrongUsage(KauflandError):
    """The command, an option or a value is not valid."""

    exit_code = ExitCode.USAGE


class TerminalNeeded(WrongUsage):
    """The command has to ask a question, but there is no terminal."""


class NotFound(WrongUsage):
    """The order or log entry is not in the store."""

    default_hint = command("orders", "list")


# --- settings and secret --------------------------------------------------------------------------------------------


class SettingsProblem:
    """One problem in the settings: where it is, what is wrong and what is allowed.

    `hint` is for a problem that another command fixes than one that corrects this value.
    """

    def __init__(self, place: str, key: str, problem: str, allowed: str = "", hint: Hint = NO_HINT) -> None:
        self.place = place
        self.key = key
        self.problem = problem
        self.allowed = allowed
        self.hint = hint

    def __str__(self) -> str:
        start = f"{self.place}: {self.key}" if self.key else self.place
        return f"{start}: {self.problem}" + (f"; allowed: {self.allowed}" if self.allowed else "")


class SettingsError(KauflandError):
    """The settings are missing or wrong; all problems are listed together."""

    exit_code = ExitCode.SETTINGS
    default_hint = command("setup")

    def __init__(self, message: str, *, problems: Iterable[SettingsProblem] = (), hint: Hint | None = None) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join([message, *(f"  {problem}" for problem in self.problems)]), hint=hint)


class ClientKeyChanged(SettingsError):
    """The store belongs to a different client key than the one in the settings."""

    default_hint = command("import-orders", "--accept-client-key")


class StorefrontUnknown(SettingsError):
    """The seller account has no such storefront, or no stored order and no setting names it."""

    default_hint = Hint("To see the account's storefronts: ", command("test-connection"))


class SecretMissing(SettingsError):
    """The secret key is not where the settings say it is kept."""

    default_hint = command("secret", "set")


class SecretSourceFailed(SettingsError):
    """The place where the secret key is kept cannot be used: missing, locked, refused or unreliable."""

    default_hint = command("setup", "--secret-store", "file")


# --- Kaufland refuses -----------------------------------------------------------------------------------------------


class CredentialsRefused(KauflandError):
    """Kaufland rejected the signed request: check the client key, secret key, clock and account."""

    exit_code = ExitCode.CREDENTIALS
    default_hint = command("setup")


class ClockWrong(CredentialsRefused):
    """This machine's clock is more than five minutes off, so Kaufland rejects every signature."""

    default_hint = Hint(
        "Set this machine's clock (for example: timedatectl set-ntp true), then: ", command("test-connection")
    )


class RightsMissing(CredentialsRefused):
    """The credentials are valid, but the account has no permission for this."""

    default_hint = command("test-connection")


# --- Kaufland out of reach ------------------------------------------------------------------------------------------


class KauflandUnavailable(KauflandError):
    """Kaufland could not be reached or did not respond properly; trying again later may help."""

    exit_code = ExitCode.UNREACHABLE
    default_hint = Hint("Try again later: ", command("test-connection"))


class NameNotResolved(KauflandUnavailable):
    """The host name of the API could not be looked up."""


class ConnectionFailed(KauflandUnavailable):
    """The connection to the API failed or was interrupted."""


class ProxyFailed(ConnectionFailed):
    """The proxy set in the environment could not be reached or blocked the connection."""


class TlsFailed(KauflandUnavailable):
    """The encrypted connection could not be verified, for example because of a wrong certificate."""


class TimedOut(KauflandUnavailable):
    """Kaufland did not respond in time."""


class KauflandBusy(KauflandUnavailable):
    """Kaufland is limiting requests; it may say when to try again."""

    def __init__(self, message: str, *, retry_after: datetime | None = None, hint: Hint | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class KauflandFailing(KauflandUnavailable):
    """Kaufland reported an internal error (HTTP 5xx)."""


class ResponseUnreadable(KauflandUnavailable):
    """The response does not come from the Seller API: HTML, a redirect, a truncated or oversized body."""


class ResponseMismatch(ResponseUnreadable):
    """Kaufland returned a different order or unit than the one requested; nothing was stored."""


# --- Kaufland does not accept a request -------------------------------------------------------------------------------


class RequestRefused(KauflandError):
    """Kaufland rejected this request (HTTP 4xx) and would reject it again."""

    exit_code = ExitCode.UNREACHABLE
    default_hint = command("test-connection")

    def __init__(self, message: str, *, status_code: int, problem_type: str = "", hint: Hint | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status_code = status_code
        self.problem_type = problem_type


# --- writing to Kaufland ----------------------------------------------------------------------------------------------


class WritingNotAllowed(SettingsError):
    """The settings do not allow this program to change anything of this kind at Kaufland (`writes.allow`)."""


class ActionsInvalid(WrongUsage):
    """Some rows of what was to be done at Kaufland are not valid; nothing was sent."""

    default_hint = command("actions", "list")

    def __init__(self, message: str, *, problems: Iterable[SettingsProblem], hint: Hint | None = None) -> None:
        super().__init__(message, hint=hint)
        self.problems = tuple(problems)
        """Each row, for programs; a person is shown them before."""


class ActionDoubtful(KauflandError):
    """It is unclear whether Kaufland carried out a request; the unit is read back before anything is sent again."""

    exit_code = ExitCode.UNREACHABLE
    default_hint = command("actions", "list", "--state", "in_doubt")

    def __init__(self, message: str, *, status_code: int | None, answered: bool) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.answered = answered
        """Whether the marketplace itself answered, so that it does not still work on the request."""


class ActionsRunning(KauflandError):
    """Another command of this program is writing to Kaufland."""

    exit_code = ExitCode.RUNNING
    default_hint = Hint("Wait until it has finished, then: ", command("actions", "list"))


# --- the system where sales orders are created --------------------------------------------------------


class TargetUnavailable(KauflandError):
    """The merchandise system could not be reached or did not respond properly; nothing was created."""

    exit_code = ExitCode.UNREACHABLE
    default_hint = Hint("Try again later: ", command("sales-orders", "push"))

    def __init__(self, message: str, *, retry_after: datetime | None = None, hint: Hint | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after
        """When it may be tried again, UTC; None if the system did not say."""


class TargetDoubtful(KauflandError):
    """It is unclear whether a sales order was created; the next push looks for it before sending it again."""

    exit_code = ExitCode.UNREACHABLE
    default_hint = command("sales-orders", "push")


class TargetCredentialsRefused(KauflandError):
    """The merchandise system rejected the credentials, or they lack a permission."""

    exit_code = ExitCode.CREDENTIALS
    default_hint = command("sales-orders", "check")


class TargetRefused(KauflandError):
    """The merchandise system rejected a sales order; it was definitely not created."""

    exit_code = ExitCode.PARTLY
    default_hint = and_then(_FIX_THE_CAUSE, "sales-orders", "retry")

    def __init__(self, message: str, *, fix: Hint = _FIX_THE_CAUSE) -> None:
        super().__init__(message, hint=and_then(fix, "sales-orders", "retry"))
        self.fix = fix
        """What to do before trying again."""


# --- runs and store -------------------------------------------------------------------------------------------------


class ImportRunning(KauflandError):
    """Another import is running."""

    exit_code = ExitCode.RUNNING
    default_hint = Hint("Wait until it has finished, then: ", command("status"))


class ImportIncomplete(KauflandError):
    """A scheduled import could not fetch everything; what it fetched is stored, and the next run continues."""

    exit_code = ExitCode.UNHEALTHY
    default_hint = command("import-orders")


class NotificationFailed(KauflandError):
    """A notification (e-mail, ping or event log entry) could not be sent; imports continue."""

    exit_code = ExitCode.UNREACHABLE
    default_hint = command("monitoring", "test")


class PushRunning(KauflandError):
    """Another push of sales orders is running."""

    exit_code = ExitCode.RUNNING
    default_hint = Hint("Wait until it has finished, then: ", command("sales-orders", "list"))


class StoreUnusable(KauflandError):
    """The store cannot be used."""

    exit_code = ExitCode.STORE
    default_hint = command("config", "path", "store")


class StoreNewer(StoreUnusable):
    """The store was written by a newer version of this program."""

    default_hint = Hint(ToCopy("pipx upgrade kaufland-cli"))


class StoreDamaged(StoreUnusable):
    """The store is damaged or does not belong to this program."""


class StoreGone(StoreUnusable):
    """The store is empty, gone or a different one than before; a new one is not created automatically."""


class StoreReadOnly(StoreUnusable):
    """The store or its folder is not writable."""


class StoreFull(StoreUnusable):
    """The disk that holds the store is full."""


class StoreBusy(StoreUnusable):
    """Another program is using the store."""


# --- the system's scheduler -------------------------------------------------------------------------------------------


class ScheduleUnusable(KauflandError):
    """The system's scheduler cannot be used here, rejected the job or never started the import."""

    exit_code = ExitCode.UNHEALTHY
    default_hint = command("schedule", "status")


class Interrupted(KauflandError):
    """You or the system stopped the command."""

    exit_code = ExitCode.INTERRUPTED
    default_hint = Hint("Run the same command again: nothing is lost or duplicated.")


def known_errors() -> Iterator[type[KauflandError]]:
    """Yield every error class, parents before their children."""
    waiting: list[type[KauflandError]] = [KauflandError]
    while waiting:
        found = waiting.pop(0)
        if found is not KauflandError:
            yield found
        waiting.extend(found.__subclasses__())
