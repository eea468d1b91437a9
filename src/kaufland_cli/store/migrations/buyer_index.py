"""Migration 16: whether an address or extra fields are still used is found without a look at all units.

Imports ask it of each buyer who reaches the age limit.
"""

_ADDRESSES = "field IN ('billing_address_no', 'shipping_address_no')"

STATEMENTS: tuple[str, ...] = (
    "CREATE INDEX order_units_by_billing ON order_units (billing_address_no)",
    # Most parcels go to the billing address.
    (
        "CREATE INDEX order_units_by_shipping ON order_units (shipping_address_no)"
        " WHERE shipping_address_no IS NOT billing_address_no"
    ),
    "CREATE INDEX order_units_by_extras ON order_units (extras_no)",
    f"CREATE INDEX unit_history_from_address ON unit_history (old) WHERE {_ADDRESSES}",
    f"CREATE INDEX unit_history_to_address ON unit_history (new) WHERE {_ADDRESSES}",
    "CREATE INDEX unit_history_from_extras ON unit_history (old) WHERE field = 'extras_no'",
    "CREATE INDEX unit_history_to_extras ON unit_history (new) WHERE field = 'extras_no'",
)
