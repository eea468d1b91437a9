"""Builds the rules and the target of sales orders from the settings (docs/decisions/0014-customers-by-country.md)."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from zoneinfo import ZoneInfo

from kaufland_cli.clock import Clock
from kaufland_cli.domain.bc_code import bc_code
from kaufland_cli.domain.hint import Hint, command
from kaufland_cli.domain.target_values import Expectations, TargetCheck
from kaufland_cli.http.request_record import RequestLog
from kaufland_cli.http.retry import RetryBudget
from kaufland_cli.sales_orders.file_target import FileTarget
from kaufland_cli.sales_orders.fixes import set_customer
from kaufland_cli.sales_orders.item_mapping import ItemMapping, read_item_mapping
from kaufland_cli.sales_orders.rules import Rules
from kaufland_cli.sales_orders.target import Target
from kaufland_cli.secrets import SecretKey
from kaufland_cli.settings import LoadedSettings, Settings
from kaufland_cli.settings.model import broken_dependencies
from kaufland_cli.settings.rules import ALL_COUNTRIES

FILE = "file"
NO_SANDBOX = (
    "These are not real orders, and no Business Central sandbox environment is set for them. Test orders must "
    "not get into the real company."
)


def rules_of(loaded: LoadedSettings) -> Rules:
    """Return the rules. Raises `SettingsError` if the mapping file cannot be used."""
    settings = loaded.settings
    own, file = settings.sales_orders, loaded.item_mapping_file
    codes = ("", *settings.storefronts)
    return Rules(
        customer_for=settings.customer_for,
        shipping_number=settings.shipping_number,
        timezone=ZoneInfo(own.timezone or settings.ui.timezone),
        wanted={code: settings.sales_orders_from(code) for code in codes if settings.creates_sales_orders(code)},
        unwanted=[code for code in codes if not settings.creates_sales_orders(code)],
        allow_zero_vat=settings.allows_zero_vat,
        takes_targets_vat=settings.takes_targets_vat,
        shipping_kind=own.shipping_kind,
        companies_allowed=own.companies == "allow",
        substitute_account=own.substitute_account,
        match_by_ean=own.match_by_ean,
        confirm_first=own.confirm_first,
        mapping=ItemMapping() if file is None else read_item_mapping(file),
        blocked_reason=NO_SANDBOX if own.target != FILE and not settings.business_central_environment else "",
        blocked_fix=_sandbox(settings),
    )


@contextmanager
def open_target(
    loaded: LoadedSettings,
    secret: Callable[[], SecretKey],
    *,
    clock: Clock,
    random: Callable[[], float],
    log: RequestLog | None,
    budget: RetryBudget | None = None,
) -> Iterator[Target]:
    """Open the target of the settings; the secret is fetched only for Business Central."""
    settings = loaded.settings
    if settings.sales_orders.target == FILE:
        yield FileTarget(loaded.sales_orders_folder, clock)
        return
    from kaufland_cli.business_central.connection import Connection
    from kaufland_cli.sales_orders.business_central_target import open_business_central

    own = settings.business_central
    connection = Connection(
        base_url=own.base_url,
        company=own.company,
        authentication=own.authentication,
        tenant=own.tenant,
        environment=settings.business_central_environment,
        client_id=own.client_id,
        user_name=own.user_name,
        login_url=own.login_url,
        secret=secret(),
        timeout_seconds=settings.api.timeout_seconds,
        user_agent=settings.api.user_agent,
    )
    with open_business_central(connection, clock=clock, random=random, log=log, budget=budget) as target:
        yield target


def expectations(
    loaded: LoadedSettings, currencies: list[str], countries: list[str], *, mapped: bool = True
) -> Expectations:
    """Return everything that the settings name and the target must have; `mapped`: with the mapped items."""
    settings, file = loaded.settings, loaded.item_mapping_file
    own = settings.sales_orders
    where = "all countries" if own.default_country == ALL_COUNTRIES else f"country {own.default_country}"
    customers = [(settings.order_import.default_customer_no, where)]
    customers += [(number, f"country {country}") for country, number in own.customers.items()]
    accounts = [(own.shipping_number, "shipping")]
    for code, shop in settings.storefronts.items():
        customers.append((shop.default_customer_no or "", f"storefront {code}"))
        accounts.append((shop.shipping_number or "", f"shipping of storefront {code}"))
        accounts += [
            (number, f"shipping of storefront {code} at {vat} %") for vat, number in shop.shipping_numbers.items()
        ]
    mapping = None if file is None or not mapped else read_item_mapping(file)
    items = () if mapping is None else mapping.expectations()
    substitute = [(own.substitute_account, "units without an item")]
    if own.shipping_kind == "item":
        items += tuple((number, "", what) for number, what in _each_once(accounts))
        accounts = []
    return Expectations(
        customers=_each_once(customers),
        accounts=_each_once([*accounts, *substitute]),
        items=items,
        currencies=tuple(currencies),
        countries=tuple(countries),
        units=() if mapping is None else mapping.units(),
    )


def _each_once(named: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return each number once, with the spelling and purpose that were named last."""
    found = {bc_code(number): (number, what) for number, what in named if bc_code(number)}
    return tuple(found.values())


def _sandbox(settings: Settings) -> Hint:
    """Return the command that sets a target for test orders."""
    if settings.business_central.is_one_installation:
        return command("config", "set", "sales_orders.target", "file")
    return command("config", "set", "business_central.playground_environment", "NAME")


def switch_on(settings: Settings) -> Hint:
    """Return what lets imports create sales orders; first, the command that sets what is missing for it."""
    on = command("config", "set", "order_import.create_sales_orders", "true")
    wanted = settings.order_import.model_copy(update={"create_sales_orders": True})
    missing = [broken.fix for broken in broken_dependencies(settings.model_copy(update={"order_import": wanted}))]
    if len(missing) > 1:
        return command("setup")
    return Hint(missing[0], ", then: ", on) if missing else on


def local_checks(loaded: LoadedSettings, destinations: Sequence[tuple[str, str]]) -> Iterator[TargetCheck]:
    """Yield checks of the settings alone: orders that would be held, customers used for several kinds of VAT.

    `destinations` are the storefronts of the stored orders, each with a country that its goods go to.
    """
    settings = loaded.settings
    if not settings.creates_any_sales_orders:
        text = "Switched off; only orders you name are created."
        yield TargetCheck("sales orders", "warning", text, switch_on(settings))
    countries: dict[str, set[str]] = {}
    for storefront, country in destinations:
        number = settings.customer_for(storefront, country)
        if number:
            countries.setdefault(bc_code(number), set()).add(country)
        elif settings.creates_sales_orders(storefront):
            what = f"storefront {storefront}, goods to {country}"
            held = "No customer is named, so its orders are held."
            yield TargetCheck(what, "warning", held, set_customer(country))
    for number, found in countries.items():
        if len(found) > 1:
            text = f"It is used for {', '.join(sorted(found))}, but a customer can only have one kind of VAT."
            yield TargetCheck(f"customer {number}", "warning", text, command("config", "list"))
