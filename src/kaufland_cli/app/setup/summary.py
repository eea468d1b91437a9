"""The summary at the end of setup: what runs when, what it may create, and where buyers' data is stored."""

from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from kaufland_cli.doctor.connection_test import ConnectionReport
from kaufland_cli.domain.text import counted
from kaufland_cli.settings import LoadedSettings, Settings, masked
from kaufland_cli.settings.rules import ALL_COUNTRIES

if TYPE_CHECKING:
    from kaufland_cli.app.person import Row

NEVER_CREATED: Final = "no customers, no items; nothing is released or posted"


def summary(draft: LoadedSettings, report: ConnectionReport, secret_place: str) -> "list[Row]":
    """Return the rows of the summary: name and value."""
    settings = draft.settings
    plan = settings.order_import
    interval = counted(plan.interval_minutes, "minute")
    when = (
        f"every {interval}, by this system's scheduler" if plan.auto_import_orders else "only when you start an import"
    )
    log = "every request, with bodies" if settings.debug.log_api_requests else "only failed requests, without bodies"
    days = counted(plan.initial_days, "day")
    storefront = settings.api.default_storefront
    found = f" ({', '.join(report.storefronts)})" if report.storefronts else ""
    return [
        ("Account", f"client key {masked(settings.api.client_key)}, {settings.api.environment}"),
        ("Base URL", settings.api.url),
        ("Secret key", f"*** in {secret_place}"),
        ("Runs", f"import orders of all storefronts{found}; the first import reads the last {days}"),
        *([("Storefront", f"{storefront} by default")] if storefront else []),
        ("When", when),
        *_sales_orders(draft, report.storefronts or []),
        ("API log", f"{log}; kept {counted(settings.debug.log_retention_days, 'day')}"),
        ("Buyers' data", str(draft.store_file)),
        ("Settings", str(draft.locations.config_file)),
    ]


def _sales_orders(draft: LoadedSettings, found: list[str]) -> "list[Row]":
    """Return the rows about sales orders: which, where, for which customers, which are held, what is never created."""
    settings = draft.settings
    if not settings.creates_any_sales_orders:
        return [("Creates", "nothing, at Kaufland or anywhere else")]
    plan, central = settings.sales_orders, settings.business_central
    starts = {code: settings.sales_orders_from(code) for code in ("", *settings.storefronts)}
    zone = ZoneInfo(settings.ui.timezone)
    said = {
        code: f"created from {start.astimezone(zone):%Y-%m-%d %H:%M} ({zone}) on" if start else "named one by one"
        for code, start in starts.items()
        if settings.creates_sales_orders(code)
    }
    general = said.get("", "")
    differing = [f"of storefront {code} {text}" for code, text in said.items() if code and text != general]
    storefronts = {code: one.default_customer_no for code, one in settings.storefronts.items()}
    default = "all countries" if plan.default_country == ALL_COUNTRIES else plan.default_country
    customers = [
        f"{settings.order_import.default_customer_no} for {default}"
        if settings.order_import.default_customer_no
        else "",
        *(f"{number} for {country}" for country, number in plan.customers.items()),
        *(f"{number} for storefront {code}" for code, number in storefronts.items() if number),
    ]
    environment = (
        central.base_url or f"environment {settings.business_central_environment or '(none for these orders)'}"
    )
    where: list[Row] = (
        [("Where", "files in a folder"), ("Folder", str(draft.sales_orders_folder))]
        if plan.target == "file"
        else [("Where", f"Business Central, company {central.company}, {environment}")]
    )
    return [
        ("Creates", f"sales orders, for orders {', '.join(filter(None, [general, *differing]))}"),
        *where,
        ("Customers", ", ".join(filter(None, customers))),
        ("Shipping", _shipping(settings)),
        ("Held", held_orders(settings, found)),
        ("Never", NEVER_CREATED),
    ]


def _shipping(settings: Settings) -> str:
    """Return what shipping cost is booked to."""
    kind, numbers = settings.sales_orders.shipping_kind, _shipping_numbers(settings)
    return f"{kind} {', '.join(numbers)}" if numbers else f"no {kind}: orders with shipping cost are held"


def _shipping_numbers(settings: Settings) -> list[str]:
    general = settings.sales_orders.shipping_number
    numbers = [general] if general else []
    for code, shop in settings.storefronts.items():
        if shop.shipping_number is not None:
            numbers.append(f"{shop.shipping_number or 'none'} for storefront {code}")
        numbers += [f"{number} for storefront {code} at {vat} %" for vat, number in shop.shipping_numbers.items()]
    return numbers


def held_orders(settings: Settings, found: list[str]) -> list[str]:
    """Return which orders are held and why; `found` are the account's storefronts."""
    plan, held = settings.sales_orders, []
    codes = [
        code
        for code in sorted({*found, *settings.storefronts})
        if settings.creates_sales_orders(code) and not settings.customer_for(code, settings.storefront_country(code))
    ]
    if codes:
        held.append(f"orders of storefront {', '.join(codes)}: no customer is set for them")
    if plan.default_country != ALL_COUNTRIES:
        named = {plan.default_country} if settings.order_import.default_customer_no else set()
        named |= {*plan.customers}
        named |= {
            settings.storefront_country(code) for code, own in settings.storefronts.items() if own.default_customer_no
        }
        held.append(f"orders shipped anywhere but {', '.join(sorted(named))}: each country needs a customer")
    if not _shipping_numbers(settings):
        held.append(f"orders with shipping cost: no {plan.shipping_kind} is set for it")
    if plan.companies == "hold":
        held.append("orders billed to a company: you decide")
    if plan.confirm_first:
        held.append("all, until you have confirmed the first one")
    return held
