"""The columns of every list: titles, fields, and which of them shrink or disappear on a narrow terminal.

Records come from `output/records` and the store; a new column of a list is one line here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

Kind = Literal[
    "text",
    "status",
    "money",
    "time",
    "count",
    "yes_no_unknown",
    "percent",
    "duration_ms",
    "bytes",
    "sales_order",
    "health",
    "order_id",
    "due",
]

_RIGHT_KINDS = frozenset({"money", "count", "percent", "duration_ms", "bytes"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list.

    On a terminal that is too narrow, columns with `shrinks_to` are cut down to that many cells, the widest first; if
    that is not enough, columns with a `drop_order` are left out, the lowest first. All others are never cut.
    """

    title: str
    field: str
    kind: Kind = "text"
    shrinks_to: int | None = None
    drop_order: int | None = None
    align: Literal["left", "right"] | None = None
    narrow_title: str = ""  # where room is short; "\n" begins its second line
    narrow_first: bool = False  # a time that gives up its hour before the other times do
    currency: str = "currency"  # the field with the currency of a "money" column
    time_first: bool = False  # the time of day before its date, and no date today
    always: bool = False  # shown even if it is empty in every row
    marks_row: bool = False  # a row in which it is no is red
    optional: bool = False  # an amount that may not exist: then there is nothing, and not an unknown amount

    @property
    def right(self) -> bool:
        """Whether the cells are right-aligned."""
        return self.align == "right" if self.align else self.kind in _RIGHT_KINDS


_MONEY = frozenset(
    {
        "eco_fee",
        "packaging_fee",
        "price",
        "revenue_gross",
        "revenue_net",
        "shipping_rate",
        "target_tax_amount",
        "target_total_amount",
        "tax_amount",
        "total_amount",
    }
)
_TIMES = frozenset({"at", "ship_by"})
_ENDS_OF_TIMES = ("_at", "_since", "_sync")


def kind_of(field: str) -> Kind:
    """Return what kind of value a field of a list has, as far as that changes how it is written."""
    if field in _MONEY:
        return "money"
    return "time" if field in _TIMES or field.endswith(_ENDS_OF_TIMES) else "text"


def row_style(record: Mapping[str, Any], columns: Sequence[Column]) -> str:
    """Return the colour of a row; empty for the usual one."""
    return "red" if any(column.marks_row and record.get(column.field) is False for column in columns) else ""


def chosen_columns(columns: Sequence[Column], fields: Sequence[str]) -> list[Column]:
    """Return the columns of these fields; no room is too small for what somebody has asked for."""
    known = {column.field: column for column in columns}
    found = [known.get(field) or Column(field, field, kind_of(field)) for field in fields]
    return [replace(column, drop_order=None, always=True) for column in found]


ORDER_COLUMNS = (
    Column("Order", "id_order", "order_id"),
    Column("Status", "status", "status"),
    Column("Storefront", "storefront", drop_order=6, narrow_title="Shop"),
    Column("Created", "created_at", "time", drop_order=7),
    Column("Buyer", "buyer_name", shrinks_to=12, drop_order=9),
    Column("City", "ship_to_city", shrinks_to=5, drop_order=4),
    Column("Total", "total_amount", "money"),
    Column("Units", "units", "count", drop_order=5, narrow_title="Qty"),
    Column("Sales order", "sales_order_no", "sales_order", drop_order=8, narrow_title="Sales\norder"),
    Column("Lines", "lines", "count", drop_order=3),
    Column("Invoice", "invoice_uploaded", "yes_no_unknown", drop_order=2, narrow_title="In-\nvoice"),
    Column("Imported", "imported_at", "time", drop_order=1, narrow_first=True),
)

BUYERS_ORDER_COLUMNS = (
    Column("Order", "id_order", "order_id"),
    Column("Created", "created_at", "time", narrow_first=True),
    Column("Status", "status", "status"),
    Column("Buyer", "buyer_name", shrinks_to=8, drop_order=2),
    Column("City", "ship_to_city", shrinks_to=5, drop_order=1),
    Column("Buyer's data", "then", narrow_title="Buyer's\ndata"),
)

