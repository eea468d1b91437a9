"""What a sales order was made from: the units of the order and the document, as they were when it was sent.

`sales_orders.snapshot` takes and compares snapshots; the store keeps each as JSON (column `sales_orders.snapshot`).
See docs/decisions/0013.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from kaufland_cli.domain.sales_order import SalesOrder, read_record


@dataclass(frozen=True, slots=True)
class UnitSnapshot:
    """One unit as it was when its sales order was sent; None means unknown."""

    status: str
    price: int
    """Minor units."""
    shipping_rate: int | None
    """Minor units."""
    vat: float | None
    """Percent."""
    id_offer: str | None
    line: int | None
    """The number of the unit's line in the document, counted from 1; None if the document does not have the unit."""


@dataclass(frozen=True, slots=True)
class OrderSnapshot:
    """An order as it was when its sales order was sent."""

    units: Mapping[str, UnitSnapshot] = field(default_factory=dict)
    """By unit id."""
    ship_to: str = ""
    """Shipping address and pickup point, in one line; empty if unknown or erased."""
    document: SalesOrder | None = None
    """The document as it was sent; None if none was sent or it was created by hand."""

    def record(self) -> dict[str, Any]:
        """Return plain values, as the store keeps them; `read_snapshot` reads them back."""
        return {
            "units": {key: asdict(unit) for key, unit in self.units.items()},
            "ship_to": self.ship_to,
            "document": None if self.document is None else self.document.record(),
        }


def read_snapshot(record: Mapping[str, Any]) -> OrderSnapshot:
    """Return the snapshot that `OrderSnapshot.record` made plain values of."""
    document = record.get("document")
    return OrderSnapshot(
        {key: UnitSnapshot(**unit) for key, unit in record["units"].items()},
        record.get("ship_to", ""),
        None if document is None else read_record(document),
    )
