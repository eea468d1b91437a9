"""Nothing that tells of a buyer is in the API log: marks in every personal field, real imports and pushes, a sweep."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.errors import KauflandError
from kaufland_cli.http.personal_data import SentTexts, texts_about_people, without_personal_data
from kaufland_cli.order_import.plan import ImportOptions
from kaufland_cli.order_import.refresh import refresh_order
from kaufland_cli.order_import.run import import_orders
from kaufland_cli.sales_orders.push import Push
from kaufland_cli.seller_api.api_errors import Problem
from kaufland_cli.simulator import example_address, faults
from kaufland_cli.store.request_log import RequestLogWriter
from support.business_central_books import Refused
from support.imports import open_api
from support.push import Seller, seller

pytestmark = pytest.mark.slow

MARK = "kanari"
STREETS = ["", ' "Zum Krug" \\', " ÖÄß 7'", " <b>fett</b>", "… und mehr", "  mit  Lücken", " {[x]}"]


def person(tail: str) -> dict[str, Any]:
    """Return an address with a mark in every field but the country."""
    tails = {"first_name": tail, "last_name": tail, "street": tail, "city": tail, "additional_field": tail}
    return {name: f"{MARK}{len(name)}{tails.get(name, '')}" for name in example_address()} | {"country": "DE"}


def arrive(own: Seller, tail: str) -> list[str]:
    """Let orders arrive with marks wherever the API shows a buyer, a pickup point and an invoice among it.

    The first becomes a sales order; that of a company and that for a pickup point wait for a person.
    """
    own.shop.simulator.switches.shipping_addresses = "on"
    units: list[dict[str, Any]] = [{"price": 2999}, {"price": 2999, "note": f"{MARK} note{tail}"}]
    fields: dict[str, Any] = {
        "buyer": {"id_buyer": f"{MARK}-4711", "email": f"{MARK}@kunden.example"},
        "invoices": [{"original_name": f"{MARK}.pdf", "url": f"https://x.example/{MARK}"}],
    }
    private = person(tail) | {"company_name": None}
    point = {"type": "parcel_shop", "dhl_post_number": f"{MARK}1", "address": person(tail), "name": f"{MARK} Kiosk"}
    return [
        own.arrive(units, billing_address=private, shipping_address=private, **fields),
        own.arrive(units, billing_address=person(tail), shipping_address=person(" B" + tail), **fields),
        own.arrive(units, billing_address=private, shipping_address=private, pickup_location=point, **fields),
    ]


def work(own: Seller, *, personal_data: bool, ids: list[str]) -> None:
    """Import and push as the program does, with all requests on record."""
    clock = own.shop.clock
    with own.shop.store() as store:
        log = RequestLogWriter(store.database, everything=True, personal_data=personal_data)
        with open_api(own.shop.simulator, clock, clock, own.shop.executor, log) as api:
            import_orders(api, store, clock, ImportOptions("simulator", 30, 60), log=log)
            for id_order in ids:
                refresh_order(api, store, clock, id_order, log)
            starts = store.sales_order_candidates.record_switches(own.rules.wanted, [], clock.now())
            store.sales_order_candidates.collect(starts, [], clock.now())

            def fetch_again(id_order: str) -> None:
                refresh_order(api, store, clock, id_order, log)

            Push(store, own.fake.open(clock, log), own.rules, clock, fetch_again).run()


def rows(own: Seller) -> Iterator[str]:
    """Yield each row of the log as one text in lower case."""
    with own.shop.store() as store:
        for row in store.database.rows("SELECT * FROM request_log"):
            yield " ".join(str(value) for value in tuple(row)).lower().replace("\0", "")


def rows_with_marks(own: Seller) -> list[str]:
    """Return the rows in which a mark stands."""
    return [row for row in rows(own) if MARK in row]


@pytest.mark.parametrize("tail", STREETS)
def test_import_and_a_push_leave_no_buyer_in_the_log(tmp_path: Path, tail: str) -> None:
    """Units, whole orders, pickup points, invoices, the document that is sent and what comes back: not one mark."""
    with seller(tmp_path) as own:
        work(own, personal_data=False, ids=arrive(own, tail))
        assert own.created(), "a document was really sent"
        assert rows_with_marks(own) == []
        assert sum("wasserkocher" in row for row in rows(own)) >= 2, "what is no buyer's is there to look at"


def test_switched_on_the_marks_are_there(tmp_path: Path) -> None:
    """The sweep is not blind: with personal data wanted, marks stand in answers of both sides and in the request."""
    with seller(tmp_path) as own:
        work(own, personal_data=True, ids=arrive(own, ""))
        marked = rows_with_marks(own)
        assert sum("/order" in row for row in marked) >= 3
        assert any("post" in row and "salesorders" in row for row in marked)


@pytest.mark.parametrize("tail", STREETS)
def test_refusal_that_repeats_a_name_shows_no_name(tmp_path: Path, tail: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Business Central says which value it does not take: neither the message nor the body on record has it."""

    def refuse(body: dict[str, Any]) -> dict[str, Any]:
        told = ", ".join(f"'{value}'" for name, value in body.items() if name.startswith("shipTo"))
        raise Refused(f"The fields have values {told} that are too long.")

    with seller(tmp_path) as own:
        monkeypatch.setattr(own.fake.books, "create", refuse)
        work(own, personal_data=False, ids=arrive(own, tail))
        assert rows_with_marks(own) == []
        assert any("that are too long" in row or "the fields have values" in row for row in rows(own))


