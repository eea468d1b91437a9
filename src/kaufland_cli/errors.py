"""Every error that a seller can meet: one class a cause, with its exit code and the way out.

The first line of each docstring is the row of the error in the documentation. An error says what happened and why
(`message`) and the next thing to do (`hint`, mostly a command to type).
"""

import re
import shlex
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import IntEnum
from typing import ClassVar, Self

_OPTION = re.compile(r"--[a-z][a-z-]*")


def command(*arguments: str) -> str:
    """Return a command of this program as a person types it: `kaufland` and the arguments, quoted for the shell.

    Every hint that puts a value from outside (an order id, a file, a setting) into a command uses this. A value that
    begins with a hyphen comes behind `--`, as does every value after it, so that it is taken for no option.
    """
    words: list[str] = []
    behind: list[str] = []
    for before, word in zip(("", *arguments), arguments, strict=False):
        of_an_option = _OPTION.fullmatch(word) or _OPTION.fullmatch(before)
        (behind if not of_an_option and (behind or word.startswith("-")) else words).append(word)
    return shlex.join(("kaufland", *words, *(["--", *behind] if behind else ())))


def shell_command(*words: str) -> str:
    """Return a command of another program as a person types it, quoted for the shell."""
    return shlex.join(words)


def and_then(fix: str, *arguments: str) -> str:
    """Return a hint: what to do first, which may end in a command, and then this one."""
    return f"{fix}{'; then:' if 'kaufland ' in fix else ', then:'} {command(*arguments)}"


class ExitCode(IntEnum):
    """What the process tells the shell; `meaning` is the sentence of the documentation."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> Self:
        """Make a member from its number and its meaning."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    DONE = 0, "done"
    PROGRAM_FAULT = 1, "a fault of this program"
    USAGE = 2, "wrong usage"
    SETTINGS = 3, "settings or secret missing or wrong"
    CREDENTIALS = 4, "Kaufland (or BC) refused the credentials"
    UNREACHABLE = 5, "Kaufland (or BC) unreachable, busy or failing: try again later"
    PARTLY = 6, "partly done: some orders failed, listed"
    RUNNING = 7, "another import (or push of sales orders) is running"
    UNHEALTHY = 8, "unhealthy: stale, incomplete (an import too) or differing"
    STORE = 9, "the store cannot be used: full, read-only, damaged, newer than this program"
    INTERRUPTED = 130, "interrupted"


class KauflandError(Exception):
    """Any error this program knows; never raised itself."""

    exit_code: ClassVar[ExitCode] = ExitCode.PROGRAM_FAULT
    default_hint: ClassVar[str] = "kaufland --help"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = self.default_hint if hint is None else hint

    @classmethod
    def code_name(cls) -> str:
        """Return the stable name of this error in JSON, for example `credentials_refused`."""
        name = cls.__name__
        return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")

    @classmethod
    def summary(cls) -> str:
        """Return the first line of the docstring: the row of the documentation."""
        return (cls.__doc__ or "").strip().splitlines()[0]


class ProgramFault(KauflandError):
    """Something in this program went wrong that it did not expect."""

    default_hint = "Run the same command with --debug before it (kaufland --debug …) and report what it shows."


# --- usage ----------------------------------------------------------------------------------------------------------


class WrongUsage(KauflandError):
    """A command, option or value that this program does not understand."""

    exit_code = ExitCode.USAGE


class TerminalNeeded(WrongUsage):
    """A question had to be asked and there is no terminal to ask it on."""


class NotFound(WrongUsage):
    """The order or log entry asked for is not in the store."""

    default_hint = "kaufland orders list"


# --- settings and secret --------------------------------------------------------------------------------------------


class SettingsProblem:
    """One fault in the settings: where it is, what is wrong and what is allowed."""

    def __init__(self, place: str, key: str, problem: str, allowed: str = "") -> None:
        self.place = place
        self.key = key
        self.problem = problem
        self.allowed = allowed

    def __str__(self) -> str:
        start = f"{self.place}: {self.key}" if self.key else self.place
        return f"{start}: {self.problem}" + (f"; allowed: {self.allowed}" if self.allowed else "")


class SettingsError(KauflandError):
    """The settings are missing or wrong; every fault is named at once."""

    exit_code = ExitCode.SETTINGS
    default_hint = "kaufland setup"

    def __init__(self, message: str, *, problems: Iterable[SettingsProblem] = (), hint: str | None = None) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join([message, *(f"  {problem}" for problem in self.problems)]), hint=hint)


class ClientKeyChanged(SettingsError):
    """The store belongs to another client key than the one in the settings."""

    default_hint = "kaufland import-orders --accept-client-key"


class SecretMissing(SettingsError):
    """There is no secret key where the settings say that it is kept."""

    default_hint = "kaufland secret set"


class SecretStoreFailed(SettingsError):
    """The place where the secret key is kept cannot be used: absent, locked, refusing or forgetful."""

    default_hint = "kaufland setup --secret-store file"


# --- Kaufland refuses -----------------------------------------------------------------------------------------------


class CredentialsRefused(KauflandError):
    """Kaufland did not accept the signed request: client key, secret key, clock or account."""

    exit_code = ExitCode.CREDENTIALS
    default_hint = "kaufland setup"


class ClockWrong(CredentialsRefused):
    """This machine's clock is more than five minutes off, so every signature is refused."""

    default_hint = "Set this machine's clock (for example: timedatectl set-ntp true), then: kaufland test-connection"


class RightsMissing(CredentialsRefused):
    """The credentials are good but the account may not do this."""

    default_hint = "kaufland test-connection"


