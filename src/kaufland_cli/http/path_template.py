"""The path of a request as anybody may see it: the APIs' own words stay, ids and names do not."""

from typing import Final

_KAUFLAND: Final = "status ping info storefront orders order-units order-invoices shipping-addresses v2"
_BUSINESS_CENTRAL: Final = """
api v2.0 oauth2 token companies customers accounts items itemVariants salesOrders salesOrderLines salesInvoices
salesShipments currencies currencyExchangeRates countriesRegions generalLedgerSetup
"""
_WORDS: Final = frozenset((_KAUFLAND + _BUSINESS_CENTRAL).split())


def path_template(path: str) -> str:
    """Return the path with only the APIs' own words in it: `orders/…`, `companies(…)/salesOrders`."""
    parts = [part.partition("(") for part in path.partition("?")[0].strip("/").split("/")]
    return "/".join(f"{name}{'(…)' if bracket else ''}" if name in _WORDS else "…" for name, bracket, _ in parts)
