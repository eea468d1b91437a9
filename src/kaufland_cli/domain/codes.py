"""The form of country codes and storefront codes."""

import re

from kaufland_cli.domain.bc_code import bc_code

_COUNTRY = re.compile(r"[A-Z]{2}")
_STOREFRONT = re.compile(r"[a-z]{2,8}")
KNOWN_STOREFRONTS = frozenset({"de", "sk", "cz", "pl", "at", "fr", "it", "es", "nl"})
"""Source: the enumerations of the OpenAPI documents 2.17 to 2.44."""


def country_code(text: object) -> str:
    """Return a country's two letters (ISO 3166) in capitals; empty if the text is not a country code."""
    code = bc_code(text)
    return code if _COUNTRY.fullmatch(code) else ""


def storefront_code(text: object) -> str:
    """Return a storefront's code in lower case; empty if the text does not look like one (any could be new)."""
    code = "" if text is None else str(text).strip().lower()
    return code if _STOREFRONT.fullmatch(code) else ""
