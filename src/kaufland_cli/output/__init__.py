"""The only code that prints: tables, cards, JSON, CSV and progress. See docs/decisions/0021."""

from kaufland_cli.output.columns import (
    ACTION_COLUMNS,
    DUE_COLUMNS,
    FAILED_UNIT_COLUMNS,
    FOLLOWED_LOG_COLUMNS,
    INVOICE_COLUMNS,
    LOG_COLUMNS,
    ORDER_COLUMNS,
    ORDER_LINE_COLUMNS,
    PACK_COLUMNS,
    PICK_COLUMNS,
    PIPED_SALES_ORDER_COLUMNS,
    PROFILE_COLUMNS,
    SALES_ORDER_COLUMNS,
    SETTING_COLUMNS,
    UNIT_COLUMNS,
    Column,
)
from kaufland_cli.output.printer import Format, Output

__all__ = [
    "ACTION_COLUMNS",
    "DUE_COLUMNS",
    "FAILED_UNIT_COLUMNS",
    "FOLLOWED_LOG_COLUMNS",
    "INVOICE_COLUMNS",
    "LOG_COLUMNS",
    "ORDER_COLUMNS",
    "ORDER_LINE_COLUMNS",
    "PACK_COLUMNS",
    "PICK_COLUMNS",
    "PIPED_SALES_ORDER_COLUMNS",
    "PROFILE_COLUMNS",
    "SALES_ORDER_COLUMNS",
    "SETTING_COLUMNS",
    "UNIT_COLUMNS",
    "Column",
    "Format",
    "Output",
]
