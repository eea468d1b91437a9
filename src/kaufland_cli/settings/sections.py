"""The sections of the settings: one class a table of the file, one field a key; and the kinds of value they hold.

A field says everything about its key: default, bounds, title and description. The documentation, the example file, the
environment variables and the wizard's questions come from here. Storefronts and sales orders: `sales_sections`.
"""

from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from kaufland_cli import __version__
from kaufland_cli.files import is_portable_name
from kaufland_cli.settings import rules
from kaufland_cli.settings.rules import Allowed

PAGE: Final = "setup_page_field"
HIDES: Final = "hides"
"""What of a value is a secret in effect: `path`, that of an address which lets in whoever knows it; `words`, those of a
command that may hold a password."""


class Section(BaseModel):
    """One table of the file; unknown keys and values of another type are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True, allow_inf_nan=False)


Text = Annotated[str, AfterValidator(rules.plain_text)]
Number = Annotated[str, AfterValidator(rules.number), Allowed("at most 20 characters in quotes")]
Key = Annotated[
    str, AfterValidator(rules.client_key), Allowed("the key's letters and digits in quotes, without spaces")
]
Words = Annotated[
    list[Text],
    BeforeValidator(rules.command_words),
    Allowed('a list of words such as ["pass", "show", "kaufland"], or the whole command in quotes'),
]

Moment = Annotated[
    str, AfterValidator(rules.moment), Allowed('a moment such as "2026-11-01T08:00:00Z" in quotes, or nothing')
]
Country = Annotated[str, AfterValidator(rules.country), Allowed("two letters such as DE or AT")]
CountryNumbers = Annotated[
    dict[Annotated[str, AfterValidator(rules.country)], Annotated[str, AfterValidator(rules.needed_number)]],
    BeforeValidator(rules.each_once(rules.country)),
    Allowed('countries with numbers such as { AT = "D0010", SK = "D0011" }'),
]
VatNumbers = Annotated[
    dict[
        Annotated[str, AfterValidator(rules.vat_percent)],
        Annotated[str, AfterValidator(rules.needed_number)],
    ],
    BeforeValidator(rules.each_once(rules.vat_percent)),
    Allowed('percents with numbers such as { 7 = "8401", 19 = "8400" }'),
]

PRODUCTION_HOST: Final = "sellerapi.kaufland.com"
PLAYGROUND_HOST: Final = "sellerapi-playground.kaufland.com"

BaseUrl = Annotated[
    str,
    AfterValidator(rules.base_url),
    Allowed("an address such as https://sellerapi.kaufland.com/v2 (http only for this machine)"),
]

_Address = Annotated[
    str,
    AfterValidator(rules.optional(rules.mail_address)),
    Allowed('an address such as "shop@example.com" in quotes, or nothing'),
]
_Addresses = Annotated[
    str,
    AfterValidator(rules.mail_addresses),
    Allowed('one or more addresses such as "shop@example.com, ops@example.com" in quotes, or nothing'),
]
_PingUrl = Annotated[
    str,
    AfterValidator(rules.optional(rules.ping_url)),
    Allowed('an address such as "https://hc-ping.com/…" in quotes (http only for this machine), or nothing'),
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
        str,
        AfterValidator(rules.optional(rules.storefront_code)),
        Allowed("a storefront's code such as de or at, or nothing"),
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


class MonitoringSettings(Section):
    """Who is told of imports that fail, and how it is known that they still run."""

    max_age_minutes: int = Field(
        0,
        ge=0,
        le=100_000,
        title="Max age (Min)",
        description="Minutes after which the last complete import counts as old; 0: three intervals, at least an hour.",
    )
    mail_to: _Addresses = Field(
        "",
        title="Mail to",
        description="Who gets an e-mail when scheduled imports fail or work again; empty: nobody. Cron sends its own.",
    )
    mail_from: _Address = Field(
        "", title="Mail from", description="Sender of these e-mails; empty: the first of mail_to."
    )
    smtp_host: Annotated[
        str, AfterValidator(rules.optional(rules.mail_host)), Allowed("the name of a mail server, or nothing")
    ] = Field("", title="SMTP host", description="Mail server that takes them; needed with mail_to.")
    smtp_port: int = Field(
        0,
        ge=0,
        le=65_535,
        title="SMTP port",
        description="Its port; 0: the usual one (587, 465 with tls, 25 with none).",
    )
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        title="SMTP security",
        description="How the connection to it is protected; none is refused with a user name, except on this machine.",
    )
    smtp_user: Text = Field(
        "",
        title="SMTP user",
        description="User name there, if it wants one; its password is kept with: kaufland secret set --mail.",
    )
    ping_url: _PingUrl = Field(
        "",
        repr=False,
        json_schema_extra={HIDES: "path"},
        title="Ping URL",
        description="Address that hears of each scheduled import: /start, then the address itself or /fail behind it.",
    )
    prometheus_file: Annotated[
        Text,
        AfterValidator(rules.optional(rules.prometheus_file)),
        Allowed("the path of a file whose name ends in .prom, or nothing"),
    ] = Field(
        "",
        title="Prometheus file",
        description="File (….prom) that each scheduled import writes for Prometheus' textfile collector; empty: none.",
    )
    windows_event_log: bool = Field(
        False, title="Windows event log", description="On Windows, tell its event log what an e-mail would say."
    )

    @property
    def recipients(self) -> tuple[str, ...]:
        """The addresses of `mail_to`."""
        return tuple(self.mail_to.split(", ")) if self.mail_to else ()


class PrivacySettings(Section):
    """How long buyers' data is kept."""

    delete_after_days: int = Field(
        180,
        ge=0,
        le=36_500,
        title="Delete after (days)",
        description="Days after an order's last change until the buyer's name, address, e-mail and phone are removed, "
        "unless something is pending; 0: never.",
    )
    raw_retention_days: int = Field(
        90,
        ge=1,
        le=3650,
        title="Keep raw data (days)",
        description="Days for which what Kaufland sent of units that cannot be read is kept.",
    )
    raw_max_megabytes: int = Field(
        20,
        ge=1,
        le=100_000,
        title="Keep raw data (MB)",
        description="The oldest raw data is deleted when all of it is larger than this.",
    )
