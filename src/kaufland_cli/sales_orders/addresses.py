"""Turns the addresses of an order into those of its sales order, and notes what a bookkeeper must know about them.

The order comes from the store; the result goes into `prepare`. Lengths: Business Central, API v2.0 (salesOrder). A
value that is too long is visibly shortened, with a warning. Values that would misdirect the parcel or the mail if cut
(house number, post number, pickup point, post code, e-mail) are never shortened: the order is held instead.
"""

from dataclasses import dataclass

from kaufland_cli.domain import orders
from kaufland_cli.domain.addresses import STATION, company_of, field, is_own_name, is_withheld, person_of
from kaufland_cli.domain.bc_code import bc_code
from kaufland_cli.domain.email_address import is_email_address
from kaufland_cli.domain.hint import NO_HINT, Hint
from kaufland_cli.domain.orders import Order
from kaufland_cli.domain.sales_order import DocumentAddress
from kaufland_cli.domain.text import meaningful
from kaufland_cli.sales_orders.field_texts import Notes
from kaufland_cli.sales_orders.fixes import refetch_or_link
from kaufland_cli.sales_orders.pickup import PickupPoint, at_station, has_station_number, pickup_point

NAME = CONTACT = LINE_1 = 100
LINE_2 = 50
CITY = STATE = PHONE = 30
POST_CODE = 20
COUNTRY = 10
EMAIL = 80


@dataclass(frozen=True, slots=True)
class OrderAddresses:
    """The addresses of a sales order."""

    bill_to: DocumentAddress
    ship_to: DocumentAddress
    phone: str
    """For the carrier: from the shipping address, or else from the billing address."""
    email: str
    warnings: tuple[str, ...] = ()
    """One sentence each: what was shortened or left out, with the full text."""
    hold: tuple[str, ...] = ()
    """Why the order cannot become a sales order, one sentence each."""
    fix: Hint = NO_HINT
    """Commands that resolve `hold`; empty if nothing holds the order."""


@dataclass(frozen=True, slots=True)
class _Given:
    """An address as it is in the order; placeholders are empty."""

    company: str
    """May also hold a station or the buyer's post number, if the buyer typed it here."""
    person: str
    street: str
    house_number: str
    addition: str
    post_code: str
    city: str
    state: str
    country: str
    phone: str
    withheld: bool

    @property
    def street_line(self) -> str:
        return f"{self.street} {self.house_number}".strip()


def addresses_of(order: Order) -> OrderAddresses:
    """Return the sales order addresses of an order from the store (`OrderQueries.order`), with warnings and reasons."""
    notes = Notes()
    billing, shipping = _given(order.billing_address), _given(order.shipping_address)
    bill_to = _bill_to(billing, company_of(order.billing_address, at_station=at_station(order)), notes)
    point = pickup_point(
        order.pickup_location, shipping.street_line, shipping.addition, shipping.company, shipping.country
    )
    if order.pickup_location is None:
        _check_other_fields(shipping, notes)
    ship_to = _ship_to(shipping, notes) if point is None else _at_pickup_point(shipping, point, notes)
    phone = _phone(billing, shipping, notes)
    email = _email(meaningful(order.summary.buyer_email), notes)
    fix = refetch_or_link(order.id_order) if notes.reasons else NO_HINT
    return OrderAddresses(bill_to, ship_to, phone, email, tuple(notes.warnings), tuple(notes.reasons), fix)


def ship_to_country(order: Order) -> str:
    """Return the country an order is shipped to, in capitals; empty if unknown."""
    return _given(order.shipping_address).country


def _bill_to(given: _Given, company: str, notes: Notes) -> DocumentAddress:
    name = company or given.person
    missing = _missing(given, given.street_line, name)
    if given.company != company and name:
        notes.warn(f"The company field of the billing address holds no company and was left out: {given.company}")
    if given.withheld:
        notes.stop("Kaufland has not provided the billing address.")
    elif not name:
        notes.stop("The billing address has no name.")
    elif missing:
        notes.warn(f"The billing address has no {missing}.")
    return _address("Bill-to", given, name, notes)


def _ship_to(given: _Given, notes: Notes) -> DocumentAddress:
    name = given.company or given.person
    _check_shipping(given, given.street_line, name, notes)
    return _address("Ship-to", given, name, notes)


