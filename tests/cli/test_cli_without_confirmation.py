"""Who says so gets sales orders without confirming the first one, and one customer for every country."""

from kaufland_cli.simulator import example_address
from support.bookkeeper import Bookkeeper


def test_without_a_first_confirmation_the_import_creates(books: Bookkeeper) -> None:
    """With `sales_orders.confirm_first` off nothing waits for a person: not the first order, not a new currency."""
    books.machine.more["KAUFLAND_SALES_ORDERS_CONFIRM_FIRST"] = "false"
    books.machine.good("import-orders")
    books.machine.clock.advance(minutes=1)
    first = books.arrive()
    books.machine.clock.advance(minutes=1)
    books.machine.good("import-orders")
    assert books.state(first) == "created"
    status = books.read("status")
    assert (status["confirm_first_sales_order"], status["first_sales_order_confirmed"]) == (False, False)
    another = books.arrive()
    books.machine.clock.advance(minutes=1)
    books.machine.good("import-orders", "--dry-run")
    books.machine.good("import-orders")
    books.machine.good("sales-orders", "push")
    assert books.state(another) == "created"
    assert "before:" not in books.machine.good("status").out


def test_customer_for_all_countries(books: Bookkeeper) -> None:
    """With `default_country = "all"` the default customer gets the orders of each country that has none of its own."""
    books.machine.more |= {
        "KAUFLAND_SALES_ORDERS_CONFIRM_FIRST": "false",
        "KAUFLAND_SALES_ORDERS_DEFAULT_COUNTRY": "all",
        "KAUFLAND_SALES_ORDERS_TARGET": "file",
    }
    books.machine.good("import-orders")
    books.machine.clock.advance(minutes=1)
    abroad = books.arrive(shipping_address=example_address(country="FR"))
    books.machine.clock.advance(minutes=1)
    books.machine.good("import-orders")
    (row,) = [one for one in books.read("sales-orders", "list")["sales_orders"] if one["id_order"] == abroad]
    assert (row["state"], row["customer_no"]) == ("created", "D00010")
