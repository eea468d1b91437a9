"""The groups of sales order states, and the places that write them out in words."""

from kaufland_cli.doctor.import_checks import WAITING
from kaufland_cli.domain.sales_order_states import STATES, STOPPED, UNFINISHED, WITH_DOCUMENT, WITHOUT_DOCUMENT
from kaufland_cli.sales_orders.push import NEEDS_ATTENTION


def test_doctor_names_each_state_that_needs_a_person() -> None:
    """The doctor has words for exactly the states in which a sales order stops, and a push reports each of them."""
    assert set(WAITING) == STOPPED
    assert STOPPED < NEEDS_ATTENTION


def test_state_says_whether_there_is_a_document() -> None:
    """No state is both with and without a document; only while it is being sent is it unknown."""
    assert not WITH_DOCUMENT & WITHOUT_DOCUMENT
    assert set(STATES) - WITH_DOCUMENT - WITHOUT_DOCUMENT == {"none", "sending"}


def test_erasure_waits_for_each_state_but_the_finished_ones() -> None:
    """Buyer data stay until the sales order is created, or there is none to create."""
    assert set(STATES) - UNFINISHED == {"none", "created"}
