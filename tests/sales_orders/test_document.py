"""The values of a sales order: exact amounts, and VAT within gross amounts."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaufland_cli.domain.sales_order import DocumentAddress, SalesOrder, SalesOrderLine, decimal_text, tax_within


@pytest.mark.parametrize(
    ("minor", "text"), [(0, "0.00"), (5, "0.05"), (1299, "12.99"), (-1299, "-12.99"), (10**12, "10000000000.00")]
)
def test_amounts_are_written_exactly(minor: int, text: str) -> None:
    """Minor units become decimal text without any float."""
    assert decimal_text(minor) == text


@given(st.integers(0, 10**10), st.sampled_from([0.0, 5.5, 7.0, 19.0, 20.0, 21.0, 23.0]))
def test_vat_within_a_gross_amount_is_commercially_rounded(gross: int, vat: float) -> None:
    """The same as exact decimal arithmetic gives."""
    rate = Decimal(str(vat))
    exact = Decimal(gross) * rate / (100 + rate)
    assert tax_within(gross, vat) == int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def order(*lines: SalesOrderLine) -> SalesOrder:
    """Return a sales order with these lines."""
    nowhere = DocumentAddress()
    return SalesOrder("M1", "de", date(2026, 11, 21), "EUR", "D1", nowhere, nowhere, "", "", lines)


def test_total_and_vat_are_those_of_the_lines() -> None:
    """Gross sum, and VAT line by line; unknown where the rate of a line is."""
    kettle = SalesOrderLine("item", "K", "Kettle", 2, 2999, 19.0)
    tea = SalesOrderLine("item", "T", "Tea", 1, 535, 7.0)
    found = order(kettle, tea)
    assert (found.total, found.tax) == (6533, 958 + 35)
    assert order(kettle, SalesOrderLine("item", "X", "Gift", 1, 100, None)).tax is None
    assert found.record()["total"] == "65.33"
