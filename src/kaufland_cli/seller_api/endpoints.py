"""The requests that this program makes to the Seller API, with responses read into `domain` (see `parsers.py`)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from kaufland_cli.domain.actions import Action, Kind
from kaufland_cli.domain.hint import command
from kaufland_cli.domain.moments import as_text
from kaufland_cli.domain.orders import DeliveryAddress, OrderDetails, OrderInvoice, OrderUnit, UnreadableUnit
from kaufland_cli.domain.text import storable
from kaufland_cli.errors import RequestRefused, ResponseMismatch, ResponseUnreadable
from kaufland_cli.http.retry import RetryBudget
from kaufland_cli.seller_api.client import ApiResponse, SellerClient, Written
from kaufland_cli.seller_api.executor import Executor, Sequential
from kaufland_cli.seller_api.parsers import (
    read_delivery_address,
    read_order_count,
    read_order_details,
    read_order_invoice,
    read_order_unit,
    read_units_page,
    whole_number,
)

MAX_PAGE = 100
"""The largest page that Kaufland returns (source: OpenAPI 2.27, /order-units, limit)."""
MAX_ORDERS_AT_ONCE = 100
"""The most ids that `/shipping-addresses` takes (unverified; source: a note about OpenAPI 2.44)."""
LONG_PAGE_BYTES = 32 * 1024
"""About twenty units."""
MAX_TOTAL = 2**31 - 1
MAX_STOREFRONTS = 250
"""At most one per country; each costs requests."""


_WRITES: Final[Mapping[Kind, tuple[str, str]]] = {
    "ship": ("PATCH", "/order-units/{id_order_unit}/send"),
    "parcel": ("POST", "/shipments"),
    "cancel": ("PATCH", "/order-units/{id_order_unit}/cancel"),
    "refund": ("PATCH", "/order-units/{id_order_unit}/refund"),
    "release": ("PATCH", "/order-units/{id_order_unit}/fulfil"),
    "invoice": ("POST", "/order-invoices/{id_order}"),
}


@dataclass(frozen=True, slots=True)
class UnitsPage:
    """One page of order units, the newest first."""

    units: tuple[OrderUnit | UnreadableUnit, ...]
    total: int | None
    """The total number of units that Kaufland reported with this page."""
    server_time: datetime | None
    request_seq: int


@dataclass(frozen=True, slots=True)
class InvoicesPage:
    """One page of invoices."""

    invoices: tuple[OrderInvoice, ...]
    rows: int
    total: int | None
    server_time: datetime | None


@dataclass(frozen=True, slots=True)
class OrderCounts:
    """One page of the list of orders, as far as it is of use."""

    counts: Mapping[str, int]
    """How many units Kaufland counts in each order; without those for which the page has no such number."""
    total: int | None


class SellerApi:
    """The Seller API over one client; `executor` runs requests that may be concurrent."""

    def __init__(self, client: SellerClient, executor: Executor | None = None) -> None:
        self.client = client
        self.executor: Executor = executor or Sequential()

    def ping(self, budget: RetryBudget | None = None) -> ApiResponse:
        """Ping the API; this needs a valid signature and works on the playground too."""
        response = self.client.get("/status/ping", budget=budget)
        if not isinstance(response.data, dict):  # source: OpenAPI 2.27, /status/ping: {"data": {"message": "…"}}
            raise ResponseUnreadable("Kaufland answered the ping, but not in the documented form.")
        return response

    def storefronts(self, budget: RetryBudget | None = None) -> tuple[str, ...] | None:
        """Return the account's storefronts in lower case; None if the environment has no such list (playground).

        Invalid codes are skipped. Raises `ResponseUnreadable` if no code is valid.
        """
        try:
            response = self.client.get("/info/storefront", budget=budget)
        except RequestRefused as refused:
            if refused.status_code in {404, 405}:
                return None
            raise
        rows = _rows(response)
        if len(rows) > MAX_STOREFRONTS:
            raise ResponseUnreadable(f"Kaufland named {len(rows)} storefronts; there cannot be that many.")
        codes = tuple(dict.fromkeys(storable(code).strip().lower() for code in rows if isinstance(code, str)))
        codes = tuple(code for code in codes if code)
        if rows and not codes:
            raise ResponseUnreadable("Kaufland's list of storefronts contains no valid one.")
        return codes

    def order_units(
        self,
        *,
        updated_from: datetime | None = None,
        created_from: datetime | None = None,
        offset: int = 0,
        limit: int | None = None,
        storefront: str | None = None,
        budget: RetryBudget | None = None,
    ) -> UnitsPage:
        """Return one page of the units updated (or created) since then, of one storefront or of all.

        Sorted by the same time, newest first; as many as Kaufland returns, or `limit` if that is smaller.
        """
        sort = "ts_updated:desc" if created_from is None else "ts_created:desc"
        query = [("sort", sort), ("limit", str(limit or MAX_PAGE)), ("offset", str(offset))]
        if updated_from is not None:
            query.insert(0, ("ts_updated_from_iso", as_text(updated_from)))
        if created_from is not None:
            query.insert(0, ("ts_created_from_iso", as_text(created_from)))
        if storefront is not None:
            query.insert(0, ("storefront", storefront))
        response = self.client.get("/order-units", query, budget=budget, decode=self._read_units)
        return UnitsPage(
            units=tuple(_rows(response)),
            total=_total(response),
            server_time=response.server_time,
            request_seq=response.request_seq,
        )

    def _read_units(self, body: bytes) -> Any:
        """Read a page of units; a short one is not worth loading what reads a long one quickly."""
        return read_units_page(body) if len(body) < LONG_PAGE_BYTES else self._read_long_page(body)

    @cached_property
    def _read_long_page(self) -> Callable[[bytes], Any]:
        try:
            from kaufland_cli.seller_api.unit_pages import UnitPages  # noqa: PLC0415 - short pages do not need it
        except ImportError:  # a platform for which there is no compiled msgspec
            return read_units_page
        return UnitPages().read

    def order_details(self, id_order: str) -> tuple[OrderDetails, int]:
        """Return one whole order with its pickup point, and the number of the request.

        Raises `ResponseMismatch` if the response, or a unit in it, belongs to another order; it must not be stored.
        """
        response = self.client.get("/orders/{id_order}", [("embedded", "delivery")], id_order=id_order)
        details = read_order_details(id_order, response.data)
        _check_same("order", id_order, [details.id_in_response, *(unit.id_order for unit in details.units)])
        return details, response.request_seq

    def delivery_addresses(
        self, id_orders: Iterable[str], budget: RetryBudget | None = None
    ) -> tuple[DeliveryAddress, ...]:
        """Return where the units of these orders are delivered, at most `MAX_ORDERS_AT_ONCE` of them.

        Unverified: `GET /shipping-addresses` came after OpenAPI 2.27, so a host may refuse it. What is missing in the
        response, such as cancelled units (source: page=shipping-addresses), is not known.
        """
        response = self.client.get("/shipping-addresses", [("order_ids", ",".join(id_orders))], budget=budget)
        return tuple(filter(None, map(read_delivery_address, _rows(response))))

    def order_counts(self, *, units_updated_from: datetime, offset: int, storefront: str | None = None) -> OrderCounts:
        """Return one page of the numbers of units in the orders with a unit updated since then, in no certain order."""
        query = [
            ("ts_units_updated_from_iso", as_text(units_updated_from)),
            ("limit", str(MAX_PAGE)),
            ("offset", str(offset)),
        ]
        if storefront is not None:
            query.insert(0, ("storefront", storefront))
        response = self.client.get("/orders", query)
        return OrderCounts(dict(filter(None, map(read_order_count, _rows(response)))), _total(response))

    def order_unit(self, id_order_unit: int | str) -> tuple[OrderUnit | UnreadableUnit, int]:
        """Return one unit, and the number of the request. Raises `ResponseMismatch` if Kaufland returns another one."""
        response = self.client.get("/order-units/{id_order_unit}", id_order_unit=str(id_order_unit))
        unit = read_order_unit(response.data)
        _check_same("order unit", str(id_order_unit), [unit.id_order_unit])
        return unit, response.request_seq

    def carriers(self) -> tuple[str, ...] | None:
        """Return the exact names of all carriers; None if the environment has no such list (playground).

        Raises `ResponseUnreadable` if the list has another form.
        """
        try:
            response = self.client.get("/carriers")
        except RequestRefused as refused:
            if refused.status_code in {404, 405}:
                return None
            raise
        rows = response.data.get("carriers") if isinstance(response.data, dict) else None
        names = [
            storable(row["name"]) for row in rows or () if isinstance(row, dict) and isinstance(row.get("name"), str)
        ]
        if not names:
            raise ResponseUnreadable("Kaufland's list of carriers has none, or another form than documented.")
        return tuple(dict.fromkeys(names))

    def carry_out(self, action: Action, body: bytes) -> Written:
        """Ask Kaufland to carry out an action, once; `body` is sent to the byte.

        Raises as `SellerClient.write` does. Source: OpenAPI 2.27.
        """
        method, endpoint = _WRITES[action.kind]
        parts = {"id_order": action.id_order, "id_order_unit": str(action.id_order_unit)}
        return self.client.write(method, endpoint, body, **parts)

    def order_invoices(self, *, created_from: datetime, offset: int = 0) -> InvoicesPage | None:
        """Return one page of invoices; None if the environment has none (playground)."""
        query = [
            ("ts_created_from_iso", as_text(created_from)),
            ("limit", str(MAX_PAGE)),
            ("offset", str(offset)),
        ]
        try:
            response = self.client.get("/order-invoices", query)
        except RequestRefused as refused:
            if refused.status_code in {404, 405}:
                return None
            raise
        rows = _rows(response)
        invoices = tuple(invoice for row in rows if (invoice := read_order_invoice(row)) is not None)
        return InvoicesPage(invoices, len(rows), _total(response), response.server_time)


def _rows(response: ApiResponse) -> list[Any]:
    if not isinstance(response.data, list):
        raise ResponseUnreadable("Kaufland's response has no list where one belongs.")
    return response.data


def _total(response: ApiResponse) -> int | None:
    """Return the total; None if it is missing or cannot be a count."""
    total = whole_number(response.pagination.get("total"))
    return total if total is not None and 0 <= total <= MAX_TOTAL else None


def _check_same(what: str, asked: str, named: Iterable[int | str | None]) -> None:
    """Raise `ResponseMismatch` if a response names an id that was not requested; None counts as not named."""
    other = next((one for one in named if one is not None and str(one) != asked), None)
    if other is not None:
        meant = what == "order" and str(other).casefold() == asked.strip().casefold()
        raise ResponseMismatch(
            f"When asked for {what} {asked}, Kaufland returned {other}. Nothing of it was stored.",
            hint=command("orders", "refresh", str(other)) if meant else None,
        )
