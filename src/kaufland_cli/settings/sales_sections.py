"""The settings of storefronts and of sales orders: what becomes one, for whom, and where it is created."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from kaufland_cli.settings import rules
from kaufland_cli.settings.rules import Allowed
from kaufland_cli.settings.sections import (
    Country,
    CountryNumbers,
    Key,
    Moment,
    Number,
    Section,
    Text,
    VatNumbers,
)

_Url = Annotated[
    str,
    AfterValidator(rules.optional(rules.base_url)),
    Allowed("an address such as https://bc.example:7048/BC/api/v2.0 (http only for this machine), or nothing"),
]
_UrlPart = Annotated[str, AfterValidator(rules.url_part), Allowed("letters, digits, dots, - and _ in quotes")]


class StorefrontSettings(Section):
    """What differs for one storefront."""

    enabled: bool = Field(
        True,
        title="Enabled",
        description="Whether you sell here. The import reads every storefront all the same.",
    )
    default_customer_no: Number | None = Field(
        None,
        title="Default Customer No.",
        description="Customer of this storefront's sales orders shipped to its own country.",
    )
    create_sales_orders: bool | None = Field(
        None,
        title="Create Sales Orders",
        description="For this storefront instead of order_import.create_sales_orders.",
    )
    start_at: Moment | None = Field(
        None,
        title="Start",
        description="For this storefront instead of sales_orders.start_at, where it was switched on later.",
    )
    country: Annotated[
        str, AfterValidator(rules.optional(rules.country)), Allowed("two letters such as DE or AT, or nothing")
    ] = Field("", title="Country", description="The storefront's own country; empty: its code in capitals.")
    shipping_number: Number | None = Field(
        None,
        title="Shipping Number",
        description="Account or item for this storefront's shipping cost.",
    )
    shipping_numbers: VatNumbers = Field(
        default={},
        title="Shipping Numbers",
        description="Account or item for shipping cost at one rate of VAT; as a variable 7=8401,19=8400.",
    )
    allow_zero_vat: bool = Field(
        False,
        title="Allow zero VAT",
        description="Whether units with a VAT of 0 may become lines; otherwise their orders are held.",
    )
    unknown_vat: Literal["hold", "use_target"] = Field(
        "hold",
        title="Unknown VAT",
        description="Units without a VAT: hold their orders, or use the target's rate, which is then not compared.",
    )


class SalesOrderSettings(Section):
    """What becomes a sales order and how it looks; where it is created."""

    target: Literal["file", "business_central"] = Field(
        "file",
        title="Target",
        description="Where sales orders are created: files that any merchandise system can pick up, or Business "
        "Central.",
    )
    folder: Text = Field(
        "",
        title="Folder",
        description="Folder for target = file; empty: sales-orders beside the store. Orders that are no real ones go "
        "into folders of their own in it.",
    )
    start_at: Moment = Field(
        "",
        title="Start",
        description="Orders created before this moment become sales orders only by hand; set when creating is "
        "switched on. Empty: since it was first seen to be on.",
    )
    default_country: Country = Field(
        "DE",
        title="Default Country",
        description="Ship-to country, the only one for which order_import.default_customer_no is used: a customer "
        "stands for one country's VAT.",
    )
    customers: CountryNumbers = Field(
        default={},
        title="Customers",
        description="Customer for each ship-to country; as a variable AT=D0010,SK=D0011.",
    )
    companies: Literal["hold", "allow"] = Field(
        "hold",
        title="Companies",
        description="Whether an order billed to a company is held for you to decide, or goes to the same customer.",
    )
    item_mapping_file: Text = Field(
        "",
        title="Item Mapping File",
        description="CSV file that names the item of a SKU or EAN, beside this file unless it is a whole path; empty: "
        "none.",
    )
    match_by_ean: Literal["never", "when_no_sku", "when_sku_unknown"] = Field(
        "when_no_sku",
        title="Match by EAN",
        description="Whether an item may be found by its EAN: never, for units without a SKU, or also where the SKU is "
        "unknown. The same EAN may be another pack size; where it is not allowed, the order is held.",
    )
    substitute_account: Number = Field(
        "",
        title="Substitute Account",
        description="Account for units that have no item; empty: their orders are held.",
    )
    shipping_kind: Literal["account", "item"] = Field(
        "account",
        title="Shipping Kind",
        description="Whether shipping_number names an account or an item.",
    )
    shipping_number: Number = Field(
        "",
        title="Shipping Number",
        description="Account or item for shipping cost; empty: orders with shipping cost are held.",
    )
    timezone: Annotated[
        str,
        AfterValidator(rules.optional(rules.timezone)),
        Allowed("the name of a time zone such as Europe/Berlin, or nothing"),
    ] = Field("", title="Time zone", description="The company's time zone, for the order's date; empty: ui.timezone.")


class BusinessCentralSettings(Section):
    """How Business Central is reached."""

    base_url: _Url = Field(
        "",
        title="Base URL",
        description="Address of an installation of your own, up to /api/v2.0; empty: Microsoft's online service.",
    )
    tenant: _UrlPart = Field("", title="Tenant", description="Microsoft Entra tenant: its id or its domain.")
    environment: _UrlPart = Field(
        "Production", title="Environment", description="Environment for the orders of the real marketplace."
    )
    playground_environment: _UrlPart = Field(
        "",
        title="Playground Environment",
        description="Sandbox environment for orders of Kaufland's playground; empty: they become no sales orders.",
    )
    company: Text = Field("", title="Company", description="Company in Business Central: its name or its id.")
    authentication: Literal["oauth", "basic"] = Field(
        "oauth",
        title="Authentication",
        description="oauth: an app registration (online); basic: user name and web service key (on-premises).",
    )
    client_id: Key = Field("", title="Client ID", description="Application (client) id of the app registration.")
    user_name: Annotated[str, AfterValidator(rules.user_name), Allowed("text in quotes, without a colon")] = Field(
        "", title="User Name", description="User for authentication = basic."
    )
    login_url: _Url = Field(
        "",
        title="Login URL",
        description="Address that gives the tokens; empty: https://login.microsoftonline.com.",
    )

    @property
    def is_one_installation(self) -> bool:
        """Whether the base URL is that of one installation, which has no environments."""
        return self.base_url.endswith("/api/v2.0")

    @property
    def is_loopback(self) -> bool:
        """Whether an address on this machine is set."""
        return bool(self.base_url) and rules.is_loopback(urlsplit(self.base_url).hostname or "")

    @property
    def account(self) -> str:
        """To whom the secret belongs: the client id, with Basic the user name."""
        return self.client_id if self.authentication == "oauth" else self.user_name
