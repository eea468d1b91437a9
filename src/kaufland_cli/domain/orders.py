"""Orders and their units: as Kaufland gives the units, and as the store knows the orders.

Amounts are in minor units of their currency, times are UTC text (`2026-11-24T01:49:47Z`); None means unknown.
Units come from `seller_api.parsers`, orders from `store.order_queries`; JSON records are made in `output`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from kaufland_cli.domain.missing_details import Detail
from kaufland_cli.domain.moments import moment_text

if TYPE_CHECKING:
    from kaufland_cli.domain.actions import Action

_Kind = TypeVar("_Kind")

MAX_INTEGER = 2**63 - 1
"""The largest integer that the store can hold."""


class Address(NamedTuple):
    """A billing or shipping address; fields are None or empty as Kaufland gave them."""

    first_name: str | None = None
    last_name: str | None = None
    company_name: str | None = None
    street: str | None = None
    house_number: str | None = None
    postcode: str | None = None
    additional_field: str | None = None
    city: str | None = None
    phone: str | None = None
    country: str | None = None
    more: Mapping[str, Any] = MappingProxyType({})
    """Fields this program does not know."""

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> "Address":
        """Return the address with these fields; unknown fields go into `more`."""
        more = {name: value for name, value in fields.items() if name not in ADDRESS_FIELDS}
        return cls(**{name: fields.get(name) for name in ADDRESS_FIELDS}, more=more)

    @property
    def fields(self) -> dict[str, Any]:
        """All fields, including those in `more`."""
        found = self._asdict()
        more = found.pop("more")
        return {**found, **more}


class PickupLocation(NamedTuple):
    """The place where the buyer picks up the parcel; fields are None or empty as Kaufland gave them."""

    provider: str | None
    number: str | int | None
    """The provider's number for it."""
    carrier: str | None
    post_number: str | int | None
    """The buyer's customer number at DHL."""
    fields: Mapping[str, Any]
    """All fields under Kaufland's names, with those that this program does not know."""

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> "PickupLocation":
        """Return the place with these fields."""
        return cls(
            fields.get("provider"),
            fields.get("pickup_location_id"),
            fields.get("carrier"),
            fields.get("dhl_post_number"),
            fields,
        )


class Product(NamedTuple):
    """What was sold, as in Kaufland's catalogue."""

    id_product: int | str | None
    title: str | None
    eans: tuple[str, ...]
    more: Mapping[str, Any]


class Buyer(NamedTuple):
    """The buyer; the e-mail address is an alias of the marketplace's."""

    id_buyer: int | str | None
    email: str | None
    more: Mapping[str, Any]


class OrderUnit(NamedTuple):
    """One unit of an order, with everything Kaufland gives about it."""

    id_order_unit: int | str
    id_order: str
    status: str
    storefront: str | None
    """Lower case."""
    currency: str | None
    price: int
    """Minor units: what the buyer pays for the unit, VAT included, without shipping."""
    shipping_rate: int | None
    """Minor units."""
    revenue_gross: int | None
    """Minor units, after commission."""
    revenue_net: int | None
    """Minor units, after commission."""
    vat: float | None
    """Percent."""
    id_offer: str | None
    cancel_reason: str | None
    created_at: str | None
    """UTC."""
    updated_at: str | None
    """UTC."""
    fulfillment_type: str | None
    is_marketplace_deemed_supplier: bool | None
    buyer: Buyer | None
    billing_address: Address | None
    shipping_address: Address | None
    product: Product | None
    more: Mapping[str, Any]

    @property
    def title(self) -> str | None:
        """The title of what was bought."""
        return None if self.product is None else self.product.title

    @property
    def eans(self) -> tuple[str, ...]:
        """All EANs of what was bought."""
        return () if self.product is None else self.product.eans

    @property
    def ship_by(self) -> str | None:
        """Until when it has to be sent, UTC: the end of a day in Berlin."""
        return moment_text(self.more.get("delivery_time_expires_iso"))

    @property
    def received_at(self) -> str | None:
        """When the buyer received it, UTC."""
        return moment_text(self.more.get("order_received_timestamp_iso"))

    @property
    def note(self) -> str | None:
        """Kaufland's field of that name."""
        return self._extra("note", str)

    @property
    def condition(self) -> str | None:
        """`new`, `used - as new` and so on."""
        return self._extra("unit_condition", str)

    @property
    def eco_fee(self) -> int | None:
        """Minor units; in France."""
        return self._extra("eco_fee", int)

    @property
    def packaging_fee(self) -> int | None:
        """Minor units; in France."""
        return self._extra("packaging_fee", int)

    @property
    def discounts(self) -> list[Any] | None:
        """Vouchers and volume discounts as Kaufland gives them (API 2.44: `usage_type`, `discount_value`)."""
        return self._extra("discounts", list)

    def _extra(self, name: str, kind: type[_Kind]) -> _Kind | None:
        """Return a field of `more`; None if it is not of the kind that Kaufland documents."""
        value = self.more.get(name)
        return value if type(value) is kind else None


class UnreadableUnit(NamedTuple):
    """A unit that could not be read: kept as received, with the reason."""

    id_order_unit: int | str | None
    id_order: str | None
    reason: str
    raw: str
    """The unit as JSON text."""


ADDRESS_FIELDS = (
    "first_name",
    "last_name",
    "company_name",
    "street",
    "house_number",
    "postcode",
    "additional_field",
    "city",
    "phone",
    "country",
)


