"""The settings: one model, from which the documentation, the example file and the wizard's questions come as well."""

from datetime import datetime
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from kaufland_cli import __version__
from kaufland_cli.domain.bc_code import bc_code
from kaufland_cli.files import is_portable_name
from kaufland_cli.settings import rules
from kaufland_cli.settings.dependencies import broken_dependencies
from kaufland_cli.settings.monitoring_model import MonitoringSettings, PrivacySettings
from kaufland_cli.settings.rules import Allowed
from kaufland_cli.settings.sales_model import BusinessCentralSettings, SalesOrderSettings, StorefrontSettings
from kaufland_cli.settings.section import HIDES, PAGE, Key, Number, Section, Text, Words

PRODUCTION_HOST: Final = "sellerapi.kaufland.com"
PLAYGROUND_HOST: Final = "sellerapi-playground.kaufland.com"
FIELDS_ALONE: Final = "fields_alone"

BaseUrl = Annotated[
    str,
    AfterValidator(rules.base_url),
    Allowed("an address such as https://sellerapi.kaufland.com/v2 (http only for this machine)"),
]


class ApiSettings(Section):
    """How Kaufland's Seller API is reached."""

    base_url: BaseUrl = Field(
        f"https://{PRODUCTION_HOST}/v2",
        title="Base URL",
        description="Address of the Seller API.",
        json_schema_extra={PAGE: "Base URL"},
    )
    use_playground: bool = Field(
        False,
        title="Use Playground",
        description="Use Kaufland's playground (playground_base_url) instead of the real marketplace.",
        json_schema_extra={PAGE: "Use Playground"},
    )
    playground_base_url: BaseUrl = Field(
        f"https://{PLAYGROUND_HOST}/v2",
        title="Playground Base URL",
        description="Address of the playground; counts only with use_playground.",
    )
    default_storefront: Annotated[
        str, AfterValidator(rules.default_storefront), Allowed("a storefront's code such as de or at, or nothing")
    ] = Field(
        "",
        title="Default Storefront",
        description="Storefront for the calls that need one. It never narrows the order import.",
        json_schema_extra={PAGE: "Default Storefront"},
    )
    user_agent: Annotated[
        str, AfterValidator(rules.user_agent), Allowed("letters, digits and signs of plain ASCII in quotes")
    ] = Field(
        f"kaufland-cli/{__version__}",
        title="User Agent",
        description="Name under which this program introduces itself to Kaufland.",
        json_schema_extra={PAGE: "User Agent"},
    )
    client_key: Key = Field(
        "",
        repr=False,
        title="Client Key",
        description="Client key from the seller portal, 32 characters. The secret key never belongs in this file.",
        json_schema_extra={PAGE: "Client Key"},
    )
    partner_client_key: Key = Field(
        "",
        repr=False,
        title="Partner Client Key",
        description="Only for registered technology partners: the partner's client key.",
    )
    requests_per_second: float = Field(
        20.0,
        gt=0,
        title="Requests per second",
        description="Most requests a second. Kaufland allows 111 for all software of a seller together.",
        json_schema_extra={"allowed": "a number above 0, up to 100 (without bound for an address on this machine)"},
    )
    timeout_seconds: float = Field(
        30.0, gt=0, le=600, title="Timeout (s)", description="How long one answer may take, in seconds."
    )

    @property
    def url(self) -> str:
        """The base URL in use, without a slash at its end."""
        return self.playground_base_url if self.use_playground else self.base_url

    @property
    def is_loopback(self) -> bool:
        """Whether the base URL in use is on this machine."""
        return rules.is_loopback(urlsplit(self.url).hostname or "")

    @property
    def host(self) -> str:
        """The host in use as it names the store's file: `-port` behind it unless it is the usual one, no colons.

        A host that is called as a device of Windows has a sign in front that no host begins with.
        """
        parts = urlsplit(self.url)
        name = (parts.hostname or "").replace(":", "_")
        name = name if is_portable_name(name) else f"@{name}"
        return name if parts.port is None else f"{name}-{parts.port}"

    @property
    def environment(self) -> str:
        """`production`, `playground`, `simulator` (this machine), or the host where it is none of them."""
        name = urlsplit(self.url).hostname
        if name == PRODUCTION_HOST:
            return "production"
        if self.use_playground or name == PLAYGROUND_HOST:
            return "playground"
        return "simulator" if self.is_loopback else self.host


