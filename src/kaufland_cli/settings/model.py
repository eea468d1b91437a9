"""All settings of one seller account, the rules derived from them, and the dependencies between them.

`load` reads the values from the command line, the environment and the file; the whole program uses them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, model_validator

from kaufland_cli.domain.bc_code import bc_code
from kaufland_cli.domain.hint import NO_HINT, Hint, command
from kaufland_cli.settings import rules
from kaufland_cli.settings.rules import is_loopback
from kaufland_cli.settings.sections import (
    ApiSettings,
    BusinessCentralSettings,
    DebugSettings,
    MonitoringSettings,
    OrderImportSettings,
    PrivacySettings,
    SalesOrderSettings,
    SecretSettings,
    Section,
    StorefrontSettings,
    UiSettings,
    WritesSettings,
)

MAX_RATE: Final = 100
CLIENT_KEY_LENGTH: Final = 32
SECRET_KEY_LENGTH: Final = 64


@dataclass(frozen=True, slots=True)
class BrokenDependency:
    """A setting that contradicts others; it is not reported while one of those (`needs`) is invalid."""

    key: str
    problem: str
    allowed: str
    needs: tuple[str, ...]
    fix: Hint = NO_HINT
    """The command that sets what is missing; empty if nothing is missing."""


class Settings(Section):
    """All settings of one seller account. Raises ValidationError if two of them contradict each other."""

    api: ApiSettings = Field(default_factory=ApiSettings)
    order_import: OrderImportSettings = Field(default_factory=OrderImportSettings)
    storefronts: dict[Annotated[str, AfterValidator(rules.storefront_code)], StorefrontSettings] = Field(default={})
    secret: SecretSettings = Field(default_factory=SecretSettings)
    debug: DebugSettings = Field(default_factory=DebugSettings)
    ui: UiSettings = Field(default_factory=UiSettings)
    monitoring: MonitoringSettings = Field(default_factory=MonitoringSettings)
    privacy: PrivacySettings = Field(default_factory=PrivacySettings)
    writes: WritesSettings = Field(default_factory=WritesSettings)
    sales_orders: SalesOrderSettings = Field(default_factory=SalesOrderSettings)
    business_central: BusinessCentralSettings = Field(default_factory=BusinessCentralSettings)

    def storefront_country(self, storefront: str) -> str:
        """Return the two-letter country of a storefront."""
        return self._own(storefront).country or bc_code(storefront)

    def customer_for(self, storefront: str, country: str) -> str:
        """Return the customer for orders of that storefront shipped to that country; empty if there is none.

        The storefront's own customer is used only for its own country, the default customer only for the default
        country unless that is `all`: a customer stands for the VAT of one country.
        """
        country = bc_code(country)
        own = self._own(storefront).default_customer_no if country == self.storefront_country(storefront) else None
        if found := own or self.sales_orders.customers.get(country, ""):
            return found
        is_default = own is None and self.sales_orders.default_country in {country, rules.ALL_COUNTRIES}
        return self.order_import.default_customer_no if is_default else ""

    def shipping_number(self, storefront: str, vat: float | None) -> str:
        """Return the account or item for shipping cost at this VAT rate (in percent); empty if there is none."""
        own = self._own(storefront)
        if vat is not None and (number := own.shipping_numbers.get(f"{vat:g}")):
            return number
        return self.sales_orders.shipping_number if own.shipping_number is None else own.shipping_number

    def creates_sales_orders(self, storefront: str) -> bool:
        """Return whether orders of the storefront become sales orders; `""` is a storefront without settings."""
        own = self._own(storefront)
        wanted = self.order_import.create_sales_orders if own.create_sales_orders is None else own.create_sales_orders
        return own.enabled and wanted

    def allows_zero_vat(self, storefront: str) -> bool:
        """Return whether units of the storefront may have 0% VAT."""
        return self._own(storefront).allow_zero_vat

    def takes_targets_vat(self, storefront: str) -> bool:
        """Return whether units of the storefront without a VAT rate get the rate of the sales order target."""
        return self._own(storefront).unknown_vat == "use_target"

    @property
    def creates_any_sales_orders(self) -> bool:
        """Whether orders of any storefront become sales orders."""
        return any(self.creates_sales_orders(code) for code in ("", *self.storefronts))

    def sales_orders_from(self, storefront: str) -> datetime | None:
        """Return from when on (UTC) orders become sales orders automatically; None if not set."""
        own = self._own(storefront).start_at
        found = self.sales_orders.start_at if own is None else own
        return datetime.fromisoformat(found) if found else None

    @property
    def business_central_environment(self) -> str:
        """The Business Central environment for orders of the API in use; empty if none may be created there.

        Test orders go only to the sandbox; those of a simulator also to an installation on this machine.
        """
        central, environment = self.business_central, self.api.environment
        if environment == "simulator" and central.is_loopback:
            return central.environment
        if environment not in {"playground", "simulator"}:
            return central.environment
        # A single installation has no environments, so it cannot be known to be a sandbox.
        return "" if central.is_one_installation else central.playground_environment

    def _own(self, storefront: str) -> StorefrontSettings:
        return self.storefronts.get(storefront.lower(), StorefrontSettings())

    @model_validator(mode="after")
    def _refuse_broken_dependencies(self) -> Self:
        for broken in broken_dependencies(self):
            raise ValueError(f"{broken.key}: {broken.problem}")
        return self


def broken_dependencies(settings: Settings) -> Iterator[BrokenDependency]:
    """Yield every contradiction between these settings."""
    api, secret, mail = settings.api, settings.secret, settings.monitoring
    if api.requests_per_second > MAX_RATE and not api.is_loopback:
        yield BrokenDependency(
            "api.requests_per_second",
            f"{api.requests_per_second:g} is too many: Kaufland allows 111 for all of a seller's software together",
            f"a number above 0, up to {MAX_RATE}",
            ("api.base_url", "api.use_playground", "api.playground_base_url"),
        )
    yield from _sales_orders_without_customer(settings)
    if settings.creates_any_sales_orders and settings.sales_orders.target == "business_central":
        yield from _business_central_incomplete(settings.business_central)
    if secret.store == "command" and not secret.command:
        yield BrokenDependency(
            "secret.store",
            'is "command", but secret.command is empty',
            "set secret.command, or choose another place",
            ("secret.command",),
            command("config", "set", "secret.command", "pass show kaufland"),
        )
    if mail.mail_to and not mail.smtp_host:
        yield BrokenDependency(
            "monitoring.mail_to",
            "names recipients, but no mail server is set (monitoring.smtp_host)",
            "set monitoring.smtp_host, or leave this empty",
            ("monitoring.smtp_host",),
            command("config", "set", "monitoring.smtp_host", "HOST"),
        )
    if mail.smtp_user and mail.smtp_security == "none" and mail.smtp_host and not is_loopback(mail.smtp_host):
        yield BrokenDependency(
            "monitoring.smtp_security",
            'is "none", which would send the password of monitoring.smtp_user unencrypted',
            '"starttls" or "tls"',
            ("monitoring.smtp_user", "monitoring.smtp_host"),
        )


def _sales_orders_without_customer(settings: Settings) -> Iterator[BrokenDependency]:
    switch, number, customers = (
        "order_import.create_sales_orders",
        "order_import.default_customer_no",
        "sales_orders.customers",
    )
    general = bool(settings.order_import.default_customer_no or settings.sales_orders.customers)
    for code, own in settings.storefronts.items():
        prefix = f"storefronts.{code}"
        own_switch, own_number = f"{prefix}.create_sales_orders", f"{prefix}.default_customer_no"
        if settings.creates_sales_orders(code) and not (own.default_customer_no or general):
            yield BrokenDependency(
                switch if own.create_sales_orders is None else own_switch,
                f"sales orders need a customer number, but storefront {code} has none",
                f"true with {own_number}, {customers} or {number}, or false",
                (number, customers, own_number, own_switch, f"{prefix}.enabled"),
                command("config", "set", own_number, "NUMBER"),
            )
    anywhere = general or any(own.default_customer_no for own in settings.storefronts.values())
    if settings.order_import.create_sales_orders and not anywhere:
        yield BrokenDependency(
            switch,
            "sales orders need a customer number, but none is set",
            f"true with {number} or {customers}, or false",
            (number, customers, *(f"storefronts.{code}.default_customer_no" for code in settings.storefronts)),
            command("config", "set", number, "NUMBER"),
        )


def _business_central_incomplete(central: BusinessCentralSettings) -> Iterator[BrokenDependency]:
    needed = {"company": 'its name or id, such as "CRONUS DE"'}
    if central.authentication == "oauth":
        needed |= {"tenant": "its id or domain", "client_id": "the application (client) id"}
    else:
        needed |= {"base_url": "the address up to /api/v2.0", "user_name": "the user to log in as"}
    for name, allowed in needed.items():
        if not getattr(central, name):
            yield BrokenDependency(
                f"business_central.{name}",
                "is empty, but creating sales orders in Business Central requires it",
                f'{allowed}; or sales_orders.target = "file"',
                ("sales_orders.target", "business_central.authentication", "order_import.create_sales_orders"),
                command("config", "set", f"business_central.{name}", "VALUE"),
            )


def cautions(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield keys with a warning about values that are allowed but questionable."""
    for name in ("client_key", "partner_client_key"):
        length = len(getattr(settings.api, name))
        if length == SECRET_KEY_LENGTH:
            yield f"api.{name}", f"this key has {length} characters, like a secret key, which never belongs here"
        elif length not in {0, CLIENT_KEY_LENGTH}:
            yield (
                f"api.{name}",
                f"this key has {length} characters; Kaufland's have {CLIENT_KEY_LENGTH} (31 in its own example)",
            )
    if settings.creates_any_sales_orders:
        yield from _sales_orders_cautions(settings)


def _sales_orders_cautions(settings: Settings) -> Iterator[tuple[str, str]]:
    if settings.order_import.create_sales_orders and not settings.order_import.default_customer_no:
        yield (
            "order_import.default_customer_no",
            "is empty, so orders without a customer for their storefront or country are held",
        )
    for code in filter(settings.creates_sales_orders, settings.storefronts):
        country = settings.storefront_country(code)
        if not settings.customer_for(code, country):
            yield (
                f"storefronts.{code}.default_customer_no",
                f"orders of storefront {code} shipped to {country} have no customer, so they are held",
            )
    if settings.sales_orders.target == "business_central" and not settings.business_central_environment:
        yield (
            "business_central.playground_environment",
            "no sandbox is named, so test orders do not become sales orders",
        )
