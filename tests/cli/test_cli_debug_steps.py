"""`--debug` shows each step of an import and a push on standard error, and never a secret or whose orders they are."""

import logging

import pytest

from kaufland_cli.http import sending
from kaufland_cli.simulator import DEMO_CLIENT_KEY, DEMO_SECRET_KEY, Simulator, example_address, faults
from support.bookkeeper import Bookkeeper, begin
from support.business_central_fake import CLIENT_SECRET
from support.machine import Machine

CANARY = "Kanarienvogel"


def test_steps_of_an_import_are_shown(connected: Machine, simulator: Simulator) -> None:
    """Method, path without ids, status, time, attempt and wait; the window, its pages, its passes and the verdict."""
    simulator.misbehave(faults.status(503), path="/order-units")
    done = connected.run("--debug", "import-orders")
    assert done.code == 0
    for step in (
        "kaufland_cli.http.sending: GET /order-units: 503 in ",
        "ms, attempt 1\n",
        "kaufland_cli.http.sending: GET /order-units again in 0.2 s",
        "kaufland_cli.http.sending: GET /order-units: 200 in ",
        "ms, attempt 2\n",
        "kaufland_cli.http.sending: GET /orders/…: 200 in ",
        "kaufland_cli.order_import.run: run 1: window since 2",
        "kaufland_cli.order_import.run: page of pass 1: ",
        "kaufland_cli.order_import.walk: pass 1: ",
        "kaufland_cli.order_import.run: run 1: success, checked up to 2",
    ):
        assert step in done.err, step


def test_no_secret_no_query_and_no_buyer_is_shown(books: Bookkeeper) -> None:
    """Of a whole push into Business Central: order and outcome, and requests without what they ask for."""
    begin(books)
    person = {name: f"{CANARY} {len(name)}" for name in example_address()} | {"country": "DE", "company_name": None}
    id_order = books.arrive(billing_address=person, shipping_address=person, buyer={"email": f"{CANARY}@x.example"})
    books.machine.clock.advance(minutes=1)
    books.fake.fail("dialog", path="salesOrders", method="POST")
    done = books.machine.run("--debug", "import-orders")
    assert f"kaufland_cli.sales_orders.push: order {id_order}: error\n" in done.err
    assert "kaufland_cli.http.sending: POST /companies(…)/salesOrders: 400 in " in done.err
    assert CANARY in str(books.fake.asked), "the buyer was really sent"
    shown = done.err.lower()
    hidden = [CANARY, DEMO_CLIENT_KEY, DEMO_SECRET_KEY, CLIENT_SECRET, *books.fake.tokens, "?", "ts_updated", "$filter"]
    assert [one for one in hidden if one.lower() in shown] == []


def test_secret_that_a_step_names_is_masked(connected: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should a line ever hold one, or more than a line, what comes out is one line without it."""
    monkeypatch.setattr(sending, "path_template", lambda _path: f"orders/{DEMO_SECRET_KEY}\n\x1b[31m")
    done = connected.run("--debug", "test-connection")
    assert "GET /orders/*** [31m: 200" in done.err
    assert DEMO_SECRET_KEY not in done.err


def test_steps_cost_nothing_without_debug(connected: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard error stays empty, also after a run with it, and no text of a step is put together."""
    assert connected.run("--debug", "test-connection").err != ""
    monkeypatch.setattr(sending, "path_template", lambda _path: pytest.fail("a step was put together"))
    done = connected.good("import-orders")
    assert done.err == ""
    assert logging.getLogger("kaufland_cli").handlers == []
