"""Whose secret it is: each has its own variable, file, entry in the keyring and words."""

from enum import StrEnum


class Whose(StrEnum):
    """The seller at Kaufland, the technology partner there, or the seller at Business Central."""

    SELLER = "seller"
    PARTNER = "partner"
    BUSINESS_CENTRAL = "business_central"

    @property
    def variable(self) -> str:
        """The environment variable that counts before every store."""
        match self:
            case Whose.SELLER:
                return "KAUFLAND_SECRET_KEY"
            case Whose.PARTNER:
                return "KAUFLAND_PARTNER_SECRET_KEY"
            case Whose.BUSINESS_CENTRAL:
                return "KAUFLAND_BUSINESS_CENTRAL_SECRET"

    @property
    def words(self) -> str:
        """What it is called in a sentence, behind "the" or "no"."""
        return "secret of Business Central" if self is Whose.BUSINESS_CENTRAL else "secret key"

    @property
    def account(self) -> str:
        """What names the account that it belongs to."""
        return "client id or user name of Business Central" if self is Whose.BUSINESS_CENTRAL else "client key"

    @property
    def file_suffix(self) -> str:
        """What is added to the name of the file."""
        return "" if self is Whose.SELLER else f".{self}"

    @property
    def keyring_service(self) -> str:
        """The service under which the keyring has it; the user name is the account."""
        return "kaufland-cli-business-central" if self is Whose.BUSINESS_CENTRAL else "kaufland-cli"

    @property
    def command_setting(self) -> str:
        """The setting that names the command which prints it."""
        return "secret.business_central_command" if self is Whose.BUSINESS_CENTRAL else "secret.command"

    @property
    def set_command(self) -> str:
        """The command that keeps it."""
        option = "" if self is Whose.SELLER else f" --{self.replace('_', '-')}"
        return f"kaufland secret set{option}"
