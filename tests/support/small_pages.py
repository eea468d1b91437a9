"""Pages of a few rows in place of a hundred, so that a small shop has many borders that rows can move over."""

import pytest

from kaufland_cli.order_import import details
from kaufland_cli.seller_api import endpoints


def small_pages(patch: pytest.MonkeyPatch, rows: int) -> None:
    """Let the program ask for this many rows a page."""
    for module in (endpoints, details):
        patch.setattr(module, "MAX_PAGE", rows)
