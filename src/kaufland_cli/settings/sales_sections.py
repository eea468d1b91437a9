"""The settings of storefronts and of sales orders: what becomes one, for whom, and where it is created."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from kaufland_cli.settings import rules
from kaufland_cli.settings.rules import Allowed
from kaufland_cli.settings.sections import Country, CountryNumbers, Key, Moment, Number, Section, Text, VatNumbers

_Url = Annotated[
    str,
    AfterValidator(rules.optional(rules.base_url)),
    Allowed("an address such as https://bc.example:7048/BC/api/v2.0 (http only for this machine), or nothing"),
]
_UrlPart = Annotated[str, AfterValidator(rules.url_part), Allowed("letters, digits, dots, - and _ in quotes")]


class StorefrontSettings(Section):
    """What differs for one storefront."""

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
    """What becomes a sales order and how it looks; where it is created."""

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
        "create_sales_orders is switched on. Empty: the time when that was first noticed.",
    )
    default_country: Country = Field(
        "DE",
        description="The one ship-to country that order_import.default_customer_no is used for, since a customer "
        "stands for one country's VAT.",
    )
    customers: CountryNumbers = Field(
        default={}, description="Customer for each ship-to country; as a variable: AT=D0010,SK=D0011."
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
    """How Business Central is reached."""

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
