"""The state of the simulated marketplace: orders, units, invoices. Threads may change it while clients read."""

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from kaufland_cli.simulator.orders import Fields, SimulatedOrder, without_missing
from kaufland_cli.simulator.table import Page, PagedTable, Selection
from kaufland_cli.simulator.times import iso, moment_of

ADDRESSES_WITHHELD_FOR = timedelta(minutes=15)
WITHHELD = {"billing_address": None, "shipping_address": None}


@dataclass(slots=True)
class _Held:
    """An order: where its rows are, and what is not in the rows."""

    number: int
    pickup_location: Fields | None
    units: list[int] = field(default_factory=list)
    invoices: list[int] = field(default_factory=list)
    addresses_shown: bool | None = None
    """None: by age and status, as on the real marketplace."""


@dataclass(frozen=True, slots=True)
class OrderView:
    """The current state of one order."""

    units: list[Fields]
    pickup_location: Fields | None
    invoices: list[Fields]


ActionKind = Literal["send", "shipment", "cancel", "refund", "fulfil", "invoice", "delete_invoice"]


@dataclass(frozen=True, slots=True)
class Done:
    """An effect that a seller's request had."""

    kind: ActionKind
    id_order: str
    id_order_unit: int | None
    """None for invoices, which belong to an order."""
    id_invoice: int | None
    """Only for invoices."""
    body: Fields
    """As it was sent; empty if the endpoint takes none."""
    at: datetime
    """The server's time."""


