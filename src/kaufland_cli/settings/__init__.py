"""The settings: one model, one TOML file, the environment over it, and where each value comes from.

What changes the file (`edit`) and what describes it (`pages`) is loaded only where it is needed.
"""

from kaufland_cli.settings.check import value_of
from kaufland_cli.settings.keys import SettingKey, find_key, nearest_key, setting_keys, table_of, toml_value
from kaufland_cli.settings.load import LoadedSettings, all_keys, load_settings, load_values, load_what_can_be_read
from kaufland_cli.settings.locations import Locations, find_locations
from kaufland_cli.settings.masked import displayed, masked
from kaufland_cli.settings.model import (
    ApiSettings,
    DebugSettings,
    OrderImportSettings,
    SecretSettings,
    Settings,
    UiSettings,
)
from kaufland_cli.settings.monitoring_model import MonitoringSettings, PrivacySettings
from kaufland_cli.settings.profiles import FoundProfile, find_profiles
from kaufland_cli.settings.sales_model import BusinessCentralSettings, SalesOrderSettings, StorefrontSettings
from kaufland_cli.settings.sources import Origin, SourceName, option_of, variable_of

__all__ = [
    "ApiSettings",
    "BusinessCentralSettings",
    "DebugSettings",
    "FoundProfile",
    "LoadedSettings",
    "Locations",
    "MonitoringSettings",
    "OrderImportSettings",
    "Origin",
    "PrivacySettings",
    "SalesOrderSettings",
    "SecretSettings",
    "SettingKey",
    "Settings",
    "SourceName",
    "StorefrontSettings",
    "UiSettings",
    "all_keys",
    "displayed",
    "find_key",
    "find_locations",
    "find_profiles",
    "load_settings",
    "load_values",
    "load_what_can_be_read",
    "masked",
    "nearest_key",
    "option_of",
    "setting_keys",
    "table_of",
    "toml_value",
    "value_of",
    "variable_of",
]
