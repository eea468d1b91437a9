"""Completes values in a shell: orders, profiles, storefronts, statuses, setting keys and secret sources.

Everything comes from this machine. A completion never fails and writes nothing: where nothing can be read, nothing is
offered.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import typer

if TYPE_CHECKING:
    from kaufland_cli.cli.context import CliContext
    from kaufland_cli.store.store import Store

HELP_TOPICS = ("dates", "exit-codes", "options")
"""What `kaufland help` explains besides commands."""
MAX_ORDERS = 50
"""More ids would fill the screen; one more letter narrows them down."""


def _offered(find: "Callable[[CliContext, str], Iterable[str]]") -> Callable[[typer.Context, str], list[str]]:
    """Return a completion that offers what `find` finds, and nothing if that fails."""

    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        try:
            return [one for one in find(_context(ctx), incomplete) if one.startswith(incomplete)]
        except Exception:  # noqa: BLE001 - somebody is typing: no error may get into that line
            return []

    return complete


def _context(call: typer.Context) -> "CliContext":
    """Return the context with the options before the command; those after it are in it already."""
    context, given = cast("CliContext", call.obj), call.find_root().params
    behind = context.options
    context.options = replace(
        behind,
        config_file=behind.config_file or given.get("config_file"),
        profile=behind.profile or given.get("profile"),
    )
    return context


def _read(context: "CliContext", query: "Callable[[Store], Iterable[str]]") -> list[str]:
    from kaufland_cli.app.stores import glance

    with glance(context) as store:
        return list(query(store))


@_offered
def orders(context: "CliContext", incomplete: str) -> Iterable[str]:
    """Offer the newest orders whose ids begin like this."""
    return _read(context, lambda store: store.queries.ids_beginning(incomplete, MAX_ORDERS))


@_offered
def profiles(context: "CliContext", _incomplete: str) -> Iterable[str]:
    """Offer the profiles on this machine."""
    from kaufland_cli.settings import find_profiles

    return [one.name for one in find_profiles(context.environ)]


@_offered
def storefronts(context: "CliContext", _incomplete: str) -> Iterable[str]:
    """Offer the storefronts from which orders came, and those that the settings name."""
    stored, settings = _read(context, lambda store: store.queries.storefronts()), context.settings
    return sorted({*stored, *settings.storefronts, settings.api.default_storefront or ""} - {""})


@_offered
def statuses(_context: "CliContext", _incomplete: str) -> Iterable[str]:
    """Offer the statuses of orders and units."""
    from kaufland_cli.app.known_orders import KNOWN_STATUSES

    return KNOWN_STATUSES


@_offered
def sales_order_states(_context: "CliContext", _incomplete: str) -> Iterable[str]:
    """Offer the states of sales orders."""
    from kaufland_cli.domain.sales_order_states import STATES

    return STATES


@_offered
def setting_keys(context: "CliContext", incomplete: str) -> Iterable[str]:
    """Offer the keys of the settings, with those of each storefront that the settings or the typed word name."""
    from kaufland_cli.settings.keys import CODE, STOREFRONTS
    from kaufland_cli.settings.keys import setting_keys as known

    section, _, rest = incomplete.partition(".")
    typed = [rest.partition(".")[0]] if section == STOREFRONTS and "." in rest else []
    for one in known():
        codes = {*context.settings.storefronts, *typed} if CODE in one.key else {""}
        yield from sorted(one.key.replace(CODE, code) for code in codes)


@_offered
def secret_sources(_context: "CliContext", _incomplete: str) -> Iterable[str]:
    """Offer where a secret can be kept."""
    from kaufland_cli.secrets import SOURCE_NAMES

    return SOURCE_NAMES


def help_words(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer what `kaufland help` explains: commands, those of a group behind its name, and topics."""
    found: Any = ctx.find_root().command
    topics = () if ctx.params.get("words") else HELP_TOPICS
    for word in ctx.params.get("words") or []:
        found = getattr(found, "commands", {}).get(word)
    return [name for name in [*getattr(found, "commands", {}), *topics] if name.startswith(incomplete)]
