"""The sections of the settings: one class per table of the file, one field per key, and the types of their values.

A field has the default, bounds and description of its key; its title is the name on Kaufland's setup page. The
documentation, the example file and the environment variables are generated from here.
"""

from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from kaufland_cli import __version__
from kaufland_cli.domain.actions import PERMISSIONS, Permission
from kaufland_cli.files import is_portable_name
from kaufland_cli.settings import rules
from kaufland_cli.settings.rules import Allowed, Hides


class Section(BaseModel):
    """One table of the file; unknown keys and values of another type are refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, hide_input_in_errors=True, allow_inf_nan=False, defer_build=True
    )


Text = Annotated[str, AfterValidator(rules.plain_text)]
Number = Annotated[str, AfterValidator(rules.number), Allowed("at most 20 characters in quotes")]
Key = Annotated[
    str, AfterValidator(rules.client_key), Allowed("the key's letters and digits in quotes, without spaces")
]
Words = Annotated[
    list[Text],
    BeforeValidator(rules.command_words),
    Allowed('a list of words such as ["pass", "show", "kaufland"], or the whole command in quotes'),
    Hides("words"),
]

Moment = Annotated[
    str, AfterValidator(rules.moment), Allowed('a date and time such as "2026-11-01T08:00:00Z" in quotes, or nothing')
]
Country = Annotated[str, AfterValidator(rules.country), Allowed("two letters such as DE or AT")]
CountryOrAll = Annotated[str, AfterValidator(rules.country_or_all), Allowed("two letters such as DE or AT, or all")]
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
    Allowed('VAT rates with numbers such as { 7 = "8401", 19 = "8400" }'),
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
    Hides("path"),
]
_Url = Annotated[
    str,
    AfterValidator(rules.optional(rules.base_url)),
    Allowed("an address such as https://bc.example:7048/BC/api/v2.0 (http only for this machine), or nothing"),
]
_OrderUrl = Annotated[
    str,
    AfterValidator(rules.optional(rules.order_url)),
    Allowed('an address with {id_order} in it, such as "https://portal.example/orders/{id_order}", or nothing'),
]
_UrlPart = Annotated[str, AfterValidator(rules.url_part), Allowed("letters, digits, dots, - and _ in quotes")]


class ApiSettings(Section):
    """Connection to Kaufland's Seller API."""

    base_url: BaseUrl = Field(
        f"https://{PRODUCTION_HOST}/v2", title="Base URL", description="Address of the Seller API."
    )
    use_playground: bool = Field(
        False, title="Use Playground", description="Use Kaufland's playground instead of the real marketplace."
    )
    playground_base_url: BaseUrl = Field(
        f"https://{PLAYGROUND_HOST}/v2", description="Address of the playground, used with use_playground."
    )
    default_storefront: Annotated[
        str,
        AfterValidator(rules.optional(rules.storefront_code)),
        Allowed("a storefront's code such as de or at, or nothing"),
    ] = Field(
        "",
        title="Default Storefront",
        description="Your usual storefront, checked by test-connection and doctor. No call needs it so far: orders of "
        "all storefronts are imported and listed.",
    )
    user_agent: Annotated[str, AfterValidator(rules.user_agent), Allowed("plain ASCII in quotes")] = Field(
        f"kaufland-cli/{__version__}", title="User Agent", description="Program name sent to Kaufland."
    )
    client_key: Key = Field(
        "",
        repr=False,
        title="Client Key",
        description="Client key from the seller portal, 32 characters; never the secret key.",
    )
    partner_client_key: Key = Field(
        "", repr=False, description="The partner's client key; only for registered technology partners."
    )
    requests_per_second: Annotated[
        float, Allowed("a number above 0, up to 100 (no limit for an address on this machine)")
    ] = Field(
        20.0,
        gt=0,
        description="Maximum requests per second. Kaufland allows 111 for all of a seller's software together.",
    )
    timeout_seconds: float = Field(30.0, gt=0, le=600, description="Seconds to wait for a response.")

    @property
    def url(self) -> str:
        """The base URL in use, without a trailing slash."""
        return self.playground_base_url if self.use_playground else self.base_url

    @property
    def is_loopback(self) -> bool:
        """Whether the base URL in use is on this machine."""
        return rules.is_loopback(urlsplit(self.url).hostname or "")

    @property
    def host(self) -> str:
        """The host in use as part of file names: with `-port` unless it is the default one, and without colons.

        A host that Windows would take for a device gets a leading @, which no host has.
        """
        parts = urlsplit(self.url)
        name = (parts.hostname or "").replace(":", "_")
        name = name if is_portable_name(name) else f"@{name}"
        return name if parts.port is None else f"{name}-{parts.port}"

    @property
    def environment(self) -> str:
        """`production`, `playground`, `simulator` (this machine), or the name of any other host."""
        name = urlsplit(self.url).hostname
        if name == PRODUCTION_HOST:
            return "production"
        if self.use_playground or name == PLAYGROUND_HOST:
            return "playground"
        return "simulator" if self.is_loopback else self.host


