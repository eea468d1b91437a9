"""The API log: each attempt on record before it is sent, buyers' data hidden."""

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from kaufland_cli.errors import StoreUnusable
from kaufland_cli.http.request_record import Outcome
from kaufland_cli.store.request_log import MAX_BODY_CHARACTERS, LogEntry, LogFilter, LoggedCall
from kaufland_cli.store.store import Store
from support.request_logs import DAY, HOST, attempt, body_of, entries, failed, good, record, writer
from support.stores import NOW, column, new_store, raw_unit


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give an empty store."""
    with new_store(tmp_path) as opened:
        yield opened


# --- writing ---


def test_attempt_is_on_record_before_it_is_sent(store: Store, tmp_path: Path) -> None:
    """Another program sees it while it is under way: sent, and nothing heard of it since."""
    assert writer(store).started(attempt()) == 1
    with new_store(tmp_path) as other:
        (entry,) = other.request_log.entries(LogFilter())
        assert (entry.success, entry.status_code, entry.duration_ms) == (None, None, None)
        assert entries(other, failed=True) == [1], "what was never answered has not succeeded"


def test_answered_attempt_is_complete(store: Store) -> None:
    """With everything there is to know, under the promised names."""
    record(writer(store), attempt(number=2, body=b'{"a": 1}', method="POST"), good())
    (entry,) = store.request_log.entries(LogFilter())
    assert entry == LogEntry(
        entry_no=1,
        at="2026-11-20T12:00:00Z",
        method="POST",
        endpoint="/order-units",
        status_code=200,
        success=True,
        duration_ms=81,
        error_message=None,
        attempt=2,
        run_id=4,
    )
    assert store.request_log.entry(1) == LoggedCall(
        **asdict(entry),
        url=f"{HOST}/order-units?limit=100",
        request_headers={"accept": "application/json"},
        request_body='{"a": 1}',
        response_headers={"date": "x"},
        response_body='{"data": []}',
    )


def test_failed_attempt_says_why(store: Store) -> None:
    """Status, message and the page that came instead."""
    record(writer(store), attempt(), failed())
    entry = store.request_log.entry(1)
    assert entry is not None
    assert (entry.success, entry.status_code, entry.error_message) == (False, 503, "Kaufland is busy")
    assert entry.response_body == "(web page of 17 characters)"


def test_attempt_without_an_answer(store: Store) -> None:
    """A connection that broke leaves no status and no body, and a message."""
    record(writer(store), attempt(), Outcome(5, error_message="no connection"))
    entry = store.request_log.entry(1)
    assert entry is not None
    assert (entry.success, entry.status_code, entry.response_headers) == (False, None, {})
    assert (entry.response_body, entry.request_body) == (None, None)


def test_switched_off_only_failures_are_kept_without_bodies(store: Store) -> None:
    """In production nothing is written for what went well; what failed is there without what was in it."""
    log = writer(store, everything=False, personal_data=True)
    assert record(log, attempt(), good()) is None
    assert log.started(attempt()) is None
    assert store.request_log.size() == (0, 0)
    log.finished(None, attempt(body=b"secret", number=3), failed(body=b"secret"))
    entry = store.request_log.entry(1)
    assert entry is not None
    assert (entry.success, entry.attempt, entry.status_code) == (False, 3, 503)
    assert (entry.request_body, entry.response_body) == (None, None)
    assert entry.response_headers == {"retry-after": "5"}


def test_attempts_of_many_threads_are_all_recorded(store: Store) -> None:
    """Requests under way side by side have their rows each, finished each."""
    log = writer(store)
    threads = [threading.Thread(target=record, args=(log, attempt(number=number), good())) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = list(store.request_log.entries(LogFilter()))
    assert sorted(entry.attempt for entry in found) == list(range(1, 9))
    assert all(entry.success for entry in found)


def test_answer_that_comes_after_the_end_harms_nothing(store: Store) -> None:
    """A run that ends early does not wait for the answers it asked for; the store closes between two notes."""
    log = writer(store)
    entry = log.started(attempt())
    closing = threading.Thread(target=store.database.close)
    with store.database.second_connection() as notes:
        closing.start()
        for _ in range(2000):
            notes.execute("SELECT count(*) FROM request_log")
    closing.join()
    log.finished(entry, attempt(), good())
    assert log.started(attempt()) is None


@pytest.mark.parametrize("fault", ["DROP TABLE request_log", "PRAGMA query_only = ON"])
def test_failing_log_fails_nothing(store: Store, fault: str) -> None:
    """Whatever is wrong with the store, logging raises nothing, at any of its two moments."""
    log = writer(store)
    entry = log.started(attempt())
    with store.database.second_connection() as notes:
        notes.execute(fault)
    store.database.execute(fault.replace("TABLE", "TABLE IF EXISTS"))
    log.finished(entry, attempt(), good())
    assert log.started(attempt()) is None
    log.finished(None, attempt(), failed())
    with pytest.raises(StoreUnusable):
        store.request_log.clear()


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe\x00",
        b'{"a": "\\ud800"}',
        b"[" * 3000,
        b"[" * 400 + b"]" * 400,
        b"[" * 990 + b"]" * 990,
        b'{"a":' * 700 + b"1" + b"}" * 700,
        b"9" * 5000,
        b"NaN",
        b"null",
        b"",
        b"\x00",
    ],
    ids=repr,
)
@pytest.mark.parametrize("personal_data", [True, False])
def test_any_body_can_be_recorded(store: Store, body: bytes, personal_data: bool) -> None:
    """Whatever came over the line, the attempt ends on record as what it was: answered."""
    log = writer(store, personal_data=personal_data)
    record(log, attempt(body=body), good(body))
    (entry,) = store.request_log.entries(LogFilter())
    assert entry.success is True


def test_long_bodies_are_cut(store: Store) -> None:
    """A body takes limited space, with a mark where it was cut."""
    record(writer(store, personal_data=True), attempt(), good("ä".encode() * MAX_BODY_CHARACTERS * 3))
    assert body_of(store) == "ä" * MAX_BODY_CHARACTERS + "… (cut)"


def test_bytes_are_counted(store: Store) -> None:
    """The size of the log is what its texts take, letters beyond ASCII with all their bytes."""
    sent = attempt(body="ö".encode() * 10)
    record(writer(store, personal_data=True), sent, Outcome(1, 200, {}, "ä€".encode() * 10, "schön"))
    texts = "coalesce(url || request_headers || request_body || response_headers || response_body || error_message, '')"
    (held,) = column(store, f"SELECT length(CAST({texts} AS BLOB)) FROM request_log")  # noqa: S608 - our own columns
    assert store.request_log.size() == (1, held)
    assert held > 70


# --- buyers' data ---


def served() -> dict[str, Any]:
    """Return an answer with a buyer in every corner, also in fields that the API may add."""
    unit = raw_unit(314567, "M845EA5", note="SECRET note")
    person = {"first_name": "SECRET", "city": "SECRET", "added": {"deep": ["SECRET", 7, True, {"x": "SECRET"}]}}
    unit |= {"buyer": person | {"id_buyer": 4711}, "billing_address": person, "shipping_address": person}
    unit["delivery"] = {"pickup_location": person, "SECRET-no": 5}
    invoice = {"id_invoice": 9, "url": "https://x.example/SECRET", "original_name": "SECRET.pdf"}
    return {"data": [unit], "order_invoices": [invoice], "pickup_location": [person], "address": "SECRET"}


def test_buyers_data_is_hidden(store: Store) -> None:
    """In answers and requests: known fields wherever they stand, and everything inside what is about a person."""
    body = json.dumps(served()).encode()
    record(writer(store), attempt(body=body), good(body))
    entry = store.request_log.entry(1)
    assert entry is not None
    for text in (entry.request_body, entry.response_body):
        assert text is not None
        shown = json.loads(text)
        assert "SECRET" not in text.replace("SECRET-no", "")
        assert "4711" not in text
        (unit,) = shown["data"]
        assert (unit["id_order"], unit["id_order_unit"], unit["status"]) == ("M845EA5", 314567, "need_to_be_sent")
        assert (unit["price"], unit["product"]["title"]) == (2999, "Wasserkocher Edelstahl 1,7 l")
        assert unit["buyer"]["added"] == {"deep": ["***", "***", "***", {"x": "***"}]}
        assert shown["order_invoices"] == [{"id_invoice": 9, "url": "***", "original_name": "***"}]


def test_empty_body_stays_visible(store: Store) -> None:
    """Whether an address was there at all can be seen, since that is what one looks for in a log."""
    body = b'{"billing_address": null, "shipping_address": {"city": "", "street": null, "house_number": 0}}'
    record(writer(store), attempt(), good(body))
    assert json.loads(body_of(store)) == {
        "billing_address": None,
        "shipping_address": {"city": "", "street": None, "house_number": "***"},
    }


def test_cut_answer_is_not_kept(store: Store) -> None:
    """JSON that broke off cannot be searched for persons, so only its length is reported."""
    whole = json.dumps(served()).encode()
    for length in range(1, len(whole) - 1, 97):
        record(writer(store), attempt(), failed(200, whole[:length]))
    assert {text.split(" of ")[0] for text in column(store, "SELECT response_body FROM request_log")} == {
        "(unreadable body"
    }


def test_of_web_pages_the_headlines_are_kept(store: Store) -> None:
    """An error page of a proxy says what is wrong; whatever else stands on it is not kept."""
    page = b"\n  <!doctype html><title>Proxy</title><h1 class=x>Bad <b>gateway</b></h1><p>Erna Muster</p>"
    record(writer(store), attempt(), failed(502, page))
    assert body_of(store) == f"(web page of {len(page)} characters: Proxy - Bad gateway)"


def test_buyers_data_on_request(store: Store) -> None:
    """Switched on, bodies are kept unchanged."""
    body = json.dumps(served()).encode()
    record(writer(store, personal_data=True), attempt(), good(body))
    assert body_of(store) == body.decode()


# --- reading ---


def test_filters(store: Store) -> None:
    """Newest first; failed ones, since, by method, part of the path, and by order, in address or answer."""
    log = writer(store)
    record(log, attempt("/order-units?limit=100", at=NOW - DAY), good(b'{"data": [{"id_order": "M845EA5"}]}'))
    record(log, attempt("/orders/M845EA5?embedded=delivery"), failed())
    record(log, attempt("/order-invoices", method="POST"), good())
    record(log, attempt("/orders/M_%"), good())
    assert entries(store) == [4, 3, 2, 1]
    assert entries(store, limit=2) == [4, 3]
    assert entries(store, limit=10**30) == [4, 3, 2, 1]
    assert entries(store, failed=True) == [2]
    assert entries(store, since="2026-11-20T12:00:00Z") == [4, 3, 2]
    assert entries(store, method="post") == [3]
    assert entries(store, path="/orders/") == [4, 2]
    assert entries(store, path="_") == [4]
    assert entries(store, order="M845EA5") == [2, 1]
    assert entries(store, order="M845EA5", failed=True, method="GET", path="orders", since="2026", limit=5) == [2]
    assert entries(store, order="nothing") == []
    assert entries(store, path="\udcff") == []
    assert store.request_log.entry(99) is None
