"""Checks that asking without a storefront really returns the orders of all of them.

Practice says so, the documents do not. So the total is compared with the sum over the account's storefronts, twice
where the sum is larger, since orders arrive in between.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from kaufland_cli.errors import CredentialsRefused, KauflandUnavailable, RequestRefused
from kaufland_cli.order_import.walk import WalkEnd
from kaufland_cli.seller_api.endpoints import SellerApi
from kaufland_cli.store.store import Store

_UNKNOWN = "Kaufland does not say how many units there are."
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
        if not codes:
            return Comparison(left_out=False)
        first = _totals(total_of, codes)
        if total is None or _at_least(first) <= total:
            return Comparison(left_out=False, problem=_UNKNOWN if total is None or None in first else None)
        # The sum was measured after the total, so orders may have arrived in between: totals around it settle that.
        before = total_of(None)
        summed = _at_least(_totals(total_of, codes))
        after = total_of(None)
    except (KauflandUnavailable, RequestRefused, CredentialsRefused) as error:
        return Comparison(left_out=False, problem=error.message)
    if before is None or after is None:
        return Comparison(left_out=False, problem=_UNKNOWN)
    return Comparison(left_out=summed > max(before, after))


def read_every_storefront(
    api: SellerApi,
    store: Store,
    read: Callable[[str | None], WalkEnd],
    *,
    compare: bool,
    since: datetime,
    notes: list[str],
    by_creation: bool = False,
) -> WalkEnd:
    """Read all storefronts at once; where that leaves some out, each of them too, from now on.

    `compare`: find out whether it does. What a person has to know of it is added to `notes`.
    """
    end = read(None)
    if compare and end.complete and not store.sync.state().each_storefront:
        compared = compare_storefronts(api, since, end.total, by_creation=by_creation)
        if compared.left_out:
            store.sync.walk_each_storefront()
        if compared.problem is not None:
            notes.append(f"Whether all storefronts were read could not be compared. {compared.problem}")
    if not store.sync.state().each_storefront:
        return end
    complete = _read_each(api, read, notes) and end.complete
    return replace(end, complete=complete)


def _read_each(api: SellerApi, read: Callable[[str | None], WalkEnd], notes: list[str]) -> bool:
    """Read the storefronts one by one; tell whether all of them were read whole."""
    codes = api.storefronts()
    if not codes:
        notes.append("Kaufland did not name the storefronts, which have to be read one by one.")
        return False
    notes.append(
        "Asking for all storefronts at once returned fewer units than asking for each, so each was read by "
        f"itself: {', '.join(codes)}."
    )
    complete = True
    for code in codes:
        try:
            complete = read(code).complete and complete
        except RequestRefused as refused:
            if not is_not_set_up(refused):
                raise
    return complete


def is_not_set_up(error: RequestRefused) -> bool:
    """Tell whether Kaufland refused a storefront because the seller has not set it up: it holds no orders then."""
    return error.problem_type.endswith("/storefront-not-configured") or error.status_code in {400, 404}


def _totals(total_of: TotalOf, codes: tuple[str, ...]) -> list[int | None]:
    return [_total(total_of, code) for code in codes]


def _at_least(totals: list[int | None]) -> int:
    """Return how many units there are at least: what is unknown may be any number."""
    return sum(total for total in totals if total is not None)


def _total(total_of: TotalOf, code: str) -> int | None:
    """Return how many units a storefront has; one that is not set up counts none."""
    try:
        return total_of(code)
    except RequestRefused as refused:
        if is_not_set_up(refused):
            return 0
        raise
