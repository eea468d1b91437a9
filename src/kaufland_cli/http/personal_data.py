"""Hides buyers' data in what is recorded or shown of requests and answers.

What is recorded goes by a list of what is known to be harmless: a field that an API adds tomorrow is hidden until
somebody has looked at it. What is shown of a refusal goes by a list of what is known to be personal, because a refusal
under a name that nobody has met yet has to be readable.
"""

import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any

from kaufland_cli.domain.masking import MASK, MIN_MASKED_LENGTH, longest_first, pattern_of

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
# What may be read in a recorded body; names are compared as above. A text or number under any other name is hidden;
# yes, no and nothing never are. Of Kaufland's data: orders and units, products, invoices.
_ORDER_FIELDS = """
idorder idorderunit idsorderunits iditemunit idoffer idproduct idcategory status storefront currency price shippingrate
revenuegross revenuenet vat amount total cancelreason unitcondition fulfillmenttype orderunitscount tscreated
tscreatediso tsupdated tsupdatediso tsunitsupdatediso deliverytimemin deliverytimemax deliverytimeexpires
deliverytimeexpiresiso orderreceivedtimestampiso deliveryattempttimestampiso
title ean eans mainpicture manufacturer agerating idinvoice mimetype carriercode
"""
# Of refusals and of the answer to a ping. In an order such a name may hold a buyer's words.
_PING_FIELDS = "message version time timestamp status"
_ERROR_FIELDS = """
offset limit sort embedded type detail details errors error field instance hint reason
"""
# Of Business Central: documents and their lines, and what it is asked about before.
_BUSINESS_CENTRAL_FIELDS = """
id number externaldocumentnumber orderdate postingdate documentdate currencycode currencyid customerid customernumber
billtocustomerid billtocustomernumber pricesincludetax discountamount discountpercent discountappliedbeforetax
totalamountexcludingtax totalamountincludingtax totaltaxamount lastmodifieddatetime ordernumber orderid shipmentdate
requesteddeliverydate
sequence documentid itemid accountid linetype lineobjectnumber description description2 unitofmeasureid
unitofmeasurecode quantity unitprice amountexcludingtax amountincludingtax netamount nettaxamount
netamountincludingtax taxcode taxpercent invoicediscountallocation
displayname itemnumber gtin itemvariantid baseunitofmeasurecode blocked accounttype directposting category subcategory
code itemcategorycode inventory unitcost taxgroupcode localcurrencycode startingdate exchangerateamount
relationalexchangerateamount generalproductpostinggroupcode
"""
# These only hold others together: what stands in them by itself, without a name of its own, is hidden.
_CONTAINERS = """
data value order orders orderunits orderunit orderinvoices product storefronts carriers pagination errors
salesorderlines salesinvoicelines salesorders salesinvoices salesshipments itemvariants items customers accounts
companies currencies countriesregions currencyexchangerates generalledgersetup unitsofmeasure
"""
HARMLESS_IN_ORDERS = frozenset(_ORDER_FIELDS.split())
HARMLESS_FIELDS = HARMLESS_IN_ORDERS.union(
    _PING_FIELDS.split(), _ERROR_FIELDS.split(), _BUSINESS_CENTRAL_FIELDS.split()
)
# What stands in these is of an order; so is what has one of the names of an order.
_ORDERS = frozenset({"data", "order", "orders", "orderunit", "orderunits"})
_OF_AN_ORDER = frozenset({"idorder", "idorderunit"})
HARMLESS_CONTAINERS = frozenset(_CONTAINERS.split())
_ODATA = "@odata."
_HEADLINES = re.compile(r"<(title|h[1-3])\b[^>]*>(.*?)</\1>", re.IGNORECASE | re.DOTALL)
_TAGS = re.compile(r"<[^>]*>")
_MAX_HEADLINE = 200


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
    plain = _plain(name)
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
        self._texts = longest_first(_personal_texts(found))
        self._pattern = pattern_of(self._texts, alone=True)

    def hide(self, text: str) -> str:
        """Return a text without it, also where the text was cut in the middle of it."""
        if self._pattern is None:
            return text
        text = self._pattern.sub(MASK, text)
        cut = text.find("…")
        if cut < 0:
            return text
        for known in self._texts:
            for length in range(len(known) - 1, MIN_MASKED_LENGTH - 1, -1):
                if text[:cut].lower().endswith(known[:length].lower()):
                    return text[: cut - length] + MASK + text[cut:]
        return text


