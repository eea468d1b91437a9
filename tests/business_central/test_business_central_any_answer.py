"""Whatever comes back, it is an error that is known or a value that can be kept, and nothing is sent twice."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, is_dataclass
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaufland_cli.business_central.bc_errors import ErrorBody
from kaufland_cli.business_central.client import BusinessCentralClient, read_object
from kaufland_cli.business_central.company import Company
from kaufland_cli.domain.target_values import Expectations
from kaufland_cli.errors import KauflandError
from kaufland_cli.http.retry import Fault, RetryBudget
from kaufland_cli.http.sending import HttpRequest, HttpResponse
from kaufland_cli.sales_orders.business_central_target import BusinessCentral
from support.clocks import HeldClock
from support.sample_orders import SHIPPING, sample_order
from support.sampling import examples
from support.seller_api import STEADY

NAMES = [
    *("value", "id", "number", "name", "displayName", "externalDocumentNumber", "customerNumber", "orderNumber"),
    *("blocked", "code", "@odata.etag", "@odata.nextLink", "salesOrderLines", "lineType", "lineObjectNumber"),
    *("quantity", "unitPrice", "taxPercent", "amountIncludingTax", "sequence", "totalAmountIncludingTax"),
    *("startingDate", "localCurrencyCode", "shipToCity", "error", "message"),
]
ODD: list[Any] = [
    None,
    True,
    "",
    "MV7ABC1",
    "Item",
    "\ud800",
    "NaN",
    -1,
    0.001,
    1e300,
    10**30,
    "12.99",
    "KESSEL-17",
    "D1",
]
LEAVES = st.sampled_from(ODD) | st.text()
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=12,
)
BODIES = (
    JSON.map(lambda value: json.dumps(value).encode())
    | st.lists(JSON, max_size=3).map(lambda rows: json.dumps({"value": rows}).encode())
    | st.binary(max_size=30)
)


class AnyAnswers:
    """In place of the sender: answers whatever it was given, in turn."""

    def __init__(self, answers: list[tuple[int, bytes]]) -> None:
        self.answers = answers
        self.sent: list[str] = []

    def send_with_retry(self, build: Callable[[], HttpRequest], read: Callable[[HttpResponse], Any], _: Any) -> Any:
        """Answer, a second time where a GET is to be tried again."""
        found: Any = None
        for _attempt in range(2):
            request = build()
            self.sent.append(f"{request.method} {request.url}")
            status, body = self.answers[len(self.sent) % len(self.answers)]
            found = read(HttpResponse("bc.example", status, {}, body))
            if not isinstance(found, Fault) or not found.again or request.method != "GET":
                break
        return found


class SignedIn:
    """A header that is always good."""

    def header(self) -> str:
        """Return it."""
        return "Bearer t"

    def renew(self, refused: str) -> bool:  # noqa: ARG002 - the protocol's shape
        """There is no other."""
        return False


def texts(value: Any) -> Iterator[str]:
    """Yield every text in what came out."""
    if isinstance(value, str):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        yield from texts(list(asdict(value).values()))
    elif isinstance(value, Sequence | dict):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from texts(inner)


@settings(STEADY, max_examples=examples(60))
@given(st.lists(st.tuples(st.sampled_from([200, 200, 200, 400, 404, 500]), BODIES), min_size=1, max_size=4))
def test_any_answer_ends_in_a_known_error_or_in_values(answers: list[tuple[int, bytes]]) -> None:
    """No other exception, and what comes out can be written as UTF-8."""
    clock = HeldClock()
    sender = AnyAnswers(answers)
    client = BusinessCentralClient(
        "http://bc.example",
        sender,  # type: ignore[arg-type]
        SignedIn(),
        budget=RetryBudget(attempts=2),
        clock=clock,
    )
    company = Company(client, "CRONUS")
    company._id = "4711"
    target = BusinessCentral(company, "there", clock)
    expected = Expectations(
        (("D1", "all"),), (("8400", "shipping"),), (("A", "ROT", "line 1"),), ("EUR", "CZK"), ("DE",)
    )
    for act in (
        lambda: target.find("MV7ABC1"),
        lambda: target.item("KESSEL-17"),
        lambda: target.item_by_gtin(["04006381333931"]),
        lambda: target.create(sample_order()),
        lambda: target.create(sample_order(lines=(SHIPPING,))),
        lambda: target.check(expected),
    ):
        try:
            for text in texts(act()):
                text.encode()
        except KauflandError as error:
            error.message.encode()
    assert sum(sent.startswith("POST") for sent in sender.sent) in {1, 2}  # never sent while its items are not known


@given(BODIES)
def test_any_error_answer_can_be_reported(body: bytes) -> None:
    """In one line, of a length that a person will read."""
    said = ErrorBody.read(body)
    assert "\n" not in said.sentence()
    assert len(said.message) <= 300
    said.sentence().encode()


@pytest.mark.parametrize("body", [b'{"a": ["\\ud800"]}', b'{"a": ["\xed\xa0\x80"]}'])
def test_half_a_surrogate_pair_is_replaced(body: bytes) -> None:
    """However it is written, what is read can be stored."""
    assert read_object(body) in ({"a": ["?"]}, {"a": ["???"]})


def test_decimals_are_read_exactly_and_too_deep_nesting_is_unreadable() -> None:
    """No amount passes through a float."""
    assert read_object(b'{"a": 0.1234567890123456789}') == {"a": Decimal("0.1234567890123456789")}
    with pytest.raises(ValueError, match="nested too deeply"):
        read_object(b'{"a": ' + b"[" * 200_000 + b"]" * 200_000 + b"}")


class EndlessPages:
    """Each page of a list leads to another one; counts how many are asked for."""

    def __init__(self, pages: Sequence[list[Any]]) -> None:
        self._pages = pages
        self.asked = 0

    def send_with_retry(self, _build: Any, read: Callable[[HttpResponse], Any], _: Any) -> Any:
        """Answer with the next page, the first one after the last."""
        rows = self._pages[self.asked % len(self._pages)]
        self.asked += 1
        page = {"value": rows, "@odata.nextLink": f"https://bc.test/api/items?page={self.asked}"}
        return read(HttpResponse("bc.test", 200, {}, json.dumps(page).encode()))


class NoCredential:
    """Signs nothing."""

    def header(self) -> str:
        """Return nothing that counts."""
        return ""

    def renew(self, refused: str) -> bool:  # noqa: ARG002 - the protocol's shape
        """There is none."""
        return False


@pytest.mark.parametrize(
    ("pages", "most"),
    [([[{"id": 1}]], 2), ([[]], 2), ([[{"id": 1}], [{"id": 2}]], 1000), ([[{"id": 1}] * 50_000, []], 9)],
)
def test_pages_that_never_end_are_left(pages: list[list[Any]], most: int) -> None:
    """The same page again, empty ones, others in turn or more rows than there are items: an error, after this many."""
    sender = EndlessPages(pages)
    clock = HeldClock()
    client = BusinessCentralClient(
        "https://bc.test/api",
        sender,  # type: ignore[arg-type]
        NoCredential(),
        budget=RetryBudget(),
        clock=clock,
    )
    with pytest.raises(KauflandError, match="never end"):
        client.rows("/items")
    assert sender.asked <= most
