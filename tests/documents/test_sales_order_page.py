"""The page about sales orders shows what is really written."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

from kaufland_cli.domain.sales_order import DocumentAddress, SalesOrder, SalesOrderLine
from kaufland_cli.sales_orders.file_target import FileTarget
from kaufland_cli.sales_orders.item_mapping import read_item_mapping
from support.clocks import HeldClock

PAGE = Path(__file__).parents[2] / "docs" / "sales-orders.md"


def block(language: str) -> str:
    """Return the code block of this language on the page."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return str(found)


def described(line: dict[str, Any]) -> SalesOrderLine:
    """Return the line that the page describes."""
    return SalesOrderLine(
        line["type"],
        line["number"],
        line["description"],
        line["quantity"],
        round(float(line["unit_price"]) * 100),
        line["vat_percent"],
        line["variant"],
        line["shipping"],
        tuple(line["units"]),
        line["id_offer"],
        line["ean"],
        line["unit_of_measure"],
    )


def test_document_on_the_page_is_the_one_that_is_written(tmp_path: Path) -> None:
    """An order like the page's comes out as the page shows it, field by field."""
    shown = json.loads(block("json"))
    order = SalesOrder(
        external_no=shown["external_document_no"],
        order_date=date.fromisoformat(shown["order_date"]),
        bill_to=DocumentAddress(**shown["bill_to"]),
        ship_to=DocumentAddress(**shown["ship_to"]),
        lines=tuple(map(described, shown["lines"])),
        **{name: shown[name] for name in ("storefront", "currency", "customer_no", "phone", "email")},
    )
    FileTarget(tmp_path, HeldClock()).create(order)
    written = json.loads((tmp_path / "M845EA5.json").read_text(encoding="utf-8"))
    assert written | {"created_at": shown["created_at"]} == shown
    assert list(written) == list(shown)


def test_mapping_file_on_the_page_can_be_read(tmp_path: Path) -> None:
    """What the page shows as a mapping file is one."""
    file = tmp_path / "items.csv"
    file.write_text(block("csv"), encoding="utf-8")
    (found,) = read_item_mapping(file).by_sku("KESSEL-17")
    assert (found.number, found.variant) == ("1000", "RED")
