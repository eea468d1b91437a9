"""Whatever goes wrong, it is known whether an order may have been created, and nothing is sent twice."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from kaufland_cli.business_central.client import open_sender
from kaufland_cli.errors import (
    KauflandError,
    SettingsError,
    TargetCredentialsRefused,
    TargetDoubtful,
    TargetRefused,
    TargetUnavailable,
)
from kaufland_cli.sales_orders.business_central_target import BusinessCentral
from support.business_central_fake import Asked, BusinessCentralFake
from support.clocks import START, HeldClock
from support.sample_orders import sample_order

WRITES: list[tuple[str, type[KauflandError], int]] = [
    ("hang_up_before", TargetDoubtful, 0),
    ("hang_up_after", TargetDoubtful, 1),
    ("time_out_before", TargetDoubtful, 0),
    ("time_out_after", TargetDoubtful, 1),
    ("500_before", TargetDoubtful, 0),
    ("500_after", TargetDoubtful, 1),
    ("503", TargetDoubtful, 0),
    ("deadlock_before", TargetDoubtful, 0),
    ("deadlock_after", TargetDoubtful, 1),
    ("page", TargetDoubtful, 1),
    ("429", TargetUnavailable, 0),
    ("dialog", TargetRefused, 0),
    ("changed", TargetDoubtful, 0),
    ("same_key", TargetDoubtful, 0),
    ("403", TargetCredentialsRefused, 0),
]


@pytest.mark.parametrize(("kind", "error", "created"), WRITES)
def test_creating_is_sent_once_and_its_error_says_whether_it_may_have_been_done(
    fake: BusinessCentralFake, clock: HeldClock, kind: str, error: type[KauflandError], created: int
) -> None:
    """What may have been created is doubtful; only what surely was not is refused or unavailable."""
    fake.fail(kind, times=9, path="salesOrders", method="POST")
    with pytest.raises(error) as caught:
        fake.open(clock, timeout_seconds=0.3 if kind.startswith("time_out") else 5.0).create(sample_order())
    assert type(caught.value) is error
    assert caught.value.hint
    assert fake.books.created == created
    assert len(fake.asked_for("salesOrders", "POST")) == 1


READS = ["429", "503", "500_before", "deadlock_before", "hang_up_before", "hang_up_after", "page"]


@pytest.mark.parametrize("kind", READS)
def test_reading_is_tried_again(fake: BusinessCentralFake, target: BusinessCentral, kind: str) -> None:
    """One fault is not felt."""
    target.create(sample_order())
    fake.fail(kind, path="salesOrders", method="GET")
    assert [document.number for document in target.find("MV7ABC1")] == ["S-ORD101001"]


@pytest.mark.parametrize("kind", READS)
def test_reading_that_never_succeeds_is_unavailable(
    fake: BusinessCentralFake, target: BusinessCentral, kind: str
) -> None:
    """After five attempts it is an error, never "there is none"."""
    fake.fail(kind, times=99, path="salesInvoices")
    with pytest.raises(TargetUnavailable):
        target.find("MV7ABC1")
    assert len(fake.asked_for("salesInvoices")) == 5


def test_wait_that_is_asked_for_is_kept(fake: BusinessCentralFake, target: BusinessCentral, clock: HeldClock) -> None:
    """`Retry-After` is never shortened."""
    fake.fail("503", path="salesOrders", retry_after="17")
    target.find("MV7ABC1")
    assert clock.present - START >= timedelta(seconds=17)


def test_after_a_refused_write_the_next_request_waits_as_long_as_was_asked_for(
    fake: BusinessCentralFake, target: BusinessCentral, clock: HeldClock
) -> None:
    """The write is not repeated, and nothing else is sent before."""
    target.find("X")
    fake.fail("429", path="salesOrders", method="POST", retry_after="20")
    with pytest.raises(TargetUnavailable):
        target.create(sample_order())
    target.find("MV7ABC1")
    assert clock.present - START >= timedelta(seconds=20)


def test_cloud_gets_ten_requests_a_second(fake: BusinessCentralFake, clock: HeldClock) -> None:
    """That is what the strictest production environment allows: 600 a minute."""
    sender = open_sender(fake.connection(base_url=""), clock=clock, random=lambda: 0.5)
    for _ in range(601):
        sender.limit.wait()
    sender.close()
    assert clock.present - START >= timedelta(seconds=59.9)


def test_waits_grow_without_retry_after(fake: BusinessCentralFake, target: BusinessCentral, clock: HeldClock) -> None:
    """Half of 0.5, 1, 2 and 4 seconds with this source of chance; after the fifth attempt it ends."""
    fake.fail("500_before", times=99, path="salesOrders")
    with pytest.raises(TargetUnavailable):
        target.find("MV7ABC1")
    assert clock.slept == [0.25, 0.5, 1.0, 2.0]


def test_wait_that_is_too_long_is_reported(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """The error says when to come back."""
    fake.fail("429", path="salesOrders", retry_after="7200")
    with pytest.raises(TargetUnavailable, match="too many requests") as caught:
        target.find("MV7ABC1")
    assert caught.value.retry_after is not None
    assert caught.value.retry_after - START >= timedelta(hours=2)
    assert "UTC: kaufland sales-orders push" in str(caught.value.hint)


def test_refusal_has_business_centrals_own_words_without_what_changes_every_time(
    fake: BusinessCentralFake, target: BusinessCentral
) -> None:
    """The same fault reads the same every time."""
    fake.fail("dialog", times=2, path="salesOrders", method="POST")
    messages = []
    for _ in range(2):
        with pytest.raises(TargetRefused) as caught:
            target.create(sample_order())
        messages.append(caught.value.message)
    assert (
        messages
        == [
            'Business Central did not accept the sales order (HTTP 400): "Salesperson code must have a value".',
        ]
        * 2
    )


@pytest.mark.parametrize(
    ("changes", "words", "hint"),
    [
        ({"customer_no": "D77"}, "The sell-to customer cannot be found", "kaufland sales-orders check"),
        ({"currency": "SEK"}, 'The "currencyCode" does not match to a Currency', "Currencies"),
        ({"currency": "HUF"}, "Currency Factor must have a value", "Enter an exchange rate"),
        ({"external_no": "M" * 36}, "The length of the string is 36", "kaufland sales-orders retry"),
    ],
)
def test_refusal_names_the_way_out(
    fake: BusinessCentralFake, target: BusinessCentral, changes: dict[str, str], words: str, hint: str
) -> None:
    """The hint belongs to the fault; nothing is created."""
    fake.add_currency("HUF", rate_since=None)
    with pytest.raises(TargetRefused, match=words) as caught:
        target.create(sample_order(**changes))
    assert hint in str(caught.value.hint)
    assert fake.orders == []


def test_unreachable_server_is_unavailable_and_not_in_doubt(fake: BusinessCentralFake, clock: HeldClock) -> None:
    """Where no connection came about, nothing can have been created."""
    target = fake.open(clock)
    target.create(sample_order())
    client = target._company.client
    client._url = "http://127.0.0.1:9/api/v2.0"
    with pytest.raises(TargetUnavailable, match="Could not connect to 127"):
        target.create(sample_order())


def test_wrong_address_is_a_fault_of_the_settings(fake: BusinessCentralFake, clock: HeldClock) -> None:
    """The hint names what to look at."""
    with pytest.raises(SettingsError, match="HTTP 404") as caught:
        fake.open(clock, base_url=fake.base_url.replace("/api/v2.0", "/bc/api/v2.0")).find("X")
    assert "business_central.environment" in str(caught.value.hint)


def test_no_more_than_five_requests_are_under_way(fake: BusinessCentralFake, target: BusinessCentral) -> None:
    """However many threads ask."""
    target.find("X")
    lock = threading.Lock()
    sixth = threading.Event()
    under_way = most = 0

    def come(_: Asked) -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
            if most > 5:
                sixth.set()
        sixth.wait(0.2)

    def go(_: Asked) -> None:
        nonlocal under_way
        with lock:
            under_way -= 1

    fake.before, fake.after = come, go
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda number: target.item(f"ITEM-{number}"), range(10)))
    assert most == 5
