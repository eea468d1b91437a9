"""Hides buyers' data in recorded bodies."""

import json
from typing import Any

HIDDEN = "***"
# Everything inside these objects is about a person, also what the API adds to them tomorrow.
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
        "postcode",
        "street",
        "url",
    }
)


def without_personal_data(body: str) -> str:
    """Return a recorded body with buyers' data hidden; one that is no JSON is not kept unless it is a web page."""
    try:
        return json.dumps(_hidden(json.loads(body)), ensure_ascii=False)
    except (ValueError, RecursionError):
        if body.lstrip().startswith("<") or not body.strip():
            return body
        return f"(unreadable body of {len(body)} characters)"


def _hidden(value: Any, *, personal: bool = False) -> Any:
    if isinstance(value, dict):
        return {
            name: _hidden(inner, personal=personal or name in PERSONAL_OBJECTS or name in PERSONAL_FIELDS)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_hidden(inner, personal=personal) for inner in value]
    return HIDDEN if personal and value not in (None, "") else value
