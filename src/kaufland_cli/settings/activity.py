"""Which settings have no effect while others have the value they have: one table for every key."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from kaufland_cli.settings.keys import CODE, STOREFRONTS, table_of, value_of
from kaufland_cli.settings.model import Settings


@dataclass(frozen=True, slots=True)
class Condition:
    """What must be the case for a setting to have an effect."""

    text: str
    """Completes `only active when …`; `<code>` stands for the code of a storefront."""
    holds: Callable[[Settings, str], bool]
    """Whether it is so, for a storefront's setting with the storefront's code."""


def _is(key: str, *values: object) -> Condition:
    """Return the condition that another setting has one of these values."""
    written = [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
    return Condition(
        f"{key} is {' or '.join(written)}",
        lambda settings, code: value_of(settings, key.replace(CODE, code)) in values,
    )


def _is_set(key: str) -> Condition:
    return Condition(f"{key} is set", lambda settings, _code: bool(value_of(settings, key)))


_BY_NAME: Final = ", or for orders that you push by name"
_AUTO_IMPORT: Final = _is("order_import.auto_import_orders", True)
_CREATES: Final = Condition(
    f"order_import.create_sales_orders is true{_BY_NAME}", lambda settings, _code: settings.creates_any_sales_orders
)
_CREATES_HERE: Final = Condition(
    f"{STOREFRONTS}.{CODE} creates sales orders{_BY_NAME}", lambda settings, code: settings.creates_sales_orders(code)
)
_A_CALL_NEEDS_ONE: Final = Condition(
    "a call needs a storefront, which none does so far; test-connection and doctor check it",
    lambda _settings, _code: False,
)
_TO_BUSINESS_CENTRAL: Final = _is("sales_orders.target", "business_central")
_BY_COMMAND: Final = _is("secret.store", "command")

ACTIVE_WHEN: Final[Mapping[str, tuple[Condition, ...]]] = {
    "api.base_url": (_is("api.use_playground", False),),
    "api.playground_base_url": (_is("api.use_playground", True),),
    "api.default_storefront": (_A_CALL_NEEDS_ONE,),
    "order_import.interval_minutes": (_AUTO_IMPORT,),
    "order_import.default_customer_no": (_CREATES,),
    f"{STOREFRONTS}.{CODE}": (_CREATES_HERE,),
    f"{STOREFRONTS}.{CODE}.enabled": (),
    f"{STOREFRONTS}.{CODE}.create_sales_orders": (_is(f"{STOREFRONTS}.{CODE}.enabled", True),),
    "secret.file": (_is("secret.store", "file", "systemd"),),
    "secret.command": (_BY_COMMAND,),
    "secret.business_central_command": (_BY_COMMAND, _TO_BUSINESS_CENTRAL),
    "secret.mail_command": (_BY_COMMAND, _is_set("monitoring.smtp_user")),
    "debug.log_personal_data": (_is("debug.log_api_requests", True),),
    "monitoring.max_age_minutes": (_AUTO_IMPORT,),
    "monitoring.mail_to": (_AUTO_IMPORT,),
    "monitoring.mail_from": (_is_set("monitoring.mail_to"),),
    "monitoring.smtp_host": (_is_set("monitoring.mail_to"),),
    "monitoring.smtp_port": (_is_set("monitoring.mail_to"),),
    "monitoring.smtp_security": (_is_set("monitoring.mail_to"),),
    "monitoring.smtp_user": (_is_set("monitoring.mail_to"),),
    "monitoring.ping_url": (_AUTO_IMPORT,),
    "monitoring.prometheus_file": (_AUTO_IMPORT,),
    "monitoring.windows_event_log": (_AUTO_IMPORT,),
    "sales_orders": (_CREATES,),
    "sales_orders.folder": (_is("sales_orders.target", "file"), _CREATES),
    "sales_orders.default_country": (_CREATES, _is_set("order_import.default_customer_no")),
    "business_central": (_TO_BUSINESS_CENTRAL, _CREATES),
    "business_central.environment": (
        _TO_BUSINESS_CENTRAL,
        _CREATES,
        Condition(
            "business_central.base_url is empty or is not a single installation",
            lambda settings, _code: not settings.business_central.is_one_installation,
        ),
    ),
    "business_central.tenant": (_TO_BUSINESS_CENTRAL, _is("business_central.authentication", "oauth"), _CREATES),
    "business_central.client_id": (_TO_BUSINESS_CENTRAL, _is("business_central.authentication", "oauth"), _CREATES),
    "business_central.login_url": (_TO_BUSINESS_CENTRAL, _is("business_central.authentication", "oauth"), _CREATES),
    "business_central.user_name": (_TO_BUSINESS_CENTRAL, _is("business_central.authentication", "basic"), _CREATES),
}
"""The conditions of a key, or of all keys of a section that are not named themselves."""


def no_effect(settings: Settings, key: str) -> str:
    """Return `only active when …` if the setting has no effect now, otherwise an empty text."""
    known, _ = table_of(key)
    section, *rest = known.split(".")
    code = rest[0] if section == STOREFRONTS else ""
    general = ".".join((STOREFRONTS, CODE, *rest[1:])) if code else known
    conditions = ACTIVE_WHEN.get(general)
    if conditions is None:
        conditions = ACTIVE_WHEN.get(f"{STOREFRONTS}.{CODE}" if code else section, ())
    missing = next((one for one in conditions if not one.holds(settings, code)), None)
    return "" if missing is None else f"only active when {missing.text.replace(CODE, code)}"
