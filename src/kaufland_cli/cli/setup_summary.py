"""The summary at the end of setup: what runs, when, what it may create, and where buyers' data will lie."""

from kaufland_cli.connection import ConnectionReport
from kaufland_cli.settings import LoadedSettings, masked


def summary(draft: LoadedSettings, report: ConnectionReport, secret_place: str) -> list[tuple[str, str]]:
    """Return the rows of the summary: a name and what holds."""
    settings = draft.settings
    plan = settings.order_import
    when = (
        f"every {plan.interval_minutes} minutes, once cron or a timer runs kaufland import-orders --scheduled"
        if plan.auto_import_orders
        else "only when you type kaufland import-orders"
    )
    creates = (
        f"nothing yet; sales orders for customer {plan.default_customer_no} come with a later version"
        if plan.create_sales_orders
        else "nothing, neither at Kaufland nor elsewhere"
    )
    log = "every request with its bodies" if settings.debug.log_api_requests else "failed requests only, without bodies"
    found = f" ({', '.join(report.storefronts)})" if report.storefronts else ""
    return [
        ("Account", f"client key {masked(settings.api.client_key)}, {settings.api.environment}"),
        ("Base URL", settings.api.url),
        ("Secret key", f"*** in {secret_place}"),
        ("Runs", f"import of the orders of all storefronts{found}; the first reads the last {plan.initial_days} days"),
        ("When", when),
        ("Creates", creates),
        ("API log", f"{log}; kept {settings.debug.log_retention_days} days"),
        ("Buyers' data", str(draft.store_file)),
        ("Settings", str(draft.locations.config_file)),
    ]
