"""The pages generated from the model."""

import re
from pathlib import Path

from kaufland_cli.settings import Settings, StorefrontSettings, load_settings, setting_keys
from kaufland_cli.settings.config_file import parse_config
from kaufland_cli.settings.pages import example_toml

COMMENTED = re.compile(r"^# (?=[\[a-z_.]+\]?( =|$))", re.MULTILINE)
PAGE_FIELDS = {
    "Base URL": "api.base_url",
    "Use Playground": "api.use_playground",
    "Default Storefront": "api.default_storefront",
    "User Agent": "api.user_agent",
    "Client Key": "api.client_key",
    "Auto Import Orders": "order_import.auto_import_orders",
    "Order Import Interval (Min)": "order_import.interval_minutes",
    "Create Sales Orders": "order_import.create_sales_orders",
    "Default Customer No.": "order_import.default_customer_no",
    "Log API Requests": "debug.log_api_requests",
}


def test_every_field_of_the_setup_page_has_its_key() -> None:
    """Whoever comes from the setup page finds each of its fields."""
    assert {known.setup_page_field: known.key for known in setting_keys() if known.setup_page_field} == PAGE_FIELDS


def test_every_key_is_explained() -> None:
    """No key is without a sentence and what it allows."""
    for known in setting_keys():
        assert known.description.endswith("."), known.key
        assert known.allowed, known.key


def test_example_file_equals_the_defaults(tmp_path: Path) -> None:
    """The example file changes nothing as it stands, and nothing for the account when every line is uncommented."""
    file = tmp_path / "config.toml"
    environ = {"KAUFLAND_DATA_DIR": str(tmp_path)}
    file.write_text(example_toml(), encoding="utf-8")
    assert load_settings(environ, config_file=file).settings == Settings()
    uncommented = COMMENTED.sub("", example_toml())
    file.write_text(uncommented, encoding="utf-8")
    settings = load_settings(environ, config_file=file).settings
    assert settings.model_copy(update={"storefronts": {}}) == Settings()
    assert list(settings.storefronts) == ["at"]
    data = parse_config(file, uncommented).data
    assert sum(len(table) for name, table in data.items() if name != "storefronts") + len(
        StorefrontSettings.model_fields
    ) == len(setting_keys())


def test_example_file_fits_a_screen() -> None:
    """No line of the example file is wider than 120 characters."""
    assert max(len(line) for line in example_toml().splitlines()) <= 120
