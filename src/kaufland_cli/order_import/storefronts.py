"""Checks that asking without a storefront really returns the orders of all of them.

Practice says so, the documents do not. So the total is compared with the sum over the account's storefronts, twice
where the sum is larger, since orders arrive in between.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from kaufland_cli.errors import CredentialsRefused, KauflandUnavailable, RequestRefused
from kaufland_cli.seller_api.endpoints import SellerApi

TotalOf = Callable[[str | None], int | None]
"""Asks for the total of a storefront, or of all at once."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the comparison came to."""

    left_out: bool
    """Asking for each storefront gives more than asking for all at once."""
    problem: str | None = None
    """Why there was no comparison."""


def compare_storefronts(api: SellerApi, since: datetime, total: int | None, *, by_creation: bool = False) -> Comparison:
    """Compare the total with the sum over the storefronts; that this fails does not keep an import from being done."""

    def total_of(code: str | None) -> int | None:
        if by_creation:
            return api.order_units(created_from=since, limit=1, storefront=code).total
        return api.order_units(updated_from=since, limit=1, storefront=code).total

    try:
        codes = api.storefronts()
        if not codes or total is None or _sum(total_of, codes) <= total:
            return Comparison(left_out=False)
        # The sum was measured after the total, so orders may have arrived in between: totals around it settle that.
        before = total_of(None)
        summed = _sum(total_of, codes)
        after = total_of(None)
    except (KauflandUnavailable, CredentialsRefused) as error:
        return Comparison(left_out=False, problem=error.message)
    return Comparison(left_out=before is not None and after is not None and summed > max(before, after))


def is_not_set_up(error: RequestRefused) -> bool:
    """Tell whether Kaufland refused a storefront because the seller has not set it up: it holds no orders then."""
    return error.problem_type.endswith("/storefront-not-configured") or error.status_code in {400, 404}


def _sum(total_of: TotalOf, codes: tuple[str, ...]) -> int:
    return sum(_total(total_of, code) for code in codes)


def _total(total_of: TotalOf, code: str) -> int:
    """Return how many units a storefront has; one that is not set up counts none."""
    try:
        return total_of(code) or 0
    except RequestRefused as refused:
        if is_not_set_up(refused):
            return 0
        raise