# --- Kaufland out of reach ------------------------------------------------------------------------------------------


class KauflandUnavailable(KauflandError):
    """Kaufland could not be reached or could not answer; trying again later may help."""

    exit_code = ExitCode.UNREACHABLE
    default_hint = "Try again later: kaufland test-connection"


class NameNotResolved(KauflandUnavailable):
    """The host name of the API could not be looked up."""


class ConnectionFailed(KauflandUnavailable):
    """No connection to the API came about, or it broke off."""


class ProxyFailed(ConnectionFailed):
    """The proxy that the environment names could not be reached, or let nothing through."""


class TlsFailed(KauflandUnavailable):
    """The encrypted connection could not be trusted, for example because of a wrong certificate."""


class TimedOut(KauflandUnavailable):
    """Kaufland did not answer in time."""


class KauflandBusy(KauflandUnavailable):
    """Kaufland asks for fewer requests, and may say when to come back."""

    def __init__(self, message: str, *, retry_after: datetime | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class KauflandFailing(KauflandUnavailable):
    """Kaufland answered with a failure of its own (HTTP 5xx)."""


class AnswerUnreadable(KauflandUnavailable):
    """What came back is not an answer of the Seller API: HTML, a redirect, a cut or oversized body."""


class OtherAnswer(AnswerUnreadable):
    """Kaufland answered with another order, or unit, than the one that was asked for; nothing of it was stored."""


# --- Kaufland does not accept a request -------------------------------------------------------------------------------


class RequestRefused(KauflandError):
    """Kaufland did not accept this request (HTTP 4xx); the same request will be refused again."""

    exit_code = ExitCode.UNREACHABLE
    default_hint = "kaufland test-connection"

    def __init__(self, message: str, *, status_code: int, problem_type: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status_code = status_code
        self.problem_type = problem_type


# --- the merchandise system in which sales orders are created --------------------------------------------------------


class TargetUnavailable(KauflandError):
    """The merchandise system could not be reached or could not answer; nothing was created."""

    exit_code = ExitCode.UNREACHABLE
    default_hint = "Try again later: kaufland sales-orders push"

    def __init__(self, message: str, *, retry_after: datetime | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after
        """When it asks to come back, UTC; None where it does not say."""


class TargetDoubtful(KauflandError):
    """No clear answer came to the question whether a sales order was created; it is looked for before another try."""

    exit_code = ExitCode.UNREACHABLE
    default_hint = "kaufland sales-orders push"


class TargetCredentialsRefused(KauflandError):
    """The merchandise system did not accept the credentials or the rights that go with them."""

    exit_code = ExitCode.CREDENTIALS
    default_hint = "kaufland sales-orders check"


class TargetRefused(KauflandError):
    """The merchandise system does not accept a sales order; it was surely not created."""

    exit_code = ExitCode.PARTLY
    default_hint = "Do what it says, then: kaufland sales-orders retry"

    def __init__(self, message: str, *, fix: str = "Do what it says") -> None:
        super().__init__(message, hint=and_then(fix, "sales-orders", "retry"))
        self.fix = fix
        """What to do about it, before it is tried again."""


# --- runs and store -------------------------------------------------------------------------------------------------


class ImportRunning(KauflandError):
    """Another import holds the run lock."""

    exit_code = ExitCode.RUNNING
    default_hint = "Wait until it has finished, then: kaufland status"


class ImportIncomplete(KauflandError):
    """A scheduled import could not read everything; what it read is stored, and the next one reads on."""

    exit_code = ExitCode.UNHEALTHY
    default_hint = "kaufland import-orders"


class NotificationFailed(KauflandError):
    """An e-mail, a ping or an entry in the event log that tells of imports could not be sent; imports go on."""

    exit_code = ExitCode.UNREACHABLE
    default_hint = "kaufland monitoring test"


class PushRunning(KauflandError):
    """Sales orders are being pushed already."""

    exit_code = ExitCode.RUNNING
    default_hint = "Wait until it has finished, then: kaufland sales-orders list"


class StoreUnusable(KauflandError):
    """The store cannot be used."""

    exit_code = ExitCode.STORE
    default_hint = "kaufland config path store"


class StoreNewer(StoreUnusable):
    """The store was written by a newer version of this program."""

    default_hint = "pipx upgrade kaufland-cli"


class StoreDamaged(StoreUnusable):
    """The store is damaged or is not a store of this program."""


class StoreGone(StoreUnusable):
    """The store is empty, gone or another one, although there was a store here; no new one is started by itself."""


class StoreReadOnly(StoreUnusable):
    """The store or its folder cannot be written."""


class StoreFull(StoreUnusable):
    """There is no room left where the store lies."""


class StoreBusy(StoreUnusable):
    """Another program holds the store."""


# --- the system's scheduler -------------------------------------------------------------------------------------------


class ScheduleUnusable(KauflandError):
    """The system's scheduler cannot be used here, refuses the entry, or never started the import."""

    exit_code = ExitCode.UNHEALTHY
    default_hint = "kaufland schedule status"


class Interrupted(KauflandError):
    """The person or the system stopped the command."""

    exit_code = ExitCode.INTERRUPTED
    default_hint = "Run the same command again: nothing is lost and nothing comes twice."


def known_errors() -> Iterator[type[KauflandError]]:
    """Yield every error class, parents before their children."""
    waiting: list[type[KauflandError]] = [KauflandError]
    while waiting:
        found = waiting.pop(0)
        if found is not KauflandError:
            yield found
        waiting.extend(found.__subclasses__())
