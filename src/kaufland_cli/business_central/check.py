"""Checks everything in Business Central that creating sales orders needs, without creating anything.

What to check comes from the settings (`Expectations`); the results go to `sales-orders check` and `doctor`.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial

from kaufland_cli.business_central.client import Json
from kaufland_cli.business_central.company import Company
from kaufland_cli.business_central.filters import about, is_plain
from kaufland_cli.business_central.lookups import Items
from kaufland_cli.business_central.reading import text_of
from kaufland_cli.domain.bc_code import bc_code, same_code
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.target_values import Expectations, TargetCheck
from kaufland_cli.errors import KauflandError, TargetUnavailable

# "Not blocked" is a space, which the API escapes.
NOT_BLOCKED = frozenset({"", " ", "_x0020_"})
OLD_RATE = timedelta(days=31)
GIVE_UP_AFTER = 2
"""After this many checks in a row without a response, the rest are skipped."""
CHECK = command("sales-orders", "check")
SETTINGS = Hint("Correct the settings, or add it in Business Central, then: ", CHECK)
UNBLOCK = Hint("Unblock it in Business Central, then: ", CHECK)
RATES = Hint("Enter it in Business Central (Currencies, Exchange Rates), then: ", CHECK)
PHONE = Hint("Leave Phone No. and Name 2 empty on the card, then: ", CHECK)
NEWEST = 200
MANY_PUSH = "Only one installation may push: two that push at the same moment may create an order twice."
Lookup = Callable[[], TargetCheck]


def checks(company: Company, expected: Expectations, today: date) -> Iterator[TargetCheck]:
    """Yield the result of each check, each problem with its fix; if Business Central does not answer, skip the rest.

    `today` is the date for exchange rates. Raises nothing of `KauflandError`.
    """
    for what, first in (("sign-in", _sign_in), ("company", _company)):
        found = _looked(what, partial(first, company))
        yield found
        if found.state == "failed":
            return
    silent = 0
    for what, look in _lookups(company, expected, today):
        if silent >= GIVE_UP_AFTER:
            yield TargetCheck(what, "skipped", "Not checked: Business Central does not answer.")
            continue
        try:
            yield look()
            silent = 0
        except KauflandError as error:
            silent = silent + 1 if isinstance(error, TargetUnavailable) else 0
            yield TargetCheck(what, "failed", error.message, error.hint, error)


def _looked(what: str, look: Lookup) -> TargetCheck:
    try:
        return look()
    except KauflandError as error:
        return TargetCheck(what, "failed", error.message, error.hint, error)


def _lookups(company: Company, expected: Expectations, today: date) -> Iterator[tuple[str, Lookup]]:
    for entity in ("salesOrders", "salesInvoices", "salesShipments"):
        yield entity, partial(_readable, company, entity)
    for number, purpose in expected.customers:
        yield f"customer {number}", partial(_customer, company, number, purpose)
    for number, purpose in expected.accounts:
        yield f"account {number}", partial(_account, company, number, purpose)
    items = Items(company)
    for number, variant, purpose in expected.items:
        yield f"item {number}", partial(_item, company, items, number, variant, purpose)
    for code, purpose in expected.units:
        yield f"unit of measure {code}", partial(_unit, company, code, purpose)
    for code in expected.currencies:
        yield f"currency {code}", partial(_currency, company, code, today)
    for code in expected.countries:
        yield f"country {code}", partial(_country, company, code)
    yield "one installation", partial(_without_repeats, company, [number for number, _ in expected.customers])


def _sign_in(company: Company) -> TargetCheck:
    company.client.credential.header()
    company.client.get("/companies", [("$select", "id"), ("$top", "1")])
    return TargetCheck("sign-in", "passed", "Business Central accepts the credentials.")


def _company(company: Company) -> TargetCheck:
    company_id = company.id
    return TargetCheck("company", "passed", f"{company.display_name} has the id {company_id}.")


def _readable(company: Company, entity: str) -> TargetCheck:
    company.rows(entity, [("$select", "id"), ("$top", "1")])
    return TargetCheck(entity, "passed", "They can be read, so no order is created twice.")


def _customer(company: Company, number: str, purpose: str) -> TargetCheck:
    what = f"customer {number}"
    row = _row(company, "customers", "number", number, "number,displayName,blocked,phoneNumber")
    if row is None:
        return TargetCheck(what, "failed", f"There is no customer {number} ({purpose}).", SETTINGS)
    if str(row.get("blocked") or "") not in NOT_BLOCKED:
        return TargetCheck(
            what, "failed", f"The customer {number} ({purpose}) is blocked: {row.get('blocked')}.", UNBLOCK
        )
    if phone := text_of(row.get("phoneNumber")):
        # Copied into Ship-to Phone No., which the API can neither show nor set (BaseApp, SalesHeader.Table.al 7834).
        message = f"The card of customer {number} ({purpose}) has the telephone number {phone}: each parcel gets it."
        return TargetCheck(what, "warning", message, PHONE)
    return TargetCheck(what, "passed", f"{row.get('displayName')}, for {purpose}.")


def _account(company: Company, number: str, purpose: str) -> TargetCheck:
    what = f"account {number}"
    row = _row(company, "accounts", "number", number, "number,displayName,accountType,directPosting,blocked")
    if row is None:
        return TargetCheck(what, "failed", f"There is no account {number} ({purpose}).", SETTINGS)
    if row.get("blocked"):
        return TargetCheck(what, "failed", f"The account {number} ({purpose}) is blocked.", UNBLOCK)
    # Instead of rejecting such an account, Business Central may use a similar one (BaseApp, FindRecordManagement).
    if (kind := text_of(row.get("accountType"))) != "Posting":
        message = f"The account {number} ({purpose}) is of the type {kind or 'unknown'}; only Posting will do."
        return TargetCheck(
            what,
            "failed",
            message,
            Hint("Name another account in the settings, then: ", CHECK),
        )
    if row.get("directPosting") is not True:
        hint = Hint("Allow Direct Posting on the account's card, then: ", CHECK)
        return TargetCheck(what, "failed", f"The account {number} ({purpose}) does not allow direct posting.", hint)
    return TargetCheck(what, "passed", f"{row.get('displayName')}, for {purpose}.")


def _item(company: Company, items: Items, number: str, variant: str, purpose: str) -> TargetCheck:
    what = f"item {number}"
    row = _row(company, "items", "number", number, "number,displayName,blocked,baseUnitOfMeasureCode")
    if row is None:
        hint = Hint("Correct sales_orders.item_mapping_file, then: ", CHECK)
        return TargetCheck(what, "failed", f"There is no item {number} ({purpose}).", hint)
    if row.get("blocked"):
        return TargetCheck(what, "failed", f"The item {number} ({purpose}) is blocked.", UNBLOCK)
    if not bc_code(row.get("baseUnitOfMeasureCode")):
        hint = Hint("Enter one on the item's card, then: ", CHECK)
        return TargetCheck(what, "failed", f"The item {number} ({purpose}) has no base unit of measure.", hint)
    if variant:
        items.variant(number, variant)
    return TargetCheck(what, "passed", f"{row.get('displayName')}, for {purpose}.")


def _unit(company: Company, code: str, purpose: str) -> TargetCheck:
    what = f"unit of measure {code}"
    row = _row(company, "unitsOfMeasure", "code", code, "code,displayName")
    if row is None:
        hint = Hint("Correct sales_orders.item_mapping_file, then: ", CHECK)
        return TargetCheck(what, "failed", f"There is no unit of measure {code} ({purpose}).", hint)
    return TargetCheck(what, "passed", f"{row.get('displayName')}, for {purpose}.")


def _currency(company: Company, code: str, today: date) -> TargetCheck:
    what = f"currency {code}"
    setup = company.rows_if_any("generalLedgerSetup", [("$select", "id,localCurrencyCode")]) or []
    if any(same_code(row.get("localCurrencyCode"), code) for row in setup):
        return TargetCheck(what, "passed", "The company's own currency.")
    if _row(company, "currencies", "code", code, "id,code") is None:
        hint = Hint("Set it up in Business Central (Currencies), then: ", CHECK)
        return TargetCheck(what, "failed", f"Business Central has no currency {code}.", hint)
    day = f"startingDate le {today.isoformat()}"
    by_code = about("currencyCode", code)
    rates = company.rows_if_any(
        "currencyExchangeRates",
        [
            ("$filter", f"{by_code} and {day}" if by_code else day),
            ("$orderby", "startingDate desc"),
            *([("$top", "1")] if is_plain(bc_code(code)) else []),
        ],
    )
    if rates is None:
        message = "It exists. Whether it has an exchange rate for today could not be checked: the API does not say."
        return TargetCheck(
            what, "warning", message, Hint("Look at it in Business Central (Currencies, Exchange Rates).")
        )
    starts = [start for row in rates if (start := _day(row, code)) is not None and start <= today]
    if not starts:
        return TargetCheck(what, "failed", f"The currency {code} has no exchange rate for today.", RATES)
    newest = max(starts)
    if today - newest > OLD_RATE:
        return TargetCheck(what, "warning", f"The newest exchange rate is of {newest.isoformat()}.", RATES)
    return TargetCheck(what, "passed", f"Its exchange rate is of {newest.isoformat()}.")


def _country(company: Company, code: str) -> TargetCheck:
    what = f"country {code}"
    row = _row(company, "countriesRegions", "code", code, "code,displayName")
    if row is None:
        hint = Hint("Add the code in Business Central (Countries/Regions), then: ", CHECK)
        return TargetCheck(what, "failed", f"Business Central has no country code {code}.", hint)
    return TargetCheck(what, "passed", f"{row.get('displayName')}.")


def _without_repeats(company: Company, customers: list[str]) -> TargetCheck:
    """Check whether two of the newest sales orders of these customers have the same external number."""
    what = "one installation"
    query = [("$select", "number,externalDocumentNumber,customerNumber"), ("$orderby", "lastModifiedDateTime desc")]
    numbers: dict[str, set[str]] = {}
    for row in company.rows("salesOrders", [*query, ("$top", str(NEWEST))])[:NEWEST]:
        external = bc_code(row.get("externalDocumentNumber"))
        if external and any(same_code(row.get("customerNumber"), number) for number in customers):
            numbers.setdefault(external, set()).add(text_of(row.get("number")))
    twice = [f"{external} in {', '.join(sorted(found))}" for external, found in numbers.items() if len(found) > 1]
    if twice:
        hint = Hint("Delete the duplicate, and push from one machine only; then: ", CHECK)
        return TargetCheck(what, "failed", f"{MANY_PUSH} There are two sales orders of: {'; '.join(twice[:5])}.", hint)
    return TargetCheck(what, "passed", f"{MANY_PUSH} Among the newest {NEWEST} sales orders there are no duplicates.")


def _row(company: Company, entity: str, name: str, value: str, select: str) -> Json | None:
    """Return the row with this code or number."""
    return next(iter(company.rows_with(entity, {name: value}, select)), None)


def _day(row: Json, code: str) -> date | None:
    """Return the first day of an exchange rate; None if it is of another currency or unreadable."""
    try:
        return date.fromisoformat(str(row.get("startingDate"))) if same_code(row.get("currencyCode"), code) else None
    except ValueError:
        return None