class OrderImportSettings(Section):
    """When orders are imported, and whether they become sales orders."""

    auto_import_orders: bool = Field(False, title="Auto Import Orders", description="Let scheduled runs import orders.")
    interval_minutes: int = Field(
        15, ge=1, le=1440, title="Order Import Interval (Min)", description="Minutes between scheduled imports."
    )
    create_sales_orders: bool = Field(
        False,
        title="Create Sales Orders",
        description="Create a sales order for each imported order that qualifies; requires a customer number.",
    )
    default_customer_no: Number = Field(
        "",
        title="Default Customer No.",
        description="Customer for sales orders shipped to sales_orders.default_country.",
    )
    initial_days: int = Field(30, ge=1, le=3650, description="Days that the first import goes back.")
    overlap_minutes: int = Field(
        60,
        ge=1,
        le=10_080,
        description="Minutes by which each import overlaps the previous one, so that nothing is missed. Never 0: "
        "Kaufland does not say whether a period includes its start.",
    )


class SecretSettings(Section):
    """Where the secrets are kept; never the secrets themselves."""

    store: Literal["keyring", "systemd", "file", "command", "env"] = Field(
        "keyring",
        description="Where the secret key is kept: the system keyring, an encrypted systemd credential, a "
        "private file, the output of a command, or the variable KAUFLAND_SECRET_KEY only.",
    )
    file: Text = Field(
        "",
        description="Path of the private file for store = file (for systemd: of the encrypted file, plus .cred). "
        "Empty: secret_key next to this file.",
    )
    command: Words = Field(
        default=[], description="Command that prints the secret key, for store = command; runs without a shell."
    )
    business_central_command: Words = Field(
        default=[], description="Command that prints the Business Central secret, for store = command."
    )
    mail_command: Words = Field(
        default=[], description="Command that prints the mail server password, for store = command."
    )


class DebugSettings(Section):
    """The log of API requests."""

    log_api_requests: bool = Field(
        False,
        title="Log API Requests",
        description="Log every request and response with their bodies; otherwise failed ones only, without bodies.",
    )
    log_retention_days: int = Field(14, ge=1, le=3650, description="Days to keep log entries.")
    log_max_megabytes: int = Field(
        50, ge=1, le=100_000, description="Maximum size of the log; the oldest entries are deleted first."
    )
    log_personal_data: bool = Field(False, description="Log buyers' names and addresses instead of hiding them.")


class UiSettings(Section):
    """How times and amounts are shown."""

    timezone: Annotated[
        str, AfterValidator(rules.timezone), Allowed("the name of a time zone such as Europe/Berlin")
    ] = Field("Europe/Berlin", description="Time zone for displayed times.")
    locale: Annotated[str, AfterValidator(rules.locale), Allowed("a locale such as de_DE, or nothing")] = Field(
        "", description="Format of numbers and amounts. Empty: that of the environment (LC_ALL, LANG)."
    )
    order_url: _OrderUrl = Field(
        "",
        description="Page of an order in the seller portal. On a terminal, order ids link to it. Empty: no links.",
    )


