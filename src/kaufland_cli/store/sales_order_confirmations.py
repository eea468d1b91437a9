"""What a person has looked at before sales orders follow by themselves."""

from datetime import datetime

from kaufland_cli.domain.moments import as_text
from kaufland_cli.store.connection import Database


class SalesOrderConfirmations:
    """What was confirmed, for each target."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def confirm(self, target: str, what: str, now: datetime) -> None:
        """Remember that a person confirmed something for this target: `first`, or a currency as `currency CZK`."""
        self._database.execute(
            "INSERT INTO sales_order_confirmations (target, what, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (target, what, as_text(now)),
        )

    def any_confirmed(self) -> bool:
        """Tell whether a person has confirmed anything, for whatever target."""
        return self._database.value("SELECT 1 FROM sales_order_confirmations") is not None

    def confirmed(self, target: str, what: str) -> bool:
        """Tell whether a person confirmed it."""
        sql = "SELECT 1 FROM sales_order_confirmations WHERE target = ? AND what = ?"
        return self._database.value(sql, (target, what)) is not None
