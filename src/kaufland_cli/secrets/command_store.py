"""The secret key as the first line that a command of the seller's prints: a password manager, mostly."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from kaufland_cli.errors import SecretStoreFailed, command
from kaufland_cli.programs import environment_for_others
from kaufland_cli.secrets.kind import SecretKind
from kaufland_cli.secrets.program import run_program
from kaufland_cli.secrets.secret_key import SecretKey

TIME_LIMIT = 30.0
_EXAMPLE = '["pass", "show", "kaufland"]'


class CommandStore:
    """Runs a command without a shell, with nothing to read, and takes the first line of its standard output.

    Errors name the program only: its arguments and its output may hold the secret key.
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
        """The program's name."""
        return f"the output of the command {self._program}"

    @property
    def _hint(self) -> str:
        setting = self._kind.command_setting
        shown = command("config", "get", setting, "--reveal")
        return f"Run the command of {setting} in a shell and see what it says: {shown}"

    @property
    def _program(self) -> str:
        return Path(self._command[0]).name if self._command else "(none)"

    def probe(self) -> None:
        """Run it once."""
        self.fetch()

    def fetch(self) -> SecretKey:
        """Run the command. Raises `SecretMissing` when its first line is empty, else `SecretStoreFailed`."""
        if self._kind is SecretKind.PARTNER:
            raise SecretStoreFailed(
                "The secret store command provides only one secret key, not the partner's too.",
                hint="Set KAUFLAND_PARTNER_SECRET_KEY, or: kaufland setup --secret-store file",
            )
        setting = self._kind.command_setting
        if not self._command:
            raise SecretStoreFailed(
                f"The secret store is command, but {setting} is empty.",
                hint=f"Set it, for example: {command('config', 'set', setting, _EXAMPLE)}",
            )
        # No variable here holds the text: an error that passes through must not carry it along in its traceback.
        return SecretKey(self._first_line(), place=self.place, hint=self._hint, kind=self._kind)

    def save(self, secret: SecretKey) -> None:  # noqa: ARG002  # it is refused, whatever it is
        """Refuse: the command only gives. Raises `SecretStoreFailed`."""
        raise self._not_here()

    def delete(self) -> bool:
        """Refuse, as `save` does. Raises `SecretStoreFailed`."""
        raise self._not_here()

    def _first_line(self) -> str:
        output, failure = run_program(self._command, self._time_limit, environ=self._environ)
        if failure:
            raise self._failed(failure)
        return output.partition(b"\n")[0].decode("utf-8-sig", errors="replace")

    def _failed(self, what: str) -> SecretStoreFailed:
        return SecretStoreFailed(
            f"The command {self._program}, which gives the {self._kind.words}, {what}.", hint=self._hint
        )

    def _not_here(self) -> SecretStoreFailed:
        return SecretStoreFailed(
            f"The {self._kind.words} is kept where the command {self._program} finds it; this program only reads it.",
            hint="Change it there, or: kaufland setup --secret-store file",
        )
