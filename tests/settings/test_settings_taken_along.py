"""The settings in force as a file for another machine."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from kaufland_cli.settings import LoadedSettings, load_settings, variable_of
from kaufland_cli.settings.pages import settings_toml

KEY = "de30" * 8
PING = "https://hc-ping.com/9e1d2f3a"
FILE = """\
[storefronts.AT]
[storefronts.de]
enabled = false
shipping_numbers = { 19 = "8400", "5.5" = "8401" }
[secret]
store = "file"
[business_central]
company = "Käse \U0001f9c0 \\"GmbH\\""
"""
VARIABLES = {
    "api.client_key": KEY,
    "api.requests_per_second": "5",
    "order_import.interval_minutes": "15",
    "sales_orders.customers": "AT=D0010,SK=D0011",
    "secret.command": "pass show kaufland",
    "monitoring.ping_url": PING,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a settings file."""
    (tmp_path / "config.toml").write_text(FILE, encoding="utf-8")
    return tmp_path


def loaded(folder: Path, variables: Mapping[str, str] = VARIABLES) -> LoadedSettings:
    """Return the settings of that file under those keys of the environment."""
    environ = {variable_of(key): text for key, text in variables.items()}
    return load_settings({"KAUFLAND_DATA_DIR": str(folder), **environ}, config_file=folder / "config.toml")


def taken_along(folder: Path, text: str) -> LoadedSettings:
    """Return the settings of another machine: that file alone, and no variables."""
    there = folder / "there"
    there.mkdir()
    (there / "config.toml").write_text(text, encoding="utf-8")
    return loaded(there, {})


@pytest.mark.parametrize("ascii_only", [True, False])
def test_printed_file_gives_the_same_settings_without_the_environment(folder: Path, ascii_only: bool) -> None:
    """What file and environment set holds on a machine that has nothing but the printed file."""
    here = loaded(folder)
    text = settings_toml(here, reveal=True, ascii_only=ascii_only)
    assert text.isascii() is ascii_only
    there = taken_along(folder, text)
    assert there.settings == here.settings
    assert {origin.source for origin in there.origins.values()} == {"file", "default"}


def test_exported_settings_have_what_is_set_and_nothing_else(folder: Path) -> None:
    """A default that somebody has set stays set, since defaults may change; what nobody has set is not there."""
    data = tomllib.loads(settings_toml(loaded(folder), reveal=True))
    assert data["order_import"] == {"interval_minutes": 15}
    assert data["storefronts"]["at"] == {}
    assert "ui" not in data


def test_hidden_values_are_left_out_and_named(folder: Path) -> None:
    """An address with *** in it would be a wrong one: the file names the key instead."""
    text = settings_toml(loaded(folder))
    assert PING not in text
    assert "# Left out: monitoring.ping_url" in text
    there = taken_along(folder, text)
    assert there.settings.monitoring.ping_url == ""
    assert there.settings.secret.command == ["pass", "show", "kaufland"]


@pytest.mark.parametrize("text", ["\x85", "\u2028", "\u202e", "\u00a0", "\U000e0001", "\x7f", "a'b", "#", "\\"])
def test_any_character_survives(folder: Path, text: str) -> None:
    """No character that a value may hold is lost on the way through a terminal or an editor."""
    here = loaded(folder, {"sales_orders.folder": f"x{text}x"})
    printed = settings_toml(here)
    assert "\u202e" not in printed
    assert len(printed.splitlines()) == printed.count("\n")
    assert taken_along(folder, printed).settings == here.settings
