"""The calls: what is asked for, and what becomes of answers of another shape."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import pytest

from kaufland_cli.domain.orders import OrderUnit, UnreadableUnit
from kaufland_cli.errors import KauflandFailing, RequestRefused, ResponseMismatch, ResponseUnreadable, RightsMissing
from kaufland_cli.http.retry import RetryBudget
from kaufland_cli.seller_api.endpoints import SellerApi
from kaufland_cli.simulator import Simulator, faults, make_order
from support.clocks import HeldClock
from support.seller_api import open_client

SINCE = datetime(2026, 11, 24, 8, 0, 0, 999, tzinfo=UTC)


@pytest.fixture
def clock() -> HeldClock:
    """Give the clock of client and server."""
    return HeldClock()


@pytest.fixture
def simulator(clock: HeldClock) -> Iterator[Simulator]:
    """Give a simulator with three orders."""
    with Simulator(now=clock.now) as simulator:
        for number in range(3):
            simulator.marketplace.add_order(make_order(f"M{number}", [{}, {}], invoices=[{}]))
        yield simulator


@pytest.fixture
def api(simulator: Simulator, clock: HeldClock) -> Iterator[SellerApi]:
    """Give the calls to it; one attempt each."""
    with open_client(simulator.base_url, clock, budget=RetryBudget(attempts=1)) as client:
        yield SellerApi(client)


def answer_with(simulator: Simulator, **content: Any) -> None:
    """Let the next answer have these parts."""
    simulator.misbehave(faults.edited(lambda told: told | content))


def test_page_of_units(api: SellerApi, simulator: Simulator, clock: HeldClock) -> None:
    """Newest update first, 100 a page, no storefront; rows, total, the server's time and the number of the request."""
    page = api.order_units(updated_from=SINCE, offset=2)
    assert simulator.requests[-1].target == (
        "/v2/order-units?ts_updated_from_iso=2026-11-24T08%3A00%3A00Z&sort=ts_updated%3Adesc&limit=100&offset=2"
    )
    assert (len(page.units), page.total, page.server_time, page.request_seq) == (4, 6, clock.now(), 1)
    assert all(isinstance(unit, OrderUnit) for unit in page.units)
    assert api.order_units(updated_from=None, storefront="at", limit=1).units == ()
    assert "storefront=at" in simulator.requests[-1].target
    assert "ts_updated_from_iso" not in simulator.requests[-1].target


def test_unreadable_row_does_not_cost_the_page(api: SellerApi, simulator: Simulator) -> None:
    """The others are read, and it is among them with its reason."""
    answer_with(simulator, data=[{"id_order_unit": 1}, None, make_order("M9").units[0]])
    kinds = [type(unit) for unit in api.order_units(updated_from=None).units]
    assert kinds == [UnreadableUnit, UnreadableUnit, OrderUnit]


@pytest.mark.parametrize(
    "pagination", [None, [], {}, {"total": None}, {"total": "6 or so"}, {"total": True}, {"total": -1}]
)
def test_total_may_be_absent_or_odd(api: SellerApi, simulator: Simulator, pagination: object) -> None:
    """Then there is none."""
    answer_with(simulator, pagination=pagination)
    assert api.order_units(updated_from=None).total is None


@pytest.mark.parametrize("total", [6, "6", 6.0])
def test_total_is_a_number_in_whatever_type(api: SellerApi, simulator: Simulator, total: object) -> None:
    """As a number and as text."""
    answer_with(simulator, pagination={"total": total})
    assert api.order_units(updated_from=None).total == 6


@pytest.mark.parametrize("data", [{}, "rows", 7, True])
def test_list_that_is_none_is_unreadable(api: SellerApi, simulator: Simulator, data: object) -> None:
    """Units, invoices and storefronts are lists, or the answer is none."""
    for call in (
        lambda: api.order_units(updated_from=None),
        lambda: api.order_invoices(created_from=SINCE),
        api.storefronts,
    ):
        answer_with(simulator, data=data)
        with pytest.raises(ResponseUnreadable):
            call()


@pytest.mark.parametrize("data", [[], {}, {"order_units": None}, "M1"])
def test_order_without_units_is_unreadable(api: SellerApi, simulator: Simulator, data: object) -> None:
    """An order without a list of units is no order, and must not count as one that has been read."""
    answer_with(simulator, data=data)
    with pytest.raises(ResponseUnreadable):
        api.order_details("M1")


@pytest.mark.parametrize("data", [[None], [], "pong", 7, True])
def test_sign_of_life_is_an_object(api: SellerApi, simulator: Simulator, data: object) -> None:
    """Anything else comes from something that is not the Seller API."""
    answer_with(simulator, data=data)
    with pytest.raises(ResponseUnreadable):
        api.ping()


@pytest.mark.parametrize("data", [[None], [7, {"a": 1}], ["", "  "]])
def test_storefronts_that_name_none_are_no_answer(api: SellerApi, simulator: Simulator, data: object) -> None:
    """A list with nothing that could be a code is unreadable; an empty one means that none is set up."""
    answer_with(simulator, data=data)
    with pytest.raises(ResponseUnreadable):
        api.storefronts()
    answer_with(simulator, data=[])
    assert api.storefronts() == ()


