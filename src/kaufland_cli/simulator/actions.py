"""The endpoints that write: marking units as sent, further parcels, cancelling, refunds, release, invoices.

What 2.27 does not document is a guess: which problem type refuses what (`NOT_ALLOWED` and those below it), and that the
checks come in this order: shape of the body, existence of the unit, meaning of the fields, status of the unit.
"""

import base64
import re
from collections.abc import Callable, Collection
from typing import Any, Final

from kaufland_cli.simulator.bodies import INT32, INT64, Body, Shape, Text, Whole, read_body
from kaufland_cli.simulator.carrier_list import IS_HAULER, WITHOUT_TRACKING
from kaufland_cli.simulator.exchange import (
    CREATED,
    FORBIDDEN,
    NO_CONTENT,
    NOT_FOUND,
    Answer,
    Refusal,
    Request,
    invalid,
)
from kaufland_cli.simulator.marketplace import ActionKind, Marketplace
from kaufland_cli.simulator.orders import Fields
from kaufland_cli.simulator.switches import Switches

CANCEL_REASONS = (
    "BuyerCancelled",
    "ShippingAddressUndeliverable",
    "WrongCatalogData",
    "GeneralAdjustment",
    "MerchandiseNotReceived",
    "NoInventory",
    "DelayedInventory",
    "WrongPrice",
    "NoReactionBuyer",
    "UndeliverableRegion",
)
REFUND_REASONS = (
    "delivery_damage",
    "delivery_delay",
    "incomplete_delivery",
    "incorrect_delivery",
    "refund_postage_fee",
    "defect",
    "other_refund",
    "refund_return_postage_fee",
)
SEND = Shape({"tracking_numbers": Text(), "carrier_code": Text()})
SHIPMENT = Shape(
    {
        "id_order_unit": Whole(INT64),
        "shipment_information": Shape({"tracking_number": Text(), "carrier_code": Text()}, open=True),
    }
)
CANCEL = Shape({"reason": Text(CANCEL_REASONS)})
REFUND = Shape({"amount": Whole(INT32), "reason": Text(REFUND_REASONS)})
INVOICE = Shape({"original_name": Text(), "mime_type": Text(), "data": Text()})

ON_ITS_WAY = ("sent", "sent_and_autopaid", "received")
PAID = (*ON_ITS_WAY, "returned", "returned_paid")

NOT_ALLOWED: Final = "action-not-allowed"
CANCEL_NOT_POSSIBLE: Final = "order-units/cancel-not-possible"
DUPLICATE: Final = "duplicate-action"

INT64_DIGITS = 19

Route = tuple[str, re.Pattern[str], Callable[..., Any]]