@pytest.mark.parametrize("status", [200, 400, 403, 404, 500, 503])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_broken_response_leaves_no_buyer(tmp_path: Path, status: int, encoding: str) -> None:
    """Cut JSON, pages, XML, other encodings, JSON in a text, other spellings, with whatever status: not one mark."""
    buyer = json.dumps({"data": [{"buyer": {"email": MARK}, "shippingAddress": person("Ä"), "First-Name": MARK}]})
    bodies = (
        buyer,
        buyer[:-9],
        json.dumps(buyer),
        json.dumps({"message": buyer, "errors": [{"field": "x", "message": buyer[:-7]}], "detail": [buyer]}),
        json.dumps({"message": {"buyer": {"email": MARK}}, "type": "x"}),
        f"<!doctype html><title>Oh</title><p>{MARK}</p>",
        f"<?xml version='1.0'?><order><first_name>{MARK}</first_name></order>",
    )
    with seller(tmp_path) as own:
        with own.shop.store() as store, own.shop.api() as _:
            log = RequestLogWriter(store.database, everything=True, personal_data=False)
            with open_api(own.shop.simulator, own.shop.clock, own.shop.clock, own.shop.executor, log) as api:
                for body in bodies:
                    own.shop.simulator.behave()
                    own.shop.simulator.misbehave(faults.status(status, body.encode(encoding)), times=None)
                    with suppress(KauflandError):
                        api.order_units(updated_from=own.shop.clock.now())
        assert len(list(rows(own))) >= len(bodies)
        assert rows_with_marks(own) == []


@pytest.mark.parametrize("length", range(250, 340, 7))
def test_name_that_was_cut_in_a_message_is_hidden_too(length: int) -> None:
    """A long refusal is cut to what a person reads, perhaps in the middle of a name."""
    known = SentTexts(json.dumps({"shipToName": "Zacharias Kanarienvogel"}))
    message = ("x" * 280 + " (Zacharias Kanarienvogel) is too long")[:length] + "…"
    assert "Zac" not in known.hide(message)


def test_short_and_common_words_stay() -> None:
    """A country code is no person, and a name is not looked for inside of other words."""
    known = SentTexts('{"shipToCountry": "DE", "shipToCity": "Ulm"}')
    assert (
        known.hide("The Country/Region DE: Ulm is no town, ulmer is")
        == "The Country/Region DE: *** is no town, ulmer is"
    )
    assert without_personal_data('{"detail": "in ULM"}', known) == '{"detail": "in ***"}'


