"""A secret as the first line of output of the seller's own command, mostly a password manager."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import SecretSourceFailed
from kaufland_cli.programs import environment_for_others
from kaufland_cli.secrets.kind import SecretKind
from kaufland_cli.secrets.program import run_program
from kaufland_cli.secrets.secret_key import SecretKey

TIME_LIMIT = 30.0
_EXAMPLE = '["pass", "show", "kaufland"]'


class CommandSource:
    """Runs the command without a shell and without input, and takes the first line of its standard output.

    Errors name only the program: its arguments and its output may contain the secret.
    """

    name = "command"
    writable = False

    def __init__(
        self,
        command: Sequence[str],
        kind: SecretKind = SecretKind.SELLER,
        *,
        environ: Mapping[str, str],
        time_limit: float = TIME_LIMIT,
    ) -> None:
        self._command = tuple(command)
        self._environ = environment_for_others(environ)
        self._time_limit = time_limit
        self._kind = kind

    @property
    def place(self) -> str:
        return f"the output of the command {self._program}"

    @property
    def _hint(self) -> Hint:
        setting = self._kind.command_setting
        shown = command("config", "get", setting, "--reveal")
        return Hint(f"Run the command of {setting} in a shell and see what it says: ", shown)

    @property
    def _program(self) -> str:
        return Path(self._command[0]).name if self._command else "(none)"

    def probe(self) -> None:
        """Run the command once."""
        self.fetch()

    def fetch(self) -> SecretKey:
        """Run the command. Raises `SecretMissing` if its first line is empty, otherwise `SecretSourceFailed`."""
        if self._kind is SecretKind.PARTNER:
            raise SecretSourceFailed(
                "With secret.store = command there is one secret key only, not the partner's too.",
                hint=Hint("Set KAUFLAND_PARTNER_SECRET_KEY, or: ", command("setup", "--secret-store", "file")),
            )
        setting = self._kind.command_setting
        if not self._command:
            raise SecretSourceFailed(
                f"secret.store is command, but {setting} is empty.",
                hint=Hint("Set it, for example: ", command("config", "set", setting, _EXAMPLE)),
            )
        # No local variable holds the text: the traceback of an error must not contain it.
        return SecretKey(self._first_line(), place=self.place, hint=self._hint, kind=self._kind)

    def for_writing(self) -> NoReturn:
        """Refuse: the command only prints the secret. Raises `SecretSourceFailed`."""
        raise SecretSourceFailed(
            f"The {self._kind.words} is kept where the command {self._program} finds it; this program only reads it.",
            hint=Hint("Change it there, or: ", command("setup", "--secret-store", "file")),
        )

    def _first_line(self) -> str:
        output, failure = run_program(self._command, self._time_limit, environ=self._environ)
        if failure:
            raise self._failed(failure)
        return output.partition(b"\n")[0].decode("utf-8-sig", errors="replace")

    def _failed(self, what: str) -> SecretSourceFailed:
        return SecretSourceFailed(
            f"The command {self._program}, which prints the {self._kind.words}, {what}.", hint=self._hint
        )
