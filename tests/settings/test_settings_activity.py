"""Which settings have no effect now, and what would give them one."""

import pytest

from kaufland_cli.settings import Settings, setting_keys
from kaufland_cli.settings.activity import ACTIVE_WHEN, no_effect
from kaufland_cli.settings.keys import CODE, STOREFRONTS, sections

NUMBER = {"default_customer_no": "D1", "create_sales_orders": True}


def settings(**tables: object) -> Settings:
    return Settings.model_validate(tables)


@pytest.mark.parametrize(
    ("key", "without", "having"),
    [
        ("order_import.interval_minutes", {}, {"order_import": {"auto_import_orders": True}}),
        ("order_import.default_customer_no", {}, {"order_import": NUMBER}),
        ("sales_orders.companies", {}, {"order_import": NUMBER}),
        ("sales_orders.customers.AT", {}, {"order_import": NUMBER}),
        ("sales_orders.folder", {}, {"order_import": NUMBER}),
        ("api.playground_base_url", {}, {"api": {"use_playground": True}}),
        ("api.base_url", {"api": {"use_playground": True}}, {}),
        ("secret.file", {}, {"secret": {"store": "file"}}),
        ("secret.command", {}, {"secret": {"store": "command", "command": ["pass"]}}),
        ("debug.log_personal_data", {}, {"debug": {"log_api_requests": True}}),
        ("monitoring.ping_url", {}, {"order_import": {"auto_import_orders": True}}),
        ("monitoring.smtp_port", {}, {"monitoring": {"mail_to": "a@b.example", "smtp_host": "mail.example"}}),
        ("api.default_storefront", {"api": {"default_storefront": "at"}}, None),
        ("business_central.company", {"order_import": NUMBER}, None),
        ("storefronts.at.shipping_number", {"storefronts": {"at": {}}}, {"order_import": NUMBER}),
        (
            "storefronts.at.create_sales_orders",
            {"storefronts": {"at": {"enabled": False}}},
            {"storefronts": {"at": {}}},
        ),
    ],
)
def test_setting_says_when_it_has_no_effect(key: str, without: dict[str, object], having: object) -> None:
    """A setting that others switch off says what would switch it on, and nothing once that is so."""
    assert no_effect(settings(**without), key).startswith("only active when ")
    if isinstance(having, dict):
        assert no_effect(settings(**having), key) == ""


def test_reason_names_the_storefront() -> None:
    """The reason for a storefront's setting names that storefront and no placeholder."""
    assert "storefronts.at " in no_effect(settings(storefronts={"at": {}}), "storefronts.at.default_customer_no")


def test_table_names_keys_that_exist() -> None:
    """Every entry of the table is a setting or a section, so a renamed one is noticed."""
    known = {one.key for one in setting_keys()} | set(sections()) | {f"{STOREFRONTS}.{CODE}"}
    assert set(ACTIVE_WHEN) <= known