def _check_other_fields(given: _Given, notes: Notes) -> None:
    for what, text in (("name", given.person), ("city", given.city)):
        if STATION.search(text):
            notes.stop(f"The {what} in the shipping address, {text}, contains a pickup point.")


def _at_pickup_point(given: _Given, point: PickupPoint, notes: Notes) -> DocumentAddress:
    """Address the parcel to the person at the pickup point, so that the carrier can deliver it."""
    company = given.company if point.additions(given.company) else ""
    name = given.person or company
    _check_shipping(given, point.name, name, notes)
    if given.person and company:
        notes.warn(f"Parcels to a pickup point are addressed to a person; the company was left out: {company}")
    point.look_at(given.street_line, given.addition, company, notes)
    if point.station:
        line_2 = notes.whole("The post number", point.post_number, LINE_2)
    elif point.additions(given.street_line):
        line_2 = _street("Ship-to address line 2", given, LINE_2, notes)
    else:
        line_2 = ""
    return _placed(
        "Ship-to",
        given,
        notes,
        name=notes.whole("The name of the person who picks up the parcel", name, NAME),
        line_1=notes.whole("The pickup point", point.name, LINE_1),
        line_2=line_2,
    )


def _address(side: str, given: _Given, name: str, notes: Notes) -> DocumentAddress:
    return _placed(
        side,
        given,
        notes,
        name=_fitted(f"{side} name", name, NAME, notes),
        line_1=_street(f"{side} address line 1", given, LINE_1, notes),
        line_2=_fitted(f"{side} address line 2", given.addition, LINE_2, notes),
    )


def _placed(side: str, given: _Given, notes: Notes, *, name: str, line_1: str, line_2: str) -> DocumentAddress:
    return DocumentAddress(
        name=name,
        contact=_fitted(f"{side} contact", given.person, CONTACT, notes),
        line_1=line_1,
        line_2=line_2,
        post_code=notes.whole(f"{side} post code", given.post_code, POST_CODE),
        city=_fitted(f"{side} city", given.city, CITY, notes),
        state=_fitted(f"{side} state", given.state, STATE, notes),
        country=notes.whole(f"{side} country", given.country, COUNTRY),
    )


def _fitted(what: str, text: str, limit: int, notes: Notes) -> str:
    return notes.whole(what, text, limit) if has_station_number(text) else notes.fitted(what, text, limit)


def _street(what: str, given: _Given, limit: int, notes: Notes) -> str:
    if has_station_number(given.street_line):
        return notes.whole(what, given.street_line, limit)
    return notes.street(what, given.street, given.house_number, limit)


def _check_shipping(given: _Given, place: str, name: str, notes: Notes) -> None:
    if given.withheld:
        notes.stop("Kaufland has not provided the shipping address.")
    elif missing := _missing(given, place, name):
        notes.stop(f"The shipping address has no {missing}.")


def _missing(given: _Given, place: str, name: str) -> str:
    """List what an address needs for delivery but does not have."""
    needed = {"name": name, "street": place, "post code": given.post_code, "city": given.city, "country": given.country}
    return ", no ".join(what for what, text in needed.items() if not text)


def _phone(billing: _Given, shipping: _Given, notes: Notes) -> str:
    own = notes.phone("The telephone number of the shipping address", shipping.phone, PHONE)
    if not own:
        return notes.phone("The telephone number of the billing address", billing.phone, PHONE)
    if billing.phone and billing.phone != shipping.phone:
        notes.warn(f"The telephone number of the shipping address is used; the billing address has {billing.phone}")
    return own


def _email(address: str, notes: Notes) -> str:
    """Return the buyer's e-mail address; an invalid one is left out, because it would get the whole order rejected."""
    if address and not is_email_address(address):
        notes.warn(f"The e-mail address is not valid and was left out; in full: {address}")
        return ""
    return notes.whole("The e-mail address", address, EMAIL)


def _given(address: orders.Address | None) -> _Given:
    return _Given(
        company="" if is_own_name(address) else field(address, "company_name"),
        person=person_of(address),
        street=field(address, "street"),
        house_number=field(address, "house_number"),
        addition=field(address, "additional_field"),
        post_code=field(address, "postcode"),
        city=field(address, "city"),
        state=field(address, "state"),
        country=bc_code(field(address, "country")),
        phone=field(address, "phone"),
        withheld=is_withheld(address),
    )
