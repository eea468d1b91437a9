"""Whose secret it is: each has its own variable, file, entry in the keyring and words."""

from enum import StrEnum

from kaufland_cli.errors import command


class SecretKind(StrEnum):
    """The seller at Kaufland, the technology partner there, the seller at Business Central, or at the mail server."""

    SELLER = "seller"
    PARTNER = "partner"
    BUSINESS_CENTRAL = "business_central"
    MAIL = "mail"

    @property
    def variable(self) -> str:
        """The environment variable that counts before every store."""
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
        """What it is called in a sentence, behind "the" or "no"."""
        match self:
            case SecretKind.SELLER | SecretKind.PARTNER:
                return "secret key"
            case SecretKind.BUSINESS_CENTRAL:
                return "secret of Business Central"
            case SecretKind.MAIL:
                return "password of the mail server"

    @property
    def account(self) -> str:
        """What names the account that it belongs to."""
        match self:
            case SecretKind.SELLER | SecretKind.PARTNER:
                return "client key"
            case SecretKind.BUSINESS_CENTRAL:
                return "client id or user name of Business Central"
            case SecretKind.MAIL:
                return "user name of the mail server"

    @property
    def is_key_of_kaufland(self) -> bool:
        """Whether it is a secret key from Kaufland, whose length is known."""
        return self in {SecretKind.SELLER, SecretKind.PARTNER}

    @property
    def file_suffix(self) -> str:
        """What is added to the name of the file."""
        return "" if self is SecretKind.SELLER else f".{self}"

    @property
    def keyring_service(self) -> str:
        """The service under which the keyring has it; the user name is the account."""
        return "kaufland-cli" if self.is_key_of_kaufland else f"kaufland-cli-{self.replace('_', '-')}"

    @property
    def credential(self) -> str:
        """The name of the credential under which systemd hands it to a service."""
        match self:
            case SecretKind.SELLER:
                return "kaufland-secret-key"
            case _:
                return f"kaufland-{self.replace('_', '-')}-secret"

    @property
    def command_setting(self) -> str:
        """The setting that names the command which prints it."""
        return "secret.command" if self.is_key_of_kaufland else f"secret.{self}_command"

    @property
    def set_command(self) -> str:
        """The command that keeps it."""
        return command("secret", "set", *([] if self is SecretKind.SELLER else [f"--{self.replace('_', '-')}"]))
