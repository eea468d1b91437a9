"""The secret key in an environment variable, set by whoever starts the program."""

from collections.abc import Mapping

from kaufland_cli.errors import SecretMissing, SecretStoreFailed
from kaufland_cli.secrets.kind import SecretKind
from kaufland_cli.secrets.secret_key import SecretKey


class EnvironmentStore:
    """Reads the variable from the environment handed in; an empty one counts as not set."""

    name = "env"
    writable = False

    def __init__(self, environ: Mapping[str, str], kind: SecretKind = SecretKind.SELLER) -> None:
        self._environ = environ
        self._kind = kind
        self.variable = kind.variable

    @property
    def place(self) -> str:
        """The variable."""
        return f"the environment variable {self.variable}"

    @property
    def is_set(self) -> bool:
        """Whether the variable holds anything."""
        return bool(self._environ.get(self.variable))

    def probe(self) -> None:
        """Read it."""
        self.fetch()

    def fetch(self) -> SecretKey:
        """Return the value of the variable. Raises `SecretMissing` or `SecretStoreFailed`."""
        hint = f"Set {self.variable} where kaufland is started, or: kaufland setup --secret-store file"
        if not self.is_set:
            raise SecretMissing(f"No {self._kind.words}: {self.place} is not set.", hint=hint)
        return SecretKey(self._environ[self.variable], place=self.place, hint=hint, kind=self._kind)

    def save(self, secret: SecretKey) -> None:  # noqa: ARG002  # it is refused, whatever it is
        """Refuse: the environment belongs to whoever starts the program. Raises `SecretStoreFailed`."""
        raise self._not_here()

    def delete(self) -> bool:
        """Refuse, as `save` does. Raises `SecretStoreFailed`."""
        raise self._not_here()

    def _not_here(self) -> SecretStoreFailed:
        return SecretStoreFailed(
            f"The {self._kind.words} is in {self.place}, which only whoever starts kaufland can set or remove.",
            hint=f"Change {self.variable} where kaufland is started, or: kaufland setup --secret-store file",
        )