class OrderImportSettings(Section):
    """When and from when on orders are imported, and what becomes of them."""

    auto_import_orders: bool = Field(
        False,
        title="Auto Import Orders",
        description="Import at every interval when started by cron or a timer with --scheduled.",
        json_schema_extra={PAGE: "Auto Import Orders"},
    )
    interval_minutes: int = Field(
        15,
        ge=1,
        le=1440,
        title="Order Import Interval (Min)",
        description="Minutes between two imports; counts only with auto_import_orders.",
        json_schema_extra={PAGE: "Order Import Interval (Min)"},
    )
    create_sales_orders: bool = Field(
        False,
        title="Create Sales Orders",
        description="Make a sales order of each imported order that qualifies; needs a customer number.",
        json_schema_extra={PAGE: "Create Sales Orders"},
    )
    default_customer_no: Number = Field(
        "",
        title="Default Customer No.",
        description="Customer of the sales orders shipped to sales_orders.default_country; counts only with "
        "create_sales_orders.",
        json_schema_extra={PAGE: "Default Customer No."},
    )
    initial_days: int = Field(
        30, ge=1, le=3650, title="First import (days)", description="How many days back the very first import begins."
    )
    overlap_minutes: int = Field(
        60,
        ge=1,
        le=10_080,
        title="Overlap (Min)",
        description="Minutes that each import reads again from the one before it, so that nothing slips through; never "
        "0, since Kaufland does not say whether the begin of a period belongs to it.",
    )


class SecretSettings(Section):
    """Where the secret key is kept; never the key itself."""

    store: Literal["keyring", "systemd", "file", "command", "env"] = Field(
        "keyring",
        title="Secret Store",
        description="Where the secret key is kept: the system's keyring, an encrypted credential of systemd, a private "
        "file, a command's output, or only the variable KAUFLAND_SECRET_KEY.",
    )
    file: Text = Field(
        "",
        title="Secret File",
        description="Path of the private file for store = file (systemd: of the encrypted one, with .cred behind it); "
        "empty: secret_key beside this file.",
    )
    command: Words = Field(
        default=[],
        json_schema_extra={HIDES: "words"},
        title="Secret Command",
        description="Command that prints the secret key, for store = command; it runs without a shell.",
    )
    business_central_command: Words = Field(
        default=[],
        json_schema_extra={HIDES: "words"},
        title="Business Central Command",
        description="Command that prints the secret of Business Central, for store = command.",
    )
    mail_command: Words = Field(
        default=[],
        json_schema_extra={HIDES: "words"},
        title="Mail Command",
        description="Command that prints the password of the mail server, for store = command.",
    )


class DebugSettings(Section):
    """The log of requests."""

    log_api_requests: bool = Field(
        False,
        title="Log API Requests",
        description="Keep every request and answer with their bodies. Off, failed ones are kept without bodies.",
        json_schema_extra={PAGE: "Log API Requests"},
    )
    log_retention_days: int = Field(
        14, ge=1, le=3650, title="Keep log (days)", description="Entries older than this many days are deleted."
    )
    log_max_megabytes: int = Field(
        50,
        ge=1,
        le=100_000,
        title="Keep log (MB)",
        description="The oldest entries are deleted when the log is larger than this.",
    )
    log_personal_data: bool = Field(
        False,
        title="Log personal data",
        description="Keep buyers' names and addresses in logged bodies instead of hiding them.",
    )


class UiSettings(Section):
    """How results are shown."""

    timezone: Annotated[
        str, AfterValidator(rules.timezone), Allowed("the name of a time zone such as Europe/Berlin")
    ] = Field("Europe/Berlin", title="Time zone", description="Time zone in which times are shown.")
    locale: Annotated[str, AfterValidator(rules.locale), Allowed("a locale such as de_DE, or nothing")] = Field(
        "", title="Locale", description="Form of numbers and amounts; empty: that of the environment (LC_ALL, LANG)."
    )