class Marketplace:
    """The state behind the API. `now` is the server's clock; it stamps the update time of each change.

    While a unit is `open` and younger than 15 minutes its addresses are withheld (null), as on the real marketplace.
    They appear later without a new update time.
    """

    def __init__(self, now: Callable[[], datetime], orders: Iterable[SimulatedOrder] = ()) -> None:
        self._now = now
        self._lock = threading.RLock()
        self._numbers = itertools.count()
        self._units = PagedTable()
        self._summaries = PagedTable()
        self._invoices = PagedTable()
        self._held: dict[str, _Held] = {}
        self._done: list[Done] = []
        self._invoice_files: dict[int, bytes] = {}
        self._places: dict[int, tuple[int, str]] = {}  # id_order_unit: number of its row, its order
        for order in orders:
            self.add_order(order)

    # --- changes ----------------------------------------------------------------------------------------------------

    def add_order(self, order: SimulatedOrder) -> None:
        """Place the order. Raises ValueError if its id exists already or it has no units."""
        with self._lock:
            if order.id_order in self._held or not order.units:
                raise ValueError(f"order {order.id_order} is there already or has no units")
            held = self._held[order.id_order] = _Held(next(self._numbers), order.pickup_location)
            for unit in order.arrived(self._now()).units:
                number = next(self._numbers)
                held.units.append(number)
                self._units.put(number, unit)
                if isinstance(unit.get("id_order_unit"), int):
                    self._places[unit["id_order_unit"]] = (number, order.id_order)
            self._summarise(order.id_order)
            for invoice in order.invoices:
                self.upload_invoice(order.id_order, **invoice)

    def change_unit(self, id_order_unit: int, *, touch: bool = True, **fields: Any) -> None:
        """Change fields of a unit, and its update time unless that is among the fields or `touch` is false."""
        with self._lock:
            number, id_order = self._places[id_order_unit]
            self._replace(number, fields, touch=touch)
            self._summarise(id_order)

    def change_order(self, id_order: str, *, touch: bool = True, **fields: Any) -> None:
        """Change fields (buyer, shipping_address, …) of all units of an order, or its `pickup_location`."""
        with self._lock:
            held = self._held[id_order]
            if "pickup_location" in fields:
                held.pickup_location = fields.pop("pickup_location")
            for number in held.units:
                self._replace(number, fields, touch=touch)
            self._summarise(id_order)

    def remove_unit(self, id_order_unit: int) -> None:
        """Remove a unit without a trace; an order without units is removed too."""
        with self._lock:
            number, id_order = self._places.pop(id_order_unit)
            self._units.remove(number)
            self._held[id_order].units.remove(number)
            self._summarise(id_order)

    def add_unit(self, unit: Fields) -> None:
        """Add a unit, in the form that `unit` returns, to its order, which has to exist."""
        with self._lock:
            number, id_order = next(self._numbers), str(unit["id_order"])
            self._held[id_order].units.append(number)
            self._units.put(number, dict(unit))
            self._places[unit["id_order_unit"]] = (number, id_order)
            self._summarise(id_order)

    def move_unit(self, id_order_unit: int, id_order: str, *, touch: bool = True) -> None:
        """Move a unit to another order, a new one if that does not exist; an order without units is removed."""
        with self._lock:
            number, before = self._places[id_order_unit]
            held = self._held.get(id_order)
            if held is None:
                held = self._held[id_order] = _Held(next(self._numbers), self._held[before].pickup_location)
            self._held[before].units.remove(number)
            held.units.append(number)
            self._places[id_order_unit] = (number, id_order)
            self._replace(number, {"id_order": id_order}, touch=touch)
            self._summarise(before)
            self._summarise(id_order)

    def reveal_address(self, id_order: str, *, touch: bool = False) -> None:
        """Show the addresses of an order from now on, whatever its age and status."""
        self._show_addresses(id_order, shown=True, touch=touch)

    def withhold_address(self, id_order: str, *, touch: bool = False) -> None:
        """Hide the addresses of an order until they are revealed, whatever its age and status."""
        self._show_addresses(id_order, shown=False, touch=touch)

    def upload_invoice(self, id_order: str, **fields: Any) -> int:
        """Add an invoice to an order, with these fields, and return its id."""
        with self._lock:
            held = self._held[id_order]
            number = next(self._numbers)
            summary = self._summaries[held.number]
            invoice = {
                "id_invoice": 918_000_000 + number,
                "id_order": id_order,
                "storefront": summary["storefront"],
                "is_marketplace_deemed_supplier": summary["is_marketplace_deemed_supplier"],
                "original_name": f"invoice_{id_order}.pdf",
                "mime_type": "application/pdf",
                "url": f"https://www.marktplatz.example/order_invoices/{918_000_000 + number}/",
                "ts_created_iso": iso(self._now()),
            }
            self._invoices.put(number, without_missing(invoice | fields))
            held.invoices.append(number)
            return int(invoice["id_invoice"])

    def add_invoice_file(self, id_invoice: int, content: bytes) -> None:
        """Keep the content of an invoice."""
        with self._lock:
            self._invoice_files[id_invoice] = content

    def delete_invoice(self, id_order: str, id_invoice: int) -> None:
        """Delete an invoice and its content. Raises KeyError if the order has no such invoice."""
        with self._lock:
            held = self._held[id_order]
            for number in held.invoices:
                if self._invoices[number]["id_invoice"] == id_invoice:
                    held.invoices.remove(number)
                    self._invoices.remove(number)
                    self._invoice_files.pop(id_invoice, None)
                    return
            raise KeyError(id_invoice)

    def note(
        self,
        kind: ActionKind,
        id_order: str,
        body: Fields,
        *,
        id_order_unit: int | None = None,
        id_invoice: int | None = None,
    ) -> None:
        """Add an effect to those in `done`."""
        with self._lock:
            self._done.append(Done(kind, id_order, id_order_unit, id_invoice, body, self._now()))

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Keep other threads from changing or reading anything until the block ends."""
        with self._lock:
            yield

    # --- reading ----------------------------------------------------------------------------------------------------

    @property
    def units(self) -> dict[int, Fields]:
        """All units by id, as the API returns them now, without those whose id cannot be read.

        The rows belong to the marketplace: change them with `change_unit` only.
        """
        with self._lock:
            return {key: self._shown(self._units[number]) for key, (number, _) in self._places.items()}

    @property
    def orders(self) -> dict[str, Fields]:
        """All orders by id, each as a row of GET /orders."""
        with self._lock:
            return {id_order: self._summaries[held.number] for id_order, held in self._held.items()}

    def unit(self, id_order_unit: int) -> Fields:
        """Return one unit as the API returns it now. Raises KeyError."""
        with self._lock:
            return self._shown(self._units[self._places[id_order_unit][0]])

    def order(self, id_order: str) -> OrderView:
        """Return one order with everything that belongs to it. Raises KeyError."""
        with self._lock:
            held = self._held[id_order]
            units = [self._shown(self._units[number]) for number in held.units]
            return OrderView(units, held.pickup_location, [self._invoices[number] for number in held.invoices])

    def unit_page(self, selection: Selection, **wanted: Any) -> Page:
        """Return a page of units; `wanted` as in `PagedTable.page`."""
        with self._lock:
            page = self._units.page(selection, **wanted)
            return Page([self._shown(unit) for unit in page.rows], page.total)

    def order_page(self, selection: Selection, **wanted: Any) -> Page:
        """Return a page of order summaries; `wanted` as in `PagedTable.page`."""
        with self._lock:
            return self._summaries.page(selection, **wanted)

    def invoice_page(self, selection: Selection, **wanted: Any) -> Page:
        """Return a page of invoices; `wanted` as in `PagedTable.page`."""
        with self._lock:
            return self._invoices.page(selection, **wanted)

    # --- what requests did ------------------------------------------------------------------------------------------

    @property
    def done(self) -> list[Done]:
        """The effects of all requests so far, in order; changes made with the methods above are not among them."""
        with self._lock:
            return list(self._done)

    def done_to(self, of: int | str, kind: ActionKind) -> list[Fields]:
        """Return the bodies of the requests of this kind that had an effect on a unit (its id) or an order (its id).

        A unit that was marked as sent exactly once has one: `{"tracking_numbers": …, "carrier_code": …}`.
        """
        return [one.body for one in self.done if one.kind == kind and of in {one.id_order_unit, one.id_order}]

    def parcels_of(self, id_order_unit: int) -> list[tuple[str, str]]:
        """Return carrier and tracking number of each parcel of a unit, in order; the number is empty if it has none."""
        parcels = []
        for one in self.done:
            if one.id_order_unit != id_order_unit:
                continue
            if one.kind == "send":
                numbers = one.body["tracking_numbers"].split(",")
                parcels += [(one.body["carrier_code"], number.strip()) for number in numbers]
            elif one.kind == "shipment":
                parcel = one.body["shipment_information"]
                parcels.append((parcel["carrier_code"], parcel["tracking_number"].strip()))
        return parcels

    @property
    def invoice_files(self) -> dict[int, bytes]:
        """The content of each invoice that a request uploaded, by id, without deleted ones."""
        with self._lock:
            return dict(self._invoice_files)

    # --- inside -----------------------------------------------------------------------------------------------------

    def _replace(self, number: int, fields: Fields, *, touch: bool) -> None:
        times = {"ts_updated_iso": iso(self._now())} if touch else {}
        self._units.put(number, without_missing(self._units[number] | times | fields))

    def _show_addresses(self, id_order: str, *, shown: bool, touch: bool) -> None:
        with self._lock:
            self._held[id_order].addresses_shown = shown
            if touch:
                self.change_order(id_order)

    def _shown(self, unit: Fields) -> Fields:
        held = self._held.get(str(unit.get("id_order")))
        shown = held.addresses_shown if held else None
        if shown is None:
            created = moment_of(unit.get("ts_created_iso")) if unit.get("status") == "open" else None
            shown = created is None or self._now() - created >= ADDRESSES_WITHHELD_FOR
        return unit if shown else unit | WITHHELD

    def _summarise(self, id_order: str) -> None:
        """Update the order's row for GET /orders."""
        held = self._held[id_order]
        if not held.units:
            self._summaries.remove(held.number)
            for number in held.invoices:
                self._invoice_files.pop(self._invoices[number]["id_invoice"], None)
                self._invoices.remove(number)
            del self._held[id_order]
            return
        units = [self._units[number] for number in held.units]
        first = units[0]
        self._summaries.put(
            held.number,
            {
                "id_order": id_order,
                "ts_created_iso": first.get("ts_created_iso"),
                "is_marketplace_deemed_supplier": first.get("is_marketplace_deemed_supplier"),
                "order_units_count": len(units),
                "ts_units_updated_iso": max(str(unit.get("ts_updated_iso")) for unit in units),
                "storefront": first.get("storefront"),
                "fulfillment_type": first.get("fulfillment_type"),
            },
        )
