"""The endpoints: each reads a request's parameters and answers from the state of the marketplace.

`simulator.py` has checked the signature before. The endpoints that write are in `actions.py`. An invalid parameter is
refused the way Kaufland does, with the name of the field.
"""

import json
import random
import re
import secrets
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from datetime import UTC
from typing import Any

from kaufland_cli.simulator.actions import WritingEndpoints
from kaufland_cli.simulator.carrier_list import IS_HAULER
from kaufland_cli.simulator.exchange import (
    BAD_REQUEST,
    FORBIDDEN,
    NOT_FOUND,
    OK,
    UNPROCESSABLE,
    Answer,
    Refusal,
    Request,
    invalid,
)
from kaufland_cli.simulator.marketplace import Marketplace
from kaufland_cli.simulator.orders import Fields, make_order
from kaufland_cli.simulator.switches import Switches
from kaufland_cli.simulator.table import Page, Selection
from kaufland_cli.simulator.times import iso, moment_of

STATUSES = (
    "cancelled",
    "need_to_be_sent",
    "open",
    "received",
    "returned",
    "returned_paid",
    "sent",
    "sent_and_autopaid",
)
FULFILLMENT_TYPES = ("fulfilled_by_merchant", "fulfilled_by_kaufland")
SORTS = {"ts_created:desc": "ts_created_iso", "ts_updated:desc": "ts_updated_iso"}
ORDER_EMBEDS = ("order_invoices", "delivery", "kss_delivery")
UNIT_EMBEDS = ("delivery_attempt_timestamp_iso", "return_unit", "tickets", "delivery", "kss_delivery")
LOCALES = ("de-DE", "sk-SK", "cs-CZ", "pl-PL", "de-AT", "fr-FR", "it-IT", "es-ES", "nl-NL")
ADDRESSES_AT_ONCE = 100
ADDRESS_KINDS = {"DHL": "DHL_PUDO", "DPD": "DPD_PUDO", "Packeta": "PACKETA_PUDO"}
"""By the provider of a pickup point; that of any other is `GENERIC_PUDO`, and without a pickup point it is `HOME`."""
NOT_AT_A_POINT = ("street", "house_number", "phone", "company_name")
ABOUT_ORDERS = ("/order", "/shipping-addresses", "/shipments")
ONLY_IN_ORDER = ("buyer", "billing_address", "shipping_address", "fulfillment_type")
KNOWN_STOREFRONTS = ("de", "at", "cz", "sk", "pl", "fr", "it", "es", "nl")

Selected = tuple[tuple[str, tuple[str, ...]], ...]


class Query:
    """The parameters of one request. Unknown names are ignored, as the real API is said to do."""

    def __init__(self, request: Request) -> None:
        self._values = request.query

    def one(self, name: str, default: str = "") -> str:
        """Return the last value of the parameter, or the default."""
        return self._values.get(name, [default])[-1]

    def many(self, name: str, allowed: Collection[str]) -> tuple[str, ...]:
        """Return the values of an array, given as `a,b`, as `name=a&name=b`, or both. Each must be allowed."""
        values = tuple(value for text in self._values.get(name, []) for value in text.split(",") if value)
        for value in values:
            if value not in allowed:
                raise invalid(name, f"{value} is not one of: {', '.join(allowed)}")
        return tuple(dict.fromkeys(values))

    def number(self, name: str, default: int, *, least: int, most: int | None = None) -> int:
        """Return a whole number within these limits."""
        text = self.one(name, str(default))
        if not (text.isascii() and text.isdigit()):
            raise invalid(name, "must be a whole number")
        if int(text) < least or (most is not None and int(text) > most):
            raise invalid(name, f"must be at least {least}" if most is None else f"must be between {least} and {most}")
        return int(text)

    def times(self, *names: str) -> dict[str, str]:
        """Return the given `…_from_iso` parameters, by the name of the field that they filter."""
        found = {}
        for name in names:
            if name in self._values:
                moment = moment_of(self.one(name))
                if moment is None:
                    raise invalid(name, "must be in the format YYYY-MM-ddTHH:mm:ssZ")
                found[name.replace("_from_iso", "_iso")] = iso(moment.astimezone(UTC))
        return found

    def storefront(self, configured: Collection[str]) -> str:
        """Return the storefront in lower case, empty if none is given; refuse one that the seller lacks (403)."""
        if "storefront" not in self._values:
            return ""
        storefront = self.one("storefront").lower()
        if storefront not in KNOWN_STOREFRONTS:
            raise invalid("storefront", f"must be one of: {', '.join(KNOWN_STOREFRONTS)}")
        if storefront not in configured:
            raise Refusal(FORBIDDEN, "storefront-not-configured", f"Storefront {storefront} is not configured")
        return storefront


