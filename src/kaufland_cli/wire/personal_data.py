"""Hides buyers' data in what is recorded or shown of requests and answers."""

import json
from typing import Any

HIDDEN = "***"
# Everything inside these objects is about a person, also what an API adds to them tomorrow.
PERSONAL_OBJECTS = frozenset({"buyer", "billing_address", "shipping_address", "address", "delivery", "pickup_location"})
PERSONAL_FIELDS = frozenset(
    {
        "additional_field",
        "city",
        "company_name",
        "dhl_post_number",
        "email",
        "first_name",
        "house_number",
        "id_buyer",
        "last_name",
        "note",
        "original_name",
        "phone",
        "phoneNumber",
        "postcode",
        "street",
        "url",
    }
)
# The address of a document in Business Central: shipToName, sellToCity, …
PERSONAL_PREFIXES = ("billTo", "sellTo", "shipTo")
# Of them, what names a customer record.
NOT_PERSONAL = frozenset({"billToCustomerId", "billToCustomerNumber"})


def without_personal_data(body: str) -> str:
    """Return a recorded body with buyers' data hidden; one that is no JSON is not kept unless it is a web page."""
    try:
        return json.dumps(hide_personal_data(json.loads(body)), ensure_ascii=False)
    except (ValueError, RecursionError):
        if body.lstrip().startswith("<") or not body.strip():
            return body
        return f"(unreadable body of {len(body)} characters)"


def hide_personal_data(value: Any, *, personal: bool = False) -> Any:
    """Return a JSON value with what is about a person replaced by `***`."""
    if isinstance(value, dict):
        return {
            name: hide_personal_data(inner, personal=personal or _is_personal(name)) for name, inner in value.items()
        }
    if isinstance(value, list):
        return [hide_personal_data(inner, personal=personal) for inner in value]
    return HIDDEN if personal and value not in (None, "") else value


def _is_personal(name: str) -> bool:
    if name in PERSONAL_OBJECTS or name in PERSONAL_FIELDS:
        return True
    return name.startswith(PERSONAL_PREFIXES) and name not in NOT_PERSONAL
