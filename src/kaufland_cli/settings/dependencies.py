"""What one setting demands of another: faults that refuse the settings, and cautions that are only said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kaufland_cli.settings.rules import is_loopback

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
    if settings.creates_any_sales_orders and settings.sales_orders.target == "business_central":
        yield from _business_central_unknown(settings)
    if settings.secret.store == "command" and not settings.secret.command:
        yield BrokenDependency(
            "secret.store",
            'is "command", and there is no secret.command: nothing to run',
            "set secret.command, or another store",
            ("secret.command",),
        )
    yield from _mail_unsendable(settings)


def _mail_unsendable(settings: Settings) -> Iterator[BrokenDependency]:
    mail = settings.monitoring
    if mail.mail_to and not mail.smtp_host:
        yield BrokenDependency(
            "monitoring.mail_to",
            "names who gets e-mails, and there is no mail server (monitoring.smtp_host)",
            "set monitoring.smtp_host, or nothing here",
            ("monitoring.smtp_host",),
        )
    if mail.smtp_user and mail.smtp_security == "none" and mail.smtp_host and not is_loopback(mail.smtp_host):
        yield BrokenDependency(
            "monitoring.smtp_security",
            'is "none", and the password of monitoring.smtp_user would cross the network for all to read',
            '"starttls" or "tls"',
            ("monitoring.smtp_user", "monitoring.smtp_host"),
        )


def _sales_orders_without_customer(settings: Settings) -> Iterator[BrokenDependency]:
    switch, number, customers = (
        "order_import.create_sales_orders",
        "order_import.default_customer_no",
        "sales_orders.customers",
    )
    reason = "sales orders need a customer number"
    general = bool(settings.order_import.default_customer_no or settings.sales_orders.customers)
    for code, own in settings.storefronts.items():
        if settings.creates_sales_orders(code) and not (own.default_customer_no or general):
            own_switch, own_number = (
                f"storefronts.{code}.create_sales_orders",
                f"storefronts.{code}.default_customer_no",
            )
            yield BrokenDependency(
                switch if own.create_sales_orders is None else own_switch,
                f"{reason}, and storefront {code} has none",
                f"true with {own_number}, {customers} or {number}, or false",
                (number, customers, own_number, own_switch, f"storefronts.{code}.enabled"),
            )
    if settings.order_import.create_sales_orders and not (
        general or any(own.default_customer_no for own in settings.storefronts.values())
    ):
        yield BrokenDependency(
            switch,
            f"{reason}, and there is none",
            f"true with {number} or {customers}, or false",
            (number, customers, *(f"storefronts.{code}.default_customer_no" for code in settings.storefronts)),
        )


def _business_central_unknown(settings: Settings) -> Iterator[BrokenDependency]:
    central = settings.business_central
    needed = {"company": 'its name or id, such as "CRONUS DE"'}
    if central.authentication == "oauth":
        needed |= {"tenant": "its id or its domain", "client_id": "the application (client) id"}
    else:
        needed |= {"base_url": "the address up to /api/v2.0", "user_name": "who logs in"}
    for name, allowed in needed.items():
        if not getattr(central, name):
            yield BrokenDependency(
                f"business_central.{name}",
                "is empty, and sales orders are to be created in Business Central",
                f'{allowed}; or sales_orders.target = "file"',
                ("sales_orders.target", "business_central.authentication", "order_import.create_sales_orders"),
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
    if settings.secret.file and store not in {"file", "systemd"}:
        yield Caution("secret.file", f'this file is not used, because secret.store is "{store}"')
    for name in ("command", "business_central_command", "mail_command"):
        if getattr(settings.secret, name) and store != "command":
            yield Caution(f"secret.{name}", f'this command is not used, because secret.store is "{store}"')
    if settings.creates_any_sales_orders:
        yield from _sales_orders_cautions(settings)


def _sales_orders_cautions(settings: Settings) -> Iterator[Caution]:
    if settings.order_import.create_sales_orders and not settings.order_import.default_customer_no:
        yield Caution(
            "order_import.default_customer_no",
            "there is no number here, so orders without a customer of their storefront or country are held",
        )
    for code in filter(settings.creates_sales_orders, settings.storefronts):
        country = settings.storefront_country(code)
        if not settings.customer_for(code, country):
            yield Caution(
                f"storefronts.{code}.default_customer_no",
                f"no customer is named for orders of storefront {code} shipped to {country}, so they are held",
            )
    if settings.sales_orders.target == "business_central" and not settings.business_central_environment:
        yield Caution(
            "business_central.playground_environment",
            "no sandbox is named, so nothing is created from orders that are not of the real marketplace",
        )
