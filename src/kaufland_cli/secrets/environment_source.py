"""A secret in an environment variable, set by whoever starts the program."""

from collections.abc import Mapping
from typing import NoReturn

from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.errors import SecretMissing, SecretSourceFailed
from kaufland_cli.secrets.kind import SecretKind
from kaufland_cli.secrets.secret_key import SecretKey


class EnvironmentSource:
    """Reads the variable from `environ`; an empty one counts as not set."""

    name = "env"
    writable = False

    def __init__(self, environ: Mapping[str, str], kind: SecretKind = SecretKind.SELLER) -> None:
        self._environ = environ
        self._kind = kind
        self.variable = kind.variable

    @property
    def place(self) -> str:
        return f"the environment variable {self.variable}"

    @property
    def is_set(self) -> bool:
        return bool(self._environ.get(self.variable))

    def probe(self) -> None:
        """Read the variable."""
        self.fetch()

    def fetch(self) -> SecretKey:
        """Return the value of the variable. Raises `SecretMissing` or `SecretSourceFailed`."""
        hint = Hint(f"Set {self.variable} where kaufland is started, or: ", command("setup", "--secret-store", "file"))
        if not self.is_set:
            raise SecretMissing(f"No {self._kind.words}: {self.place} is not set.", hint=hint)
        return SecretKey(self._environ[self.variable], place=self.place, hint=hint, kind=self._kind)

    def for_writing(self) -> NoReturn:
        """Refuse: the environment belongs to whoever starts the program. Raises `SecretSourceFailed`."""
        raise SecretSourceFailed(
            f"The {self._kind.words} is in {self.place}, which only whoever starts kaufland can set or remove.",
            hint=Hint(
                f"Change {self.variable} where kaufland is started, or: ", command("setup", "--secret-store", "file")
            ),
        )
