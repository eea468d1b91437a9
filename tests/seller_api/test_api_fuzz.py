"""Whatever a server answers, by the specification, beyond it, or at random: an answer is read or refused, no more."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaufland_cli.domain.orders import OrderInvoice, OrderUnit
from kaufland_cli.errors import CredentialsRefused, KauflandUnavailable, RequestRefused
from kaufland_cli.http.retry import RetryBudget
from kaufland_cli.seller_api.endpoints import SellerApi
from kaufland_cli.seller_api.parsers import read_order_details, read_order_invoice, read_order_unit
from kaufland_cli.simulator import Simulator
from kaufland_cli.simulator.exchange import Answer, Request
from kaufland_cli.simulator.faults import Proceed
from kaufland_cli.store.store import Store
from support.clocks import START, HeldClock
from support.openapi_strategies import JSON, NEEDS_SPECIFICATION, SPECIFICATION, as_bytes, beyond, valid
from support.sampling import examples
from support.seller_api import STEADY, open_client
from support.stores import new_store

FEW = settings(STEADY, max_examples=examples(80))
MANY = settings(STEADY, max_examples=examples(4000))
LISTED = ("CollectionApiResponse_OrderUnit_", "CollectionApiResponse_OrderInvoice_")
ANSWERS = (*LISTED, "ApiResponse_OrderDetails_", "ApiResponse_string-Array_", "ErrorResponse")


# --- by the specification -------------------------------------------------------------------------------------------


@NEEDS_SPECIFICATION
@FEW
@given(valid("OrderUnit"))
def test_each_unit_that_the_specification_allows_is_read(raw: dict[str, Any]) -> None:
    """No unit that Kaufland may send by its own word ends among the unreadable ones."""
    found = read_order_unit(raw)
    assert isinstance(found, OrderUnit), found
    assert str(found.id_order_unit) == str(raw["id_order_unit"])
    assert (found.id_order, found.price) == (raw["id_order"], raw["price"])


@NEEDS_SPECIFICATION
@FEW
@given(valid("OrderDetails"))
def test_each_order_that_the_specification_allows_is_read(raw: dict[str, Any]) -> None:
    """All units of an order that Kaufland may send are readable."""
    found = read_order_details("M1", raw)
    assert len(found.units) == len(raw["order_units"])
    assert all(isinstance(unit, OrderUnit) for unit in found.units)


@NEEDS_SPECIFICATION
@FEW
@given(valid("OrderInvoice"))
def test_each_invoice_that_the_specification_allows_is_read(raw: dict[str, Any]) -> None:
    """No invoice that Kaufland may send is passed over."""
    assert isinstance(read_order_invoice(raw), OrderInvoice)


# --- beyond it, through the whole client and into a store -----------------------------------------------------------


@dataclass
class Wire:
    """A client whose server sends scripted responses, and a store for what it returns."""

    api: SellerApi
    store: Store
    answer: Answer
    asked: int = 0

    def try_all(self, status: int, body: bytes) -> None:
        """Make every call on this answer: each gives something that can be stored and shown, or an error of ours."""
        self.answer = Answer(status, raw=body)
        self.asked += 1
        for call in (self._units, self._order, self._invoices, self._addresses, self._storefronts, self._ping):
            try:
                with self.store.database.transaction():
                    call()
            except (KauflandUnavailable, RequestRefused, CredentialsRefused) as error:
                (error.message + str(error.hint)).encode()

    def _units(self) -> None:
        page = self.api.order_units(updated_from=START)
        assert page.total is None or page.total >= 0
        self.store.orders.store_units(page.units, request_seq=self.asked, run_id=1, at=START)

    def _order(self) -> None:
        details, _ = self.api.order_details("M1")
        self.store.orders.store_units(details.units, request_seq=self.asked, run_id=1, at=START)
        self.store.orders.store_details(details.id_order, details.pickup_location, run_id=1, at=START)

    def _invoices(self) -> None:
        page = self.api.order_invoices(created_from=START)
        if page is not None:
            self.store.orders.store_invoices(page.invoices)

    def _addresses(self) -> None:
        for found in self.api.delivery_addresses(["M1"]):
            assert found.id_order
            (found.id_order + str(found.id_order_unit) + str(found.address)).encode()

    def _storefronts(self) -> None:
        ",".join(self.api.storefronts() or ()).encode()

    def _ping(self) -> None:
        self.api.ping()


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    """Give one wire to all examples: what one of them stored is no excuse for the next."""
    clock = HeldClock()
    with (
        Simulator(now=clock.now) as simulator,
        open_client(simulator.base_url, clock, budget=RetryBudget(attempts=1)) as client,
        new_store(tmp_path_factory.mktemp("fuzz")) as store,
    ):
        found = Wire(SellerApi(client), store, Answer(200))

        def as_told(_request: Request, _proceed: Proceed) -> Answer:
            return found.answer

        simulator.misbehave(as_told, times=None)
        with store.database.transaction():
            store.database.execute("INSERT INTO runs (run_id, kind, started_at) VALUES (1, 'import', '')")
        yield found


# `GET /shipping-addresses` is in no specification that is at hand: its form is that of page=shipping-addresses.
ADDRESSES = st.fixed_dictionaries(
    {},
    optional={
        "id_order": st.just("M1") | JSON,
        "id_order_unit": st.integers() | JSON,
        "address_data": JSON
        | st.fixed_dictionaries({}, optional={"type": st.just("SHIPPING_ADDRESS_HOME") | JSON, "data": JSON}),
    },
)
STATUSES = st.sampled_from([200, 200, 200, 200, 204, 400, 401, 403, 404, 429, 500])
FRAMES = st.fixed_dictionaries(
    {"data": JSON | st.lists(JSON, max_size=3) | st.lists(ADDRESSES, max_size=3)},
    optional={
        "pagination": JSON | st.dictionaries(st.sampled_from(["total", "offset", "limit"]), JSON),
        "message": JSON,
        "errors": JSON,
        "type": JSON,
    },
)
BEYOND = st.sampled_from(ANSWERS).flatmap(lambda name: beyond(valid(name))) if SPECIFICATION.exists() else FRAMES


@st.composite
def torn(draw: st.DrawFn, bodies: st.SearchStrategy[bytes]) -> bytes:
    """Draw a body with some bytes cut off, or others in their place."""
    body = bytearray(draw(bodies))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(body)))
        body[place : place + draw(st.integers(0, 4))] = draw(st.binary(max_size=3))
    return bytes(body[: draw(st.integers(0, len(body)))]) if draw(st.booleans()) else bytes(body)


BODIES = BEYOND.map(as_bytes) | FRAMES.map(as_bytes) | JSON.map(as_bytes) | st.binary(max_size=40)


@FEW
@given(status=STATUSES, body=BODIES | torn(BODIES))
def test_any_response_is_stored_or_refused(wire: Wire, status: int, body: bytes) -> None:
    """No answer ends in anything but an error of ours or something that the store takes."""
    wire.try_all(status, b"" if status == 204 else body)


@pytest.mark.long
@MANY
@given(status=STATUSES, body=BODIES | torn(BODIES))
def test_further_responses_are_stored_or_refused(wire: Wire, status: int, body: bytes) -> None:
    """The same for many more answers."""
    wire.try_all(status, b"" if status == 204 else body)
