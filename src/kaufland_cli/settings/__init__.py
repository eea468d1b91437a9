"""The settings: one model, one TOML file, overridden by the environment, and where each value comes from.

`sources` reads raw values from the file, the environment and the command line; `validation` checks them against
`sections` and `model`; `load` hands the settings to the program. What changes the file (`edit`) and what prints or
describes it (`pages`) is loaded only when needed. Why two TOML writers: docs/decisions/0007-toml-edits.md.
"""

from kaufland_cli.settings.keys import SettingKey, all_keys, find_key, nearest_key, setting_keys, table_of, value_of
from kaufland_cli.settings.load import LoadedSettings, load_readable, load_settings, load_values
from kaufland_cli.settings.locations import FoundProfile, Locations, find_locations, find_profiles
from kaufland_cli.settings.masked import displayed, masked
from kaufland_cli.settings.model import Settings
from kaufland_cli.settings.sections import (
    ApiSettings,
    BusinessCentralSettings,
    DebugSettings,
    MonitoringSettings,
    OrderImportSettings,
    PrivacySettings,
    SalesOrderSettings,
    SecretSettings,
    StorefrontSettings,
    UiSettings,
    WritesSettings,
)
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
    "WritesSettings",
    "all_keys",
    "displayed",
    "find_key",
    "find_locations",
    "find_profiles",
    "load_readable",
    "load_settings",
    "load_values",
    "masked",
    "nearest_key",
    "option_of",
    "setting_keys",
    "table_of",
    "value_of",
    "variable_of",
]
