"""Hides buyers' data in recorded bodies and in shown error responses.

Recorded bodies show only fields on a list of harmless ones: a field that an API adds tomorrow stays hidden until
somebody has looked at it. Error responses hide only fields on a list of personal ones, because a message under an
unknown name has to be readable.
"""

import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any

from kaufland_cli.domain.masking import MASK, MIN_MASKED_LENGTH, longest_first, pattern_of

# Everything inside these objects is personal, including fields that an API adds later. Names are compared without case,
# hyphens and underscores, so that `firstName` is `first_name`.
PERSONAL_OBJECTS = frozenset(
    {"buyer", "billingaddress", "shippingaddress", "address", "addressdata", "delivery", "pickuplocation"}
)
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
# Exceptions: they identify a customer record.
NOT_PERSONAL = frozenset({"billtocustomerid", "billtocustomernumber"})
# Fields shown in a recorded body; names are compared as above. Texts and numbers under any other name are hidden; true,
# false and null never are. These are Kaufland's: orders and units, products, invoices.
_ORDER_FIELDS = """
idorder idorderunit idsorderunits iditemunit idoffer idproduct idcategory status storefront currency price shippingrate
revenuegross revenuenet vat amount total cancelreason unitcondition fulfillmenttype orderunitscount tscreated
tscreatediso tsupdated tsupdatediso tsunitsupdatediso deliverytimemin deliverytimemax deliverytimeexpires
deliverytimeexpiresiso orderreceivedtimestampiso deliveryattempttimestampiso
title ean eans mainpicture manufacturer agerating idinvoice mimetype carriercode
"""
# From the response to a ping and from error responses. In an order, a field of that name may hold a buyer's words.
_PING_FIELDS = "message version time timestamp status"
_ERROR_FIELDS = """
offset limit sort embedded type detail details errors error field instance hint reason
"""
# Business Central's: documents and their lines, and the records that are looked up first.
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
# These only group named fields: a bare value in them is hidden.
_CONTAINERS = """
data value order orders orderunits orderunit orderinvoices product storefronts carriers pagination errors
salesorderlines salesinvoicelines salesorders salesinvoices salesshipments itemvariants items customers accounts
companies currencies countriesregions currencyexchangerates generalledgersetup unitsofmeasure
"""
HARMLESS_IN_ORDERS = frozenset(_ORDER_FIELDS.split())
HARMLESS_FIELDS = HARMLESS_IN_ORDERS.union(
    _PING_FIELDS.split(), _ERROR_FIELDS.split(), _BUSINESS_CENTRAL_FIELDS.split()
)
# Everything below these names, or in an object with one of the ids below, is order data.
_ORDER_NAMES = frozenset({"data", "order", "orders", "orderunit", "orderunits"})
_ORDER_IDS = frozenset({"idorder", "idorderunit"})
HARMLESS_CONTAINERS = frozenset(_CONTAINERS.split())
_ODATA = "@odata."
_HEADLINES = re.compile(r"<(title|h[1-3])\b[^>]*>(.*?)</\1>", re.IGNORECASE | re.DOTALL)
_TAGS = re.compile(r"<[^>]*>")
_MAX_HEADLINE = 200


def _personal_texts(value: Any, *, personal: bool = False) -> Iterator[str]:
    """Yield the texts in the personal fields of a JSON value."""
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


class SentTexts:
    """The personal texts of a request, to be hidden wherever a response repeats them."""

    def __init__(self, body: str) -> None:
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            found = None
        self._texts = longest_first(_personal_texts(found))
        self._pattern = pattern_of(self._texts, alone=True)

    def hide(self, text: str) -> str:
        """Return a text without them, even if it was cut off in the middle of one."""
        if self._pattern is None:
            return text
        text = self._pattern.sub(MASK, text)
        cut = text.find("…")
        if cut < 0:
            return text
        for sent in self._texts:
            for length in range(len(sent) - 1, MIN_MASKED_LENGTH - 1, -1):
                if text[:cut].lower().endswith(sent[:length].lower()):
                    return text[: cut - length] + MASK + text[cut:]
        return text


_NOTHING = SentTexts("")


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


