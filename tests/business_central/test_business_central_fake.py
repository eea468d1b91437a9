"""The fake of Business Central does what Microsoft's source does, also where that surprises."""

import pytest

from business_central_books import Refused, Row
from business_central_fake import BusinessCentralFake

HEAD = {"customerNumber": "D00010", "externalDocumentNumber": "MV7ABC1", "pricesIncludeTax": True}


def item_line(number: str, **more: object) -> Row:
    """Return a line of one item for 10.00."""
    return {"lineType": "Item", "lineObjectNumber": number, **more, "quantity": 1, "unitPrice": 10}


def account_line(number: str = "8400", **more: object) -> Row:
    """Return a line of an account for 5."""
    return {"lineType": "Account", "lineObjectNumber": number, **more, "quantity": 1, "unitPrice": 5}


@pytest.mark.parametrize(
    ("unit", "sales_unit", "sent", "kept"),
    [
        ("STK", "", {}, "STK"),
        ("STK", "KARTON", {}, "KARTON"),
        ("STK", "KARTON", {"unitOfMeasureCode": "STK"}, "STK"),
        ("STK", "KARTON", {"unitOfMeasureCode": "set"}, "SET"),
    ],
)
def test_a_new_line_gets_the_sales_unit_unless_one_is_sent(
    fake: BusinessCentralFake, unit: str, sales_unit: str, sent: Row, kept: str
) -> None:
    """SalesLine.Table.al 4849: the item's sales unit where it has one, else its base unit."""
    fake.add_item("TASSE", unit=unit, sales_unit=sales_unit, units=["SET"])
    order = fake.books.create({**HEAD, "salesOrderLines": [item_line("TASSE", **sent)]})
    assert order["salesOrderLines"][0]["unitOfMeasureCode"] == kept


@pytest.mark.parametrize(
    "line", [item_line("KESSEL-17", unitOfMeasureCode="PALETTE"), account_line(unitOfMeasureCode="STK")]
)
def test_a_unit_that_does_not_belong_there_is_refused(fake: BusinessCentralFake, line: Row) -> None:
    """One that the item does not have, and any for an account."""
    with pytest.raises(Refused, match="Unit of Measure"):
        fake.books.create({**HEAD, "salesOrderLines": [line]})
