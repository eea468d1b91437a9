"""Hides buyers' data in what is recorded or shown of requests and answers."""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

HIDDEN = "***"
# Everything inside these objects is about a person, also what an API adds to them tomorrow. Names are compared without
# regard to case and hyphens, so that `firstName` is `first_name`.
PERSONAL_OBJECTS = frozenset({"buyer", "billingaddress", "shippingaddress", "address", "delivery", "pickuplocation"})
PERSONAL_FIELDS = frozenset(
    {
        "additionalfield",
        "addressline1",
        "addressline2",
        "city",
        "companyname",
        "contact",
        "contactname",
        "customername",
        "dhlpostnumber",
        "email",
        "firstname",
        "fullname",
        "housenumber",
        "idbuyer",
        "lastname",
        "mobilephonenumber",
        "note",
        "originalname",
        "phone",
        "phonenumber",
        "postalcode",
        "postcode",
        "street",
        "url",
        "yourreference",
    }
)
# The address of a document in Business Central: shipToName, sellToCity, …
PERSONAL_PREFIXES = ("billto", "sellto", "shipto")
# Of them, what names a customer record.
NOT_PERSONAL = frozenset({"billtocustomerid", "billtocustomernumber"})
SHORTEST_KNOWN = 3
"""Texts that are looked for elsewhere have so many characters; a country code says nothing of a person."""
_HEADLINES = re.compile(r"<(title|h[1-3])\b[^>]*>(.*?)</\1>", re.IGNORECASE | re.DOTALL)
_TAGS = re.compile(r"<[^>]*>")
_LONGEST_HEADLINE = 200


def _personal_texts(value: Any, *, personal: bool = False) -> Iterator[str]:
    """Yield what stands in the personal fields of a JSON value."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _personal_texts(inner, personal=personal or _is_personal(name))
    elif isinstance(value, list):
        for inner in value:
            yield from _personal_texts(inner, personal=personal)
    elif personal and isinstance(value, str):
        yield value


@lru_cache(maxsize=1024)
def _is_personal(name: str) -> bool:
    plain = name.lower().replace("_", "").replace("-", "")
    if plain in PERSONAL_OBJECTS or plain in PERSONAL_FIELDS:
        return True
    return plain.startswith(PERSONAL_PREFIXES) and plain not in NOT_PERSONAL


class Known:
    """What a request says of a person, to be hidden wherever the other side repeats it: in the words of a refusal."""

    def __init__(self, body: str) -> None:
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            found = None
        texts = {" ".join(text.split()) for text in _personal_texts(found)}
        self._texts = sorted((text for text in texts if len(text) >= SHORTEST_KNOWN), key=len, reverse=True)
        whole = "|".join(r"\s+".join(re.escape(word) for word in text.split()) for text in self._texts)
        self._pattern = re.compile(rf"(?<!\w)(?:{whole})(?!\w)", re.IGNORECASE) if whole else None

    def hide(self, text: str) -> str:
        """Return a text without it, also where the text was cut in the middle of it."""
        if self._pattern is None:
            return text
        text = self._pattern.sub(HIDDEN, text)
        cut = text.find("…")
        if cut < 0:
            return text
        for known in self._texts:
            for length in range(len(known) - 1, SHORTEST_KNOWN - 1, -1):
                if text[:cut].lower().endswith(known[:length].lower()):
                    return text[: cut - length] + HIDDEN + text[cut:]
        return text


_NOTHING = Known("")


def without_personal_data(body: str, known: Known = _NOTHING) -> str:
    """Return a recorded body with buyers' data hidden; of what is no JSON its length, of a web page its headlines."""
    try:
        body = body.removeprefix("\ufeff")
        found = json.loads(body)
        if not isinstance(found, str):
            return json.dumps(hide_personal_data(found, known=known), ensure_ascii=False)
    except (ValueError, RecursionError):
        if not body.strip():
            return body
        headlines = " - ".join(
            " ".join(_TAGS.sub(" ", inner).split()) for _, inner in _HEADLINES.findall(body[: 64 * 1024])
        )
        if body.lstrip().startswith("<"):
            told = f": {known.hide(headlines[:_LONGEST_HEADLINE])}" if headlines else ""
            return f"(web page of {len(body)} characters{told})"
    return f"(unreadable body of {len(body)} characters)"


def hide_personal_data(value: Any, *, personal: bool = False, known: Known = _NOTHING) -> Any:
    """Return a JSON value with what is about a person replaced by `***`."""
    if isinstance(value, dict):
        return {
            name: hide_personal_data(inner, personal=personal or _is_personal(name), known=known)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [hide_personal_data(inner, personal=personal, known=known) for inner in value]
    if personal and value not in (None, ""):
        return HIDDEN
    return _hidden_inside(value, known) if isinstance(value, str) else value


def _hidden_inside(text: str, known: Known) -> str:
    """Return a text without what is known; one that is JSON itself is treated as such."""
    if text.lstrip()[:1] in {"{", "["}:
        try:
            return json.dumps(hide_personal_data(json.loads(text), known=known), ensure_ascii=False)
        except (ValueError, RecursionError):
            if '"' in text:
                return HIDDEN
    return known.hide(text)