@lru_cache(maxsize=2048)
def _shown_parts(name: str, in_order: bool) -> tuple[bool, bool]:
    """Return whether values of this field may be shown, and whether named fields inside it may."""
    plain = _plain(name)
    readable = _ODATA in name or plain in (HARMLESS_IN_ORDERS if in_order else HARMLESS_FIELDS)
    return readable, readable or plain in HARMLESS_CONTAINERS


def _is_order_data(value: Any) -> bool:
    return isinstance(value, dict) and not _ORDER_IDS.isdisjoint(map(_plain, value))


def _holds_order_data(name: str, value: Any) -> bool:
    """Return whether this field holds order data: all of Kaufland's data except the response to a ping."""
    is_ping = isinstance(value, dict) and {_plain(one) for one in value} <= set(_PING_FIELDS.split())
    return _plain(name) in _ORDER_NAMES and not is_ping


def _harmless(
    value: Any, sent: SentTexts, *, readable: bool = False, open_: bool = True, in_order: bool = False
) -> Any:
    """Return a JSON value in which only harmless fields are shown."""
    in_order = in_order or _is_order_data(value)
    if isinstance(value, dict) and open_:
        return {name: _harmless_field(name, inner, sent, in_order=in_order) for name, inner in value.items()}
    if isinstance(value, list) and open_:
        return [_harmless(inner, sent, readable=readable, in_order=in_order) for inner in value]
    if readable and isinstance(value, str):
        return _hidden_inside(value, sent, partial(_harmless, sent=sent, in_order=in_order))
    return value if readable or value in (None, True, False, "", [], {}) else MASK


def _harmless_field(name: str, value: Any, sent: SentTexts, *, in_order: bool) -> Any:
    if _is_personal(name):
        return hide_personal_data(value, personal=True, sent=sent)
    in_order = in_order or _holds_order_data(name, value)
    readable, open_ = _shown_parts(name, in_order)
    return _harmless(value, sent, readable=readable, open_=open_, in_order=in_order)


def texts_about_people(
    value: Any, *, open_: bool = True, readable: bool = False, in_order: bool = False
) -> Iterator[str]:
    """Yield every text and number of a JSON value that would be hidden in a recorded body."""
    in_order = in_order or _is_order_data(value)
    if isinstance(value, dict):
        for name, inner in value.items():
            within = in_order or _holds_order_data(name, inner)
            read, holds = (False, False) if not open_ or _is_personal(name) else _shown_parts(name, within)
            yield from texts_about_people(inner, open_=holds, readable=read, in_order=within)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_about_people(inner, open_=open_, readable=readable, in_order=in_order)
    elif not readable and isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)


def without_personal_data(body: str, sent: SentTexts = _NOTHING) -> str:
    """Return a body to record, with everything hidden that may be about a buyer.

    Of a body that is not JSON only the length is shown, and the headlines of a web page.
    """
    try:
        body = body.removeprefix("\ufeff")
        found = json.loads(body)
        if not isinstance(found, str):
            return json.dumps(_harmless(found, sent), ensure_ascii=False)
    except (ValueError, RecursionError):
        if not body.strip():
            return body
        headlines = " - ".join(
            " ".join(_TAGS.sub(" ", inner).split()) for _, inner in _HEADLINES.findall(body[: 64 * 1024])
        )
        if body.lstrip().startswith("<"):
            title = f": {sent.hide(headlines[:_MAX_HEADLINE])}" if headlines else ""
            return f"(web page of {len(body)} characters{title})"
    return f"(unreadable body of {len(body)} characters)"


def hide_personal_data(value: Any, *, personal: bool = False, sent: SentTexts = _NOTHING) -> Any:
    """Return a JSON value with personal data replaced by `***`."""
    if isinstance(value, dict):
        return {
            name: hide_personal_data(inner, personal=personal or _is_personal(name), sent=sent)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [hide_personal_data(inner, personal=personal, sent=sent) for inner in value]
    if personal and value not in (None, ""):
        return MASK
    return _hidden_inside(value, sent, partial(hide_personal_data, sent=sent)) if isinstance(value, str) else value


def _hidden_inside(text: str, sent: SentTexts, hide: Callable[[Any], Any]) -> str:
    """Return a text without the sent texts; a text that is itself JSON is handled as JSON."""
    if text.lstrip()[:1] in {"{", "["}:
        try:
            return json.dumps(hide(json.loads(text)), ensure_ascii=False)
        except (ValueError, RecursionError):
            if '"' in text:
                return MASK
    return sent.hide(text)
