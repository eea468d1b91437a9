"""What the summary at the end of setup says about sales orders."""

from pathlib import Path

import pytest

from kaufland_cli.app.setup.summary import summary
from kaufland_cli.doctor.connection_test import ConnectionReport
from kaufland_cli.settings import load_settings

ON = """
[order_import]
create_sales_orders = true
default_customer_no = "D1000"
[sales_orders]
start_at = "2026-11-24T09:30:00Z"
"""
CENTRAL = """
target = "business_central"
[business_central]
company = "CRONUS DE"
tenant = "t"
client_id = "i"
"""
NEVER = "no customers, no items; nothing is released or posted"


def said(folder: Path, text: str, *storefronts: str) -> dict[str, str | list[str]]:
    """Return the rows of the summary for a file with that text."""
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    loaded = load_settings({"KAUFLAND_DATA_DIR": str(folder)}, config_file=file)
    return dict(summary(loaded, ConnectionReport(storefronts=list(storefronts)), "a file"))


def test_nothing_is_created_unless_it_is_wanted(tmp_path: Path) -> None:
    """Without sales orders one line says that nothing is created."""
    found = said(tmp_path, "")
    assert found["Creates"] == "nothing, at Kaufland or anywhere else"
    assert "Never" not in found


def test_summary_of_sales_orders_and_where_they_go(tmp_path: Path) -> None:
    """The time is in the seller's zone, and storefronts that differ are named with every customer."""
    found = said(
        tmp_path,
        f"""{ON}
        [sales_orders.customers]
        SK = "D0011"
        [storefronts.at]
        start_at = "2026-12-01"
        default_customer_no = "D0010"
        [storefronts.cz]
        create_sales_orders = false
        """,
    )
    assert found["Creates"] == (
        "sales orders, for orders created from 2026-11-24 10:30 (Europe/Berlin) on, "
        "of storefront at created from 2026-12-01 01:00 (Europe/Berlin) on"
    )
    assert found["Where"] == "files in a folder"
    assert found["Folder"] == str(tmp_path / "default" / "sales-orders" / "sellerapi.kaufland.com")
    assert found["Customers"] == "D1000 for DE, D0011 for SK, D0010 for storefront at"
    assert found["Never"] == NEVER


def test_shipping_account_in_the_summary(tmp_path: Path) -> None:
    """The account for shipping cost is named with what differs for storefronts; without one that is said too."""
    assert said(tmp_path, ON)["Shipping"] == "no account: orders with shipping cost are held"
    general = f'{ON}shipping_number = "8400"\n'
    assert said(tmp_path, general)["Shipping"] == "account 8400"
    more = """
    [storefronts.at]
    shipping_number = "8410"
    [storefronts.cz]
    shipping_number = ""
    shipping_numbers = { 21 = "8421" }
    """
    assert said(tmp_path, general + more)["Shipping"] == (
        "account 8400, 8410 for storefront at, none for storefront cz, 8421 for storefront cz at 21 %"
    )


def test_held_orders_and_their_reasons(tmp_path: Path) -> None:
    """With the setup page's two fields alone each kind of order that will be held is named with its reason."""
    assert said(tmp_path, ON, "de", "at", "cz")["Held"] == [
        "orders of storefront at, cz: no customer is set for them",
        "orders shipped anywhere but DE: each country needs a customer",
        "orders with shipping cost: no account is set for it",
        "orders billed to a company: you decide",
        "all, until you have confirmed the first one",
    ]
    more = """
    default_country = "all"
    confirm_first = false
    companies = "allow"
    shipping_number = "8400"
    """
    assert said(tmp_path, ON + more, "de", "at", "cz")["Held"] == []


def test_orders_without_a_customer_are_listed(tmp_path: Path) -> None:
    """Storefronts of the account whose orders will be held are named, those without sales orders are not."""
    assert "storefront" not in str(said(tmp_path, ON, "de")["Held"])
    more = """
    [sales_orders.customers]
    SK = "D0011"
    [storefronts.at]
    default_customer_no = "D0010"
    [storefronts.sk]
    create_sales_orders = false
    """
    found = said(tmp_path, ON + more, "de", "at", "cz", "pl", "sk")["Held"]
    assert found[:2] == [
        "orders of storefront cz, pl: no customer is set for them",
        "orders shipped anywhere but AT, DE, SK: each country needs a customer",
    ]


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ("", "environment Production"),
        ("environment = 'Test'", "environment Test"),
        ("[api]\nuse_playground = true", "environment (none for these orders)"),
        ("base_url = 'https://bc.example/api/v2.0'", "https://bc.example/api/v2.0"),
    ],
)
def test_place_in_business_central(tmp_path: Path, more: str, where: str) -> None:
    """Company and environment, or the address of an own installation, are named."""
    assert said(tmp_path, ON + CENTRAL + more)["Where"] == f"Business Central, company CRONUS DE, {where}"
