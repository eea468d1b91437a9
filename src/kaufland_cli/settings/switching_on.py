"""From which moment on orders become sales orders, when that is switched on: nothing old is ever created."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from kaufland_cli.settings.model import Settings
from kaufland_cli.settings.sales_rules import moment_text

GENERAL_START: Final = "sales_orders.start_at"


def start_changes(before: Settings, after: Settings, now: datetime) -> Mapping[str, str | None]:
    """Return the keys to set (or to remove: None) because creating sales orders went from off to on somewhere.

    What was on keeps its moment: a storefront that is switched on later has one of its own.
    """
    codes = [code for code in {**before.storefronts, **after.storefronts} if after.creates_sales_orders(code)]
    newly_on = {code for code in ("", *codes) if after.creates_sales_orders(code) > before.creates_sales_orders(code)}
    if not newly_on:
        return {}

    def start(code: str) -> str:
        return moment_text(now) if code in newly_on else _start(before, code)

    anything_before = before.creates_any_sales_orders
    general = start("") if "" in newly_on or anything_before else moment_text(now)
    changes: dict[str, str | None] = {} if general == after.sales_orders.start_at else {GENERAL_START: general}
    for code in codes:
        wanted = None if start(code) == general else start(code)
        if wanted != (after.storefronts[code].start_at if code in after.storefronts else None):
            changes[f"storefronts.{code}.start_at"] = wanted
    return changes


def _start(settings: Settings, code: str) -> str:
    own = settings.storefronts[code].start_at if code in settings.storefronts else None
    return settings.sales_orders.start_at if own is None else own