class Settings(Section):
    """All settings of one seller account; what is not given has its default."""

    api: ApiSettings = ApiSettings()
    order_import: OrderImportSettings = OrderImportSettings()
    storefronts: dict[Annotated[str, AfterValidator(rules.storefront_code)], StorefrontSettings] = Field(default={})
    secret: SecretSettings = SecretSettings()
    debug: DebugSettings = DebugSettings()
    ui: UiSettings = UiSettings()
    monitoring: MonitoringSettings = MonitoringSettings()
    privacy: PrivacySettings = PrivacySettings()
    sales_orders: SalesOrderSettings = SalesOrderSettings()
    business_central: BusinessCentralSettings = BusinessCentralSettings()

    def storefront_country(self, storefront: str) -> str:
        """Return the country of a storefront, two letters."""
        return self._own(storefront).country or bc_code(storefront)

    def customer_for(self, storefront: str, country: str) -> str:
        """Return the customer for orders of that storefront shipped to that country; empty where there is none.

        The storefront's own one counts for its own country only, the default one for the default country only: a
        customer stands for the VAT of one country.
        """
        country = bc_code(country)
        own = self._own(storefront).default_customer_no if country == self.storefront_country(storefront) else None
        if found := own or self.sales_orders.customers.get(country, ""):
            return found
        is_default = own is None and country == self.sales_orders.default_country
        return self.order_import.default_customer_no if is_default else ""

    def shipping_number(self, storefront: str, vat: float | None) -> str:
        """Return the account or item for shipping cost at that rate of VAT; empty where there is none."""
        own = self._own(storefront)
        if vat is not None and (number := own.shipping_numbers.get(f"{vat:g}")):
            return number
        return self.sales_orders.shipping_number if own.shipping_number is None else own.shipping_number

    def creates_sales_orders(self, storefront: str) -> bool:
        """Tell whether orders of that storefront are to become sales orders; `""` stands for one without settings."""
        own = self._own(storefront)
        wanted = self.order_import.create_sales_orders if own.create_sales_orders is None else own.create_sales_orders
        return own.enabled and wanted

    def allows_zero_vat(self, storefront: str) -> bool:
        """Tell whether units of that storefront may have a VAT of 0."""
        return self._own(storefront).allow_zero_vat

    def takes_targets_vat(self, storefront: str) -> bool:
        """Tell whether units of that storefront for which no VAT is named get the rate that the target has for them."""
        return self._own(storefront).unknown_vat == "use_target"

    @property
    def creates_any_sales_orders(self) -> bool:
        """Whether orders of any storefront are to become sales orders."""
        return any(self.creates_sales_orders(code) for code in ("", *self.storefronts))

    def sales_orders_from(self, storefront: str) -> datetime | None:
        """Return the moment from which on orders become sales orders by themselves; None: not named."""
        own = self._own(storefront).start_at
        found = self.sales_orders.start_at if own is None else own
        return datetime.fromisoformat(found) if found else None

    @property
    def business_central_environment(self) -> str:
        """The environment for the orders of the marketplace in use; empty where nothing may be created for them.

        Orders that are no real ones go to the sandbox only; a simulator's also to this machine.
        """
        central, environment = self.business_central, self.api.environment
        if environment == "simulator" and central.is_loopback:
            return central.environment
        if environment not in {"playground", "simulator"}:
            return central.environment
        # An address of one installation has no environments: nothing there could be told to be a sandbox.
        return "" if central.is_one_installation else central.playground_environment

    def _own(self, storefront: str) -> StorefrontSettings:
        return self.storefronts.get(storefront.lower(), StorefrontSettings())

    @model_validator(mode="after")
    def _refuse_broken_dependencies(self, info: ValidationInfo) -> Self:
        if info.context != FIELDS_ALONE:  # whoever lists every fault asks for the dependencies separately
            for broken in broken_dependencies(self):
                raise rules.Refused(f"{broken.key}: {broken.problem}")
        return self