UNIT_COLUMNS = (
    Column("Order", "id_order", "order_id"),
    Column("Unit", "id_order_unit", drop_order=3),
    Column("Status", "status", "status"),
    Column("EAN", "ean", drop_order=6),
    Column("Title", "title", shrinks_to=10),
    Column("Offer", "id_offer", shrinks_to=8, drop_order=7),
    Column("Price", "price", "money"),
    Column("Shipping", "shipping_rate", "money", drop_order=2, narrow_title="Ship-\nping"),
    Column("VAT", "vat", "percent", drop_order=4),
    Column("Storefront", "storefront", drop_order=1, narrow_title="Shop"),
    Column("Created", "created_at", "time", drop_order=5),
)

DUE_COLUMNS = (
    Column("Due", "due", "due"),
    Column("Hours left", "hours_left", "count", narrow_title="Hours\nleft"),
    Column("Ship by", "ship_by", "time", drop_order=4, narrow_first=True),
    Column("Order", "id_order", "order_id"),
    Column("Unit", "id_order_unit", drop_order=2),
    Column("EAN", "ean", drop_order=3),
    Column("Title", "title", shrinks_to=10),
    Column("Offer", "id_offer", shrinks_to=8, drop_order=6),
    Column("City", "ship_to_city", shrinks_to=5, drop_order=5),
    Column("Country", "ship_to_country", drop_order=1),
    Column("Pickup point", "pickup_point", narrow_title="Pickup\npoint"),
    Column("Carrier", "carrier"),
)

PICK_COLUMNS = (
    Column("Quantity", "quantity", "count", narrow_title="Qty"),
    Column("Offer", "id_offer", shrinks_to=8),
    Column("EAN", "ean"),
    Column("Title", "title", shrinks_to=10),
    Column("Condition", "condition", drop_order=1),
    Column("Orders", "orders", "count"),
    Column("Ship by", "ship_by", "time", narrow_first=True),
)

PACK_COLUMNS = (
    Column("Order", "id_order", "order_id"),
    Column("Ship by", "ship_by", "time", narrow_first=True),
    Column("Quantity", "quantity", "count", narrow_title="Qty"),
    Column("Offer", "id_offer", shrinks_to=8),
    Column("EAN", "ean", drop_order=3),
    Column("Title", "title", shrinks_to=10),
    Column("Condition", "condition", drop_order=1),
    Column("Ship to", "ship_to", shrinks_to=10),
    Column("Pickup point", "pickup_point", narrow_title="Pickup\npoint"),
    Column("Carrier", "carrier", drop_order=2),
)

ORDER_LINE_COLUMNS = (
    Column("Status", "status", "status"),
    Column("EAN", "ean", drop_order=4),
    Column("Title", "title", shrinks_to=10),
    Column("Offer", "id_offer", shrinks_to=8, drop_order=1),
    Column("Quantity", "quantity", "count", narrow_title="Qty"),
    Column("Unit price", "unit_price", "money", narrow_title="Unit\nprice"),
    Column("Amount", "line_amount", "money"),
    Column("Shipping", "shipping_amount", "money", drop_order=2, narrow_title="Ship-\nping"),
    Column("VAT", "vat", "percent", drop_order=5),
    Column("Cancelled", "cancelled", "yes_no_unknown", drop_order=3, narrow_title="Can-\ncelled"),
)

SALES_ORDER_COLUMNS = (
    Column("Order", "id_order", "order_id"),
    Column("State", "state", "status"),
    Column("Sales order", "number", narrow_title="Sales\norder"),
    Column("Customer", "customer_no", drop_order=3),
    Column("Total", "total_amount", "money", drop_order=4),
    Column("Shop", "storefront", drop_order=2),
    Column("Reason", "reason", shrinks_to=12),
    Column("Since", "updated_at", "time", drop_order=1),
)