class MonitoringSettings(Section):
    """Who is notified when imports fail, and how others can check that they still run."""

    max_age_minutes: int = Field(
        0,
        ge=0,
        le=100_000,
        description="Minutes after which the last complete import counts as old. 0: three intervals, at least an hour.",
    )
    mail_to: _Addresses = Field(
        "", description="Recipients of an e-mail when scheduled imports fail or recover. Empty: nobody."
    )
    mail_from: _Address = Field("", description="Sender of these e-mails. Empty: the first address of mail_to.")
    smtp_host: Annotated[
        str, AfterValidator(rules.optional(rules.mail_host)), Allowed("the name of a mail server, or nothing")
    ] = Field("", description="Mail server that sends them; required with mail_to.")
    smtp_port: int = Field(
        0, ge=0, le=65_535, description="Port of the mail server. 0: the usual one (587, 465 with tls, 25 with none)."
    )
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="Encryption of the connection to it. With a user name, none is only allowed on this machine.",
    )
    smtp_user: Text = Field(
        "", description="User name for the mail server. Set its password with: kaufland secret set --mail."
    )
    ping_url: _PingUrl = Field(
        "",
        repr=False,
        description="Address to ping on each scheduled import: with /start, then without a suffix or with /fail.",
    )
    prometheus_file: Annotated[
        Text,
        AfterValidator(rules.optional(rules.prometheus_file)),
        Allowed("the path of a .prom file, or nothing"),
    ] = Field(
        "",
        description="File (….prom) to write for Prometheus' textfile collector on each scheduled import. Empty: none.",
    )
    windows_event_log: bool = Field(False, description="Write the same notifications to the Windows event log.")

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
        description="Days after an order's last change before the buyer's name, address, e-mail and phone are "
        "deleted, unless something is pending. 0: never.",
    )
    raw_retention_days: int = Field(
        90, ge=1, le=3650, description="Days to keep the raw data of units that cannot be read."
    )
    raw_max_megabytes: int = Field(
        20, ge=1, le=100_000, description="Maximum size of all raw data; the oldest is deleted first."
    )


class WritesSettings(Section):
    """What this program may change at Kaufland; nothing unless it is named here."""

    allow: Annotated[
        list[Permission],
        BeforeValidator(rules.several_words),
        Allowed(f"one or more of {', '.join(PERMISSIONS)}, separated by commas, or nothing"),
    ] = Field(
        [],
        description="What commands may do at Kaufland: ship (mark as sent), invoice (upload), cancel, refund, release."
        " Empty: nothing; --dry-run always works.",
    )


class StorefrontSettings(Section):
    """Settings of one storefront."""

    enabled: bool = Field(True, description="Whether you sell here. Its orders are imported either way.")
    default_customer_no: Number | None = Field(
        None, description="Customer for this storefront's sales orders shipped to its own country."
    )
    create_sales_orders: bool | None = Field(
        None, description="Overrides order_import.create_sales_orders for this storefront."
    )
    start_at: Moment | None = Field(
        None, description="Overrides sales_orders.start_at for this storefront, if it was switched on later."
    )
    country: Annotated[
        str, AfterValidator(rules.optional(rules.country)), Allowed("two letters such as DE or AT, or nothing")
    ] = Field("", description="The storefront's own country. Empty: its code in capitals.")
    shipping_number: Number | None = Field(None, description="Account or item for this storefront's shipping cost.")
    shipping_numbers: VatNumbers = Field(
        default={}, description="Account or item for shipping cost by VAT rate; as a variable: 7=8401,19=8400."
    )
    allow_zero_vat: bool = Field(
        False, description="Whether units with 0% VAT may become lines; otherwise their orders are held."
    )
    unknown_vat: Literal["hold", "use_target"] = Field(
        "hold",
        description="For units without a VAT rate: hold their orders, or use the target's rate without comparing it.",
    )


