"""Which Business Central, which company and how to sign in: values from the settings section `business_central`."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlsplit

from kaufland_cli.domain.hint import command
from kaufland_cli.domain.text import normalize
from kaufland_cli.errors import SettingsError
from kaufland_cli.secrets import SecretKey

CLOUD = "https://api.businesscentral.dynamics.com/v2.0"
LOGIN = "https://login.microsoftonline.com"
# The first `v2.0` of a cloud address belongs to the platform, this one to the API.
API_PATH = "/api/v2.0"
THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Connection:
    """Everything needed to reach one company."""

    company: str
    """Its name or id."""
    authentication: Literal["oauth", "basic"]
    secret: SecretKey
    """The client secret; on-premises, the web service access key."""
    base_url: str = ""
    """An address ending in `/api/v2.0` is used as it is; empty means the cloud."""
    tenant: str = ""
    """Id or domain; part of every cloud address."""
    environment: str = "Production"
    client_id: str = ""
    user_name: str = ""
    login_url: str = ""
    """The sign-in service that issues tokens; empty means Microsoft's."""
    timeout_seconds: float = 60.0
    """Limit of each wait for the network."""
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
        """The address of the sign-in service."""
        return f"{(self.login_url or LOGIN).rstrip('/')}/{quote(self.tenant, safe='')}/oauth2/v2.0/token"

    @property
    def on_this_machine(self) -> bool:
        """Whether it runs on this machine: then no proxy and no rate limit is used."""
        return urlsplit(self.api_url).hostname in THIS_MACHINE

    @property
    def name(self) -> str:
        """Company and place, for the middle of a sentence; different for every company."""
        address = urlsplit(self.api_url)
        own = (self.base_url or CLOUD).rstrip("/").endswith(API_PATH)
        place = (
            f"{address.netloc}{address.path.removesuffix(API_PATH)}" if own else f"{self.tenant}, {self.environment}"
        )
        return f"company {normalize(self.company)} in Business Central ({place})"

    def check_complete(self) -> None:
        """Raise SettingsError if a setting that every request needs is missing."""
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
