"""Which Business Central, which company, and how one signs in: values only."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlsplit

from kaufland_cli.domain.text import normalize
from kaufland_cli.errors import SettingsError, command
from kaufland_cli.secrets import SecretKey

CLOUD = "https://api.businesscentral.dynamics.com/v2.0"
LOGIN = "https://login.microsoftonline.com"
# The first `v2.0` of an address in the cloud is the platform's, this one the API's.
API_PATH = "/api/v2.0"
THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Connection:
    """Everything that it takes to reach one company."""

    company: str
    """Its name or its id."""
    authentication: Literal["oauth", "basic"]
    secret: SecretKey
    """The client secret, or on-premises the web service access key."""
    base_url: str = ""
    """An address that ends in `/api/v2.0` is taken as it is; empty means the cloud."""
    tenant: str = ""
    """Id or domain; the cloud has it in every address."""
    environment: str = "Production"
    client_id: str = ""
    user_name: str = ""
    login_url: str = ""
    """Where tokens are given out; empty means Microsoft's."""
    timeout_seconds: float = 60.0
    """Bounds each wait on the wire."""
    user_agent: str = "kaufland"

    @property
    def api_url(self) -> str:
        """The address that ends in `/api/v2.0`."""
        base = (self.base_url or CLOUD).rstrip("/")
        if base.endswith(API_PATH):
            return base
        parts = [quote(part, safe="") for part in (self.tenant, self.environment) if part]
        return "/".join([base, *parts]) + API_PATH

    @property
    def token_url(self) -> str:
        """Where a token is asked for."""
        return f"{(self.login_url or LOGIN).rstrip('/')}/{quote(self.tenant, safe='')}/oauth2/v2.0/token"

    @property
    def on_this_machine(self) -> bool:
        """Return whether it is this machine itself, which no proxy reaches and nobody limits."""
        return urlsplit(self.api_url).hostname in THIS_MACHINE

    @property
    def name(self) -> str:
        """Where that is, for the middle of a sentence; it tells every company apart from every other."""
        address = urlsplit(self.api_url)
        own = (self.base_url or CLOUD).rstrip("/").endswith(API_PATH)
        place = (
            f"{address.netloc}{address.path.removesuffix(API_PATH)}" if own else f"{self.tenant}, {self.environment}"
        )
        return f"company {normalize(self.company)} in Business Central ({place})"

    def check_complete(self) -> None:
        """Raise SettingsError where something is missing without which no request can be made."""
        missing = [
            key
            for key, needed in {
                "company": not self.company,
                "tenant": self.authentication == "oauth" and not self.tenant,
                "client_id": self.authentication == "oauth" and not self.client_id,
                "user_name": self.authentication == "basic" and not self.user_name,
            }.items()
            if needed
        ]
        if missing:
            listed = " and ".join(f"business_central.{key}" for key in missing)
            raise SettingsError(
                f"Business Central cannot be reached without {listed}.",
                hint=command("config", "set", f"business_central.{missing[0]}", "VALUE"),
            )