# A pipe has room for whole sentences.
PIPED_SALES_ORDER_COLUMNS = (*SALES_ORDER_COLUMNS, Column("Why", "text"), Column("How to fix it", "fix"))

INVOICE_COLUMNS = (
    Column("Order", "id_order", "order_id"),
    Column("Created", "created_at", "time", narrow_first=True),
    Column("Status", "status", "status"),
    Column("Shop", "storefront", drop_order=1),
    Column("Buyer", "buyer_name", shrinks_to=10, drop_order=2),
    Column("Total", "total_amount", "money"),
    Column("Invoice", "invoice", "status"),
    Column("File", "file_name", shrinks_to=12),
)

ACTION_COLUMNS = (
    Column("No", "action_no", "count", align="right"),
    Column("What", "kind"),
    Column("Order", "id_order", "order_id"),
    Column("Unit", "id_order_unit", drop_order=2),
    Column("State", "state", "status"),
    Column("Carrier", "carrier", drop_order=4, shrinks_to=6),
    Column("Tracking", "tracking_numbers", shrinks_to=12),
    Column("Reason", "reason", drop_order=3, shrinks_to=8),
    Column("File", "file_name", drop_order=6, shrinks_to=12),
    Column("Amount", "amount", "money", drop_order=5, optional=True),
    Column("Sent", "sent_at", "time", drop_order=1),
    Column("Kaufland", "text", shrinks_to=12),
)

FAILED_UNIT_COLUMNS = (
    Column("Order", "id_order", "order_id"),
    Column("Unit", "id_order_unit"),
    Column("Reason", "reason", shrinks_to=14),
    Column("First seen", "first_seen_at", "time", drop_order=1, narrow_title="First\nseen"),
    Column("Last tried", "last_tried_at", "time", drop_order=3, narrow_title="Last\ntried"),
    Column("Attempts", "attempts", "count", drop_order=2, narrow_title="Tries"),
    Column("Set aside", "set_aside", narrow_title="Set\naside"),
)

LOG_COLUMNS = (
    Column("Entry", "entry_no", "count", align="right"),
    Column("At", "at", "time", time_first=True),
    Column("Method", "method", drop_order=4),
    Column("Endpoint", "endpoint", shrinks_to=16),
    Column("Code", "status_code", "count"),
    Column("OK", "success", "yes_no_unknown", drop_order=3, marks_row=True),
    Column("Took", "duration_ms", "duration_ms", drop_order=5),
    Column("Try", "attempt", "count", drop_order=2),
    Column("Error", "error_message", shrinks_to=12),
    Column("Run", "run_id", drop_order=1),
)

# One behind the other, for a log that is followed.
FOLLOWED_LOG_COLUMNS = (
    Column("At", "at", "time", time_first=True),
    Column("Code", "status_code", "count"),
    Column("Method", "method"),
    Column("Endpoint", "endpoint"),
    Column("Took", "duration_ms", "duration_ms"),
    Column("Error", "error_message"),
)

PROFILE_COLUMNS = (
    Column("Profile", "profile"),
    Column("Environment", "environment", shrinks_to=10, drop_order=3),
    Column("Auto import", "auto_import_orders", "yes_no_unknown", narrow_title="Auto\nimport"),
    Column("Minutes", "interval_minutes", "count", drop_order=2),
    Column("Last import", "last_order_sync", "time", narrow_title="Last\nimport"),
    Column("State", "last_order_sync_status", "health"),
    Column("Schedule", "schedule_with", drop_order=4),
    Column("In sync", "schedule_in_sync", "yes_no_unknown", drop_order=5, narrow_title="In\nsync"),
    Column("Settings", "settings_file", shrinks_to=14, drop_order=1),
)

SETTING_COLUMNS = (
    Column("Setting", "key"),
    Column("Value", "value", shrinks_to=12),
    Column("Comes from", "origin", shrinks_to=10),
)