_NOTHING = Known("")


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


@lru_cache(maxsize=2048)
def _holds(name: str, in_order: bool) -> tuple[bool, bool]:
    """Tell of a name whether a text under it may be read, and whether what has names of its own may."""
    plain = _plain(name)
    readable = _ODATA in name or plain in (HARMLESS_IN_ORDERS if in_order else HARMLESS_FIELDS)
    return readable, readable or plain in HARMLESS_CONTAINERS


def _is_of_an_order(value: Any) -> bool:
    return isinstance(value, dict) and not _OF_AN_ORDER.isdisjoint(map(_plain, value))


def _opens_an_order(name: str, value: Any) -> bool:
    """Tell whether what stands under a name is of an order: all data of Kaufland's but the answer to a ping."""
    is_ping = isinstance(value, dict) and {_plain(one) for one in value} <= set(_PING_FIELDS.split())
    return _plain(name) in _ORDERS and not is_ping


def _harmless(value: Any, known: Known, *, readable: bool = False, open_: bool = True, in_order: bool = False) -> Any:
    """Return a JSON value with everything hidden but what stands under a harmless name."""
    in_order = in_order or _is_of_an_order(value)
    if isinstance(value, dict) and open_:
        return {name: _harmless_field(name, inner, known, in_order=in_order) for name, inner in value.items()}
    if isinstance(value, list) and open_:
        return [_harmless(inner, known, readable=readable, in_order=in_order) for inner in value]
    if readable and isinstance(value, str):
        return _hidden_inside(value, known, partial(_harmless, known=known, in_order=in_order))
    return value if readable or value in (None, True, False, "", [], {}) else MASK


def _harmless_field(name: str, value: Any, known: Known, *, in_order: bool) -> Any:
    if _is_personal(name):
        return hide_personal_data(value, personal=True, known=known)
    in_order = in_order or _opens_an_order(name, value)
    readable, open_ = _holds(name, in_order)
    return _harmless(value, known, readable=readable, open_=open_, in_order=in_order)


def texts_about_people(
    value: Any, *, open_: bool = True, readable: bool = False, in_order: bool = False
) -> Iterator[str]:
    """Yield every text and number of a JSON value that would be hidden in a recorded body."""
    in_order = in_order or _is_of_an_order(value)
    if isinstance(value, dict):
        for name, inner in value.items():
            within = in_order or _opens_an_order(name, inner)
            read, holds = (False, False) if not open_ or _is_personal(name) else _holds(name, within)
            yield from texts_about_people(inner, open_=holds, readable=read, in_order=within)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_about_people(inner, open_=open_, readable=readable, in_order=in_order)
    elif not readable and isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)


def without_personal_data(body: str, known: Known = _NOTHING) -> str:
    """Return a recorded body with all hidden that may be about a buyer.

    Only the length of what is not JSON is shown, and the headlines of a web page.
    """
    try:
        body = body.removeprefix("\ufeff")
        found = json.loads(body)
        if not isinstance(found, str):
            return json.dumps(_harmless(found, known), ensure_ascii=False)
    except (ValueError, RecursionError):
        if not body.strip():
            return body
        headlines = " - ".join(
            " ".join(_TAGS.sub(" ", inner).split()) for _, inner in _HEADLINES.findall(body[: 64 * 1024])
        )
        if body.lstrip().startswith("<"):
            title = f": {known.hide(headlines[:_MAX_HEADLINE])}" if headlines else ""
            return f"(web page of {len(body)} characters{title})"
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
        return MASK
    return _hidden_inside(value, known, partial(hide_personal_data, known=known)) if isinstance(value, str) else value


def _hidden_inside(text: str, known: Known, hide: Callable[[Any], Any]) -> str:
    """Return a text without what is known; one that is JSON itself is treated as such."""
    if text.lstrip()[:1] in {"{", "["}:
        try:
            return json.dumps(hide(json.loads(text)), ensure_ascii=False)
        except (ValueError, RecursionError):
            if '"' in text:
                return MASK
    return known.hide(text)
