"""Checks that a request without a storefront really returns the orders of all storefronts.

It does in practice, but the documentation does not say so. A first import therefore asks for the totals of storefronts
of which it read nothing, the daily comparison compares the total with the sum over all storefronts; if there is more
than was read, twice, because orders arrive in between. See docs/decisions/0005.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from kaufland_cli.errors import CredentialsRefused, KauflandUnavailable, RequestRefused
from kaufland_cli.order_import.walk import WalkEnd
from kaufland_cli.seller_api.endpoints import SellerApi
from kaufland_cli.store.store import Store

_UNKNOWN = "Kaufland does not report how many units there are."
TotalOf = Callable[[str | None], int | None]
"""Requests the number of units of a storefront (None: of all); returns None if Kaufland does not report it."""


@dataclass(frozen=True, slots=True)
class StorefrontTotals:
    """How the total compares with the sum over the storefronts."""

    left_out: bool
    """Whether asking storefront by storefront returns more units than asking for all at once."""
    problem: str | None = None
    """Why the comparison was not possible; None if it was."""


def compare_storefronts(
    api: SellerApi,
    since: datetime,
    total: int | None,
    *,
    found: Collection[str] | None = None,
    by_creation: bool = False,
) -> StorefrontTotals:
    """Compare the total with the sum over the storefronts; a failure is reported as `problem` and stops no import.

    `found`: the storefronts whose units were in the list. At first only the others are asked for then, which should
    have none.
    """

    def total_of(code: str | None) -> int | None:
        if by_creation:
            return api.order_units(created_from=since, limit=1, storefront=code).total
        return api.order_units(updated_from=since, limit=1, storefront=code).total

    try:
        codes = api.storefronts()
        if not codes:
            return StorefrontTotals(left_out=False)
        asked, expected = codes, total
        if found:
            asked, expected = tuple(code for code in codes if code not in found), 0
        first = _totals(api, total_of, asked)
        if expected is None or _minimum(first) <= expected:
            return StorefrontTotals(left_out=False, problem=_UNKNOWN if expected is None or None in first else None)
        # The sum was taken after the total, so orders may have arrived in between: totals before and after settle that.
        before = total_of(None)
        summed = _minimum(_totals(api, total_of, codes))
        after = total_of(None)
    except (KauflandUnavailable, RequestRefused, CredentialsRefused) as error:
        return StorefrontTotals(left_out=False, problem=error.message)
    if before is None or after is None:
        return StorefrontTotals(left_out=False, problem=_UNKNOWN)
    return StorefrontTotals(left_out=summed > max(before, after))


def read_storefronts(
    api: SellerApi,
    store: Store,
    read: Callable[[str | None], WalkEnd],
    *,
    storefront: str | None,
    compare: bool,
    since: datetime,
    notes: list[str],
    found: Collection[str] | None = None,
    by_creation: bool = False,
) -> WalkEnd:
    """Read one storefront, or all at once (None); if that leaves some out, also read each one, now and in later runs.

    `compare`: check whether it does. What the user should know is added to `notes`. `found`: filled by `read` with the
    storefronts of what it reads, see `compare_storefronts`.
    """
    end = read(storefront)
    if storefront is not None:
        return end
    if compare and end.complete and not store.sync.state().each_storefront:
        compared = compare_storefronts(api, since, end.total, found=found, by_creation=by_creation)
        if compared.left_out:
            store.sync.walk_each_storefront()
        if compared.problem is not None:
            notes.append(f"It could not be checked whether all storefronts were fetched. {compared.problem}")
    if not store.sync.state().each_storefront:
        return end
    complete = _read_each(api, read, notes) and end.complete
    return replace(end, complete=complete)


def _read_each(api: SellerApi, read: Callable[[str | None], WalkEnd], notes: list[str]) -> bool:
    """Read the storefronts one by one; return whether all of them were read completely."""
    codes = api.storefronts()
    if not codes:
        notes.append("Kaufland did not list the storefronts, which have to be fetched one by one.")
        return False
    notes.append(
        "Asking for all storefronts at once returned fewer units than asking for each one, so they were fetched "
        f"separately: {', '.join(codes)}."
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
    """Return whether Kaufland rejected a storefront because the seller has not set it up, so it has no orders."""
    return error.problem_type.endswith("/storefront-not-configured") or error.status_code in {400, 404}


def _totals(api: SellerApi, total_of: TotalOf, codes: Iterable[str]) -> list[int | None]:
    waiting = iter(codes)

    def next_call() -> Callable[[], int | None] | None:
        code = next(waiting, None)
        return None if code is None else partial(_total, total_of, code)

    return [total for totals in api.executor.run(next_call) for total in totals]


def _minimum(totals: list[int | None]) -> int:
    """Return the minimum number of units; an unknown total counts as zero."""
    return sum(total for total in totals if total is not None)


def _total(total_of: TotalOf, code: str) -> int | None:
    """Return how many units a storefront has; zero if it is not set up."""
    try:
        return total_of(code)
    except RequestRefused as refused:
        if is_not_set_up(refused):
            return 0
        raise
