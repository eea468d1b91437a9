"""Checks that asking without a storefront really returns the orders of all of them.

Practice says so, the documents do not. So the total is compared with the sum over the account's storefronts, twice
where the sum is larger, since orders arrive in between.
"""

from datetime import datetime

from kaufland_cli.errors import RequestRefused, RightsMissing
from kaufland_cli.seller_api.endpoints import SellerApi


def storefronts_left_out(api: SellerApi, since: datetime, total: int | None) -> tuple[str, ...]:
    """Return the storefronts to walk one by one: none where the total covers them, else all of the account."""
    codes = api.storefronts()
    if not codes or total is None:
        return ()
    if _sum(api, codes, since) <= total:
        return ()
    again = api.order_units(updated_from=since, limit=1).total
    # The sum is measured after the total, so what arrives in between counts against us; a second total settles that.
    summed = _sum(api, codes, since)
    after = api.order_units(updated_from=since, limit=1).total
    if again is None or after is None or summed <= max(again, after):
        return ()
    return codes


def _sum(api: SellerApi, codes: tuple[str, ...], since: datetime) -> int:
    return sum(_total(api, code, since) for code in codes)


def _total(api: SellerApi, code: str, since: datetime) -> int:
    """Return how many units a storefront has; one that is not set up counts none."""
    try:
        return api.order_units(updated_from=since, limit=1, storefront=code).total or 0
    except RequestRefused as refused:
        if refused.problem_type.endswith("/storefront-not-configured") or refused.status_code in {400, 404}:
            return 0
        raise
    except RightsMissing:
        return 0
