"""What one setting demands of another: faults that refuse the settings, and cautions that are only said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kaufland_cli.settings.model import Settings

HIGHEST_RATE: Final = 100
CLIENT_KEY_LENGTH: Final = 32
SECRET_KEY_LENGTH: Final = 64


@dataclass(frozen=True, slots=True)
class BrokenDependency:
    """A setting that cannot stand beside the others; `needs` are the keys that decide about it."""

    key: str
    problem: str
    allowed: str
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Caution:
    """A setting that is allowed and still worth a word."""

    key: str
    sentence: str


def broken_dependencies(settings: Settings) -> Iterator[BrokenDependency]:
    """Yield everything in these settings that does not fit together."""
    api = settings.api
    if api.requests_per_second > HIGHEST_RATE and not api.is_loopback:
        yield BrokenDependency(
            "api.requests_per_second",
            f"{api.requests_per_second:g} is too many: Kaufland allows 111 for all software of a seller together",
            f"a number above 0, up to {HIGHEST_RATE}",
            ("api.base_url", "api.use_playground", "api.playground_base_url"),
        )
    yield from _sales_orders_without_customer(settings)
    if settings.secret.store == "command" and not settings.secret.command:
        yield BrokenDependency(
            "secret.store",
            'is "command", and there is no secret.command: nothing to run',
            "set secret.command, or another store",
            ("secret.command",),
        )


def _sales_orders_without_customer(settings: Settings) -> Iterator[BrokenDependency]:
    switch, number = "order_import.create_sales_orders", "order_import.default_customer_no"
    reason = "sales orders need a customer number"
    for code, own in settings.storefronts.items():
        if settings.creates_sales_orders(code) and not settings.customer_no(code):
            own_switch, own_number = (
                f"storefronts.{code}.create_sales_orders",
                f"storefronts.{code}.default_customer_no",
            )
            yield BrokenDependency(
                switch if own.create_sales_orders is None else own_switch,
                f"{reason}, and storefront {code} has none",
                f"true with {own_number} or {number}, or false",
                (number, own_number, own_switch, f"storefronts.{code}.enabled"),
            )
    has_any_number = settings.order_import.default_customer_no or any(
        own.default_customer_no for own in settings.storefronts.values()
    )
    if settings.order_import.create_sales_orders and not has_any_number:
        yield BrokenDependency(
            switch,
            f"{reason}, and there is none",
            f"true with {number}, or false",
            (number, *(f"storefronts.{code}.default_customer_no" for code in settings.storefronts)),
        )


def cautions(settings: Settings) -> Iterator[Caution]:
    """Yield what a seller should hear about settings that are allowed."""
    for key, value in (
        ("api.client_key", settings.api.client_key),
        ("api.partner_client_key", settings.api.partner_client_key),
    ):
        if len(value) == SECRET_KEY_LENGTH:
            yield Caution(key, f"this key has {len(value)} characters, as a secret key has, which never belongs here")
        elif value and len(value) != CLIENT_KEY_LENGTH:
            yield Caution(
                key,
                f"this key has {len(value)} characters; Kaufland's have {CLIENT_KEY_LENGTH} (its own example has 31)",
            )
    store = settings.secret.store
    if settings.secret.file and store != "file":
        yield Caution("secret.file", f'this file is not used, because secret.store is "{store}"')
    if settings.secret.command and store != "command":
        yield Caution("secret.command", f'this command is not used, because secret.store is "{store}"')
    yield from _sales_orders_cautions(settings)


def _sales_orders_cautions(settings: Settings) -> Iterator[Caution]:
    switches = [("order_import.create_sales_orders", settings.order_import.create_sales_orders)]
    switches += [
        (f"storefronts.{code}.create_sales_orders", bool(own.create_sales_orders))
        for code, own in settings.storefronts.items()
    ]
    for key, on in switches:
        if on:
            yield Caution(key, "sales orders come with a later version; nothing is created yet")
    if settings.order_import.create_sales_orders and not settings.order_import.default_customer_no:
        yield Caution(
            "order_import.default_customer_no",
            "there is no number here, so storefronts without one of their own get no sales orders",
        )
