"""A buyer who can be recognised anywhere, and the search for that buyer in every byte that was written."""

import json
from pathlib import Path
from typing import Any

from kaufland_cli.simulator import example_address

STREET = "Quittenpfad"
BUYER: dict[str, Any] = {"id_buyer": 918273645, "email": "kanari@zwick.example"}
CANARIES = (
    "Xquorbin",
    "Zwölfhagen",
    STREET,
    "313131",
    BUYER["email"],
    "Ypsilonwerke",
    "Hinterhauskanari",
    "Zwickelstadt",
)


def address(**fields: Any) -> dict[str, Any]:
    """Return that buyer's address."""
    own = {
        "first_name": "Xquorbin",
        "last_name": "Zwölfhagen",
        "company_name": "",
        "street": STREET,
        "house_number": "7771",
        "postcode": "99773",
        "city": "Zwickelstadt",
        "additional_field": "Hinterhauskanari",
        "phone": "+49 777 313131",
        "country": "DE",
    }
    return example_address(**own | fields)


def of_the_buyer(**fields: Any) -> dict[str, Any]:
    """Return what an order of that buyer's says of people."""
    return {"billing_address": address(), "shipping_address": address(), "buyer": dict(BUYER), **fields}


def traces(folder: Path) -> list[tuple[str, str]]:
    """Return each file below a folder, but for copies of the store, with what it holds of that buyer."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "backups" not in path.parts:
            content = path.read_bytes()
            found += [(path.name, word) for word in CANARIES if any(form in content for form in _forms(word))]
    return found


def _forms(word: str) -> set[bytes]:
    return {word.encode(), word.casefold().encode(), json.dumps(word)[1:-1].encode(), word.encode("utf-16-le")}