class SalesOrderSettings(Section):
    """Which orders become sales orders, what these contain, and where they are created."""

    target: Literal["file", "business_central"] = Field(
        "file", description="Where sales orders are created: as files for any ERP system, or in Business Central."
    )
    folder: Text = Field(
        "",
        description="Folder for target = file. Empty: sales-orders next to the store. Test orders go into subfolders.",
    )
    start_at: Moment = Field(
        "",
        description="Orders created before this time become sales orders by hand only. Set when "
        "create_sales_orders is switched on. Empty: the time of the first run after that.",
    )
    default_country: CountryOrAll = Field(
        "DE",
        description="The only ship-to country that order_import.default_customer_no is used for, since a customer "
        "stands for the VAT of one country. all: every country without a customer of its own.",
    )
    customers: CountryNumbers = Field(
        default={}, description="Customer for each ship-to country; as a variable: AT=D0010,SK=D0011."
    )
    confirm_first: bool = Field(
        True,
        description="Wait until a person has confirmed the first sales order, and the first in each currency.",
    )
    companies: Literal["hold", "allow"] = Field(
        "hold", description="Whether orders billed to a company are held for you to decide, or go to the same customer."
    )
    item_mapping_file: Text = Field(
        "", description="CSV file that maps SKUs and EANs to items, relative to this file. Empty: none."
    )
    match_by_ean: Literal["never", "when_no_sku", "when_sku_unknown"] = Field(
        "when_no_sku",
        description="Whether to find items by EAN: never, for units without a SKU, or also if the SKU is "
        "unknown. The same EAN can be another pack size; where a match by EAN is not allowed, the order is held.",
    )
    substitute_account: Number = Field(
        "", description="Account for units that have no item. Empty: their orders are held."
    )
    shipping_kind: Literal["account", "item"] = Field(
        "account", description="Whether shipping_number names an account or an item."
    )
    shipping_number: Number = Field(
        "", description="Account or item for shipping cost. Empty: orders with shipping cost are held."
    )
    timezone: Annotated[
        str,
        AfterValidator(rules.optional(rules.timezone)),
        Allowed("the name of a time zone such as Europe/Berlin, or nothing"),
    ] = Field("", description="The company's time zone, for order dates. Empty: ui.timezone.")


class BusinessCentralSettings(Section):
    """Connection to Business Central."""

    base_url: _Url = Field(
        "", description="Address of your own installation, up to /api/v2.0. Empty: Microsoft's online service."
    )
    tenant: _UrlPart = Field("", description="Microsoft Entra tenant: its id or domain.")
    environment: _UrlPart = Field("Production", description="Environment for orders of the real marketplace.")
    playground_environment: _UrlPart = Field(
        "", description="Sandbox environment for orders of Kaufland's playground. Empty: no sales orders for them."
    )
    company: Text = Field("", description="Company in Business Central: its name or id.")
    authentication: Literal["oauth", "basic"] = Field(
        "oauth", description="oauth: an app registration (online); basic: user name and web service key (on-premises)."
    )
    client_id: Key = Field("", description="Application (client) id of the app registration.")
    user_name: Annotated[str, AfterValidator(rules.user_name), Allowed("text in quotes, without a colon")] = Field(
        "", description="User for authentication = basic."
    )
    login_url: _Url = Field("", description="Address that issues the tokens. Empty: https://login.microsoftonline.com.")

    @property
    def is_one_installation(self) -> bool:
        """Whether the base URL is that of a single installation, which has no environments."""
        return self.base_url.endswith("/api/v2.0")

    @property
    def is_loopback(self) -> bool:
        """Whether the base URL is set and on this machine."""
        return bool(self.base_url) and rules.is_loopback(urlsplit(self.base_url).hostname or "")

    @property
    def account(self) -> str:
        """The account that the secret belongs to: the client id, or the user name with `basic`."""
        return self.client_id if self.authentication == "oauth" else self.user_name
