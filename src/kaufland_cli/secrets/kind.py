"""The kinds of secret; each has its own variable, file, keyring entry and name in messages."""

from enum import StrEnum

from kaufland_cli.domain.hint import Hint, command


class SecretKind(StrEnum):
    """The secret of the seller or of the technology partner at Kaufland, of Business Central, or of the mail server."""

    SELLER = "seller"
    PARTNER = "partner"
    BUSINESS_CENTRAL = "business_central"
    MAIL = "mail"

    @property
    def variable(self) -> str:
        """The environment variable, which takes precedence over every source."""
        match self:
            case SecretKind.SELLER:
                return "KAUFLAND_SECRET_KEY"
            case SecretKind.PARTNER:
                return "KAUFLAND_PARTNER_SECRET_KEY"
            case SecretKind.BUSINESS_CENTRAL:
                return "KAUFLAND_BUSINESS_CENTRAL_SECRET"
            case SecretKind.MAIL:
                return "KAUFLAND_MAIL_PASSWORD"

    @property
    def words(self) -> str:
        """Its name in a sentence, after "the" or "no"."""
        match self:
            case SecretKind.SELLER | SecretKind.PARTNER:
                return "secret key"
            case SecretKind.BUSINESS_CENTRAL:
                return "secret of Business Central"
            case SecretKind.MAIL:
                return "password of the mail server"

    @property
    def account(self) -> str:
        """What identifies the account it belongs to."""
        match self:
            case SecretKind.SELLER | SecretKind.PARTNER:
                return "client key"
            case SecretKind.BUSINESS_CENTRAL:
                return "client id or user name of Business Central"
            case SecretKind.MAIL:
                return "user name of the mail server"

    @property
    def is_key_of_kaufland(self) -> bool:
        """Whether it is a secret key of Kaufland's, whose length is known."""
        return self in {SecretKind.SELLER, SecretKind.PARTNER}

    @property
    def file_suffix(self) -> str:
        """The suffix of the file's name."""
        return "" if self is SecretKind.SELLER else f".{self}"

    @property
    def keyring_service(self) -> str:
        """The service of its keyring entry; the user name is the account."""
        return "kaufland-cli" if self.is_key_of_kaufland else f"kaufland-cli-{self.replace('_', '-')}"

    @property
    def credential(self) -> str:
        """The name of its systemd credential."""
        match self:
            case SecretKind.SELLER:
                return "kaufland-secret-key"
            case _:
                return f"kaufland-{self.replace('_', '-')}-secret"

    @property
    def command_setting(self) -> str:
        """The setting for the command that prints it."""
        return "secret.command" if self.is_key_of_kaufland else f"secret.{self}_command"

    @property
    def set_command(self) -> Hint:
        """The command that saves it."""
        return self.set_from()

    def set_from(self, *options: str) -> Hint:
        """Return the command that saves it, with these options."""
        return command(
            "secret", "set", *([] if self is SecretKind.SELLER else [f"--{self.replace('_', '-')}"]), *options
        )