class DeliveryAddress(NamedTuple):
    """Where one unit is delivered."""

    id_order: str
    id_order_unit: int | str
    at_home: bool
    """Whether the parcel goes to the address; otherwise to a pickup point, or to what this program does not know."""
    address: Address | None
    """Without what the Seller API leaves out here, such as the company."""


@dataclass(frozen=True, slots=True)
class OrderDetails:
    """One whole order as Kaufland gives it."""

    id_order: str
    """The order that was requested."""
    id_in_response: int | str | None
    """The order that the response names; None if it names none."""
    units: tuple[OrderUnit | UnreadableUnit, ...]
    pickup_location: PickupLocation | None
    """None if the goods go to the shipping address."""

    @property
    def names_pickup_point(self) -> bool:
        """Whether there is a pickup point with anything in it."""
        return self.pickup_location is not None and any(self.pickup_location.fields.values())


@dataclass(frozen=True, slots=True)
class OrderInvoice:
    """One invoice of an order; the document itself stays at Kaufland."""

    id_invoice: int | str
    id_order: str
    original_name: str | None
    created_at: str | None
    """UTC."""
    is_marketplace_deemed_supplier: bool | None


class OrderLine(NamedTuple):
    """Units of an order that are identical in everything a line shows; amounts in minor units, VAT in percent."""

    id_order: str
    status: str
    ean: str | None
    title: str | None
    id_offer: str | None
    quantity: int
    unit_price: int
    line_amount: int
    shipping_amount: int | None
    vat: float | None
    currency: str | None
    cancelled: bool
    unit_ids: tuple[int | str, ...]


class DepartedUnit(NamedTuple):
    """A unit that used to belong to the order."""

    id_order_unit: int | str
    ean: str | None
    title: str | None
    id_offer: str | None
    since: str | None
    moved_to: str | None
    """The order it belongs to now; None if it is missing from Kaufland's answer."""

    @property
    def name(self) -> str:
        """The title of the product, else the seller's SKU; empty if both are unknown."""
        return self.title or self.id_offer or ""


class BilledElsewhere(NamedTuple):
    """A unit of this order that is in the sales order of another order, which it used to belong to."""

    id_order_unit: int | str
    id_order: str
    number: str | None


class Change(NamedTuple):
    """One change of one field; an address or a product is written on one line."""

    at: str
    id_order_unit: int | str | None
    field: str
    old: Any
    new: Any


class FailedUnit(NamedTuple):
    """A unit that could not be read; times are UTC text."""

    id_order_unit: int | str | None
    id_order: str | None
    reason: str
    seen_at: str
    """When Kaufland last sent it."""
    set_aside: str | None = None
    """`gone` or `dismissed`; None: it still counts as a problem."""
    key: str = ""
    """Its id, or a hash of its JSON if it has none."""
    first_seen_at: str | None = None
    last_tried_at: str | None = None
    attempts: int = 0
    unknown_since: str | None = None
    """Since when Kaufland has not known it."""
    set_aside_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSummary:
    """One order in a list. If none of its units could be read, only the id and `units_failed` are known."""

    id_order: str
    status: str | None = None
    storefront: str | None = None
    buyer_name: str | None = None
    ship_to_city: str | None = None
    total_amount: int | None = None
    """Minor units: price and shipping of the units that are not cancelled; None if any part is unknown."""
    currency: str | None = None
    total: str | None = None
    """`total_amount` as text with a decimal point."""
    lines: int | None = None
    units: int | None = None
    units_failed: int = 0
    sales_order_no: str | None = None
    sales_order_state: str | None = None
    invoice_uploaded: bool | None = None
    created_at: str | None = None
    updated_at: str | None = None
    imported_at: str | None = None
    fulfillment_type: str | None = None
    is_marketplace_deemed_supplier: bool | None = None
    buyer_email: str | None = None


class OrderTotal(NamedTuple):
    """The total of orders in one currency."""

    currency: str | None
    orders: int
    units: int
    amount: int
    """Minor units: the sum of the totals that are known."""
    unknown: int
    """How many of the orders have no known total."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order with everything known about it."""

    summary: OrderSummary
    goods_amount: int | None = None
    shipping_amount: int | None = None
    billing_address: Address | None = None
    shipping_address: Address | None = None
    pickup_location: PickupLocation | None = None
    erased_at: str | None = None
    lines: tuple[OrderLine, ...] = ()
    units: tuple[OrderUnit, ...] = ()
    """The units that belong to the order now."""
    departed_units: tuple[DepartedUnit, ...] = ()
    in_other_sales_orders: tuple[BilledElsewhere, ...] = ()
    history: tuple[Change, ...] = ()
    """Latest first."""
    failed: tuple[FailedUnit, ...] = ()
    actions: "tuple[Action, ...]" = ()
    """What this program asked Kaufland to do with it, latest first."""
    missing_details: frozenset[Detail] = frozenset()
    """What has not been fetched yet."""

    @property
    def id_order(self) -> str:
        """The order id, as Kaufland sent it."""
        return self.summary.id_order

    @property
    def storefront(self) -> str:
        """The storefront's code; empty if unknown."""
        return self.summary.storefront or ""

    @property
    def currency(self) -> str:
        """The currency of the amounts; empty if unknown or if the units have different ones."""
        return self.summary.currency or ""

    @property
    def totals(self) -> dict[str, int | None]:
        """Goods, shipping and both, in minor units of its currency; empty as long as it has not been imported."""
        if self.summary.imported_at is None:
            return {}
        return {"goods": self.goods_amount, "shipping": self.shipping_amount, "total": self.summary.total_amount}

    @property
    def statuses(self) -> set[str]:
        """The different statuses of its units."""
        return {unit.status for unit in self.units}
