"""What the tests of Business Central share: the fake and a held clock."""

from collections.abc import Iterator

import pytest

from kaufland_cli.sales_orders.business_central_target import BusinessCentral
from support.business_central_fake import BusinessCentralFake, business_central_fake
from support.clocks import HeldClock


@pytest.fixture
def clock() -> HeldClock:
    """Hold the time."""
    return HeldClock()


@pytest.fixture
def fake() -> Iterator[BusinessCentralFake]:
    """Run a Business Central."""
    with business_central_fake() as running:
        running.add_item("KESSEL-17", gtin="4006381333931")
        running.add_item("BUCH-1", gtin="9783161484100", vat="reduced")
        yield running


@pytest.fixture
def target(fake: BusinessCentralFake, clock: HeldClock) -> BusinessCentral:
    """Open it."""
    return fake.open(clock)
