"""The settings: one model, from which the documentation, the example file and the wizard's questions come as well."""

from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, model_validator

from kaufland_cli import __version__
from kaufland_cli.settings import rules
from kaufland_cli.settings.dependencies import broken_dependencies
from kaufland_cli.settings.rules import Allowed

PRODUCTION_HOST: Final = "sellerapi.kaufland.com"
PLAYGROUND_HOST: Final = "sellerapi-playground.kaufland.com"
PAGE: Final = "setup_page_field"
FIELDS_ALONE: Final = "fields_alone"

BaseUrl = Annotated[
    str,
    AfterValidator(rules.base_url),
    Allowed("an address such as https://sellerapi.kaufland.com/v2 (http only for this machine)"),
]
Key = Annotated[
    str, AfterValidator(rules.client_key), Allowed("the key's letters and digits in quotes, without spaces")
]
CustomerNo = Annotated[str, AfterValidator(rules.customer_no), Allowed("at most 20 characters in quotes")]
Text = Annotated[str, AfterValidator(rules.plain_text)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True, allow_inf_nan=False)


class ApiSettings(_Section):
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
        """The host in use as it names the store's file: `-port` behind it unless it is the usual one, no colons."""
        parts = urlsplit(self.url)
        name = (parts.hostname or "").replace(":", "_")
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


class OrderImportSettings(_Section):
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
        description="Make a sales order of each imported order; needs a customer number.",
        json_schema_extra={PAGE: "Create Sales Orders"},
    )
    default_customer_no: CustomerNo = Field(
        "",
        title="Default Customer No.",
        description="Customer of the sales orders; counts only with create_sales_orders.",
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


class StorefrontSettings(_Section):
    """What differs for one storefront."""

    enabled: bool = Field(
        True,
        title="Enabled",
        description="Whether you sell here. The import reads every storefront all the same.",
    )
    default_customer_no: Annotated[CustomerNo | None, Allowed("at most 20 characters in quotes")] = Field(
        None,
        title="Default Customer No.",
        description="Customer of this storefront's sales orders instead of order_import.default_customer_no.",
    )
    create_sales_orders: bool | None = Field(
        None,
        title="Create Sales Orders",
        description="For this storefront instead of order_import.create_sales_orders.",
    )


class SecretSettings(_Section):
    """Where the secret key is kept; never the key itself."""

    store: Literal["keyring", "file", "command", "env"] = Field(
        "keyring",
        title="Secret Store",
        description="Where the secret key is kept: the system's keyring, a private file, a command's output, or only "
        "the variable KAUFLAND_SECRET_KEY.",
    )
    file: Text = Field(
        "",
        title="Secret File",
        description="Path of the private file for store = file; empty: secret_key beside this file.",
    )
    command: Annotated[
        list[Text],
        BeforeValidator(rules.command_words),
        Allowed('a list of words such as ["pass", "show", "kaufland"], or the whole command in quotes'),
    ] = Field(
        default=[],
        title="Secret Command",
        description="Command that prints the secret key, for store = command; it runs without a shell.",
    )


class DebugSettings(_Section):
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


class UiSettings(_Section):
    """How results are shown."""

    timezone: Annotated[
        str, AfterValidator(rules.timezone), Allowed("the name of a time zone such as Europe/Berlin")
    ] = Field("Europe/Berlin", title="Time zone", description="Time zone in which times are shown.")
    locale: Annotated[str, AfterValidator(rules.locale), Allowed("a locale such as de_DE, or nothing")] = Field(
        "", title="Locale", description="Form of numbers and amounts; empty: that of the environment (LC_ALL, LANG)."
    )


class Settings(_Section):
    """All settings of one seller account; what is not given has its default."""

    api: ApiSettings = ApiSettings()
    order_import: OrderImportSettings = OrderImportSettings()
    storefronts: dict[Annotated[str, AfterValidator(rules.storefront_code)], StorefrontSettings] = Field(default={})
    secret: SecretSettings = SecretSettings()
    debug: DebugSettings = DebugSettings()
    ui: UiSettings = UiSettings()

    def customer_no(self, storefront: str) -> str:
        """Return the customer number for that storefront's sales orders; empty where there is none."""
        own = self.storefronts.get(storefront, StorefrontSettings()).default_customer_no
        return self.order_import.default_customer_no if own is None else own

    def creates_sales_orders(self, storefront: str) -> bool:
        """Tell whether orders of that storefront are to become sales orders."""
        own = self.storefronts.get(storefront, StorefrontSettings())
        wanted = self.order_import.create_sales_orders if own.create_sales_orders is None else own.create_sales_orders
        return own.enabled and wanted

    @model_validator(mode="after")
    def _refuse_broken_dependencies(self, info: ValidationInfo) -> Self:
        if info.context != FIELDS_ALONE:  # whoever lists every fault asks for the dependencies separately
            for broken in broken_dependencies(self):
                raise rules.Refused(f"{broken.key}: {broken.problem}")
        return self