class WritingEndpoints:
    """The routes; each has its whole effect or, raising a `Refusal`, none. Effects are noted in `Marketplace.done`."""

    def __init__(self, marketplace: Marketplace, switches: Switches) -> None:
        self._marketplace = marketplace
        self._switches = switches
        one_invoice = re.compile(r"/order-invoices/([^/]+)/([^/]+)")
        self.unit_routes: list[Route] = [
            ("PATCH", re.compile(r"/order-units/([^/]+)/send"), self._send),
            ("PATCH", re.compile(r"/order-units/([^/]+)/cancel"), self._cancel),
            ("PATCH", re.compile(r"/order-units/([^/]+)/refund"), self._refund),
            ("PATCH", re.compile(r"/order-units/([^/]+)/fulfil"), self._fulfil),
            ("POST", re.compile(r"/shipments"), self._add_shipment),
        ]
        self.invoice_routes: list[Route] = [
            ("POST", re.compile(r"/order-invoices/([^/]+)"), self._upload_invoice),
            ("GET", one_invoice, self._invoice),
            ("DELETE", one_invoice, self._delete_invoice),
        ]

    # --- units ------------------------------------------------------------------------------------------------------

    def _send(self, request: Request, number: str) -> Answer:
        id_order_unit, body = _whole("id_order_unit", number), read_body(request, SEND)
        with self._marketplace.undisturbed():
            unit = self._unit(id_order_unit)
            self._check_parcel("", "tracking_numbers", body, separator=",")
            _check_shipped_by_seller(unit)
            self._check_status(unit, ("need_to_be_sent",), done=("sent",))
            return self._change(id_order_unit, "send", body, status="sent")

    def _add_shipment(self, request: Request) -> Answer:
        body = read_body(request, SHIPMENT)
        with self._marketplace.undisturbed():
            unit = self._unit(body["id_order_unit"])
            self._check_parcel("shipment_information.", "tracking_number", body["shipment_information"])
            _check_shipped_by_seller(unit)
            self._check_status(unit, ON_ITS_WAY)
            return self._change(body["id_order_unit"], "shipment", body)

    def _cancel(self, request: Request, number: str) -> Answer:
        id_order_unit, body = _whole("id_order_unit", number), read_body(request, CANCEL)
        with self._marketplace.undisturbed():
            unit = self._unit(id_order_unit)
            self._check_status(unit, ("need_to_be_sent", "open"), done=("cancelled",), otherwise=CANCEL_NOT_POSSIBLE)
            return self._change(id_order_unit, "cancel", body, status="cancelled", cancel_reason=body["reason"])

    def _refund(self, request: Request, number: str) -> Answer:
        id_order_unit, body = _whole("id_order_unit", number), read_body(request, REFUND)
        with self._marketplace.undisturbed():
            unit = self._unit(id_order_unit)
            if body["amount"] <= 0:
                raise invalid("amount", "must be at least 1")
            self._check_status(unit, PAID, status=self._switches.undocumented_refusal_status)
            paid = sum(unit[name] for name in ("price", "shipping_rate") if isinstance(unit.get(name), int))
            left = paid - sum(one["amount"] for one in self._marketplace.done_to(id_order_unit, "refund"))
            if body["amount"] > left:
                raise invalid("amount", f"must not exceed {left}")
            return self._change(id_order_unit, "refund", body)

    def _fulfil(self, _request: Request, number: str) -> Answer:
        id_order_unit = _whole("id_order_unit", number)
        with self._marketplace.undisturbed():
            unit = self._unit(id_order_unit)
            _check_shipped_by_seller(unit)
            self._check_status(unit, ("open",), done=("need_to_be_sent",))
            return self._change(id_order_unit, "fulfil", {}, status="need_to_be_sent")

    def _unit(self, id_order_unit: int) -> Fields:
        try:
            return self._marketplace.unit(id_order_unit)
        except KeyError:
            raise Refusal(NOT_FOUND, "not-found", "Order unit not found") from None

    def _change(self, id_order_unit: int, kind: ActionKind, body: Body, **fields: Any) -> Answer:
        """Change the unit and its update time, note the effect, and answer 204."""
        self._marketplace.change_unit(id_order_unit, **fields)
        id_order = str(self._marketplace.unit(id_order_unit).get("id_order"))
        self._marketplace.note(kind, id_order, body, id_order_unit=id_order_unit)
        return Answer(NO_CONTENT, raw=b"")

    def _check_parcel(self, prefix: str, name: str, parcel: Fields, *, separator: str | None = None) -> None:
        """Refuse a carrier that GET /carriers does not list, to the letter, and a tracking number that is missing."""
        carrier = parcel["carrier_code"]
        if carrier not in IS_HAULER:
            raise invalid(f"{prefix}carrier_code", f"{carrier} is not a known carrier")
        optional = carrier in WITHOUT_TRACKING and not self._switches.tracking_always_needed
        if optional and not parcel[name].strip():
            return
        numbers = parcel[name].split(separator) if separator else [parcel[name]]
        if not all(one.strip() for one in numbers):
            raise invalid(f"{prefix}{name}", "must not be empty")

    def _check_status(
        self,
        unit: Fields,
        allowed: Collection[str],
        *,
        done: Collection[str] = (),
        otherwise: str = NOT_ALLOWED,
        status: int = FORBIDDEN,
    ) -> None:
        """Refuse a unit in another status: as done before if that is among `done`, else as `otherwise`."""
        present = unit.get("status")
        if present in done:
            message = f"Order unit is in status {present} already"
            raise Refusal(self._switches.duplicate_action_status, DUPLICATE, message)
        if present not in allowed:
            raise Refusal(status, otherwise, f"Action is not allowed for an order unit in status {present}")

    # --- invoices ---------------------------------------------------------------------------------------------------

    def _upload_invoice(self, request: Request, id_order: str) -> Answer:
        body = read_body(request, INVOICE)
        with self._marketplace.undisturbed():
            self._check_own_invoices(id_order)
            content = _decoded(body["data"])
            named = {name: body[name] for name in ("original_name", "mime_type")}
            id_invoice = self._marketplace.upload_invoice(id_order, **named)
            self._marketplace.add_invoice_file(id_invoice, content)
            self._marketplace.note("invoice", id_order, body, id_invoice=id_invoice)
            return Answer(CREATED, {"data": self._found_invoice(id_order, id_invoice)})

    def _invoice(self, _request: Request, id_order: str, number: str) -> Fields:
        return {"data": self._found_invoice(id_order, _whole("id_invoice", number))}

    def _delete_invoice(self, _request: Request, id_order: str, number: str) -> Answer:
        id_invoice = _whole("id_invoice", number)
        with self._marketplace.undisturbed():
            self._found_invoice(id_order, id_invoice)
            self._check_own_invoices(id_order)
            self._marketplace.delete_invoice(id_order, id_invoice)
            self._marketplace.note("delete_invoice", id_order, {}, id_invoice=id_invoice)
            return Answer(NO_CONTENT, raw=b"")

    def _found_invoice(self, id_order: str, id_invoice: int) -> Fields:
        try:
            invoices = self._marketplace.order(id_order).invoices
        except KeyError:
            invoices = []
        for invoice in invoices:
            if invoice.get("id_invoice") == id_invoice:
                return invoice
        raise Refusal(NOT_FOUND, "not-found", "Order invoice not found")

    def _check_own_invoices(self, id_order: str) -> None:
        """Refuse an order that does not exist, and one whose invoices Kaufland makes."""
        try:
            first = self._marketplace.order(id_order).units[0]
        except KeyError:
            raise Refusal(NOT_FOUND, "not-found", "Order not found") from None
        if first.get("is_marketplace_deemed_supplier"):
            message = "The marketplace is the deemed supplier of this order"
            raise Refusal(self._switches.undocumented_refusal_status, NOT_ALLOWED, message)


def _check_shipped_by_seller(unit: Fields) -> None:
    if unit.get("fulfillment_type") == "fulfilled_by_kaufland":
        raise Refusal(FORBIDDEN, NOT_ALLOWED, "Order unit is fulfilled by Kaufland")


def _whole(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > INT64_DIGITS or int(text) >= INT64:
        raise invalid(name, "must be a whole number")
    return int(text)


def _decoded(data: str) -> bytes:
    try:
        content = base64.b64decode(data, validate=True)
    except ValueError:
        raise invalid("data", "must be base64") from None
    if not content:
        raise invalid("data", "must not be empty")
    return content