def _has_address(unit: Fields) -> bool:
    return unit.get("status") != "cancelled" and isinstance(unit.get("shipping_address"), dict)


def _address_row(unit: Fields, point: Fields | None) -> Fields:
    if point is None:
        kind = "HOME"
        address = {name: text for name, text in unit["shipping_address"].items() if name != "company_name"}
    else:
        kind = ADDRESS_KINDS.get(str(point.get("provider")), "GENERIC_PUDO")
        address = {name: text for name, text in unit["shipping_address"].items() if name not in NOT_AT_A_POINT}
        number = point.get("pickup_location_id")
        if kind == "DPD_PUDO":
            address |= {"dpd_pudo_id": number, "dpd_parcel_shop_id": number}
        else:
            address |= {"pickup_location_id": number, "dhl_post_number": point.get("dhl_post_number")}
    ids = {name: unit[name] for name in ("id_order_unit", "id_order") if name in unit}
    return ids | {"address_data": {"type": f"SHIPPING_ADDRESS_{kind}", "data": address}}


class Answers:
    """The routes; each returns JSON, or an `Answer` of another status than 200, or raises a `Refusal`."""

    def __init__(
        self, marketplace: Marketplace, switches: Switches, *, storefronts: Collection[str], playground: bool
    ) -> None:
        self._marketplace = marketplace
        self._switches = switches
        self._storefronts = tuple(storefronts)
        self._ties = random.Random(0)
        actions = WritingEndpoints(marketplace, switches)
        self._routes: list[tuple[str, re.Pattern[str], Callable[..., Any]]] = [
            ("GET", re.compile(r"/status/ping"), self._ping),
            ("GET", re.compile(r"/info/locale"), self._locales),
            ("GET", re.compile(r"/order-units"), self._order_units),
            ("GET", re.compile(r"/order-units/([^/]+)"), self._order_unit),
            ("GET", re.compile(r"/orders"), self._orders),
            ("GET", re.compile(r"/orders/([^/]+)"), self._order),
            ("GET", re.compile(r"/shipping-addresses"), self._shipping_addresses),
            *actions.unit_routes,
        ]
        if playground:
            self._routes.append(("POST", re.compile(r"/playground/orders"), self._test_orders))
        else:
            self._routes += [
                ("GET", re.compile(r"/info/storefront"), self._storefronts_configured),
                ("GET", re.compile(r"/order-invoices"), self._order_invoices),
                ("GET", re.compile(r"/carriers"), self._carriers),
                *actions.invoice_routes,
            ]

    def answer(self, request: Request) -> Answer:
        """Return the answer to a request whose signature has been verified."""
        if self._switches.inactive_account:
            raise Refusal(FORBIDDEN, "inactive-account", "Account is not active")
        for method, pattern, route in self._routes:
            match = pattern.fullmatch(request.path)
            if match and method == request.method:
                if self._switches.orders_refused and request.path.startswith(ABOUT_ORDERS):
                    raise Refusal(FORBIDDEN, "forbidden", "Access to orders is not allowed")
                given = route(request, *match.groups())
                answer = given if isinstance(given, Answer) else Answer(OK, given)
                return replace(answer, content=self._in_case(answer.content))
        raise Refusal(NOT_FOUND, "not-found", "Resource not found")

    # --- account ----------------------------------------------------------------------------------------------------

    def _ping(self, _request: Request) -> Fields:
        return {"data": {"message": "The kettle is on"}}

    def _locales(self, _request: Request) -> Fields:
        return {"data": list(LOCALES)}

    def _storefronts_configured(self, _request: Request) -> Fields:
        upper = self._switches.upper_case_storefronts
        return {"data": [storefront.upper() if upper else storefront for storefront in self._storefronts]}

    def _carriers(self, _request: Request) -> Fields:
        return {"data": {"carriers": [{"name": name, "isHauler": is_hauler} for name, is_hauler in IS_HAULER.items()]}}

    # --- lists ------------------------------------------------------------------------------------------------------

    def _order_units(self, request: Request) -> Fields:
        query = Query(request)
        sort = SORTS.get(query.one("sort", "ts_created:desc"))
        if sort is None:
            raise invalid("sort", f"must be one of: {', '.join(SORTS)}")
        only = self._filter_storefront(query) + self._filter_fulfillment(query)
        statuses = query.many("status", STATUSES)
        if statuses:
            only += (("status", statuses),)
        if query.one("id_offer"):
            only += (("id_offer", (query.one("id_offer"),)),)
        since = query.times("ts_created_from_iso", "ts_updated_from_iso")
        return self._list(query, self._marketplace.unit_page, Selection(sort, only), since)

    def _orders(self, request: Request) -> Fields:
        """List orders newest first, by update if filtered by update, else by creation; Kaufland documents no order."""
        query = Query(request)
        since = query.times("ts_created_from_iso", "ts_units_updated_from_iso")
        sort = "ts_units_updated_iso" if "ts_units_updated_iso" in since else "ts_created_iso"
        only = self._filter_storefront(query) + self._filter_fulfillment(query)
        return self._list(query, self._marketplace.order_page, Selection(sort, only), since)

    def _order_invoices(self, request: Request) -> Fields:
        query = Query(request)
        selection = Selection("ts_created_iso", self._filter_storefront(query))
        return self._list(query, self._marketplace.invoice_page, selection, query.times("ts_created_from_iso"))

    def _list(self, query: Query, read: Callable[..., Page], selection: Selection, since: dict[str, str]) -> Fields:
        limit = query.number("limit", 30, least=1, most=100)
        offset = query.number("offset", 0, least=0)
        inclusive = self._switches.from_is_inclusive
        ties = self._ties if self._switches.equal_times_shuffled else None
        page = read(selection, since=since, inclusive=inclusive, offset=offset, limit=limit, ties=ties)
        answer: Fields = {"data": page.rows}
        if self._switches.left_out != "pagination":
            answer["pagination"] = {"offset": offset, "limit": limit, "total": page.total}
        if self._switches.left_out == "total":
            del answer["pagination"]["total"]
        return answer

    def _filter_storefront(self, query: Query) -> Selected:
        storefront = query.storefront(self._storefronts)
        return (("storefront", (storefront,)),) if storefront else ()

    def _filter_fulfillment(self, query: Query) -> Selected:
        wanted = query.many("fulfillment_type", FULFILLMENT_TYPES) or FULFILLMENT_TYPES[:1]
        return () if set(wanted) == set(FULFILLMENT_TYPES) else (("fulfillment_type", wanted),)

    # --- single ones ------------------------------------------------------------------------------------------------

    def _order_unit(self, request: Request, id_order_unit: str) -> Fields:
        embedded = Query(request).many("embedded", UNIT_EMBEDS)
        if not (id_order_unit.isascii() and id_order_unit.isdigit()):
            raise invalid("id_order_unit", "must be a whole number")
        try:
            unit = self._marketplace.unit(int(id_order_unit))
        except KeyError:
            raise Refusal(NOT_FOUND, "not-found", "Order unit not found") from None
        extra: Fields = {
            "delivery_attempt_timestamp_iso": None,
            "return_unit": None,
            "tickets": [],
        }
        if "delivery" in embedded:
            extra["delivery"] = {"pickup_location": self._marketplace.order(str(unit["id_order"])).pickup_location}
        given = {name: extra[name] for name in embedded if name in extra}
        return {"data": unit | given | ({"kss_eligible": False} if "kss_delivery" in embedded else {})}

    def _order(self, request: Request, id_order: str) -> Fields:
        embedded = Query(request).many("embedded", ORDER_EMBEDS)
        try:
            order = self._marketplace.order(id_order)
        except KeyError:
            raise Refusal(NOT_FOUND, "not-found", "Order not found") from None
        first = order.units[0]
        summary = ("id_order", "ts_created_iso", "is_marketplace_deemed_supplier", "storefront", "fulfillment_type")
        given = {name: first[name] for name in (*summary, *ONLY_IN_ORDER[:3]) if name in first}
        of_unit = {"tickets": None} | ({"kss_eligible": False} if "kss_delivery" in embedded else {})
        given["order_units"] = [
            {key: value for key, value in unit.items() if key not in ONLY_IN_ORDER} | of_unit for unit in order.units
        ]
        if "order_invoices" in embedded:
            given["order_invoices"] = order.invoices
        if "delivery" in embedded:
            given["delivery"] = {"pickup_location": order.pickup_location}
        return {"data": given}

    # --- addresses --------------------------------------------------------------------------------------------------

    def _shipping_addresses(self, request: Request) -> Fields:
        """Return the address of each unit of these orders, without cancelled ones and those whose address is withheld.

        Source: page=shipping-addresses, which shows an address at home and one at a DPD shop. At most 100 ids are from
        a note about 2.44; the fields of other kinds, and that unknown orders are left out, are guesses.
        """
        refused = self._switches.shipping_addresses
        if refused != "on":
            kind = "validation-error" if refused == UNPROCESSABLE else "not-found"
            raise Refusal(refused, kind, "Resource not found" if refused == NOT_FOUND else "Request not accepted")
        asked = [one for one in Query(request).one("order_ids").split(",") if one]
        if not 1 <= len(asked) <= ADDRESSES_AT_ONCE:
            message = f"must be 1 to {ADDRESSES_AT_ONCE} ids"
            raise Refusal(UNPROCESSABLE, "validation-error", message, field="order_ids")
        rows = []
        for id_order in dict.fromkeys(asked):
            with suppress(KeyError):
                order = self._marketplace.order(id_order)
                rows += [_address_row(unit, order.pickup_location) for unit in order.units if _has_address(unit)]
        return {"data": rows}

    # --- playground -------------------------------------------------------------------------------------------------

    def _test_orders(self, request: Request) -> Fields:
        storefront = Query(request).storefront(self._storefronts)
        if not storefront:
            raise invalid("storefront", "is required")
        try:
            wanted = json.loads(request.body)["data"]
            units = [{"id_offer": str(one["id_item_unit"])} for one in wanted for _ in range(int(one["amount"]))]
        except (ValueError, KeyError, TypeError):
            raise Refusal(BAD_REQUEST, "bad-request", "Body is not understood") from None
        if not units:
            raise invalid("amount", "must be at least 1")
        order = make_order(f"M{secrets.token_hex(3).upper()}", units, storefront=storefront)
        self._marketplace.add_order(order)
        return {"data": [{"id_order": order.id_order}], "total": 1}

    # --- case of storefronts ----------------------------------------------------------------------------------------

    def _in_case(self, value: Any) -> Any:
        """Return the answer, with each `storefront` in upper case if the switch says so, as in some of the examples."""
        if not self._switches.upper_case_storefronts:
            return value
        if isinstance(value, list):
            return [self._in_case(one) for one in value]
        if isinstance(value, dict):
            return {
                key: one.upper() if key == "storefront" and isinstance(one, str) else self._in_case(one)
                for key, one in value.items()
            }
        return value
