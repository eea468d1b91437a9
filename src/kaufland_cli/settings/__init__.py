"""The settings: one model, one TOML file, the environment over it, and where each value comes from."""

from kaufland_cli.settings.check import value_of
from kaufland_cli.settings.edit import change_settings, parse_value
from kaufland_cli.settings.keys import SettingKey, find_key, nearest_key, setting_keys, toml_value
from kaufland_cli.settings.load import LoadedSettings, all_keys, load_settings
from kaufland_cli.settings.locations import Locations, find_locations
from kaufland_cli.settings.masked import masked
from kaufland_cli.settings.model import (
    ApiSettings,
    DebugSettings,
    OrderImportSettings,
    SecretSettings,
    Settings,
    StorefrontSettings,
    UiSettings,
)
from kaufland_cli.settings.pages import example_toml, settings_table
from kaufland_cli.settings.sources import Origin, SourceName, option_of, variable_of

__all__ = [
    "ApiSettings",
    "DebugSettings",
    "LoadedSettings",
    "Locations",
    "OrderImportSettings",
    "Origin",
    "SecretSettings",
    "SettingKey",
    "Settings",
    "SourceName",
    "StorefrontSettings",
    "UiSettings",
    "all_keys",
    "change_settings",
    "example_toml",
    "find_key",
    "find_locations",
    "load_settings",
    "masked",
    "nearest_key",
    "option_of",
    "parse_value",
    "setting_keys",
    "settings_table",
    "toml_value",
    "value_of",
    "variable_of",
]