def other_unit(**fields: Any) -> Any:
    """Return an order that is named M1, with one of its units changed."""
    units = [dict(unit) for unit in make_order("M1", [{}, {}]).units]
    units[1] |= fields
    return {"id_order": "M1", "order_units": units}


@pytest.mark.parametrize(
    "data",
    [
        {"id_order": "M2", "order_units": []},
        {"id_order": "M2", "order_units": make_order("M1").units},
        {"order_units": make_order("M2").units},
        other_unit(id_order="M2"),
        other_unit(id_order="M1 "),
        other_unit(id_order="M2", price="?"),
        {"id_order": "m1", "order_units": []},
    ],
)
def test_different_order_is_not_the_requested_one(api: SellerApi, simulator: Simulator, data: object) -> None:
    """The order itself, any of its units, one that cannot be read, another spelling: nothing of it is handed on."""
    answer_with(simulator, data=data)
    with pytest.raises(ResponseMismatch, match="M1"):
        api.order_details("M1")


def test_different_unit_is_not_the_requested_one(api: SellerApi, simulator: Simulator) -> None:
    """A unit is the one that was asked for, as a number or as text."""
    (unit,) = make_order("M1").units
    key = unit["id_order_unit"]
    for told in (key, str(key)):
        answer_with(simulator, data={**unit, "id_order_unit": told})
        assert api.order_unit(key)[0].id_order_unit == told
    for told in (key + 1, f"{key} ", "0"):
        answer_with(simulator, data={**unit, "id_order_unit": told})
        with pytest.raises(ResponseMismatch):
            api.order_unit(key)


@pytest.mark.parametrize("id_order", ["", ".", "..", " ", "...", " .. "])
def test_id_that_is_a_step_in_a_path_is_not_sent(api: SellerApi, simulator: Simulator, id_order: str) -> None:
    """It would be signed as one address and asked for as another: refused like an order that Kaufland does not know."""
    for call in (lambda: api.order_details(id_order), lambda: api.order_unit(id_order)):
        with pytest.raises(RequestRefused) as refused:
            call()
        assert refused.value.status_code == 404
    assert not simulator.requests


@pytest.mark.parametrize("id_order", ["a/b", "../x", "%2e%2e", "a%", "a?b=c", "a#b", "ä", "a b", "..a", ";", "\\..\\"])
def test_id_stays_one_part_of_its_path(api: SellerApi, simulator: Simulator, id_order: str) -> None:
    """Whatever is in an id, the address that is signed is the one that is asked, and the id arrives whole."""
    with pytest.raises(RequestRefused) as refused:
        api.order_details(id_order)
    assert refused.value.status_code == 404
    path = simulator.requests[-1].target.partition("?")[0]
    assert path.startswith("/v2/orders/")
    assert unquote(path.removeprefix("/v2/orders/")) == id_order
    assert path.count("/") == 3


def test_order_in_detail(api: SellerApi, simulator: Simulator) -> None:
    """With the delivery asked for, all its units, and the number of the request."""
    details, request_seq = api.order_details("M1")
    assert simulator.requests[-1].target == "/v2/orders/M1?embedded=delivery"
    assert (details.id_order, len(details.units), request_seq) == ("M1", 2, 1)
    with pytest.raises(RequestRefused) as refused:
        api.order_details("../order-units")
    assert refused.value.status_code == 404


def test_invoices(api: SellerApi) -> None:
    """Rows are counted whether they could be read or not."""
    page = api.order_invoices(created_from=SINCE)
    assert page is not None
    assert ([invoice.id_order for invoice in page.invoices], page.rows, page.total) == (["M2", "M1", "M0"], 3, 3)


def test_storefronts_are_lower_case_and_each_is_named_once(api: SellerApi, simulator: Simulator) -> None:
    """In the order in which Kaufland names them; what is no name is passed over."""
    simulator.misbehave(faults.status(200, b'{"data": ["DE", "at", "de", "", null, 7, {"a": 1}, "\\ud800"]}'))
    assert api.storefronts() == ("de", "at", "?")


def test_playground_may_lack_storefronts_and_invoices(clock: HeldClock) -> None:
    """Absent is None: unknown, not empty. A refusal or a failure is not taken for absence."""
    once = RetryBudget(attempts=1)
    with (
        Simulator(now=clock.now, playground=True) as playground,
        open_client(playground.base_url, clock, budget=once) as client,
    ):
        api = SellerApi(client)
        assert api.ping().data
        assert (api.storefronts(), api.order_invoices(created_from=SINCE)) == (None, None)
        playground.misbehave(faults.status(403))
        with pytest.raises(RightsMissing):
            api.storefronts()
        playground.misbehave(faults.status(400), times=2)
        with pytest.raises(RequestRefused):
            api.storefronts()
        with pytest.raises(RequestRefused):
            api.order_invoices(created_from=SINCE)
        playground.misbehave(faults.status(500))
        with pytest.raises(KauflandFailing):
            api.order_invoices(created_from=SINCE)