def test_words_of_a_problem_are_no_buyer() -> None:
    """What is shown of an error answer hides what is in personal fields, and nothing of JSON that broke off."""
    assert Problem.read(b'{"buyer": {"email": "kanari"').message == ""
    assert MARK not in Problem.read(b'{"message": {"buyer": {"email": "kanari"}}}').message
    assert MARK not in Problem.read(b'{"address_data": {"type": "X", "data": {"dpd_pudo_id": "kanari"}}}').message


UNKNOWN: list[dict[str, Any]] = [
    {"gift_message": f"Für {MARK}"},
    {"recipientAlias": MARK, "status": "open"},
    {"extra": {"deep": [{"who": MARK}, MARK]}},
    {"tax_id": {"value": f"{MARK}-DE"}},
    {"loyalty": [f"{MARK} 1", f"{MARK} 2"]},
    {"data": [MARK]},
    {"data": {"value": MARK}},
    {"data": [{"order_units": [{"id_order": "M1", "wish": MARK}]}]},
]


@pytest.mark.parametrize("body", [*UNKNOWN, UNKNOWN, MARK, [MARK], {"message": json.dumps(UNKNOWN)}])
def test_unknown_field_is_hidden(body: Any) -> None:
    """What an API adds tomorrow is no harmless field before somebody has looked at it, however deep it stands."""
    assert MARK not in without_personal_data(json.dumps(body))


def test_harmless_fields_can_be_read() -> None:
    """Ids, amounts, times, statuses, products and refusals are what a log is looked at for."""
    body = {
        "data": [{"id_order": "M1", "status": "open", "price": 1999, "product": {"title": "Kessel", "eans": ["1"]}}],
        "pagination": {"total": 1, "offset": 0},
        "errors": [{"field": "id_order", "message": "is unknown"}],
    }
    assert json.loads(without_personal_data(json.dumps(body))) == body
    sent = {"@odata.etag": "x", "value": [{"number": "S1", "lineObjectNumber": "K", "unitPrice": 1.5, "blocked": " "}]}
    assert json.loads(without_personal_data(json.dumps(sent))) == sent


WORDS = "message detail details description description2 hint reason code number error errors type field display_name"


@pytest.mark.parametrize("name", WORDS.split())
@pytest.mark.parametrize(
    "order",
    [
        {"data": [{"id_order_unit": 1, "status": "open", "X": MARK}]},
        {"data": {"id_order": "M1", "X": MARK, "order_units": [{"id_order_unit": 1, "x": {"X": MARK}}]}},
        {"data": {"status": "open", "product": {"X": [MARK]}, "errors": [{"X": MARK}], "value": [{"X": MARK}]}},
        {"id_order_unit": 1, "X": MARK},
        {"order_units": [{"X": MARK}]},
    ],
)
def test_words_of_refusals_are_hidden_in_orders(order: dict[str, Any], name: str) -> None:
    """A name that is harmless in a refusal may hold a buyer's words in an order: a message, a reason, a hint."""
    body = json.dumps(order).replace('"X"', json.dumps(name))
    assert MARK not in without_personal_data(body)
    assert MARK in " ".join(texts_about_people(json.loads(body)))


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"message": "pong", "version": "2.1"}},
        {"message": "No such order", "errors": [{"field": "id", "message": "unknown", "code": "E1", "hint": "look"}]},
        {"type": "about:blank", "title": "Bad request", "status": 400, "detail": "limit: too large"},
        {"error": {"code": "BadRequest", "message": "The field is too long."}},
        {"number": "S1", "salesOrderLines": [{"description": "Kessel", "number": "K17", "description2": "rot"}]},
        {"value": [{"number": "70000", "displayName": "Regal", "code": "STK"}]},
    ],
)
def test_refusals_pings_and_lines_of_business_central_can_be_read(body: dict[str, Any]) -> None:
    """Where no order is, those names are what the log is looked at for."""
    assert json.loads(without_personal_data(json.dumps(body))) == body
